"""What X refuses or answers wrongly: each told apart, none moves a cursor, none shows the token."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from listener.collectors.base import Context
from listener.collectors.x import Collect, Settings
from listener.errors import (
    BadReply,
    OutOfBudget,
    RateLimited,
    SecretMissing,
    SourceError,
    Unauthorized,
    Unreachable,
)
from tests.listener.collectors.fake_server import Answer
from tests.listener.collectors.fakes.x import TOKEN, problem, raw
from tests.listener.collectors.x_desk import MINUTE, NOW, Desk, at_work


@pytest.fixture
def desk() -> Iterator[Desk]:
    with at_work() as desk:
        yield desk


def test_credits_gone_is_out_of_budget_and_is_tried_again_the_same_day(desk: Desk) -> None:
    desk.api.refuse = lambda _: problem(402, "CreditsDepleted", "about:blank", "no credits left")
    with pytest.raises(OutOfBudget, match="no credits left; buy credits") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == NOW + timedelta(hours=6)
    assert {gap.state for gap in desk.coverage} == {"over_budget"}


def test_the_monthly_cap_is_told_apart_from_too_many_requests(desk: Desk) -> None:
    kind = "https://api.twitter.com/2/problems/usage-capped"
    desk.api.refuse = lambda _: problem(
        429, "UsageCapExceeded", kind, "Usage cap exceeded: Monthly product cap"
    )
    with pytest.raises(OutOfBudget, match="monthly cap") as caught:
        desk.run(NOW)
    assert caught.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)


IN_15_MIN = int((NOW + 15 * MINUTE).timestamp())


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x_rate_limit_reset": str(IN_15_MIN)}, 900),
        ({"x_rate_limit_reset": str(IN_15_MIN * 1000)}, 900),
        ({}, 60),
        ({"x_rate_limit_reset": "1"}, 1),
        ({"x_rate_limit_reset": "soon"}, 60),
        ({"x_rate_limit_reset": str(IN_15_MIN - 86_400)}, 60),
        ({"x_rate_limit_reset": "99999999999"}, 86_400),
        ({"retry_after": "3"}, 3),
    ],
)
def test_too_many_requests_costs_one_request_and_a_bounded_wait(
    desk: Desk, headers: dict[str, str], wait_s: int
) -> None:
    desk.api.refuse = lambda _: problem(
        429, "Too Many Requests", "about:blank", "Too Many Requests", **headers
    )
    with pytest.raises(RateLimited) as caught:
        desk.run(NOW)
    assert len(desk.server.asked) == 1
    assert caught.value.retry_at is not None
    assert abs((caught.value.retry_at - NOW).total_seconds() - wait_s) <= 5


BAD = [
    *(b"", b"{", b'{"data": [', b"<html>Twitter is over capacity</html>", b"null", b"[]", b"[1, 2]", b'"ok"'),
    *(
        b"42",
        b"NaN",
        b"{}",
        b'{"data": {}}',
        b'{"data": []}',
        b'{"meta": {}}',
        b'{"meta": []}',
        b"\xff\xfe\x00",
    ),
    *(b'{"data": "x", "meta": {"result_count": 1}}', b'{"meta": {"result_count": 7}}', b"[" * 100_000),
    b'{"title": "Service Unavailable", "detail": "later", "type": "about:blank"}',
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_a_broken_answer_is_a_bad_reply_and_moves_no_cursor(desk: Desk, body: bytes) -> None:
    desk.api.posts(30, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    before, stored = dict(desk.cursors), dict(desk.posts)
    missed = desk.api.post("delta, meanwhile", NOW + MINUTE)
    desk.api.refuse = lambda _: raw(body)
    with pytest.raises(BadReply, match="birds"):
        desk.run(NOW + 5 * MINUTE)
    assert (desk.cursors, desk.posts) == (before, stored)
    desk.api.refuse = lambda _: None
    desk.run(NOW + 6 * MINUTE)
    assert missed in desk.posts


@pytest.mark.parametrize(
    "body", [b"[]", b'"no"', b"[1]", b"<html>", b"", b"null", b'{"errors": {}}', b'{"errors": [3]}']
)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadReply),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, BadReply),
        (500, Unreachable),
        (503, Unreachable),
    ],
)
def test_a_refusal_is_judged_by_its_status_whatever_its_body(
    desk: Desk, body: bytes, status: int, error: type[SourceError]
) -> None:
    desk.api.refuse = lambda _: raw(body, status)
    with pytest.raises(error, match=f"answered {status}"):
        desk.run(NOW)
    assert desk.cursors == {}


def test_a_query_that_x_does_not_take_is_shown_with_xs_own_words_and_leaves_no_gap(desk: Desk) -> None:
    desk.run(NOW)
    body = {"errors": [{"message": "Reference to invalid operator 'near:'"}], "title": "Invalid Request"}
    desk.api.refuse = lambda _: Answer.json(body, 400)
    with pytest.raises(BadReply, match="Reference to invalid operator 'near:'"):
        desk.run(NOW + 5 * MINUTE)
    assert desk.gaps() == []


def test_partial_errors_are_reported_and_cost_no_post(desk: Desk) -> None:
    desk.api.posts(5, newest=NOW - MINUTE, apart=MINUTE)
    page = desk.api.page(desk.api.tweets) | {
        "meta": {"result_count": 5},
        "errors": [{"title": "Not Found Error", "detail": "Could not find user"}, "odd", None],
    }
    desk.api.refuse = lambda _: Answer.json(page)
    desk.run(NOW)
    assert len(desk.posts) == 5
    assert desk.notes[0] == "Not Found Error: Could not find user"
    assert len(desk.notes) == 3


def test_the_token_is_logged_by_nobody_at_debug(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("tweepy", "tweepy.client", "urllib3", "requests", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    desk.api.posts(3, newest=NOW - MINUTE, apart=MINUTE)
    desk.run(NOW)
    desk.api.refuse = lambda asked: raw(f"who is {asked.headers['Authorization']}?", 401)
    with pytest.raises(Unauthorized) as caught:
        desk.run(NOW + 5 * MINUTE)
    said = [*(record.getMessage() for record in caplog.records), str(caught.value), repr(desk.collector())]
    assert not [line for line in said if TOKEN in line or "AAAAbearer" in line]


def test_without_a_token_the_secret_is_named(desk: Desk) -> None:
    collector = Collect(Settings(), Context("birds"))
    with pytest.raises(SecretMissing, match=r"birds.*bearer_token"):
        collector.check(now=NOW)


def test_check_says_what_is_spent(desk: Desk) -> None:
    desk.usd[NOW.year, NOW.month] = 4.5
    assert "4.50 of 25.00 USD" in desk.collector().check(now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"monthly_budget_usd": -1},
        {"monthly_budget_usd": float("nan")},
        {"first_run": "9d"},
        {"first_run": "168m1"},
        {"api_url": "ftp://x"},
        {"budget": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)
