"""How long people waited for the brand, and how its cases went."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from metrics.formulas.waiting import Service, Waits
from metrics.read.question import Reading, quarter
from storage.brands import active_brands
from storage.workflow import Wait, answers, resolutions


def add_service(reading: Reading) -> None:
    asked = reading.asked
    for brand in active_brands(reading.db):
        handles = {source: [account.removeprefix("@")] for source, account in brand.accounts.items()}
        for span in reading.spans:
            window: dict[str, Any] = {
                "since": quarter(span.start),
                "until": quarter(span.end),
                "sources": asked.sources,
                "langs": asked.langs,
            }
            replies = answers(reading.db, brand.id, handles, **window)
            found = resolutions(reading.db, brand.id, **window)
            cases, closed = found or (None, 0)
            reading.add(
                brand.id,
                span,
                service=Service(
                    None if replies is None else _waits(replies, asked.now),
                    None if cases is None else _waits(cases, asked.now),
                    closed,
                    asked.service_level.total_seconds() / 60,
                ),
            )


def _waits(waits: Iterable[Wait], now: datetime) -> Waits:
    """In minutes; an end after `now` has not been yet, and one before the beginning is a clock's fault: no wait at all."""
    ended: list[float] = []
    still: list[float] = []
    for wait in waits:
        over = wait.ended_at is not None and wait.ended_at <= now
        minutes = max(
            0.0, ((wait.ended_at if over and wait.ended_at else now) - wait.since).total_seconds() / 60
        )
        (ended if over else still).append(minutes)
    return Waits.of(ended, still)
