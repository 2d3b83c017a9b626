"""The mentions themselves: a page of them in the order asked for, and how many there are of each kind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from dashboard.errors import NotFound
from dashboard.filters import Filters
from dashboard.security.access import Principal, sees
from dashboard.site import Site
from dashboard.views import cursor as cursors
from dashboard.views.view import Asked, View, asked
from dashboard.views.which import ALL
from dashboard.views.which import LABELS as LABELS
from dashboard.views.which import SORTS as SORTS
from dashboard.views.which import Flag as Flag
from dashboard.views.which import Sort as Sort
from dashboard.views.which import Which as Which
from dashboard.views.which import which as which
from storage.brands import active_brands
from storage.changes import Change, changes_of
from storage.counts import Sums, sums
from storage.mentions import MentionFilter, MentionRow, find
from storage.paging import By, Page, Ranking, page, ranked, ranking, tags_of
from storage.settings import TIMEZONE, setting
from storage.workflow import Case, cases, history

MOST_ROWS = 200
MOST_COUNTED = 1_000
"""Where sums do not tell, so many of the newest are counted."""


class Figures(View):
    """A post's public figures as last read, at `seen_at`: `age_hours` after it was published. None: the network does not tell."""

    likes: int | None
    shares: int | None
    comments: int | None
    quotes: int | None
    views: int | None
    seen_at: datetime
    age_hours: float


class Mention(View):
    """One mention. `label` is the one that counts, None while there is none; probabilities are 0 to 1. `corrected`: a person gave the label.

    `link` is the original post, only ever http or https. `text` is plain text, as it was written: it is for whoever shows it to escape.
    `followers` are the author's as seen with the post. `said_irrelevant` is a person's word, and `relevance` the model's, 0 to 1.
    """

    id: int
    brand_id: str
    brand: str
    label: Literal["negative", "neutral", "positive"] | None
    p_negative: float | None
    p_neutral: float | None
    p_positive: float | None
    corrected: bool
    model: str | None
    reason: str | None
    published_at: datetime
    counted_at: datetime
    time_quality: str
    edited_at: datetime | None
    source: str
    source_id: str
    lang: str
    author: str | None
    author_name: str | None
    author_link: str | None
    followers: int | None
    text: str
    truncated: bool
    target: str
    terms: tuple[str, ...]
    link: str | None
    rating: float | None
    repost: bool
    irrelevant: bool
    said_irrelevant: bool | None
    relevance: float | None
    figures: Figures | None
    assignee: str | None
    tags: tuple[str, ...]
    resolved_at: datetime | None


class Mentions(View):
    """A page of mentions. `next` is the cursor of the page after it, None on the last.

    `total` is how many there are, None where only counting them one by one would tell. `searched_to`: the page is short because what is seldom was
    looked for from this time on only; the next page looks further back. `ranked_since`: the order is of the newest mentions, from this time on.
    """

    asked: Asked
    sort: Sort
    mentions: tuple[Mention, ...]
    next: str | None
    total: int | None
    searched_to: datetime | None = None
    ranked_since: datetime | None = None


class Facets(View):
    """How many mentions there are of each label, brand, network, language and tag.

    `of` mentions were counted: all of them where `whole`, else the newest. Tags are counted of all of them, a query left aside.
    """

    asked: Asked
    of: int
    whole: bool
    labels: dict[str, int]
    brands: dict[str, int]
    sources: dict[str, int]
    langs: dict[str, int]
    tags: dict[str, int]


class LogLine(View):
    """What somebody did with a mention."""

    at: datetime
    by: str
    action: str
    value: str


class OneMention(View):
    """One mention with its log, oldest first."""

    mention: Mention
    log: tuple[LogLine, ...]


def mentions(
    site: Site,
    filters: Filters,
    asked_for: Which = ALL,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = 50,
) -> Mentions:
    """One page. Raises BadFilter for a cursor of another question, StorageError."""
    limit = max(1, min(limit, MOST_ROWS))
    wanted = asked_for.of(filters)
    said: list[Any] = [filters.parameters, filters.brand_ids, repr(asked_for)]
    place = cursors.read(site, said, cursor) if cursor else None
    base: dict[str, Any] = {"asked": asked(filters), "sort": asked_for.sort}
    base["total"] = _total(site, filters, asked_for, now) if cursor is None else None
    if asked_for.sort != "newest":
        return _ranked(site, wanted, asked_for.sort, place, said, limit, base)
    after = (datetime.fromisoformat(place[0]), place[1]) if place else None
    if place:  # the same days as the first page's, though today may have become another day
        wanted = replace(
            wanted, since=datetime.fromisoformat(place[2]), until=datetime.fromisoformat(place[3])
        )
    found: Page = page(site.db, wanted, limit=limit, after=after)
    bounds = [str(wanted.since), str(wanted.until)]
    following = (
        cursors.written(site, said, [str(found.next[0]), found.next[1], *bounds]) if found.next else None
    )
    return Mentions(
        mentions=tuple(rows_of(site, found.rows)), next=following, searched_to=found.searched_to, **base
    )


def _ranked(
    site: Site,
    wanted: MentionFilter,
    by: By,
    place: list[Any] | None,
    said: list[Any],
    limit: int,
    base: dict[str, Any],
) -> Mentions:
    if place:
        since = datetime.fromisoformat(place[2]) if place[2] else None
        among, after = Ranking(since, place[3]), (place[0], place[1])
        wanted = replace(
            wanted, since=datetime.fromisoformat(place[4]), until=datetime.fromisoformat(place[5])
        )
    else:
        among, after = ranking(site.db, wanted), None
    found = ranked(site.db, wanted, by, among, limit=limit, after=after)
    following = None
    if found.more:
        since_text = str(among.since) if among.since else None
        last = [found.figures[-1], found.rows[-1].id, since_text, among.up_to]
        following = cursors.written(site, said, [*last, str(wanted.since), str(wanted.until)])
    rows = tuple(rows_of(site, found.rows))
    return Mentions(mentions=rows, next=following, ranked_since=among.since, **base)


def mention(site: Site, mention_id: int, by: Principal | None = None) -> OneMention:
    """One mention, also one that is left out as not about its brand. Raises NotFound, also where `by` may not see its brand."""
    row = next(find(site.db, MentionFilter(ids=[mention_id], irrelevant=None)), None)
    if row is None or (by is not None and not sees(by, row.brand_id)):
        raise NotFound(f"there is no mention {mention_id}")
    lines = [LogLine(at=d.at, by=d.by, action=d.action, value=d.value) for d in history(site.db, mention_id)]
    said = [_said(line) for line in changes_of(site.db, f"mention {mention_id}")]
    log = sorted(lines + [line for line in said if line], key=lambda line: line.at)
    return OneMention(mention=rows_of(site, [row])[0], log=tuple(log))


BACK = ", the model's"
SAID = {"True": "irrelevant", "False": "relevant", "None": "undecided"}


def _said(line: Change) -> LogLine | None:
    """A correction, as the log of changes has it; None for what the mention's own log holds."""
    what, _, value = line.what.partition(" ")
    if what == "label":
        label, back, _ = value.partition(BACK)
        return LogLine(at=line.at, by=line.who, action="taken_back" if back else "labelled", value=label)
    if what == "irrelevant" and value in SAID:
        return LogLine(at=line.at, by=line.who, action=SAID[value], value="")
    return None


def rows_of(site: Site, rows: Sequence[MentionRow]) -> list[Mention]:
    """Stored mentions as they are shown, with what people did with them."""
    worked = cases(site.db, [row.id for row in rows]) if rows else {}
    names = {brand.id: brand.name for brand in active_brands(site.db)}
    return [_mention(row, names.get(row.brand_id, row.brand_id), worked.get(row.id, Case())) for row in rows]


def _mention(row: MentionRow, brand: str, case: Case) -> Mention:
    figures = None
    if row.stats is not None and row.stats_at is not None:
        known = {
            name: getattr(row.stats, name) for name in ("likes", "shares", "comments", "quotes", "views")
        }
        hours = max(0.0, (row.stats_at - row.published_at).total_seconds() / 3600)
        figures = Figures(**known, seen_at=row.stats_at, age_hours=round(hours, 1))
    same = ("id", "brand_id", "label", "reason", "published_at", "counted_at", "time_quality", "edited_at", "source", "source_id",
        "lang", "author_name", "followers", "text", "truncated", "target", "rating", "irrelevant", "said_irrelevant")  # fmt: skip
    weights = ("p_negative", "p_neutral", "p_positive", "relevance")
    return Mention(
        **{name: getattr(row, name) for name in same},
        **{name: _part(getattr(row, name)) for name in weights},
        brand=brand,
        corrected=row.model_id == "human",
        model=row.model_id,
        author=row.handle,
        author_link=safe_link(row.author_url),
        terms=tuple(row.terms),
        link=safe_link(row.url),
        repost=row.is_repost,
        figures=figures,
        assignee=case.assignee,
        tags=case.tags,
        resolved_at=case.resolved_at,
    )


def _part(weight: int | None) -> float | None:
    return None if weight is None else weight / 10_000


def safe_link(link: str | None) -> str | None:
    """The link where a browser may follow it: http or https, a host, no blank or control character; else None.

    >>> safe_link("https://news.example/1"), safe_link("javascript:alert(1)"), safe_link("java\\tscript:x"), safe_link(None)
    ('https://news.example/1', None, None, None)
    """
    if link is None or any(ord(c) <= 32 or ord(c) == 127 for c in link):
        return None
    try:
        parts = urlsplit(link)
        return link if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def summed(site: Site, filters: Filters, by: Sequence[Any] = ()) -> list[Sums]:
    """Sums of the whole period: of days where those are stored in this zone, else of quarter hours."""
    with site.db.read() as connection:
        in_days = setting(connection, TIMEZONE, "UTC") == filters.timezone
    times = {"since": filters.since, "until": filters.until}
    if in_days:
        times = {"since": filters.first_day, "until": filters.last_day + timedelta(days=1)}  # type: ignore[dict-item]
    return sums(
        site.db,
        brands=filters.brand_ids,
        every="all",
        sources=list(filters.sources) or None,
        langs=list(filters.langs) or None,
        by=by,
        **times,
    )


def _total(site: Site, filters: Filters, asked_for: Which, now: datetime) -> int | None:
    """How many there are, where sums tell."""
    if filters.query is not None or not replace(asked_for, labels=()).plain:
        return None
    found = summed(site, filters)
    names = asked_for.labels or ("mentions",)
    return sum(int(getattr(row, name)) for row in found for name in names)


def facets(site: Site, filters: Filters, asked_for: Which = ALL, *, now: datetime) -> Facets:
    """Counts beside the list, of the same mentions."""
    wanted = asked_for.of(filters)
    base = {"asked": asked(filters), "tags": tags_of(site.db, wanted)}
    if filters.query is None and asked_for.plain:
        return Facets(**base, **_of_sums(summed(site, filters, by=("source", "lang"))))
    found = page(site.db, wanted, limit=MOST_COUNTED)
    kept = [
        (row.label or ("failed" if row.model_id else "unlabelled"), row.brand_id, row.source, row.lang)
        for row in found.rows
    ]
    columns = [dict(Counter(column).most_common()) for column in zip(*kept, strict=True)] or [{}, {}, {}, {}]
    names = ("labels", "brands", "sources", "langs")
    counted: dict[str, Any] = dict(zip(names, columns, strict=True))
    return Facets(**base, of=len(kept), whole=found.next is None, **counted)


def _of_sums(rows: Sequence[Sums]) -> dict[str, Any]:
    labels, brands, sources, langs = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        labels.update({name: getattr(row, name) for name in LABELS})
        brands[row.brand_id] += row.mentions
        sources[row.source or ""] += row.mentions
        langs[row.lang or ""] += row.mentions
    kinds = {"labels": labels, "brands": brands, "sources": sources, "langs": langs}
    counted = {name: {k: n for k, n in kind.most_common() if n} for name, kind in kinds.items()}
    return {"of": sum(brands.values()), "whole": True, **counted}
