"""Who spoke, and how many follow them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from metrics.periods import Bucket
from metrics.read.question import Reading, quarter
from storage.people import People, people


def add_authors(reading: Reading) -> None:
    for span, found in _people(reading, reposts=False):
        authors = {row.brand_id: row.authors for row in found}
        for brand_id in reading.brand_ids:
            own, everybody = authors.get(brand_id, 0), sum(authors.values())
            reading.add(brand_id, span, authors=own, all_authors=everybody)


def add_reach(reading: Reading) -> None:
    for span, found in _people(reading, reposts=True):
        for row in found:
            reading.add(
                row.brand_id,
                span,
                reached=row.authors,
                unmeasured=row.unmeasured,
                followers=row.potential_reach,
            )


def _people(reading: Reading, *, reposts: bool) -> Iterator[tuple[Bucket, Sequence[People]]]:
    """The accounts of each bucket; many single days are read at once."""
    wanted: dict[str, Any] = {
        "brands": reading.brand_ids,
        "sources": reading.asked.sources,
        "langs": reading.asked.langs,
        "reposts": reposts,
    }
    whole = {
        span: cut.days for span in reading.spans if (cut := reading.ledger.cut(span)).days and not cut.edges
    }
    single = {
        days[0]: span for span, days in whole.items() if days and days[1] - days[0] == timedelta(days=1)
    }
    if reading.asked.langs is not None:
        single = {}
    if len(single) > 1:
        found: dict[Bucket, list[People]] = {span: [] for span in single.values()}
        until = max(single) + timedelta(days=1)
        for row in people(reading.db, since=min(single), until=until, every="day", **wanted):
            if isinstance(row.start, date) and row.start in single:
                found[single[row.start]].append(row)
        yield from found.items()
    for span in reading.spans:
        if len(single) <= 1 or span not in single.values():
            since, end = whole.get(span) or (quarter(span.start), quarter(span.end))
            yield span, people(reading.db, since=since, until=end, **wanted)
