"""What a figure rests on, whole enough to compute it again: no text and no author, only the posts' ids, their digest and how to find them."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from metrics.saying import Said
from metrics.words import Words

MOST_IDS = 10_000
"""How many ids a receipt lists; of more it has their number and digest."""
Text = Annotated[Words, Field(max_length=20_000)]
Line = tuple[float, float, float]


class Evidence(NamedTuple):
    """One post behind a figure; `label` is the one that counts, "failed", "unlabelled" or "repost"."""

    source: str
    source_id: str
    text_version: int
    label: str


class Tally:
    """The posts behind a figure, put in one by one in the order of their lines, source:id:text version:label; any number takes little memory.

    `digest` is the SHA-256 of those lines, each ended by a line feed; `ids` are kept up to `most_ids` of them.

    >>> tally = Tally(most_ids=1)
    >>> tally.add(Evidence("x", "1", 1, "negative"))
    >>> tally.count, tally.by_label, tally.digest[:12], tally.ids
    (1, {'negative': 1}, 'a820a262be12', ('x:1',))
    >>> tally.add(Evidence("x", "2", 1, "negative"))
    >>> tally.count, tally.ids
    (2, None)
    """

    def __init__(self, most_ids: int = MOST_IDS) -> None:
        self.most_ids = most_ids
        self.count = 0
        self._by_label: dict[str, int] = {}
        self._ids: list[tuple[str, str]] = []
        self._sha = hashlib.sha256()

    def add(self, post: Evidence) -> None:
        self.count += 1
        self._by_label[post.label] = self._by_label.get(post.label, 0) + 1
        self._sha.update(f"{post.source}:{post.source_id}:{post.text_version}:{post.label}\n".encode())
        if self.count <= self.most_ids:
            self._ids.append((post.source, post.source_id))

    @property
    def by_label(self) -> dict[str, int]:
        return dict(sorted(self._by_label.items()))

    @property
    def digest(self) -> str:
        return self._sha.hexdigest()

    @property
    def ids(self) -> tuple[str, ...] | None:
        if self.count > self.most_ids:
            return None
        return tuple(f"{source}:{source_id}" for source, source_id in sorted(self._ids))


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Definition(Part):
    """A metric as it was defined."""

    id: Text
    title: Text
    formula: Text
    unit: Text
    version: int
    source: Text
    interval: Text = ""


class Brand(Part):
    """A brand as it was matched, and its mentions in the window."""

    id: Text
    name: Text
    query: Text
    query_version: int
    mentions: int


class Window(Part):
    """[since, until), and how it reads where the figure is looked at. `closed`: each of its days was."""

    since: AwareDatetime
    until: AwareDatetime
    since_local: Text
    until_local: Text
    timezone: Text
    closed: bool


class Filters(Part):
    """Which posts were counted; empty for all."""

    sources: tuple[Text, ...] = ()
    langs: tuple[Text, ...] = ()
    query: Text | None = None
    campaign: Text | None = None


class Model(Part):
    """Whose labels were counted, and what was known of its errors: from its test sets, and from this brand's audited posts."""

    id: Text
    test_sets: tuple[Line, Line, Line] | None = None
    audited: tuple[int, int, int] = (0, 0, 0)
    audit: tuple[Line, Line, Line] | None = None


class Gap(Part):
    """A stretch that a source did not collect whole."""

    source: Text
    brand: Text
    since: AwareDatetime
    until: AwareDatetime
    state: Text


class Posts(Part):
    """The posts behind the figure: `ids` as source:id, all of them or, above `MOST_IDS`, none; by label they add up to `count`."""

    count: int
    by_label: Mapping[str, int]
    digest: Text
    ids: tuple[Text, ...] | None
    find: Text


class Value(Part):
    """The figure itself."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    missing: Text | None = None
    warnings: tuple[Text, ...] = ()

    def same(self, other: "Value") -> bool:
        """Whether the numbers are the same but for the last digits of floating point."""
        return self.n == other.n and all(
            _close(getattr(self, name), getattr(other, name)) for name in ("value", "low", "high")
        )


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


class Receipt(Part):
    """One figure of one brand over one stretch of time, and all that it rests on.

    `now` is the time it was computed at: computed again, it is taken as the time of day. `brands` are those whose mentions are in it, the
    figure's own first. `posts` is None where it rests on something else, which `rests_on` then says. `compared` is the time that a change is against.
    The window of a figure of a period that still ran ends with what was known of it.
    """

    receipt: Literal[1] = 1
    software: Text
    now: AwareDatetime
    metric: Definition
    brand: Text
    brands: Annotated[tuple[Brand, ...], Field(min_length=1)]
    window: Window
    compared: Window | None = None
    filters: Filters
    figure: Value
    model: Model | None
    coverage: tuple[Gap, ...]
    revision: int
    closes_after_hours: float = 48
    service_minutes: float = 60
    posts: Posts | None
    rests_on: Text


class Change(Part):
    """A restatement of a day since: what changed, why and when."""

    revision: int
    brand: str
    day: date
    reason: str
    mentions: int
    labels: int
    at: datetime


class Verdict(Part):
    """What computing a receipt again gave. `reasons` says, in lines for a person, what is another way now."""

    metric: str
    brand: str
    same: bool
    then: Value
    now: Value | None
    reasons: tuple[Words, ...]
    restated: tuple[Change, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def differences(then: Receipt, now: Receipt) -> list[str]:
    """Why the same figure may be another number now, apart from restatements: what it is computed by, and from."""
    lines: list[str] = []
    if then.metric.version != now.metric.version:
        line = "the definition is version {now} now, it was {then}: {formula}"
        lines.append(Said(line, now=now.metric.version, then=then.metric.version, formula=now.metric.formula))
    if then.software != now.software:
        lines.append(Said("computed by {now} now, by {then} then", now=now.software, then=then.software))
    lines += _of_brands({brand.id: brand for brand in then.brands}, {brand.id: brand for brand in now.brands})
    was, is_now = then.model, now.model
    if was and is_now and was.id != is_now.id:
        lines.append(Said("labels are of model {now} now, they were of {then}", now=is_now.id, then=was.id))
    elif (
        was
        and is_now
        and (was.test_sets, was.audit, was.audited) != (is_now.test_sets, is_now.audit, is_now.audited)
    ):
        line = "more is known of the model's errors: {now} audited posts now, {then} then"
        lines.append(Said(line, now=sum(is_now.audited), then=sum(was.audited)))
    moved = then.posts and now.posts and then.posts.digest != now.posts.digest
    if not then.window.closed and (moved or not then.figure.same(now.figure)):
        lines.append("not every day was closed then: what came late is in the figure without a restatement")
    if moved and then.posts and now.posts:
        if then.posts.ids is not None and then.posts.ids == now.posts.ids:
            lines.append("the posts are the same; a text was edited or a label changed")
        elif then.posts.ids is None or now.posts.ids is None:
            line = "the posts are others: {now:,} now, {then:,} then"
            lines.append(Said(line, now=now.posts.count, then=then.posts.count))
    return lines


def _of_brands(then: Mapping[str, Brand], now: Mapping[str, Brand]) -> Iterable[str]:
    for brand_id in sorted({*then, *now}):
        if brand_id not in now:
            yield Said("{brand} is no longer tracked, so it is no part of the whole", brand=brand_id)
        elif brand_id not in then:
            yield Said("{brand} is tracked now and was not then", brand=brand_id)
        elif then[brand_id].query_version != now[brand_id].query_version:
            line, (one, other) = (
                "the query of {brand} is version {now} now, it was {then}: {query}",
                (now[brand_id], then[brand_id]),
            )
            yield Said(line, brand=brand_id, now=one.query_version, then=other.query_version, query=one.query)


def add_up(then: Receipt, now: Receipt, changes: Iterable[Change]) -> bool:
    """Whether the restatements account for the change in the brand's mentions, post for post."""
    own = then.brands[0].id
    moved = sum(change.mentions for change in changes if change.brand == own)
    return then.brands[0].mentions + moved == now.brands[0].mentions
