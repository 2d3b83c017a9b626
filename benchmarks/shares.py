"""How often the intervals of corrected shares hold the truth, and how wide they are.

    python -m benchmarks.shares [--rounds 400] [--data ../shared/data]

Windows are simulated: the model's rows (its mean probabilities for posts of each true class) are drawn from its
prior, the posts from the rows, an audit beside them, and the interval is asked whether it holds the true share.
"tested" is a model with a prior like the bundled one's, whose probabilities are calibrated; "unknown" one
that nobody measured, which says 1 or 0. Cells are: coverage of the three shares / of net sentiment, in percent
(95 is aimed at), and the mean width of a share's interval in points. Audits have the window's own shares, but in
"4 points off" and "7 points off", where the two differ as a sample of 100 or of 30 posts does, in "apart", where
they have nothing to do with each other, and in "as supposed", where they are either, as often as nlp.shares supposes.
With --data the same on real sets and the bundled model: windows of 1,000 posts are drawn from a set, at shares uniform
over all possible ones and, in another table, as the set is; audits as the set is, and the prior comes from the other
sets. "counted" is the mean absolute error of counted labels, the last number of a cell that of the corrected shares.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.shares import ALIKE, DRIFT, GENERIC, as_confusion, class_sums, confusion_prior, true_shares
from nlp.types import Confusion

TESTED: Confusion = ((24.8, 9.2, 6.0), (7.7, 22.6, 9.7), (4.2, 8.0, 21.7))
WINDOWS = (100, 300, 1000, 5000)
AUDITS = (0, 50, 200)
WINDOW = 1000
MIXES = {
    "uniform": None,
    "uniform, 4 points off": None,
    "uniform, 7 points off": None,
    "uniform, apart": None,
    "uniform, as supposed": None,
    "5/80/15": (0.05, 0.80, 0.15),
    "80/15/5": (0.80, 0.15, 0.05),
}
OFF: dict[str, Sequence[float]] = {
    "uniform, 4 points off": [100.0],
    "uniform, 7 points off": [30.0],
    "uniform, apart": [0.0],
    "uniform, as supposed": [DRIFT] * round(10 * ALIKE) + [0.0] * round(10 - 10 * ALIKE),
}
"""Of how many posts the window's shares are a sample, about those of the audit; one of several, each as often."""
Floats = NDArray[np.float64]
Set = tuple[NDArray[np.int64], NDArray[np.int64], Floats]
"""Of each row the true class, the label found, and the probabilities [rows, 3]."""


def main() -> None:
    """Print one table, and with --data another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    print_table(("model", "true shares", "audit", *map(str, WINDOWS)), simulated(options.rounds))
    if options.data is not None:
        sets = dict(labelled(options.data))
        for mix in ("uniform", "as the set"):
            head = (f"set, shares {mix}", "rows", "counted", *(f"audit of {audited}" for audited in AUDITS))
            print_table(head, measured(sets, mix == "uniform", options.rounds))


def print_table(head: tuple[str, ...], lines: Iterator[list[str]]) -> None:
    """A Markdown table, each line as soon as it is known."""
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for cells in lines:
        print(f"| {' | '.join(cells)} |", flush=True)


class Cell:
    """Counts how often intervals held the truth."""

    def __init__(self) -> None:
        self.held: list[list[bool]] = []
        self.widths: list[float] = []
        self.errors: list[float] = []

    def add(self, truth: Floats, window: Floats, prior: Confusion | None, audit: Floats | None) -> None:
        negative, neutral, positive = window.tolist()
        found = true_shares(
            (negative, neutral, positive), prior, None if audit is None else as_confusion(audit)
        )
        assert found is not None
        shares = (found.negative, found.neutral, found.positive)
        values = (*truth.tolist(), float(truth[2] - truth[0]))
        self.held.append([e.low <= v <= e.high for e, v in zip((*shares, found.net), values, strict=True)])
        self.widths.append(float(np.mean([share.high - share.low for share in shares])))
        self.errors.append(float(np.mean([abs(e.value - v) for e, v in zip(shares, truth, strict=True)])))

    def said(self) -> str:
        held = 100 * np.mean(self.held, axis=0)
        return f"{held[:3].mean():.0f} / {held[3]:.0f}, {100 * np.mean(self.widths):.0f}"

    def said_with_error(self) -> str:
        return f"{self.said()}; {np.mean(self.errors):.3f}"


def simulated(rounds: int) -> Iterator[list[str]]:
    """The lines of the first table."""
    for name, prior, rows_of in (("tested", TESTED, TESTED), ("unknown", None, GENERIC)):
        for mix, shares in MIXES.items():
            off, posts = OFF.get(mix), probabilities if prior else labels
            for audited in AUDITS[off is not None :]:
                cells = [simulate(prior, rows_of, shares, off, n, audited, rounds, posts) for n in WINDOWS]
                yield [name, mix, str(audited), *(cell.said() for cell in cells)]


def simulate(
    prior: Confusion | None,
    rows_of: Confusion,
    mix: tuple[float, ...] | None,
    off: Sequence[float] | None,
    n: int,
    audited: int,
    rounds: int,
    posts: Callable[[np.random.Generator, Floats, NDArray[np.int64]], Floats],
) -> Cell:
    """Windows of n posts, each of another brand: its own rows, shares and audit, whose shares may be others."""
    chance = np.random.default_rng(1)
    cell = Cell()
    for _ in range(rounds):
        rows = np.array([chance.dirichlet(alphas) for alphas in rows_of])
        shares = chance.dirichlet(np.ones(3)) if mix is None else np.array(mix)
        usual = shares if off is None else sample_of(chance, shares, off)
        audit = posts(chance, rows, chance.multinomial(audited, usual)) if audited else None
        window = posts(chance, rows, chance.multinomial(n, shares)).sum(axis=0)
        cell.add(shares, window, prior, audit)
    return cell


def sample_of(chance: np.random.Generator, shares: Floats, posts: Sequence[float]) -> Floats:
    """Shares about these, as of a sample of so many posts; of none any shares."""
    many = posts[0] if len(posts) == 1 else chance.choice(posts)
    return np.maximum(1e-9, chance.dirichlet(many * shares + (many == 0)))


def labels(chance: np.random.Generator, rows: Floats, amounts: NDArray[np.int64]) -> Floats:
    """So many posts of each true class, labelled: [true class, label]."""
    return np.array([chance.multinomial(n, row) for n, row in zip(amounts, rows, strict=True)], dtype=float)


def probabilities(chance: np.random.Generator, rows: Floats, amounts: NDArray[np.int64]) -> Floats:
    """So many posts of each true class as calibrated probabilities, summed: their mean square is that of the true class."""
    squares = (rows**2).sum(axis=1)
    mean_square = max(np.diag(rows).mean(), squares.max() + 0.01)
    sums = np.zeros((3, 3))
    for k, (n, row) in enumerate(zip(amounts, rows, strict=True)):
        tightness = (1 - mean_square) / (mean_square - squares[k])
        if n:
            sums[k] = chance.dirichlet(np.maximum(row * tightness, 1e-3), n).sum(axis=0)
    return sums


def measured(sets: dict[str, Set], uniform: bool, rounds: int) -> Iterator[list[str]]:
    """The lines of a table of real sets, and their means; windows at shares that are uniform, or the set's own."""
    tables = {name: class_sums(truth, p) for name, (truth, _, p) in sets.items()}
    chance = np.random.default_rng(2)
    every: dict[int, Cell] = {audited: Cell() for audited in AUDITS}
    everywhere: list[float] = []
    for name, (truth, found, p) in sets.items():
        others = [table for other, table in tables.items() if other != name]
        prior = as_confusion(confusion_prior(others))
        pools = [np.flatnonzero(truth == label) for label in range(3)]
        cells, counted = {audited: Cell() for audited in AUDITS}, []
        for _ in range(rounds):
            shares = chance.dirichlet(np.ones(3)) if uniform else np.bincount(truth) / len(truth)
            amounts = chance.multinomial(WINDOW, shares)
            window = np.concatenate([chance.choice(a, k) for a, k in zip(pools, amounts, strict=True)])
            counted.append(float(np.abs(np.bincount(found[window], minlength=3) / WINDOW - shares).mean()))
            for audited in AUDITS:
                sample = chance.integers(0, len(truth), audited)
                audit = class_sums(truth[sample], p[sample]) if audited else None
                for cell in (cells[audited], every[audited]):
                    cell.add(shares, p[window].sum(axis=0), prior, audit)
        everywhere += counted
        yield [name, str(len(truth)), f"{np.mean(counted):.3f}", *map(Cell.said_with_error, cells.values())]
    yield ["mean", "", f"{np.mean(everywhere):.3f}", *map(Cell.said_with_error, every.values())]


def labelled(data: Path) -> Iterator[tuple[str, Set]]:
    """True classes, labels and probabilities of the bundled model on each set that it was not trained on."""
    from nlp.load import load_labeller
    from nlp.training import dataset
    from nlp.types import LABELS, Item, Scores

    labeller = load_labeller(threads=1)
    for name, rows in dataset.load(data)[1].items():
        items = [(row, Item(row.text, row.target)) for row in rows if row.label >= 0]
        scored = zip(items, labeller.label([item for _, item in items]), strict=True)
        kept = [(row.label, one) for (row, _), one in scored if isinstance(one, Scores)]
        truth = np.array([label for label, _ in kept])
        if len(kept) >= 100 and len(np.unique(truth)) == 3:
            found = np.array([LABELS.index(one.label) for _, one in kept])
            yield name, (truth, found, np.array([(s.negative, s.neutral, s.positive) for _, s in kept]))


if __name__ == "__main__":
    main()
