from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from nlp.errors import EvaluationError
from nlp.evaluate import calibration_error, evaluate, macro_f1, prediction_line, read_rows, recall
from nlp.shares import confusion, corrected_shares, share_errors
from nlp.types import Item, NotLabelled, Scores


class WordLabeller:
    """Labels by one word, so that every figure can be worked out by hand."""

    model_id = "words"

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [self._one(item.text) for item in items]

    def _one(self, text: str) -> Scores | NotLabelled:
        if "bad" in text:
            return Scores(0.8, 0.1, 0.1)
        if "good" in text:
            return Scores(0.1, 0.1, 0.8)
        return NotLabelled("no") if "?" in text else Scores(0.1, 0.8, 0.1)


def test_figures_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text(
        "negative\tbad\nnegative\tgood\nneutral\tso\tso it is\n\npositive\tDelta\tgood\nneutral\t?\n",
        encoding="utf-8",
    )
    figures, results = evaluate(read_rows(path), WordLabeller())
    assert figures.n == 5
    assert figures.unlabelled == 1
    assert figures.accuracy == pytest.approx(3 / 5)
    assert figures.recall == {"negative": 0.5, "neutral": 0.5, "positive": 1.0}
    assert figures.macro_recall == pytest.approx(2 / 3)
    assert figures.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3)
    assert figures.expected_calibration_error == pytest.approx(abs(0.8 - 3 / 4))
    assert figures.share_error_raw is None
    assert figures.model == "words"
    assert prediction_line(results[-1]) == "unlabelled\tnan\tnan\tnan"
    assert read_rows(path)[3].item == Item("good", "Delta")


def test_no_rows_give_no_figures(tmp_path: Path) -> None:
    path = tmp_path / "empty.tsv"
    path.write_bytes(b"")
    figures, results = evaluate(read_rows(path), WordLabeller())
    assert (figures.n, results, figures.accuracy, figures.macro_f1) == (0, [], None, None)
    assert figures.expected_calibration_error is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"good\ttext", "label 'good' is none of"),
        (b"positive", "1 cells"),
        (b"positive\ta\tb\tc", "4 cells"),
        (b"positive\t ", "no text"),
        (b"positive\t\xff\xfe", "not UTF-8"),
    ],
)
def test_a_bad_row_names_file_and_line(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "rows.tsv"
    path.write_bytes(b"positive\tfine\n\n" + line + b"\n")
    with pytest.raises(EvaluationError, match=reason) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}:3:")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_recall_and_f1_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, found = np.array(pairs).T
    present = np.unique(truth)
    expected = metrics.f1_score(truth, found, labels=present, average="macro", zero_division=0)
    assert macro_f1(truth, found) == pytest.approx(expected)
    values = metrics.recall_score(truth, found, labels=[0, 1, 2], average=None, zero_division=np.nan)
    assert [np.nan if value is None else value for value in recall(truth, found)] == pytest.approx(
        values, nan_ok=True
    )


def test_calibration_error_of_a_sure_and_wrong_model_is_one() -> None:
    assert calibration_error(np.array([1, 1]), np.array([[1.0, 0.0, 0.0]] * 2)) == 1.0


def test_correction_undoes_a_known_confusion() -> None:
    table = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.05, 0.15, 0.8]])
    shares = np.array([0.6, 0.3, 0.1])
    counts = np.rint(shares @ table * 10_000).astype(np.int64)
    assert corrected_shares(counts, table) == pytest.approx(shares, abs=0.01)


def test_correction_stays_within_bounds() -> None:
    table = confusion(np.array([0, 1, 2] * 20), np.array([0, 3, 6] * 20))
    for counts in ([300] + [0] * 8, [0] * 8 + [300], [0] * 9):
        shares = corrected_shares(np.array(counts), table)
        assert shares.sum() == pytest.approx(1.0)
        assert (shares >= 0).all()


def test_correction_beats_counting_for_a_poor_classifier() -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 3, 3_000)
    found = np.where(chance.random(3_000) < 0.6, truth, chance.integers(0, 3, 3_000))
    probabilities = np.full((3_000, 3), 0.2)
    probabilities[np.arange(3_000), found] = 0.6
    raw, corrected = share_errors(truth, found, probabilities)
    assert raw is not None
    assert corrected is not None
    assert corrected < raw * 0.6
    assert share_errors(truth, found, probabilities) == (raw, corrected)


def test_too_few_rows_give_no_share_errors() -> None:
    assert share_errors(np.array([0, 1, 2]), np.array([0, 1, 2]), np.eye(3)) == (None, None)
