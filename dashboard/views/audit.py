"""A check at random: the drawn post that is to be judged next, and how often the model was right for those that were judged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboard.errors import NotFound
from dashboard.site import Site
from dashboard.views.view import Brand, View
from metrics.read.audit import measured, still_open
from metrics.target import excerpt, places
from storage.audits import Said, Verdict, asked, draws, verdicts
from storage.brands import active_brands
from storage.mentions import MentionFilter, find
from storage.types import BrandQuery, Sentiment

LONGEST = 4_000
"""Characters of a post that are shown: those around the brand."""


class AuditPost(View):
    """A drawn post, without the model's label, so that it leads nobody. `said`: what a person said of it before, None for nothing.

    `text` is what was written, or the part around the brand of a very long post, and `target` the brand as it stands there; `text_version` is to
    be sent with the answer.
    """

    mention_id: int
    text_version: int
    text: str
    target: str
    lang: str
    source: str
    author: str | None
    published_at: datetime
    said: Said | None

    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces, those where the brand stands marked."""
        found, at = [], 0
        for start, end in places(self.text, self.target):
            found += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [(piece, marked) for piece, marked in [*found, (self.text[at:], False)] if piece]


class AuditRight(View):
    """How often the model was right for the checked posts, 0 to 1, with Wilson's 95 % interval; None while nothing was checked.

    `confusion` counts posts by what people called them, then by what the model did.
    """

    model: str | None
    checked: int
    right: int
    accuracy: float | None
    low: float | None
    high: float | None
    confusion: Mapping[Sentiment, Mapping[Sentiment, int]]
    irrelevant: int
    skipped: int


class Audit(View):
    """One brand's check: of `drawn` posts `open` wait for an answer; `next` is the one to ask, None where none waits, `before` the one before it."""

    brand: Brand
    drawn: int
    open: int
    next: AuditPost | None
    before: int | None
    right: AuditRight


def brand_of(site: Site, brand_id: str) -> BrandQuery:
    """The tracked brand of this id. Raises NotFound."""
    for brand in active_brands(site.db):
        if brand.id == brand_id:
            return brand
    raise NotFound(f"no brand {brand_id!r} is tracked")


def audit(site: Site, brand_id: str, *, at: int | None = None) -> Audit:
    """How far a brand's check has come; `at` asks for a drawn post again. Raises NotFound."""
    brand = brand_of(site, brand_id)
    drawn = draws(site.db, brand.id)
    became, order = verdicts(site.db, drawn), asked(drawn)
    if at is not None and at not in became:
        raise NotFound(f"mention {at} was not drawn for {brand.name}")
    waiting = still_open(site.db, brand.id)
    chosen = at if at is not None else next(iter(waiting), None)
    place = order.index(chosen) if chosen in order else len(order)
    return Audit(
        brand=Brand(id=brand.id, name=brand.name, role=brand.role),
        drawn=len(order),
        open=len(waiting),
        next=None if chosen is None else _post(site, chosen, became[chosen]),
        before=order[place - 1] if place > 0 else None,
        right=_right(measured(site.db, brand).as_json()),
    )


def _post(site: Site, mention_id: int, became: Verdict) -> AuditPost | None:
    for row in find(site.db, MentionFilter(ids=[mention_id], irrelevant=None)):
        return AuditPost(
            mention_id=row.id,
            text_version=row.text_version,
            text=excerpt(row.text, row.target, LONGEST),
            target=row.target,
            lang=row.lang,
            source=row.source,
            author=row.handle or row.author_name,
            published_at=row.published_at,
            said=None if became in ("open", "edited", "gone") else became,
        )
    return None


def _right(said: Mapping[str, Any]) -> AuditRight:
    return AuditRight(**{name: said[name] for name in AuditRight.model_fields})
