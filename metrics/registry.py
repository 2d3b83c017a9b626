"""Every figure by its name: what it means, how it is computed, in what unit, and what it needs. docs/metrics.md is written from here.

A new figure is a formula in a file of its own, and an entry here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from metrics import change, engagement, reach, sentiment, share_of_voice, volume
from metrics.errors import MetricError
from metrics.inputs import Figure, Inputs

Need = Literal["sums", "labels", "errors", "people", "reach", "engagement", "previous"]
"""What has to be read for a figure beside plain sums: labels, the model's errors, distinct authors, their followers, and so on."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. `empty` is its value where nothing was counted; `direction` says which way is good; `vanity` that it means little
    alone. `source` is P (public posts), O (the account's owner) or I (imported facts). A changed formula raises `version`.
    """

    id: str
    title: str
    formula: str
    unit: str
    direction: Literal["up", "down", "none"]
    compute: Callable[[Inputs], Figure]
    needs: frozenset[Need] = frozenset({"sums"})
    empty: float | None = None
    interval: str = ""
    vanity: bool = False
    version: int = 1
    source: Literal["P", "O", "I"] = "P"


_SHARE = "95 % of what chance gives for independently drawn mentions (Wilson)"
_LABELS: frozenset[Need] = frozenset({"sums", "labels"})
_ERRORS: frozenset[Need] = frozenset({"sums", "labels", "errors"})
_POSTERIOR = (
    "95 % for the stream: the window's own chance, and what is not known of the model's errors for this brand"
)


def _corrected(i: Inputs, name: str) -> Figure:
    found = sentiment.corrected_shares(i.sums, i.confusion, i.audit, i.known)
    if found is None:
        return Figure(None, i.labelled)
    value, low, high = getattr(found, name)
    return Figure(100 * value, i.labelled, (100 * low, 100 * high))


def _share(
    name: Literal["positive", "neutral", "negative"], direction: Literal["up", "down", "none"]
) -> Metric:
    return Metric(
        f"{name}_share",
        f"{name.capitalize()} share (model's errors corrected)",
        f"share of the mentions that truly are {name}, estimated from the labels and how often the model errs, x 100",
        "%",
        direction,
        lambda i: _corrected(i, name),
        _ERRORS,
        interval=_POSTERIOR,
        version=2,
    )


def _share_raw(
    name: Literal["positive", "neutral", "negative"], direction: Literal["up", "down", "none"]
) -> Metric:
    def compute(i: Inputs) -> Figure:
        count: int = getattr(i, name)
        share = sentiment.label_share(count, i.labelled)
        return Figure(share, i.labelled, sentiment.label_share_interval(count, i.labelled))

    return Metric(
        f"{name}_share_raw",
        f"{name.capitalize()} share (as labelled)",
        f"labelled {name} / (positive + neutral + negative) x 100",
        "%",
        direction,
        compute,
        _LABELS,
        interval=_SHARE,
    )


def _balance(i: Inputs) -> Figure:
    counts = (i.positive, i.neutral, i.negative)
    value = sentiment.net_sentiment_raw(*counts)
    return Figure(value, i.labelled, sentiment.net_sentiment_raw_interval(*counts))


def _voice(i: Inputs) -> Figure:
    value = share_of_voice.share_of_voice(i.mentions, i.all_mentions)
    return Figure(value, i.all_mentions, share_of_voice.share_of_voice_interval(i.mentions, i.all_mentions))


def _people(i: Inputs) -> Figure:
    own, everybody = i.authors or 0, i.all_authors or 0
    value = share_of_voice.share_of_voice_people(own, everybody)
    return Figure(value, everybody, share_of_voice.share_of_voice_interval(own, everybody))


def _reach(i: Inputs) -> Figure:
    followers = reach.potential_reach(i.followers or 0)
    return Figure(followers, i.reached or 0, reach.reach_interval(followers))


def _change(i: Inputs) -> Figure:
    before = i.before.mentions if i.before else None
    return Figure(change.change(i.mentions, before), i.mentions)


_ALL = (
    Metric(
        "mentions",
        "Mentions",
        "posts naming the brand, each once; reposts apart",
        "count",
        "up",
        lambda i: Figure(volume.mentions(i.mentions), i.mentions),
        empty=0,
    ),
    Metric(
        "mentions_change",
        "Change in mentions",
        "(mentions - mentions of the previous period) / mentions of the previous period x 100",
        "%",
        "up",
        _change,
        frozenset({"sums", "previous"}),
    ),
    Metric(
        "reposts",
        "Reposts",
        "times that posts naming the brand were passed on unchanged",
        "count",
        "up",
        lambda i: Figure(volume.reposts(i.reposts), i.reposts),
        empty=0,
    ),
    Metric(
        "unlabelled",
        "Waiting for a label",
        "mentions - labelled - those that cannot be labelled",
        "count",
        "down",
        lambda i: Figure(volume.unlabelled(i.mentions, i.labelled, i.failed), i.mentions),
        empty=0,
    ),
    Metric(
        "share_of_voice",
        "Share of voice",
        "mentions of the brand / mentions of all tracked brands x 100",
        "%",
        "up",
        _voice,
        interval=_SHARE,
    ),
    Metric(
        "share_of_voice_people",
        "Share of voice, by people",
        "distinct authors naming the brand / sum over brands of distinct authors x 100",
        "%",
        "up",
        _people,
        frozenset({"sums", "people"}),
        interval="95 % of what chance gives for independently drawn authors (Wilson)",
    ),
    _share("positive", "up"),
    _share("neutral", "none"),
    _share("negative", "down"),
    Metric(
        "net_sentiment",
        "Net sentiment (model's errors corrected)",
        "positive_share - negative_share",
        "points",
        "up",
        lambda i: _corrected(i, "net"),
        _ERRORS,
        interval=_POSTERIOR,
    ),
    _share_raw("positive", "up"),
    _share_raw("neutral", "none"),
    _share_raw("negative", "down"),
    Metric(
        "net_sentiment_raw",
        "Net sentiment (as labelled)",
        "(positive - negative) / (positive + neutral + negative) x 100",
        "points",
        "up",
        _balance,
        _LABELS,
        interval="95 % of what chance gives for independently drawn mentions (Bonett and Price)",
    ),
    Metric(
        "potential_reach",
        "Potential reach",
        "sum of the followers of distinct mentioning or sharing authors",
        "people",
        "up",
        _reach,
        frozenset({"sums", "reach"}),
        empty=0,
        interval=f"2 % to 5 % of the followers, which a post usually comes before ({reach.FORMULA}): no error bar",
        vanity=True,
    ),
    Metric(
        "engagement",
        "Engagement",
        "likes, shares, comments and quotes of the posts, by each network's own formula, as last read",
        "count",
        "up",
        lambda i: Figure(engagement.engagement(i.seen), i.seen_posts),
        frozenset({"sums", "engagement"}),
    ),
)

METRICS: Mapping[str, Metric] = {metric.id: metric for metric in _ALL}
"""Every metric by its id, in the order in which people read them."""


def chosen(names: Iterable[str]) -> list[Metric]:
    """The metrics of these names, all of them for none. Raises MetricError for a name that does not exist.

    >>> [metric.id for metric in chosen(["mentions"])]
    ['mentions']
    >>> chosen(["mentoins"])
    Traceback (most recent call last):
    metrics.errors.MetricError: there is no metric "mentoins"; did you mean "mentions"?
    """
    found = []
    for name in dict.fromkeys(names):
        if name not in METRICS:
            near = get_close_matches(name[:100], METRICS, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(METRICS)}"
            raise MetricError(f'there is no metric "{name[:100]}"; {hint}')
        found.append(METRICS[name])
    return found or list(METRICS.values())
