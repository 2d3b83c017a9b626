"""Accounts: one row each by the network's own id, as they were seen last."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from storage.ids import reserve
from storage.rows import among, insert_rows, table_of, update_rows
from storage.tables import Author
from storage.types import NewPost

authors = table_of(Author)
_COLUMNS = ("id", "source", "source_author_id", "handle", "name", "url", "followers", "seen_at")
_SEEN = ("handle", "name", "url", "followers", "seen_at")

AuthorKey = tuple[str, str]
"""source, the network's id of the account"""


def author_ids(connection: Connection, posts: Iterable[NewPost]) -> Mapping[AuthorKey, int]:
    """The row numbers of the posts' authors; new ones are inserted, known ones brought up to what was seen last.

    What a network is silent about keeps its last known value.
    """
    newest: dict[AuthorKey, list[Any]] = {}
    for post in sorted(posts, key=lambda post: post.observed_at):
        if (author := post.author) is None:
            continue
        key = (post.source, author.source_author_id)
        seen = [author.handle, author.name, author.url, author.followers, post.observed_at]
        newest[key] = _over(seen, newest[key]) if key in newest else seen
    known = _known(connection, newest)
    found = {key: row[0] for key, row in known.items()}
    changes = []
    for key, (author_id, *old) in known.items():
        seen = newest[key]
        merged = _over(seen, old) if seen[-1] >= old[-1] else _over(old, seen)
        if merged != old:
            changes.append([*merged, author_id])
    update_rows(connection, Author, (*_SEEN, "id"), changes)
    new = [key for key in newest if key not in known]
    first = reserve(connection, "authors", len(new))
    found.update((key, author_id) for author_id, key in enumerate(new, start=first))
    insert_rows(connection, Author, _COLUMNS, ([found[key], *key, *newest[key]] for key in new))
    return found


def _over(newer: list[Any], older: list[Any]) -> list[Any]:
    return [old if new is None else new for new, old in zip(newer, older, strict=True)]


def _known(connection: Connection, keys: Iterable[AuthorKey]) -> dict[AuthorKey, list[Any]]:
    by_source: dict[str, list[str]] = {}
    for source, source_author_id in keys:
        by_source.setdefault(source, []).append(source_author_id)
    columns = [authors.c[name] for name in ("source_author_id", "id", *_SEEN)]
    known: dict[AuthorKey, list[Any]] = {}
    for source, ids in by_source.items():
        here = authors.c.source == source, among(connection, authors.c.source_author_id, ids)
        for source_author_id, *row in connection.execute(select(*columns).where(*here)):
            known[source, source_author_id] = row
    return known
