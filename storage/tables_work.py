"""The rows of people's work on mentions: who has it, under which tags, whether it is done, and the log of all that."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from storage.tables import Id, _id


class Work(SQLModel, table=True):
    """A mention that people work on. `assignee` None: nobody has it; `resolved_at` None: it is open."""

    __tablename__ = "work"
    __table_args__ = (Index("work_by_resolved", "resolved_at"),)
    mention_id: int = Field(foreign_key="mentions.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    assignee: str | None = None
    begun_at: datetime
    resolved_at: datetime | None = None


class MentionTag(SQLModel, table=True):
    __tablename__ = "mention_tags"
    __table_args__ = (Index("mention_tags_by_tag", "tag"),)
    mention_id: int = Field(foreign_key="mentions.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    tag: str = Field(primary_key=True)


class WorkLog(SQLModel, table=True):
    """What was done: `action` is assigned, tagged, untagged, resolved, reopened or noted; `value` the name, tag or note."""

    __tablename__ = "work_log"
    __table_args__ = (Index("work_log_by_mention", "mention_id"),)
    id: int = _id()
    mention_id: int = Field(foreign_key="mentions.id", sa_type=Id, ondelete="CASCADE")
    at: datetime
    by: str = ""
    action: str
    value: str = Field(default="", sa_type=Text)
