"""How much of a day's quota is used. Google's day starts at midnight in California, ours in the ledger at midnight UTC.

developers.google.com/youtube/v3/determine_quota_cost: 10,000 units a day, one for a list, and each request
costs, also a failed one.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from listener.collectors.base import Spent
from listener.collectors.cursor_times import Day
from listener.errors import OutOfBudget

_PACIFIC = ZoneInfo("America/Los_Angeles")
_DAY = timedelta(days=1)


def day_of(now: datetime) -> date:
    """The day in California."""
    return now.astimezone(_PACIFIC).date()


def midnight(day: date) -> datetime:
    """When a day in California starts, in UTC; days of 23 and 25 hours included.

    >>> midnight(date(2026, 11, 1)).hour, midnight(date(2026, 11, 2)).hour
    (7, 8)
    """
    return datetime.combine(day, time(), _PACIFIC).astimezone(UTC)


class Ledger(BaseModel):
    """The quota of one day in California: `units` used by collecting, and what the source had used before on the
    UTC day in which that day starts (`before`; None where that was not seen).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    day: Day
    units: Annotated[int, Field(ge=0, strict=True)] = 0
    before: Annotated[int | None, Field(ge=0, strict=True)] = None


class Quota:
    """What may still be asked. `spend` is called before each request and raises OutOfBudget instead of overdrawing.

    The ledger counts what collecting uses; looking posts up again and backfills are only in `spent`, which
    goes by days in UTC. Where that leaves open to which day a use belongs, it counts for this one.
    """

    def __init__(
        self,
        source: str,
        limit: int,
        ledger: Ledger | None,
        spent: Callable[[datetime], Spent],
        now: datetime,
    ) -> None:
        self._source, self._limit, self._spent, self._now = source, limit, spent, now
        self._start = midnight(day_of(now))
        if ledger is None or ledger.day != day_of(now):
            same_day = now.date() == self._start.date()
            before = spent(now).units_today if same_day else None
            ledger = Ledger(day=day_of(now), before=before)
        self.ledger = ledger

    @property
    def ends(self) -> datetime:
        """When the day's quota starts anew: the next midnight in California, in UTC."""
        return midnight(day_of(self._now) + _DAY)

    @property
    def left(self) -> int:
        return self._limit - self.used

    @property
    def used(self) -> int:
        """Units used since midnight in California, never too few."""
        today = self._spent(self._now).units_today
        if self._now.date() != self._start.date():
            today += self._spent(self._now - _DAY).units_today
        return max(self.ledger.units, today - (self.ledger.before or 0))

    def spend(self, units: int) -> None:
        if units > self.left:
            raise OutOfBudget(
                self._source,
                f"{self.used} of {self._limit} units of YouTube's quota are used today",
                retry_at=self.ends,
            )
        self.ledger = self.ledger.model_copy(update={"units": self.ledger.units + units})
