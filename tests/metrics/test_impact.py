"""Impact, its shares and favour: by hand, and against chance."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.formulas.impact import (
    Alike,
    Impact,
    balance_interval,
    favour,
    impacts,
    share_interval,
    share_of_impact,
)

groups = st.lists(
    st.builds(
        Alike,
        st.sampled_from(["delta", "jetblue"]),
        st.sampled_from(["x", "reddit", "feeds"]),
        st.one_of(st.none(), st.integers(1, 5)),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(0, 1000)),
        st.integers(1, 5),
    ),
    max_size=30,
)


def share(found: Impact) -> float | None:
    return share_of_impact(found.own, found.all_brands)


def of(*told: Alike) -> dict[str, Impact]:
    return impacts(told, ["delta", "jetblue"], ["x"])


def test_impact_worked_by_hand() -> None:
    """Three old posts on x with 0, 1 and 7 responders: logs 0, ln 2 and 3 ln 2, mean 4/3 ln 2, so 0, 0.75 and 2.25."""
    found = of(
        Alike("jetblue", "x", 1, 3, 0),
        Alike("jetblue", "x", 2, 3, 1, labelled=1, feeling=0.5),
        Alike("delta", "x", 3, 3, 7, labelled=1, feeling=-0.9),
    )
    assert found["delta"].own == pytest.approx(2.25)
    assert found["jetblue"].own == pytest.approx(0.75)
    assert share(found["delta"]) == pytest.approx(75)
    assert favour(found["delta"].feeling, found["delta"].weight) == pytest.approx(-90)


def test_a_young_post_is_compared_with_young_posts_and_a_quiet_network_with_itself() -> None:
    old = [Alike("jetblue", "x", n, 3, 50) for n in range(4)]
    quiet = [Alike("jetblue", "reddit", n, 3, 1) for n in range(4)]
    young, loud_there = Alike("delta", "x", 8, 0, 1), Alike("delta", "reddit", 9, 3, 3)
    found = of(*old, *quiet, young, loud_there, Alike("jetblue", "x", 10, 0, 0))
    expected_young = math.log(2) / 2
    expected_quiet = (4 * math.log(2) + math.log(4)) / 5
    own = math.log(2) / expected_young + math.log(4) / expected_quiet
    assert found["delta"].own == pytest.approx(own)
    assert found["delta"].all_brands == pytest.approx(11), "each mention counts 1 on average"


def test_where_nobody_responded_to_anything_each_mention_counts_one() -> None:
    found = of(Alike("delta", "x", 1, 0, 0, mentions=3), Alike("jetblue", "x", 2, 0, 0))
    assert share(found["delta"]) == pytest.approx(75)


def test_what_nobody_tells_is_left_out_and_said() -> None:
    found = of(Alike("delta", "feeds", 1, 3, None, mentions=9), Alike("jetblue", "reddit", 2, 3, 4))
    assert share(found["jetblue"]) == 100
    assert found["delta"].left_out == (("feeds", 9),)
    assert found["delta"].stands_in == ("reddit",)
    nothing = of(Alike("delta", "feeds", 1, 3, None))["delta"]
    assert share(nothing) is None
    assert share_interval(nothing.share) is None


@given(groups)
def test_shares_add_up_and_impact_to_the_number_of_mentions(told: list[Alike]) -> None:
    found = of(*told)
    shares = [share(each) for each in found.values()]
    known = sum(group.mentions for group in told if group.responders is not None)
    if not known:
        assert shares == [None, None]
        return
    assert sum(value for value in shares if value is not None) == pytest.approx(100)
    assert found["delta"].all_brands == pytest.approx(known)
    for each in found.values():
        interval, value = share_interval(each.share), share(each)
        assert interval is None or (
            value is not None and 0 <= interval[0] <= value + 1e-9 <= interval[1] + 2e-9
        )


@given(groups)
def test_splitting_a_group_into_its_mentions_changes_nothing(told: list[Alike]) -> None:
    told = [group for group in told if group.author is not None]
    single = [
        Alike(group.brand_id, group.source, group.author, group.age, group.responders)
        for group in told
        for _ in range(group.mentions)
    ]
    for brand, found in of(*told).items():
        other = of(*single)[brand]
        assert found.own == pytest.approx(other.own)
        assert share_interval(found.share) == pytest.approx(share_interval(other.share))


def test_one_author_who_posts_a_hundred_times_does_not_make_the_share_look_certain() -> None:
    many = of(*(Alike("delta" if n % 2 else "jetblue", "x", n, 3, 1) for n in range(200)))["delta"]
    one = of(
        Alike("delta", "x", 1, 3, 1, mentions=100), *(Alike("jetblue", "x", n, 3, 1) for n in range(2, 102))
    )["delta"]
    widths = []
    for found in (many, one):
        interval = share_interval(found.share)
        assert interval is not None
        assert share(found) == pytest.approx(50)
        widths.append(interval[1] - interval[0])
    assert widths[1] > 3 * widths[0]


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    chance = random.Random(7)
    held = [0, 0]
    rounds = 250
    for _ in range(rounds):
        told = []
        for author in range(120):
            brand = "delta" if chance.random() < 0.3 else "jetblue"
            count = 1 + int(chance.expovariate(1.0))
            liking = max(-1.0, min(1.0, 0.2 + chance.gauss(0, 0.3)))
            told.append(Alike(brand, "x", author, 3, 1, count, count, count * liking))
        found = of(*told)["delta"]
        interval, balance = share_interval(found.share), balance_interval(found.favour)
        assert interval is not None
        assert balance is not None
        held[0] += interval[0] <= 30 <= interval[1]
        held[1] += balance[0] <= 20 <= balance[1]
    assert min(held) > 0.9 * rounds
    assert max(held) < rounds
