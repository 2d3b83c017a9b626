"""From the outbox to people: at least once, one channel's trouble is no other's, and what cannot be sent stays in sight."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from listener.notify.channels import channels_of
from listener.notify.send import Delivered, deliver, send_test, wait_before
from listener.notify.wording import Words
from listener.notify.words import Gone, clean_words
from listener.service import Service
from storage import outbox
from storage.outbox import Delivery
from tests.conftest import NewUrl
from tests.listener.collectors.fake_server import Answer, Asked, FakeServer
from tests.listener.notify.receivers import KEY, NOW, plain_words, put, service_of
from tests.patience import FOR_EVER_S

MINUTE = timedelta(minutes=1)


class Hooks:
    """A server with several webhooks, each with its own answer; who got what."""

    def __init__(self, *names: str) -> None:
        self.answers = dict.fromkeys(names, Answer(204))
        self.server = FakeServer(lambda asked: self.answers[asked.path.strip("/")])
        self.notify = [f"webhook+{self.server.url}/{name}#{KEY}" for name in names]

    def got(self, name: str) -> list[Asked]:
        return [one for one in self.server.asked if one.path == f"/{name}"]

    def ids(self, name: str) -> list[str]:
        return [
            {key.lower(): value for key, value in one.headers.items()}["webhook-id"] for one in self.got(name)
        ]


@contextmanager
def telling(url: str, *names: str) -> Iterator[tuple[Service, Hooks, list[str]]]:
    """A service that tells these webhooks, the webhooks, and the names of their channels."""
    hooks = Hooks(*names)
    service = service_of(url, hooks.notify)
    try:
        yield service, hooks, [one.name for one in channels_of(service.config, {})]
    finally:
        service.close()
        hooks.server.close()


def turn(service: Service, *, now: datetime = NOW, patience_s: float = 60.0) -> Delivered:
    return deliver(
        service, now=now, chance=random.Random(now.timestamp()), wording=plain_words, patience_s=patience_s
    )


def state(service: Service, message: str) -> Delivery:
    (found,) = [one for one in outbox.deliveries(service.db, limit=1_000) if one.id == message]
    return found


def test_what_is_due_goes_out_once(database_url: str) -> None:
    with telling(database_url, "a", "b") as (service, hooks, (a, b)):
        first, second, later = put(service, a, 1), put(service, b, 2), put(service, a, 3, at=NOW + MINUTE)
        assert turn(service) == Delivered(sent=2)
        assert turn(service) == Delivered()
        assert (hooks.ids("a"), hooks.ids("b")) == ([first], [second])
        assert (state(service, first).state, state(service, later).state) == ("sent", "waiting")


def test_one_failing_channel_neither_delays_nor_repeats_the_others(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a", "b", "c") as (service, hooks, names):
        hooks.answers["b"] = Answer(500)
        ids = [put(service, name, number) for number in range(3) for name in names]
        for minute in range(30):
            turn(service, now=NOW + minute * MINUTE)
        assert len(hooks.got("a")) == len(hooks.got("c")) == 3
        assert len(hooks.got("b")) >= 6
        assert [state(service, one).state for one in ids] == ["sent", "waiting", "sent"] * 3
        assert state(service, ids[1]).last_error == "answered HTTP 500"
        hooks.answers["b"] = Answer(204)
        turn(service, now=NOW + timedelta(hours=2))
        assert outbox.counts(service.db).sent == 9


def test_a_channel_that_hangs_keeps_no_other_waiting(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a", "b") as (service, hooks, (a, b)):
        hooks.answers["a"] = Answer(fault="hang")
        put(service, a, 1)
        sent = put(service, b, 2)
        began = time.monotonic()
        turn(service, patience_s=0.2)
        later = put(service, b, 3)
        while len(hooks.got("b")) < 2 and time.monotonic() - began < FOR_EVER_S:
            turn(service, patience_s=0.2)
        assert hooks.ids("b") == [sent, later]
        assert len(hooks.got("a")) == 1


def test_three_hours_of_errors_end_in_one_delivery(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        one = put(service, a)
        hooks.answers["a"] = Answer(503)
        for minute in range(0, 180, 3):
            turn(service, now=NOW + minute * MINUTE)
        tries = len(hooks.got("a"))
        assert 10 < tries < 60
        assert state(service, one).attempts == tries
        hooks.answers["a"] = Answer(200)
        for minute in range(180, 220, 3):
            turn(service, now=NOW + minute * MINUTE)
        assert len(hooks.got("a")) == tries + 1
        assert set(hooks.ids("a")) == {one}
        assert state(service, one).state == "sent"


def test_after_a_day_of_errors_a_message_is_given_up_and_can_be_tried_again(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        one = put(service, a)
        hooks.answers["a"] = Answer(500)
        for quarter in range(97):
            turn(service, now=NOW + quarter * 15 * MINUTE)
        (dead,) = outbox.deliveries(service.db, state="dead")
        assert dead.id == one
        assert "answered HTTP 500; tried" in dead.last_error
        hooks.answers["a"] = Answer(200)
        later = NOW + timedelta(days=2)
        assert turn(service, now=later) == Delivered()
        assert outbox.retry(service.db, one, now=later)
        assert turn(service, now=later) == Delivered(sent=1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_for_good_is_a_dead_letter_at_once(new_url: NewUrl, status: int) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        one = put(service, a)
        hooks.answers["a"] = Answer(status)
        assert turn(service) == Delivered(dead=1)
        assert turn(service, now=NOW + timedelta(hours=1)) == Delivered()
        assert state(service, one).last_error == f"answered HTTP {status}"
        assert outbox.counts(service.db).dead == 1


def test_a_service_that_asks_for_peace_is_left_alone_with_all_its_messages(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        put(service, a, 1)
        put(service, a, 2)
        hooks.answers["a"] = Answer(429, b"", {"Retry-After": "600"})
        assert turn(service) == Delivered(failed=1)
        hooks.answers["a"] = Answer(200)
        for minute in range(1, 10):
            assert turn(service, now=NOW + minute * MINUTE) == Delivered()
        turn(service, now=NOW + 10 * MINUTE)
        turn(service, now=NOW + 11 * MINUTE)
        assert outbox.counts(service.db).sent == 2
        assert len(hooks.got("a")) == 3


def test_what_is_due_to_a_channel_that_is_no_longer_named_is_given_up(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, _hooks, (a,)):
        lost, kept = put(service, "slack 000000"), put(service, a)
        assert turn(service) == Delivered(sent=1, dead=1)
        assert "no such channel" in state(service, lost).last_error
        assert state(service, kept).state == "sent"


def test_an_entry_that_cannot_be_read_any_more_silences_no_other_and_loses_nothing(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        broken = service_of(service.db.url.render_as_string(), [*hooks.notify, "env:GONE"])
        waits, sent = put(broken, "slack 000000"), put(broken, a)
        assert turn(broken) == Delivered(sent=1)
        assert (state(broken, waits).state, state(broken, sent).state) == ("waiting", "sent")
        broken.close()


def test_a_message_is_put_into_words_when_it_is_sent(new_url: NewUrl) -> None:
    posts = ["a post that somebody deletes"]

    def words(_service: Service, _one: Delivery, _now: datetime) -> Words:
        if not posts:
            raise Gone("its alert is not there any more")
        return clean_words("Delta", posts)

    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        one = put(service, a)
        hooks.answers["a"] = Answer(500)
        deliver(service, now=NOW, wording=words, patience_s=60)
        assert b"deletes" in hooks.got("a")[0].body
        posts.clear()
        hooks.answers["a"] = Answer(200)
        assert deliver(service, now=NOW + MINUTE, wording=words, patience_s=60) == Delivered(dead=1)
        assert len(hooks.got("a")) == 1
        assert state(service, one).state == "dead"


def test_words_that_cannot_be_made_are_tried_again_and_stop_no_other(new_url: NewUrl) -> None:
    def words(_service: Service, one: Delivery, _now: datetime) -> Words:
        if one.about["says"] == "1":
            raise ZeroDivisionError
        return clean_words("Delta")

    with telling(new_url("sqlite"), "a", "b") as (service, hooks, (a, b)):
        bad, good = put(service, a, 1), put(service, b, 2)
        assert deliver(service, now=NOW, wording=words, patience_s=60) == Delivered(sent=1, failed=1)
        assert "ZeroDivisionError" in state(service, bad).last_error
        assert hooks.ids("b") == [good]


def test_nothing_more_is_begun_once_it_is_to_stop(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a") as (service, hooks, (a,)):
        put(service, a)
        deliver(service, now=NOW, stopping=lambda: True, wording=plain_words)
        assert hooks.got("a") == []


def test_waits_are_anything_up_to_a_bound_that_doubles() -> None:
    chance = random.Random(4)
    for attempt, bound in ((1, 5), (2, 10), (5, 80), (9, 900), (500, 900)):
        waits = [wait_before(attempt, chance).total_seconds() for _ in range(400)]
        assert 0 <= min(waits) < 0.05 * bound
        assert 0.95 * bound < max(waits) <= bound


def test_a_test_goes_to_each_channel_once_and_says_what_came_of_it(new_url: NewUrl) -> None:
    with telling(new_url("sqlite"), "a", "b") as (service, hooks, _names):
        hooks.answers["b"] = Answer(500)
        chosen = channels_of(service.config, {})
        outcomes = send_test(service, chosen, now=NOW)
        assert [type(one).__name__ for one in outcomes] == ["Sent", "TryAgain"]
        assert turn(service, now=NOW + timedelta(hours=1)) == Delivered()
        assert len(hooks.got("a")) == len(hooks.got("b")) == 1
        assert {one.state for one in outbox.deliveries(service.db, tests=True)} == {"sent", "dead"}
        assert outbox.deliveries(service.db) == []
        assert outbox.counts(service.db).dead == 0
