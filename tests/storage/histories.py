"""Random histories of a database, and what it must hold after each, worked out from the sightings alone."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import text

from storage.brands import sync_brands
from storage.counts import close_days, recount, set_timezone
from storage.db import Database
from storage.erase import erase_posts, expire, forget_author
from storage.interactions import engagement
from storage.labels import correct, label_again, save_labels, use_model, waiting
from storage.packs import pack_days
from storage.posts import save, save_stats, set_mentions, stored_posts
from storage.review import mark_irrelevant
from storage.types import (
    Batch,
    BrandQuery,
    MatchedPost,
    NewAuthor,
    NewLabel,
    NewMention,
    NewPost,
    Sentiment,
    Stats,
)
from storage.voices import Voices

START = datetime(2026, 11, 20, 21, 40, tzinfo=UTC)
BRANDS = ("delta", "jetblue")
TEXTS = ("delta late", "delta and jetblue", "jetblue fine", "nothing here")
ZONES = ("UTC", "Asia/Kathmandu", "America/Los_Angeles")
THRESHOLDS = (0, 2000, 5000, 10_000)
CLASSES: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
REPOSTS = {4: 0, 5: 1}
"""Posts 4 and 5 repost posts 0 and 1."""


def brands_in(words: str) -> list[str]:
    return [brand for brand in BRANDS if brand in words]


@dataclass(frozen=True)
class Sighting:
    """Post `key` seen with one of its texts. Which author and language it has follows from the post and the text."""

    key: int
    words: int
    minutes: int
    own: bool = True

    @property
    def observed_at(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    @property
    def edited_at(self) -> datetime | None:
        return None if self.words == 0 else START + timedelta(minutes=self.words)

    @property
    def published_at(self) -> datetime:
        return START + timedelta(minutes=self.key * 37)

    @property
    def author(self) -> str | None:
        return None if self.key == 3 else f"a{self.key % 3}"

    @property
    def text(self) -> str:
        return TEXTS[(self.key + self.words) % len(TEXTS)]

    @property
    def lang(self) -> str:
        return "en" if self.words % 2 else "und"

    def post(self, referenced: tuple[NewPost, ...] = ()) -> NewPost:
        author = self.author and NewAuthor(
            source_author_id=self.author, handle=self.author, followers=100 + self.minutes
        )
        return NewPost(
            source="x",
            source_id=f"p{self.key}",
            text=self.text,
            published_at=self.published_at,
            observed_at=self.observed_at,
            edited_at=self.edited_at,
            author=author or None,
            lang=self.lang,
            repost_of=f"p{REPOSTS[self.key]}" if self.key in REPOSTS else None,
            stats=Stats(likes=self.minutes // 10),
            payload={"text": self.text},
            referenced=referenced,
        )

    def matched(self, referenced: tuple[NewPost, ...] = ()) -> MatchedPost:
        found = [NewMention(brand_id=brand, query_version=1, target=brand) for brand in brands_in(self.text)]
        return MatchedPost(self.post(referenced), found, "jetblue" if self.key == 2 else None)


sightings = st.builds(Sighting, st.integers(0, 5), st.integers(0, 3), st.integers(0, 90))
steps = st.one_of(
    st.tuples(st.just("save"), st.lists(sightings, min_size=1, max_size=4)),
    st.tuples(st.just("save"), st.lists(sightings, min_size=1, max_size=4)),
    st.tuples(st.just("quote"), st.tuples(sightings, sightings)),
    st.tuples(
        st.just("label"),
        st.tuples(
            st.sampled_from("AB"),
            st.integers(1, 5),
            st.integers(0, 3),
            st.sampled_from((None, 500, 4000, 9000)),
        ),
    ),
    st.tuples(st.just("threshold"), st.tuples(st.sampled_from(THRESHOLDS), st.sampled_from(THRESHOLDS))),
    st.tuples(st.just("correct"), st.tuples(st.integers(0, 20), st.sampled_from(CLASSES))),
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("erase"), st.integers(0, 5)),
    st.tuples(st.just("forget"), st.integers(0, 2)),
    st.tuples(st.just("expire"), st.integers(0, 200)),
    st.tuples(st.just("use"), st.sampled_from("AB")),
    st.tuples(st.just("again"), st.sampled_from("AB")),
    st.tuples(st.just("close"), st.integers(0, 4)),
    st.tuples(st.just("zone"), st.sampled_from(ZONES)),
    st.tuples(st.just("pack"), st.integers(0, 2)),
    st.tuples(st.just("pack"), st.just(2)),
    st.tuples(st.just("irrelevant"), st.tuples(st.integers(0, 20), st.sampled_from((True, False, None)))),
    st.tuples(st.just("rematch"), st.sampled_from(BRANDS)),
    st.tuples(st.just("stats"), st.tuples(st.integers(0, 5), st.integers(0, 3))),
)
histories = st.lists(steps, min_size=1, max_size=14)
Step = tuple[str, Any]


@dataclass
class Truth:
    """All that was ever seen and not erased; everything else follows from it."""

    seen: dict[int, list[Sighting]] = field(default_factory=dict)
    graves: set[str] = field(default_factory=set)
    zone: str = "UTC"
    thresholds: dict[str, int] = field(default_factory=dict)

    def see(self, item: Sighting) -> None:
        if {f"p{item.key}", f"p{REPOSTS.get(item.key)}", item.author} & self.graves:
            return
        self.seen.setdefault(item.key, []).append(item)

    def erase(self, keys: set[int]) -> None:
        known = {key for key in keys if key in self.seen}
        known |= {key for key, original in REPOSTS.items() if original in keys and key in self.seen}
        for key in known:
            del self.seen[key]
            self.graves.add(f"p{key}")

    def counted_at(self, key: int) -> datetime:
        return min(self.seen[key][0].published_at, *(item.observed_at for item in self.seen[key]))

    def texts(self) -> dict[str, tuple[str, set[str]]]:
        """Each own post's text and its filed texts."""
        found = {}
        for key, items in self.seen.items():
            own = [item for item in items if item.own]
            if own:
                newest = max(
                    own,
                    key=lambda i: (i.edited_at or datetime.min.replace(tzinfo=UTC), i.observed_at, i.text),
                )
                found[f"p{key}"] = newest.text, {item.text for item in own}
        return found

    def counts(self) -> Counter[tuple[str, date, str, bool]]:
        """Mentions by brand, local day, language and whether they are reposts."""
        found: Counter[tuple[str, date, str, bool]] = Counter()
        for key, items in self.seen.items():
            own = [item for item in items if item.own]
            if not own:
                continue
            newest = max(
                own, key=lambda i: (i.edited_at or datetime.min.replace(tzinfo=UTC), i.observed_at, i.text)
            )
            day = self.counted_at(key).astimezone(ZoneInfo(self.zone)).date()
            for brand in brands_in(newest.text):
                if not (key == 2 and brand == "jetblue"):
                    found[brand, day, newest.lang, key in REPOSTS] += 1
        return found


def take(db: Database, truth: Truth, step: Step, now: datetime) -> None:
    """Do one step to the database and to the truth."""
    name, what = step
    if name == "save":
        save(db, Batch("a", [item.matched() for item in what]), now=now)
        for item in what:
            truth.see(item)
    elif name == "quote":
        outer, inner = what
        inner = Sighting(inner.key, inner.words, inner.minutes, own=False)
        save(db, Batch("a", [outer.matched((inner.post(),))]), now=now)
        truth.see(outer)
        truth.see(inner)
    elif name == "label":
        _label(db, *what, now)
    elif name == "correct":
        if (mention := _pick(db, what[0])) is not None:
            correct(db, mention, what[1], now=now)
    elif name == "delete":
        save(db, Batch("a", deleted=[("x", f"p{what}")]), now=now)
        truth.erase({what})
    elif name == "erase":
        erase_posts(db, [("x", f"p{what}")], now=now)
        truth.erase({what})
    elif name == "forget":
        if forget_author(db, f"@A{what}", now=now).authors:
            truth.erase({key for key in truth.seen if key % 3 == what and key != 3})
            truth.graves.add(f"a{what}")
    elif name == "expire":
        cut = START + timedelta(minutes=what)
        expire(db, older_than=cut, now=now)
        for key in [key for key in truth.seen if truth.counted_at(key) < cut]:
            del truth.seen[key]
    elif name == "use":
        use_model(db, what, now=now)
    elif name == "again":
        label_again(db, what, now=now)
    elif name == "close":
        close_days(db, now=now + timedelta(days=what))
    elif name == "pack":
        pack_days(db, now=now + timedelta(days=what))
    elif name == "zone":
        set_timezone(db, what)
        truth.zone = what
    elif name == "irrelevant":
        if (mention := _pick(db, what[0])) is not None:
            mark_irrelevant(db, [mention], what[1], now=now)
    elif name == "threshold":
        truth.thresholds = dict(zip(BRANDS, what, strict=True))
        wanted = [BrandQuery(brand, brand, "own", brand, 0, {}, at) for brand, at in truth.thresholds.items()]
        sync_brands(db, wanted, now=now)
    elif name == "rematch":
        found = [
            (s.id, [m for m in _named(s.post) if m.brand_id == what], _owner(s.post))
            for s in stored_posts(db, limit=99)
        ]
        set_mentions(db, found, [what], now=now, reason="query changed")
    elif name == "stats":
        save_stats(db, [("x", f"p{what[0]}", Stats(likes=what[1]))], now=now)


def _named(post: NewPost) -> list[NewMention]:
    return [NewMention(brand_id=brand, query_version=1, target=brand) for brand in brands_in(post.text)]


def _owner(post: NewPost) -> str | None:
    return "jetblue" if post.source_id == "p2" else None


def _label(db: Database, model: str, limit: int, kind: int, relevance: int | None, now: datetime) -> None:
    tasks = waiting(db, model, limit=limit, now=now)
    weights = ((7000, 2000, 1000), (100, 9800, 100), (0, 0, 10_000))
    save_labels(
        db,
        [
            NewLabel(task.mention_id, task.text_version, model, *weights[kind], relevance=relevance)
            if kind < 3
            else NewLabel(task.mention_id, task.text_version, model, reason="empty text")
            for task in tasks
        ],
        now=now,
    )


def _pick(db: Database, number: int) -> int | None:
    with db.read() as connection:
        ids = [row[0] for row in connection.execute(text("SELECT id FROM mentions ORDER BY id"))]
    return ids[number % len(ids)] if ids else None


def check(db: Database, truth: Truth) -> None:
    """The database holds what follows from the sightings, and its sums are what a recount gives."""
    assert recount(db) == []
    check_marks(db, truth)
    days, times = date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC)
    assert engagement(db, brands=BRANDS, since=days, until=days + timedelta(days=60)) == engagement(
        db, brands=BRANDS, since=times, until=times + timedelta(days=60)
    )
    with db.read() as connection:
        posts = {
            row.source_id: row for row in connection.execute(text("SELECT * FROM posts WHERE NOT context"))
        }
        filed: dict[int, set[str]] = {}
        for row in connection.execute(text("SELECT post_id, text FROM post_versions")):
            filed.setdefault(row.post_id, set()).add(row.text)
        counted: Counter[tuple[str, date, str, bool]] = Counter()
        for row in connection.execute(text("SELECT * FROM day_counts")):
            day = row.day if isinstance(row.day, date) else date.fromisoformat(row.day)
            counted[row.brand_id, day, row.lang, False] += row.mentions
            counted[row.brand_id, day, row.lang, True] += row.reposts
        for row in connection.execute(text(_IRRELEVANT)):
            at = (
                row.counted_at
                if isinstance(row.counted_at, datetime)
                else datetime.fromisoformat(row.counted_at)
            )
            day = at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(truth.zone)).date()
            counted[row.brand_id, day, row.lang, bool(row.is_repost)] += 1
    stored = {key: (row.text, filed.get(row.id, {row.text})) for key, row in posts.items()}
    assert stored == truth.texts()
    assert +counted == truth.counts()


def lines(found: Voices) -> list[tuple[object, ...]]:
    """Every voice with its network by name, in an order that two readings share."""
    columns = found.author, found.followers, found.at, found.repost, found.source, found.sketch
    return sorted(
        (*map(int, numbers), found.names[source], *map(int, sketch))
        for *numbers, source, sketch in zip(*columns, strict=True)
    )


_IRRELEVANT = "SELECT m.brand_id, m.counted_at, m.is_repost, p.lang FROM mentions m JOIN posts p ON p.id = m.post_id WHERE m.irrelevant"


def check_marks(db: Database, truth: Truth) -> None:
    """Whoever is left out is so by a person's word, else by the original's mark, else by a relevance below the brand's threshold.

    A repost follows when its original is labelled, so one whose original waits for that may lag behind.
    """
    with db.read() as connection:
        found = {row.id: row for row in connection.execute(text(_MARKS))}
    original = {(row.brand_id, row.source_id): row for row in found.values()}
    for row in found.values():
        judged = row.relevance is not None and row.relevance < truth.thresholds.get(row.brand_id, 0)
        if row.said_irrelevant is not None:
            expected = row.said_irrelevant
        elif not row.is_repost:
            expected = judged
        elif (of := original.get((row.brand_id, row.repost_of))) and of.labelled_model is not None:
            expected = of.irrelevant
        else:
            continue
        assert bool(row.irrelevant) == bool(expected), row


_MARKS = "SELECT m.*, p.source_id, p.repost_of FROM mentions m JOIN posts p ON p.id = m.post_id"
