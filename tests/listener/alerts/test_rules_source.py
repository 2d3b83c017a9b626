"""Sources that bring nothing, budgets that are spent, and labelling that stands still."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from listener.alerts.rules.source_down import look, patience
from listener.alerts.signs import Signs
from listener.errors import OutOfBudget, Unauthorized, Unreachable
from listener.pipeline import collect
from listener.schedule import duration
from listener.service import Service
from metrics.alerts.alert import Finding
from storage import sources
from storage.types import Saved
from tests.listener.alerts.at_work import HOUR, MINUTE, NOW, labelled, said, service_at, stored

CONFIG = (
    '[alerts]\nsource_down_after = "1h"\n'
    '[sources.press]\ntype = "mastodon"\nevery = "2m"\n'
    '[sources.slow]\ntype = "mastodon"\nevery = "6h"\n'
    '[sources.off]\ntype = "mastodon"\nenabled = false\n'
)


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    made = service_at(database_url, CONFIG)
    Signs(made.db, lambda: NOW).note("watching")
    yield made
    made.close()


def ran(service: Service, name: str, now: datetime, kind: str = "", retry_at: datetime | None = None) -> None:
    """A pass that ended now, with an error of this kind where one is given."""
    error = (kind, f"source {name}: it went wrong", retry_at) if kind else None
    run = sources.run_started(service.db, "collect", name, now=now)
    sources.run_ended(service.db, run, name, "mastodon", saved=Saved(), error=error, now=now)


def found(service: Service, now: datetime) -> dict[str, Finding]:
    """What is told, by source; every other key is quiet."""
    seen = look(service, now)
    told = {one.key.removeprefix("source_down:"): one for one in seen.findings}
    assert {f"source_down:{name}" for name in ("press", "slow", "labelling")} - seen.quiet == {
        one.key for one in seen.findings
    }
    return told


def test_a_source_is_down_when_no_pass_went_well_for_its_patience(service: Service) -> None:
    ran(service, "press", NOW)
    ran(service, "press", NOW + 20 * MINUTE, Unreachable.kind)
    assert found(service, NOW + HOUR) == {}
    (down,) = found(service, NOW + HOUR + MINUTE).values()
    assert (down.severity, down.since, down.details["problem"]) == ("warning", NOW, "down")
    assert (down.details["error_kind"], down.details["source"]) == (Unreachable.kind, "press")
    ran(service, "press", NOW + 2 * HOUR)
    assert found(service, NOW + 2 * HOUR) == {}


def test_one_that_hangs_without_an_error_is_down_as_well_and_a_slow_one_has_three_intervals(
    service: Service,
) -> None:
    assert set(found(service, NOW + 2 * HOUR)) == {"press"}
    assert set(found(service, NOW + 19 * HOUR)) == {"press", "slow"}
    settings = service.config.sources
    assert patience(settings["press"], HOUR) == HOUR
    assert patience(settings["slow"], HOUR) == 3 * duration("6h")


def test_what_does_not_pass_by_itself_is_told_at_the_second_failure(service: Service) -> None:
    ran(service, "press", NOW)
    ran(service, "press", NOW + MINUTE, Unauthorized.kind)
    assert found(service, NOW + 2 * MINUTE) == {}
    ran(service, "press", NOW + 3 * MINUTE, Unauthorized.kind)
    assert set(found(service, NOW + 3 * MINUTE)) == {"press"}


def test_a_secret_that_is_not_set_is_told(database_url: str) -> None:
    service = service_at(database_url, '[sources.x]\ntype = "x"\n')
    Signs(service.db, lambda: NOW).note("watching")
    for minute in (1, 3):
        collect(service, "x", clock=lambda minute=minute: NOW + minute * MINUTE)  # type: ignore[misc]
    (told,) = look(service, NOW + 4 * MINUTE).findings
    assert "LISTENER_X_BEARER_TOKEN" in told.details["error"]
    service.close()


def test_a_spent_budget_is_a_notice_with_the_day_it_renews(service: Service) -> None:
    renews = NOW + timedelta(days=12)
    ran(service, "press", NOW)
    ran(service, "press", NOW + MINUTE, OutOfBudget.kind, renews)
    (told,) = found(service, NOW + 5 * HOUR).values()
    assert (told.severity, told.details["problem"]) == ("notice", "budget spent")
    assert told.details["retry_at"] == renews.isoformat()


def test_a_start_after_a_long_pause_gives_every_source_its_patience_again(service: Service) -> None:
    ran(service, "press", NOW)
    restarted = NOW + timedelta(days=3)
    Signs(service.db, lambda: restarted).note("watching")
    assert found(service, restarted + MINUTE) == {}
    assert set(found(service, restarted + 2 * HOUR)) == {"press"}


def test_a_quick_restart_does_not_begin_the_patience_anew(service: Service) -> None:
    Signs(service.db, lambda: NOW + 4 * MINUTE).note("watching")
    assert "press" in found(service, NOW + HOUR + MINUTE)


def test_labelling_that_stands_still_is_told_and_a_long_queue_that_shrinks_is_not(service: Service) -> None:
    signs, now = Signs(service.db, lambda: NOW), NOW + 45 * MINUTE
    stored(service, [said("aurora", at=NOW)], now=NOW)
    assert found(service, NOW + 29 * MINUTE) == {}
    (still,) = found(service, NOW + 31 * MINUTE).values()
    assert (still.details["problem"], still.details["waiting"], still.since) == ("labelling", 1, NOW)
    signs.clock = lambda: now
    signs.note("labelled")  # another one
    assert found(service, now) == {}
    assert set(found(service, now + 31 * MINUTE)) == {"labelling", "press"}
    labelled(service, now=now)
    assert set(found(service, now + 31 * MINUTE)) == {"press"}
