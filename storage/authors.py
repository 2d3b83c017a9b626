"""Accounts: one row each by the network's own id, called as they were seen last."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from storage.ids import reserve
from storage.rows import among, insert_rows, table_of, update_rows
from storage.tables import Author, Post
from storage.types import NewPost

authors, posts = table_of(Author), table_of(Post)

AuthorKey = tuple[str, str]
"""source, the network's id of the account"""
Names = tuple[str | None, str | None, str | None]
"""handle, name and address of the profile"""
_NAMES = ("handle", "name", "url")


class _Known(NamedTuple):
    id: int
    names: Names


def author_ids(connection: Connection, seen: Iterable[NewPost]) -> Mapping[AuthorKey, int]:
    """The row numbers of the posts' authors; new ones are inserted, known ones called as they were seen last.

    What a network is silent about keeps its last known value.
    """
    newest: dict[AuthorKey, tuple[Names, datetime]] = {}
    for post in sorted(seen, key=lambda post: post.observed_at):
        if (author := post.author) is None:
            continue
        key, names = (post.source, author.source_author_id), (author.handle, author.name, author.url)
        newest[key] = _over(names, newest[key][0]) if key in newest else names, post.observed_at
    known = _known(connection, newest)
    found = {key: row.id for key, row in known.items()}
    _rename(connection, [(row, *newest[key]) for key, row in known.items()])
    new = [key for key in newest if key not in known]
    found.update(
        (key, author_id) for author_id, key in enumerate(new, reserve(connection, "authors", len(new)))
    )
    columns = ("id", "source", "source_author_id", *_NAMES)
    insert_rows(connection, Author, columns, ([found[key], *key, *newest[key][0]] for key in new))
    return found


def _rename(connection: Connection, seen: Iterable[tuple[_Known, Names, datetime]]) -> None:
    """Write the names that changed, and no row else: most accounts that are seen again are called as before.

    Of two names the one seen later counts; when the known one was seen, the account's newest sighting among its posts tells.
    """
    changed = [(row, names, at) for row, names, at in seen if _over(names, row.names) != row.names]
    last = _last_seen(connection, [row.id for row, _, _ in changed])
    renamed = (
        (row, _over(names, row.names) if at >= last.get(row.id, at) else _over(row.names, names))
        for row, names, at in changed
    )
    written = ([*names, row.id] for row, names in renamed if names != row.names)
    update_rows(connection, Author, (*_NAMES, "id"), written)


def _over(newer: Names, older: Names) -> Names:
    handle, name, url = (old if new is None else new for new, old in zip(newer, older, strict=True))
    return handle, name, url


def _last_seen(connection: Connection, author_ids: Collection[int]) -> Mapping[int, datetime]:
    of_author = posts.c.author_id
    wanted = select(of_author, func.max(posts.c.seen_at)).where(among(connection, of_author, author_ids))
    return {row[0]: row[1] for row in connection.execute(wanted.group_by(of_author))} if author_ids else {}


def _known(connection: Connection, keys: Iterable[AuthorKey]) -> dict[AuthorKey, _Known]:
    by_source: dict[str, list[str]] = {}
    for source, source_author_id in keys:
        by_source.setdefault(source, []).append(source_author_id)
    columns = [authors.c[name] for name in ("source_author_id", "id", *_NAMES)]
    known: dict[AuthorKey, _Known] = {}
    for source, ids in by_source.items():
        here = authors.c.source == source, among(connection, authors.c.source_author_id, ids)
        for source_author_id, author_id, *names in connection.execute(select(*columns).where(*here)):
            known[source, source_author_id] = _Known(author_id, tuple(names))
    return known
