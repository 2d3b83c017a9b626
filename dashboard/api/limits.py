"""How often each session and token may ask: a bucket that fills up again as time goes by. Kept in memory, forgotten when the service stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from threading import Lock

PER_MINUTE = 600
MOST_KNOWN = 10_000
"""So many callers are remembered; the full buckets go first."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is left: of `limit` requests a minute `left`; the bucket is full again in `full_s`. `wait_s` > 0: not now, but in so many seconds."""

    limit: int
    left: int
    full_s: float
    wait_s: float = 0.0

    @property
    def headers(self) -> Mapping[str, str]:
        """As the answer tells it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(ceil(self.full_s)),
        }


@dataclass
class Limiter:
    """A bucket for every caller.

    >>> from datetime import UTC, timedelta
    >>> limiter, now = Limiter(per_minute=2), datetime(2027, 3, 1, tzinfo=UTC)
    >>> [limiter.take("ann", now).wait_s for _ in range(3)]
    [0.0, 0.0, 30.0]
    >>> limiter.take("ann", now + timedelta(seconds=30)).left
    0
    """

    per_minute: int = PER_MINUTE
    _buckets: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, caller: str, now: datetime, cost: int = 1) -> Room:
        """Count one request, which weighs as much as `cost`; a refused one takes nothing."""
        each_s = 60 / self.per_minute
        with self._lock:
            if caller not in self._buckets and len(self._buckets) >= MOST_KNOWN:
                self._forget(now)
            left, then = self._buckets.get(caller, (float(self.per_minute), now))
            left = min(float(self.per_minute), left + max(0.0, (now - then).total_seconds()) / each_s)
            wait = max(0.0, (cost - left) * each_s)
            left -= 0 if wait else cost
            self._buckets[caller] = left, now
        return Room(self.per_minute, int(left), (self.per_minute - left) * each_s, round(wait, 3))

    def _forget(self, now: datetime) -> None:
        old = sorted(self._buckets, key=lambda name: self._buckets[name][1])
        for name in old[: MOST_KNOWN // 2]:
            del self._buckets[name]
