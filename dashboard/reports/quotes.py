"""Posts that a report shows."""

from collections.abc import Iterator, Sequence

from dashboard.reports.asked import Asked, own_brands
from dashboard.reports.report import Quote
from dashboard.reports.tables import networks_of
from metrics.saying import told
from storage.mentions import Judged, MentionRow
from storage.paging import By, ranked, ranking

QUOTES = 4
QUOTED = 280
"""Of a post so many characters are shown."""
SURE = 8_000
"""In ten-thousandths: a post whose label is less sure is no example of it."""
LOOKED_AT = 100


def quotes_of(asked: Asked) -> Iterator[Quote]:
    """Positive posts that most people reacted to, negative ones that reached most people: at most one of each author and text.

    None of a network whose terms forbid to hand on texts.
    """
    open_to_all = sorted(networks_of(asked) - asked.site.settings.ids_only)
    sources = [one for one in open_to_all if not asked.filters.sources or one in asked.filters.sources]
    kinds: tuple[tuple[Judged, By, str], ...] = (
        ("positive", "engagement", told("most reactions")),
        ("negative", "reach", told("largest audience")),
    )
    for brand in own_brands(asked.filters) if sources else ():
        for label, by, why in kinds:
            wanted = asked.filters.mentions(brands=[brand.id], labels=[label], sources=sources)
            found = ranked(asked.site.db, wanted, by, ranking(asked.site.db, wanted), limit=LOOKED_AT)
            sure = [row for row in found.rows if _probability(row, label) >= SURE]
            for row in _one_each(sure)[:QUOTES]:
                yield _quote(row, brand.name, label, why)


def _probability(row: MentionRow, label: str) -> int:
    """Of the label that counts, in ten-thousandths; a person's is certain."""
    return 10_000 if row.model_id == "human" else getattr(row, f"p_{label}") or 0


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
    author = f"@{row.handle.lstrip('@')}" if row.handle else row.author_name or told("unknown author")
    known = _probability(row, label) // 100
    sure = told("labelled by a person") if row.model_id == "human" else told("{n} % sure", n=known)
    return Quote(brand, label, row.source, author, row.counted_at, text, url, f"{sure}, {why}")
