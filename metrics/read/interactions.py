"""What people did with the mentions."""

from datetime import timedelta

from metrics.engagement import GENERAL, Seen
from metrics.read.question import Reading, quarter
from storage.people import Engagement, engagement


def add_engagement(reading: Reading) -> None:
    now = reading.asked.now
    for span in reading.spans:
        by_brand: dict[str, list[Engagement]] = {}
        for row in engagement(
            reading.db,
            brands=reading.brand_ids,
            since=quarter(span.start),
            until=quarter(span.end),
            sources=reading.asked.sources,
            langs=reading.asked.langs,
        ):
            if row.measured:
                by_brand.setdefault(row.brand_id, []).append(row)
        for brand_id, rows in by_brand.items():
            measured = sum(row.measured for row in rows)
            age_s = sum((row.mean_age_s or 0.0) * row.measured for row in rows) / measured
            reading.add(
                brand_id,
                span,
                seen=tuple(map(_seen, rows)),
                seen_posts=measured,
                newest_age=min(now - row.seen_to for row in rows if row.seen_to),
                oldest_age=max(now - row.seen_from for row in rows if row.seen_from),
                settled=timedelta(seconds=max(0.0, age_s)),
            )


def _seen(row: Engagement) -> Seen:
    """Figures that no post of the network has are not 0 but unknown."""
    known = {name: getattr(row, name) for name in GENERAL if getattr(row, f"{name}_posts")}
    return Seen(row.source, **known)
