"""The sums as pages ask for them, the closing of days, and the proof that the sums are what a recount gives."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Select, Table, bindparam, delete, func, select

from storage.db import Database
from storage.errors import StorageError
from storage.interactions import INTERACTIONS
from storage.packs import wrong_packs
from storage.restate import restate
from storage.rows import insert_rows, table_of
from storage.settings import MODEL, TIMEZONE, put_setting, setting
from storage.sums import (
    HUMAN,
    LABEL_SUMS,
    QUARTER_S,
    SUMS,
    Calendar,
    Tally,
    all_standings,
    calendar,
    quarter_of,
)
from storage.tables import AuthorDay, Count, Day, DayCount, DayLabelCount, LabelCount
from storage.tables_days import DayInteractions, DayPack

Every = Literal["quarter", "day", "all"]
By = Literal["source", "lang"]
HUMAN_SUMS = ("human_negative", "human_neutral", "human_positive")


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of one brand over one bucket, of the model in use and of people's corrections together.

    `start` is the quarter's first instant, the day, or the asked window's beginning. `source` and `lang` are None unless asked
    apart. `mentions` leaves reposts and irrelevant mentions out; `unlabelled` of them have no label yet. `p_*` are
    probabilities summed, in ten-thousandths, a person's label being certain; `corrected` of the labels are people's, `human_*` by label.
    """

    brand_id: str
    start: datetime | date
    source: str | None = None
    lang: str | None = None
    mentions: int = 0
    reposts: int = 0
    irrelevant: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    failed: int = 0
    p_negative: int = 0
    p_neutral: int = 0
    p_positive: int = 0
    corrected: int = 0
    human_negative: int = 0
    human_neutral: int = 0
    human_positive: int = 0

    @property
    def unlabelled(self) -> int:
        return self.mentions - self.negative - self.neutral - self.positive - self.failed


def sums(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime | date,
    until: datetime | date,
    every: Every,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    by: Sequence[By] = (),
) -> list[Sums]:
    """What is counted of these brands in [since, until), in order of brand and time; a bucket where nothing is counted has no row.

    Dates are days of the configured zone and read the day sums, which is what long windows want; times read quarter hours, each
    counted whole where it begins. So `every="day"` takes dates, "quarter" times, and "all" either.
    """
    days = not isinstance(since, datetime)
    if (
        days != (not isinstance(until, datetime))
        or (every == "day") > days
        or ((every == "quarter") and days)
    ):
        raise ValueError('sums by "day" take two dates, by "quarter" two times, "all" two of either')
    low, high = (since, until) if days else (_next_quarter(since), _next_quarter(until))  # type: ignore[arg-type]
    given = {"brands": brands, "low": low, "high": high, "sources": sources, "langs": langs}
    narrowed = sources is not None, langs is not None
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    keys = 1 + (every != "all") + len(by)
    with db.snapshot(), db.read() as connection:
        for model_id in (None, db.ask(setting, MODEL) or "", HUMAN):
            names = SUMS if model_id is None else LABEL_SUMS
            wanted = _wanted(model_id is None, days, every, tuple(by), *narrowed)
            for row in connection.execute(wanted, given | {"model": model_id}):
                sums_of = found[tuple(row[:keys])]
                values = [*map(int, row[keys:])]
                for name, value in zip(names, values, strict=True):
                    sums_of[name] += value
                if model_id == HUMAN:
                    sums_of["corrected"] = sum(values[:4])
                    sums_of.update(zip(HUMAN_SUMS, values, strict=False))
    return [
        _sums_row(key, values, since, every, by)
        for key, values in sorted(found.items(), key=lambda item: item[0])
    ]


@cache
def _wanted(
    plain: bool, days: bool, every: Every, by: tuple[By, ...], some_sources: bool, some_langs: bool
) -> Select[Any]:
    """The statement of `sums` over counts or, not `plain`, over a model's labels. Kept: to put it together takes longer than to answer it."""
    of_days, of_quarters = (DayCount, Count) if plain else (DayLabelCount, LabelCount)
    table = table_of(of_days if days else of_quarters)
    when = table.c.day if days else table.c.quarter
    keys = [table.c.brand_id, *([] if every == "all" else [when]), *(table.c[name] for name in by)]
    wanted = select(*keys, *(func.sum(table.c[name]) for name in (SUMS if plain else LABEL_SUMS)))
    wanted = wanted.where(
        table.c.brand_id.in_(bindparam("brands", expanding=True)),
        when >= bindparam("low"),
        when < bindparam("high"),
    ).group_by(*keys)
    if some_sources:
        wanted = wanted.where(table.c.source.in_(bindparam("sources", expanding=True)))
    if some_langs:
        wanted = wanted.where(table.c.lang.in_(bindparam("langs", expanding=True)))
    return wanted if plain else wanted.where(table.c.model_id == bindparam("model"))


def _next_quarter(at: datetime) -> int:
    return quarter_of(at - timedelta(microseconds=1)) + 1


def _sums_row(
    key: tuple[Any, ...], values: Mapping[str, int], since: datetime | date, every: Every, by: Sequence[By]
) -> Sums:
    start = {"all": since, "day": key[1 % len(key)], "quarter": key[1 % len(key)]}[every]
    if every == "quarter":
        start = datetime.fromtimestamp(start * QUARTER_S, UTC)
    apart: dict[str, Any] = dict(zip(by, key[len(key) - len(by) :], strict=True))
    return Sums(key[0], start, **(apart | dict(values)))


def first_day(db: Database, brands: Sequence[str], sources: Sequence[str] | None = None) -> date | None:
    """The first day of the configured zone with anything counted of these brands and networks; None for none."""
    return db.ask(_first_day, tuple(brands), None if sources is None else tuple(sources))


def _first_day(connection: Connection, brands: Sequence[str], sources: Sequence[str] | None) -> date | None:
    days = table_of(DayCount)
    wanted = select(func.min(days.c.day)).where(days.c.brand_id.in_(brands))
    if sources is not None:
        wanted = wanted.where(days.c.source.in_(sources))
    found: date | None = connection.scalar(wanted)
    return found


def close_days(db: Database, *, now: datetime, after_hours: int = 48) -> int:
    """Close every day of the configured zone that ended at least this long ago; returns how many were closed now.

    Whatever changes a closed day's figures from then on is logged as a restatement.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> int:
        days, counts = table_of(Day), table_of(DayCount)
        zone = calendar(connection).zone
        last = (now - timedelta(hours=after_hours)).astimezone(zone).date() - timedelta(days=1)
        closed = set(connection.scalars(select(days.c.day)))
        counted = set(connection.scalars(select(counts.c.day).where(counts.c.day <= last).distinct()))
        if not counted and not closed:
            return 0
        first = max(closed) + timedelta(days=1) if closed else min(counted)
        between = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        new = sorted((counted | between) - closed)
        insert_rows(connection, Day, ("day", "closed_at"), ([day, now] for day in new))
        return len(new)

    return db.do(work)


def set_timezone(db: Database, name: str, *, now: datetime | None = None) -> bool:
    """Count days by this time zone from now on; rebuilds the day sums when it is another one than before (then True).

    Closed days whose figures differ are restated, dated `now` (None: the clock's time). Raises StorageError for a zone that does not exist.
    """
    try:
        days = Calendar(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise StorageError(
            f'time zone "{name}" is not known; write one like "Europe/Oslo" or "UTC"'
        ) from None
    with db.read() as connection:
        if setting(connection, TIMEZONE, "UTC") == name:
            return False
    at = now or datetime.now(UTC)
    db.do(lambda connection: _rebuild_days(connection, days, name, at))
    return True


def _rebuild_days(connection: Connection, days: Calendar, name: str, now: datetime) -> None:
    put_setting(connection, TIMEZONE, name)
    moved: list[dict[Any, list[int]]] = []
    for quarters, by_day, names in ((Count, DayCount, SUMS), (LabelCount, DayLabelCount, LABEL_SUMS)):
        keys = ("brand_id", "source", "lang") if names is SUMS else ("brand_id", "source", "lang", "model_id")
        rolled: dict[Any, list[int]] = defaultdict(lambda: [0] * len(names))  # noqa: B023  used within this turn
        for quarter, key, values in _read(connection, table_of(quarters), "quarter", keys, names):
            sums_of = rolled[key[0], days.day(quarter), *key[1:]]
            sums_of[:] = [a + b for a, b in zip(sums_of, values, strict=True)]
        difference = {key: values[:] for key, values in rolled.items()}
        for day, key, values in _read(connection, table_of(by_day), "day", keys, names):
            before = difference.setdefault((key[0], day, *key[1:]), [0] * len(names))
            before[:] = [a - b for a, b in zip(before, values, strict=True)]
        moved.append(difference)
        connection.execute(delete(table_of(by_day)))
        columns = ("brand_id", "day", *keys[1:], *names)
        insert_rows(connection, by_day, columns, ([*key, *values] for key, values in rolled.items()))
    for kept in (AuthorDay, DayInteractions, DayPack):
        connection.execute(delete(table_of(kept)))
    tally = Tally(days)
    for standing in all_standings(connection):
        tally.add(standing)
    insert_rows(connection, DayPack, ("brand_id", "day"), sorted(tally.moved))
    seen = tally.by_day(tally.seen)
    insert_rows(
        connection,
        DayInteractions,
        ("brand_id", "day", "source", "lang", *INTERACTIONS),
        ([*key, *values] for key, values in seen.items()),
    )
    columns = ("brand_id", "day", "source", "author_id", "mentions", "reposts", "followers")
    insert_rows(connection, AuthorDay, columns, ([*key, *values] for key, values in tally.authors.items()))
    restate(connection, moved[0], moved[1], reason="time zone", now=now)


def _read(
    connection: Connection, table: Table, when: str, keys: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[Any, tuple[Any, ...], list[int]]]:
    wanted = select(table.c[when], *(table.c[name] for name in (*keys, *names)))
    for row in connection.execute(wanted.execution_options(yield_per=1000)):
        yield row[0], tuple(row[1 : 1 + len(keys)]), list(row[1 + len(keys) :])


def recount(db: Database) -> list[str]:
    """Count everything anew from posts, mentions, labels and figures, and say where the stored sums differ; [] when nowhere.

    Reads every mention once, under one snapshot, and changes nothing.
    """
    with db.read() as connection:
        days = calendar(connection)
        tally = Tally(days)
        for standing in all_standings(connection):
            tally.add(standing)
        quarter_keys = ("brand_id", "quarter", "source", "lang")
        day_keys = ("brand_id", "day", "source", "lang")
        person_keys = ("brand_id", "day", "source", "author_id")
        people = ("mentions", "reposts", "followers")
        found = _differences(connection, Count, quarter_keys, SUMS, tally.counts)
        found += _differences(connection, LabelCount, (*quarter_keys, "model_id"), LABEL_SUMS, tally.labels)
        found += _differences(connection, DayCount, day_keys, SUMS, tally.by_day(tally.counts))
        found += _differences(
            connection, DayLabelCount, (*day_keys, "model_id"), LABEL_SUMS, tally.by_day(tally.labels)
        )
        found += _differences(connection, AuthorDay, person_keys, people, tally.authors)
        found += _differences(connection, DayInteractions, day_keys, INTERACTIONS, tally.by_day(tally.seen))
        spoken = {
            (brand, day)
            for (brand, day, *_), (said, shared, _) in tally.by_day(tally.counts).items()
            if said or shared
        }
        found += wrong_packs(connection, spoken)
    return found


def _differences(
    connection: Connection,
    model: Any,
    keys: Sequence[str],
    names: Sequence[str],
    counted: Mapping[Any, list[Any]],
) -> list[str]:
    table = table_of(model)
    stored = {
        tuple(row[: len(keys)]): list(row[len(keys) :])
        for row in connection.execute(select(*(table.c[name] for name in (*keys, *names))))
    }
    return [
        f"{table.name} {' '.join(map(str, key))}: stored {stored.get(key)}, counted {counted.get(key)}"
        for key in sorted({*stored, *counted}, key=str)
        if stored.get(key) != counted.get(key)
    ]
