"""`listener alerts` as a user meets it: what is open and why, what people do with it, and what could not be looked at or told."""

import getpass
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.alerts.look import Look
from listener.alerts.tick import tick
from listener.cli import app
from listener.failures import explain
from listener.service import Service, open_service
from metrics.alerts.alert import Finding, Signal
from storage import outbox
from storage.alerts import LOOKED_FIRST, acknowledge, alert, events, snooze
from storage.settings import put_setting
from tests.listener.alerts.at_work import said, stored

CONFIG = """\
timezone = "Europe/Oslo"
[[brands]]
id = "aurora"
name = "Aurora Air"
query = "aurora"
[[brands]]
id = "nimbus"
name = "Nimbus"
role = "competitor"
query = "nimbus"
[alerts]
false_alarms_per_month = 2
notify = ["slack://T00000001/B00000001/abcdefghijkl"]
"""
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
FACTS = {"budget": 2.0, "achieved_per_month": 1.6, "months": 3.0, "delay_minutes": 22.0, "found_share": 0.9}
Run = Callable[..., Result]


def spike(brand: str = "aurora", **more: object) -> Finding:
    at = NOW - HOUR
    signal = Signal("volume", None, 3600, 40.0, 4.0, 1.0, 9.0, 0.02, at, NOW)
    made = Finding("spike", f"spike:{brand}", brand, "warning", at, NOW, signals=(signal,), details=FACTS)
    return replace(made, **more)  # type: ignore[arg-type]


def look(service: Service, *findings: Finding, at: datetime = NOW, **more: object) -> None:
    tick(service, [lambda _: Look(findings, **more)], now=at)  # type: ignore[arg-type]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """In a folder of its own: an alert for Aurora, with twelve posts behind it."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(CONFIG)
    made = open_service(Path("config.toml"), now=NOW, environ={})
    posts = [
        said(f"aurora \x1b[31mrecall {n}", at=NOW - n * timedelta(minutes=3), by=f"eve{n}") for n in range(12)
    ]
    stored(made, posts, now=NOW)
    look(made, spike())
    return made


@pytest.fixture
def run(service: Service) -> Run:
    terminal = CliRunner(env={"COLUMNS": "200"})

    def execute(*words: str) -> Result:
        done = terminal.invoke(app, ["alerts", *words])
        if isinstance(done.exception, Exception):
            done.stderr_bytes, done.exit_code = (
                explain(done.exception)[0].encode(),
                explain(done.exception)[1],
            )
        return done

    return execute


def facts(run: Run, *words: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(*words, "--format", "json").stdout)
    return found


def test_without_a_word_the_open_ones_are_listed(run: Run) -> None:
    shown = run().stdout
    assert shown == run("list").stdout
    assert "Aurora Air" in shown
    assert "warning" in shown
    assert (run("list", "--state", "resolved").stdout.splitlines()[0]) == (
        "No alert is resolved; listener alerts list --state all shows those that were"
    )


def test_the_list_says_what_is_accepted_and_what_came(run: Run) -> None:
    brands = facts(run, "list")["brands"]
    assert isinstance(brands, list)
    (aurora, nimbus) = brands
    assert (aurora["budget"], aurora["alerts"], aurora["achieved_per_month"], aurora["delay_minutes"]) == (
        2.0,
        1,
        1.6,
        22.0,
    )
    assert (aurora["days"], aurora["alerts_per_month"]) == (1, None)
    assert (nimbus["alerts"], nimbus["achieved_per_month"]) == (0, None)
    line = next(line for line in run().stdout.splitlines() if line.startswith("Aurora Air"))
    assert re.split(r"\s{2,}", line)[1:] == ["2 a month", "1 in a day", "0", "0", "1.60 a month", "22 min"]


def test_a_rate_is_told_when_a_month_was_watched(run: Run, service: Service) -> None:
    with service.db.write() as connection:
        put_setting(connection, LOOKED_FIRST, (NOW - timedelta(days=60)).isoformat())
    line = next(line for line in run().stdout.splitlines() if line.startswith("Aurora Air"))
    assert "1 in 60 days, 0.51 a month" in line


def test_a_list_is_of_brands_and_times(run: Run, service: Service) -> None:
    look(service, spike("nimbus"))

    def titles(*words: str) -> list[str]:
        rows = facts(run, "list", *words)["alerts"]
        assert isinstance(rows, list)
        return [row["brand_id"] for row in rows]

    assert titles() == ["nimbus", "aurora"]
    assert titles("--brand", "Aurora Air") == ["aurora"]
    assert titles("--since", (NOW + HOUR).isoformat()) == []
    assert run("list", "--brand", "auroa").exit_code == 2
    header, *lines = run("list", "--format", "csv").stdout.splitlines()
    assert header.startswith("id,state,severity,rule,brand_id")
    assert len(lines) == 2


def test_one_alert_is_told_with_its_posts_events_and_messages_and_nothing_live(
    run: Run, service: Service
) -> None:
    (sent,) = outbox.deliveries(service.db)
    outbox.gave_up(service.db, sent.id, "answered HTTP 404")
    shown = run("show", "1").stdout
    assert "Aurora Air" in shown
    assert shown.count("» ") == 5
    assert "recall" in shown
    assert "\x1b" not in shown
    assert "opened: warning" in shown
    assert f"opened to {sent.channel}: dead (answered HTTP 404); listener alerts retry {sent.id}" in shown
    story = facts(run, "show", "1")
    assert (story["id"], story["state"], story["rule"]) == (1, "open", "spike")
    assert [len(story[name]) for name in ("events", "evidence", "deliveries", "posts")] == [1, 5, 1, 5]  # type: ignore[arg-type]
    missing = run("show", "7")
    assert missing.exit_code == 2
    assert "there is no alert 7; listener alerts list --state all" in missing.stderr


def test_acts_are_kept_with_the_name_given_or_the_systems_user(run: Run, service: Service) -> None:
    assert "Alert 1 is seen by Ann: only a rise" in run("ack", "1", "--by", "Ann").stdout
    assert "Alert 1 is silent until" in run("snooze", "1", "--for", "4h").stdout
    assert "open, seen by Ann, snoozed until" in run("show", "1").stdout
    assert run("resolve", "1", "--false-alarm").stdout.strip() == "Alert 1 is resolved as a false alarm"
    assert [(one.what, one.by) for one in events(service.db, 1)[1:]] == [
        ("acknowledged", "Ann"),
        ("snoozed", getpass.getuser()),
        ("resolved", getpass.getuser()),
    ]
    line = next(line for line in run("list").stdout.splitlines() if line.startswith("Aurora Air"))
    assert re.split(r"\s{2,}", line)[3:5] == ["1", "0"]
    assert "resolved, false alarm" in run("list", "--state", "all").stdout
    assert "resolved as real" in run("resolve", "1", "--real").stdout


def test_an_act_that_cannot_be_done_names_the_way_out(run: Run, service: Service) -> None:
    for words, said_so in (
        (("ack", "7"), "there is no alert 7"),
        (("snooze", "7", "--for", "4h"), "there is no alert 7"),
        (("resolve", "7"), "there is no alert 7"),
        (("snooze", "1", "--for", "soon"), "--for 'soon': write a number and a unit, as in 30m, 4h or 2d"),
        (("retry", "msg_1"), "no message 'msg_1' was given up"),
    ):
        done = run(*words)
        assert done.exit_code == 2
        assert said_so in done.stderr
    assert [one.what for one in events(service.db, 1)] == ["opened"]
    run("resolve", "1")
    assert "was resolved at" in run("snooze", "1", "--for", "1h").stderr
    assert run("show", str(10**20)).exit_code == 2


def test_a_message_that_was_given_up_is_named_and_can_be_sent_again(run: Run, service: Service) -> None:
    (sent,) = outbox.deliveries(service.db)
    outbox.gave_up(service.db, sent.id, "answered HTTP 404")
    assert (
        f"! not delivered: alert 1 to {sent.channel}: answered HTTP 404; listener alerts retry {sent.id}"
        in run().stdout
    )
    assert run("retry", sent.id).exit_code == 0
    assert outbox.deliveries(service.db)[0].state == "waiting"
    assert "not delivered" not in run().stdout


def test_what_cannot_be_looked_at_is_said(run: Run, service: Service) -> None:
    assert "could not look" not in run().stdout
    look(service, unseen={"spike:aurora": "source x is down"})
    assert "! spikes of Aurora Air: could not look: source x is down" in run().stdout
    assert "open, cannot look" in run().stdout
    assert "source x is down" in run("show", "1").stdout
    look(service, unseen={f"spike:b{n}": "source x is down" for n in range(30)})
    assert run().stdout.count("could not look:") == 10
    assert "! and 20 more that could not be looked at" in run().stdout
    look(service, at=NOW - 2 * HOUR)
    assert "! nothing has been looked at since" in run().stdout


def test_a_list_of_many_says_that_there_are_more(run: Run, service: Service) -> None:
    look(service, *(Finding("goal", f"goal:{n}", "aurora", "notice", NOW, NOW) for n in range(55)))
    assert "The newest 50 are shown" in run().stdout


def test_an_acknowledged_and_snoozed_alert_keeps_both(run: Run, service: Service) -> None:
    acknowledge(service.db, 1, by="ann", now=NOW)
    until = NOW + timedelta(days=30)  # still ahead however late this test comes up
    snooze(service.db, 1, until=until, by="bo", now=NOW)
    one = alert(service.db, 1)
    assert one is not None
    assert (one.acknowledged_by, one.snoozed_until) == ("ann", until)
    assert "seen by ann, snoozed until" in run().stdout
