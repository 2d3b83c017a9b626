"""The types at the two ends of a labeller: what goes in, what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Label = Literal["negative", "neutral", "positive"]

LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""The one order of classes, everywhere: weights, probabilities, files."""


Line = tuple[float, float, float]
Confusion = tuple[Line, Line, Line]
"""A number per true class (line) and label given (column), both in the order of LABELS."""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of labelling work: a text and, where asked, the brand the feeling is toward.

    `target` is the brand as it occurs in the text ("Delta", "@delta"); None asks for the feeling
    of the text as a whole.

    >>> Item("Delta cancelled on me", target="Delta").target
    'Delta'
    """

    text: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of the three classes, each 0..1, summing to 1.

    `truncated` is True where the text was too long to be read whole: then first and last
    windows were read and averaged. `relevance` is the probability (0..1) that the text is about the
    target at all; None where the text does not name one or the model cannot tell.

    >>> Scores(0.7, 0.2, 0.1).label
    'negative'
    """

    negative: float
    neutral: float
    positive: float
    truncated: bool = False
    relevance: float | None = None

    @property
    def label(self) -> Label:
        """The most probable class; a tie goes to neutral first, then to negative.

        >>> Scores(0.4, 0.4, 0.2).label
        'neutral'
        """
        best = max(self.negative, self.neutral, self.positive)
        if self.neutral == best:
            return "neutral"
        return "negative" if self.negative == best else "positive"


@dataclass(frozen=True, slots=True)
class NotLabelled:
    """The text has no label, and why: nothing left after cleaning, or the model gave no number.

    >>> NotLabelled("no text").reason
    'no text'
    """

    reason: str


@runtime_checkable
class Labeller(Protocol):
    """Anything that turns items into probabilities."""

    model_id: str

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        """One result per item, in the same order; no result depends on the other items.

        No items give an empty list.
        """
        ...
