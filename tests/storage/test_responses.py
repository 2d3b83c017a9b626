"""Who responded to a brand's mentions, against plain reasoning, on both engines."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from storage.db import Database
from storage.erase import forget_author
from storage.labels import correct, save_labels, use_model, waiting
from storage.posts import save
from storage.responses import Echo, Speaker, echoes, edges, heard_sources, speakers
from storage.review import mark_irrelevant
from storage.types import Batch, MatchedPost, NewAuthor, NewLabel, NewPost, Stats
from tests.storage.posts import NOON, later, named, one, post

BRANDS = ("delta", "jetblue")
AGES = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
NOW = later(days=10)


def by(name: str, source_id: str, words: str = "delta was late", **fields: Any) -> NewPost:
    """A post of somebody's."""
    writer = NewAuthor(source_author_id=name, handle=name, followers=fields.pop("followers", None))
    return post(source_id, words, author=writer, **fields)


def store(db: Database, *items: MatchedPost) -> None:
    save(db, Batch("import", list(items)), now=NOON)


def loose(item: NewPost, owned_by: str | None = None) -> MatchedPost:
    """A post that names no brand."""
    return MatchedPost(item, [], owned_by)


def spoken(db: Database, brand: str = "delta", **asked: Any) -> dict[str | None, Speaker]:
    wanted: dict[str, Any] = {"since": NOON - timedelta(days=1), "until": NOW, "seen_until": NOW} | asked
    return {speaker.handle: speaker for speaker in speakers(db, brand=brand, **wanted)}


def passed(db: Database, **asked: Any) -> list[tuple[str, str, str]]:
    """The edges by handle, and the post's own id."""
    wanted: dict[str, Any] = {"since": NOON - timedelta(days=1), "until": NOW, "seen_until": NOW} | asked
    return sorted(
        (
            one(db, f"SELECT handle FROM authors WHERE id = {source}"),
            one(db, f"SELECT handle FROM authors WHERE id = {target}"),
            one(db, f"SELECT source_id FROM posts WHERE id = {number}"),
        )
        for source, target, number in edges(db, brand="delta", **wanted)
    )


def echoed(db: Database, heard: Sequence[str] = ("x",), **asked: Any) -> list[Echo]:
    wanted: dict[str, Any] = {
        "brands": BRANDS,
        "since": NOON - timedelta(days=1),
        "until": NOW,
        "now": NOW,
        "ages": AGES,
    }
    return sorted(echoes(db, heard=heard, **(wanted | asked)), key=repr)


def test_a_repost_a_quote_and_an_answer_are_responses_and_each_account_is_one_responder_of_a_post(
    db: Database,
) -> None:
    store(
        db,
        named(by("ada", "1", followers=10)),
        named(by("bea", "2", "delta was late", repost_of="1")),
        loose(by("bea", "3", "so true", reply_to="1")),
        loose(by("cem", "4", "look at this", quote_of="1", published_at=later(5))),
        loose(by("dee", "5", "no", reply_to="1", published_at=later(9))),
    )
    ada = spoken(db)["ada"]
    assert (ada.posts, ada.responders, ada.squares, ada.followers) == (1, 3, 9, 10)


def test_the_author_the_brands_own_account_and_other_networks_are_no_responders(db: Database) -> None:
    store(
        db,
        named(by("ada", "1"), "delta", "jetblue"),
        loose(by("ada", "2", "and another thing", reply_to="1")),
        loose(by("Delta", "3", "we are sorry", reply_to="1"), owned_by="delta"),
        loose(by("bea", "4", "on another network", source="mastodon", reply_to="1")),
        loose(post("5", "nobody knows who", reply_to="1", author=None)),
    )
    assert spoken(db)["ada"].responders == 0
    assert spoken(db, "jetblue")["ada"].responders == 1, "to another brand it is an account like any other"


def test_what_is_responded_to_must_name_the_brand_and_count(db: Database) -> None:
    store(
        db,
        loose(by("ada", "1", "what a day")),
        named(by("bea", "2", "delta too", reply_to="1")),
        named(by("cem", "3", "delta force")),
        named(by("dee", "4", "delta again", reply_to="3")),
        named(by("eve", "5", "delta again", repost_of="4")),
    )
    of_cem = "SELECT m.id FROM mentions m JOIN posts p ON p.id = m.post_id WHERE p.source_id = '3'"
    mark_irrelevant(db, [one(db, of_cem)], True, now=NOON)
    found = spoken(db)
    assert {name: (s.posts, s.responders) for name, s in found.items()} == {"bea": (1, 0), "dee": (1, 1)}


def test_a_post_kept_as_context_alone_is_no_response(db: Database) -> None:
    answer = by("bea", "2", "an answer that was quoted", reply_to="1")
    store(db, named(by("ada", "1")), named(by("cem", "3", "delta", quote_of="2", referenced=(answer,))))
    assert spoken(db)["ada"].responders == 0


def test_only_what_came_before_a_time_is_known(db: Database) -> None:
    store(
        db,
        named(by("ada", "1")),
        loose(by("bea", "2", "yes", reply_to="1", published_at=later(30), observed_at=later(30))),
        loose(by("cem", "3", "no", reply_to="1", published_at=later(90), observed_at=later(90))),
    )
    assert spoken(db, seen_until=later(60))["ada"].responders == 1
    assert spoken(db, seen_until=later(30))["ada"].responders == 0
    assert spoken(db, since=later(1)) == {}


def test_what_the_network_counts_stands_beside_what_was_collected(db: Database) -> None:
    store(
        db,
        named(by("ada", "1", stats=Stats(likes=50, shares=7, comments=3))),
        named(by("ada", "2", stats=Stats(likes=9))),
        loose(by("bea", "3", "yes", reply_to="1")),
        loose(by("bea", "4", "yes", reply_to="2")),
    )
    ada = spoken(db)["ada"]
    assert (ada.counted, ada.seen, ada.responders) == (10, 1, 2)


def test_an_edge_is_one_for_each_pair_and_day_and_from_those_who_are_responded_to(db: Database) -> None:
    store(
        db,
        named(by("ada", "1")),
        named(by("ada", "2", published_at=later(1))),
        named(by("bea", "3")),
        loose(by("cem", "4", "a nobody", reply_to="3")),
        loose(by("bea", "5", "yes", reply_to="1", published_at=later(5))),
        loose(by("bea", "6", "and again", reply_to="2", published_at=later(6))),
        loose(by("bea", "7", "the day after", reply_to="2", published_at=later(days=1), observed_at=NOW)),
    )
    assert passed(db) == [("bea", "ada", "1"), ("bea", "ada", "2")]
    assert spoken(db)["bea"].responders == 1, "the nobody does count as a responder"


def test_who_is_forgotten_is_neither_author_nor_responder(db: Database) -> None:
    store(
        db,
        named(by("ada", "1")),
        named(by("bea", "2")),
        loose(by("bea", "3", "yes", reply_to="1")),
        loose(by("ada", "4", "no", reply_to="2")),
    )
    assert len(passed(db)) == 2
    forget_author(db, "bea", now=NOON)
    assert {name: s.responders for name, s in spoken(db).items()} == {"ada": 0}
    assert passed(db) == []
    assert all(echo.author_id is not None and echo.responders == 0 for echo in echoed(db))


def test_networks_are_heard_where_any_response_was_collected(db: Database) -> None:
    store(
        db,
        named(by("ada", "1")),
        loose(by("bea", "2", "yes", reply_to="1")),
        named(by("cem", "3", source="reddit")),
    )
    asked: dict[str, Any] = {"since": NOON, "until": NOW, "seen_until": NOW}
    assert heard_sources(db, brands=BRANDS, **asked) == {"x"}
    assert heard_sources(db, brands=["jetblue"], **asked) == frozenset()


def test_mentions_are_gathered_by_age_and_responders_with_their_labels(db: Database) -> None:
    store(
        db,
        named(by("ada", "1"), "delta", "jetblue"),
        named(by("ada", "2", published_at=later(days=9), observed_at=NOW)),
        named(by("ada", "3", published_at=later(days=9, hours=23.5), observed_at=NOW)),
        named(by("cem", "4", published_at=later(days=9, hours=23.9), observed_at=NOW)),
        loose(by("bea", "5", "yes", reply_to="1")),
    )
    labels = [
        NewLabel(task.mention_id, task.text_version, "m", 1000, 2000, 7000)
        for task in waiting(db, "m", limit=10, now=NOON)
    ]
    save_labels(db, labels, now=NOON)
    use_model(db, "m", now=NOON)
    of_jetblue = one(db, "SELECT id FROM mentions WHERE brand_id = 'jetblue'")
    correct(db, of_jetblue, "negative", now=NOON)
    found = [
        (echo.brand_id, echo.age, echo.responders, echo.mentions, echo.labelled, echo.feeling)
        for echo in echoed(db)
    ]
    assert sorted(found) == [
        ("delta", 0, 0, 1, 1, 6000),
        ("delta", 0, 0, 1, 1, 6000),
        ("delta", 2, 0, 1, 1, 6000),
        ("delta", 3, 1, 1, 1, 6000),
        ("jetblue", 3, 1, 1, 1, -10_000),
    ]


def test_where_nobody_was_heard_the_networks_own_count_stands_in_at_the_age_it_was_read(db: Database) -> None:
    read = later(hours=3)
    store(
        db,
        named(by("ada", "1", source="reddit", observed_at=read, stats=Stats(comments=12))),
        named(by("bea", "2", source="feeds", observed_at=read)),
        named(by("cem", "3", observed_at=read, stats=Stats(comments=5))),
    )
    found = {echo.source: (echo.age, echo.responders) for echo in echoed(db)}
    assert found == {"reddit": (1, 12), "feeds": (3, None), "x": (3, 0)}


def test_networks_languages_and_single_mentions_can_be_chosen(db: Database) -> None:
    store(db, named(by("ada", "1")), named(by("bea", "2", source="reddit", lang="no")))
    assert [echo.source for echo in echoed(db, sources=["reddit"])] == ["reddit"]
    assert [echo.source for echo in echoed(db, langs=["en"])] == ["x"]
    of_bea = one(db, "SELECT m.id FROM mentions m JOIN posts p ON p.id = m.post_id WHERE p.source_id = '2'")
    assert [echo.source for echo in echoed(db, ids=[of_bea])] == ["reddit"]
    assert echoed(db, ids=[]) == []
    assert list(spoken(db, sources=["reddit"])) == ["bea"]
