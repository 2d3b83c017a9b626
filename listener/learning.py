"""Corrections train, audits judge: a head is learned from what people corrected, and kept only if random checks say that it helps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from listener.errors import UsageError
from listener.heads import adopt, head_of
from listener.service import Service
from metrics.interval import Interval, Z, share_interval
from nlp.clean import work_key
from nlp.embedded import EmbeddedLabeller
from nlp.head import Head, Matrix, features, learn, nothing_learned
from nlp.types import LABELS, Item
from storage.db import Database
from storage.lessons import Lesson, lessons, uncorrected

CORRECTIONS, AUDITS = 200, 50
"""The rule: a head is learned from at least so many corrected texts and judged by at least so many audited ones, none of which it was
learned from. It is adopted if its log-loss on all of them is lower than that of the model in use by more than the standard error of
the difference (paired, text by text), and it is right for no fewer of them."""
KEPT, MOST_KEPT = 4, 4_000
"""Texts that nobody labelled: so many for each corrected one, up to so many, but never fewer than corrected ones."""
SEED, READ = 1, 64
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """A model on the audited texts: its share of right labels in percent and its mean log-loss (nats), with 95 % intervals."""

    model: str
    right: int
    accuracy: float
    accuracy_interval: Interval
    log_loss: float
    log_loss_interval: Interval


@dataclass(frozen=True, slots=True)
class Verdict:
    """`gain` is how much lower the log-loss became, `changed` how many of the kept texts would get another label."""

    before: Figures
    after: Figures
    gain: float
    gain_error: float
    changed: int

    def against(self) -> str | None:
        """Why the rule does not let the head be adopted; None where it does."""
        if self.gain == self.gain_error == 0:
            return "it does just what the model in use does: the corrections teach nothing more"
        if self.gain <= self.gain_error:
            return f"the log-loss would have to fall by more than {self.gain_error:.4f}, the standard error"
        if self.after.right < self.before.right:
            return f"it is right for {self.before.right - self.after.right} fewer of the audited texts"
        return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many different texts were corrected, audited, and labelled by nobody (`kept`), and what came of them.

    `verdict` is None where it did not come to judging. `reason` says why nothing is adopted; `adopted` is the id of the model that is.
    """

    corrected: int
    audited: int
    kept: int
    verdict: Verdict | None = None
    reason: str | None = None
    adopted: str | None = None


def learn_head(service: Service, *, keep: bool, now: datetime, tell: Progress) -> Outcome:
    """Learn from all corrections, judge by all audits, and adopt by the rule above if `keep`. UsageError for a model that cannot learn."""
    config, db = service.config, service.db
    base = service.labeller(config.nlp.model)
    if not isinstance(base, EmbeddedLabeller):
        raise UsageError(f'{base.model_id} cannot learn from corrections; model = "embedded" can')
    chosen = _chosen(db)
    read = [] if _counted(chosen).reason else _read(base, chosen, tell)
    counted = _counted([lesson for lesson, _ in read] if read else chosen)
    if counted.reason:
        return counted
    corrected, said = _rows(read, "corrected")
    kept, _ = _rows(read, "kept")
    head, prior = learn(corrected, said, kept)
    old = head_of(config, db, base) or nothing_learned(corrected.shape[1], base.model_id)
    verdict = _judged(old, head, *_rows(read, "audited"), kept)
    outcome = replace(counted, verdict=verdict, reason=verdict.against())
    if outcome.reason or not keep:
        return outcome
    about = {
        "corrected": counted.corrected,
        "kept": counted.kept,
        "prior": prior,
        "learned_at": now.isoformat(),
    }
    new = replace(head, about={name: str(value) for name, value in about.items()})
    return replace(outcome, adopted=adopt(config, db, base, new))


def _chosen(db: Database) -> list[Lesson]:
    """What is learned from and judged by, each different text once: of several labels the latest, and an audit before a correction."""
    by_text = {_key(lesson): lesson for lesson in sorted(lessons(db), key=lambda lesson: lesson.audit)}
    corrected = _counted(list(by_text.values())).corrected
    for lesson in uncorrected(db, max(corrected, min(KEPT * corrected, MOST_KEPT)), seed=SEED):
        by_text.setdefault(_key(lesson), lesson)
    return list(by_text.values())


def _key(lesson: Lesson) -> bytes:
    return work_key(_item(lesson), "")


def _item(lesson: Lesson) -> Item:
    return Item(lesson.text, lesson.target or None)


def _counted(chosen: Sequence[Lesson]) -> Outcome:
    """How many there are of each kind, and what is missing."""
    kinds = [lesson.kind for lesson in chosen]
    found = Outcome(kinds.count("corrected"), kinds.count("audited"), kinds.count("kept"))
    if found.corrected < CORRECTIONS:
        missing = f"{CORRECTIONS - found.corrected} more texts must be corrected: listener mentions --correct ID LABEL"
    elif found.audited < AUDITS:
        missing = f"{AUDITS - found.audited} more texts must be audited to judge by: listener audit BRAND"
    elif found.kept < found.corrected:
        missing = f"{found.corrected - found.kept} more texts are needed that nobody labelled, to keep what is right"
    else:
        return found
    return replace(found, reason=missing)


def _read(
    base: EmbeddedLabeller, chosen: Sequence[Lesson], tell: Progress
) -> list[tuple[Lesson, NDArray[np.float64]]]:
    """The features of each text that the model can read."""
    found = []
    for start in range(0, len(chosen), READ):
        some = chosen[start : start + READ]
        rows = base.read([_item(lesson) for lesson in some], features)
        found += [
            (lesson, row) for lesson, row in zip(some, rows, strict=True) if isinstance(row, np.ndarray)
        ]
        tell(start + len(some), len(chosen))
    return found


def _rows(read: Sequence[tuple[Lesson, NDArray[np.float64]]], kind: str) -> tuple[Matrix, NDArray[np.int64]]:
    """The features of one kind, and what people said as places in LABELS."""
    mine = [(row, lesson.label) for lesson, row in read if lesson.kind == kind]
    return np.array([row for row, _ in mine]), np.array([LABELS.index(label) for _, label in mine if label])


def _judged(old: Head, new: Head, audited: Matrix, truth: NDArray[np.int64], kept: Matrix) -> Verdict:
    before, losses_before = _figures(old, audited, truth)
    after, losses_after = _figures(new, audited, truth)
    fall = losses_before - losses_after
    changed = (_labels(old.probabilities(kept)) != _labels(new.probabilities(kept))).sum()
    return Verdict(before, after, float(fall.mean()), _error(fall), int(changed))


def _figures(head: Head, audited: Matrix, truth: NDArray[np.int64]) -> tuple[Figures, NDArray[np.float64]]:
    """How a head does, and the log-loss of each text."""
    p = head.probabilities(audited)
    losses = -np.log(p[np.arange(len(truth)), truth].clip(1e-6))
    right, mean, spread = int((_labels(p) == truth).sum()), float(losses.mean()), Z * _error(losses)
    interval = share_interval(right, len(truth)) or (0.0, 100.0)
    span = max(0.0, mean - spread), mean + spread
    name = head.about.get("id", "with what was learned")
    return Figures(name, right, 100 * right / len(truth), interval, mean, span), losses


def _error(values: NDArray[np.float64]) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _labels(p: Matrix) -> NDArray[np.int64]:
    return np.where(p[:, 1] == p.max(axis=1), 1, p.argmax(axis=1))  # a tie as in nlp.types.Scores.label
