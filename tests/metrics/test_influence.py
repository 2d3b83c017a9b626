"""Response, propagation, ranks and their check: worked by hand, computed a second way, and against what chance does."""

from dataclasses import dataclass

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from metrics.influence import (
    UNEVEN,
    Floats,
    Platform,
    Rank,
    credible,
    platform,
    ranks,
    response,
    spearman,
)
from metrics.propagation import DAMPING, Graph, graph, propagation, resampled

HALF = tuple(float(value == 0.5) for value in UNEVEN)
PUPPETS = range(1000, 1200)


@dataclass(frozen=True)
class Told:
    posts: int
    responders: int
    squares: int


def drawn(
    chance: np.random.Generator, authors: int, mean: float, uneven: float, bursts: float
) -> tuple[list[Told], Floats]:
    """Invented authors with true responses of mean `mean`, and posts that vary around them."""
    true = chance.gamma(1 / uneven, mean * uneven, authors)
    found = []
    for rate, posts in zip(true, chance.geometric(0.4, authors), strict=True):
        each = chance.poisson(chance.gamma(1 / bursts, rate * bursts, posts))
        found.append(Told(int(posts), int(each.sum()), int((each**2).sum())))
    return found, true


def test_the_response_of_one_author_worked_by_hand() -> None:
    # uneven 0.5 and mean 1: gamma(2, 2) before. Bursts 1: the spread is 1 + (7 + 1) / (3 + 1) = 3, so three posts
    # with 7 responders tell as much as one post with 7/3
    shape, rate = response([Told(3, 7, 30)], Platform(mean=1.0, bursts=1.0, uneven=HALF))
    assert (shape[0], rate[0]) == (pytest.approx(2 + 7 / 3), pytest.approx(2 + 1))
    assert credible(shape, rate)[0].value == pytest.approx(13 / 9)


def test_the_bursts_of_two_authors_worked_by_hand() -> None:
    # posts with 8 and 0: mean 4, variance 32, (32 - 4) / 16 = 1.75, weight (4/5)^2; posts with 3 and 1: mean 2,
    # variance 2, nothing beyond chance, weight (2/3)^2
    found = platform([Told(2, 8, 64), Told(2, 4, 10)])
    assert found is not None
    assert found.mean == 3
    assert found.bursts == pytest.approx((0.64 * 1.75 + 0 + 5 * 1) / (0.64 + 4 / 9 + 5))


def test_the_posterior_is_the_one_that_integrating_gives() -> None:
    """Prior times likelihood, by quadrature, over every value that `uneven` may have."""
    from scipy.stats import gamma

    usual = platform([Told(2, 6, 20), Told(2, 2, 4), Told(1, 0, 0), Told(4, 3, 5)])
    assert usual is not None
    author = Told(5, 4, 6)
    shape, rate = response([author], usual)
    spread = 1 + usual.bursts * (author.responders + usual.mean) / (author.posts + 1)

    def moment(power: int, uneven: float) -> float:
        def each(x: float) -> float:
            before = gamma.pdf(x, 1 / uneven, scale=uneven * usual.mean)
            counts = (author.responders * np.log(x) - author.posts * x) / spread
            return float(x**power * before * np.exp(counts))

        return float(quad(each, 0, 60, limit=400, points=[0.01, 0.5, 2])[0])

    means = [moment(1, uneven) / moment(0, uneven) for uneven in UNEVEN]
    assert shape[0] / rate[0] == pytest.approx(float(np.dot(usual.uneven, means)), rel=1e-4)


def test_one_lucky_post_makes_no_leader() -> None:
    steady, lucky = Told(40, 120, 500), Told(1, 6, 36)
    crowd = [Told(3, 2, 2)] * 60
    usual = platform([steady, lucky, *crowd])
    assert usual is not None
    shape, rate = response([steady, lucky], usual)
    steady_value, lucky_value = shape / rate
    assert lucky_value < steady_value < 3.0 < lucky.responders / lucky.posts


def test_nobody_responded_is_no_habit_of_a_platform() -> None:
    assert platform([Told(5, 0, 0)]) is None
    assert platform([]) is None


@pytest.mark.parametrize(("authors", "least"), [(300, 0.85), (40, 0.8)])
def test_intervals_hold_the_true_response_about_as_often_as_they_say(authors: int, least: float) -> None:
    chance = np.random.default_rng(5)
    held: list[bool] = []
    shrunk, own = [], []
    for _ in range(12):
        told, true = drawn(chance, authors, mean=0.8, uneven=1.0, bursts=1.0)
        usual = platform(told)
        assert usual is not None
        shape, rate = response(told, usual)
        held += [e.low <= truth <= e.high for e, truth in zip(credible(shape, rate), true, strict=True)]
        shrunk.append(float(np.mean((shape / rate - true) ** 2)))
        own.append(float(np.mean((np.array([t.responders / t.posts for t in told]) - true) ** 2)))
    assert least < np.mean(held) < 0.99
    assert np.mean(shrunk) < 0.7 * np.mean(own), (
        "shrinking is nearer to the truth than each author's own mean"
    )


def some_graph(chance: np.random.Generator, size: int = 60, count: int = 200) -> Graph:
    pairs = chance.integers(size, size=(count, 2))
    return graph(
        range(size),
        [(int(a), int(b), int(b) * 10 + number % 3) for number, (a, b) in enumerate(pairs) if a != b],
    )


def test_propagation_is_personalised_pagerank_but_for_its_scale() -> None:
    found = some_graph(np.random.default_rng(1))
    heard = set(found.targets.tolist())
    whole = networkx.DiGraph()
    whole.add_nodes_from(range(found.size))
    for source, target in zip(found.sources.tolist(), found.targets.tolist(), strict=True):
        if source in heard:
            before = whole.get_edge_data(source, target, {"weight": 0})["weight"]
            whole.add_edge(source, target, weight=before + 1)
    theirs = networkx.pagerank(whole, alpha=DAMPING, personalization=dict.fromkeys(whole, 1.0), tol=1e-13)
    ours = propagation(found)
    assert (ours / ours.sum()).tolist() == pytest.approx(
        [theirs[node] for node in range(found.size)], abs=1e-9
    )


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)), max_size=40))
def test_nobody_has_less_than_their_own_voice_nor_all_together_more_than_damping_lets_pass(
    edges: list[tuple[int, int, int]],
) -> None:
    found = propagation(graph(range(10), [edge for edge in edges if edge[0] != edge[1]]))
    assert (found >= 1).all()
    assert found.sum() <= 10 / (1 - DAMPING) + 1e-6


def test_two_hundred_puppets_move_the_response_and_not_the_propagation() -> None:
    """Sock puppets respond to author 5 within a day, each in a post that names the brand too."""
    chance = np.random.default_rng(2)
    people, _true = drawn(chance, 60, mean=1.0, uneven=1.0, bursts=1.0)
    pairs = [(int(a), int(b), int(b)) for a, b in chance.integers(60, size=(200, 2)) if a != b]
    before = propagation(graph(range(60), pairs))
    with_puppets = [*pairs, *((puppet, 5, 5) for puppet in PUPPETS)]
    after = propagation(graph([*range(60), *PUPPETS], with_puppets))
    assert after[:60].tolist() == before.tolist()
    places = [ranks(values, values[None, :])[5] for values in (before, after)]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0].place == places[1].place

    def responses(told: list[Told]) -> tuple[float, int, float]:
        usual = platform(told)
        assert usual is not None
        shape, rate = response(told, usual)
        place = ranks(shape / rate, (shape / rate)[None, :])[5]
        assert place is not None
        return float((shape / rate)[5]), place.place, float(np.median((shape / rate)[:60]))

    puffed = [*people, *[Told(1, 0, 0)] * len(PUPPETS)]
    puffed[5] = Told(people[5].posts, people[5].responders + 200, people[5].squares + 200**2)
    (value, place, calm), (puffed_value, puffed_place, stirred) = responses(people), responses(puffed)
    assert puffed_value > 5 * value
    assert puffed_place == 1 < place
    assert abs(stirred - calm) < 0.5, "one author's burst is not taken for everybody's habit"


def test_a_bot_that_responds_all_day_is_one_edge_and_its_posts_are_drawn_together() -> None:
    calm = graph([1, 2, 3], [(3, 1, 10), (1, 2, 20), (2, 3, 30)])
    figures = resampled(calm, np.random.default_rng(3), times=50)
    assert figures.shape == (50, 3)
    assert (figures >= 1).all()
    assert figures.std(axis=0).min() > 0
    assert resampled(graph([1, 2], []), np.random.default_rng(3)).tolist() == [[1.0, 1.0]]


def test_ranks_share_places_and_hold_themselves() -> None:
    values = np.array([5.0, 2.0, 2.0, 1.0])
    chance = np.random.default_rng(4)
    found = ranks(values, values + chance.normal(0, 0.4, (500, 4)))
    assert [rank.place for rank in found if rank] == [1, 2, 2, 4]
    assert found[0] == Rank(1, 1, 1)
    assert all(rank and rank.best <= rank.place <= rank.worst for rank in found)
    assert ranks(np.array([]), np.empty((3, 0))) == []


def test_only_the_first_ten_thousand_are_ranked() -> None:
    values = np.arange(10_005.0)
    found = ranks(values, values[None, :])
    assert [rank is None for rank in found] == [True] * 5 + [False] * 10_000
    assert found[-1] == Rank(1, 1, 1)


def test_the_correlation_of_orders_has_an_interval_that_narrows_with_authors() -> None:
    chance = np.random.default_rng(6)
    widths = []
    for count in (20, 400):
        before = chance.gamma(1.0, 1.0, count)
        found = spearman(before, chance.poisson(before).astype(float), chance)
        assert found is not None
        assert -1 <= found.low <= found.value <= found.high <= 1
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 2
    assert spearman(np.arange(9.0), np.arange(9.0), chance) is None, "nine authors are too few"
