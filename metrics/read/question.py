"""What is asked of the database, and what the readings share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from metrics.inputs import Inputs
from metrics.periods import Bucket, Every
from metrics.windows import Ledger
from storage.db import Database


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the database: brands to show, networks to count, time, zone, and when "now" is."""

    since: datetime
    until: datetime
    every: Every
    timezone: str
    now: datetime
    brands: Sequence[str] = ()
    sources: Sequence[str] | None = None
    langs: Sequence[str] | None = None
    closes_after: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Reading:
    """What every reading needs: the question, every tracked brand, the buckets, their sums, and the inputs that it adds its part to."""

    db: Database
    asked: Question
    brand_ids: Sequence[str]
    spans: Sequence[Bucket]
    ledger: Ledger
    inputs: dict[tuple[str, Bucket], Inputs]

    def add(self, brand_id: str, span: Bucket, **values: Any) -> None:
        """Give the inputs of one brand and bucket these fields."""
        self.inputs[brand_id, span] = replace(self.inputs[brand_id, span], **values)


def quarter(at: datetime) -> datetime:
    """The first quarter hour that begins at or after this instant: sums count a quarter where it begins."""
    return at + (datetime.fromtimestamp(0, UTC) - at) % timedelta(minutes=15)
