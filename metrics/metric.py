"""What a metric is: a definition that a page can print, and the function that computes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from metrics.inputs import Figure, Inputs

Need = Literal[
    "sums",
    "labels",
    "errors",
    "people",
    "reach",
    "engagement",
    "previous",
    "own",
    "facts",
    "service",
    "impact",
    "ratings",
    "replies",
    "voices",
]
"""What has to be read for a figure beside plain sums: labels, the model's errors, distinct authors, their followers, and so on."""
Unit = Literal["count", "%", "points", "people", "money", "ratio", "stars", "minutes", "hours"]
Area = Literal["awareness", "engagement", "conversion", "money", "experience"]
"""The part of the catalogue that a figure is listed in."""
AREAS: Mapping[Area, str] = {
    "awareness": "Awareness",
    "engagement": "Engagement",
    "conversion": "Conversion",
    "money": "Money",
    "experience": "Customer experience",
}
"""Their titles, in the order in which people read them."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. `empty` is its value where nothing was counted; `direction` says which way is good; `vanity` that it means little
    alone. `data` is the class of its data: P (public posts), O (the account's owner), I (imported facts), or several. `inputs` are what it
    is computed from, in words; `source` where the definition comes from. A changed formula raises `version`. `error_bar`:
    the interval is one, so that differences may be held against it.
    """

    id: str
    title: str
    formula: str
    unit: Unit
    direction: Literal["up", "down", "none"]
    compute: Callable[[Inputs], Figure]
    needs: frozenset[Need] = frozenset({"sums"})
    area: Area = "awareness"
    inputs: tuple[str, ...] = ("mentions",)
    empty: float | None = None
    interval: str = ""
    error_bar: bool = True
    vanity: bool = False
    version: int = 1
    data: tuple[Literal["P", "O", "I"], ...] = ("P",)
    source: str = "the usual definition of the field"
