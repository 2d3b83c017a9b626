"""The log of what changed in closed days: which, why and by how much, with neither text nor author."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.rows import table_of
from storage.settings import MODEL, setting
from storage.standings import HUMAN, LABEL_SUMS
from storage.tables import Day, Restatement


def restate(
    connection: Connection,
    day_counts: dict[Any, list[int]],
    day_labels: dict[Any, list[int]],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Log what changes a closed day's figures: one row for each brand and day, with neither text nor author."""
    closed = _closed(connection, {day for _, day, *_ in (*day_counts, *day_labels)})
    if not closed:
        return
    model = setting(connection, MODEL)
    moved: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * (1 + len(LABEL_SUMS)))
    for (brand_id, day, *_), values in day_counts.items():
        if any(values):
            moved[brand_id, day][0] += values[0]
    for (brand_id, day, _source, _lang, model_id), values in day_labels.items():
        if model_id in (model, HUMAN) and any(values):
            row = moved[brand_id, day]
            row[1:] = [a + b for a, b in zip(row[1:], values, strict=True)]
    rows = [
        {
            "brand_id": brand_id,
            "day": day,
            "reason": reason,
            "mentions": row[0],
            "labels": _moves(row[1:5]),
            "at": now,
        }
        for (brand_id, day), row in sorted(moved.items())
        if day in closed
    ]
    if rows:
        connection.execute(insert(table_of(Restatement)), rows)


def _moves(classes: Sequence[int]) -> int:
    return max(sum(n for n in classes if n > 0), -sum(n for n in classes if n < 0))


def _closed(connection: Connection, wanted: Iterable[date]) -> set[date]:
    days = sorted(wanted)
    if not days:
        return set()
    table = table_of(Day)
    found = connection.scalars(select(table.c.day).where(table.c.day >= days[0], table.c.day <= days[-1]))
    return set(days).intersection(found)
