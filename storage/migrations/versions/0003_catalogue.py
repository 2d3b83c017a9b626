"""What the KPI catalogue needs beside mentions: own accounts, imported facts, goals, work on mentions, and what the adjusted figures read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _reviews()
    _accounts()
    _work()
    imported_facts()
    _goals()
    _days()


def _reviews() -> None:
    rated = sa.text("rating IS NOT NULL")
    op.create_index("posts_rated", "posts", ["counted_at"], sqlite_where=rated, postgresql_where=rated)


def imported_facts() -> None:
    key = ("brand_id", "fact", "day", "import_name", "channel", "campaign", "detail", "currency")
    op.create_table(
        "facts",
        *(sa.Column(name, sa.Date() if name == "day" else sa.String(), nullable=False) for name in key),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    op.create_index("work_by_resolved", "work", ["resolved_at"])
    op.create_table(
        "mention_tags",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mention_id", "tag"),
    )
    op.create_index("mention_tags_by_tag", "mention_tags", ["tag"])
    op.create_table(
        "work_log",
        sa.Column("id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("work_log_by_mention", "work_log", ["mention_id"])


def _accounts() -> None:
    """The brands' own accounts, their figures over time, and the figures that networks tell their owner."""
    op.create_table(
        "accounts",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("retry_at", TIME, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "source"),
    )
    op.create_table(
        "account_snapshots",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("observed_at", TIME, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=True)
            for name in ("followers", "following", "posts", "views")
        ),
        sa.PrimaryKeyConstraint("brand_id", "source", "account_id", "observed_at"),
    )
    for name in ("saves", "clicks", "reach", "visits"):
        op.add_column("post_stats", sa.Column(name, sa.BigInteger(), nullable=True))
    owned = sa.text("owned_by IS NOT NULL")
    op.create_index(
        "posts_by_owner", "posts", ["owned_by", "counted_at"], sqlite_where=owned, postgresql_where=owned
    )


def _goals() -> None:
    op.create_table(
        "goals",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        *(
            sa.Column(name, sa.String(), nullable=name in ("channel", "campaign"))
            for name in ("kpi", "brand_id", "channel", "campaign", "aim")
        ),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("review", sa.String(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        *(
            sa.Column(name, sa.Float(), nullable=True)
            for name in ("baseline", "baseline_low", "baseline_high")
        ),
        sa.Column("baseline_n", sa.Integer(), nullable=False),
        sa.Column("baseline_first", sa.Date(), nullable=True),
        sa.Column("baseline_after", sa.Date(), nullable=True),
        sa.Column("ended", sa.String(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("goals_by_key", "goals", ["key"], unique=True)
    op.create_table(
        "goal_reviews",
        sa.Column("id", ID, nullable=False),
        sa.Column("goal_id", ID, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goals.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("goal_reviews_by_goal", "goal_reviews", ["goal_id", "at"])


def _days() -> None:
    """Interactions summed by day, the days' packs, which housekeeping fills, and the way to the audited mentions among many."""
    op.create_index(
        "corrections_audited",
        "corrections",
        ["mention_id"],
        sqlite_where=sa.text("audit = 1"),
        postgresql_where=sa.text("audit"),
    )
    key = ("brand_id", "day", "source", "lang")
    figures = ("likes", "shares", "comments", "quotes", "views")
    small = ("measured", *(f"{name}_posts" for name in figures))
    sums = ("measured", *figures, *small[1:], "age_s")
    op.create_table(
        "day_interactions",
        *(sa.Column(name, sa.Date() if name == "day" else sa.String(), nullable=False) for name in key),
        *(
            sa.Column(name, sa.Integer() if name in small else sa.BigInteger(), nullable=False)
            for name in sums
        ),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day_packs",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("names", JSON, nullable=True),
        sa.Column("authors", sa.LargeBinary(), nullable=True),
        sa.Column("voices", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "day"),
    )
    empty = sa.text("authors IS NULL")
    op.create_index("day_packs_due", "day_packs", ["day"], sqlite_where=empty, postgresql_where=empty)
    op.execute("INSERT INTO day_packs (brand_id, day) SELECT DISTINCT brand_id, day FROM day_counts")
    _interactions(sums)


def _interactions(sums: tuple[str, ...]) -> None:
    """What the mentions that are there add to the new sums, read once."""
    from storage.interactions import contribution, measured, mentions, posts
    from storage.stats import post_stats
    from storage.sums import calendar, quarter_of

    connection = op.get_bind()
    days = calendar(connection)
    times = mentions.c.counted_at, posts.c.published_at, post_stats.c.observed_at
    figures = [post_stats.c[name] for name in ("likes", "shares", "comments", "quotes", "views")]
    wanted = (
        sa.select(mentions.c.brand_id, posts.c.source, posts.c.lang, *times, *figures)
        .select_from(measured)
        .where(mentions.c.is_repost.is_(False), mentions.c.irrelevant.is_(False))
    )
    found: dict[tuple[object, ...], list[int]] = {}
    for brand, source, lang, at, published_at, observed_at, *seen in connection.execute(
        wanted, execution_options={"yield_per": 1000}
    ):
        row = found.setdefault((brand, days.day(quarter_of(at)), source, lang), [0] * len(sums))
        row[:] = map(sum, zip(row, contribution(tuple(seen), published_at, observed_at), strict=True))
    table = sa.table(
        "day_interactions",
        sa.column("day", sa.Date()),
        *map(sa.column, ("brand_id", "source", "lang", *sums)),
    )
    names = ("brand_id", "day", "source", "lang", *sums)
    if found:
        op.bulk_insert(
            table, [dict(zip(names, (*key, *values), strict=True)) for key, values in found.items()]
        )
