"""Invented posts, and plain looks into the tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from storage.db import Database
from storage.types import MatchedPost, NewAuthor, NewLabel, NewMention, NewPost

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = NewAuthor(source_author_id="77", handle="Ada", name="Ada Quill", followers=10)


def post(source_id: str, words: str = "delta was late", **fields: Any) -> NewPost:
    """A post of Ada's at noon."""
    given: dict[str, Any] = {
        "source": "x",
        "source_id": source_id,
        "text": words,
        "published_at": NOON,
        "observed_at": NOON,
        "lang": "en",
        "author": ADA,
    }
    return NewPost(**(given | fields))


def named(item: NewPost, *brands: str, owned_by: str | None = None) -> MatchedPost:
    """The post as a mention of these brands, of delta if none is given."""
    found = [NewMention(brand_id=brand, query_version=1, target=brand) for brand in brands or ("delta",)]
    return MatchedPost(item, found, owned_by)


def label(mention: int, kind: str = "negative", *, version: int = 1, model: str = "m") -> NewLabel:
    """A label that is sure of itself."""
    sure = {f"p_{name}": 10_000 * (name == kind) for name in ("negative", "neutral", "positive")}
    return NewLabel(mention, version, model, **sure)


def later(minutes: float = 0, *, hours: float = 0, days: float = 0) -> datetime:
    return NOON + timedelta(minutes=minutes, hours=hours, days=days)


def rows(db: Database, statement: str) -> list[tuple[Any, ...]]:
    """What a plain SELECT gives."""
    with db.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def one(db: Database, statement: str) -> Any:
    """The one value of a plain SELECT."""
    ((value,),) = rows(db, statement)
    return value
