"""Work on mentions: what changes, what is logged, what vanishes, and who waits for the brand."""

from datetime import datetime, timedelta

import pytest

from storage.db import Database
from storage.erase import forget_author
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.review import mark_irrelevant
from storage.types import Batch, MatchedPost, NewAuthor
from storage.workflow import (
    Case,
    answers,
    assign,
    cases,
    history,
    note,
    reopen,
    resolutions,
    resolve,
    tag,
    untag,
    used_tags,
)
from tests.storage.posts import NOON, later, named, one, post

BRAND = NewAuthor(source_author_id="1", handle="delta")
EVER = {"since": NOON - timedelta(days=30), "until": NOON + timedelta(days=30)}


def mention_ids(db: Database) -> list[int]:
    return [row.id for row in find(db, MentionFilter(irrelevant=None), newest_first=False)]


@pytest.fixture
def three(db: Database) -> list[int]:
    save(
        db,
        Batch("a", [named(post(str(number), published_at=later(number))) for number in (1, 2, 3)]),
        now=later(9),
    )
    return mention_ids(db)


def test_a_case_is_assigned_tagged_resolved_and_opened_again_and_the_log_says_so(
    db: Database, three: list[int]
) -> None:
    first, second, _ = three
    assert assign(db, [first, second], "ann", by="bo", now=later(10)) == 2
    assert assign(db, [first], "ann", by="bo", now=later(11)) == 0
    assert tag(db, [first], "billing", by="ann", now=later(12)) == 1
    assert tag(db, [first], "billing", by="ann", now=later(12)) == 0
    assert note(db, [first], "called her", by="ann", now=later(13)) == 1
    assert resolve(db, [first], by="ann", now=later(14)) == 1
    assert resolve(db, [first], by="ann", now=later(15)) == 0
    assert cases(db, three) == {
        first: Case("ann", later(10), later(14), ("billing",)),
        second: Case("ann", later(10)),
    }
    assert used_tags(db) == {"billing": 1}
    assert reopen(db, [first], by="bo", now=later(16)) == 1
    assert untag(db, [first], "billing", by="bo", now=later(17)) == 1
    assert cases(db, [first]) == {first: Case("ann", later(10))}
    assert [(line.action, line.value, line.by) for line in history(db, first)] == [
        ("assigned", "ann", "bo"),
        ("tagged", "billing", "ann"),
        ("noted", "called her", "ann"),
        ("resolved", "", "ann"),
        ("reopened", "", "bo"),
        ("untagged", "billing", "bo"),
    ]


def test_mentions_are_found_by_what_people_did_with_them(db: Database, three: list[int]) -> None:
    first, second, third = three
    assign(db, [first, second], "Ann", by="", now=NOON)
    resolve(db, [second], by="", now=NOON)
    tag(db, [third], "press", by="", now=NOON)

    def found(**wanted: object) -> list[int]:
        return [row.id for row in find(db, MentionFilter(**wanted), newest_first=False)]  # type: ignore[arg-type]

    assert found(assignee="ann") == [first, second]
    assert found(resolved=False) == [first]
    assert found(resolved=True) == [second]
    assert found(tags=["press", "other"]) == [third]
    assert found(assignee="ann", tags=["press"]) == []


def test_numbers_of_no_mention_are_passed_over(db: Database, three: list[int]) -> None:
    assert assign(db, [three[0], 999], "ann", by="", now=NOON) == 1
    assert one(db, "SELECT count(*) FROM work") == 1


def test_what_people_did_vanishes_with_the_post(db: Database, three: list[int]) -> None:
    assign(db, three, "ann", by="bo", now=NOON)
    tag(db, three, "billing", by="bo", now=NOON)
    forget_author(db, "x:@Ada", now=NOON)
    assert [one(db, f"SELECT count(*) FROM {table}") for table in ("work", "mention_tags", "work_log")] == [
        0,
        0,
        0,
    ]


def asked(number: str, text: str, at: datetime, **fields: object) -> MatchedPost:
    person = NewAuthor(source_author_id=f"p{number}", handle=f"p{number}")
    return named(post(number, text, published_at=at, observed_at=at, author=person, **fields))


def replied(number: str, to: str, at: datetime, source: str = "x") -> MatchedPost:
    item = post(
        number, "we are on it", published_at=at, observed_at=at, author=BRAND, reply_to=to, source=source
    )
    return MatchedPost(item, owned_by="delta")


def test_waits_are_for_the_first_public_reply_of_the_brands_account(db: Database) -> None:
    batch = [
        asked("1", "@Delta where is my bag?", NOON),
        asked("2", "@deltaforce is not delta", NOON),
        asked("3", "delta was late", NOON),
        asked("4", "still nothing, delta", NOON, reply_to="89"),
        asked("5", "hello @delta", NOON),
        asked("6", "hey @delta", NOON, source="mastodon"),
        asked("7", "@delta hm", NOON, repost_of="5"),
        asked("8", "thanks @Delta", later(35), reply_to="91"),
        MatchedPost(post("89", "our new route", published_at=NOON, author=BRAND), owned_by="delta"),
        replied("90", "1", later(30)),
        replied("91", "1", later(20)),
        replied("92", "4", later(50)),
    ]
    save(db, Batch("a", batch), now=later(100))
    found = answers(db, "delta", {"x": ["delta"], "mastodon": ["delta@social.example"]}, **EVER)
    assert found is not None
    ids = dict(zip(mention_ids(db), "123456", strict=False))
    assert {ids[wait.mention_id]: wait.ended_at for wait in found} == {
        "1": later(20),
        "4": later(50),
        "5": None,
    }
    assert all(wait.since == NOON for wait in found)


def test_without_any_post_of_the_brands_own_nobody_knows_how_long_people_wait(db: Database) -> None:
    save(db, Batch("a", [asked("1", "@Delta hello", NOON)]), now=NOON)
    assert answers(db, "delta", {"x": ["delta"]}, **EVER) is None
    save(db, Batch("a", [replied("90", "77", NOON)]), now=NOON)
    assert len(answers(db, "delta", {"x": ["delta"]}, **EVER) or ()) == 1
    assert answers(db, "delta", {"x": ["delta"]}, **EVER, sources=["mastodon"]) is None


def test_what_was_given_to_somebody_waits_too(db: Database, three: list[int]) -> None:
    save(db, Batch("a", [replied("90", "2", later(50))]), now=later(60))
    assign(db, three[1:], "ann", by="", now=later(60))
    found = answers(db, "delta", {}, **EVER)
    assert [(wait.mention_id, wait.ended_at) for wait in found or ()] == [
        (three[1], later(50)),
        (three[2], None),
    ]


def test_cases_count_by_when_they_came_in_and_closed_ones_by_when_they_closed(
    db: Database, three: list[int]
) -> None:
    assert resolutions(db, "delta", **EVER) is None
    assign(db, three[:2], "ann", by="", now=later(60))
    resolve(db, three[:1], by="", now=later(days=40))
    waits, closed = resolutions(db, "delta", **EVER) or ([], -1)
    assert [(wait.mention_id, wait.ended_at) for wait in waits] == [
        (three[0], later(days=40)),
        (three[1], None),
    ]
    assert closed == 0
    waits, closed = resolutions(db, "delta", since=later(days=35), until=later(days=45)) or ([], -1)
    assert (waits, closed) == ([], 1)


def test_a_case_that_proves_to_be_of_something_else_waits_for_nobody(db: Database, three: list[int]) -> None:
    assign(db, three[:2], "ann", by="", now=later(60))
    resolve(db, three[:1], by="", now=later(70))
    mark_irrelevant(db, three[:2], True, now=later(80))
    assert resolutions(db, "delta", **EVER) == ([], 0)
