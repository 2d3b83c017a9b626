"""The rows of goals and of their reviews."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Text
from sqlmodel import Field, SQLModel

from storage.tables import Id, _id


class GoalRow(SQLModel, table=True):
    """`key` is that of a goal in config.toml, made from what it says; None for one added by command. The baseline, once there, stays."""

    __tablename__ = "goals"
    __table_args__ = (Index("goals_by_key", "key", unique=True),)
    id: int = _id()
    key: str | None = None
    kpi: str
    brand_id: str
    channel: str | None = None
    campaign: str | None = None
    aim: str
    amount: float
    begins: date = Field(sa_type=Date)
    last_day: date = Field(sa_type=Date)
    owner: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    review: str
    added_at: datetime
    baseline: float | None = None
    baseline_low: float | None = None
    baseline_high: float | None = None
    baseline_n: int = 0
    baseline_first: date | None = Field(default=None, sa_type=Date)
    baseline_after: date | None = Field(default=None, sa_type=Date)
    baseline_currency: str | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    note: str | None = Field(default=None, sa_type=Text)


class GoalReview(SQLModel, table=True):
    """`goal_id` None: the choice of figures itself was reviewed."""

    __tablename__ = "goal_reviews"
    __table_args__ = (Index("goal_reviews_by_goal", "goal_id", "at"),)
    id: int = _id()
    goal_id: int | None = Field(default=None, foreign_key="goals.id", sa_type=Id, ondelete="CASCADE")
    at: datetime
    note: str = Field(default="", sa_type=Text)
