"""How content customers say they are: surveys and reviews."""

import math

from metrics.catalogue.of_facts import facts_of
from metrics.formulas import satisfaction
from metrics.inputs import Figure, Inputs
from metrics.interval import balance_interval, score_interval, share_interval
from metrics.metric import Metric, Need
from metrics.missing import needs, none_of
from metrics.saying import Said
from metrics.types import Part

_FACTS: frozenset[Need] = frozenset({"facts"})
_SURVEY = "95 % of what chance gives for independently drawn answers"


def _answers(i: Inputs, fact: str) -> dict[str, float]:
    return dict(facts_of(i).details.get(fact, {}))


def _unread(i: Inputs, fact: str, read: float) -> tuple[str, ...]:
    """Answers without a score are left out, and said."""
    left = round(math.fsum(_answers(i, fact).values()) - read)
    line = "{n:,} imported {fact} answers are left out: their score is none"
    return (Said(line, n=left, fact=Said(fact)),) if left > 0 else ()


def _mean(i: Inputs) -> Figure:
    answers = satisfaction.scores(_answers(i, "csat"))
    value, n = satisfaction.customer_satisfaction(answers), math.fsum(answers.values())
    if value is None:
        return Figure(None, 0, missing=_none(i, "csat", "no answer with a score and its scale, as in 4/5"))
    percents: dict[float, float] = {}
    for (score, top), k in answers.items():
        percents[100 * score / top] = percents.get(100 * score / top, 0) + k
    notes: tuple[str, ...] = ("the variant is the mean of the scale", *_unread(i, "csat", n))
    return Figure(value, round(n), score_interval(percents, 0, 100), notes=notes)


def _top(i: Inputs) -> Figure:
    five = {score: k for (score, top), k in satisfaction.scores(_answers(i, "csat")).items() if top == 5}
    n, satisfied = math.fsum(five.values()), math.fsum(k for score, k in five.items() if score >= 4)
    value = satisfaction.customer_satisfaction_top(satisfied, n)
    if value is None:
        return Figure(None, 0, missing=_none(i, "csat", "no answer on a scale to 5"))
    notes: tuple[str, ...] = ("the variant is the share of 4 and 5", *_unread(i, "csat", n))
    return Figure(value, round(n), share_interval(round(satisfied), round(n)), notes=notes)


def _promoters(i: Inputs) -> Figure:
    answers = satisfaction.points(_answers(i, "nps"), top=10)
    n = math.fsum(answers.values())
    promoters = math.fsum(k for score, k in answers.items() if score >= 9)
    detractors = math.fsum(k for score, k in answers.items() if score < 7)
    value = satisfaction.net_promoter_score(promoters, n - promoters - detractors, detractors)
    if value is None:
        return Figure(None, 0, missing=_none(i, "nps", "no answer with a score from 0 to 10"))
    groups = {"promoters": promoters, "passives": n - promoters - detractors, "detractors": detractors}
    return Figure(
        value,
        round(n),
        balance_interval(round(promoters), round(groups["passives"]), round(detractors)),
        parts=tuple(
            Part(name, 100 * k / n, round(n), share_interval(round(k), round(n)), "%")
            for name, k in groups.items()
        ),
        notes=_unread(i, "nps", n),
    )


def _rating(i: Inputs) -> Figure:
    """Imported ratings where there are any, else public reviews: an export may hold the same reviews."""
    imported = satisfaction.points(_answers(i, "rating"), top=5)
    public = i.ratings or satisfaction.Ratings()
    stars = imported or dict(public.stars)
    value, n = satisfaction.average_rating(stars), math.fsum(stars.values())
    if value is None:
        return Figure(None, 0, missing=_no_rating(i))
    labelled, parts = sum(public.labelled), tuple[Part, ...]()
    if not imported and labelled:
        parts = tuple(
            Part(f"{name} text", 100 * k / labelled, labelled, share_interval(k, labelled), "%")
            for name, k in zip(("negative", "neutral", "positive"), public.labelled, strict=True)
        )
    notes = (
        ("as imported: the public reviews are not added, which may be the same",)
        if imported and public.stars
        else ()
    )
    interval = score_interval(stars, min(1.0, *stars), 5.0)
    return Figure(value, round(n), interval, parts=parts, notes=notes)


def _none(i: Inputs, fact: str, otherwise: str) -> str:
    return none_of(i, [fact]) or needs([fact], otherwise)


def _no_rating(i: Inputs) -> str:
    line = "{needs}; public reviews that name the brand would do: none in this time"
    return Said(line, needs=_none(i, "rating", "no stars from 0 to 5"))


METRICS = (
    Metric(
        "customer_satisfaction",
        "Customer satisfaction (mean of the scale)",
        "mean score of the answers / scale maximum x 100",
        "%",
        "up",
        _mean,
        _FACTS,
        area="experience",
        inputs=("csat",),
        data=("I",),
        interval=f"{_SURVEY} (two answers added, one at either end)",
        source="one of the two usual definitions of the field; customer_satisfaction_top is the other",
    ),
    Metric(
        "customer_satisfaction_top",
        "Customer satisfaction (share of 4 and 5)",
        "answers of 4 and 5 on a five-point scale / answers on it x 100",
        "%",
        "up",
        _top,
        _FACTS,
        area="experience",
        inputs=("csat",),
        data=("I",),
        interval=f"{_SURVEY} (Wilson)",
        source="the other of the two usual definitions of the field",
    ),
    Metric(
        "net_promoter_score",
        "Net promoter score",
        "share of 9 and 10 - share of 0 to 6",
        "points",
        "up",
        _promoters,
        _FACTS,
        area="experience",
        inputs=("nps",),
        data=("I",),
        interval=f"{_SURVEY} (Bonett and Price)",
        source='F. Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003',
    ),
    Metric(
        "average_rating",
        "Average rating",
        "mean stars of reviews, the imported ones or else the public ones, with the sentiment of their text",
        "stars",
        "up",
        _rating,
        frozenset({"sums", "facts", "ratings"}),
        area="experience",
        inputs=("rating", "or public reviews"),
        data=("P", "I"),
        interval="95 % of what chance gives for independently drawn reviews (two added, one at either end)",
    ),
)
