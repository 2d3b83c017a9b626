"""How often the model is right about a brand, as far as people have checked."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from metrics.interval import share_interval
from storage.audits import Verdict, asked, draws, verdicts
from storage.db import Database
from storage.labels import model_in_use
from storage.review import Confusion, audit_confusion
from storage.types import SENTIMENTS, BrandQuery, Sentiment


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What all audits of a brand say of the model in use.

    `confusion` counts (a person's label, the model's) side by side; `became` what became of every drawn mention, `open` ones only of
    draws that are still asked.
    """

    brand: BrandQuery
    model: str | None
    confusion: Confusion
    became: Counter[Verdict]

    @property
    def checked(self) -> int:
        return sum(self.confusion.values())

    @property
    def right(self) -> int:
        return sum(self.confusion.get((label, label), 0) for label in SENTIMENTS)

    def row(self, person: Sentiment) -> dict[Sentiment, int]:
        """What the model called the posts that people call `person`."""
        return {model: self.confusion.get((person, model), 0) for model in SENTIMENTS}

    @property
    def unjudged(self) -> int:
        """Posts people have labelled and the model in use has not."""
        return max(0, sum(self.became[label] for label in SENTIMENTS) - self.checked)

    def as_json(self) -> dict[str, Any]:
        interval = share_interval(self.right, self.checked)
        return {
            "brand": self.brand.name,
            "brand_id": self.brand.id,
            "model": self.model,
            "checked": self.checked,
            "right": self.right,
            "accuracy": self.right / self.checked if self.checked else None,
            "low": interval[0] / 100 if interval else None,
            "high": interval[1] / 100 if interval else None,
            "confusion": {person: self.row(person) for person in SENTIMENTS},
            "skipped": self.became["skipped"],
            "irrelevant": self.became["irrelevant"],
            "edited": self.became["edited"],
            "erased": self.became["gone"],
            "not_labelled_by_model": self.unjudged,
            "open": self.became["open"],
        }


def measured(db: Database, brand: BrandQuery) -> AuditResult:
    """The result of all audits of a brand until now."""
    model = model_in_use(db)
    drawn = draws(db, brand.id)
    became = verdicts(db, drawn)
    still = set(asked(drawn))
    return AuditResult(
        brand,
        model,
        audit_confusion(db, brand.id, model) if model else {},
        Counter(verdict for number, verdict in became.items() if verdict != "open" or number in still),
    )


def still_open(db: Database, brand_id: str) -> list[int]:
    """The drawn mentions that nobody has answered yet, in the order they are asked; [] for none."""
    drawn = draws(db, brand_id)
    became = verdicts(db, drawn)
    return [number for number in asked(drawn) if became[number] == "open"]
