"""What a person says of a mention: its label, and whether it is about the brand at all."""

from pathlib import Path
from typing import Any, get_args

from listener import show
from listener.commands.gather import service_for
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from storage.errors import StorageError
from storage.labels import correct, take_back
from storage.mentions import MentionFilter, MentionRow, find
from storage.review import mark_irrelevant
from storage.sums import HUMAN
from storage.types import Sentiment


def judge(
    config: Path,
    mention: int | None,
    label: str | None,
    *,
    about: int | None,
    not_about: int | None,
    unsay: int | None,
    back: int | None,
    form: str,
) -> None:
    """Store what was said: a label (`mention` and `label` both), that the model's counts again (`back`), or a word on one mention's
    relevance; one thing at a time.
    """
    words = [(about, False), (not_about, True), (unsay, None)]
    said = [(number, word) for number, word in words if number is not None]
    labelled = mention is not None or label is not None
    if len(said) + labelled + (back is not None) != 1:
        raise UsageError("one thing at a time: --correct, --take-back, --about, --not-about or --unsay")
    if back is not None:
        _take_back(config, back, form)
    elif not labelled:
        _say(config, *said[0], form)
    elif mention is None or label not in get_args(Sentiment):
        raise UsageError(
            "to correct a label write both: listener mentions --correct ID positive|neutral|negative"
        )
    else:
        _correct(config, mention, label, form)


def _correct(config: Path, mention: int, label: Any, form: str) -> None:
    _check(mention)
    with service_for(config) as service:
        correct(service.db, mention, label, now=utc_now())
    _print(
        {"id": str(mention), "label": label, "model": HUMAN},
        f"Mention {mention} is {label} from now on",
        form,
    )


def _take_back(config: Path, mention: int, form: str) -> None:
    """The model's label counts again, where a person gave another."""
    _check(mention)
    with service_for(config) as service:
        _row(service, mention)
        changed = take_back(service.db, [mention], now=utc_now())
        row = _row(service, mention)
    counts = f"the model's label counts again: {row.label}" if row.label else "it waits for the model's label"
    _print(
        {"id": str(mention), "label": row.label, "model": row.model_id, "changed": changed},
        f"Mention {mention}: {counts}"
        if changed
        else f"Mention {mention} has no person's label; it stays as it is",
        form,
    )


def _say(config: Path, mention: int, word: bool | None, form: str) -> None:
    """A person's word on whether a mention is about its brand; None takes it back."""
    _check(mention)
    with service_for(config) as service:
        _row(service, mention)
        mark_irrelevant(service.db, [mention], word, now=utc_now())
        row = _row(service, mention)
        brand = next((brand for brand in service.brands if brand.id == row.brand_id), None)
    score = None if row.relevance is None else row.relevance / 10_000
    answer = {"id": str(mention), "relevance": score, "irrelevant": row.irrelevant, "said_irrelevant": word}
    name = show.plain(brand.name if brand else row.brand_id)
    told = "is left out of the figures" if row.irrelevant else "counts"
    if word is not None:
        said = f"Mention {mention} is {'not ' * word}about {name}: it {told} from now on"
    elif score is None:
        said = f"Mention {mention} {told} again; no model has judged whether it is about {name}"
    else:
        said = f"Mention {mention} {told}: its relevance is {score:.2f}"
        said += f", and {name} asks for {brand.relevance / 10_000:g}" if brand else ""
    _print(answer, said, form)


def _check(mention: int) -> None:
    if not 0 < mention < 2**63:
        raise UsageError(f"no mention has the number {mention}; listener mentions shows them")


def _row(service: Service, mention: int) -> MentionRow:
    row = next(find(service.db, MentionFilter(ids=[mention], irrelevant=None)), None)
    if row is None:
        raise StorageError(f"there is no mention {mention}; it may have been erased")
    return row


def _print(answer: dict[str, Any], said: str, form: str) -> None:
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    else:
        show.console().print(said)
