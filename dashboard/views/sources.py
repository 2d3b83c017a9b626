"""Sources: how each is doing, what of the period it did not collect, its last runs and what it spent."""

from datetime import datetime

from dashboard.actions import SourceHealth
from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.figures import question
from dashboard.views.view import Asked, View, asked
from metrics.read.coverage import Covered, coverage
from storage.sources import RunRecord, runs

MOST_RUNS = 20


class Source(View):
    """One configured source; `coverage` None where it has not collected yet. The newest run comes first."""

    health: SourceHealth
    coverage: Covered | None
    runs: tuple[RunRecord, ...]


class Sources(View):
    """Every configured source, and `others`: imports and sources that are configured no more, of which there is something stored."""

    asked: Asked
    sources: tuple[Source, ...]
    others: tuple[Covered, ...]


def sources(site: Site, filters: Filters, *, now: datetime) -> Sources:
    """How collection goes."""
    covered = {one.source: one for one in coverage(site.db, filters.brand_ids, question(site, filters, now))}
    known = site.actions.sources(now)
    found = (
        Source(
            health=health,
            coverage=covered.get(health.name),
            runs=tuple(runs(site.db, limit=MOST_RUNS, origin=health.name)),
        )
        for health in known
    )
    named = {health.name for health in known}
    return Sources(
        asked=asked(filters),
        sources=tuple(found),
        others=tuple(one for name, one in covered.items() if name not in named),
    )
