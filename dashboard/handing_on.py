"""Exports kept to what the terms of some networks let leave in 30 days."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from dashboard.errors import TooMuch
from dashboard.site import Site
from storage.handed_on import hand_on, room
from storage.mentions import MentionFilter, MentionRow, at_most


@dataclass(frozen=True)
class Bounded:
    """One export of `wanted` mentions to `who`, in the sight of the networks that limit what leaves."""

    site: Site
    who: str
    wanted: MentionFilter

    def check(self) -> None:
        """Note that as much leaves as may be in it. Raises TooMuch where that is more than may leave now, with the time at which it may."""
        most, now = self.site.settings.most_exported, self.site.clock()
        noted: dict[str, int] = {}
        for source, many in self.counts.items():
            if hand_on(self.site.db, source, self.who, many, now=now, most=most) or most is None:
                noted[source] = many
                continue
            for earlier, taken in noted.items():
                hand_on(self.site.db, earlier, self.who, -taken, now=now)
            found = room(self.site.db, source, many, most=most, now=now)
            said = (
                f"there may be {many:,} posts of {source} in this, and {found.left:,} more may leave now: all exports together hold at most "
                f"{most:,} of them in 30 days, as its terms and [web] most_exported say"
            )
            if found.free_at is None:
                raise TooMuch(f"{said}. Ask for a shorter period or for other networks", status=429)
            wait_s = ceil((found.free_at - now).total_seconds())
            free = f"{found.free_at:%Y-%m-%d %H:%M} UTC"
            raise TooMuch(
                f"{said}. There is room for this at {free}; until then ask for a shorter period, or for other networks",
                status=429,
                retry_after_s=wait_s,
            )

    def counted(self, rows: Iterable[MentionRow]) -> Iterator[MentionRow]:
        """The rows; what `check` noted and did not leave is taken back after the last."""
        now, left = self.site.clock(), Counter[str]()
        try:
            for row in rows:
                if row.source in self.counts:
                    left[row.source] += 1
                yield row
        finally:
            for source, many in self.counts.items():
                hand_on(self.site.db, source, self.who, left[source] - many, now=now)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many mentions of each limited network may be asked for."""
        limited, asked = self.site.settings.ids_only, self.wanted.sources
        names = sorted(limited if asked is None else limited & set(asked))
        return {name: at_most(self.site.db, replace(self.wanted, sources=[name])) for name in names}
