"""The authors of a brand, with exposure, response and propagation, and whether their order held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics.formulas.reach import reach_interval
from metrics.influence import (
    DRAWS,
    FEW,
    Estimate,
    Platform,
    Rank,
    credible,
    platform,
    ranks,
    response,
    spearman,
)
from metrics.interval import Interval
from metrics.periods import Bucket, previous
from metrics.propagation import Graph, graph, propagation, resampled
from metrics.saying import Listed, Said
from storage.db import Database
from storage.responses import Speaker, edges, speakers

By = Literal["exposure", "response", "propagation"]
_SEED = 20270301
"""The same question gets the same intervals."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AuthorInfluence:
    """One account's three numbers. `responders` are those of each post, added up over the posts; None where no response was collected on its network,
    and then there is neither response nor propagation. `exposure` is None where nobody tells the followers.
    """

    author_id: int
    source: str
    handle: str | None
    name: str | None
    url: str | None
    posts: int
    followers: int | None
    exposure: Interval | None
    responders: int | None = None
    response: Estimate | None = None
    response_rank: Rank | None = None
    propagation: Estimate | None = None
    propagation_rank: Rank | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """How well the order of `before` predicted the responders per post of `after`: rank correlations, -1..1, over the `authors` in both.

    Followers over the `measured` of them whose followers are known. None where it cannot be said; `missing` says why.
    """

    before: Bucket
    after: Bucket
    authors: int
    measured: int
    response: Estimate | None = None
    propagation: Estimate | None = None
    followers: Estimate | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Influence:
    """The authors who named a brand in a window, in the order asked for; `seen` of the `counted` responses were collected as responders.

    `silent` are the networks of which no response was collected.
    """

    authors: tuple[AuthorInfluence, ...]
    counted: int
    seen: int
    silent: tuple[str, ...]
    check: Check


@dataclass(frozen=True, slots=True)
class _Window:
    """What is known of a window's authors; those of networks without responses are not among them."""

    authors: tuple[Speaker, ...]
    habits: dict[str, Platform]
    graph: Graph

    def responses(self) -> tuple[Floats, Floats]:
        """Shape and rate of every author's posterior."""
        shape, rate = np.ones(len(self.authors)), np.ones(len(self.authors))
        for source, habit in self.habits.items():
            here = [number for number, author in enumerate(self.authors) if author.source == source]
            shape[here], rate[here] = response([self.authors[number] for number in here], habit)
        return shape, rate


def influence(
    db: Database,
    brand: str,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    timezone: str,
    sources: Sequence[str] | None = None,
    by: By = "response",
) -> Influence:
    """Every known account that named the brand in [since, until), highest first, with the check against the period before.

    Responses count until `now`. Nobody there: no author, and a check that says so.
    """
    everybody, window = _read(db, brand, Bucket(since, until), now, sources)
    rows = _heard(window)
    heard = {row.author_id for row in rows}
    rows += [_row(speaker) for speaker in everybody if speaker.author_id not in heard]
    before = previous(since, until, timezone)
    return Influence(
        tuple(sorted(rows, key=lambda row: _order(row, by))),
        sum(speaker.counted for speaker in everybody),
        sum(speaker.seen for speaker in everybody),
        tuple(sorted({speaker.source for speaker in everybody} - set(window.habits))),
        _check(db, brand, before, Bucket(since, until), window, sources),
    )


def check(
    db: Database,
    brand: str,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    timezone: str,
    sources: Sequence[str] | None = None,
) -> Check:
    """How well the order of the period before [since, until), as it stood when that period ended, predicted the responders in it."""
    span = Bucket(since, until)
    _, window = _read(db, brand, span, now, sources)
    return _check(db, brand, previous(since, until, timezone), span, window, sources)


def notes(whole: Influence) -> Iterator[str]:
    """What a reader must know beside these authors, in lines."""
    if whole.counted:
        line = "responders seen: {n:,} of {of:,} responses that the networks count of these posts"
        yield Said(line, n=whole.seen, of=whole.counted)
    if whole.silent:
        line = "no response was collected on {names}: neither response nor propagation is known there"
        yield Said(line, names=Listed(whole.silent))


def _read(
    db: Database, brand: str, span: Bucket, seen_until: datetime, sources: Sequence[str] | None
) -> tuple[list[Speaker], _Window]:
    """Everybody who named the brand, and what is known of those on networks whose responses are collected."""
    everybody = speakers(
        db, brand=brand, since=span.start, until=span.end, seen_until=seen_until, sources=sources or None
    )
    passed = edges(
        db, brand=brand, since=span.start, until=span.end, seen_until=seen_until, sources=sources or None
    )
    by_source: dict[str, list[Speaker]] = {}
    for speaker in everybody:
        by_source.setdefault(speaker.source, []).append(speaker)
    habits = {source: habit for source, some in by_source.items() if (habit := platform(some))}
    authors = sorted((s for s in everybody if s.source in habits), key=lambda speaker: speaker.author_id)
    known = graph([speaker.author_id for speaker in authors], passed)
    return everybody, _Window(tuple(authors), habits, known)


def _heard(window: _Window) -> list[AuthorInfluence]:
    """The authors of networks whose responses are collected."""
    if not window.authors:
        return []
    chance = np.random.default_rng(_SEED)
    shape, rate = window.responses()
    answered = credible(shape, rate)
    answered_rank = ranks(shape / rate, chance.gamma(shape, 1 / rate, (DRAWS, len(shape))))
    passed = propagation(window.graph)
    drawn = resampled(window.graph, chance)
    passed_rank = ranks(passed, drawn)
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return [
        _row(
            author,
            answered[n],
            answered_rank[n],
            _passed_on(float(passed[n]), float(low[n]), float(high[n])),
            passed_rank[n],
        )
        for n, author in enumerate(window.authors)
    ]


def _passed_on(value: float, low: float, high: float) -> Estimate:
    """An account to whom nobody who is heard responded has 1 however the posts are drawn: drawing tells nothing of it, and gives no bounds."""
    return Estimate(value, min(low, value), max(high, value)) if low < high else Estimate(value, None, None)


def _row(
    author: Speaker,
    answered: Estimate | None = None,
    answered_rank: Rank | None = None,
    passed: Estimate | None = None,
    passed_rank: Rank | None = None,
) -> AuthorInfluence:
    return AuthorInfluence(
        author.author_id,
        author.source,
        author.handle,
        author.name,
        author.url,
        author.posts,
        author.followers,
        None if author.followers is None else reach_interval(author.followers),
        None if answered is None else author.responders,
        answered,
        answered_rank,
        passed,
        passed_rank,
    )


def _order(row: AuthorInfluence, by: By) -> tuple[float, float, int]:
    """Highest first; unknown ones last, and equal ones by responses."""
    told = row.followers if by == "exposure" else row.response if by == "response" else row.propagation
    value = told.value if isinstance(told, Estimate) else -1 if told is None else told
    return -value, -(row.response.value if row.response else -1), row.author_id


def _check(
    db: Database, brand: str, before: Bucket, after: Bucket, now: _Window, sources: Sequence[str] | None
) -> Check:
    _, earlier = _read(db, brand, before, before.end, sources)  # as it was known then: nothing later
    outcome = {author.author_id: author.responders / author.posts for author in now.authors}
    both = [n for n, author in enumerate(earlier.authors) if author.author_id in outcome]
    followers = [earlier.authors[n].followers for n in both]
    measured = [place for place, number in enumerate(followers) if number is not None]
    if len(both) < FEW:
        missing = Said("too few authors in both periods: {n}, of at least {least}", n=len(both), least=FEW)
        return Check(before, after, len(both), len(measured), missing=missing)
    came = np.array([outcome[earlier.authors[n].author_id] for n in both])
    shape, rate = earlier.responses()
    known = np.array([followers[place] for place in measured], dtype=float)

    def predicted(told: Floats, truth: Floats) -> Estimate | None:
        return spearman(told, truth, np.random.default_rng(_SEED))

    return Check(
        before,
        after,
        len(both),
        len(measured),
        response=predicted((shape / rate)[both], came),
        propagation=predicted(propagation(earlier.graph)[both], came),
        followers=predicted(known, came[measured]),
        missing="" if np.ptp(came) else "all of them got as many responders per post",
    )
