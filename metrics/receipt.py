"""What a figure rests on, whole enough to compute it again: no text and no author, only the posts' ids, their digest and how to find them."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MOST_IDS = 10_000
"""How many ids a receipt lists; of more it has their number and digest."""
Text = Annotated[str, Field(max_length=20_000)]
Line = tuple[float, float, float]


class Evidence(NamedTuple):
    """One post behind a figure; `label` is the one that counts, "failed", "unlabelled" or "repost"."""

    source: str
    source_id: str
    text_version: int
    label: str


def digest(posts: Iterable[Evidence]) -> str:
    """The SHA-256 of the posts behind a figure, whatever their order: one line source:id:text version:label for each, sorted.

    >>> one, two = Evidence("x", "1", 1, "negative"), Evidence("x", "2", 1, "neutral")
    >>> digest([one, two]) == digest([two, one]), digest([one])[:12]
    (True, 'a820a262be12')
    """
    lines = sorted(":".join(map(str, post)) for post in posts)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


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
    figure's own first. `posts` is None where it rests on something else, which `rests_on` then says.
    """

    receipt: Literal[1] = 1
    software: Text
    now: AwareDatetime
    metric: Definition
    brand: Text
    brands: Annotated[tuple[Brand, ...], Field(min_length=1)]
    window: Window
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
    reasons: tuple[str, ...]
    restated: tuple[Change, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def differences(then: Receipt, now: Receipt) -> list[str]:
    """Why the same figure may be another number now, apart from restatements: what it is computed by, and from."""
    lines = []
    if then.metric.version != now.metric.version:
        lines.append(
            f"the definition is version {now.metric.version} now, it was {then.metric.version}: {now.metric.formula}"
        )
    if then.software != now.software:
        lines.append(f"computed by {now.software} now, by {then.software} then")
    lines += _of_brands({brand.id: brand for brand in then.brands}, {brand.id: brand for brand in now.brands})
    was, is_now = then.model, now.model
    if was and is_now and was.id != is_now.id:
        lines.append(f"labels are of model {is_now.id} now, they were of {was.id}")
    elif (
        was
        and is_now
        and (was.test_sets, was.audit, was.audited) != (is_now.test_sets, is_now.audit, is_now.audited)
    ):
        lines.append(
            f"more is known of the model's errors: {sum(is_now.audited)} audited posts now, {sum(was.audited)} then"
        )
    moved = then.posts and now.posts and then.posts.digest != now.posts.digest
    if not then.window.closed and (moved or not then.figure.same(now.figure)):
        lines.append("not every day was closed then: what came late is in the figure without a restatement")
    if moved and then.posts and now.posts:
        if then.posts.ids is not None and then.posts.ids == now.posts.ids:
            lines.append("the posts are the same; a text was edited or a label changed")
        elif then.posts.ids is None or now.posts.ids is None:
            lines.append(f"the posts are others: {now.posts.count:,} now, {then.posts.count:,} then")
    return lines


def _of_brands(then: Mapping[str, Brand], now: Mapping[str, Brand]) -> Iterable[str]:
    for brand_id in sorted({*then, *now}):
        if brand_id not in now:
            yield f"{brand_id} is no longer tracked, so it is no part of the whole"
        elif brand_id not in then:
            yield f"{brand_id} is tracked now and was not then"
        elif then[brand_id].query_version != now[brand_id].query_version:
            versions = f"version {now[brand_id].query_version} now, it was {then[brand_id].query_version}"
            yield f"the query of {brand_id} is {versions}: {now[brand_id].query}"


def add_up(then: Receipt, now: Receipt, changes: Iterable[Change]) -> bool:
    """Whether the restatements account for the change in the brand's mentions, post for post."""
    own = then.brands[0].id
    moved = sum(change.mentions for change in changes if change.brand == own)
    return then.brands[0].mentions + moved == now.brands[0].mentions
