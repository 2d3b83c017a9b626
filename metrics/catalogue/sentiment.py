"""How people feel about a brand: shares by sentiment and their balance, corrected for the model's errors, and as counted."""

from typing import Literal

from metrics import sentiment
from metrics.inputs import Figure, Inputs
from metrics.interval import INDEPENDENT
from metrics.metric import Metric, Need

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
        interval=INDEPENDENT,
    )


def _balance(i: Inputs) -> Figure:
    counts = (i.positive, i.neutral, i.negative)
    value = sentiment.net_sentiment_raw(*counts)
    return Figure(value, i.labelled, sentiment.net_sentiment_raw_interval(*counts))


METRICS = (
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
)
