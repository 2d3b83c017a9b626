"""How people feel about a brand: shares of labelled mentions, as counted.

A labeller errs, and errs more one way than the other, so counted shares understate differences. The corrected
figures get the plain names of their own (`net_sentiment`) once a brand's confusion has been measured; these
are the counted ones.
"""

from metrics.interval import Interval, balance_interval, share_interval

UNCORRECTED = "uncorrected: the model's confusion has not been measured"


def label_share(label: int, labelled: int) -> float | None:
    """The part of the labelled mentions that carry one label, in percent, 0..100.

        100 * label / labelled

    labelled = positive + neutral + negative; mentions that wait for a label, or cannot be labelled, are in
    neither. The three shares add up to 100. No labelled mention gives None.

    Source: the usual definition of the field.

    >>> label_share(20, labelled=80)
    25.0
    >>> label_share(0, labelled=0) is None
    True
    """
    return 100 * label / labelled if labelled else None


def label_share_interval(label: int, labelled: int) -> Interval | None:
    """Where chance alone puts the share, in percent: `metrics.interval.share_interval` of labelled mentions.

    >>> [round(bound, 1) for bound in label_share_interval(20, labelled=80)]
    [16.8, 35.5]
    """
    return share_interval(label, labelled)


def net_sentiment_raw(positive: int, neutral: int, negative: int) -> float | None:
    """Balance of positive over negative mentions by counted labels, from -100 to 100 points.

        100 * (positive - negative) / (positive + neutral + negative)

    Counts of labelled mentions in one bucket, each >= 0 (not probabilities). Neutral stays in the
    denominator; tools that leave it out show larger swings. No labelled mention gives None, not 0: 0 means
    "balanced".

    Source: help.blackboxintelligence.com, "What is Net Sentiment" (its example is first).

    >>> net_sentiment_raw(positive=80, neutral=100, negative=20)
    30.0
    >>> net_sentiment_raw(positive=0, neutral=0, negative=0) is None
    True
    """
    labelled = positive + neutral + negative
    return 100 * (positive - negative) / labelled if labelled else None


def net_sentiment_raw_interval(positive: int, neutral: int, negative: int) -> Interval | None:
    """Where chance alone puts the balance, in points: `metrics.interval.balance_interval`.

    >>> [round(bound, 1) for bound in net_sentiment_raw_interval(positive=80, neutral=100, negative=20)]
    [20.8, 38.6]
    """
    return balance_interval(positive, neutral, negative)
