"""What is asked of the database, and what the readings share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from metrics.inputs import Inputs
from metrics.periods import Bucket, Every
from metrics.windows import Ledger
from storage.db import Database
from storage.query import Query
from storage.slices import MOST_CANDIDATES, Picked


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the database: brands to show, networks to count, time, zone, and when "now" is.

    `query` narrows everything to the mentions that meet it: a campaign, or any query. `campaign` is the one it is, whose name
    imported facts bear too. Where more than `most_read` mentions may meet the query, none is read.
    """

    since: datetime
    until: datetime
    every: Every
    timezone: str
    now: datetime
    brands: Sequence[str] = ()
    sources: Sequence[str] | None = None
    langs: Sequence[str] | None = None
    closes_after: timedelta = timedelta(hours=48)
    service_level: timedelta = timedelta(minutes=60)
    query: Query | None = None
    campaign: str | None = None
    most_read: int = MOST_CANDIDATES


@dataclass(frozen=True, slots=True)
class Reading:
    """What every reading needs: the question, every tracked brand, the buckets, their sums, and the inputs that it adds its part to.

    `picked` are the mentions that meet the question's query, None where there is none: a reading that cannot keep to them is left out.
    """

    db: Database
    asked: Question
    brand_ids: Sequence[str]
    spans: Sequence[Bucket]
    ledger: Ledger
    inputs: dict[tuple[str, Bucket], Inputs]
    picked: Picked | None = None

    def add(self, brand_id: str, span: Bucket, **values: Any) -> None:
        """Give the inputs of one brand and bucket these fields."""
        self.inputs[brand_id, span] = replace(self.inputs[brand_id, span], **values)

    def ids(self, span: Bucket) -> Sequence[int] | None:
        """The mentions of a bucket that meet the question's query, of all brands; None where it has none."""
        return self.picked.within(quarter(span.start), quarter(span.end)) if self.picked else None


def quarter(at: datetime) -> datetime:
    """The first quarter hour that begins at or after this instant: sums count a quarter where it begins."""
    return at + (datetime.fromtimestamp(0, UTC) - at) % timedelta(minutes=15)
