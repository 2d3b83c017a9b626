"""Public reviews and replies to own posts in the database: counted, with what their texts say."""

from datetime import UTC, datetime, timedelta

from storage.brands import sync_brands
from storage.db import Database
from storage.labels import correct, save_labels, waiting
from storage.opinions import Answered, Rated, ratings, replies
from storage.posts import save
from storage.types import Batch, BrandQuery, MatchedPost, NewLabel, NewMention, NewPost

AT = datetime(2027, 3, 10, 12, tzinfo=UTC)
WIDE = {"since": AT - timedelta(days=1), "until": AT + timedelta(days=1)}


def reviewed(
    db: Database, *stars: float | None, source: str = "app_store", lang: str = "en", at: datetime = AT
) -> None:
    batch = [
        MatchedPost(
            NewPost(
                source=source,
                source_id=f"{source}-{number}-{at:%j}",
                text=f"review {number}",
                published_at=at,
                observed_at=at,
                lang=lang,
                rating=rating,
            ),
            [NewMention(brand_id="delta", query_version=1, target="delta")],
        )
        for number, rating in enumerate(stars)
    ]
    save(db, Batch("import", batch), now=at)


def test_reviews_are_counted_by_stars_with_the_labels_that_count_now(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=AT)
    reviewed(db, 5, 5, 1.5, None)
    new = [
        NewLabel(task.mention_id, task.text_version, "rules-1", 1_000, 1_000, 8_000)
        for task in waiting(db, "rules-1", limit=10, now=AT)
        if task.text in ("review 0", "review 1")
    ]
    save_labels(db, new, now=AT)
    assert ratings(db, brands=["delta", "jetblue"], **WIDE) == [
        Rated("delta", 1.5, 1, 0, 0, 0),
        Rated("delta", 5.0, 2, 0, 0, 2),
    ]
    correct(db, new[0].mention_id, "negative", now=AT)
    assert ratings(db, brands=["delta"], **WIDE)[1] == Rated("delta", 5.0, 2, 1, 0, 1)


def test_reviews_are_narrowed_by_time_network_and_language(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0)], now=AT)
    reviewed(db, 4)
    reviewed(db, 2, source="shop", lang="no")
    reviewed(db, 3, at=AT + timedelta(days=30))

    def stars(**narrow: object) -> list[float]:
        return [row.rating for row in ratings(db, brands=["delta"], **(WIDE | narrow))]  # type: ignore[arg-type]

    assert stars() == [2, 4]
    assert stars(sources=["shop"]) == [2]
    assert stars(langs=["en"]) == [4]
    assert stars(since=AT + timedelta(days=1), until=AT + timedelta(days=40)) == [3]
    assert stars(until=AT) == []


def test_replies_to_own_posts_are_counted_by_the_time_of_the_post_with_their_labels(db: Database) -> None:
    sync_brands(db, [BrandQuery("delta", "Delta", "own", "delta", 0, {"x": "@delta"})], now=AT)
    mention = NewMention(brand_id="delta", query_version=1, target="delta")

    def post(number: str, reply_to: str | None, at: datetime, source: str = "x") -> NewPost:
        return NewPost(
            source=source,
            source_id=number,
            text=f"text {number}",
            published_at=at,
            observed_at=at,
            reply_to=reply_to,
        )

    later = AT + timedelta(days=3)
    batch = [
        MatchedPost(post("own", None, AT), owned_by="delta"),
        MatchedPost(post("a", "own", later), [mention]),
        MatchedPost(post("b", "own", later), [mention]),
        MatchedPost(post("c", "somebody", later), [mention]),
        MatchedPost(post("d", "own", later, "mastodon"), [mention]),
    ]
    save(db, Batch("import", batch), now=later)
    new = [
        NewLabel(task.mention_id, task.text_version, "rules-1", 8_000, 1_000, 1_000)
        for task in waiting(db, "rules-1", limit=10, now=later)
        if task.text != "text b"
    ]
    save_labels(db, new, now=later)
    assert replies(db, brands=["delta"], **WIDE) == [Answered("delta", 2, 1, 0, 0)]
    talk = [
        MatchedPost(post("answer", "c", AT), owned_by="delta"),
        MatchedPost(post("e", "answer", later), [mention]),
    ]
    save(db, Batch("import", talk), now=later)
    assert replies(db, brands=["delta"], **WIDE) == [Answered("delta", 2, 1, 0, 0)]
    assert replies(db, brands=["delta"], since=AT + timedelta(days=1), until=later + timedelta(days=1)) == []
    assert replies(db, brands=["other"], **WIDE) == []
