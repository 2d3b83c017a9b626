"""The rows of work that takes long, while it runs, and of what was handed on of networks whose terms limit that."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class RunningRow(SQLModel, table=True):
    """Work under way: `about` names brands, sources or days, never a post or an author. `total` None: nobody knows how much it will be."""

    __tablename__ = "running_work"
    kind: str = Field(primary_key=True)
    about: str = Field(primary_key=True, sa_type=Text)
    done: int = Field(default=0, sa_type=BigInteger)
    total: int | None = Field(default=None, sa_type=BigInteger)
    started_at: datetime
    seen_at: datetime


class HandedOn(SQLModel, table=True):
    """How many posts of a network a person or token took away on a day of UTC."""

    __tablename__ = "handed_on"
    source: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    who: str = Field(primary_key=True)
    posts: int = Field(default=0, sa_type=BigInteger)
