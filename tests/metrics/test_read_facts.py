"""The imported facts that a figure sees: whole days of the zone, one currency, standings, and what is left out said."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metrics.facts import FACTS, Facts, Imported
from metrics.formulas.audience import following
from metrics.inputs import Inputs
from metrics.periods import Every, buckets
from metrics.read.facts import add_facts
from metrics.read.question import Question, Reading
from metrics.windows import Ledger
from storage.db import Database
from storage.facts import MILLION, FactKey, save_facts
from storage.money import set_money

OSLO = ZoneInfo("Europe/Oslo")
FIRST = date(2026, 11, 1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=OSLO).astimezone(UTC)


def facts_of(
    db: Database,
    *,
    since: datetime,
    until: datetime,
    every: Every = "all",
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> list[Facts | None]:
    asked = Question(since, until, every, "Europe/Oslo", until, sources=sources, langs=langs)
    spans = buckets(since, until, every, "Europe/Oslo")
    brands = ["delta", "jetblue"]
    inputs = {(brand, span): Inputs() for brand in brands for span in spans}
    add_facts(Reading(db, asked, brands, spans, Ledger(OSLO, True), inputs))
    assert all(inputs["jetblue", span].facts is None for span in spans)
    return [inputs["delta", span].facts for span in spans]


def only(db: Database, **asked: object) -> Facts:
    (found,) = facts_of(db, **({"since": at(1), "until": at(4)} | asked))  # type: ignore[arg-type]
    assert found is not None
    return found


def fill(db: Database, *rows: tuple[str, int, float, dict[str, str]]) -> None:
    amounts = {
        FactKey("delta", fact, date(2026, 11, day), **named): round(amount * MILLION)
        for fact, day, amount, named in rows
    }
    save_facts(db, "meta", amounts)


def test_a_brand_for_which_nothing_was_ever_imported_has_no_facts(db: Database) -> None:
    assert facts_of(db, since=at(1), until=at(4)) == [None]


def test_days_are_added_up_in_the_buckets_that_hold_them_whole(db: Database) -> None:
    fill(db, *(("clicks", day, 10**day, {"channel": "x"}) for day in range(1, 5)))
    daily = facts_of(db, since=at(1), until=at(4), every="day")
    assert [found.values for found in daily if found] == [
        {"clicks": 10.0},
        {"clicks": 100.0},
        {"clicks": 1000.0},
    ]
    assert [found.last_day["clicks"].day for found in daily if found] == [1, 2, 3]
    assert only(db).values == {"clicks": 1110.0}
    assert only(db).left_out == ()
    cut = only(db, since=at(1, 12), until=at(4, 12))
    assert cut.values == {"clicks": 1100.0}
    assert ["2026-11-01" in cut.left_out[0], "2026-11-04" in cut.left_out[1]] == [True, True]


def test_a_bucket_shorter_than_a_day_has_none_and_says_so(db: Database) -> None:
    fill(db, ("clicks", 1, 5, {}))
    hours = facts_of(db, since=at(1), until=at(1, 3), every="hour")
    assert [(found.values, len(found.left_out)) for found in hours if found] == [({}, 1)] * 3


def test_money_is_converted_and_a_fact_without_a_rate_for_all_of_it_has_no_sum(db: Database) -> None:
    set_money(db, "EUR", {"USD": 0.92})
    fill(
        db,
        ("spend", 1, 10.10, {"currency": "EUR"}),
        ("spend", 2, 100, {"currency": "USD"}),
        ("revenue", 2, 50, {"currency": "EUR"}),
        ("revenue", 2, 7, {"currency": "SEK"}),
    )
    found = only(db)
    assert found.values == {"spend": pytest.approx(102.10, abs=1e-12)}
    assert (found.currency, found.no_rate) == ("EUR", frozenset({"SEK"}))
    assert found.last_day["revenue"] == date(2026, 11, 2)


def test_channels_narrow_and_are_named(db: Database) -> None:
    fill(db, ("clicks", 1, 5, {"channel": "x"}), ("clicks", 1, 3, {"channel": "email"}), ("leads", 1, 1, {}))
    assert only(db).channels == {"clicks": {"x", "email"}, "leads": {""}}
    narrowed = only(db, sources=["x"])
    assert (narrowed.values, narrowed.last_day) == ({"clicks": 5.0}, {"clicks": FIRST})


def test_details_are_told_apart_and_counted_together(db: Database) -> None:
    fill(db, ("nps", 1, 3, {"detail": "9"}), ("nps", 2, 1, {"detail": "9"}), ("nps", 2, 2, {"detail": "0"}))
    found = only(db)
    assert (found.values, found.details) == ({"nps": 6.0}, {"nps": {"9": 4.0, "0": 2.0}})


def test_followers_are_the_newest_of_each_channel_and_hold_for_a_month(db: Database) -> None:
    fill(
        db,
        ("followers", 1, 90, {"channel": "x"}),
        ("followers", 3, 100, {"channel": "x"}),
        ("followers", 1, 7, {"channel": "linkedin"}),
    )
    assert only(db).values == {"followers": 107.0}
    assert only(db).followers_start is None
    later = only(db, since=at(5), until=at(9))
    assert (later.values, later.followers_start) == ({"followers": 107.0}, None)
    much_later = only(db, since=at(1) + timedelta(days=60), until=at(1) + timedelta(days=63))
    assert (much_later.values, much_later.last_day) == ({}, {"followers": date(2026, 11, 3)})


def test_followers_at_the_start_are_of_the_same_channels_and_of_an_earlier_look(db: Database) -> None:
    fill(db, ("followers", 1, 90, {"channel": "x"}), ("followers", 3, 100, {"channel": "x"}))
    found = only(db, since=at(2), until=at(4))
    assert (found.values, found.followers_start) == ({"followers": 100.0}, 90.0)
    fill(db, ("followers", 3, 7, {"channel": "linkedin"}))
    found = only(db, since=at(2), until=at(4))
    assert (found.values, found.followers_start) == ({"followers": 107.0}, None)


def test_followers_read_long_before_either_end_are_no_growth_of_the_period(db: Database) -> None:
    """Of a week, readings three days old still tell its ends; with an older one growth would be that of more time, or of less."""
    for first_reading, last_reading, grows in ((9, 18, True), (5, 18, False), (9, 13, False)):
        fill(db, ("followers", first_reading, 90, {"channel": f"x{first_reading}{last_reading}"}))
        fill(db, ("followers", last_reading, 100, {"channel": f"x{first_reading}{last_reading}"}))
        facts = only(db, since=at(12), until=at(19), sources=[f"x{first_reading}{last_reading}"])
        found = following(Inputs(facts=facts))
        assert found is not None
        days = date(2026, 11, first_reading), date(2026, 11, last_reading)
        assert (found.start, found.days) == ((90.0, days) if grows else (None, None))


def test_which_days_were_imported_is_known_channel_by_channel(db: Database) -> None:
    fill(
        db, *(("clicks", day, 5, {"channel": "x", "campaign": name}) for day in (1, 3) for name in ("a", "b"))
    )
    fill(db, ("clicks", 2, 4, {}), ("followers", 1, 90, {"channel": "x"}))
    found = only(db, until=at(5))
    assert found.of == {
        "clicks": {
            "x": Imported(20.0, 2, FIRST, date(2026, 11, 3)),
            "": Imported(4.0, 1, date(2026, 11, 2), date(2026, 11, 2)),
        }
    }
    assert (found.whole_days, found.read_on) == (4, {"followers": FIRST})


def test_an_audience_is_that_of_a_day_and_grows_by_no_day(db: Database) -> None:
    """A thousand followers on each of three days are a thousand, and a channel that was read once weighs as much as one read daily."""
    for day in (1, 2, 3):
        fill(db, ("audience", day, 750, {"channel": "x", "detail": "country=NO"}))
        fill(db, ("audience", day, 250, {"channel": "x", "detail": "country=SE"}))
    fill(db, ("audience", 3, 1_000, {"channel": "instagram", "detail": "country=SE"}))
    found = only(db)
    assert found.details == {"audience": {"country=NO": 750.0, "country=SE": 1_250.0}}
    assert found.values == {"audience": 2_000.0}


def test_a_lifespan_is_averaged_and_never_added_up(db: Database) -> None:
    fill(db, *(("customer_lifespan", day, 2.5, {"channel": name}) for day in (1, 2) for name in ("a", "b")))
    assert only(db).values == {"customer_lifespan": 2.5}


def test_facts_have_no_language(db: Database) -> None:
    fill(db, ("clicks", 1, 5, {}))
    found = only(db, langs=["en"])
    assert found.values == {}
    assert "language" in found.left_out[0]


def test_a_day_of_another_length_is_whole(db: Database) -> None:
    save_facts(db, "meta", {FactKey("delta", "clicks", date(2026, 10, 25)): MILLION})
    day = buckets(at(1) - timedelta(days=8), at(1), "day", "Europe/Oslo")
    long_day = next(span for span in day if span.end - span.start == timedelta(hours=25))
    assert only(db, since=long_day.start, until=long_day.end).values == {"clicks": 1.0}


def test_every_fact_is_read_in_one_way_or_the_other(sqlite_db: Database) -> None:
    fill(
        sqlite_db,
        *((fact, 1, 1, {"currency": "EUR"} if kind.unit == "money" else {}) for fact, kind in FACTS.items()),
    )
    assert only(sqlite_db).values == dict.fromkeys(FACTS, 1.0)
