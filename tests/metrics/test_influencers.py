"""What influencers cost and brought: each one's own, what is of nobody, and all of it the same as the whole."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.errors import MetricError
from metrics.periods import Bucket
from metrics.read import series
from metrics.read.brought import Costs, brought
from metrics.read.influencers import SPLIT
from metrics.types import MetricPoint
from storage.brands import sync_brands
from storage.db import Database
from storage.facts import MILLION, FactKey, forget_import, save_facts
from storage.influencers import name_key
from storage.money import set_money
from storage.posts import save
from storage.types import Batch, BrandQuery, NewAuthor
from tests.storage.posts import NOON, named, post

BRANDS = [
    BrandQuery("delta", "Delta Audio", "own", "delta", 1),
    BrandQuery("jet", "Jet", "competitor", "jet", 1),
]
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)
ROI = "return_on_investment"


def asked(**more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"since": SINCE, "until": UNTIL, "every": "all", "timezone": "UTC", "now": UNTIL}
    return given | more


def split(db: Database, *names: str, **more: Any) -> list[MetricPoint]:
    return series(db, names, by_influencer=True, **asked(**more))


def values(points: Sequence[MetricPoint]) -> dict[tuple[str, str | None], float | None]:
    return {(point.metric, point.influencer): point.value for point in points}


def fact(
    name: str, amount: float, who: str, *, channel: str = "x", day: int = 1, **more: str
) -> dict[FactKey, int]:
    currency = "EUR" if name in ("spend", "revenue", "value", "order_value", "purchase_value") else ""
    key = FactKey(
        more.pop("brand", "delta"), name, date(2026, 11, day), channel, currency=currency, influencer=who
    )
    return {key._replace(**more): round(amount * MILLION)}


def fill(db: Database) -> None:
    """Tilde: 400 on X and 200 on Instagram for 800 and 90; Bo: 50 for nothing known; nobody: 60 for 150. In all 710 for 1,040."""
    sync_brands(db, BRANDS, now=SINCE)
    set_money(db, "EUR", {})
    costs = fact("spend", 400, "Tilde_B") | fact("spend", 200, "@tilde_b", channel="instagram")
    costs |= fact("spend", 50, "bo", day=2) | fact("spend", 60, "", day=3)
    gains = (
        fact("revenue", 800, "Tilde_B")
        | fact("revenue", 90, "tilde_b", channel="shop")
        | fact("revenue", 150, "")
    )
    clicks = fact("clicks", 100, "Tilde_B") | fact("conversions", 4, "Tilde_B") | fact("leads", 8, "TILDE_B")
    save_facts(db, "creators", costs | gains | clicks)
    save_facts(
        db, "rival", fact("spend", 7, "hidden", brand="jet") | fact("revenue", 7, "hidden", brand="jet")
    )


def test_each_influencer_has_the_figures_worked_out_by_hand(db: Database) -> None:
    fill(db)
    found = split(db, ROI, "cost_per_click", "cost_per_lead", "conversion_rate", brands=["delta"])
    told = values(found)
    assert told[ROI, "Tilde_B"] == pytest.approx(100 * (890 - 600) / 600)
    assert told["cost_per_click", "Tilde_B"] == 6.0
    assert told["cost_per_lead", "Tilde_B"] == 75.0
    assert told["conversion_rate", "Tilde_B"] == 4.0
    assert told[ROI, "bo"] is None
    assert told[ROI, ""] == 150.0
    assert list(dict.fromkeys(point.influencer for point in found)) == ["Tilde_B", "bo", ""]
    (missing,) = [point.missing for point in found if (point.metric, point.influencer) == (ROI, "bo")]
    assert missing == "needs revenue: none imported yet"
    (rest,) = [point.warnings for point in found if (point.metric, point.influencer) == (ROI, "")]
    assert "without an influencer: 60.00 of 710.00 EUR of spend" in rest
    assert "without an influencer: 150.00 of 1,040.00 EUR of revenue" in rest


def test_the_whole_is_not_split_and_names_nobody(db: Database) -> None:
    fill(db)
    (whole,) = series(db, [ROI], **asked(brands=["delta"]))
    assert whole.value == pytest.approx(100 * (1040 - 710) / 710)
    assert whole.as_json()["influencer"] is None


def test_a_network_a_campaign_and_time_narrow_each_influencers_figures(db: Database) -> None:
    fill(db)
    save_facts(
        db,
        "more",
        fact("spend", 5, "Tilde_B", campaign="Spring") | fact("revenue", 20, "Tilde_B", campaign="Spring"),
    )
    assert values(split(db, ROI, brands=["delta"], sources=["x"]))[ROI, "Tilde_B"] == pytest.approx(
        100 * (820 - 405) / 405
    )
    assert values(split(db, ROI, brands=["delta"], campaign="spring")) == {(ROI, "Tilde_B"): 300.0}
    by_day = split(db, "sales_revenue", brands=["delta"], every="day")
    assert [(point.influencer, point.bucket_start.day, point.value) for point in by_day][:3] == [
        ("Tilde_B", 1, 910.0),
        ("Tilde_B", 2, None),
        ("Tilde_B", 3, None),
    ]
    assert by_day[1].missing == "needs revenue: none imported since 2026-11-01"


def test_brands_that_are_not_shown_are_not_told_of(db: Database) -> None:
    fill(db)
    assert not [
        point for point in split(db, brands=["delta"], unnamed=True) if "hidden" in str(point.as_json())
    ]
    assert {point.brand_id for point in split(db, ROI)} == {"delta", "jet"}


def test_where_no_fact_names_an_influencer_there_is_nothing_to_split(db: Database) -> None:
    sync_brands(db, BRANDS, now=SINCE)
    save_facts(db, "ads", fact("spend", 5, "") | fact("clicks", 5, ""))
    assert split(db) == []
    assert brought(db, "delta", Bucket(SINCE, UNTIL), timezone="UTC") is None


def test_what_is_no_influencers_is_refused_and_too_much_of_it_too(db: Database) -> None:
    fill(db)
    with pytest.raises(MetricError, match="mentions is not told by influencer"):
        split(db, "mentions")
    with pytest.raises(MetricError, match='there is no metric "rio"'):
        split(db, "rio")
    save_facts(db, "many", {key: 1 for n in range(1500) for key in fact("spend", 1, f"n{n}")})
    with pytest.raises(MetricError, match="50,000 at most"):
        split(db, every="day")


def test_a_customers_lifespan_is_the_brands_for_every_influencer(db: Database) -> None:
    fill(db)
    bought = fact("order_value", 300, "bo") | fact("orders", 3, "bo") | fact("customers", 2, "bo")
    save_facts(db, "crm", bought | fact("customer_lifespan", 4, ""))
    assert (
        values(split(db, "customer_lifetime_value", brands=["delta"]))["customer_lifetime_value", "bo"]
        == 600.0
    )


def test_an_account_has_the_facts_of_its_own_network_and_handle(db: Database) -> None:
    fill(db)
    tilde = NewAuthor(source_author_id="u1", handle="tilde_b")
    two = [NewAuthor(source_author_id=f"b{n}", handle="bo") for n in range(2)]
    save(db, Batch("a", [named(post(str(n), author=who)) for n, who in enumerate((tilde, *two))]), now=NOON)
    found = brought(db, "delta", Bucket(SINCE, UNTIL), timezone="UTC")
    assert found is not None
    ((author_id, of_x),) = found.by_author.items()
    assert (of_x.spend, of_x.revenue, of_x.rate) == (400.0, 800.0, 100.0)
    assert found.rows[0].accounts == {"x": author_id}
    assert found.rows[0].channels == ("instagram", "shop", "x")
    assert [row.accounts for row in found.rows[1:]] == [{}], "two accounts are called bo"


NAMES = ("", "ada", "@Ada", "bo", "=cmd", "e\u202evil", "<b>")
FACTS = ("spend", "revenue", "value", "clicks", "leads", "conversions")
ROWS = st.dictionaries(
    st.tuples(
        st.sampled_from(FACTS), st.sampled_from(NAMES), st.sampled_from(("x", "shop", "")), st.integers(1, 3)
    ),
    st.integers(0, 10**9),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ROWS)
def test_influencers_and_the_rest_add_up_to_the_whole(
    sqlite_db: Database, rows: dict[tuple[str, str, str, int], int]
) -> None:
    sync_brands(sqlite_db, BRANDS, now=SINCE)
    forget_import(sqlite_db, "any")
    told: dict[FactKey, int] = {}
    for (name, who, channel, day), cents in rows.items():
        told |= fact(name, cents / 100, who, channel=channel, day=day)
    save_facts(sqlite_db, "any", told)
    sums = {"sales_revenue": "revenue", "leads": "leads"}
    points = split(sqlite_db, *sums, ROI, brands=["delta"], sources=None)
    wholes = series(sqlite_db, list(sums), **asked(brands=["delta"]))
    whose = {name_key(who) for _, who, _, _ in rows}
    assert {name_key(point.influencer or "") for point in points} == (whose if whose - {""} else set())
    for whole in wholes if points else ():
        parts = [point.value for point in points if point.metric == whole.metric and point.value is not None]
        assert sum(parts) == pytest.approx(whole.value or 0, abs=1e-6)
    costs = brought(sqlite_db, "delta", Bucket(SINCE, UNTIL), timezone="UTC")
    assert (costs is None) == (not points)
    if costs:
        _same(costs, points, told)


def _same(costs: Costs, points: Sequence[MetricPoint], told: dict[FactKey, int]) -> None:
    """Each part against sums of fractions, and the page's rates against the figures'."""
    parts = (*costs.rows, *filter(None, [costs.without]))
    rates = {point.influencer: point.value for point in points if point.metric == ROI}
    assert {part.influencer: part.rate for part in parts} == rates
    for part in (*parts, costs.whole):
        for name in ("spend", "revenue", "value"):
            mine = [
                Fraction(amount, MILLION)
                for key, amount in told.items()
                if key.fact == name
                and (part is costs.whole or name_key(key.influencer) == name_key(part.influencer))
            ]
            assert getattr(part, name) == (pytest.approx(float(sum(mine))) if mine else None)


def test_every_figure_of_money_and_conversion_that_is_made_of_facts_can_be_split() -> None:
    assert {ROI, "cost_per_mille", "customer_lifetime_value", "click_through_rate", "bounce_rate"} <= set(
        SPLIT
    )
    assert not {"net_promoter_score", "followers", "mentions"} & set(SPLIT)
