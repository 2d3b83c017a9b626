"""What the audits of a brand say of the model in use, as figures, a table of words, JSON or CSV."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from listener import show
from listener.auditing import Reading
from listener.service import Service
from metrics.interval import share_interval
from storage.audits import Verdict, asked, draws, verdicts
from storage.labels import model_in_use
from storage.review import Confusion, audit_confusion
from storage.types import SENTIMENTS, BrandQuery, Sentiment

REFUSED = 20
"""Refused rows that are listed on the screen; JSON has all."""


@dataclass(frozen=True, slots=True)
class Result:
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


def measured(service: Service, brand: BrandQuery) -> Result:
    """The result of all audits of a brand until now."""
    model = model_in_use(service.db)
    drawn = draws(service.db, brand.id)
    became = verdicts(service.db, drawn)
    still = set(asked(drawn))
    return Result(
        brand,
        model,
        audit_confusion(service.db, brand.id, model) if model else {},
        Counter(verdict for number, verdict in became.items() if verdict != "open" or number in still),
    )


def print_result(found: Result, reading: Reading | None, form: str) -> None:
    """Print it, and what reading a sheet did before; CSV has a row for each pair of a person's and the model's label."""
    if form == "csv":
        pairs = [
            {"model": found.model, "person": person, "model_label": model, "posts": posts}
            for person in SENTIMENTS
            for model, posts in found.row(person).items()
        ]
        show.as_csv(["model", "person", "model_label", "posts"], pairs)
        return
    if form == "json":
        read = {} if reading is None else {"read": reading.as_json()}
        show.as_json(found.as_json() | read)
        return
    out = show.console()
    if reading is not None:
        _print_reading(reading, out)
    _print_result(found, out)


def _print_reading(reading: Reading, out: Console) -> None:
    said_so = ", ".join(f"{count} {verdict}" for verdict, count in reading.answers.most_common())
    out.print(
        f"{reading.stored} answers stored, {reading.known} known already, {reading.empty} rows still empty, "
        f"{len(reading.refused)} refused{f': {said_so}' if said_so else ''}"
    )
    for rejected in reading.refused[:REFUSED]:
        out.print(f"refused {show.plain(rejected, 300)}")
    if len(reading.refused) > REFUSED:
        out.print(f"and {len(reading.refused) - REFUSED} more")


def _print_result(found: Result, out: Console) -> None:
    name, model = show.plain(found.brand.name), show.plain(found.model)
    beside = [
        (found.became["skipped"], "skipped (left out)"),
        (found.became["irrelevant"], f"not about {name}"),
        (found.became["edited"], "edited since (left out)"),
        (found.became["gone"], "erased since"),
        (found.unjudged, f"not labelled by {model} yet (listener label does it)"),
    ]
    out.print()
    out.print(f"{name}: {_posts(found.checked)} checked{''.join(f', {n} {what}' for n, what in beside if n)}")
    interval = share_interval(found.right, found.checked)
    if interval is None:
        out.print("How often the model is right is not measured yet")
    else:
        low, high = (show.number(bound, "points") for bound in interval)
        share = show.number(100 * found.right / found.checked, "%")
        out.print(
            f"{model} is right for {found.right} of {found.checked}: {share} (95 % interval {low} to {high})"
        )
        _print_confusion(found, out)
        out.print(f"The corrected shares of {name} now rest on {_posts(found.checked)} of yours")
    if found.became["open"]:
        out.print(f"{found.became['open']} to go: listener audit {show.plain(found.brand.id)}")


def _print_confusion(found: Result, out: Console) -> None:
    people = {person: sum(found.row(person).values()) for person in SENTIMENTS}
    most = max(people, key=people.__getitem__)
    out.print(f"  calling every post {most} would be right for {people[most]}")
    for person in SENTIMENTS:
        called = ", ".join(
            f"{count} {model}"
            for model, count in sorted(found.row(person).items(), key=lambda pair: -pair[1])
            if count
        )
        if called:
            out.print(f"  of {_posts(people[person])} you call {person} the model called {called}")
        else:
            out.print(f"  no post is {person} to you: what the model does with those is not measured")


def _posts(number: int) -> str:
    """
    >>> _posts(1), _posts(1200)
    ('1 post', '1,200 posts')
    """
    return "1 post" if number == 1 else f"{number:,} posts"
