"""How much was handed on of networks whose terms limit that, by day and by who took it, so that no 30 days ever hold more than they may.

X lets nobody give one entity more than 1,500,000 post ids in any 30 days, "inclusive of multiple individual users associated with a single
entity" (docs.x.com/developer-terms/policy): so what all people and tokens took is added up. A post that is taken twice counts twice, as which
posts they were is not kept.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, func, select

from storage.db import Database
from storage.rows import table_of, upsert
from storage.tables_running import HandedOn

_rows = table_of(HandedOn)

DAYS = 31
"""Days of UTC, today with them, that any stretch of 30 times 24 hours up to now can touch."""


@dataclass(frozen=True, slots=True)
class Room:
    """What may still leave of a network: `left` posts now; `free_at`: when there is room for as many as were asked for, None for never."""

    left: int
    free_at: datetime | None


def room(db: Database, source: str, posts: int, *, most: int, now: datetime) -> Room:
    """How many more posts of this network may leave while at most `most` do in any 30 days, and when `posts` of them may."""
    today = now.astimezone(UTC).date()
    taken = db.ask(_taken, source, today - timedelta(days=DAYS - 1))
    left = max(0, most - sum(count for _, count in taken))
    if posts <= left:
        return Room(left, now)
    if posts > most:
        return Room(left, None)
    free = most - sum(count for _, count in taken)
    for day, count in taken:
        free += count
        if free >= posts:
            return Room(left, datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=DAYS))
    return Room(left, now)


def _taken(connection: Connection, source: str, since: date) -> list[tuple[date, int]]:
    wanted = select(_rows.c.day, func.sum(_rows.c.posts)).where(
        _rows.c.source == source, _rows.c.day >= since
    )
    rows = connection.execute(wanted.group_by(_rows.c.day).order_by(_rows.c.day))
    return [(day, int(count)) for day, count in rows]


def hand_on(
    db: Database, source: str, who: str, posts: int, *, now: datetime, most: int | None = None
) -> bool:
    """Note that somebody takes so many posts of this network, or (less than 0) that some that were noted did not leave after all.

    With `most` only while no more than that leave in any 30 days; False where that is too many, and nothing is noted. Looking and noting are one
    unit of work: of two who ask at the same time for what is left one gets it.
    """
    if not posts:
        return True
    today = now.astimezone(UTC).date()
    row = {"source": source, "day": today, "who": who, "posts": posts}

    def work(connection: Connection) -> bool:
        taken = _taken(connection, source, today - timedelta(days=DAYS - 1))
        if most is not None and sum(count for _, count in taken) + posts > most:
            return False
        statement = upsert(connection, HandedOn).values(row)
        more = {"posts": _rows.c.posts + statement.excluded.posts}
        connection.execute(
            statement.on_conflict_do_update(index_elements=("source", "day", "who"), set_=more)
        )
        return True

    return db.do(work)
