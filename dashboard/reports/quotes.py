"""Posts that a report shows."""

from collections.abc import Iterator, Sequence

from dashboard.reports.asked import Asked, own_brands
from dashboard.reports.report import Quote
from storage.mentions import Judged, MentionRow
from storage.paging import By, ranked, ranking

QUOTES = 4
QUOTED = 280
"""Of a post so many characters are shown."""


def quotes_of(asked: Asked) -> Iterator[Quote]:
    """Positive posts that most people reacted to, negative ones that reached most people: at most one of each author and brand."""
    kinds: tuple[tuple[Judged, By, str], ...] = (
        ("positive", "engagement", "most reactions"),
        ("negative", "reach", "largest audience"),
    )
    for brand in own_brands(asked.filters):
        for label, by, why in kinds:
            wanted = asked.filters.mentions(brands=[brand.id], labels=[label])
            found = ranked(asked.site.db, wanted, by, ranking(asked.site.db, wanted), limit=5 * QUOTES)
            for row in _one_each(found.rows)[:QUOTES]:
                yield _quote(row, brand.name, label, why)


def _one_each(rows: Sequence[MentionRow]) -> list[MentionRow]:
    seen: set[object] = set()
    kept = []
    for row in rows:
        keys = {("text", row.text), ("author", row.author_id or f"post {row.id}")}
        if not keys & seen:
            kept.append(row)
        seen |= keys
    return kept


def _quote(row: MentionRow, brand: str, label: str, why: str) -> Quote:
    text = " ".join(row.text.split())
    if len(text) > QUOTED:
        text = text[:QUOTED].rsplit(" ", 1)[0] + " …"
    url = row.url if row.url and row.url.startswith(("https://", "http://")) else None
    author = f"@{row.handle.lstrip('@')}" if row.handle else row.author_name or "unknown author"
    return Quote(brand, label, row.source, author, row.counted_at, text, url, why)
