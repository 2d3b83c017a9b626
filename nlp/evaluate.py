"""How well a labeller does on rows that people have labelled."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.errors import EvaluationError
from nlp.share_errors import share_errors
from nlp.types import LABELS, Item, Label, Labeller, NotLabelled, Scores

Result = Scores | NotLabelled
IRRELEVANT = "irrelevant"


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """A row of an evaluation file: what to label, and what a person said; no label: not about the brand."""

    item: Item
    label: Label | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation; a figure that cannot be computed is None.

    A row that got no label counts as wrong and is counted in `unlabelled`. `share_error_*` are what
    `nlp.share_errors.share_errors` gives: how far shares are off, as counted and as corrected, at class
    shares uniform over all possible ones, and (`_natural`) at those of the rows. All of these leave out the
    `irrelevant` rows, which are not about their brand; `relevance_auc` is the chance that such a row
    gets a lower relevance than one that is about its brand.
    """

    n: int
    irrelevant: int
    unlabelled: int
    accuracy: float | None
    macro_recall: float | None
    macro_f1: float | None
    recall: dict[str, float | None]
    expected_calibration_error: float | None
    share_error_raw: float | None
    share_error_corrected: float | None
    share_error_raw_natural: float | None
    share_error_corrected_natural: float | None
    relevance_auc: float | None
    texts_per_second: float | None
    model: str

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values, for JSON."""
        return asdict(self)


def read_rows(path: Path) -> list[LabelledItem]:
    """Rows of label<TAB>text or label<TAB>brand<TAB>text, UTF-8, one per line, blank lines skipped.

    The label is negative, neutral, positive or, with a brand, irrelevant: the text is not about it.
    Anything else is an EvaluationError that names file and line: an unknown label, too few or too
    many cells, no text, bytes that are not UTF-8. A file that cannot be opened raises OSError.
    """
    rows = []
    for number, line in _lines(path):
        cells = line.split("\t")
        if len(cells) not in (2, 3):
            raise EvaluationError(
                f"{path}:{number}: {len(cells)} cells, expected label<TAB>text or label<TAB>brand<TAB>text"
            )
        if cells[0] not in (*LABELS, IRRELEVANT):
            known = ", ".join((*LABELS, IRRELEVANT))
            raise EvaluationError(f"{path}:{number}: label {cells[0]!r} is none of {known}")
        if cells[0] == IRRELEVANT and len(cells) == 2:
            raise EvaluationError(
                f"{path}:{number}: irrelevant to what? write {IRRELEVANT}<TAB>brand<TAB>text"
            )
        if not cells[-1].strip():
            raise EvaluationError(f"{path}:{number}: no text")
        label = LABELS[LABELS.index(cells[0])] if cells[0] in LABELS else None
        rows.append(LabelledItem(Item(cells[-1], cells[1] if len(cells) == 3 else None), label))
    return rows


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank, without their line ends."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise EvaluationError(
                    f"{path}:{number}: not UTF-8 ({error.reason}); save it as text in UTF-8"
                ) from error
            if line.strip():
                yield number, line


def evaluate(rows: Sequence[LabelledItem], labeller: Labeller) -> tuple[Evaluation, list[Result]]:
    """Label the rows and compare; returns the figures and the results in the order of the rows.

    The speed is rows over wall-clock seconds of this one call, identical rows included.
    """
    started = time.perf_counter()
    results = labeller.label([row.item for row in rows])
    seconds = time.perf_counter() - started
    judged = [(row.label, result) for row, result in zip(rows, results, strict=True) if row.label]
    truth = np.array([LABELS.index(label) for label, _ in judged], dtype=np.int64)
    found = np.array([_place(result) for _, result in judged], dtype=np.int64)
    probabilities = np.array([_row(result) for _, result in judged]).reshape(-1, 3)
    errors = share_errors(truth, found, probabilities, getattr(labeller, "confusion", None))
    recalls = recall(truth, found)
    known = [value for value in recalls if value is not None]
    figures = Evaluation(
        n=len(judged),
        irrelevant=len(rows) - len(judged),
        unlabelled=int((found < 0).sum()),
        accuracy=float((truth == found).mean()) if judged else None,
        macro_recall=float(np.mean(known)) if known else None,
        macro_f1=macro_f1(truth, found),
        recall=dict(zip(LABELS, recalls, strict=True)),
        expected_calibration_error=calibration_error(truth, probabilities),
        share_error_raw=errors.raw,
        share_error_corrected=errors.corrected,
        share_error_raw_natural=errors.raw_natural,
        share_error_corrected_natural=errors.corrected_natural,
        relevance_auc=relevance_auc([row.label is not None for row in rows], results),
        texts_per_second=len(rows) / seconds if len(rows) and seconds > 0 else None,
        model=labeller.model_id,
    )
    return figures, results


def relevance_auc(about: Sequence[bool], results: Sequence[Result]) -> float | None:
    """The chance that a text about its brand has a higher relevance than one that is not (0..1, 0.5 is guessing).

    Results without a relevance are left out; None where one of the two kinds is missing.

    >>> relevance_auc([True, False], [Scores(0, 1, 0, relevance=0.9), Scores(0, 1, 0, relevance=0.4)])
    1.0
    """
    scores: dict[bool, list[float]] = {True: [], False: []}
    for kind, result in zip(about, results, strict=True):
        if isinstance(result, Scores) and result.relevance is not None:
            scores[kind].append(result.relevance)
    if not scores[True] or not scores[False]:
        return None
    own, other = np.array(scores[True])[:, None], np.array(scores[False])
    return float((own > other).mean() + (own == other).mean() / 2)


def prediction_line(result: Result) -> str:
    """label, p_negative, p_neutral, p_positive, tab-separated; without a label `unlabelled` and nan.

    >>> prediction_line(Scores(0.7, 0.2, 0.1))
    'negative\\t0.700000\\t0.200000\\t0.100000'
    """
    if isinstance(result, NotLabelled):
        return "unlabelled\tnan\tnan\tnan"
    return f"{result.label}\t{result.negative:.6f}\t{result.neutral:.6f}\t{result.positive:.6f}"


def recall(truth: NDArray[np.int64], found: NDArray[np.int64]) -> list[float | None]:
    """Per class, the share of its rows that were found (0..1); None for a class without rows.

    >>> recall(np.array([0, 0, 2]), np.array([0, 1, 2]))
    [0.5, None, 1.0]
    """
    return [
        float((found[truth == label] == label).mean()) if (truth == label).any() else None
        for label in range(3)
    ]


def macro_f1(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float | None:
    """The mean F1 over the classes that occur in the truth (0..1); None without rows.

    >>> macro_f1(np.array([0, 1, 2]), np.array([0, 1, 1])).__round__(4)
    0.5556
    """
    values = []
    for label in np.unique(truth):
        hits = int(((truth == label) & (found == label)).sum())
        values.append(2 * hits / (int((truth == label).sum()) + int((found == label).sum())))
    return float(np.mean(values)) if values else None


def calibration_error(
    truth: NDArray[np.int64], probabilities: NDArray[np.float64], bins: int = 15
) -> float | None:
    """Expected calibration error of the most probable class (0..1, 0 is best); None without rows.

    Rows are put in `bins` bins of equal width by their largest probability; the error is the mean
    distance between a bin's mean probability and its accuracy, weighted by its rows. Rows without
    probabilities (NaN) are left out. Source: Guo et al. 2017.

    >>> sure = np.array([[0.8, 0.1, 0.1]] * 5)
    >>> calibration_error(np.array([0, 0, 0, 0, 1]), sure).__round__(6)
    0.0
    """
    usable = np.isfinite(probabilities).all(axis=1)
    if not usable.any():
        return None
    truth, probabilities = truth[usable], probabilities[usable]
    top = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == truth
    place = np.minimum((top * bins).astype(int), bins - 1)
    total = sum(
        abs(float(top[place == number].sum() - hit[place == number].sum())) for number in np.unique(place)
    )
    return total / len(truth)


def _place(result: Result) -> int:
    """The number of a result's label; -1 where there is none."""
    return -1 if isinstance(result, NotLabelled) else LABELS.index(result.label)


def _row(result: Result) -> tuple[float, float, float]:
    """The three probabilities; NaN where there are none."""
    if isinstance(result, NotLabelled):
        return (float("nan"),) * 3
    return result.negative, result.neutral, result.positive
