"""Which brands a post names: rows written, kept and taken away as its text or the queries change."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from storage.ids import reserve
from storage.relevance import mark
from storage.rows import among, insert_rows, table_of
from storage.tables import Label, Mention
from storage.types import NewMention

mentions, labels = table_of(Mention), table_of(Label)
_NAMED = ("brand_id", "query_version", "target", "terms")
_named = itemgetter(*_NAMED)
_COLUMNS = ("id", "post_id", *_NAMED, "counted_at", "is_repost", "irrelevant")


class MentionsOf(NamedTuple):
    """All mentions a post is to have, of the brands looked at; `text_version` is the version of the text they were found in."""

    post_id: int
    text_version: int
    counted_at: datetime
    is_repost: bool
    mentions: Sequence[NewMention]
    owned_by: str | None
    edited: bool = False


def insert_mentions(connection: Connection, wanted: Iterable[MentionsOf]) -> int:
    """Insert mentions that are known to be new; the owner's own brand is left out."""
    rows: list[tuple[Any, ...]] = []
    for item in wanted:
        seen = set()
        for m in item.mentions:
            if m.brand_id != item.owned_by and m.brand_id not in seen:
                seen.add(m.brand_id)
                rows.append((item.post_id, *_named(vars(m)), item.counted_at, item.is_repost, False))
    first = reserve(connection, "mentions", len(rows))
    insert_rows(connection, Mention, _COLUMNS, ((at, *row) for at, row in enumerate(rows, start=first)))
    return len(rows)


def add_missing(connection: Connection, wanted: Sequence[MentionsOf]) -> int:
    """Add the mentions of brands that these posts do not have a row for, and leave the rows they have. For use inside `Tally.changing`."""
    present = _present(connection, [item.post_id for item in wanted])
    lacking = [
        MentionsOf(
            item.post_id,
            item.text_version,
            item.counted_at,
            item.is_repost,
            [m for m in item.mentions if m.brand_id not in present[item.post_id]],
            item.owned_by,
        )
        for item in wanted
    ]
    added = insert_mentions(connection, lacking)
    if reposts := [item.post_id for item in wanted if item.is_repost]:
        mark(connection, among(connection, mentions.c.post_id, reposts))
    return added


def replace_mentions(
    connection: Connection, wanted: Sequence[MentionsOf], brand_ids: Collection[str] | None = None
) -> tuple[int, int]:
    """Make the posts' mentions (of `brand_ids`, None: of every brand) these and no others; returns how many are new and how many went.

    A mention that stays keeps its number. It waits for a label again when the text was edited, and when its target changed. For use
    inside `Tally.changing`.
    """
    present = _present(connection, [item.post_id for item in wanted])
    gone: list[int] = []
    kept: list[dict[str, Any]] = []
    relabel: list[dict[str, int]] = []
    for item in wanted:
        names = {m.brand_id: m for m in item.mentions if m.brand_id != item.owned_by}
        for brand_id, (mention_id, target, version, terms) in present[item.post_id].items():
            if brand_ids is not None and brand_id not in brand_ids:
                continue
            if (m := names.get(brand_id)) is None:
                gone.append(mention_id)
                continue
            if (m.target, m.query_version, list(m.terms)) != (target, version, list(terms)):
                kept.append(
                    {
                        "key": mention_id,
                        "target": m.target,
                        "query_version": m.query_version,
                        "terms": list(m.terms),
                    }
                )
            if item.edited or m.target != target:
                relabel.append({"key": mention_id, "version": item.text_version, "moved": m.target != target})
    if gone:
        connection.execute(
            delete(mentions).where(mentions.c.id == bindparam("key")), [{"key": key} for key in gone]
        )
    if kept:
        values: dict[str, Any] = {name: bindparam(name) for name in ("target", "query_version", "terms")}
        connection.execute(update(mentions).where(mentions.c.id == bindparam("key")).values(values), kept)
    if relabel:
        waits = (
            update(mentions)
            .where(mentions.c.id == bindparam("key"))
            .values(labelled_model=None, claimed_until=None, relevance=None)
        )
        connection.execute(waits, [{"key": row["key"]} for row in relabel])
        mark(connection, among(connection, mentions.c.id, [row["key"] for row in relabel]))
        moved = [{"key": row["key"], "version": row["version"]} for row in relabel if row["moved"]]
        if moved:
            of_other_target = (
                labels.c.mention_id == bindparam("key"),
                labels.c.text_version == bindparam("version"),
            )
            connection.execute(delete(labels).where(*of_other_target), moved)
    return add_missing(connection, wanted), len(gone)


def _present(
    connection: Connection, post_ids: Sequence[int]
) -> dict[int, dict[str, tuple[int, str, int, list[str]]]]:
    found: dict[int, dict[str, tuple[int, str, int, list[str]]]] = defaultdict(dict)
    c = mentions.c
    wanted = select(c.post_id, c.brand_id, c.id, c.target, c.query_version, c.terms)
    for post_id, brand_id, *row in connection.execute(wanted.where(among(connection, c.post_id, post_ids))):
        found[post_id][brand_id] = tuple(row)
    return found
