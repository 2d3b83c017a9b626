"""How whole the collection of each source was over a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.periods import Bucket
from metrics.read.holes import holes_of
from metrics.read.question import Question
from metrics.warnings import PATIENCE, hole_lines, joined
from storage.db import Database
from storage.sources import states


@dataclass(frozen=True, slots=True)
class Covered:
    """One source over a period, for the brands asked for: "complete"; "partial", where some of it is missing; "gap", where all of it is.

    `share` of the time, 0 to 1, was collected whole for every one of these brands; None where no time has passed yet. `lines` name the longest
    stretches that were not, in local time.
    """

    source: str
    network: str
    state: Literal["complete", "partial", "gap"]
    share: float | None
    lines: tuple[str, ...]


def coverage(db: Database, brand_ids: Sequence[str], asked: Question) -> list[Covered]:
    """Every source of the networks asked for, by name. The newest hour may be missing: its pass may just not be due."""
    span = Bucket(asked.since, max(asked.since, min(asked.until, asked.now)))
    length = span.end - span.start
    kept = [
        hole
        for hole in holes_of(db, asked.since, asked)
        if hole.brand_id in brand_ids and not (hole.newest and asked.now - hole.since < PATIENCE)
    ]
    found = []
    networks = {hole.origin: hole.origin for hole in kept} | {s.origin: s.type for s in states(db)}
    for origin, network in sorted(networks.items()):
        if asked.sources and network not in asked.sources:
            continue
        own = [hole for hole in kept if hole.origin == origin]
        missing = sum(
            (
                min(until, span.end) - max(since, span.start)
                for since, until in joined((h.since, h.until) for h in own)
            ),
            timedelta(),
        )
        share = 1 - missing / length if length else None
        lines = tuple(hole_lines(own, span, asked.now, ZoneInfo(asked.timezone)))
        whole: Literal["complete", "partial", "gap"] = (
            "complete" if not own else "gap" if share is not None and share <= 0 else "partial"
        )
        found.append(Covered(origin, network, whole, share, lines))
    return found
