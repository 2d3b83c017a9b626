"""Invented posts in a database, and a plain recount of them: what the figures must come to."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from metrics.periods import Every
from metrics.read import series
from metrics.types import MetricPoint
from nlp.shares import true_shares
from nlp.types import Line
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.labels import save_labels, waiting
from storage.posts import save
from storage.types import (
    SENTIMENTS,
    Batch,
    BrandQuery,
    MatchedPost,
    NewAuthor,
    NewLabel,
    NewMention,
    NewPost,
    Stats,
)

BRANDS = [
    BrandQuery("delta", "Delta", "own", "delta", 0),
    BrandQuery("jet-blue", "Jet Blue", "competitor", "jetblue", 0),
    BrandQuery("quiet", "Quiet", "competitor", "quiet", 0),
]
START = datetime(2027, 3, 20, tzinfo=UTC)
NOW = datetime(2027, 4, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """One invented post as the recount knows it."""

    at: datetime
    source: str
    author: int | None
    followers: int | None
    brands: tuple[str, ...]
    repost: bool
    label: str | None
    likes: int | None


def told(count: int, days: float = 25, seed: int = 1) -> list[Told]:
    chance = random.Random(seed)
    followers = {author: chance.choice([None, 10, 250, 9000]) for author in range(15)}
    made = []
    for _ in range(count):
        author = chance.choice([None, *range(15)])
        repost = chance.random() < 0.2
        made.append(
            Told(
                START + timedelta(seconds=chance.randrange(int(days * 86_400))),
                chance.choice(["x", "mastodon", "feeds"]),
                author,
                None if author is None else followers[author],
                chance.choice([("delta",), ("delta", "jet-blue"), ("jet-blue",), ()]),
                repost,
                None if repost else chance.choice([*SENTIMENTS, None]),
                chance.choice([None, chance.randrange(50)]),
            )
        )
    return made


def fill(db: Database, posts: Sequence[Told], zone: str = "UTC") -> None:
    set_timezone(db, zone)
    sync_brands(db, BRANDS, now=START)
    batch = []
    for number, item in enumerate(posts):
        author = item.author
        post = NewPost(
            source=item.source,
            source_id=str(number),
            text=f"post {number}",
            published_at=item.at,
            observed_at=item.at,
            author=None
            if author is None
            else NewAuthor(source_author_id=f"a{author}", followers=item.followers),
            repost_of="original" if item.repost else None,
            stats=None if item.likes is None else Stats(likes=item.likes),
        )
        batch.append(
            MatchedPost(post, [NewMention(brand_id=b, query_version=1, target=b) for b in item.brands])
        )
    save(db, Batch("import", batch), now=NOW)
    labels = []
    for task in waiting(db, "rules-1", limit=10_000, now=NOW):
        label = posts[int(task.text.removeprefix("post "))].label
        if label is not None:
            negative, neutral, positive = (8000 if name == label else 1000 for name in SENTIMENTS)
            labels.append(
                NewLabel(task.mention_id, task.text_version, "rules-1", negative, neutral, positive)
            )
    save_labels(db, labels, now=NOW)


def ask(
    db: Database,
    *names: str,
    every: Every = "all",
    since: datetime = START,
    until: datetime = START + timedelta(days=25),
    timezone: str = "UTC",
    now: datetime = NOW,
    brands: Sequence[str] = (),
    sources: Sequence[str] | None = None,
) -> list[MetricPoint]:
    return series(
        db,
        names,
        since=since,
        until=until,
        every=every,
        timezone=timezone,
        now=now,
        brands=brands,
        sources=sources,
    )


def weights(labelled: Mapping[str, int]) -> Line:
    """The probabilities that `fill` stores, summed: 0.8 for the label, 0.1 for each of the others."""
    negative, neutral, positive = (0.1 * sum(labelled.values()) + 0.7 * labelled[name] for name in SENTIMENTS)
    return negative, neutral, positive


def quarter(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def recounted(
    posts: Sequence[Told], brand: str, since: datetime, until: datetime, sources: Sequence[str] | None
) -> dict[str, float | None]:
    """The same figures by going through the posts."""

    def of(brand_id: str) -> list[Told]:
        return [
            p
            for p in posts
            if brand_id in p.brands
            and since <= quarter(p.at) < until
            and (not sources or p.source in sources)
        ]

    def people(found: list[Told]) -> set[tuple[str, int]]:
        return {(p.source, p.author) for p in found if p.author is not None}

    every = {b.id: [p for p in of(b.id) if not p.repost] for b in BRANDS}
    own = every[brand]
    labelled = {name: sum(p.label == name for p in own) for name in SENTIMENTS}
    true = true_shares(weights(labelled), None)
    n, all_mentions = sum(labelled.values()), sum(map(len, every.values()))
    authors, all_authors = len(people(own)), sum(len(people(found)) for found in every.values())
    reached = {key: p.followers for p in of(brand) if p.author is not None for key in [(p.source, p.author)]}
    known = [followers for followers in reached.values() if followers is not None]
    liked = [p.likes for p in own if p.likes is not None]
    return {
        "mentions": len(own),
        "reposts": sum(p.repost for p in of(brand)),
        "unlabelled": len(own) - n,
        "share_of_voice": 100 * len(own) / all_mentions if all_mentions else None,
        "share_of_voice_people": 100 * authors / all_authors if all_authors else None,
        **{f"{name}_share": 100 * getattr(true, name).value if true else None for name in SENTIMENTS},
        "net_sentiment": 100 * true.net.value if true else None,
        **{f"{name}_share_raw": 100 * labelled[name] / n if n else None for name in SENTIMENTS},
        "net_sentiment_raw": 100 * (labelled["positive"] - labelled["negative"]) / n if n else None,
        "potential_reach": sum(known) if known or not of(brand) else None,
        "engagement": sum(liked) if liked else None,
    }
