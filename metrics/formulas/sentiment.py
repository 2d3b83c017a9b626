"""How people feel about a brand: shares of its mentions by sentiment, and the balance of positive over negative.

A labeller errs, and errs more one way than the other, so counted labels understate differences and change. The
figures with plain names are corrected for that; those that end in `_raw` are the counted ones, beside them.
"""

from metrics.interval import Interval, balance_interval, share_interval
from nlp.shares import Shares, true_shares
from nlp.types import Confusion, Line

COUNTED = "counted as labelled: the model's errors are in the figure"


def corrected_shares(
    sums: Line,
    confusion: Confusion | None = None,
    audit: Confusion | None = None,
    known: Line = (0.0, 0.0, 0.0),
) -> Shares | None:
    """Shares of the mentions that are truly negative, neutral and positive, and the balance, as fractions with intervals.

        s such that  s V = sums / n,  with V the mean probabilities of posts of each true class

    `sums` are the model's probabilities summed over the n mentions it labelled, `known` the mentions that people labelled: they are
    added as they are. V is known from the model's own test sets (`confusion`; a wide guess for None) and, where the brand was
    audited, from posts that a person labelled (`audit`); what is not known of it is in the interval, and so is the window's own
    chance: the shares are those of the stream that the mentions are drawn from. Without an audit every mix of shares is taken to be
    as likely as any other beforehand, so a handful of mentions says little and lies near a third each; with one it lies nearer to
    what the audit showed, unless the mentions speak against that. The value is the posterior mean, low and high hold 95 % of the
    posterior. No mention gives None.

    Source: Bella et al., "Quantification via Probability Estimators", ICDM 2010; with uncertain V: Fiksel et al., "Generalized Bayes
    Quantification Learning under Dataset Shift", 2020. docs/models.md, "Corrected shares", has the whole of it.

    >>> tested = ((12.0, 5.0, 3.0), (4.0, 12.0, 4.0), (2.0, 4.0, 14.0))
    >>> found = corrected_shares((60.0, 90.0, 150.0), tested)
    >>> [round(100 * bound) for bound in found.positive]
    [58, 34, 83]
    >>> audited = ((5.0, 2.0, 1.0), (4.0, 16.0, 4.0), (1.0, 3.0, 14.0))
    >>> [round(100 * bound) for bound in corrected_shares((60.0, 90.0, 150.0), tested, audited).positive]
    [55, 43, 67]
    >>> corrected_shares((0.0, 0.0, 0.0)) is None
    True
    """
    return true_shares(sums, confusion, audit, known)


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
    """Where chance alone puts the counted share, in percent: `metrics.interval.share_interval` of labelled mentions.

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
    """Where chance alone puts the counted balance, in points: `metrics.interval.balance_interval`.

    >>> [round(bound, 1) for bound in net_sentiment_raw_interval(positive=80, neutral=100, negative=20)]
    [20.8, 38.6]
    """
    return balance_interval(positive, neutral, negative)
