"""The brands' own accounts over the real service: stored as the brand's own, never in the way of its mentions, a wrong one told of once."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from listener import pipeline
from listener.commands.status import gather
from listener.config import Config, parse
from listener.doctor_sources import check_accounts
from listener.own_accounts import accounts_every, read_accounts
from listener.pipeline import Outcome
from listener.service import Service, start_service
from listener.service_run import accounts_when_due, collect_when_due, jobs
from storage import sources
from storage.accounts import known_accounts, latest_snapshots
from storage.brands import active_brands
from tests.listener.collectors.account_fakes import OnMastodon
from tests.listener.collectors.contract import NOW, posts

CONFIG = """
[[brands]]
name = "Norse"
query = "#acme"
accounts = {{ mastodon = "@ada" }}
[[brands]]
name = "Number"
role = "competitor"
query = "number"
accounts = {{ mastodon = "@nobody_at_all", bluesky = "@number.example" }}
[storage]
url = "sqlite:///{folder}/listener.db"
[sources.social]
type = "mastodon"
instance = "{url}"
allow_private_addresses = true
[sources.second]
type = "mastodon"
instance = "{url}"
allow_private_addresses = true
"""


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@pytest.fixture
def fake() -> Iterator[OnMastodon]:
    upstream = OnMastodon()
    yield upstream
    upstream.close()


@pytest.fixture
def service(fake: OnMastodon, tmp_path: Path) -> Iterator[Service]:
    found = start_service(configured(fake, tmp_path), now=NOW, environ={})
    yield found
    found.close()


def configured(fake: OnMastodon, folder: Path, social: str = "[sources.social]") -> Config:
    written = CONFIG.format(url=fake.server.url, folder=folder).replace("[sources.social]", social)
    return parse(written, folder / "config.toml")


def own(service: Service, moment: datetime = NOW, name: str = "social") -> Outcome:
    return read_accounts(service, name, clock=at(moment))


def one(service: Service, statement: str) -> object:
    with service.db.read() as connection:
        return connection.execute(text(statement)).scalar_one()


def asked(fake: OnMastodon, since: int = 0) -> list[str]:
    return [request.path.rpartition("/")[2] for request in fake.server.asked[since:]]


def test_what_a_brand_posts_is_stored_as_its_own_and_is_no_mention_of_it(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(12))
    outcome = own(service)
    assert (outcome.saved.new_posts, outcome.unmatched) == (12, 0)
    assert one(service, "SELECT count(*) FROM posts WHERE owned_by = 'norse'") == 12
    mentioned = "SELECT count(*) FROM mentions WHERE brand_id = "
    assert (one(service, f"{mentioned}'norse'"), one(service, f"{mentioned}'number'")) == (0, 12)
    assert one(service, "SELECT count(*) FROM posts WHERE stats_due_at IS NOT NULL") == 12
    assert [(row.handle, row.followers) for row in latest_snapshots(service.db)] == [
        (f"ada@{fake.server.url.removeprefix('http://')}", 1200)
    ]


def test_reading_again_changes_nothing_and_asks_for_what_is_due_alone(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(3, step=timedelta(hours=1)))
    own(service)
    before = len(fake.server.asked)
    own(service, NOW + timedelta(minutes=5))
    assert asked(fake, before) == []
    own(service, NOW + timedelta(minutes=15))
    assert asked(fake, before) == ["statuses"]
    fake.followers = 1300
    own(service, NOW + timedelta(hours=6))
    assert asked(fake, before).count("lookup") == 2  # the brand's, and the one that nobody has
    assert [row.followers for row in latest_snapshots(service.db)] == [1300]
    assert one(service, "SELECT count(*) FROM posts") == 3
    accounts_now = read_accounts(service, "social", clock=at(NOW + timedelta(hours=6)), posts_now=True)
    assert (accounts_now.fetched, accounts_now.saved.new_posts) == (1, 0)


def test_a_handle_that_nobody_has_is_told_once_and_costs_the_others_nothing(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(2))
    outcome = own(service)
    (error,) = outcome.errors
    assert all(part in str(error) for part in ("number", "mastodon", "nobody_at_all", "[[brands]]"))
    assert outcome.saved.new_posts == 2
    assert own(service, NOW + timedelta(hours=7)).errors == []
    shown = gather(service, now=NOW)["accounts"]
    assert [(row["brand_id"], row["followers"], bool(row["problem"])) for row in shown] == [
        ("norse", 1200, False),
        ("number", None, True),
    ]


def test_mentions_that_are_collected_first_know_whose_account_it_is(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(4))
    collect_when_due(service, "social", clock=at(NOW))
    assert one(service, "SELECT count(*) FROM posts WHERE owned_by = 'norse'") == 4
    assert one(service, "SELECT count(*) FROM mentions WHERE brand_id = 'norse'") == 0


def test_failing_accounts_wait_by_themselves_and_never_hold_the_mentions_up(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(2))
    fake.everything = True
    fake.fault("rate_limit")
    accounts_when_due(service, "social", clock=at(NOW))
    state = sources.state(service.db, "social")
    assert state is None or state.next_check_at is None
    (row,) = known_accounts(service.db)
    assert row.retry_at == NOW + timedelta(seconds=900)
    assert "ada" in row.problem
    fake.fault(None)
    before = len(fake.server.asked)
    own(service, NOW + timedelta(minutes=5))
    assert [path for path in asked(fake, before) if path == "statuses"] == []
    collect_when_due(service, "social", clock=at(NOW + timedelta(minutes=5)))
    assert one(service, "SELECT count(*) FROM posts") == 2
    own(service, NOW + timedelta(minutes=16))
    assert {row.brand_id: row.problem for row in known_accounts(service.db)}["norse"] == ""


def test_a_source_that_has_to_wait_is_left_alone_by_the_accounts_too(
    fake: OnMastodon, service: Service
) -> None:
    wait = NOW + timedelta(hours=1)
    sources.record_failure(service.db, "social", "rate limited", "slow down", wait, NOW, type="mastodon")
    accounts_when_due(service, "social", clock=at(NOW))
    assert fake.server.asked == []


def test_posts_that_were_read_before_an_error_stay_and_the_rest_comes_next_time(
    fake: OnMastodon, service: Service
) -> None:
    fake.offer(posts(4 * fake.page_size))
    fake.fault("server_error", after=2)
    outcome = own(service)
    assert (len(outcome.errors), outcome.saved.new_posts) == (2, 2 * fake.page_size)
    fake.fault(None)
    assert own(service, NOW + timedelta(minutes=15)).saved.new_posts == 2 * fake.page_size


def test_of_several_sources_of_one_network_the_first_reads_the_accounts(
    fake: OnMastodon, service: Service
) -> None:
    assert accounts_every(service, "social") == timedelta(minutes=15)
    assert accounts_every(service, "second") is None
    assert own(service, name="second").errors == []
    assert fake.server.asked == []
    names = [job.id for job in jobs(service, "scheduler")]
    assert [name for name in names if name.startswith("own")] == ["own accounts social"]
    assert not [job for job in jobs(service, "worker") if job.id.startswith("own")]


def test_no_posts_are_read_where_the_settings_say_so(fake: OnMastodon, tmp_path: Path) -> None:
    fake.offer(posts(2))
    for setting, stored in (('own_posts = "none"', 0), ('own_posts = "own"', 2)):
        folder = tmp_path / str(stored)
        folder.mkdir()
        config = configured(fake, folder, f"[sources.social]\n{setting}")
        service = start_service(config, now=NOW, environ={})
        own(service)
        assert one(service, "SELECT count(*) FROM posts") == stored
        assert len(latest_snapshots(service.db)) == 1
        service.close()


def test_whose_account_it_is_stays_known_when_the_service_starts_anew(
    fake: OnMastodon, service: Service, tmp_path: Path
) -> None:
    fake.offer(posts(4))
    own(service)
    again = start_service(configured(fake, tmp_path), now=NOW, environ={})
    assert again.owners.handles("mastodon") == ["nobody_at_all"]
    pipeline.rematch(again, ["norse", "number"], clock=at(NOW))
    assert one(again, "SELECT count(*) FROM posts WHERE owned_by = 'norse'") == 4
    assert one(again, "SELECT count(*) FROM mentions WHERE brand_id = 'norse'") == 0
    again.close()


def test_an_account_on_a_network_that_no_source_reads_is_named_by_the_doctor(
    fake: OnMastodon, tmp_path: Path
) -> None:
    (found,) = check_accounts(configured(fake, tmp_path))
    assert (found.level, found.subject) == ("warn", "brand number")
    assert "bluesky" in found.message


def test_a_forgotten_account_is_not_read_any_more(fake: OnMastodon, service: Service) -> None:
    from storage.erase import forget_author

    fake.offer(posts(3))
    own(service)
    assert forget_author(service.db, fake.account_id, now=NOW).posts == 3
    (error, *_) = own(service, NOW + timedelta(hours=7)).errors
    assert "forgotten" in str(error)
    assert one(service, "SELECT count(*) FROM posts") == 0
    assert latest_snapshots(service.db) == []
    assert len(active_brands(service.db)) == 2
