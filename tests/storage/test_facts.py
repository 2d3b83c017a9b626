"""Imported facts in the database: stored once, replaced when they come again, and added up exactly."""

from datetime import date
from decimal import Decimal

import pytest

from storage.db import Database
from storage.fact_sums import Facts
from storage.facts import (
    LARGEST,
    MILLION,
    DetailsOf,
    FactKey,
    FactsSaved,
    Restated,
    forget_import,
    overlaps,
    save_facts,
    stored_imports,
)
from storage.money import Money, money_in_use, set_money

DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
SPEND = FactKey("delta", "spend", DAY, "meta", "Spring", currency="EUR")
CLICKS = FactKey("delta", "clicks", DAY, "meta", "Spring")


def counts(saved: FactsSaved) -> tuple[int, int, int, int]:
    return saved.new, saved.changed, saved.removed, saved.unchanged


def everything(
    db: Database, *names: str, channels: list[str] | None = None, campaign: str | None = None
) -> dict[str, int]:
    with db.read() as connection:
        source = Facts(connection, brands=["delta", "jetblue"], channels=channels, campaign=campaign)
        found: dict[str, int] = {}
        for row in source.sums(names, (date(2026, 1, 1), date(2027, 1, 1))):
            found[row.fact] = found.get(row.fact, 0) + row.amount
    return found


def test_the_same_figures_again_change_nothing_and_others_replace_them(db: Database) -> None:
    assert counts(save_facts(db, "meta", {SPEND: 12_500_000, CLICKS: 7 * MILLION})) == (2, 0, 0, 0)
    assert counts(save_facts(db, "meta", {SPEND: 12_500_000, CLICKS: 7 * MILLION})) == (0, 0, 0, 2)
    again = save_facts(db, "meta", {SPEND: 13_000_000, CLICKS: 7 * MILLION})
    assert counts(again) == (0, 1, 0, 1)
    assert again.first == [Restated(SPEND, 12_500_000, 13_000_000)]
    assert everything(db, "spend", "clicks") == {"spend": 13_000_000, "clicks": 7 * MILLION}


def test_a_dry_run_says_the_same_and_stores_nothing(db: Database) -> None:
    assert counts(save_facts(db, "meta", {SPEND: 1}, dry_run=True)) == (1, 0, 0, 0)
    assert stored_imports(db) == []


def test_of_facts_told_apart_a_file_replaces_all_details_of_the_day(db: Database) -> None:
    waiting = FactKey("delta", "unanswered", DAY, "email", detail="600")
    other_day = waiting._replace(day=NEXT)
    save_facts(db, "desk", {waiting: MILLION, other_day: MILLION})
    answered = FactKey("delta", "answered", DAY, "email", detail="700")
    whole = {DetailsOf("delta", fact, DAY, "email", "") for fact in ("answered", "unanswered")}
    saved = save_facts(db, "desk", {answered: MILLION}, whole=whole)
    assert counts(saved) == (1, 0, 1, 0)
    assert saved.first == [Restated(waiting, MILLION, None)]
    assert everything(db, "answered", "unanswered") == {"answered": MILLION, "unanswered": MILLION}


def test_an_audience_by_country_leaves_the_one_by_age_alone(db: Database) -> None:
    age, country = (FactKey("delta", "audience", DAY, "x", detail=d) for d in ("age=18-24", "country=NO"))
    save_facts(db, "x", {age: MILLION, country: MILLION})
    sweden = country._replace(detail="country=SE")
    saved = save_facts(
        db, "x", {sweden: MILLION}, whole={DetailsOf("delta", "audience", DAY, "x", "", "country=")}
    )
    assert counts(saved) == (1, 0, 1, 0)
    assert saved.first == [Restated(country, MILLION, None)]


def test_sums_are_exact_and_do_not_overflow(db: Database) -> None:
    keys = {SPEND._replace(campaign=str(n)): LARGEST * MILLION - 1 for n in range(30)}
    credit = {SPEND._replace(campaign="credit"): -1_500_001}
    save_facts(db, "meta", keys | credit)
    assert everything(db, "spend") == {"spend": 30 * (LARGEST * MILLION - 1) - 1_500_001}


def test_sums_are_narrowed_by_channel_and_campaign(db: Database) -> None:
    save_facts(
        db,
        "meta",
        {CLICKS: 1, CLICKS._replace(channel="x"): 10, CLICKS._replace(campaign="Autumn"): 100},
    )
    assert everything(db, "clicks", channels=["meta"]) == {"clicks": 101}
    assert everything(db, "clicks", campaign="Spring") == {"clicks": 11}
    assert everything(db, "clicks", channels=["meta"], campaign="Spring") == {"clicks": 1}


def test_the_last_day_of_each_fact_is_found_before_a_day(db: Database) -> None:
    save_facts(db, "meta", {CLICKS: 1, CLICKS._replace(day=NEXT): 1, SPEND: 1})
    with db.read() as connection:
        source = Facts(connection, brands=["delta", "jetblue"])
        assert source.last_days(["clicks", "spend", "leads"], date(2026, 12, 1)) == {
            ("delta", "clicks"): NEXT,
            ("delta", "spend"): DAY,
        }
        assert source.last_days(["clicks"], NEXT) == {("delta", "clicks"): DAY}
        assert source.brands_with_any() == {"delta"}


def test_of_a_standing_the_newest_day_of_each_channel_holds(db: Database) -> None:
    at = FactKey("delta", "followers", DAY, "x")
    save_facts(
        db,
        "own",
        {
            at: 90 * MILLION,
            at._replace(day=NEXT): 100 * MILLION,
            at._replace(channel="meta", campaign="a"): 5 * MILLION,
            at._replace(channel="meta", campaign="b"): 6 * MILLION,
        },
    )
    with db.read() as connection:
        rows = Facts(connection, brands=["delta"]).standings(["followers"], (DAY, date(2026, 12, 1)))
        found = {(row.channel, row.last_day, row.amount, row.rows) for row in rows}
    assert found == {("x", NEXT, 100 * MILLION, 1), ("meta", DAY, 11 * MILLION, 2)}


def test_forgetting_an_import_takes_its_figures_and_no_others(db: Database) -> None:
    save_facts(db, "meta", {SPEND: 1, CLICKS: 1})
    save_facts(db, "shop", {FactKey("delta", "revenue", DAY, currency="EUR"): 1})
    assert forget_import(db, "meta") == 2
    assert [(row.name, row.fact, row.currencies, row.rows) for row in stored_imports(db)] == [
        ("shop", "revenue", ("EUR",), 1)
    ]


def test_what_two_imports_hold_both_is_named(db: Database) -> None:
    save_facts(db, "meta", {CLICKS: 1, CLICKS._replace(day=NEXT): 1, SPEND: 1})
    save_facts(db, "ga4", {CLICKS._replace(campaign="other"): 1})
    assert overlaps(db, "ga4", DAY, NEXT) == [("clicks", "meta", "meta", 1)]


@pytest.mark.parametrize("campaign", ["ж" * 500, "'; DROP TABLE facts", "a\nb", "😀" * 250])
def test_the_longest_and_oddest_campaigns_are_kept(db: Database, campaign: str) -> None:
    save_facts(db, "meta", {CLICKS._replace(campaign=campaign): 1})
    assert everything(db, "clicks", campaign=campaign) == {"clicks": 1}


def test_the_currency_and_its_rates_are_those_last_configured(db: Database) -> None:
    with db.read() as connection:
        assert money_in_use(connection) == Money("EUR", {})
    set_money(db, "NOK", {"USD": 10.1, "EUR": 11.0})
    with db.read() as connection:
        assert money_in_use(connection) == Money("NOK", {"EUR": Decimal("11.0"), "USD": Decimal("10.1")})
