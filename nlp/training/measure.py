"""Figures of a model on what it was not trained on: `python -m nlp.training.measure --data ../shared/data`.

Three tables: the val sets and held-out splits; posts about two brands, where both labels must be right;
and relevance, as the share of rows left out at several thresholds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nlp.evaluate import Evaluation, LabelledItem, evaluate, relevance_auc
from nlp.load import load_labeller
from nlp.training import dataset
from nlp.training.dataset import Row
from nlp.types import LABELS, Item, Labeller, Scores

SEVEN, SEVEN_ROWS = ("ar", "de", "en", "es", "fr", "it", "pt"), 324
"""The languages of tweets whose val sets are alike, measured together too: as many rows of each."""
HEADER = (
    "set", "rows", "accuracy", "macro recall", "macro F1", "recall neg / neu / pos", "ECE",
    "shares raw", "corrected", "natural raw", "corrected",
)  # fmt: skip
PAIR_HEADER = ("set", "posts", "both labels right", "of opposite labels")
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5)
RELEVANCE_HEADER = ("set", "not about / about", "AUC", *(f"left out below {value}" for value in THRESHOLDS))


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--sets", nargs="*", help="names such as en/val; all where left out")
    options = parser.parse_args()
    labeller = load_labeller(options.model, threads=1)
    _, sets = dataset.load(options.data)
    sets["seven languages"] = [row for name in SEVEN for row in sets[f"{name}/val"][:SEVEN_ROWS]]
    sets |= dataset.load_made()
    wanted = {name: rows for name, rows in sets.items() if not options.sets or name in options.sets}
    print_table(HEADER, (feelings(name, rows, labeller) for name, rows in wanted.items() if _labelled(rows)))
    pairs = {name: rows for name, rows in wanted.items() if name.startswith("two brands")}
    if pairs:
        print_table(PAIR_HEADER, (two_brands(name, rows, labeller) for name, rows in pairs.items()))
    judged = {name: rows for name, rows in wanted.items() if any(row.about is False for row in rows)}
    if judged:
        print_table(RELEVANCE_HEADER, (relevance(name, rows, labeller) for name, rows in judged.items()))


def print_table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    """A Markdown table, each line as soon as it is known."""
    names = list(head)
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")
    for cells in lines:
        print(f"| {' | '.join(cells)} |", flush=True)


def _labelled(rows: list[Row]) -> list[Row]:
    """The rows that have one of the three classes."""
    return [row for row in rows if row.label >= 0]


def feelings(name: str, rows: list[Row], labeller: Labeller) -> list[str]:
    """The cells of one set in the first table; a figure that could not be computed is a dash."""
    items = [LabelledItem(Item(row.text, row.target), LABELS[row.label]) for row in _labelled(rows)]
    found: Evaluation = evaluate(items, labeller)[0]
    recalls = " / ".join(_said(found.recall[label]) for label in LABELS)
    figures = [found.accuracy, found.macro_recall, found.macro_f1]
    ends = [found.expected_calibration_error, found.share_error_raw, found.share_error_corrected]
    ends += [found.share_error_raw_natural, found.share_error_corrected_natural]
    return [name, str(found.n), *map(_said, figures), recalls, *map(_said, ends)]


def two_brands(name: str, rows: list[Row], labeller: Labeller) -> list[str]:
    """How many posts have both of their two rows (one per brand, side by side) labelled right."""
    found = labeller.label([Item(row.text, row.target) for row in rows])
    right = [
        isinstance(one, Scores) and one.label == LABELS[row.label]
        for one, row in zip(found, rows, strict=True)
    ]
    both = np.array(right[::2]) & np.array(right[1::2])
    opposite = np.array(
        [abs(one.label - other.label) == 2 for one, other in zip(rows[::2], rows[1::2], strict=True)]
    )
    return [name, str(len(both)), _said(float(both.mean())), _said(float(both[opposite].mean()))]


def relevance(name: str, rows: list[Row], labeller: Labeller) -> list[str]:
    """How well rows about the brand are told from others: AUC, and how many of each a threshold leaves out."""
    rows = [row for row in rows if row.about is not None]
    found = labeller.label([Item(row.text, row.target) for row in rows])
    scores = np.array([one.relevance if isinstance(one, Scores) else None for one in found], dtype=float)
    about = [row.about is True for row in rows]
    other, own = (scores[np.isfinite(scores) & (np.array(about) == kind)] for kind in (False, True))
    cut = [f"{(other < value).mean():.3f} / {(own < value).mean():.3f}" for value in THRESHOLDS]
    return [name, f"{len(other)} / {len(own)}", _said(relevance_auc(about, found)), *cut]


def _said(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
