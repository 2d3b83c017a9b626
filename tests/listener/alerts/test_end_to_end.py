"""From a stored post to a signed message: the watch looks, the outbox sends, and people hear of everything once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Request, Response

from listener.alerts.jobs import alert_jobs, looks_of
from listener.alerts.signs import Signs
from listener.alerts.tick import LookNow, Ticked, tick
from listener.notify.send import deliver
from listener.service import Service
from storage.alerts import acknowledge, events, evidence, open_alerts, resolve
from storage.erase import forget_author
from storage.outbox import deliveries
from storage.posts import save
from storage.types import Batch, Coverage
from tests.listener.alerts.at_work import DAY, HOUR, MINUTE, NOW, labelled, said, service_at, stored

STEP = timedelta(seconds=15)
KEY = "whsec_" + "QUFB" * 10


@dataclass
class Told:
    """What arrived at the receiver, checked; the first `refuse` messages are answered with 503."""

    refuse: int = 0
    tries: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.tries.append(request.headers["webhook-id"])
        if len(self.tries) <= self.refuse:
            return Response(status=503)
        at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        signed = Webhook(KEY).sign(self.tries[-1], at, request.get_data(as_text=True))
        assert signed == request.headers["webhook-signature"]
        assert request.json is not None
        self.messages.append(request.json)
        return Response("ok")

    def kinds(self) -> list[str]:
        return [one["type"].removeprefix("alert.") for one in self.messages]


@dataclass
class Watched:
    """A service, its clock and its receiver."""

    service: Service
    told: Told
    now: datetime = NOW
    looks: list[LookNow] = field(default_factory=list)

    def step(self, time: timedelta = STEP, *, send: bool = True) -> Ticked:
        """One tick later, and what it put into the outbox sent."""
        self.now += time
        self.looks = self.looks or looks_of(self.service)
        done = tick(self.service, self.looks, now=self.now)
        if send:
            deliver(self.service, now=self.now)
        return done

    def hear(self, *texts: str, followers: int = 10) -> None:
        """New posts, labelled."""
        posts = [said(text, at=self.now, by=f"p{n}", followers=followers) for n, text in enumerate(texts)]
        stored(self.service, posts, now=self.now)
        labelled(self.service, now=self.now)


@pytest.fixture
def begun(database_url: str, httpserver: HTTPServer) -> Iterator[Watched]:
    """Before its first look."""
    told = Told()
    httpserver.expect_request("/in", method="POST").respond_with_handler(told)
    alerts = (
        f'[alerts]\nnotify = ["webhook+{httpserver.url_for("/in")}"]\nallow_private_addresses = true\n'
        'influential_followers = 1000\n[[alerts.keywords]]\nname = "recall"\nquery = "recall*"\n'
        '[sources.press]\ntype = "feeds"\nurls = ["https://press.example.org/feed"]\n'
    )
    service = service_at(database_url, alerts, environ={"LISTENER_ALERTS_WEBHOOK_SECRET": KEY})
    yield Watched(service, told)
    service.close()


@pytest.fixture
def watched(begun: Watched) -> Watched:
    begun.step()
    return begun


def test_a_stored_post_is_told_once_and_all_that_follows_in_silence(watched: Watched) -> None:
    watched.hear("aurora recalls its lamps, bad", "aurora shines")
    assert (watched.step().opened, watched.told.kinds()) == (1, ["opened"])
    (message,) = watched.told.messages
    assert "recall" in message["data"]["title"]
    assert message["data"]["severity"] == "warning"
    (alert,) = open_alerts(watched.service.db)
    assert message["data"]["alert_id"] == alert.id
    assert len(evidence(watched.service.db, alert.id)) == 1
    for _ in range(4):
        watched.hear("aurora recalled again, bad")
        watched.step()
    assert watched.told.kinds() == ["opened"]
    assert open_alerts(watched.service.db)[0].finding["details"]["mentions"] == 5


def test_it_escalates_when_it_becomes_more_serious(watched: Watched) -> None:
    watched.hear("aurora is here", followers=5000)
    watched.step()
    watched.hear("aurora is bad", followers=5000)
    watched.step()
    assert watched.told.kinds() == ["opened", "escalated"]
    assert [one["data"]["severity"] for one in watched.told.messages] == ["notice", "warning"]


def test_what_a_person_acknowledged_is_not_told_again_and_its_end_is(watched: Watched) -> None:
    watched.hear("aurora recall, bad")
    watched.step()
    (alert,) = open_alerts(watched.service.db)
    acknowledge(watched.service.db, alert.id, by="Ida", now=watched.now)
    for _ in range(3):
        watched.hear("aurora recall, bad")
        watched.step(HOUR)
    assert watched.told.kinds() == ["opened"]
    resolve(watched.service.db, alert.id, by="Ida", now=watched.now, real=True)
    watched.step()
    assert watched.told.kinds() == ["opened", "resolved"]
    happened = [one.what for one in events(watched.service.db, alert.id)]
    assert happened == ["opened", "acknowledged", "resolved"]
    watched.step(HOUR)
    assert len(watched.told.messages) == 2


def test_a_receiver_that_refuses_gets_the_same_id_again_and_the_message_once(watched: Watched) -> None:
    watched.told.refuse = 2
    watched.hear("aurora recall, bad")
    for _ in range(4):
        watched.step(2 * MINUTE)
    assert watched.told.kinds() == ["opened"]
    assert len(set(watched.told.tries)) == 1
    assert len(watched.told.tries) == 3


def test_a_post_that_was_erased_before_it_was_sent_is_not_quoted(watched: Watched) -> None:
    watched.hear("aurora recall, the lamp of Quillfeather is bad")
    watched.step(send=False)
    forget_author(watched.service.db, "p0", now=watched.now)
    deliver(watched.service, now=watched.now)
    (message,) = watched.told.messages
    assert "Quillfeather" not in str(message)
    assert message["data"]["posts"] == []
    assert len(deliveries(watched.service.db, state="sent")) == 1


def test_a_burst_of_negative_posts_is_told_within_a_tick_and_a_gap_is_not(begun: Watched) -> None:
    """A week of two posts an hour, then 40 negative ones within minutes; then nothing is collected for a day."""
    watched, db, history = begun, begun.service.db, begun.now - 7 * DAY
    posts = [
        said(f"aurora {n}", at=history + n * HOUR / 2, by=f"h{n % 90}", network="feeds")
        for n in range(7 * 48 - 1)
    ]
    stored(watched.service, posts, now=watched.now)
    labelled(watched.service, now=watched.now)
    pairs = tuple((brand.id, brand.version) for brand in watched.service.brands)
    whole = Coverage(history, watched.now, "complete", pairs)
    save(db, Batch("press", coverage=[whole]), now=watched.now)
    assert watched.step().opened == 0
    burst = [said(f"aurora is bad {n}", at=watched.now, by=f"b{n}", network="feeds") for n in range(40)]
    stored(watched.service, burst, now=watched.now)
    save(db, Batch("press", coverage=[replace(whole, until=watched.now)]), now=watched.now)
    labelled(watched.service, now=watched.now)
    assert watched.step().opened == 1
    (message,) = watched.told.messages
    assert message["data"]["title"].startswith("Aurora: ")
    assert len(evidence(db, message["data"]["alert_id"])) == 5
    watched.step(DAY)
    assert watched.told.kinds() == ["opened"]


def test_the_jobs_of_a_scheduler_watch_send_and_beat(watched: Watched) -> None:
    service, clock = watched.service, lambda: watched.now
    found = alert_jobs(service, Signs(service.db, clock), stopping=lambda: False, clock=clock)
    assert [(job.id, job.every.total_seconds()) for job in found] == [("alerts", 15), ("notify", 5)]
    watched.hear("aurora recall, bad")
    for job in found:
        job.work()
    assert watched.told.kinds() == ["opened"]
