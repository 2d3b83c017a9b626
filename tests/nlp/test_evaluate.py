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
    assert figures.share_error_corrected_natural is None
    assert figures.model == "words"
    assert prediction_line(results[-1]) == "unlabelled\tnan\tnan\tnan"
    assert read_rows(path)[3].item == Item("good", "Delta")


def test_irrelevant_rows_measure_relevance_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text(
        "negative\tDelta\tbad\nirrelevant\tDelta\tgood\nirrelevant\tDelta\tso\n", encoding="utf-8"
    )

    class Judge(WordLabeller):
        def _one(self, text: str) -> Scores | NotLabelled:
            return Scores(0.8, 0.1, 0.1, relevance={"bad": 0.6, "good": 0.2, "so": 0.9}[text])

    figures, results = evaluate(read_rows(path), Judge())
    assert (figures.n, figures.irrelevant, figures.accuracy, len(results)) == (1, 2, 1.0, 3)
    assert figures.relevance_auc == pytest.approx(0.5)


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
        (b"irrelevant\tpie", "irrelevant to what"),
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
