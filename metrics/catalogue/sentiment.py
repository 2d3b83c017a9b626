"""How people feel about a brand: shares by sentiment and their balance, corrected for the model's errors, and as counted."""

from typing import Literal

from metrics.formulas import sentiment
from metrics.inputs import Figure, Inputs
from metrics.interval import INDEPENDENT
from metrics.metric import Metric, Need
from metrics.missing import needs
from metrics.saying import Said

_LABELS: frozenset[Need] = frozenset({"sums", "labels"})
_ERRORS: frozenset[Need] = frozenset({"sums", "labels", "errors"})
_CORRECTED_BY = (
    'Bella et al., "Quantification via Probability Estimators", ICDM 2010; Fiksel et al. 2020: docs/models.md'
)
_POSTERIOR = (
    "95 % for the stream: the window's own chance, and what is not known of the model's errors for this brand"
)


def no_labels(i: Inputs) -> str:
    """Why no mention has a label."""
    if i.unlabelled:
        return needs(["labelled mentions"], Said("{n:,} wait for a label", n=i.unlabelled))
    if i.failed:
        return needs(["labelled mentions"], Said("none of the {n:,} can be labelled", n=i.failed))
    return needs(["mentions"], "none in this time")


def _corrected(i: Inputs, name: str) -> Figure:
    found = sentiment.corrected_shares(i.sums, i.confusion, i.audit, i.known)
    if found is None:
        return Figure(None, i.labelled, missing=no_labels(i))
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
        area="experience",
        inputs=("the model's probabilities", "its known errors", "people's labels"),
        interval=_POSTERIOR,
        source=_CORRECTED_BY,
        version=2,
    )


def _share_raw(
    name: Literal["positive", "neutral", "negative"], direction: Literal["up", "down", "none"]
) -> Metric:
    def compute(i: Inputs) -> Figure:
        count: int = getattr(i, name)
        share = sentiment.label_share(count, i.labelled)
        if share is None:
            return Figure(None, i.labelled, missing=no_labels(i))
        return Figure(share, i.labelled, sentiment.label_share_interval(count, i.labelled))

    return Metric(
        f"{name}_share_raw",
        f"{name.capitalize()} share (as labelled)",
        f"labelled {name} / (positive + neutral + negative) x 100",
        "%",
        direction,
        compute,
        _LABELS,
        area="experience",
        inputs=("labels of the mentions",),
        interval=INDEPENDENT,
    )


def _balance(i: Inputs) -> Figure:
    counts = (i.positive, i.neutral, i.negative)
    value = sentiment.net_sentiment_raw(*counts)
    if value is None:
        return Figure(None, i.labelled, missing=no_labels(i))
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
        area="experience",
        inputs=("the model's probabilities", "its known errors", "people's labels"),
        interval=_POSTERIOR,
        source=_CORRECTED_BY,
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
        area="experience",
        inputs=("labels of the mentions",),
        source='help.blackboxintelligence.com, "What is Net Sentiment"',
        interval="95 % of what chance gives for independently drawn mentions (Bonett and Price)",
    ),
)
