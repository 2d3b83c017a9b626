"""The mentions of a period and of its baseline, as `metrics.drivers` compares them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import urlsplit

from metrics.drivers import KINDS, Driver, Kind, Said, drivers, evidence
from metrics.periods import Bucket
from metrics.read.question import quarter
from storage.counts import sums
from storage.db import Database
from storage.folding import fold, spans
from storage.mentions import Judged, MentionFilter, MentionRow, count, find

MOST = 20_000
"""Mentions read of each side; of more, every second, third, ... by its number is read."""
LABELS: tuple[Judged | None, ...] = (None, "negative", "neutral", "positive")
"""None: all mentions together."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What sets a brand's mentions of one label (None: all) apart: drivers by kind, and the mentions that show it best.

    `mentions` of the period and `before` of the baseline are what it rests on, reposts not counted; one in `sampled` of them and of
    their reposts was read (1: all).
    """

    label: Judged | None
    mentions: int
    before: int
    sampled: int
    drivers: tuple[Driver, ...]
    evidence: tuple[int, ...]


def apart(
    db: Database,
    wanted: MentionFilter,
    baseline: Bucket,
    *,
    labels: Sequence[Judged | None] = LABELS,
    kinds: Sequence[Kind] = KINDS,
    limit: int = 10,
    most: int = MOST,
) -> list[Apart]:
    """What sets the wanted mentions of one brand apart from the same mentions of the baseline, for each label.

    `wanted` has the brand and the period, and any other narrowing; its labels and reposts are set here: reposts count for authors and
    passed-on posts only. At most `most` mentions of each side are read.
    """
    found = []
    for label in labels:
        here = replace(wanted, labels=None if label is None else [label], reposts=None)
        there = replace(here, since=baseline.start, until=baseline.end)
        sizes, all_of_it = zip(*(_sizes(db, side, label) for side in (here, there)), strict=True)
        step = max(1, -(-max(all_of_it) // most))
        period, before = (list(find(db, replace(side, one_in=step))) for side in (here, there))
        known = {word for row in (*period, *before) for word in fold(row.target).split()}
        said = [_said(row) for row in period]
        risen = drivers(said, [_said(row) for row in before], kinds=kinds, limit=limit, known=known)
        names = [
            name
            for driver in risen
            if driver.kind in ("term", "hashtag")
            for name in (driver.name, *driver.also)
        ]
        written = AsWritten(names, period)
        shown = tuple(
            replace(driver, name=written(driver.name), also=tuple(map(written, driver.also)))
            if driver.kind in ("term", "hashtag")
            else driver
            for driver in risen
        )
        found.append(Apart(label, sizes[0], sizes[1], step, shown, tuple(evidence(said, risen))))
    return found


def _sizes(db: Database, side: MentionFilter, label: Judged | None) -> tuple[int, int]:
    """How many mentions there are, and how many with reposts: from the stored sums where the filter asks for no more than they tell."""
    told = MentionFilter(
        brands=side.brands,
        sources=side.sources,
        langs=side.langs,
        since=side.since,
        until=side.until,
        labels=side.labels,
    )
    since, until = side.since, side.until
    if side != told or since is None or until is None or (quarter(since), quarter(until)) != (since, until):
        return count(db, replace(side, reposts=False)), count(db, side)
    rows = sums(
        db,
        brands=side.brands or [],
        since=since,
        until=until,
        every="all",
        sources=side.sources,
        langs=side.langs,
    )
    size, reposts = (sum(getattr(row, name) for row in rows) for name in (label or "mentions", "reposts"))
    return size, size + (reposts if label in (None, "unlabelled") else 0)


def _said(row: MentionRow) -> Said:
    author = f"{row.source}:{row.handle or row.author_id}" if row.author_id is not None else None
    passes_on = f"{row.source}:{row.repost_of}" if row.repost_of else None
    links = tuple(dict.fromkeys(filter(None, map(page, row.links))))
    return Said(row.id, tuple(fold(row.text).split()), links, author, passes_on, row.lang)


def page(link: str) -> str:
    """A link without what tells readers apart: no scheme, no www, no query, no fragment. "" for what is no link.

    >>> page("https://www.example.org/news/1/?utm_source=x#top")
    'example.org/news/1'
    """
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    video = f"?{parts.query}" if host.endswith("youtube.com") else ""
    return f"{host}{parts.path.rstrip('/')}{video}" if host else ""


class AsWritten:
    """Folded words as most of the texts write them: "doesn t apne" is "doesn't åpne". Words that a text writes apart have one space between."""

    def __init__(self, names: Iterable[str], rows: Iterable[MentionRow]) -> None:
        wanted = {name: tuple(name.split(" ")) for name in names}
        firsts: dict[str, list[str]] = {}
        for name, words in wanted.items():
            firsts.setdefault(words[0], []).append(name)
        self._seen: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        for row in rows if wanted else ():
            tokens = fold(row.text).split()
            places = None
            for at, token in enumerate(tokens):
                for name in firsts.get(token, ()):
                    words = wanted[name]
                    if tuple(tokens[at : at + len(words)]) == words:
                        places = places or spans(row.text)
                        written = _as_one(row.text, places[at : at + len(words)])
                        self._seen[name][written.casefold()] += 1

    def __call__(self, name: str) -> str:
        common = self._seen[name].most_common(1)
        return common[0][0] if common else name


def _as_one(text: str, places: Sequence[tuple[int, int]]) -> str:
    """What is written at these places; only an apostrophe or a hyphen between two of them is kept.

    >>> _as_one("It doesn’t, ever, work", [(3, 8), (9, 10), (18, 22)])
    "doesn't work"
    """
    (first, last), *_ = places
    found = text[first:last]
    for (_, end), (start, last) in pairwise(places):
        between = text[end:start].replace("’", "'")
        found += (between if between in ("", "'", "-") else " ") + text[start:last]
    return found
