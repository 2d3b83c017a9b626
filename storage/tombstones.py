"""What was erased must not come back: a salted hash of each erased post and author is kept, and nothing readable."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Literal

from sqlalchemy import Connection, select

from storage.rows import among, table_of, upsert
from storage.settings import salt
from storage.tables import Tombstone

tombstones = table_of(Tombstone)
Kind = Literal["post", "author", "influencer"]
"""Of an influencer the source is the channel, "*" for all, and the key what `storage.influencers.name_key` gives."""


def digest(salted: str, kind: Kind, source: str, key: str) -> str:
    """sha256 over the salt, the kind, the source and the network's id, parted so that no two readings are equal.

    >>> digest("s", "post", "x", "12") == digest("s", "post", "x1", "2")
    False
    """
    return sha256("\0".join((salted, kind, source, key)).encode()).hexdigest()


def bury(connection: Connection, kind: Kind, keys: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Remember that these (source, id) were erased."""
    salted = salt(connection)
    rows = [{"digest": digest(salted, kind, *key), "at": now} for key in dict.fromkeys(keys)]
    if rows:
        connection.execute(upsert(connection, Tombstone).on_conflict_do_nothing(), rows)


def any_buried(connection: Connection) -> bool:
    """Whether anything was ever erased."""
    return connection.execute(select(tombstones.c.digest).limit(1)).first() is not None


def grave(connection: Connection, keys: Iterable[tuple[Kind, str, str]]) -> Callable[[Kind, str, str], bool]:
    """A test for whether one of these (kind, source, id) was erased."""
    if not any_buried(connection):
        return lambda kind, source, key: False
    salted = salt(connection)
    wanted = {key: digest(salted, *key) for key in set(keys)}
    buried = select(tombstones.c.digest).where(among(connection, tombstones.c.digest, wanted.values()))
    erased = set(connection.scalars(buried))
    return lambda kind, source, key: wanted[kind, source, key] in erased
