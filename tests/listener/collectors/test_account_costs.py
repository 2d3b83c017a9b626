"""What only one network does with an account: what X and YouTube charge, what X tells the owner, whom a brand answered on Mastodon."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from listener.collectors.base import Page, Spent
from listener.errors import OutOfBudget
from storage.types import NewPost
from tests.listener.collectors.account_fakes import OnBluesky, OnMastodon, OnX, OnYouTube
from tests.listener.collectors.contract import NOW, posts
from tests.listener.collectors.fakes.x import TOKEN


@pytest.fixture
def bird() -> Iterator[OnX]:
    with_one = OnX()
    yield with_one
    with_one.close()


@pytest.fixture
def mastodon() -> Iterator[OnMastodon]:
    with_one = OnMastodon()
    yield with_one
    with_one.close()


@pytest.fixture
def tube() -> Iterator[OnYouTube]:
    with_one = OnYouTube()
    yield with_one
    with_one.close()


def read(fake: Any, cursor: Any = None, *, now: datetime = NOW) -> tuple[list[Page], list[NewPost]]:
    fake.now = now
    collector = fake.collector()
    pages = list(collector.own_posts(fake.handle, fake.account_id, cursor, now=now))
    parsed = [collector.parse(payload, observed_at=now) for page in pages for payload in page.payloads]
    return pages, [post for post in parsed if post is not None]


def test_x_charges_each_post_once_and_nothing_when_there_is_nothing_new(bird: OnX) -> None:
    bird.offer(posts(12))
    pages, found = read(bird)
    assert len(found) == 12
    assert sum(page.spent_usd for page in pages) == pytest.approx(12 * 0.005)
    again, _ = read(bird, pages[-1].cursor, now=NOW + timedelta(minutes=15))
    assert (len(again), again[0].spent_usd, again[0].payloads) == (1, 0.0, [])
    assert bird.collector().account(bird.handle, now=NOW).spent_usd == pytest.approx(0.01)
    assert bird.collector().account(bird.nobody, now=NOW).spent_usd == 0


@pytest.mark.parametrize(
    ("spent", "reads"),
    [
        (Spent(), 20),  # a fifth of a budget of half a dollar
        (Spent(usd_this_month=0.45), 10),  # what mentions left
        (Spent(usd_this_month=0.08, own_usd_this_month=0.08), 0),
        (Spent(usd_this_month=0.49), 0),
    ],
)
def test_own_posts_take_their_share_of_the_budget_at_most_and_what_mentions_leave(
    bird: OnX, spent: Spent, reads: int
) -> None:
    bird.settings, bird.spent = {"monthly_budget_usd": 0.5, "own_share": 0.2}, spent
    bird.offer(posts(40))
    collector = bird.collector()
    paid: list[float] = []
    with pytest.raises(OutOfBudget) as caught:
        paid.extend(page.spent_usd for page in collector.own_posts(bird.handle, "7", None, now=NOW))
    bought = sum(paid)
    assert bought == pytest.approx(reads * 0.005)
    assert caught.value.retry_at == datetime(2026, 12, 1, tzinfo=NOW.tzinfo)


def test_without_a_budget_left_no_account_is_looked_up(bird: OnX) -> None:
    bird.spent = Spent(usd_this_month=25.0)
    with pytest.raises(OutOfBudget):
        bird.collector().account(bird.handle, now=NOW)
    assert bird.server.asked == []


def test_only_with_all_secrets_of_the_owner_x_is_asked_what_it_tells_the_owner(bird: OnX) -> None:
    bird.offer(posts(2))
    read(bird)
    (plain,) = bird.server.asked
    assert plain.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "non_public_metrics" not in plain.query["tweet.fields"]
    names = ("api_key", "api_key_secret", "access_token", "access_token_secret")
    bird.secrets |= {name: f"canary-{name}" for name in names}
    private = {"url_link_clicks": 9, "user_profile_clicks": 4}
    for tweet in bird.api.tweets.values():
        tweet["non_public_metrics"] = private
    _, found = read(bird)
    owner = bird.server.asked[-1]
    assert owner.headers["Authorization"].startswith("OAuth ")
    assert "canary-api_key_secret" not in str(owner.headers)
    assert "non_public_metrics" in owner.query["tweet.fields"]
    assert {(post.stats.clicks, post.stats.visits) for post in found if post.stats} == {(9, 4)}


def test_own_posts_are_looked_up_again_in_the_owner_s_name_and_others_not(bird: OnX) -> None:
    bird.offer(posts(4))
    ids = [bird.source_id(post) for post in bird.visible()]
    names = ("api_key", "api_key_secret", "access_token", "access_token_secret")
    bird.secrets |= {name: f"canary-{name}" for name in names}
    bird.owned, bird.settings = set(ids[1:3]), {"monthly_budget_usd": 1000}
    answer = bird.collector().recheck(ids, now=NOW)
    assert answer is not None
    assert sorted(answer.asked or ()) == sorted(ids)
    sent = [(one.headers["Authorization"][:6], set(one.query["ids"].split(","))) for one in bird.server.asked]
    assert sent == [("OAuth ", set(ids[1:3])), ("Bearer", {ids[0], ids[3]})]
    assert answer.spent_usd == pytest.approx(4 * 0.005)


def test_a_figure_that_x_keeps_for_the_owner_is_no_trouble_worth_a_note(bird: OnX) -> None:
    bird.offer(posts(2))
    kinds = ("not-authorized-for-field", "resource-not-found")
    bird.errors = [{"title": kind, "type": f"https://x.example/problems/{kind}"} for kind in kinds]
    pages, _ = read(bird)
    assert [note for page in pages for note in page.partial_errors] == ["resource-not-found"]


def test_an_answer_to_a_customer_says_which_post_it_answers(mastodon: OnMastodon) -> None:
    mastodon.offer(posts(3))
    asked, own, lost = mastodon.visible()
    mastodon.extra[own.id] = {"in_reply_to_id": mastodon.id(asked), "in_reply_to_account_id": "55"}
    mastodon.extra[lost.id] = {"in_reply_to_id": "404404", "in_reply_to_account_id": "55"}
    _, found = read(mastodon)
    answered = {post.source_id: post.reply_to for post in found}
    assert answered == {
        mastodon.source_id(asked): None,
        mastodon.source_id(own): mastodon.source_id(asked),
        mastodon.source_id(lost): f"{mastodon.server.url}/api/v1/statuses/404404",
    }


def test_what_was_answered_is_looked_up_once(mastodon: OnMastodon) -> None:
    mastodon.offer(posts(3, step=timedelta(hours=1)))
    asked, own, _ = mastodon.visible()
    mastodon.extra[own.id] = {"in_reply_to_id": mastodon.id(asked), "in_reply_to_account_id": "55"}
    pages, _ = read(mastodon)
    mastodon.offer(posts(1, start=50, until=NOW + timedelta(hours=2)))
    before = len(mastodon.server.asked)
    read(mastodon, pages[-1].cursor, now=NOW + timedelta(hours=3))
    assert [one.path for one in mastodon.server.asked[before:]] == ["/api/v1/accounts/1/statuses"]


def test_where_the_account_s_own_server_does_not_answer_the_configured_one_is_asked(
    mastodon: OnMastodon,
) -> None:
    host = mastodon.server.url.removeprefix("http://")
    for handle in ("ada", f"@ada@{host}", "ada@127.0.0.1:1"):
        seen = mastodon.collector().account(handle, now=NOW).seen
        assert seen is not None
        assert seen.account_id == mastodon.account_id
    assert [one.query["acct"] for one in mastodon.server.asked] == ["ada", "ada", "ada@127.0.0.1:1"]


def test_a_repost_on_bluesky_stands_where_it_was_made_and_keeps_its_original_s_author() -> None:
    sky = OnBluesky()
    sky.offer(posts(2))
    pages, _ = read(sky)
    by = {"did": sky.account_id, "handle": "norse.example"}
    old = {**sky.view(sky.visible()[0]), "uri": "at://did:plc:guest/app.bsky.feed.post/3kold"}
    old |= {"author": {"did": "did:plc:guest"}, "indexedAt": (NOW - timedelta(days=300)).isoformat()}
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": by, "indexedAt": NOW.isoformat()}
    sky.reposts = [{"post": old, "reason": reason}]
    _, found = read(sky, pages[-1].cursor, now=NOW + timedelta(minutes=5))
    sky.close()
    repost = next(post for post in found if post.repost_of)
    assert (repost.repost_of, repost.published_at) == (old["uri"], NOW)
    assert repost.author is not None
    assert repost.author.source_author_id == sky.account_id


def test_youtube_s_quota_is_spent_on_new_videos_only(tube: OnYouTube) -> None:
    tube.offer(posts(5, step=timedelta(days=2)))
    pages, found = read(tube)
    assert ({post.stats.views for post in found if post.stats}, tube.units) == ({1000}, 3)
    assert sum(page.spent_units for page in pages) == 3
    again, _ = read(tube, pages[-1].cursor, now=NOW + timedelta(days=3))
    assert sum(page.spent_units for page in again) == 2  # the newest one is looked at again
    assert tube.collector().account(tube.handle, now=NOW).spent_units == 1


def test_youtube_keeps_most_of_the_quota_for_mentions(tube: OnYouTube) -> None:
    tube.spent = Spent(units_today=1900, own_units_today=1898)
    with pytest.raises(OutOfBudget, match="own_share"):
        tube.collector().account(tube.handle, now=NOW)
    assert tube.units == 0


def test_a_channel_that_hides_its_subscribers_has_none_that_are_known(tube: OnYouTube) -> None:
    tube.hidden = True
    seen = tube.collector().account("UC" + "n" * 22, now=NOW).seen
    assert seen is not None
    assert (seen.followers, seen.views, seen.handle) == (None, 5000, "norse")
    assert tube.collector().account_ids(["norse", "ghost"], now=NOW) == {"norse": "UC" + "n" * 22}
