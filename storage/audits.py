"""Audits: which mentions were drawn at random for a brand, in the order they are asked, and what a person said of each.

A draw is remembered in `settings` with its seed, as numbers of mentions alone: no text, no author. Its order is random, so those
asked by the time somebody stops are a random sample too. What a person says is stored where it counts: a label as a correction of an
audit, "not about the brand" with the mention; only "cannot say" stands with the draw.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Connection, delete, select

from storage.db import Database
from storage.labels import correct
from storage.review import draw_audit, mark_irrelevant
from storage.rows import among, table_of
from storage.settings import put_setting, setting
from storage.sums import Tally, calendar
from storage.tables import Correction, Mention, Post
from storage.types import Sentiment

mentions, posts, corrections = table_of(Mention), table_of(Post), table_of(Correction)

Said = Literal["negative", "neutral", "positive", "irrelevant", "skipped"]
"""What a person says of a drawn mention: a label, that it is not about the brand, or that it cannot be told."""
Verdict = Literal["open", "negative", "neutral", "positive", "irrelevant", "skipped", "edited", "gone"]
"""What became of it: not answered yet, answered, answered for a text that was edited since, or erased."""
SAID: tuple[Said, ...] = get_args(Said)


class Draw(BaseModel):
    """One draw, begun at `at` from the mentions counted in [since, until).

    `ids` in the order they are asked; `skipped` maps those nobody could tell to the text version shown; `left`: what is still open is
    not asked any more.
    """

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    seed: int
    ids: tuple[int, ...]
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    skipped: dict[int, int] = {}
    left: bool = False


_DRAWS = TypeAdapter(list[Draw])


def draws(db: Database, brand_id: str) -> list[Draw]:
    """Every draw of a brand, oldest first; [] for none."""
    with db.read() as connection:
        return _draws(connection, brand_id)


def asked(drawn: Sequence[Draw]) -> list[int]:
    """The mentions that are asked about, in order: of every draw that was not left."""
    return list(dict.fromkeys(mention_id for draw in drawn if not draw.left for mention_id in draw.ids))


def begin_draw(
    db: Database,
    brand_id: str,
    n: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    seed: int,
    now: datetime,
) -> Draw | None:
    """Draw up to `n` mentions as `draw_audit` does, none that was asked before, and remember them; None where there is none.

    What is open of earlier draws is left: it is not asked any more, and may be drawn again.
    """
    said = verdicts(db, draws(db, brand_id))
    known = {mention_id for mention_id, verdict in said.items() if verdict in ("skipped", "edited")}
    drawn = draw_audit(db, brand_id, n + len(known), since=since, until=until, seed=seed)
    ids = [mention_id for mention_id in drawn if mention_id not in known][:n]
    if not ids:
        return None
    draw = Draw(at=now.astimezone(UTC), seed=seed, ids=tuple(ids), since=since, until=until)

    def work(connection: Connection) -> Draw:
        earlier = [old.model_copy(update={"left": True}) for old in _draws(connection, brand_id)]
        _put(connection, brand_id, [*earlier, draw])
        return draw

    return db.do(work)


def verdicts(db: Database, drawn: Sequence[Draw]) -> dict[int, Verdict]:
    """What became of each drawn mention, in the order of the draws."""
    wanted = (
        select(
            mentions.c.id,
            mentions.c.said_irrelevant,
            posts.c.version,
            corrections.c.text_version,
            corrections.c.label,
        )
        .join(posts, posts.c.id == mentions.c.post_id)
        .outerjoin(corrections, (corrections.c.mention_id == mentions.c.id) & corrections.c.audit)
    )
    ids = dict.fromkeys(mention_id for draw in drawn for mention_id in draw.ids)
    skipped = {mention_id: version for draw in drawn for mention_id, version in draw.skipped.items()}
    with db.read() as connection:
        rows = {
            row.id: row for row in connection.execute(wanted.where(among(connection, mentions.c.id, ids)))
        }

    def verdict(mention_id: int) -> Verdict:
        row = rows.get(mention_id)
        if row is None:
            return "gone"
        if row.said_irrelevant:
            return "irrelevant"
        if row.text_version == row.version:
            label: Sentiment = row.label
            return label
        if skipped.get(mention_id) == row.version:
            return "skipped"
        return "edited" if row.text_version is not None or mention_id in skipped else "open"

    return {mention_id: verdict(mention_id) for mention_id in ids}


def answer(db: Database, brand_id: str, mention_id: int, said: Said, *, now: datetime) -> None:
    """Store what a person says of a drawn mention's present text, in place of what was said before.

    A label also says that the mention is about the brand. Raises StorageError for a mention that is not there.
    """
    mark_irrelevant(db, [mention_id], None if said == "skipped" else said == "irrelevant", now=now)
    if said == "skipped":
        _skip(db, brand_id, mention_id, now=now)
    elif said != "irrelevant":
        correct(db, mention_id, said, now=now, audit=True)


def _skip(db: Database, brand_id: str, mention_id: int, *, now: datetime) -> None:
    """Take a label back, and note with the draw that the present text cannot be told."""
    version = (
        select(posts.c.version)
        .join(mentions, mentions.c.post_id == posts.c.id)
        .where(mentions.c.id == mention_id)
    )

    def work(connection: Connection) -> None:
        tally = Tally(calendar(connection))
        with tally.changing(connection, mention_ids=[mention_id]):
            connection.execute(delete(corrections).where(corrections.c.mention_id == mention_id))
        tally.write(connection, reason="correction", now=now.astimezone(UTC))
        shown = connection.scalar(version) or 0
        noted = [
            draw.model_copy(update={"skipped": {**draw.skipped, mention_id: shown}})
            if mention_id in draw.ids
            else draw
            for draw in _draws(connection, brand_id)
        ]
        _put(connection, brand_id, noted)

    db.do(work)


def _draws(connection: Connection, brand_id: str) -> list[Draw]:
    return _DRAWS.validate_json(setting(connection, f"audit.{brand_id}", "[]") or "[]")


def _put(connection: Connection, brand_id: str, found: Sequence[Draw]) -> None:
    put_setting(connection, f"audit.{brand_id}", _DRAWS.dump_json(list(found)).decode())
