"""What the brands' own accounts show, against a plain recount of invented snapshots and posts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from metrics.errors import MetricError
from metrics.own import Own, OwnAccount
from metrics.periods import Bucket, buckets
from metrics.read.own import MOST_POSTS, add_own
from metrics.read.question import Question, Reading
from metrics.read.sums import ledger_of
from metrics.windows import counted
from storage.accounts import save_account
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.posts import save
from storage.types import AccountSeen, Batch, BrandQuery, MatchedPost, NewAuthor, NewPost, Stats
from tests.metrics.invented import NOW, START, quarter

STALE = timedelta(days=3)
ACCOUNTS = {
    ("delta", "x"): "500",
    ("delta", "mastodon"): "https://m.example/users/delta",
    ("jet-blue", "x"): "600",
}
BRANDS = [
    BrandQuery("delta", "Delta", "own", "delta", 0, {"x": "@Delta", "mastodon": "@delta@m.example"}),
    BrandQuery(
        "jet-blue", "Jet Blue", "competitor", "jetblue", 0, {"x": "@JetBlue", "bluesky": "jet.example"}
    ),
    BrandQuery("quiet", "Quiet", "competitor", "quiet", 0),
]


BRANDS_OF = [((brand.id, source), handle) for brand in BRANDS for source, handle in brand.accounts.items()]


@dataclass(frozen=True)
class Posted:
    key: tuple[str, str]
    at: datetime
    late: timedelta
    followers: int | None
    likes: int | None
    lang: str
    kind: str


Invented = tuple[list[tuple[tuple[str, str], datetime, int]], list[Posted]]


@pytest.fixture
def seen(sqlite_db: Database) -> Invented:
    """Snapshots with holes of days, and posts of every kind, over 25 days."""
    chance = random.Random(4)
    set_timezone(sqlite_db, "UTC")
    sync_brands(sqlite_db, BRANDS, now=START)
    snapshots = []
    for key, account_id in ACCOUNTS.items():
        at = START - timedelta(days=2)
        while at < START + timedelta(days=25):
            at += timedelta(hours=chance.choice([6, 6, 12, 24, 50, 100]))
            followers = chance.randrange(1000, 2000)
            snapshots.append((key, at, followers))
            account = AccountSeen(account_id=account_id, handle=f"on_{key[1]}", followers=followers)
            save_account(sqlite_db, *key, dict(BRANDS_OF)[key], account, origin="a", now=at)
    posted, batch = [], []
    for number in range(200):
        key = chance.choice(list(ACCOUNTS))
        item = Posted(
            key,
            START + timedelta(seconds=chance.randrange(25 * 86_400)),
            timedelta(hours=chance.choice([0, 1, 100])),
            chance.choice([None, 77]),
            chance.choice([None, chance.randrange(50)]),
            chance.choice(["en", "de"]),
            chance.choice(["post", "post", "post", "repost", "reply"]),
        )
        posted.append(item)
        post = NewPost(
            source=key[1],
            source_id=str(number),
            text=f"we fly #Oslo {number}",
            published_at=item.at,
            observed_at=item.at + item.late,
            lang=item.lang,
            format="image",
            author=NewAuthor(source_author_id=ACCOUNTS[key], followers=item.followers),
            repost_of="9" if item.kind == "repost" else None,
            reply_to="9" if item.kind == "reply" else None,
            stats=None if item.likes is None else Stats(likes=item.likes, saves=3),
        )
        batch.append(MatchedPost(post, owned_by=key[0]))
    save(sqlite_db, Batch("a", batch), now=NOW)
    return snapshots, posted


def read(
    db: Database,
    spans: Sequence[Bucket],
    *,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    now: datetime = NOW,
) -> dict[tuple[str, Bucket], Own | None]:
    asked = Question(spans[0].start, spans[-1].end, "day", "UTC", now, (), sources, langs)
    ids = [brand.id for brand in BRANDS]
    ledger = ledger_of(db, ids, list(spans), asked)
    inputs = counted(ledger, {brand.id: brand.name for brand in BRANDS}, list(spans), {})
    reading = Reading(db, asked, ids, list(spans), ledger, inputs)
    add_own(reading)
    return {key: found.own for key, found in reading.inputs.items()}


def days(every: timedelta) -> list[Bucket]:
    ends = [START + n * every for n in range(int(timedelta(days=25) / every) + 1)]
    return [Bucket(*pair) for pair in pairwise(ends)]


@pytest.mark.parametrize(
    ("every", "sources", "langs"),
    [(timedelta(days=1), None, None), (timedelta(days=9), ["x"], None), (timedelta(days=25), None, ["de"])],
)
def test_accounts_and_posts_are_what_a_recount_gives(
    sqlite_db: Database,
    seen: Invented,
    every: timedelta,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
) -> None:
    snapshots, posted = seen
    spans = days(every)
    found = read(sqlite_db, spans, sources=sources, langs=langs)

    def at(key: tuple[str, str], instant: datetime) -> tuple[int, datetime] | tuple[None, None]:
        known = [
            (when, count)
            for this, when, count in snapshots
            if this == key and instant - STALE <= when <= instant
        ]
        return (max(known)[1], max(known)[0]) if known else (None, None)

    def near(post: Posted) -> int | None:
        known = [(abs(when - post.at), count) for this, when, count in snapshots if this == post.key]
        gap, count = min(known)
        if gap <= STALE:
            return count
        return post.followers if post.late <= STALE else None

    for (brand, span), own in found.items():
        keys = sorted(key for key, _ in BRANDS_OF if key[0] == brand and (not sources or key[1] in sources))
        if not keys:
            assert own is None
            continue
        assert own is not None
        for key, account in zip(keys, own.accounts, strict=True):
            (start, start_at), (end, end_at) = at(key, span.start), at(key, span.end)
            assert (account.source, account.followers_start, account.start_at) == (key[1], start, start_at)
            assert (account.followers_end, account.end_at) == (end, end_at)
        truth = sorted(
            (post.at, near(post), post.likes)
            for post in posted
            if post.key in keys
            and post.kind == "post"
            and span.start <= quarter(post.at) < span.end
            and (not langs or post.lang in langs)
        )
        assert [(post.published_at, post.followers, post.likes) for post in own.posts] == truth
        assert {(post.tags, post.format) for post in own.posts} <= {(("oslo",), "image")}
        assert {post.saves for post in own.posts if post.likes is not None} <= {3}


def test_an_account_never_seen_is_there_without_figures(sqlite_db: Database, seen: Invented) -> None:
    (span,) = buckets(START, START + timedelta(days=1), "all", "UTC")
    own = read(sqlite_db, [span])["jet-blue", span]
    assert own is not None
    assert own.accounts[0] == OwnAccount("bluesky", "jet.example")


def test_a_bucket_that_is_not_over_ends_now(sqlite_db: Database, seen: Invented) -> None:
    snapshots, _ = seen
    now = START + timedelta(days=10)
    (span,) = buckets(START, START + timedelta(days=25), "all", "UTC")
    own = read(sqlite_db, [span], sources=["x"], now=now)["delta", span]
    assert own is not None
    last = max(when for key, when, _ in snapshots if key == ("delta", "x") and when <= now)
    assert own.accounts[0].end_at in (last, None)


def test_more_posts_than_can_be_read_are_refused_with_a_way_out(sqlite_db: Database, seen: Invented) -> None:
    author = NewAuthor(source_author_id="500")
    many = [
        MatchedPost(
            NewPost(
                source="x",
                source_id=f"m{number}",
                text="we fly",
                published_at=START,
                observed_at=START,
                author=author,
            ),
            owned_by="delta",
        )
        for number in range(MOST_POSTS)
    ]
    save(sqlite_db, Batch("a", many), now=NOW)
    (span,) = buckets(START, START + timedelta(days=25), "all", "UTC")
    with pytest.raises(MetricError, match="shorter period"):
        read(sqlite_db, [span])
