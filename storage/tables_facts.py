"""Imported facts as rows, and what one is known by."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, Date
from sqlmodel import Field, SQLModel

MILLION = 1_000_000
"""Amounts are stored in millionths."""
LARGEST = 10**12
"""The largest amount that one figure may have: more is a mistake, and sums stay within what a database counts."""


class FactRow(SQLModel, table=True):
    """`amount` in millionths; `currency` is "" for what is no money, `detail` for what is not told apart and `influencer` for nobody's."""

    __tablename__ = "facts"
    __table_args__ = {"sqlite_with_rowid": False}
    brand_id: str = Field(primary_key=True)
    fact: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    import_name: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    campaign: str = Field(primary_key=True)
    detail: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    influencer: str = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class FactKey(NamedTuple):
    """What a figure of one import is known by."""

    brand_id: str
    fact: str
    day: date
    channel: str = ""
    campaign: str = ""
    detail: str = ""
    currency: str = ""
    influencer: str = ""
