"""Corrected shares: by hand, by algebra, against other ways to the same posterior, and how often the intervals hold the truth."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats

from nlp.share_errors import ShareErrors, share_errors
from nlp.shares import (
    DRIFT,
    GENERIC,
    MOST_ROWS,
    Shares,
    _expected,
    _log_gamma,
    _prior,
    as_confusion,
    class_sums,
    confusion_prior,
    true_shares,
)
from nlp.types import Confusion, Line

PRIOR: Confusion = ((24.0, 9.0, 6.0), (8.0, 22.0, 10.0), (4.0, 8.0, 22.0))
KNOWN_ROWS = np.array([[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]])
FIGURES = ("negative", "neutral", "positive", "net")


def sure(rows: NDArray[np.float64]) -> Confusion:
    """Rows that are known for certain."""
    return as_confusion(rows * 1e7)


def line(values: NDArray[np.float64]) -> Line:
    negative, neutral, positive = values.tolist()
    return negative, neutral, positive


def found(*arguments: object) -> Shares:
    shares = true_shares(*arguments)  # type: ignore[arg-type]
    assert shares is not None
    return shares


def values(shares: Shares) -> list[float]:
    return [getattr(shares, name).value for name in FIGURES]


def bounds(shares: Shares) -> NDArray[np.float64]:
    return np.array([getattr(shares, name)[1:] for name in FIGURES])


def test_a_mixing_that_is_known_is_undone_as_by_hand() -> None:
    """Of 50 % negative, 30 % neutral and 20 % positive posts these rows make 48 %, 25 % and 27 %: 0.5 x 0.8 + 0.3 x 0.2 + 0.2 x 0.1 = 0.48."""
    shares = found((480_000.0, 250_000.0, 270_000.0), sure(KNOWN_ROWS))
    assert values(shares) == pytest.approx([0.5, 0.3, 0.2, -0.3], abs=0.004)


def test_a_model_that_never_errs_is_counted() -> None:
    shares = found((300.0, 600.0, 100.0), sure(np.eye(3) + 1e-9))
    assert values(shares) == pytest.approx([0.3, 0.6, 0.1, -0.2], abs=0.004)


def test_no_posts_have_no_shares_and_one_post_says_little() -> None:
    assert true_shares((0.0, 0.0, 0.0), PRIOR) is None
    one = found((0.05, 0.05, 0.9), PRIOR)
    assert one.positive.value > 0.36
    assert one.positive.high - one.positive.low > 0.7
    assert one.net.low < -0.5


def test_ten_million_posts_overflow_nothing_and_are_as_sure_as_the_rows() -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for rows in (PRIOR, sure(KNOWN_ROWS), None):
            for sums in ((4e6, 3e6, 3e6), (9_999_999.0, 0.5, 0.5), (0.0, 1e7, 0.0)):
                assert np.isfinite(bounds(found(sums, rows))).all()
    wide, narrow = found((4e6, 3e6, 3e6), PRIOR), found((4e6, 3e6, 3e6), sure(KNOWN_ROWS))
    assert wide.negative.high - wide.negative.low > 0.2
    assert narrow.negative.high - narrow.negative.low < 0.005


def test_what_people_labelled_is_added_as_it_is() -> None:
    assert values(found((0.0, 0.0, 0.0), PRIOR, None, (6.0, 3.0, 1.0))) == pytest.approx(
        [0.6, 0.3, 0.1, -0.5]
    )
    alone = found((60.0, 90.0, 150.0), PRIOR)
    together = found((60.0, 90.0, 150.0), PRIOR, None, (100.0, 0.0, 0.0))
    expected = [(300 * value + 100 * (k == 0)) / 400 for k, value in enumerate(values(alone)[:3])]
    assert values(together)[:3] == pytest.approx(expected)
    assert together.neutral.high - together.neutral.low < alone.neutral.high - alone.neutral.low
    once = found((0.0, 0.0, 0.0), PRIOR, None, (0.0, 0.0, 1.0))
    assert (once.positive.value, once.positive.high) == (1.0, 1.0)
    assert once.positive.low < 0.3


def test_an_audit_moves_the_figures_toward_what_it_shows_and_narrows_them() -> None:
    sums = (900.0, 1200.0, 900.0)
    audit = as_confusion(KNOWN_ROWS * 70)
    widths = [
        np.diff(bounds(found(sums, prior, rows))).sum()
        for prior in (PRIOR, None)
        for rows in (None, as_confusion(KNOWN_ROWS * 17), audit)
    ]
    assert widths == sorted(widths[:3], reverse=True) + sorted(widths[3:], reverse=True)
    truth = np.linalg.solve(KNOWN_ROWS.T, np.array(sums) / sum(sums))
    before, after = (
        np.abs(np.array(values(found(sums, PRIOR, rows))[:3]) - truth).sum() for rows in (None, audit)
    )
    assert after < before


SUMS = st.tuples(*[st.floats(min_value=0, max_value=3000)] * 3).filter(lambda sums: sum(sums) > 0.5)
ROW = st.tuples(st.floats(8, 150), st.floats(0.6, 0.9), st.floats(0.2, 0.8)).map(
    lambda row: row[0] * np.array([row[1], (1 - row[1]) * row[2], (1 - row[1]) * (1 - row[2])])
)
ROWS = st.tuples(ROW, ROW, ROW).map(
    lambda rows: as_confusion(np.array([np.roll(row, place) for place, row in enumerate(rows)]))
)


@settings(max_examples=60, deadline=None)
@given(SUMS, st.one_of(st.none(), ROWS), SUMS)
def test_the_shares_add_up_and_their_intervals_hold_them(
    sums: Line, rows: Confusion | None, known: Line
) -> None:
    shares = found(sums, rows, None, known)
    one = values(shares)
    assert sum(one[:3]) == pytest.approx(1)
    assert one[3] == pytest.approx(one[2] - one[0])
    for value, (low, high) in zip(one, bounds(shares), strict=True):
        assert -1 <= low <= value <= high <= 1 + 1e-12
    assert bounds(shares)[:3].min() >= 0


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:])
def test_renaming_the_classes_renames_the_shares(order: tuple[int, ...]) -> None:
    """To within the spacing of the points at which the posterior is computed."""
    chance = np.random.default_rng(list(order))
    places = list(order)
    for _ in range(12):
        rows = np.array([chance.dirichlet(2 + 9 * like) for like in np.eye(3)]) * chance.uniform(
            8, 80, (3, 1)
        )
        sums = chance.dirichlet([0.7] * 3) * 10 ** chance.uniform(0, 3.5)
        plain = found(line(sums), as_confusion(rows))
        turned = found(line(sums[places]), as_confusion(rows[np.ix_(places, places)]))
        assert values(turned)[:3] == pytest.approx(np.array(values(plain)[:3])[places], abs=0.01)
        assert bounds(turned)[:3] == pytest.approx(bounds(plain)[:3][places], abs=0.03)


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.floats(min_value=0.05, max_value=1)] * 3))
def test_more_posts_of_the_same_mix_narrow_the_interval(mix: Line) -> None:
    mixed = np.array(mix) / sum(mix) @ KNOWN_ROWS
    few, many = (found(line(mixed * n), sure(KNOWN_ROWS)) for n in (400, 40_000))
    assert (np.diff(bounds(many)) < 0.4 * np.diff(bounds(few))).all()
    assert values(many)[:3] == pytest.approx(np.array(mix) / sum(mix), abs=0.02)


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_the_log_of_the_gamma_function_is_scipys(x: float) -> None:
    assert _log_gamma(np.array([x]))[0] == pytest.approx(special.gammaln(x), rel=1e-9, abs=1e-8)


def summed(points: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean, low and high of the shares and the balance, of weighted points."""
    columns = np.column_stack([points, points[:, 2] - points[:, 0]])
    figures = []
    for places in columns.T:
        order = np.argsort(places)
        low, high = np.interp((0.025, 0.975), np.cumsum(weights[order]), places[order])
        figures.append((weights @ places, low, high))
    return np.array(figures)


def said(shares: Shares) -> NDArray[np.float64]:
    return np.array([getattr(shares, name) for name in FIGURES])


@pytest.mark.parametrize("counts", [(40, 30, 30), (3, 0, 1), (700, 1200, 300)])
def test_with_known_rows_it_is_the_posterior_summed_over_a_fine_grid(counts: tuple[int, int, int]) -> None:
    """Labels of a model that is right in 0.98: the calibrated c is then 0.98, so a label's worth is nearly one post."""
    rows = 0.97 * np.eye(3) + 0.01
    grid = np.array([(i, j, 400 - i - j) for i in range(401) for j in range(401 - i)]) / 400
    seen = np.array(counts)
    # As labels: 1 of each class for |p|^2, so the counts weigh what the model's own c says they do.
    c, q = 0.98, grid @ rows
    labels = seen.sum() * (1 - (q**2).sum(axis=1)) / (c - (q**2).sum(axis=1))
    share = seen / seen.sum()
    fits = labels * (stats.entropy(share) + (special.xlogy(share, q)).sum(axis=1)) + np.log(labels)
    weights = np.exp(fits - fits.max())
    expected = summed(grid, weights / weights.sum())
    assert said(found(tuple(map(float, counts)), sure(rows))) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize(
    "counts", [(100, 100, 100), (30, 50, 20), (60, 200, 40), (3, 5, 2), (2000, 5000, 3000)]
)
def test_with_uncertain_rows_it_is_close_to_the_exact_posterior(counts: tuple[int, int, int]) -> None:
    """Labels of a model nobody measured. Exact: rows and the mix of labels are drawn, the shares solved for, each draw weighted
    by 1 / |det V|, which turns a flat prior of label mixes into a flat prior of true shares.
    """
    chance = np.random.default_rng(5)
    rows = np.stack([chance.dirichlet(alphas, 300_000) for alphas in GENERIC], axis=1)
    mixes = chance.dirichlet(np.array(counts) + 1, 300_000)
    shares = np.linalg.solve(np.swapaxes(rows, 1, 2), mixes[..., None])[..., 0]
    weights = np.where((shares >= 0).all(axis=1), 1 / np.abs(np.linalg.det(rows)), 0)
    weights /= weights.sum()
    ours = said(found(tuple(map(float, counts)), None))
    assert ours[:, 0] == pytest.approx(summed(shares, weights)[:, 0], abs=0.02)
    for place, (_, low, high) in zip((*shares.T, shares[:, 2] - shares[:, 0]), ours, strict=True):
        assert 0.89 < weights[(low <= place) & (place <= high)].sum() < 0.98


def posts_of(chance: np.random.Generator, row: NDArray[np.float64], n: int, c: float) -> NDArray[np.float64]:
    """Summed probabilities of n posts of one class, whose mean is `row` and whose mean of p^2 is c."""
    spread = (1 - c) / (c - (row**2).sum())
    return chance.dirichlet(np.maximum(row * spread, 1e-3), n).sum(axis=0) if n else np.zeros(3)


@pytest.mark.parametrize(
    ("n", "audited", "mix"), [(300, 0, None), (300, 50, None), (1000, 50, (0.05, 0.8, 0.15))]
)
def test_nineteen_of_twenty_intervals_hold_the_truth(n: int, audited: int, mix: Line | None) -> None:
    """A quick part of `python -m benchmarks.shares`: calibrated probabilities, rows drawn from the prior."""
    chance = np.random.default_rng(11)
    held, rounds = 0, 250
    for _ in range(rounds):
        rows = np.array([chance.dirichlet(alphas) for alphas in PRIOR])
        shares = chance.dirichlet(np.ones(3)) if mix is None else chance.permutation(mix)
        c = max(np.diag(rows).mean(), (rows**2).sum(axis=1).max() + 0.02)
        audit, window = (
            np.array(
                [
                    posts_of(chance, row, k, c)
                    for row, k in zip(rows, chance.multinomial(of, shares), strict=True)
                ]
            )
            for of in (audited, n)
        )
        shown = found(line(window.sum(axis=0)), PRIOR, as_confusion(audit) if audited else None)
        truth = (*shares, shares[2] - shares[0])
        held += sum(low <= value <= high for value, (low, high) in zip(truth, bounds(shown), strict=True))
    assert 0.925 < held / (4 * rounds) < 0.985


def audit_of(*amounts: float) -> Confusion:
    """An audit of so many posts of each class."""
    return as_confusion(KNOWN_ROWS * np.array(amounts)[:, None])


@pytest.mark.parametrize("amounts", [(0, 0, 0), (3, 0, 1), (40, 30, 30), (900, 100, 4000)])
def test_the_prior_is_a_density_against_the_flat_one(amounts: tuple[int, int, int]) -> None:
    points = np.random.default_rng(8).dirichlet(np.ones(3), 400_000)
    assert np.exp(_prior(points, _expected(audit_of(*amounts)))).mean() == pytest.approx(1, abs=0.02)


def test_without_an_audit_it_is_flat_and_no_audit_is_worth_more_than_the_drift() -> None:
    points = np.random.default_rng(8).dirichlet(np.ones(3), 100)
    assert _prior(points, _expected(None)) == pytest.approx(0, abs=1e-8)
    assert _expected(audit_of(30, 50, 20)).tolist() == pytest.approx([15, 25, 10])
    assert _expected(audit_of(3e6, 5e6, 2e6)).sum() == pytest.approx(DRIFT, rel=1e-4)


def test_a_window_like_the_audit_is_told_more_closely_and_one_unlike_it_is_believed() -> None:
    """An audit of half neutral posts, beside the same posts audited in equal numbers, which say as much of the rows."""
    shown, equal = audit_of(30, 60, 30), audit_of(40, 40, 40)
    like, unlike = (line(np.array(mix) @ KNOWN_ROWS * 1000) for mix in ((0.25, 0.5, 0.25), (0.8, 0.1, 0.1)))
    assert np.diff(bounds(found(like, PRIOR, shown))).sum() < np.diff(bounds(found(like, PRIOR, equal))).sum()
    assert values(found(like, PRIOR, shown))[:3] == pytest.approx([0.25, 0.5, 0.25], abs=0.03)
    assert values(found(unlike, PRIOR, shown))[:3] == pytest.approx(
        values(found(unlike, PRIOR, equal))[:3], abs=0.03
    )


@pytest.mark.parametrize("drift", [1e9, 100.0, 20.0, None])
def test_intervals_hold_the_truth_however_far_a_window_is_from_its_audit(drift: float | None) -> None:
    """200 audited posts, windows of 1,000; None: the two have nothing to do with each other."""
    chance = np.random.default_rng(12)
    held, rounds = 0, 200
    for _ in range(rounds):
        rows = np.array([chance.dirichlet(alphas) for alphas in PRIOR])
        usual = chance.dirichlet(2 * np.ones(3))
        shares = chance.dirichlet(np.ones(3) if drift is None else usual * drift + 1e-6)
        c = max(np.diag(rows).mean(), (rows**2).sum(axis=1).max() + 0.02)
        audit, window = (
            np.array(
                [
                    posts_of(chance, row, k, c)
                    for row, k in zip(rows, chance.multinomial(of, mix), strict=True)
                ]
            )
            for of, mix in ((200, usual), (1000, shares))
        )
        shown = found(line(window.sum(axis=0)), PRIOR, as_confusion(audit))
        truth = (*shares, shares[2] - shares[0])
        held += sum(low <= value <= high for value, (low, high) in zip(truth, bounds(shown), strict=True))
    assert 0.92 < held / (4 * rounds) < 0.995


def test_a_prior_is_the_mean_of_the_sets_and_the_less_sure_the_more_they_differ() -> None:
    alike = [KNOWN_ROWS * 100] * 8
    prior = confusion_prior(alike)
    assert prior.sum(axis=1) == pytest.approx([MOST_ROWS] * 3)
    assert prior / prior.sum(axis=1, keepdims=True) == pytest.approx(KNOWN_ROWS)
    chance = np.random.default_rng(2)
    apart = [np.array([100 * chance.dirichlet(12 * row) for row in KNOWN_ROWS]) for _ in range(60)]
    assert (abs(confusion_prior(apart).sum(axis=1) - 12) < 5).all()
    assert confusion_prior([]).tolist() == [list(row) for row in GENERIC]
    assert confusion_prior(alike[:1]).sum(axis=1) == pytest.approx([10] * 3)
    without = [np.where(np.arange(3)[:, None] == 1, 0.0, table) for table in alike]
    assert np.isfinite(confusion_prior(without)).all()


def test_the_correction_beats_counting_where_shares_differ_from_the_rows() -> None:
    chance = np.random.default_rng(3)
    truth = chance.choice(3, 3_000, p=[0.2, 0.5, 0.3])
    logits = chance.normal(0, 1.3, (3_000, 3)) + 1.6 * np.eye(3)[truth] + np.array([0, 0.9, 0])
    probabilities = special.softmax(logits, axis=1)
    errors = share_errors(truth, probabilities.argmax(axis=1), probabilities, windows=100)
    assert errors.raw is not None
    assert errors.corrected is not None
    assert errors.corrected < 0.5 * errors.raw
    assert errors.raw_natural is not None
    assert errors.corrected_natural is not None
    assert errors.corrected_natural < errors.raw_natural
    assert share_errors(truth, probabilities.argmax(axis=1), probabilities, windows=100) == errors


def test_too_few_rows_or_a_missing_class_give_no_share_errors() -> None:
    assert share_errors(np.array([0, 1, 2]), np.array([0, 1, 2]), np.eye(3)) == ShareErrors()
    one_class = np.zeros(100, dtype=np.int64)
    assert share_errors(one_class, one_class, np.eye(3)[one_class]) == ShareErrors()


def test_rows_without_a_label_are_left_out_of_the_share_errors() -> None:
    chance = np.random.default_rng(4)
    truth = chance.integers(0, 3, 400)
    probabilities = 0.7 * np.eye(3)[truth] + 0.1
    plain = share_errors(truth, truth, probabilities, windows=10)
    padded = share_errors(
        np.append(truth, [0, 1]),
        np.append(truth, [-1, -1]),
        np.vstack([probabilities, np.full((2, 3), np.nan)]),
        windows=10,
    )
    assert plain.raw == 0.0
    assert padded.raw == 0.0
    assert class_sums(truth, probabilities).sum() == pytest.approx(400)
