"""A message is put into words when it leaves: of one alert, of several, of none any more."""

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import Connection, delete, insert

from listener.notify.words import Gone, words_of
from listener.service import Service
from metrics.alerts.alert import Finding
from storage.outbox import Delivery, DeliveryKind
from storage.rows import table_of
from storage.tables_alerts import AlertRow
from tests.conftest import NewUrl
from tests.listener.notify.receivers import NOW, service_of

alerts = table_of(AlertRow)


@pytest.fixture
def service(new_url: NewUrl) -> Service:
    return service_of(new_url("sqlite"), [])


def stored(service: Service, severity: str = "warning") -> int:
    """An alert about a keyword; its number."""
    finding = Finding(
        "keyword",
        f"keyword:{severity}",
        "delta",
        "warning",
        NOW,
        NOW,
        details={"name": "recall\r\nBcc: x", "mentions": 3, "within_s": 3600},
    )
    row = {
        "key": finding.key,
        "rule": "keyword",
        "brand_id": "delta",
        "severity": severity,
        "state": "open",
        "finding": finding.as_json(),
        "since": NOW,
        "opened_at": NOW,
        "updated_at": NOW,
        "unseen": "",
    }

    def work(connection: Connection) -> int:
        made = connection.execute(insert(alerts).values(row)).inserted_primary_key
        return int(made[0]) if made else 0

    return service.db.do(work)


def delivery(kind: str, alert_id: int | None = None, **about: object) -> Delivery:
    waits = NOW + timedelta(days=1)
    return Delivery(
        "msg_1",
        cast(DeliveryKind, kind),
        "mail",
        alert_id,
        about,
        NOW,
        NOW,
        waits,
        "waiting",
        1,
        None,
        "",
        None,
    )


@pytest.mark.parametrize("kind", ["opened", "escalated", "resolved"])
def test_an_alert_is_told_as_it_stands(service: Service, kind: str) -> None:
    words = words_of(service, delivery(kind, stored(service)), NOW)
    assert "Delta" in words.title
    assert words.severity == "warning"
    assert all("\n" not in text and "\r" not in text for text in (words.title, *words.lines))


def test_what_is_gone_is_not_told(service: Service) -> None:
    number = stored(service)
    service.db.do(lambda connection: connection.execute(delete(alerts)))
    with pytest.raises(Gone):
        words_of(service, delivery("opened", number), NOW)
    with pytest.raises(Gone):
        words_of(service, delivery("digest", alerts=[number], why="many"), NOW)


def test_a_digest_names_its_alerts_and_a_daily_one_comes_also_without_any(service: Service) -> None:
    numbers = [stored(service), stored(service, "critical")]
    told = words_of(service, delivery("digest", alerts=numbers, why="many"), NOW)
    assert len([line for line in told.lines if "Delta" in line]) == 2
    assert told.severity == "critical"
    daily = delivery("digest", alerts=[], why="daily", since=(NOW - timedelta(days=1)).isoformat())
    assert words_of(service, daily, NOW).title


def test_a_test_says_that_it_is_one(service: Service) -> None:
    assert "est" in words_of(service, delivery("test"), NOW).title


@pytest.mark.parametrize(
    ("language", "alert", "digest", "open"),
    [
        (
            "auto",
            "Delta: 3 mentions of “recall Bcc: x” within an hour",
            "1 alert: 1 warning",
            "Open in Listener",
        ),
        ("nb", "Delta: 3 omtaler av «recall Bcc: x» på én time", "1 varsel: 1 advarsel", "Åpne i Listener"),
        (
            "nl",
            "Delta: 3 vermeldingen van “recall Bcc: x” binnen een uur",
            "1 melding: 1 waarschuwing",
            "Openen in Listener",
        ),
    ],
)
def test_messages_are_in_the_configured_language(
    service: Service, language: str, alert: str, digest: str, open: str
) -> None:
    service.config = service.config.model_copy(update={"language": language})
    number = stored(service)
    told = words_of(service, delivery("opened", number), NOW)
    assert (told.title, told.open) == (alert, open)
    assert words_of(service, delivery("digest", alerts=[number], why="many"), NOW).title == digest
