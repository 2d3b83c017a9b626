"""Influencers by name: when two names are one, which account one is, and who asked to be forgotten."""

import unicodedata
from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from sqlalchemy import Connection, Text, func, or_, select

from storage.rows import among, table_of
from storage.tables import Author
from storage.tombstones import bury, grave

authors = table_of(Author)
Called = tuple[str, str]
"""A channel, and a name or handle on it."""
ANYWHERE = "*"
"""In place of a channel: on all of them."""


def name_key(name: str) -> str:
    """A name or handle as names are compared by: without @, whatever the case and the width of its letters, and nothing invisible in it.

    >>> name_key("@Signe_S") == name_key("signe_s\\u200b"), name_key("Signe  Solbu")
    (True, 'signe solbu')
    """
    visible = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(visible.casefold().split()).removeprefix("@")


def accounts_called(connection: Connection, called: Iterable[Called]) -> Mapping[Called, int]:
    """The id of the one known account with this handle or network's id on this network, by network and key.

    Handles change hands: where two accounts are so called, neither is taken.
    """
    wanted = {(channel, name_key(name)) for channel, name in called}
    if not wanted:
        return {}
    keys = {key for _, key in wanted}
    named = among(connection, func.lower(authors.c.handle, type_=Text), {*keys, *(f"@{key}" for key in keys)})
    numbered = among(connection, func.lower(authors.c.source_author_id, type_=Text), keys)
    rows = select(authors.c.id, authors.c.source, authors.c.handle, authors.c.source_author_id).where(
        among(connection, authors.c.source, {channel for channel, _ in wanted}), or_(named, numbered)
    )
    found: dict[Called, set[int]] = {}
    for author_id, source, handle, own_id in connection.execute(rows):
        for name in filter(None, (handle, own_id)):
            found.setdefault((source, name_key(name)), set()).add(author_id)
    return {one: ids.pop() for one, ids in found.items() if one in wanted and len(ids) == 1}


def bury_names(connection: Connection, called: Set[Called], *, now: datetime) -> None:
    """Remember that whoever is called so was erased."""
    bury(connection, "influencer", [(channel, name_key(name)) for channel, name in called], now=now)


def buried_names(connection: Connection, called: Set[Called]) -> Set[Called]:
    """Those of them that were erased, on their channel or on all."""
    places = {one: ((one[0], name_key(one[1])), (ANYWHERE, name_key(one[1]))) for one in called}
    erased = grave(connection, (("influencer", *key) for keys in places.values() for key in keys))
    return {one for one, keys in places.items() if any(erased("influencer", *key) for key in keys)}
