"""Accounts: one row each by the network's own id, as they were seen last."""

from collections import defaultdict
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
    _bring_up(connection, ((row, newest[key]) for key, row in known.items()))
    new = [key for key in newest if key not in known]
    first = reserve(connection, "authors", len(new))
    found.update((key, author_id) for author_id, key in enumerate(new, start=first))
    insert_rows(connection, Author, _COLUMNS, ([found[key], *key, *newest[key]] for key in new))
    return found


def _bring_up(connection: Connection, seen: Iterable[tuple[list[Any], list[Any]]]) -> None:
    """Write what changed of each row and nothing else: most often followers and the time alone."""
    alike: dict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    for (author_id, *old), new in seen:
        merged = _over(new, old) if new[-1] >= old[-1] else _over(old, new)
        changed = [at for at, value in enumerate(merged) if value != old[at]]
        if changed:
            alike[tuple(_SEEN[at] for at in changed)].append([*(merged[at] for at in changed), author_id])
    for names, rows in alike.items():
        update_rows(connection, Author, (*names, "id"), rows)


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
