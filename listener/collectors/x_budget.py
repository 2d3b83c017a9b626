"""What may still be read of X this month: posts are paid for one by one, and mentions come before the brands' own posts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from listener.collectors.base import Spent
from listener.collectors.x_client import BATCH, next_month
from listener.errors import OutOfBudget

LEAST = 10  # X gives no smaller page of a search
LEAST_OWN = 5  # nor of an account's posts


@dataclass(slots=True)
class Budget:
    """`price` is what a post costs with what comes beside it. `own_share` of the month's budget may go to the brands' own accounts, where
    mentions leave it. `searches` share an even pace.
    """

    source: str
    monthly_usd: float
    price: float
    own_share: float
    spent: Callable[[datetime], Spent]
    searches: int = 1
    _month: tuple[int, int] = (0, 0)
    _before: Spent = field(default_factory=Spent)
    _here: float = 0.0
    _own_here: float = 0.0

    def note(self, usd: float, *, own: bool = False) -> None:
        """What was just paid, and may not be stored yet."""
        self._here += usd
        self._own_here += usd * own

    def used(self, now: datetime) -> float:
        """What the month cost so far: as stored, or as counted here where that is not stored yet."""
        return max(self._stored(now).usd_this_month, self._before.usd_this_month + self._here)

    def allowance(self, now: datetime, *, spread: bool, least: int = LEAST) -> int:
        """How many posts may be read now, at most a page; 0 where an even pace leaves none at the moment."""
        if self.price == 0:
            return BATCH
        used = self.used(now)
        left = self.monthly_usd - used
        if self._posts(left) < least:
            raise self._out(f"{used:.2f} of {self.monthly_usd:.2f} USD are used this month", now)
        if spread:
            start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            elapsed = (now - start) / (next_month(now) - start)
            left = min(left, (self.monthly_usd * elapsed - used) / self.searches)
        posts = self._posts(left)
        return min(BATCH, posts) if posts >= least else 0

    def own_allowance(self, now: datetime) -> int:
        """How many of an account's posts may be read now, at least a page of the smallest size."""
        if self.price == 0:
            return BATCH
        self.own_left(now, self.price * LEAST_OWN)
        return min(BATCH, self._posts(self._own_left(now)))

    def own_left(self, now: datetime, usd: float) -> None:
        """Raises OutOfBudget where less than this is left for own accounts."""
        if self._own_left(now) + 1e-9 < usd:
            share = self.own_share * self.monthly_usd
            raise self._out(
                f"of {share:.2f} USD a month for own accounts (own_share) and {self.monthly_usd:.2f} in all too little is left",
                now,
            )

    def _own_left(self, now: datetime) -> float:
        stored = self._stored(now).own_usd_this_month
        own = max(stored, self._before.own_usd_this_month + self._own_here)
        return min(self.own_share * self.monthly_usd - own, self.monthly_usd - self.used(now))

    def _stored(self, now: datetime) -> Spent:
        stored, month = self.spent(now), (now.year, now.month)
        if month != self._month:
            self._month, self._before, self._here, self._own_here = month, stored, 0.0, 0.0
        return stored

    def _posts(self, usd: float) -> int:
        return int(usd / self.price + 1e-6)

    def _out(self, said: str, now: datetime) -> OutOfBudget:
        return OutOfBudget(
            self.source, f"{said}; raise monthly_budget_usd to go on sooner", retry_at=next_month(now)
        )
