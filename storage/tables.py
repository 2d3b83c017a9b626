"""The rows. Migrations in `migrations/` create them; a test holds the two together.

    brand_queries   each version of each brand's query          authors        accounts, by the network's id
    posts           unique by (source, source_id)               post_versions  the text of each version of an edited post
    payloads        what the network sent, beside the post      post_stats     likes, shares, ... as seen at a time
    mentions        post x brand, unique                        labels         per (mention, text version, model)
    corrections     a person's label: outlives relabelling      author_days    who spoke of a brand on a day: exact, deletable
    counts, label_counts          sums per quarter hour, UTC    day_counts, day_label_counts   the same per day of the configured zone
    volumes         counts a network gave without the posts     days, restatements   closed days, and what changed them since
    cursors, coverage, source_states, runs, spending, refusals  how collection goes
    tombstones      salted hashes of what was erased            settings       the time zone, the salt, the model in use
    day_interactions, day_packs   what people did with a day's mentions, and its voices as arrays (tables_days)
    goals, goal_reviews           what figures shall come to, and when that was looked at (tables_goals)
    spike_states, rule_marks, alerts, alert_events, alert_evidence, deliveries   watching and telling (tables_alerts)
    users, web_sessions, api_tokens, login_tries, hook_ids, audit_log   the dashboard's doors (tables_web)
    running_work, handed_on       long work under way, and what was handed on of networks that limit it (tables_running)

Sums hold no floats: probabilities are whole ten-thousandths, so that adding and taking away never drifts.
"""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Column, Date, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

Id = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")


def _id() -> int:
    number: int = Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=True))
    return number


def _where_set(name: str, column: str, *more: str) -> Index:
    """An index over the few rows where the column is not null, ordered by more columns after it."""
    present = text(f"{column} IS NOT NULL")
    return Index(name, column, *more, sqlite_where=present, postgresql_where=present)


def _rated() -> Index:
    """An index over the reviews alone, by time."""
    present = text("rating IS NOT NULL")
    return Index("posts_rated", "counted_at", sqlite_where=present, postgresql_where=present)


def _given_id() -> int:
    """Given out by `storage.ids`: never used again, even after the newest row was erased."""
    number: int = Field(default=None, sa_column=Column(Id, primary_key=True, autoincrement=False))
    return number


class BrandQueryRow(SQLModel, table=True):
    """`relevance`, in ten-thousandths: a mention that is less relevant is left out of the figures. 0 leaves none out."""

    __tablename__ = "brand_queries"
    brand_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    role: str
    query: str = Field(sa_type=Text)
    accounts: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    active: bool = True
    since: datetime
    relevance: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Author(SQLModel, table=True):
    __tablename__ = "authors"
    __table_args__ = (UniqueConstraint("source", "source_author_id"),)
    id: int = _given_id()
    source: str
    source_author_id: str = Field(sa_type=Text)
    handle: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)


class Post(SQLModel, table=True):
    """`version` counts the text versions seen, from 1; `text` is the newest. `context`: only referenced, not counted.

    `followers` are the author's as seen with the post. `counted_at` is the time the post is counted under: the earlier of
    `published_at` and first seen, so no post lies in the future. `version_id` is None where it is `source_id`. `seen_at` is when
    the current text was last seen upstream, `rechecked_at` when the post was last looked up, `stats_due_at` when its figures are
    to be read again (None: no more).
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("posts_by_author", "author_id"),
        Index("posts_by_time", "counted_at"),
        Index("posts_by_recheck", "source", "rechecked_at"),
        _where_set("posts_due", "stats_due_at"),
        _where_set("posts_by_version", "version_id"),
        _where_set("posts_by_owner", "owned_by", "counted_at"),
        _where_set("posts_by_repost", "repost_of"),
        _where_set("posts_by_reply", "reply_to"),
        _rated(),
        _where_set("posts_by_quote", "quote_of"),
    )
    id: int = _given_id()
    source: str
    source_id: str = Field(sa_type=Text)
    origin: str
    author_id: int | None = Field(default=None, foreign_key="authors.id", sa_type=Id)
    text: str = Field(sa_type=Text)
    version: int = 1
    version_id: str | None = Field(default=None, sa_type=Text)
    published_at: datetime
    edited_at: datetime | None = None
    first_seen_at: datetime
    seen_at: datetime
    counted_at: datetime
    time_quality: str = "exact"
    lang: str = "und"
    url: str | None = Field(default=None, sa_type=Text)
    links: list[str] = Field(default_factory=list, sa_type=Json)
    repost_of: str | None = Field(default=None, sa_type=Text)
    reply_to: str | None = Field(default=None, sa_type=Text)
    quote_of: str | None = Field(default=None, sa_type=Text)
    thread: str | None = Field(default=None, sa_type=Text)
    format: str | None = None
    rating: float | None = None
    followers: int | None = Field(default=None, sa_type=BigInteger)
    context: bool = False
    owned_by: str | None = None
    rechecked_at: datetime
    stats_due_at: datetime | None = None


class PostVersion(SQLModel, table=True):
    """Only for posts with more than one text; version 1 is written when the second arrives. One row per different text.

    The current text is the one with the greatest (edited_at, seen_at): numbers are names, given as texts arrive.
    """

    __tablename__ = "post_versions"
    __table_args__ = (Index("post_versions_by_id", "version_id"),)
    post_id: int = Field(foreign_key="posts.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    version: int = Field(primary_key=True)
    version_id: str | None = Field(default=None, sa_type=Text)
    text: str = Field(sa_type=Text)
    edited_at: datetime | None = None
    seen_at: datetime


class PayloadRow(SQLModel, table=True):
    __tablename__ = "payloads"
    post_id: int = Field(foreign_key="posts.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    payload: str = Field(sa_type=Text)


class PostStats(SQLModel, table=True):
    __tablename__ = "post_stats"
    post_id: int = Field(foreign_key="posts.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    observed_at: datetime = Field(primary_key=True)
    likes: int | None = Field(default=None, sa_type=BigInteger)
    shares: int | None = Field(default=None, sa_type=BigInteger)
    comments: int | None = Field(default=None, sa_type=BigInteger)
    quotes: int | None = Field(default=None, sa_type=BigInteger)
    views: int | None = Field(default=None, sa_type=BigInteger)
    saves: int | None = Field(default=None, sa_type=BigInteger)
    clicks: int | None = Field(default=None, sa_type=BigInteger)
    reach: int | None = Field(default=None, sa_type=BigInteger)
    visits: int | None = Field(default=None, sa_type=BigInteger)


class Mention(SQLModel, table=True):
    """`labelled_model` is the model that labelled the post's current version last; None: waits for the model in use.

    So where it is set, the model in use has labelled the text, whoever did so last; reposts wait for none. `claimed_until` is a worker's lease.
    `relevance` is what the model in use said of the current version, in ten-thousandths (None: not judged), `said_irrelevant` what a
    person said, and `irrelevant` what follows from both by `storage.relevance`.
    """

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("post_id", "brand_id"),
        Index("mentions_by_brand_time", "brand_id", "counted_at", "id"),
        Index("mentions_by_model", "is_repost", "labelled_model", "id"),
    )
    id: int = _given_id()
    post_id: int = Field(foreign_key="posts.id", sa_type=Id, ondelete="CASCADE")
    brand_id: str
    query_version: int
    target: str = Field(sa_type=Text)
    terms: list[str] = Field(default_factory=list, sa_type=Json)
    counted_at: datetime
    is_repost: bool = False
    relevance: int | None = None
    irrelevant: bool = False
    said_irrelevant: bool | None = None
    labelled_model: str | None = None
    claimed_until: datetime | None = None


class Label(SQLModel, table=True):
    """Probabilities in ten-thousandths, `relevance` too; `reason` says why a text could not be labelled."""

    __tablename__ = "labels"
    mention_id: int = Field(foreign_key="mentions.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    text_version: int = Field(primary_key=True)
    model_id: str = Field(primary_key=True)
    label: str | None = None
    p_negative: int = 0
    p_neutral: int = 0
    p_positive: int = 0
    truncated: bool = False
    reason: str | None = None
    labelled_at: datetime
    relevance: int | None = None


class Correction(SQLModel, table=True):
    """What a person said of one text version; it counts for as long as that is the post's current version."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index(
            "corrections_audited",
            "mention_id",
            sqlite_where=text("audit = 1"),
            postgresql_where=text("audit"),
        ),
    )
    mention_id: int = Field(foreign_key="mentions.id", primary_key=True, sa_type=Id, ondelete="CASCADE")
    text_version: int
    label: str
    corrected_at: datetime
    audit: bool = False


class _Sums(SQLModel):
    """Sums over mentions that are not irrelevant, but for `irrelevant`: `mentions` without reposts, `reposts` beside them."""

    mentions: int = Field(default=0, sa_type=BigInteger)
    reposts: int = Field(default=0, sa_type=BigInteger)
    irrelevant: int = Field(default=0, sa_type=BigInteger)


class _LabelSums(SQLModel):
    """Sums over labelled mentions for one model; model_id "human" holds corrected ones, which no model's row then counts.

    `failed` are those that could not be labelled. What is left of `mentions` is unlabelled.
    """

    negative: int = Field(default=0, sa_type=BigInteger)
    neutral: int = Field(default=0, sa_type=BigInteger)
    positive: int = Field(default=0, sa_type=BigInteger)
    failed: int = Field(default=0, sa_type=BigInteger)
    p_negative: int = Field(default=0, sa_type=BigInteger)
    p_neutral: int = Field(default=0, sa_type=BigInteger)
    p_positive: int = Field(default=0, sa_type=BigInteger)


class _Quarter(SQLModel):
    brand_id: str = Field(primary_key=True)
    quarter: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    lang: str = Field(primary_key=True)


class _Day(SQLModel):
    brand_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    source: str = Field(primary_key=True)
    lang: str = Field(primary_key=True)


class _QuarterModel(_Quarter):
    model_id: str = Field(primary_key=True)


class _DayModel(_Day):
    model_id: str = Field(primary_key=True)


# The key comes first in each table (the last base class): SQLite's integrity check takes other orders for damage.


class Count(_Sums, _Quarter, table=True):
    """`quarter` is the number of whole quarter hours since 1970-01-01T00:00Z."""

    __tablename__ = "counts"
    __table_args__ = {"sqlite_with_rowid": False}


class LabelCount(_LabelSums, _QuarterModel, table=True):
    __tablename__ = "label_counts"
    __table_args__ = {"sqlite_with_rowid": False}


class DayCount(_Sums, _Day, table=True):
    """`day` is a calendar day in the configured time zone (settings["timezone"]); another zone means a rebuild."""

    __tablename__ = "day_counts"
    __table_args__ = {"sqlite_with_rowid": False}


class DayLabelCount(_LabelSums, _DayModel, table=True):
    __tablename__ = "day_label_counts"
    __table_args__ = {"sqlite_with_rowid": False}


class AuthorDay(SQLModel, table=True):
    """`followers` is the largest number seen with that author's mentions (reposts too) of the brand that day."""

    __tablename__ = "author_days"
    __table_args__ = {"sqlite_with_rowid": False}
    brand_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    source: str = Field(primary_key=True)
    author_id: int = Field(primary_key=True, sa_type=Id)
    mentions: int = Field(default=0)
    reposts: int = Field(default=0)
    followers: int | None = Field(default=None, sa_type=BigInteger)


class VolumeRow(SQLModel, table=True):
    __tablename__ = "volumes"
    origin: str = Field(primary_key=True)
    brand_id: str = Field(primary_key=True)
    query_version: int = Field(primary_key=True)
    since: datetime = Field(primary_key=True)
    until: datetime
    count: int = Field(sa_type=BigInteger)


class Day(SQLModel, table=True):
    """A day of the configured zone that has closed: later changes to it are restatements."""

    __tablename__ = "days"
    day: date = Field(primary_key=True, sa_type=Date)
    closed_at: datetime


class Restatement(SQLModel, table=True):
    """`revision` rises by one with each. No text, no author.

    `mentions` is the change in mentions, `labels` how many labels came, went or changed class. Both 0: only reposts or
    probabilities moved.
    """

    __tablename__ = "restatements"
    __table_args__ = (Index("restatements_by_brand_day", "brand_id", "day"),)
    revision: int = _id()
    brand_id: str
    day: date = Field(sa_type=Date)
    reason: str
    mentions: int = 0
    labels: int = 0
    at: datetime


class CursorRow(SQLModel, table=True):
    __tablename__ = "cursors"
    origin: str = Field(primary_key=True)
    stream: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)
    moved_at: datetime


class CoverageRow(SQLModel, table=True):
    """One stretch [since, until) for a source and a brand's query version; touching stretches of one state are merged."""

    __tablename__ = "coverage"
    __table_args__ = (Index("coverage_by_source", "origin", "brand_id", "query_version", "since"),)
    id: int = _id()
    origin: str
    brand_id: str
    query_version: int
    since: datetime
    until: datetime
    state: str
    reason: str = ""


class SourceState(SQLModel, table=True):
    __tablename__ = "source_states"
    origin: str = Field(primary_key=True)
    type: str
    last_run_at: datetime | None = None
    last_ok_at: datetime | None = None
    next_check_at: datetime | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    last_error_kind: str | None = None
    error_count: int = 0
    partial_errors: int = 0


class Run(SQLModel, table=True):
    __tablename__ = "runs"
    __table_args__ = (Index("runs_by_time", "started_at"),)
    id: int = _id()
    step: str
    origin: str = ""
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = "running"
    posts: int = 0
    mentions: int = 0
    refused: int = 0
    detail: str = Field(default="", sa_type=Text)


class Spending(SQLModel, table=True):
    """What a source used on a UTC day: requests or quota units, and US dollars in millionths."""

    __tablename__ = "spending"
    origin: str = Field(primary_key=True)
    day: date = Field(primary_key=True, sa_type=Date)
    units: int = Field(default=0, sa_type=BigInteger)
    microdollars: int = Field(default=0, sa_type=BigInteger)


class Refusal(SQLModel, table=True):
    __tablename__ = "refusals"
    __table_args__ = (Index("refusals_by_time", "at"),)
    id: int = _id()
    origin: str
    field: str
    reason: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)
    at: datetime


class Tombstone(SQLModel, table=True):
    """sha256 over the database's salt, "post" or "author", the source and the id; nothing readable."""

    __tablename__ = "tombstones"
    digest: str = Field(primary_key=True)
    at: datetime


class Setting(SQLModel, table=True):
    __tablename__ = "settings"
    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)
