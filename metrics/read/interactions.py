"""What people did with the mentions."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from metrics.formulas.engagement import GENERAL, Seen
from metrics.periods import Bucket
from metrics.read.question import Reading, quarter
from storage.interactions import Engagement, engagement


def add_engagement(reading: Reading) -> None:
    for span in reading.spans:
        by_brand: dict[str, dict[str, list[Engagement]]] = defaultdict(lambda: defaultdict(list))
        for row in _rows(reading, span):
            by_brand[row.brand_id][row.source].append(row)
        for brand_id, networks in by_brand.items():
            rows = [row for parts in networks.values() for row in parts]
            measured = sum(row.measured for row in rows)
            reading.add(
                brand_id,
                span,
                seen=tuple(_seen(source, parts) for source, parts in sorted(networks.items())),
                seen_posts=measured,
                settled=timedelta(seconds=max(0, sum(row.age_s for row in rows)) // measured),
            )


def _rows(reading: Reading, span: Bucket) -> Iterator[Engagement]:
    """Whole days from their sums, and the mentions of what is left at the edges."""
    cut = reading.ledger.cut(span)
    for since, until in [
        *([cut.days] if cut.days else []),
        *((quarter(a), quarter(b)) for a, b in cut.edges),
    ]:
        yield from engagement(
            reading.db,
            brands=reading.brand_ids,
            since=since,
            until=until,
            sources=reading.asked.sources,
            langs=reading.asked.langs,
            ids=reading.ids(span),
        )


def _seen(source: str, parts: list[Engagement]) -> Seen:
    """Figures that no post of the network has are not 0 but unknown."""
    known = {
        name: sum(getattr(part, name) for part in parts)
        for name in GENERAL
        if any(getattr(part, f"{name}_posts") for part in parts)
    }
    return Seen(source, **known)
