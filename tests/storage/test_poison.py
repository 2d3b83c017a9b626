"""One malformed record among many good ones: the good are stored, the bad one is kept aside, alike on both engines."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from storage.counts import recount
from storage.db import Database
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewPost, Stats
from tests.storage.posts import NOON, named, one, post, rows

CLEANED: dict[str, dict[str, Any]] = {
    "NUL in the text": {"text": "delta\x00 late"},
    "lone surrogate in the text": {"text": "delta \ud83d late"},
    "NUL in the id": {"source_id": "bad\x001"},
    "a text of 100,000 characters": {"text": "delta " * 16_000 + "x" * 4_000},
    "a word of 100,000 characters": {"text": "delta " + "é" * 100_000},
    "a long link": {"url": "https://example.com/" + "a" * 100_000},
    "NaN in the payload": {"payload": {"likes": float("nan"), "deep": [float("-inf")]}},
    "NUL escape in the payload": {"payload": {"text": "a\x00b", "k\x00": 1}},
    "lone surrogate in the payload": {"payload": {"text": "\ud83d"}},
    "something that is not JSON in the payload": {"payload": {"at": datetime(2026, 1, 1)}},
    "a whole number past 2^63 in the payload": {"payload": {"id": 2**70}},
    "the first year there is": {"published_at": datetime.fromisoformat("0001-01-01T00:00:00+00:00")},
    "the last year there is": {"published_at": datetime.fromisoformat("9999-12-31T23:59:59+00:00")},
    "quotes and wildcards": {"text": "delta '; DROP TABLE posts; -- % _ \\ \" :words", "handle": "%"},
    "an author named like code": {"author": NewAuthor(source_author_id="'\\\t\n", handle="\\N", name="\\.")},
    "an empty text": {"text": ""},
    "text in every script": {"text": "delta Ωß İı ﷺ 苹果 とう ไทย 한국어 🇳🇴👍🏽 \u202e\u200b\ufeff"},
}

REFUSED: dict[str, dict[str, Any]] = {
    "an id past what an index holds": {"source_id": "x" * 3_000},
    "a wide id past what an index holds": {"source_id": "\U0001f600" * 600},
    "a handle of 100,000 characters": {"author": {"source_author_id": "1", "handle": "x" * 100_000}},
    "followers past 2^63": {"author": {"source_author_id": "1", "followers": 2**63}},
    "likes past 2^63": {"stats": {"likes": 2**63}},
    "fewer than no likes": {"stats": {"likes": -1}},
    "a time without a zone": {"published_at": datetime(2026, 11, 20)},
    "NaN as a rating": {"rating": float("nan")},
    "a long language": {"lang": "x" * 36},
    "no id": {"source_id": ""},
    "no text": {"text": None},
    "an unknown field": {"text2": "x"},
}

PAST_THE_BORDER: dict[str, dict[str, Any]] = {
    "a time without a zone": {"published_at": datetime(2026, 11, 20)},
    "likes past 2^63": {"stats": Stats.model_construct(likes=2**63)},
    "a lone surrogate": {"text": "delta \ud83d"},
    "no text": {"text": None},
    "followers past 2^63": {"author": NewAuthor.model_construct(source_author_id="1", followers=2**63)},
}


def around(bad: MatchedPost) -> list[MatchedPost]:
    good = [named(post(f"good {n}")) for n in range(99)]
    return [*good[:40], bad, *good[40:]]


@pytest.mark.parametrize("what", CLEANED)
def test_what_can_be_stored_is_stored_with_its_neighbours(db: Database, what: str) -> None:
    fields = {key: value for key, value in CLEANED[what].items() if key != "handle"}
    item = post(**{"source_id": "bad", "words": fields.pop("text", "delta"), **fields})
    saved = save(db, Batch("a", around(named(item))), now=NOON)
    assert (saved.new_posts, saved.refused) == (100, 0)
    again = save(db, Batch("a", around(named(item))), now=NOON)
    assert (again.new_posts, again.known_posts) == (0, 100)
    assert recount(db) == []


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_a_post_is_refused_at_the_border_by_field(what: str) -> None:
    given = post("bad").model_dump() | REFUSED[what]
    with pytest.raises(ValidationError) as caught:
        NewPost(**given)
    (named_field,) = REFUSED[what]
    assert caught.value.errors()[0]["loc"][0] == named_field


@pytest.mark.parametrize("what", PAST_THE_BORDER)
def test_what_slips_past_the_border_costs_only_itself(db: Database, what: str) -> None:
    bad = post("bad").model_copy(update=PAST_THE_BORDER[what])
    saved = save(db, Batch("a", around(named(bad)), stream="s", cursor={"at": 1}), now=NOON)
    assert (saved.new_posts, saved.refused) == (99, 1)
    ((origin, payload),) = rows(db, "SELECT origin, payload FROM refusals")
    assert origin == "a"
    assert '"source_id":"bad"' in payload
    assert one(db, "SELECT count(*) FROM mentions") == 99
    assert one(db, "SELECT count(*) FROM cursors") == 1
    assert recount(db) == []
