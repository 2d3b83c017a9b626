"""Reports that are mailed by themselves: each period once, to real mailboxes, with the file that the command makes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.config import parse
from listener.config_reports import ScheduledReport
from listener.errors import ConfigError
from listener.notify.channel import Way
from listener.notify.channels import all_channels, report_channels
from listener.notify.send import deliver
from listener.scheduled_reports import due, send_due
from listener.service import Service, start_service
from storage.outbox import deliveries
from storage.running import running
from tests.listener.notify.receivers import FakeMailServer
from tests.listener.work_told import told_of_work

CONFIG = """
timezone = "Europe/Oslo"
[[brands]]
id = "aurora"
name = "Aurora"
query = "aurora"
[alerts]
allow_private_addresses = true
[[reports]]
name = "weekly"
every = "week"
at = "07:00"
format = "{form}"
notify = ["mailto://127.0.0.1:{port}/?from=listener@example.org&to=ann@example.org,bob@example.org"]
"""
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, 1, tzinfo=UTC)
"""A minute past seven in Oslo."""


def weekly(at: str = "07:00", every: str = "week") -> ScheduledReport:
    return ScheduledReport(name="weekly", every=every, at=at, notify=("mailtos://x",))  # type: ignore[arg-type]


@pytest.fixture
def mail() -> Iterator[FakeMailServer]:
    with FakeMailServer() as server:
        yield server


@pytest.fixture
def service(tmp_path: Path, mail: FakeMailServer) -> Iterator[Service]:
    text = CONFIG.format(port=mail.port, form="pdf")
    made = start_service(parse(text, tmp_path / "config.toml"), now=SUNDAY, environ={})
    yield made
    made.close()


def test_each_week_is_sent_once_over_ten_years_of_looks_at_any_time() -> None:
    sent: dict[str, str] = {"weekly": "2016-01-04..2016-01-10"}
    now, periods = datetime(2016, 1, 18, tzinfo=UTC), []
    while now.year < 2026:
        found = due([weekly()], sent, now=now, zone="Europe/Oslo")
        periods += found.values()
        sent |= found
        now += timedelta(hours=5, minutes=7)
    assert len(periods) == len(set(periods))
    first, last = periods[0], periods[-1]
    weeks = (datetime.fromisoformat(last[:10]) - datetime.fromisoformat(first[:10])).days // 7 + 1
    assert len(periods) == weeks


def test_it_waits_for_its_time_of_day_and_a_clock_that_goes_back_sends_nothing_again() -> None:
    before = {"weekly": "2026-11-09..2026-11-15"}
    early = MONDAY - timedelta(minutes=2)
    assert due([weekly()], before, now=early, zone="Europe/Oslo") == {}
    assert due([weekly()], before, now=MONDAY, zone="Europe/Oslo") == {"weekly": "2026-11-16..2026-11-22"}
    after = {"weekly": "2026-11-16..2026-11-22"}
    assert due([weekly()], after, now=MONDAY - timedelta(days=3), zone="Europe/Oslo") == {}


def test_another_rhythm_goes_on_with_the_next_period_that_is_whole() -> None:
    sent = {"weekly": "2026-11-23..2026-11-29"}
    first = datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert due([weekly(every="month")], sent, now=first, zone="UTC") == {"weekly": "2026-11-01..2026-11-30"}
    new_year = datetime(2027, 1, 1, 8, tzinfo=UTC)
    found = due([weekly(every="quarter")], sent, now=new_year, zone="UTC")
    assert found == {"weekly": "2026-10-01..2026-12-31"}


def test_a_new_report_begins_with_the_period_that_is_running(service: Service) -> None:
    assert send_due(service, now=SUNDAY) == 0
    assert send_due(service, now=SUNDAY) == 0
    assert send_due(service, now=MONDAY) == 2
    assert send_due(service, now=MONDAY) == 0


def test_the_mail_brings_the_summary_and_the_file(
    tmp_path: Path, service: Service, mail: FakeMailServer
) -> None:
    send_due(service, now=SUNDAY)
    send_due(service, now=MONDAY)
    with told_of_work(tmp_path / "listener.db") as told:
        done = deliver(service, now=MONDAY, way=Way(allow_private=True), patience_s=60)
        assert told() == [("report", "2026-11-16 – 2026-11-22")]
    assert running(service.db, now=MONDAY) == []
    assert done.sent == 2
    assert sorted(one.recipients for one in mail.taken) == [("ann@example.org",), ("bob@example.org",)]
    read = mail.taken[0].message
    assert read["Subject"] == "Aurora: 16 Nov to 22 Nov 2026"
    body = read.get_body(("plain",))
    assert body is not None
    assert "Nothing is stored of these days." in body.get_content()
    (file,) = read.iter_attachments()
    assert file.get_filename() == "report-2026-11-16-2026-11-22.pdf"
    assert file.get_content().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("top", "own", "subject", "body"),
    [
        ("nb", "auto", "Aurora: 16. nov. til 22. nov. 2026", "Ingenting er lagret fra disse dagene."),
        ("nb", "nl", "Aurora: 16 nov t/m 22 nov 2026", "Van deze dagen is niets opgeslagen."),
        ("auto", "auto", "Aurora: 16 Nov to 22 Nov 2026", "Nothing is stored of these days."),
    ],
)
def test_a_report_is_in_its_language_or_else_in_that_of_all_messages(
    service: Service, mail: FakeMailServer, top: str, own: str, subject: str, body: str
) -> None:
    plans = tuple(plan.model_copy(update={"language": own}) for plan in service.config.reports)
    service.config = service.config.model_copy(update={"language": top, "reports": plans})
    send_due(service, now=SUNDAY)
    send_due(service, now=MONDAY)
    deliver(service, now=MONDAY, way=Way(allow_private=True), patience_s=60)
    read = mail.taken[0].message
    text = read.get_body(("plain",))
    assert text is not None
    assert read["Subject"] == subject
    assert body in text.get_content()


def test_a_report_that_is_gone_from_the_configuration_is_given_up_with_a_reason(service: Service) -> None:
    send_due(service, now=SUNDAY)
    send_due(service, now=MONDAY)
    named, _ = all_channels(service.config, service.environ)
    service.config = service.config.model_copy(update={"reports": ()})
    deliver(service, now=MONDAY, channels=named, way=Way(allow_private=True), patience_s=60)
    assert {(one.state, one.last_error) for one in deliveries(service.db)} == {
        ("dead", "config.toml has no report of this name any more")
    }


def test_only_mail_takes_a_file_along(tmp_path: Path) -> None:
    text = CONFIG.format(port=25, form="pdf").replace(
        "mailto://127.0.0.1:25/?from=", "ntfys://example.org/topic?from="
    )
    config = parse(text, tmp_path / "config.toml")
    _, problems = report_channels(config, {})
    assert len(problems) == 1
    assert "reports[0].notify[0]: takes no file along" in problems[0]


def test_two_reports_of_one_name_and_unknown_brands_are_named_with_their_line(tmp_path: Path) -> None:
    text = CONFIG.format(port=25, form="pdf")
    table = text[text.index("[[reports]]") :]
    with pytest.raises(ConfigError, match=r"reports\[1\].name: \"weekly\" is already that of line"):
        parse(text + table, tmp_path / "config.toml")
    with pytest.raises(ConfigError, match=r"reports\[0\].brands: no brand has the id \"borealis\""):
        parse(text + 'brands = ["borealis"]\n', tmp_path / "config.toml")
