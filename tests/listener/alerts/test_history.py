"""Looking back with the present settings: what was planted is found once, holes are named, and a brand's own past says how good its watch is."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from listener.alerts.history import Replayed, replay
from listener.alerts.memory import plan_of
from listener.alerts.watch import Watch
from listener.commands import alerts_replay as command
from listener.service import Service
from storage.posts import save
from storage.types import Batch
from tests.listener.alerts.at_work import BRANDS, said
from tests.listener.alerts.counted import (
    DAY,
    HOUR,
    NOW,
    ONE,
    arrive,
    collected,
    counted,
    looked,
    opened,
    people,
    slot,
    usual,
)

DAYS = 16
SINCE = NOW - DAYS * DAY
HOLE = NOW - 4 * DAY, NOW - 3 * DAY
BURST = NOW - 2 * DAY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen days of two brands, a day's hole, and two days ago a burst about each: of 400 angry people, and of one author."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "config.toml").write_text(f'[storage]\nurl = "sqlite:///{folder}/listener.db"\n{BRANDS}{ONE}')
    service = opened(f"sqlite:///{folder}/listener.db")
    mentions = usual(2, 1, DAYS * 96)
    mentions[:, :, slot(HOLE[0]) - slot(SINCE) : slot(HOLE[1]) - slot(SINCE)] = 0
    counted(service, mentions, SINCE)
    collected(service, SINCE, HOLE[0])
    collected(service, HOLE[1], NOW)
    at = BURST + timedelta(minutes=5)
    bot = [said("borealis is bad", at=at, by="bot", network="mastodon") for _ in range(400)]
    arrive(service, people(at, 0, 400) + bot, now=at)
    service.close()
    return folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    service = opened(f"sqlite:///{folder}/listener.db")
    yield service
    service.close()


@pytest.fixture(scope="module")
def back(service: Service) -> Replayed:
    return replay(service.db, plan_of(service), slot(NOW - 6 * DAY), slot(NOW))


def test_a_planted_burst_opens_one_alert_at_the_end_of_its_quarter_hour(back: Replayed) -> None:
    (found,) = [one for one in back.told if one.opened and one.brand_id == "aurora"]
    assert (found.at, found.signals[0].since) == (BURST + timedelta(minutes=15), BURST)
    assert found.signals[0].kind != "volume"
    assert found.signals[0].seen >= 400


def test_what_a_single_author_did_would_not_have_been_told(back: Replayed) -> None:
    assert not [one for one in back.told if one.brand_id == "borealis"]


def test_a_hole_is_no_time_looked_at_and_alerts_nobody_when_it_ends(back: Replayed) -> None:
    assert back.looked(0) == 5 * 96
    assert [bool(x) for x in back.coverage[0, 0, [0, 2 * 96, 3 * 96 - 1, 3 * 96]]] == [
        True,
        False,
        False,
        True,
    ]
    assert back.rate(0) is None  # less than a week


def test_what_only_imports_bring_is_replayed(tmp_path: Path) -> None:
    service = opened(f"sqlite:///{tmp_path}/listener.db", "")
    chance = np.random.default_rng(3)
    times = [NOW - 5 * DAY + timedelta(minutes=float(m)) for m in chance.uniform(0, 5 * 1440, 1000)]
    times += [NOW - HOUR + timedelta(seconds=float(s)) for s in chance.uniform(0, 600, 80)]
    posts = [said("aurora", at=at, by=f"p{n}", network="reviews") for n, at in enumerate(times)]
    from listener.pipeline import match

    save(service.db, Batch("import", list(match(service, posts))), now=NOW)
    found = replay(service.db, plan_of(service), slot(NOW - 2 * DAY), slot(NOW))
    assert [(one.brand_id, one.signals[0].since) for one in found.told if one.opened] == [
        ("aurora", NOW - HOUR)
    ]
    service.close()


def test_the_brands_own_past_says_in_the_alert_how_often_and_how_soon(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "listener.db").write_bytes((folder / "listener.db").read_bytes())
    other = opened(f"sqlite:///{tmp_path}/listener.db")
    watch = Watch(other, study_s=0)
    at = NOW + timedelta(minutes=10)
    arrive(other, people(at, 0, 300), now=at)
    (before,) = looked(watch, at).findings
    assert set(before.details) == {"budget", "achieved_per_month", "months", "delay_minutes", "found_share"}
    assert before.details["found_share"] is None
    watch.study_s = 60.0
    (after,) = looked(watch, at + timedelta(seconds=15)).findings
    assert after.details["budget"] == 1
    assert after.details["months"] == pytest.approx(2 * 12 / 365.25, abs=0.01)
    assert after.details["achieved_per_month"] is None  # two days are no measure
    assert (
        after.details["found_share"] > 0.8
    )  # three times a hundred a quarter hour cannot be missed for long
    assert 5 <= after.details["delay_minutes"] <= 30
    other.close()


def test_the_command_tells_what_would_have_opened_and_what_was_not_seen(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = [f"{at:%Y-%m-%dT%H:%MZ}" for at in (NOW - 5 * DAY, NOW)]
    command.run(folder / "config.toml", *times, ["Aurora"], "json", now=NOW)
    told = json.loads(capsys.readouterr().out)
    (one,) = [alert for alert in told["alerts"] if alert["opened"]]
    assert (one["brand_id"], datetime.fromisoformat(one["at"])) == ("aurora", BURST + timedelta(minutes=15))
    assert told["brands"] == [
        {"brand_id": "aurora", "opened": 1, "days_looked_at": 4.0, "per_month": None, "budget": 1.0}
    ]
    assert [(gap["network"], datetime.fromisoformat(gap["since"])) for gap in told["unseen"]] == [
        ("mastodon", HOLE[0])
    ]


def test_the_table_shows_rates_beside_what_is_accepted_and_the_holes(
    back: Replayed, capsys: pytest.CaptureFixture[str]
) -> None:
    since, rates = NOW - 6 * DAY, command.rates_of(back)
    command.shown(back.told, rates, command.gaps_of(back, slot(since)), ZoneInfo("UTC"), since, NOW)
    printed = capsys.readouterr().out
    assert "1 alert would have opened" in printed
    assert "2 stretches could not be looked at" in printed
    assert [(one.brand_id, one.opened, one.per_month, one.budget) for one in rates] == [
        ("aurora", 1, None, 1.0),
        ("borealis", 0, None, 1.0),
    ]
