"""Who responded to the mentions of every brand."""

from metrics.formulas.impact import AGES, Alike, impacts
from metrics.read.question import Reading, quarter
from storage.responses import echoes, heard_sources

_WHOLE = 10_000


def add_impact(reading: Reading) -> None:
    """The impact of every brand's mentions, each bucket by itself; on which networks responders are counted is one answer for all of them."""
    asked, brands = reading.asked, reading.brand_ids
    since = quarter(min(span.start for span in reading.spans))
    until = quarter(max(span.end for span in reading.spans))
    heard = heard_sources(reading.db, brands=brands, since=since, until=until, seen_until=asked.now)
    for span in reading.spans:
        found = echoes(
            reading.db,
            brands=brands,
            since=quarter(span.start),
            until=quarter(span.end),
            now=asked.now,
            ages=AGES,
            heard=heard,
            sources=asked.sources,
            langs=asked.langs,
            ids=reading.ids(span),
        )
        groups = [
            Alike(
                row.brand_id,
                row.source,
                row.author_id,
                row.age,
                row.responders,
                row.mentions,
                row.labelled,
                row.feeling / _WHOLE,
                row.counted,
                row.seen,
            )
            for row in found
        ]
        for brand_id, impact in impacts(groups, brands, heard).items():
            reading.add(brand_id, span, impact=impact)
