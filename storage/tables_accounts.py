"""The rows of the brands' own accounts.

accounts           the account of a brand on a network: its id there, when it was asked, and what is wrong with it
account_snapshots  its followers and other figures, as seen at a time
"""

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """`handle` as it is configured, without @, in lower case; `account_id` is None until the network said whose it is.

    `asked_at` is when the account was looked up last, `read_at` its posts; `problem` says why that could not be done, "" where all is
    well, and `retry_at` how long the network wants to be left alone.
    """

    __tablename__ = "accounts"
    brand_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    handle: str = Field(sa_type=Text)
    account_id: str | None = Field(default=None, sa_type=Text)
    asked_at: datetime | None = None
    read_at: datetime | None = None
    retry_at: datetime | None = None
    problem: str = Field(default="", sa_type=Text)


class AccountSnapshot(SQLModel, table=True):
    """A row only where a figure changed or a day has passed. `views` are all times that its posts were ever shown."""

    __tablename__ = "account_snapshots"
    brand_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    account_id: str = Field(primary_key=True, sa_type=Text)
    observed_at: datetime = Field(primary_key=True)
    handle: str = Field(sa_type=Text)
    followers: int | None = Field(default=None, sa_type=BigInteger)
    following: int | None = Field(default=None, sa_type=BigInteger)
    posts: int | None = Field(default=None, sa_type=BigInteger)
    views: int | None = Field(default=None, sa_type=BigInteger)
