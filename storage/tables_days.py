"""What is kept of whole days so that figures over a month need not read its mentions."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from storage.tables import Json, _Day


class _Interactions(SQLModel):
    """Sums over the newest figures of the `measured` mentions: of each figure its sum and of how many posts it is known.

    `age_s` adds up how long after publication each was read, in seconds.
    """

    measured: int = 0
    likes: int = Field(default=0, sa_type=BigInteger)
    shares: int = Field(default=0, sa_type=BigInteger)
    comments: int = Field(default=0, sa_type=BigInteger)
    quotes: int = Field(default=0, sa_type=BigInteger)
    views: int = Field(default=0, sa_type=BigInteger)
    likes_posts: int = 0
    shares_posts: int = 0
    comments_posts: int = 0
    quotes_posts: int = 0
    views_posts: int = 0
    age_s: int = Field(default=0, sa_type=BigInteger)


class DayInteractions(_Interactions, _Day, table=True):
    """What people did with the mentions of a day that count, reposts left out: changed in the transaction of the mention or the reading."""

    __tablename__ = "day_interactions"
    __table_args__ = {"sqlite_with_rowid": False}


class DayPack(SQLModel, table=True):
    """The voices of a brand's day as arrays (`storage.packs`). None: something changed since they were packed, or they never were.

    Every brand and day that ever counted a mention has a row. `names` are the networks and languages that the arrays number.
    """

    __tablename__ = "day_packs"
    __table_args__ = (
        Index(
            "day_packs_due",
            "day",
            sqlite_where=text("authors IS NULL"),
            postgresql_where=text("authors IS NULL"),
        ),
    )
    brand_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    names: dict[str, Any] | None = Field(default=None, sa_type=Json)
    authors: bytes | None = Field(default=None, sa_type=LargeBinary)
    voices: bytes | None = Field(default=None, sa_type=LargeBinary)
