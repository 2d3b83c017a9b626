"""How content customers say they are: surveys and public reviews, from how many gave each score."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ratings:
    """Public reviews that name the brand: how many gave so many stars, and their texts as labelled: negative, neutral, positive."""

    stars: Mapping[float, int] = field(default_factory=dict)
    labelled: tuple[int, int, int] = (0, 0, 0)


def scores(answers: Mapping[str, float]) -> dict[tuple[float, float], float]:
    """How many gave each score, by (score, top of its scale), of details such as "4/5"; what is no score on a scale is left out.

    >>> scores({"4/5": 3, "8/10": 2, "often": 1, "6/5": 1})
    {(4.0, 5.0): 3, (8.0, 10.0): 2}
    """
    found: dict[tuple[float, float], float] = {}
    for detail, count in answers.items():
        score, _, top = detail.partition("/")
        read = _number(score), _number(top)
        if read[0] is not None and read[1] and 0 <= read[0] <= read[1]:
            found[read[0], read[1]] = found.get((read[0], read[1]), 0) + count
    return found


def points(answers: Mapping[str, float], top: float) -> dict[float, float]:
    """How many gave each score from 0 to `top`, of details such as "9"; what is none is left out.

    >>> points({"9": 3, "7": 2, "11": 1}, top=10)
    {9.0: 3, 7.0: 2}
    """
    found: dict[float, float] = {}
    for detail, count in answers.items():
        score = _number(detail)
        if score is not None and 0 <= score <= top:
            found[score] = found.get(score, 0) + count
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def customer_satisfaction(answers: Mapping[tuple[float, float], float]) -> float | None:
    """Mean score of the answers, in percent of the top of their scale, 0..100: the variant "mean of the scale".

        mean over answers of 100 * score / top of the scale

    `answers` counts them by (score, top), so surveys on different scales add up. The lowest score of a scale of 1 to 5 is
    20, not 0. No answer gives None.

    Source: one of the two usual definitions of the field; `customer_satisfaction_top` is the other.

    >>> customer_satisfaction({(5, 5): 6, (4, 5): 2, (1, 5): 2})
    80.0
    >>> customer_satisfaction({}) is None
    True
    """
    n = math.fsum(answers.values())
    return 100 * math.fsum(score / top * k for (score, top), k in answers.items()) / n if n else None


def customer_satisfaction_top(satisfied: float, answers: float) -> float | None:
    """Answers of 4 or 5 on a scale to 5, of all on that scale, in percent, 0..100: the variant "share of 4 and 5".

        100 * answers of 4 and 5 / answers

    No answer gives None.

    Source: the other usual definition of the field.

    >>> customer_satisfaction_top(satisfied=8, answers=10)
    80.0
    >>> customer_satisfaction_top(satisfied=0, answers=0) is None
    True
    """
    return 100 * satisfied / answers if answers else None


def net_promoter_score(promoters: float, passives: float, detractors: float) -> float | None:
    """Balance of those who would recommend the brand over those who would not, from -100 to 100 points.

        100 * (promoters - detractors) / (promoters + passives + detractors)

    of answers from 0 to 10: promoters gave 9 or 10, passives 7 or 8, detractors 0 to 6. No answer gives None.

    Source: F. Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003.

    >>> net_promoter_score(promoters=50, passives=30, detractors=20)
    30.0
    >>> net_promoter_score(0, 0, 0) is None
    True
    """
    n = promoters + passives + detractors
    return 100 * (promoters - detractors) / n if n else None


def average_rating(stars: Mapping[float, float]) -> float | None:
    """Mean stars of reviews, 0..5, every review weighing the same.

        sum of stars / number of reviews

    `stars` counts the reviews that gave so many. Who reviews is no sample of who buys. No review gives None.

    Source: the usual definition of the field.

    >>> average_rating({5: 6, 4: 2, 1: 2})
    4.0
    >>> average_rating({}) is None
    True
    """
    n = math.fsum(stars.values())
    return math.fsum(given * k for given, k in stars.items()) / n if n else None
