"""Where collection was not whole, and until when it is known."""

from dataclasses import replace
from datetime import datetime

from metrics.read.question import Question
from metrics.stretches import known_until
from metrics.warnings import PATIENCE, Hole
from storage.db import Database
from storage.sources import gaps, states


def holes_of(db: Database, since: datetime, asked: Question) -> list[Hole]:
    """Stretches from `since` on that some source did not collect whole, of the networks asked for."""
    types = {state.origin: state.type for state in states(db)}
    return [
        Hole(gap.origin, gap.brand_id, gap.since, gap.until, gap.state, gap.newest)
        for gap in gaps(db, since, max(since, min(asked.until, asked.now)))
        if asked.sources is None or types.get(gap.origin, gap.origin) in asked.sources
    ]


def known(db: Database, asked: Question) -> datetime:
    """Until when is known what a period that still runs is compared by: now, or the oldest look of a source whose next one may just not be due."""
    holes = holes_of(db, asked.now - PATIENCE, replace(asked, until=asked.now))
    return known_until(asked.now, [hole.since for hole in holes if hole.newest])
