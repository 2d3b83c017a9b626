"""The watch over a real database: a burst is told at once and once, and holes, late posts, bots and seasons are not."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from listener.alerts.watch import Watch
from listener.service import Service
from metrics.alerts.alert import Finding
from storage.db import open_database
from storage.posts import save
from storage.types import Batch
from tests.listener.alerts.counted import (
    DAY,
    HOUR,
    NETWORK,
    NOW,
    ONE,
    QUARTER,
    USUAL,
    arrive,
    collected,
    counted,
    looked,
    opened,
    people,
    usual,
)

KEY, OTHER = "spike:aurora", "spike:borealis"
WEEKS = 10 * DAY
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with ten days of history that the watch has learned."""
    path = tmp_path_factory.mktemp("watch") / "known.db"
    service = opened(f"sqlite:///{path}")
    counted(service, usual(2, 1, 10 * 96), NOW - WEEKS)
    collected(service, NOW - WEEKS, NOW)
    assert looked(Watch(service, study_s=0), NOW).quiet == {KEY, OTHER}
    service.close()
    return path


@pytest.fixture
def url(known: Path, tmp_path: Path) -> str:
    shutil.copy(known, tmp_path / "listener.db")
    return f"sqlite:///{tmp_path / 'listener.db'}"


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    service = opened(url)
    yield service
    service.close()


def watching(service: Service) -> Watch:
    return Watch(service, study_s=0)


def burst(service: Service, at: datetime = LATER) -> None:
    """In ten minutes twice as many mentions as in a quarter hour, most of them negative."""
    arrive(service, people(at, USUAL, 2 * USUAL), now=at)


def told(watch: Watch, at: datetime) -> Finding | None:
    return next((one for one in looked(watch, at).findings if one.news), None)


def test_a_negative_burst_is_told_while_its_quarter_hour_still_runs(service: Service) -> None:
    watch = watching(service)
    assert looked(watch, NOW + timedelta(minutes=5)).findings == ()
    burst(service)
    (found,) = looked(watch, LATER).findings
    assert (found.key, found.rule, found.news, found.severity) == (KEY, "spike", True, "critical")
    first = found.signals[0]
    assert (first.kind, first.source, first.seen, first.window_s) == ("negative", None, 200, 900)
    assert first.low < first.expected < first.high < first.seen
    assert {one.kind for one in found.signals} == {
        "negative",
        "volume",
    }  # its share, when the quarter hour is over
    assert found.since == NOW
    assert (found.at, first.until) == (LATER, LATER)
    assert found.details["budget"] == 1


def test_the_share_is_judged_when_its_quarter_hour_is_over_and_labelled(service: Service) -> None:
    watch = watching(service)
    burst(service)
    looked(watch, LATER)
    collected(service, NOW, NOW + QUARTER)
    (found,) = looked(watch, NOW + QUARTER + timedelta(minutes=1)).findings
    share = next(one for one in found.signals if one.kind == "negative_share")
    assert share.of is not None
    assert share.seen >= 200
    assert share.seen / share.of > 0.5
    assert share.low < share.expected < share.high < share.seen
    assert not found.news


def test_a_spike_is_news_once_in_a_hundred_looks_and_ten_restarts(service: Service) -> None:
    watch, news = watching(service), 0
    burst(service)
    for turn in range(100):
        if turn % 10 == 9:
            watch = watching(service)
        look = looked(watch, LATER + timedelta(seconds=15 * turn))
        news += sum(one.news for one in look.findings)
        assert (KEY in {one.key for one in look.findings}) or turn > 10
    assert news == 1


def test_what_was_not_stored_is_told_again_and_what_was_is_not(service: Service) -> None:
    watch = watching(service)
    burst(service)
    assert watch.look(LATER).findings[0].news  # a kill before anything is stored
    look = watch.look(LATER)

    def cut_short(connection: Connection) -> None:
        look.remember(connection)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        service.db.do(cut_short)
    assert told(watch, LATER)
    assert told(watch, LATER) is None
    assert told(watching(service), LATER) is None


def test_a_failed_transaction_loses_no_quarter_hour(service: Service) -> None:
    watch, other = watching(service), watching(service)
    collected(service, NOW, NOW + 2 * HOUR)
    counted(service, usual(2, 1, 8, seed=5), NOW)
    watch.look(NOW + 2 * HOUR)  # never stored
    looked(watch, NOW + 2 * HOUR)
    assert looked(other, NOW + 2 * HOUR).findings == ()
    with service.db.read() as connection:
        from storage.spike_states import spike_state_rows

        slots = {row.slot for row in spike_state_rows(connection).values()}
    assert slots == {int((NOW + HOUR).timestamp() // 900) - 1}


def test_a_burst_that_is_deleted_is_gone(service: Service) -> None:
    watch = watching(service)
    posts = people(LATER, USUAL, 2 * USUAL)
    arrive(service, posts, now=LATER)
    assert told(watch, LATER)
    save(service.db, Batch("social", deleted=[(NETWORK, one.source_id) for one in posts]), now=LATER)
    look = looked(watch, LATER + timedelta(seconds=15))
    assert look.findings == ()
    assert KEY in look.quiet


def test_five_hundred_people_are_told_and_one_author_with_five_hundred_posts_is_not(service: Service) -> None:
    watch = watching(service)
    arrive(service, people(LATER, 0, 500, by="bot", each=False), now=LATER)
    look = looked(watch, LATER)
    assert look.findings == ()
    assert KEY in look.quiet
    assert set(look.held_back) == set(watch.guarded) == {"aurora"}
    arrive(service, people(LATER, 0, 500, by="reader"), now=LATER)
    assert told(watch, LATER + timedelta(seconds=15))
    assert watch.guarded == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_without_collection_and_its_backfill_alert_nobody(service: Service, seed: int) -> None:
    watch, back = watching(service), NOW + DAY
    for hour in (1, 2, 3, 8, 16, 24):
        look = looked(watch, NOW + hour * HOUR)
        assert look.findings == ()
    assert look.quiet == frozenset()
    assert look.unseen[KEY] == "social (mastodon) has not been collected since 2027-03-01 12:00 UTC"
    counted(service, usual(2, 1, 96 + 24, seed=seed), NOW, seed=seed)
    collected(service, NOW, back)
    for quarter in range(12):
        look = looked(watch, back + quarter * QUARTER)
        collected(service, back + quarter * QUARTER, back + (quarter + 1) * QUARTER)
        assert look.findings == ()
    assert look.unseen == {}


def test_a_late_import_of_old_posts_alerts_nobody_and_does_not_blind_the_watch(service: Service) -> None:
    watch = watching(service)
    collected(service, NOW, NOW + DAY)
    counted(service, usual(2, 1, 96, seed=4), NOW)
    for hour in (6, 12, 18, 24):
        assert looked(watch, NOW + hour * HOUR).findings == ()
    again = usual(2, 1, 96, seed=4)
    again[:, :, :88] *= 3  # of all but the last two hours, twice as much more
    counted(service, again, NOW)
    for quarter in range(1, 8):
        assert looked(watch, NOW + DAY + quarter * QUARTER).findings == ()
    at = NOW + DAY + 8 * QUARTER
    burst(service, at)
    assert told(watch, at)


def test_a_changed_query_begins_afresh(service: Service, url: str) -> None:
    service.close()
    changed = opened(url)
    changed.config = changed.config.model_copy(deep=True)
    from storage.brands import sync_brands

    wanted = [
        brand.model_copy(update={"query": brand.query + " OR dawn"}) for brand in changed.config.brands[:1]
    ]
    changed.brands = sync_brands(
        changed.db, [one.as_query() for one in [*wanted, *changed.config.brands[1:]]], now=NOW
    )
    watch = watching(changed)
    burst(changed)
    look = looked(watch, LATER)
    assert look.findings == ()
    assert look.unseen[KEY] == "social (mastodon) has not been collected yet"
    assert OTHER in look.quiet
    changed.close()


def test_a_network_that_no_source_collects_is_not_watched(service: Service) -> None:
    watch = watching(service)
    counted(service, np.full((2, 1, 1), 5000.0), NOW, networks=["reviews"])
    look = looked(watch, LATER)
    assert look.findings == ()
    assert look.quiet == {KEY, OTHER}


def test_a_silence_that_chance_does_not_explain_is_no_look(service: Service) -> None:
    watch = watching(service)
    collected(service, NOW, NOW + 3 * HOUR)
    look = looked(watch, NOW + 2 * HOUR + timedelta(minutes=1))
    assert look.quiet == frozenset()
    assert look.unseen[KEY].startswith("nothing at all came from mastodon since 2027-03-01 12:00 UTC")


def test_without_any_source_nothing_is_looked_at(tmp_path: Path) -> None:
    service = opened(f"sqlite:///{tmp_path}/empty.db", "")
    look = looked(watching(service), NOW)
    assert look.unseen == dict.fromkeys([KEY, OTHER], "no source collects anything")
    service.close()


def test_two_networks_are_watched_apart_and_together(tmp_path: Path) -> None:
    two = ONE + '[sources.news]\ntype = "hackernews"\n'
    service = opened(f"sqlite:///{tmp_path}/two.db", two)
    past = usual(2, 2, 3 * 96, mean=20)
    counted(service, past, NOW - 3 * DAY)
    collected(service, NOW - 3 * DAY, NOW)
    watch = watching(service)
    assert looked(watch, NOW).quiet == {KEY, OTHER}
    collected(service, NOW, NOW + 2 * HOUR, "social")
    counted(service, usual(2, 1, 8, seed=7, mean=20), NOW, networks=["mastodon"])
    look = looked(watch, NOW + 2 * HOUR)
    assert look.findings == ()
    assert look.unseen == dict.fromkeys(
        ["spike:aurora:hackernews", "spike:borealis:hackernews"],
        "news (hackernews) has not been collected since 2027-03-01 12:00 UTC",
    )
    at = NOW + 2 * HOUR + timedelta(minutes=10)
    burst(service, at)
    found = told(watch, at)
    assert found
    assert {one.source for one in found.signals} == {"mastodon", None}
    service.close()


@pytest.mark.parametrize("back", [timedelta(minutes=20), timedelta(hours=5)])
def test_a_clock_that_is_set_back_tells_nothing_twice_and_stops_nothing(
    service: Service, back: timedelta
) -> None:
    watch = watching(service)
    collected(service, NOW, LATER)
    burst(service)
    assert told(watch, LATER)
    assert told(watch, LATER - back) is None
    assert told(watch, LATER) is None
    assert OTHER in looked(watch, LATER).quiet


def test_the_database_may_be_opened_by_another_process_in_between(url: str) -> None:
    first = opened(url)
    watch = watching(first)
    burst(first)
    other = opened(url)
    assert told(watching(other), LATER)
    assert told(watch, LATER) is None
    other.close()
    first.close()
    open_database(url).close()
