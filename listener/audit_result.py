"""What the audits of a brand say of the model in use, as figures, a table of words, JSON or CSV."""

from rich.console import Console

from listener import show
from listener.auditing import Reading
from metrics.interval import share_interval
from metrics.read.audit import AuditResult
from storage.types import SENTIMENTS

REFUSED = 20
"""Refused rows that are listed on the screen; JSON has all."""


def print_result(found: AuditResult, reading: Reading | None, form: str) -> None:
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


def _print_result(found: AuditResult, out: Console) -> None:
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


def _print_confusion(found: AuditResult, out: Console) -> None:
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
