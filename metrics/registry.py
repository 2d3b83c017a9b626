"""Every figure by its name. The entries lie in `metrics/catalogue`, the formulas in a file for each subject; docs/metrics.md is written from both.

A new figure is a formula in a file of its own, and an entry in the catalogue.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from metrics.catalogue import (
    accounts,
    awareness,
    conversion,
    engagement,
    influence,
    money,
    satisfaction,
    sentiment,
    service,
    voice,
)
from metrics.errors import MetricError
from metrics.metric import Metric

_PARTS: tuple[Sequence[Metric], ...] = (
    awareness.METRICS,
    voice.METRICS,
    influence.METRICS,
    accounts.METRICS,
    engagement.METRICS,
    conversion.METRICS,
    money.METRICS,
    sentiment.METRICS,
    service.METRICS,
    satisfaction.METRICS,
)
METRICS: Mapping[str, Metric] = {metric.id: metric for part in _PARTS for metric in part}
"""Every metric by its id, in the order in which people read them."""

OVERVIEW: Sequence[str] = (
    "mentions", "mentions_change", "reposts", "unlabelled", "share_of_voice", "share_of_voice_people",
    "positive_share", "neutral_share", "negative_share", "net_sentiment",
    "positive_share_raw", "neutral_share_raw", "negative_share_raw", "net_sentiment_raw", "potential_reach", "engagement",
)  # fmt: skip
"""What is shown where no metric is named."""


def chosen(names: Iterable[str]) -> list[Metric]:
    """The metrics of these names, those of OVERVIEW for none. Raises MetricError for a name that does not exist.

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
    return found or [METRICS[name] for name in OVERVIEW]
