"""Exports, and what programs read page by page, kept to what the terms of some networks let leave in 30 days."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from dashboard.errors import TooMuch
from dashboard.security.access import Principal
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
        leaves(self.site, self.who, self.counts)

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


def read_by(site: Site, by: Principal, sources: Iterable[str]) -> None:
    """Note the posts of a page, by their networks, where a token reads it: a program takes them away as an export does, a person only looks.

    Raises TooMuch, as `leaves` does.
    """
    if by.how == "token":
        leaves(site, taker(by), Counter(one for one in sources if one in site.settings.ids_only))


def taker(by: Principal) -> str:
    """Whose a post is noted as that leaves."""
    return f"{by.how}:{by.name}"


def leaves(site: Site, who: str, counts: Mapping[str, int]) -> None:
    """Note that so many posts of each network leave now. Raises TooMuch where that is too many, with the time at which they may; nothing is noted."""
    most, now = site.settings.most_exported, site.clock()
    noted: dict[str, int] = {}
    for source, many in counts.items():
        if hand_on(site.db, source, who, many, now=now, most=most) or most is None:
            noted[source] = many
            continue
        for earlier, taken in noted.items():
            hand_on(site.db, earlier, who, -taken, now=now)
        found = room(site.db, source, many, most=most, now=now)
        said = (
            f"there may be {many:,} posts of {source} in this, and {found.left:,} more may leave now: all exports and what tokens read hold at "
            f"most {most:,} of them in 30 days, as its terms and [web] most_exported say"
        )
        if found.free_at is None:
            raise TooMuch(f"{said}. Ask for a shorter period or for other networks", status=429)
        wait_s = ceil((found.free_at - now).total_seconds())
        free = f"{found.free_at:%Y-%m-%d %H:%M} UTC"
        raise TooMuch(
            f"{said}. There is room for this at {free}; until then ask for a shorter period, or for other networks with source=",
            status=429,
            retry_after_s=wait_s,
        )
