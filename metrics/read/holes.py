"""Where collection was not whole."""

from datetime import datetime

from metrics.read.question import Question
from metrics.warnings import Hole
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
