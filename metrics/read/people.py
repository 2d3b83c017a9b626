"""Who spoke, and how many follow them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from metrics.inputs import Inputs
from metrics.periods import Bucket
from metrics.read.question import Reading, quarter
from metrics.voice.clusters import Loudness
from storage.people import People, people

OF_PEOPLE = (
    "authors", "all_authors", "named", "all_named", "reached", "unmeasured", "followers",
    "loudness", "others_loudness", "lead_loudness",
)  # fmt: skip


def add_people(reading: Reading) -> None:
    for span, found in _people(reading):
        by_brand = {row.brand_id: row for row in found}
        everybody, all_named = sum(row.authors for row in found), sum(row.named for row in found)
        loud = {
            brand_id: _loudness(by_brand.get(brand_id), reading.inputs[brand_id, span].mentions)
            for brand_id in reading.brand_ids
        }
        first, second, *_ = *sorted(loud, key=lambda one: (-loud[one].said, one)), None, None
        for brand_id in reading.brand_ids:
            row = by_brand.get(brand_id) or People(brand_id, span.start, 0, 0, 0, 0)
            reading.add(
                brand_id,
                span,
                authors=row.authors,
                all_authors=everybody,
                named=row.named,
                all_named=all_named,
                reached=row.reached,
                unmeasured=row.unmeasured,
                followers=row.potential_reach,
                loudness=loud[brand_id],
                others_loudness=sum((loud[other] for other in loud if other != brand_id), Loudness()),
                lead_loudness=loud[first] + loud[second] if brand_id == first and second else None,
            )


def taken(inputs: Inputs, other: Inputs) -> Inputs:
    """The inputs with who spoke taken from another's."""
    return replace(inputs, **{name: getattr(other, name) for name in OF_PEOPLE})


def _loudness(row: People | None, mentions: int) -> Loudness:
    known = Loudness(row.said, row.squares, row.fourths, row.together) if row else Loudness()
    return known.of(mentions)


def _people(reading: Reading) -> Iterator[tuple[Bucket, Sequence[People]]]:
    """The accounts of each bucket; many single days are read at once."""
    wanted: dict[str, Any] = {
        "brands": reading.brand_ids,
        "sources": reading.asked.sources,
        "langs": reading.asked.langs,
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
            yield span, people(reading.db, since=since, until=end, ids=reading.ids(span), **wanted)
