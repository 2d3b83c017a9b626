"""What every network whose accounts can be asked must do, run over each in account_fakes.py."""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from listener.collectors.base import Cursor, Stream
from listener.collectors.registry import TYPES, collector_class
from listener.errors import BadReply, CursorRefused, RateLimited, SourceError, Unreachable
from storage.types import AccountSeen
from tests.listener.collectors.account_fakes import ACCOUNTS, Account
from tests.listener.collectors.contract import HTTP_FAULTS, NOW, RETRY_AFTER_S, Runner, posts
from tests.listener.collectors.test_contract import EXPECTED, SILENT
from tests.patience import ends

LATER = NOW + timedelta(days=2)
OWN = Stream("own", ())


@pytest.fixture(params=sorted(ACCOUNTS))
def fake(request: pytest.FixtureRequest) -> Iterator[Account]:
    upstream = ACCOUNTS[request.param]()
    yield upstream
    upstream.close()


class OwnRunner(Runner):
    """Stores what an account posted, page and cursor together."""

    def run(
        self,
        *,
        now: datetime = NOW,
        stop_after: int | None = None,
        discard: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        fake = self.fake
        assert isinstance(fake, Account)
        fake.now = now
        collector = fake.collector(timeout_s=timeout_s)
        try:
            pages = collector.own_posts(fake.handle, fake.account_id, self.cursor(OWN), now=now)
            for done, page in enumerate(pages):
                if done == stop_after:
                    break
                self._store(collector, page, OWN, now)
                if done + 1 == stop_after and not discard:
                    break
        finally:
            collector.close()


def filled(fake: Account, n: int | None = None, apart: timedelta = timedelta(minutes=1)) -> OwnRunner:
    fake.offer(posts(n or fake.page_size, step=apart))
    runner = OwnRunner(fake)
    runner.run()
    return runner


def test_every_network_with_accounts_is_under_this_contract() -> None:
    assert {name for name in TYPES if collector_class(name).has_accounts} == set(ACCOUNTS)


def test_an_account_is_found_with_its_figures_and_the_id_that_its_posts_bear(fake: Account) -> None:
    collector = fake.collector()
    seen = collector.account(fake.handle, now=NOW).seen
    assert isinstance(seen, AccountSeen)
    assert (seen.account_id, seen.followers, seen.posts) == (fake.account_id, 1200, 40)
    runner = filled(fake)
    authors = {versions[0].author for versions in runner.versions.values()}
    assert {author.source_author_id for author in authors if author} == {seen.account_id}


def test_a_handle_that_nobody_has_is_no_error_of_the_source(fake: Account) -> None:
    for nobody in (fake.nobody, "@no such/../handle"):
        assert fake.collector().account(nobody, now=NOW).seen is None


def test_the_first_run_stores_every_post_of_the_account(fake: Account) -> None:
    runner = filled(fake, 3 * fake.page_size + 1)
    assert runner.stored() == fake.ledger()
    assert runner.refused == []
    assert all(versions[0].stats is not None for versions in runner.versions.values())


def test_the_first_run_reads_no_further_back_than_it_is_told(fake: Account) -> None:
    fake.offer(posts(3, start=500, until=NOW - timedelta(days=40)))
    runner = filled(fake)
    assert len(runner.stored()) == fake.page_size


def test_a_run_with_nothing_new_stores_nothing_in_one_page_and_keeps_resuming(fake: Account) -> None:
    runner = filled(fake, 3 * fake.page_size, timedelta(days=1))
    pages, before = runner.pages, runner.stored()
    runner.run(now=LATER)
    assert (runner.pages, runner.stored()) == (pages + 1, before)
    fake.offer(
        posts(2 * fake.page_size, start=1000, until=LATER + timedelta(hours=1), step=timedelta(minutes=1))
    )
    runner.run(now=LATER + timedelta(hours=1))
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("discard", [False, True], ids=["after_storing", "before_storing_the_next"])
@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_kill_between_pages_loses_nothing(fake: Account, page: int, discard: bool) -> None:
    fake.offer(posts(4 * fake.page_size))
    runner = OwnRunner(fake)
    runner.run(stop_after=page, discard=discard)
    assert 0 < len(runner.stored()) < 4 * fake.page_size
    fake.offer(posts(2, start=1000, until=LATER))
    for hours in (0, 1):  # the first goes on down, the second looks at the top again
        runner.run(now=LATER + timedelta(hours=hours))
    assert runner.stored() == fake.ledger()


def test_a_token_that_is_not_taken_any_more_starts_the_walk_again(fake: Account) -> None:
    if fake.network == "mastodon":
        pytest.skip("Mastodon pages by id: there is no token to expire")
    fake.offer(posts(4 * fake.page_size))
    runner = OwnRunner(fake)
    runner.run(stop_after=2)
    fake.token_expired = True
    fake.offer(posts(2, start=1000, until=LATER))
    runner.run(now=LATER)
    assert not fake.token_expired
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("kind", HTTP_FAULTS)
def test_a_fault_is_named_moves_no_cursor_and_is_made_good_by_the_next_run(fake: Account, kind: str) -> None:
    runner = filled(fake)
    before = dict(runner.cursors)
    fake.offer(posts(3, start=1000, until=LATER))
    fake.fault(kind)
    asked = fake.requests()
    with ends(), pytest.raises(EXPECTED.get(kind, Unreachable)) as caught:
        runner.run(now=LATER, timeout_s=0.4 if kind in SILENT else 30.0)
    assert fake.requests() - asked <= 3
    assert fake.collector().name in str(caught.value)
    assert runner.cursors == before
    fake.fault(None)
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "cut_json", "reset"])
def test_a_fault_between_pages_loses_nothing(fake: Account, kind: str) -> None:
    fake.offer(posts(4 * fake.page_size))
    fake.fault(kind, after=2)
    runner = OwnRunner(fake)
    with pytest.raises(SourceError):
        runner.run()
    assert len(runner.stored()) == 2 * fake.page_size
    fake.fault(None)
    runner.run(now=NOW + timedelta(minutes=1))
    assert runner.stored() == fake.ledger()


def test_too_many_requests_gives_the_time_to_come_back(fake: Account) -> None:
    fake.offer(posts(1))
    fake.fault("rate_limit")
    with pytest.raises(RateLimited) as caught:
        OwnRunner(fake).run()
    assert fake.requests() == 1
    assert caught.value.retry_at is not None
    assert abs(caught.value.retry_at - NOW - timedelta(seconds=RETRY_AFTER_S)) <= timedelta(seconds=5)


def test_one_malformed_post_is_refused_and_the_others_are_stored(fake: Account) -> None:
    fake.offer(posts(fake.page_size))
    fake.fault("malformed")
    runner = OwnRunner(fake)
    runner.run()
    assert runner.stored() == fake.ledger()
    assert len(runner.refused) == 1


@pytest.mark.parametrize("kind", ["repeat_token", "cycle_token"])
def test_paging_in_a_circle_is_left_and_named_and_loses_nothing(fake: Account, kind: str) -> None:
    fake.offer(posts(2 * fake.page_size))
    fake.fault(kind)
    runner = OwnRunner(fake)
    runner.run()
    assert fake.requests() <= 5
    assert any("circle" in warning for warning in runner.warnings)
    fake.fault(None)
    runner.run(now=NOW + timedelta(minutes=1))
    assert runner.stored() == fake.ledger()


def test_a_damaged_cursor_is_refused_by_name_and_value(fake: Account) -> None:
    fake.offer(posts(3 * fake.page_size))
    runner = OwnRunner(fake)
    runner.run(stop_after=1)
    good = dict(runner.cursor(OWN) or {})
    assert {"low", "top", "token"} <= set(good)
    damaged: list[Cursor] = [{**good, key: value} for key in good for value in ([], {}, True, -1.5)]
    damaged += [{**good, key: "2999-01-01T00:00:00+00:00"} for key in ("low", "top")]
    damaged += [{}, {"other_key": "of another source"}, {**good, "extra": 1}]
    collector = fake.collector()
    for cursor in damaged:
        with pytest.raises(CursorRefused) as caught:
            list(collector.own_posts(fake.handle, fake.account_id, cursor, now=LATER))
        assert collector.name in str(caught.value), cursor
    collector.close()


def test_a_broken_answer_about_an_account_is_an_error_and_no_account_lost(fake: Account) -> None:
    fake.everything = True
    for kind, expected in (("server_error", Unreachable), ("html", BadReply), ("rate_limit", RateLimited)):
        fake.fault(kind)
        with pytest.raises(expected):
            fake.collector().account(fake.handle, now=NOW)


def test_secrets_stay_out_of_errors_and_logs(fake: Account, caplog: pytest.LogCaptureFixture) -> None:
    if not fake.canaries:
        pytest.skip(f"{fake.network} needs no secret")
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    for kind in HTTP_FAULTS:
        fake.fault(kind)
        try:
            OwnRunner(fake).run(timeout_s=0.4 if kind in SILENT else 30.0)
        except SourceError as error:
            said += traceback.format_exception(error)
    said += [record.getMessage() for record in caplog.records]
    assert said
    assert not [line for line in said for canary in fake.canaries if canary in line]


def test_payloads_hold_their_own_post_only_and_survive_json(fake: Account) -> None:
    runner = filled(fake)
    parse = type(fake.collector()).parse
    for payload in runner.payloads:
        assert parse(json.loads(json.dumps(payload)), observed_at=NOW) is not None
        assert "at://other" not in str(payload)
