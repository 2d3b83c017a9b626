"""The catalogue: every figure that it promises is there, comes to what is worked by hand, and says what it lacks."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metrics.facts import FACTS, NO_LANGUAGE, Facts, Imported
from metrics.formulas.satisfaction import Ratings
from metrics.inputs import Figure, Inputs
from metrics.interval import mean_interval, ratio_interval, score_interval
from metrics.missing import read
from metrics.own import Own, OwnAccount, OwnPost
from metrics.registry import METRICS

PROMISED = """
mentions share_of_voice share_of_voice_people share_of_impact favour potential_reach reach impressions reach_rate followers
audience_growth_rate profile_visits search_impressions audience_demographics follower_quality
engagement likes comments shares saves clicks engagement_rate_by_reach average_engagement_rate applause_rate amplification_rate
conversation_rate engagement_by_content_type hashtag_lift
click_through_rate conversion_rate bounce_rate web_traffic leads lead_conversion_rate non_revenue_conversions direct_purchases
sales_revenue
return_on_investment cost_per_click cost_per_mille cost_per_lead customer_lifetime_value
positive_share neutral_share negative_share net_sentiment net_sentiment_raw response_time response_within_sla time_to_resolve
issues_resolved customer_satisfaction net_promoter_score average_rating
"""
AT = datetime(2027, 3, 10, tzinfo=UTC)
OWN = Own(
    (OwnAccount("x", "@delta", 990, 1_010), OwnAccount("mastodon", "@delta@a.example", 500, 490)),
    (
        OwnPost("x", "1", AT, "image", ("launch",), 1_000, 30, 6, 4, 0, 5, 20, 2_000, 800, 3),
        OwnPost("x", "2", AT, "video", (), 1_000, 10, 2, 8, 0, 0, 10, 1_000, 400, 1),
        OwnPost("mastodon", "3", AT, "image", ("launch", "sale"), 500, likes=12, shares=3, comments=0),
    ),
    replies=(6, 2, 2),
)
"""Interactions 40, 20 and 15; followers 1,490 at the start and 1,500 at the end."""
FACTS_OF_A_MONTH = Facts(
    {
        "impressions": 50_000.0, "reach": 20_000.0, "clicks": 1_000.0, "saves": 70.0, "profile_visits": 90.0, "followers": 4_200.0,
        "search_impressions": 9_000.0, "sessions": 800.0, "bounced_sessions": 320.0, "conversions": 25.0, "leads": 40.0,
        "leads_won": 5.0, "non_revenue_conversions": 60.0, "purchases": 12.0, "purchase_value": 480.0, "revenue": 1_800.0,
        "value": 2_400.0, "spend": 1_200.0, "orders": 120.0, "order_value": 6_000.0, "customers": 40.0, "csat": 10.0, "nps": 10.0,
        "rating": 10.0, "audience": 170.0, "suspicious_followers": 84.0,
    },
    {
        "csat": {"5/5": 6.0, "4/5": 2.0, "1/5": 2.0},
        "nps": {"10": 4.0, "9": 1.0, "8": 3.0, "6": 1.0, "0": 1.0},
        "rating": {"5": 6.0, "4": 2.0, "1": 2.0},
        "audience": {"country=NO": 30.0, "country=SE": 90.0, "age=25-34": 35.0, "age=35-44": 15.0},
    },
    "EUR",
    followers_start=4_000.0,
)  # fmt: skip
POSTS, IMPORTS = Inputs(own=OWN), Inputs(facts=FACTS_OF_A_MONTH)
BY_HAND: Mapping[str, tuple[Inputs, float]] = {
    "reach": (POSTS, 1_200),  # 800 + 400; Mastodon tells none
    "impressions": (POSTS, 3_000),  # 2,000 + 1,000
    "reach_rate": (POSTS, 80.0),  # 1,200 of 1,010 + 490
    "followers": (POSTS, 1_500),
    "audience_growth_rate": (POSTS, 10 / 14.9),  # 1,490 to 1,500
    "profile_visits": (POSTS, 4),
    "search_impressions": (IMPORTS, 9_000),
    "audience_demographics": (IMPORTS, 75.0),  # 90 of 120 in SE
    "follower_quality": (POSTS, 5.0),  # 40 + 20 + 15 of 1,500
    "likes": (POSTS, 52),
    "comments": (POSTS, 12),
    "shares": (POSTS, 11),
    "saves": (POSTS, 5),
    "clicks": (POSTS, 30),
    "engagement_rate_by_reach": (POSTS, 7.5),  # 40 likes + 12 comments + 8 shares + 30 clicks of 1,200
    "average_engagement_rate": (POSTS, 3.0),  # 4, 2 and 3 %
    "applause_rate": (POSTS, 68 / 15),  # 52 likes + 5 saves + 11 shares of 1,500
    "amplification_rate": (POSTS, 11 / 15),
    "conversation_rate": (POSTS, 0.8),  # 12 of 1,500
    "engagement_by_content_type": (POSTS, 25.0),  # 75 of 3 posts
    "hashtag_lift": (POSTS, 2.0),  # 40 to 20 on X; Mastodon has none without
    "click_through_rate": (POSTS, 1.0),  # 30 of 3,000
    "conversion_rate": (IMPORTS, 2.5),  # 25 of 1,000
    "bounce_rate": (IMPORTS, 40.0),  # 320 of 800
    "web_traffic": (IMPORTS, 800),
    "leads": (IMPORTS, 40),
    "lead_conversion_rate": (IMPORTS, 12.5),  # 5 of 40
    "non_revenue_conversions": (IMPORTS, 60),
    "direct_purchases": (IMPORTS, 12),
    "direct_purchase_value": (IMPORTS, 480.0),
    "sales_revenue": (IMPORTS, 1_800.0),
    "return_on_investment": (IMPORTS, 100.0),  # 2,400 for 1,200
    "cost_per_click": (IMPORTS, 1.2),  # 1,200 / 1,000
    "cost_per_mille": (IMPORTS, 24.0),  # 1,200 / 50,000 x 1,000
    "cost_per_lead": (IMPORTS, 30.0),  # 1,200 / 40
    "customer_lifetime_value": (IMPORTS, 150.0),  # 50 a purchase x 3 purchases a customer x 1
    "customer_satisfaction": (IMPORTS, 80.0),  # (6 x 5 + 2 x 4 + 2 x 1) / 50
    "customer_satisfaction_top": (IMPORTS, 80.0),  # 8 of 10
    "net_promoter_score": (IMPORTS, 30.0),  # 5 promoters, 2 detractors of 10
    "average_rating": (IMPORTS, 4.0),  # 40 stars of 10
}  # fmt: skip


def figure(id: str, inputs: Inputs) -> Figure:
    return METRICS[id].compute(inputs)


def test_every_kpi_that_was_promised_is_in_the_registry() -> None:
    assert [id for id in PROMISED.split() if id not in METRICS] == []


@pytest.mark.parametrize("id", BY_HAND)
def test_a_figure_comes_to_what_is_worked_by_hand(id: str) -> None:
    inputs, value = BY_HAND[id]
    found = figure(id, inputs)
    assert found.value == pytest.approx(value)
    assert found.missing == ""
    if found.interval is not None:
        assert found.interval[0] <= value <= found.interval[1]


def test_every_entry_of_accounts_and_imports_is_worked_by_hand() -> None:
    ours = {
        id for id, m in METRICS.items() if m.needs & {"own", "facts"} and not m.needs & {"service", "impact"}
    }
    assert ours - set(BY_HAND) == set()


@pytest.mark.parametrize("id", [id for id in BY_HAND if "facts" in METRICS[id].needs])
def test_what_was_not_imported_is_named_with_its_last_day(id: str) -> None:
    """Taking one fact away after the other from what a figure rests on: each is named, and none is taken for 0."""
    inputs = BY_HAND[id][0]
    if inputs.facts is None:
        return
    old = dict.fromkeys(FACTS, date(2026, 10, 1))
    lacking = []
    for name in inputs.facts.values:
        values = {fact: value for fact, value in inputs.facts.values.items() if fact != name}
        details = {fact: value for fact, value in inputs.facts.details.items() if fact != name}
        found = figure(
            id, replace(inputs, facts=replace(inputs.facts, values=values, details=details, last_day=old))
        )
        if found.value is None:
            names, why = read(found.missing)
            assert names == [name]
            assert why == "none imported since 2026-10-01"
            lacking.append(name)
    assert lacking or id == "return_on_investment"


def test_what_is_missing_is_told_in_words_for_everybody() -> None:
    delta, rival = Inputs(brand="Delta"), Inputs(brand="Rival", role="competitor")
    assert figure("cost_per_lead", delta).missing == "needs spend and leads: none imported yet"
    assert figure("leads", rival).missing == "needs leads: a competitor's are known only where imported"
    assert (
        figure("likes", delta).missing
        == "needs own accounts: none configured for Delta in [[brands]] accounts"
    )
    assert figure("followers", delta).missing == figure("likes", delta).missing
    quiet = Inputs(own=Own((OwnAccount("x", "@delta"),)))
    assert figure("shares", quiet).missing == "needs own posts: none in this time"
    assert figure("followers", quiet).missing.startswith(
        "needs followers: no own account was read in this time"
    )
    seen_once = Inputs(own=Own((OwnAccount("x", "@delta", None, 10, None, AT),)))
    assert figure("audience_growth_rate", seen_once).missing == (
        "needs followers at the start: no account was read before 2027-03-10, nor imported for the time before the period"
    )
    same = Inputs(own=Own((OwnAccount("x", "@delta", 10, 10, AT, AT),)))
    assert figure("audience_growth_rate", same).value is None
    kroner = Inputs(
        facts=Facts({"leads": 4.0}, no_rate=frozenset({"SEK"}), last_day={"spend": date(2026, 10, 1)})
    )
    assert figure("cost_per_lead", kroner).missing == (
        "needs spend: imported in SEK, for which no rate is configured"
    )
    free = Inputs(facts=Facts({"leads": 0.0, "spend": 5.0}))
    assert figure("cost_per_lead", free).missing == "needs leads: 0 in this time"


def test_an_imported_channel_wins_over_its_posts_and_the_others_are_added() -> None:
    def both(*channels: str) -> Inputs:
        return Inputs(own=OWN, facts=Facts({"clicks": 100.0}, channels={"clicks": frozenset(channels)}))

    assert figure("clicks", both("x")).value == 100
    assert figure("clicks", both("instagram")).value == 130
    assert figure("clicks", both("")).value == 100
    assert figure("clicks", both("x")).notes == ("imported for x: what its posts tell is not added",)
    assert figure("clicks", both("instagram")).notes == ()


def test_one_imported_day_does_not_silence_what_a_channels_posts_tell_of_the_month() -> None:
    first, after = date(2027, 3, 1), date(2027, 3, 31)

    def days(n: int, *channels: str) -> Inputs:
        of = {"clicks": {channel: Imported(100.0, n, first, first) for channel in channels}}
        facts = Facts(
            {"clicks": 100.0 * len(channels)},
            channels={"clicks": frozenset(channels)},
            span=(first, after),
            of=of,
        )
        return Inputs(own=OWN, facts=facts)

    assert figure("clicks", days(15, "x")).value == 100
    assert figure("clicks", days(14, "x")).value == 30
    assert figure("clicks", days(14, "")).value == 30
    assert figure("clicks", days(1, "x", "instagram")).value == 130
    assert figure("clicks", days(1, "instagram")).value == 130
    assert figure("clicks", days(14, "x")).notes == (
        "clicks of x imported for 14 of 30 days only: what its posts tell is taken in their place",
    )


def test_followers_are_merged_by_channel_and_grow_where_both_ends_are_known() -> None:
    facts = Facts({"followers": 4_200.0}, channels={"followers": frozenset({"x"})}, followers_start=4_000.0)
    assert figure("followers", Inputs(own=OWN, facts=facts)).value == 4_690
    growth = figure("audience_growth_rate", Inputs(own=OWN, facts=facts))
    assert growth.value == pytest.approx(100 * 190 / 4_500)
    unknown = figure("audience_growth_rate", Inputs(own=OWN, facts=replace(facts, followers_start=None)))
    assert unknown.value == -2.0
    assert unknown.notes == ("without x: not seen at the start of the period",)
    rate = figure("amplification_rate", Inputs(own=replace(OWN, accounts=OWN.accounts[:1])))
    assert rate.value == pytest.approx(100 * 8 / 1_010)
    assert rate.notes == ("without the posts on mastodon: its followers are not known",)


def test_a_tag_used_where_interactions_are_many_is_not_taken_for_their_cause() -> None:
    """Ten times the interactions on X, where most posts have the tag; on either network the tag goes with half as many again."""
    posts = [OwnPost("x", f"a{n}", AT, tags=("sale",), likes=150) for n in range(9)] + [
        OwnPost("x", "b", AT, likes=100)
    ]
    posts += [OwnPost("mastodon", "c", AT, tags=("sale",), likes=15)]
    posts += [OwnPost("mastodon", f"d{n}", AT, likes=10) for n in range(9)]
    posts += [OwnPost("youtube", "e", AT, tags=("sale",), likes=9_000)]
    found = figure("hashtag_lift", Inputs(own=Own((), tuple(posts))))
    assert (found.value, found.n, found.parts[0].value) == (1.5, 20, 1.5)
    assert "1 own posts are left out, on networks that have none to compare them with" in found.notes
    assert figure("hashtag_lift", Inputs(own=Own((), tuple(posts[:9])))).missing == (
        "needs own posts to compare: 9 with and 0 without"
    )


def test_reach_above_the_impressions_is_said() -> None:
    facts = Facts({"reach": 20.0, "impressions": 10.0})
    assert figure("reach", Inputs(facts=facts)).notes[0] == (
        "reach is above the impressions (10), which cannot be: check what was imported"
    )
    assert "cannot be" not in " ".join(figure("reach", IMPORTS).notes)


def test_a_reach_rate_says_whose_followers_it_has_no_reach_of() -> None:
    beyond = "the followers on mastodon are in it, the reach there is not: --source compares like with like"
    assert figure("reach_rate", POSTS).notes[0] == beyond
    on_x = Inputs(own=Own(OWN.accounts[:1], OWN.posts[:2]))
    assert figure("reach_rate", on_x).value == pytest.approx(100 * 1_200 / 1_010)
    assert "like with like" not in " ".join(figure("reach_rate", on_x).notes)


def test_the_parts_of_a_figure_are_told_apart() -> None:
    def parts(id: str, inputs: Inputs) -> dict[str, float | None]:
        return {part.name: part.value for part in figure(id, inputs).parts}

    assert parts("engagement_by_content_type", POSTS) == {
        "image on x": 40.0,
        "video on x": 20.0,
        "image on mastodon": 15.0,
    }
    assert parts("hashtag_lift", POSTS) == {"#launch": 2.0, "#sale": None}
    assert parts("comments", POSTS) == {"negative replies": 60, "neutral replies": 20, "positive replies": 20}
    assert parts("audience_demographics", IMPORTS) == {
        "age=25-34": 70, "age=35-44": 30, "country=SE": 75, "country=NO": 25,
    }  # fmt: skip
    assert parts("net_promoter_score", IMPORTS) == {"promoters": 50, "passives": 30, "detractors": 20}
    quality = figure("follower_quality", Inputs(own=OWN, facts=FACTS_OF_A_MONTH))
    assert [(part.name, part.value) for part in quality.parts] == [("suspicious followers", 2.0)]
    reviews = Inputs(ratings=Ratings({5.0: 3, 1.0: 1}, (1, 0, 3)))
    assert figure("average_rating", reviews).value == 4.0
    assert parts("average_rating", reviews) == {"negative text": 25, "neutral text": 0, "positive text": 75}
    assert figure("average_rating", replace(IMPORTS, ratings=reviews.ratings)).n == 10


def test_a_figure_says_what_it_took_for_what() -> None:
    assert figure("return_on_investment", IMPORTS).notes == ("taken from value",)
    without = dict(FACTS_OF_A_MONTH.values)
    del without["value"]
    by_revenue = figure("return_on_investment", Inputs(facts=Facts(without)))
    assert (by_revenue.value, by_revenue.notes) == (50.0, ("taken from revenue: no value was imported",))
    assert "lifespan of 1 is taken" in figure("customer_lifetime_value", IMPORTS).notes[0]
    longer = Facts({**FACTS_OF_A_MONTH.values, "customer_lifespan": 3.0})
    assert figure("customer_lifetime_value", Inputs(facts=longer)).value == 450.0
    odd = Facts({"csat": 3.0}, {"csat": {"4/5": 1.0, "good": 2.0}})
    assert (
        "2 imported csat answers are left out: their score is none"
        in figure("customer_satisfaction", Inputs(facts=odd)).notes
    )
    swapped = Inputs(facts=Facts({"clicks": 10.0, "conversions": 20.0}))
    assert figure("conversion_rate", swapped).notes == (
        "more conversions than clicks: are both of the same channels and days?",
    )


def test_means_and_balances_are_numpys() -> None:
    scores = np.repeat([5, 4, 1], [6, 2, 2])
    assert figure("customer_satisfaction", IMPORTS).value == pytest.approx(100 * np.mean(scores / 5))
    assert figure("average_rating", IMPORTS).value == pytest.approx(np.mean(scores))
    recommend = np.repeat([10, 9, 8, 6, 0], [4, 1, 3, 1, 1])
    balance = np.mean((recommend >= 9).astype(int) - (recommend <= 6).astype(int))
    assert figure("net_promoter_score", IMPORTS).value == pytest.approx(100 * balance)
    rates = [100 * k / followers for k, followers in ((40, 1_000), (20, 1_000), (15, 500))]
    theirs = stats.ttest_1samp(rates, 0).confidence_interval(0.95)
    found = figure("average_engagement_rate", POSTS)
    assert found.value == pytest.approx(np.mean(rates))
    assert found.interval == pytest.approx((theirs.low, theirs.high))


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=2, max_size=30))
def test_the_interval_of_a_mean_is_scipys(values: list[float]) -> None:
    found = mean_interval(values)
    assert found is not None
    mean, spread = np.mean(values), np.std(values, ddof=1) / math.sqrt(len(values))
    theirs = stats.t.interval(0.95, len(values) - 1, mean, spread) if spread else (mean, mean)
    assert found == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def test_the_interval_of_a_mean_covers_the_truth_somewhat_less_than_95_times_in_100_of_a_long_tail() -> None:
    chance = np.random.default_rng(1)
    held = 0
    for _ in range(1_000):
        low, high = mean_interval(list(chance.gamma(1.5, 20, 8))) or (0.0, 0.0)
        held += low <= 30 <= high
    assert 890 <= held <= 940


def test_the_interval_of_a_ratio_covers_the_truth_about_95_times_in_100() -> None:
    """Drawn with long tails, as interactions are: 8 posts with a tag, 15 without, twice as many interactions with it."""
    chance = np.random.default_rng(1)
    held = 0
    for _ in range(1_000):
        low, high = ratio_interval(
            list(2 * chance.gamma(1.5, 20, 8)), list(chance.gamma(1.5, 20, 15))
        ) or (0.0, 0.0)  # fmt: skip
        held += low <= 2 <= high
    assert 920 <= held <= 985


@pytest.mark.parametrize("shares", [(0.1, 0.1, 0.8), (0.02, 0.03, 0.95), (0.4, 0.2, 0.4)])
def test_the_interval_of_a_score_covers_the_truth_about_95_times_in_100(
    shares: tuple[float, float, float],
) -> None:
    """Summed exactly over every outcome of 25 answers of 1, 3 or 5."""
    n, true, covered = 25, 1 * shares[0] + 3 * shares[1] + 5 * shares[2], 0.0
    for low, middle in product(range(n + 1), repeat=2):
        if low + middle <= n:
            counts = (low, middle, n - low - middle)
            found = score_interval(dict(zip((1.0, 3.0, 5.0), counts, strict=True)), 1, 5) or (0.0, 0.0)
            covered += float(stats.multinomial.pmf(counts, n, shares)) * (found[0] <= true <= found[1])
    assert 0.92 < covered < 0.995


AMOUNT = st.one_of(st.just(0.0), st.floats(min_value=0.01, max_value=1e9))
COUNT = st.one_of(st.none(), st.integers(min_value=0, max_value=10**6))
POST = st.builds(
    OwnPost,
    st.sampled_from(["x", "mastodon"]),
    st.just("1"),
    st.just(AT),
    st.sampled_from([None, "image", "video"]),
    st.sampled_from([(), ("launch",), ("sale", "launch")]),
    *[COUNT] * 10,
)
ANY = st.builds(
    lambda values, details, own, role: Inputs(
        facts=None if values is None else Facts(values, details), own=own, role=role
    ),
    st.none() | st.dictionaries(st.sampled_from(list(FACTS)), AMOUNT),
    st.fixed_dictionaries(
        {},
        optional={
            name: st.dictionaries(
                st.sampled_from(["5/5", "0/5", "7", "9.5", "none", "x/0", "country=NO", "inf"]), AMOUNT
            )
            for name in ("csat", "nps", "rating", "audience")
        },
    ),
    st.none()
    | st.builds(
        Own,
        st.lists(
            st.builds(OwnAccount, st.sampled_from(["x", "bluesky"]), st.just("@d"), COUNT, COUNT), max_size=2
        ).map(tuple),
        st.lists(POST, max_size=4).map(tuple),
    ),
    st.sampled_from(["own", "competitor"]),
)
SHARES = ("audience_demographics", "customer_satisfaction", "customer_satisfaction_top")


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_of_any_inputs_a_figure_is_finite_or_says_what_it_lacks(inputs: Inputs) -> None:
    for id, metric in METRICS.items():
        found = metric.compute(inputs)
        numbers = [found.value, *(found.interval or ())]
        numbers += [number for part in found.parts for number in (part.value, *(part.interval or ()))]
        assert all(number is None or math.isfinite(number) for number in numbers), id
        assert (found.value is None) == bool(found.missing), id
        if found.value is not None and found.interval and metric.unit != "people":
            assert found.interval[0] - 1e-6 <= found.value <= found.interval[1] + 1e-6, id
        if id in SHARES and found.value is not None:
            assert 0 <= found.value <= 100 + 1e-9, id


@given(st.floats(min_value=0.01, max_value=1e6), st.floats(min_value=1, max_value=1e6))
def test_twice_the_money_costs_twice_as_much_and_twice_the_followers_halve_a_rate(
    spend: float, followers: float
) -> None:
    def cost(id: str, factor: float) -> float:
        values = {**FACTS_OF_A_MONTH.values, "spend": factor * spend}
        return figure(id, Inputs(facts=Facts(values))).value or 0.0

    for id in ("cost_per_click", "cost_per_mille", "cost_per_lead"):
        assert cost(id, 2) == pytest.approx(2 * cost(id, 1))

    def rate(id: str, factor: float) -> float:
        facts = Facts({"followers": factor * followers})
        return figure(id, Inputs(own=OWN, facts=facts)).value or 0.0

    for id in ("applause_rate", "amplification_rate", "conversation_rate", "follower_quality", "reach_rate"):
        assert rate(id, 2) == pytest.approx(rate(id, 1) / 2)


@given(st.integers(min_value=1, max_value=50))
def test_more_of_the_same_answers_move_no_score_and_narrow_its_interval(times: int) -> None:
    details = {name: {k: times * v for k, v in of.items()} for name, of in FACTS_OF_A_MONTH.details.items()}
    more = Inputs(facts=replace(FACTS_OF_A_MONTH, details=details))
    for id in ("customer_satisfaction", "customer_satisfaction_top", "net_promoter_score", "average_rating"):
        before, after = figure(id, IMPORTS), figure(id, more)
        assert after.value == pytest.approx(before.value)
        assert before.interval is not None
        assert after.interval is not None
        assert after.interval[1] - after.interval[0] <= before.interval[1] - before.interval[0] + 1e-9


def test_a_potential_reach_of_authors_whose_followers_nobody_tells_is_not_0() -> None:
    silent = figure("potential_reach", Inputs(mentions=5, authors=3, reached=3, unmeasured=3, followers=0))
    assert (silent.value, silent.interval) == (None, None)
    assert silent.missing == "needs followers: no network tells those of the 3 authors"
    nameless = figure("potential_reach", Inputs(mentions=5, authors=0, reached=0, followers=0))
    assert nameless.missing == "needs followers: no author is known"
    assert figure("potential_reach", Inputs(mentions=1, reached=1, followers=0)).value == 0
    assert figure("potential_reach", Inputs()).value == 0


def channels(**of: str) -> dict[str, frozenset[str]]:
    return {fact: frozenset(names.split()) for fact, names in of.items()}


def test_reach_is_held_against_the_impressions_of_the_same_channels_only() -> None:
    facts = Facts({"reach": 20.0, "impressions": 10.0}, channels=channels(reach="facebook", impressions="x"))
    assert "cannot be" not in " ".join(figure("reach", Inputs(facts=facts)).notes)
    same = replace(facts, channels=channels(reach="x", impressions="x"))
    assert "cannot be" in " ".join(figure("reach", Inputs(facts=same)).notes)


def test_suspicious_followers_of_one_channel_are_no_share_of_the_followers_of_all() -> None:
    facts = Facts({"suspicious_followers": 101.0}, channels=channels(suspicious_followers="x"))
    quality = figure("follower_quality", Inputs(own=OWN, facts=facts))
    assert quality.parts == ()
    assert quality.notes == (
        "suspicious followers were imported for x alone: --source tells their share there",
    )
    on_x = Own(OWN.accounts[:1], OWN.posts[:2])
    (part,) = figure("follower_quality", Inputs(own=on_x, facts=facts)).parts
    assert part.value == 10.0


def test_imported_reach_takes_clicks_and_posts_of_its_own_channels() -> None:
    silent = Own(OWN.accounts, tuple(replace(post, reach=None, clicks=None) for post in OWN.posts))
    facts = Facts({"reach": 1_000.0, "clicks": 500.0}, channels=channels(reach="x", clicks="google"))
    found = figure("engagement_rate_by_reach", Inputs(own=silent, facts=facts))
    assert found.value == pytest.approx(6.0)  # 40 likes + 12 comments + 8 shares
    assert "without clicks: not told" in found.notes
    alike = replace(facts, channels=channels(reach="x", clicks="x"))
    assert figure("engagement_rate_by_reach", Inputs(own=silent, facts=alike)).value == pytest.approx(56.0)
    elsewhere = replace(facts, channels=channels(reach="facebook", clicks="facebook"))
    assert figure("engagement_rate_by_reach", Inputs(own=silent, facts=elsewhere)).missing == (
        "needs own posts: none on the channels whose reach is imported"
    )


def test_a_ratio_of_facts_of_different_channels_says_so() -> None:
    facts = Facts(
        {"spend": 100.0, "clicks": 50.0, "revenue": 10.0},
        channels=channels(spend="x meta", clicks="x", revenue="x"),
    )
    said = "spend is of meta, x and clicks of x: --source compares like with like"
    assert figure("cost_per_click", Inputs(facts=facts)).notes == (said,)
    assert figure("return_on_investment", Inputs(facts=facts)).notes[1] == (
        "revenue is of x and spend of meta, x: --source compares like with like"
    )


def test_what_is_missing_is_not_blamed_on_what_it_is_not() -> None:
    rival = Inputs(role="competitor")
    assert figure("click_through_rate", rival).missing == (
        "needs clicks and impressions: a competitor's are known only where imported"
    )
    english = Inputs(facts=Facts(last_day={"leads": date(2027, 3, 1)}, left_out=(NO_LANGUAGE,)))
    assert figure("leads", english).missing == "needs leads: imported facts tell no language"
    kroner = Inputs(facts=Facts(no_rate=frozenset({"SEK"}), last_day={"spend": date(2027, 3, 1)}))
    assert figure("return_on_investment", kroner).missing == (
        "needs revenue: none imported yet; needs spend: imported in SEK, for which no rate is configured"
    )


def test_imported_cases_without_a_length_are_left_out_and_imports_are_said() -> None:
    facts = Facts({"resolved": 4.0}, {"resolved": {"30": 3.0, "2 h": 1.0}, "unresolved": {"90": 1.0}})
    found = figure("issues_resolved", Inputs(facts=facts))
    assert (found.value, found.n, found.parts[0].value) == (3, 4, 75)
    assert found.notes == ("from imported cases; those worked on here are not added",)


def test_cases_that_were_imported_before_are_asked_for_by_their_last_day() -> None:
    facts = Facts({}, last_day={"resolved": date(2026, 10, 1), "answered": date(2026, 10, 3)})
    for id in ("time_to_resolve", "issues_resolved"):
        assert figure(id, Inputs(facts=facts)).missing == "needs cases: none imported since 2026-10-01"
    replies = "needs the brand's own replies: none imported since 2026-10-03"
    assert figure("response_time", Inputs(facts=facts)).missing == replies
