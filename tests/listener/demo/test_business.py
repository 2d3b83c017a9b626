"""The demo's business figures: the same for the same day, and such as could be."""

from datetime import UTC, date, datetime, timedelta

from listener.demo.business import facts, followers
from listener.demo.sample import DAYS
from metrics.facts import FACTS
from storage.facts import FactKey

TODAY = date(2026, 11, 22)


def test_a_day_is_told_alike_on_every_day() -> None:
    now, later = facts(TODAY), facts(TODAY + timedelta(days=3))
    both = now.keys() & later.keys()
    assert {key.day for key in now} == {TODAY - timedelta(days=back) for back in range(1, DAYS + 1)}
    assert len({key.day for key in both}) == DAYS - 3
    assert all(now[key] == later[key] for key in both)


def test_the_facts_are_known_ones_and_could_be_true() -> None:
    told = facts(TODAY)
    assert {key.fact for key in told} <= set(FACTS)
    for key, amount in told.items():
        assert amount >= 0, key
        if key.fact == "reach":
            assert amount <= told[FactKey(key.brand_id, "impressions", key.day, key.channel)]
        if key.fact == "bounced_sessions":
            assert amount <= told[FactKey(key.brand_id, "sessions", key.day, key.channel)]


def test_followers_are_read_once_a_day_up_to_now() -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    read = [
        (at, seen.followers)
        for brand, source, seen, at in followers(now)
        if (brand, source) == ("murmur", "x")
    ]
    assert len(read) == DAYS + 2
    assert read[-1][0] == now
    assert all(count and count > 40_000 for _, count in read)
