"""Figures of a model on the val sets and held-out splits: `python -m nlp.training.measure --data ../shared/data`."""

from __future__ import annotations

import argparse
from pathlib import Path

from nlp.evaluate import Evaluation, LabelledItem, evaluate
from nlp.load import load_labeller
from nlp.training import dataset
from nlp.types import LABELS, Item

HEADER = (
    "set | rows | accuracy | macro recall | macro F1 | recall neg / neu / pos | ECE | shares raw | corrected"
)


def main() -> None:
    """Print one line per set, as a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--sets", nargs="*", help="names such as en/val; all where left out")
    options = parser.parse_args()
    labeller = load_labeller(options.model, threads=1)
    _, measured = dataset.load(options.data)
    print(f"| {HEADER} |")
    print("|" + "---|" * (HEADER.count("|") + 1))
    for name, rows in measured.items():
        if options.sets and name not in options.sets:
            continue
        items = [LabelledItem(Item(row.text, row.target), LABELS[row.label]) for row in rows]
        print(line(name, evaluate(items, labeller)[0]), flush=True)


def line(name: str, found: Evaluation) -> str:
    """One row of the table; a figure that could not be computed is a dash."""
    recalls = " / ".join(_said(found.recall[label]) for label in LABELS)
    figures = [found.accuracy, found.macro_recall, found.macro_f1]
    ends = [found.expected_calibration_error, found.share_error_raw, found.share_error_corrected]
    cells = [name, str(found.n), *map(_said, figures), recalls, *map(_said, ends)]
    return "| " + " | ".join(cells) + " |"


def _said(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
