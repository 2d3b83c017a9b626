"""Everything: the tables of version 0.1 and the full-text index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)

SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE post_search USING fts5(words, content='', columnsize=0, detail=full,"
        " tokenize=\"unicode61 remove_diacritics 0 categories 'C* L* M* N* P* S*'\")",
    ),
    "postgresql": (
        "CREATE TABLE post_search (post_id bigint PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE, words tsvector NOT NULL)",
        "CREATE INDEX post_search_words ON post_search USING gin (words)",
    ),
}
"""SQLite's index keeps no copy of the text. Words come in already folded and split (storage.search_index)."""


def upgrade() -> None:
    op.create_table(
        "author_days",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("reposts", sa.Integer(), nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("brand_id", "day", "source", "author_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("author_days_by_author", "author_days", ["author_id"], unique=False)
    op.create_table(
        "authors",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_author_id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_author_id"),
    )
    op.create_index("ix_authors_handle", "authors", ["handle"], unique=False)
    op.create_table(
        "brand_queries",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("accounts", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "version"),
    )
    op.create_table(
        "counts",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("mentions", sa.BigInteger(), nullable=False),
        sa.Column("reposts", sa.BigInteger(), nullable=False),
        sa.Column("irrelevant", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "quarter", "source", "lang"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coverage",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("query_version", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "coverage_by_source", "coverage", ["origin", "brand_id", "query_version", "since"], unique=False
    )
    op.create_table(
        "cursors",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("origin", "stream"),
    )
    op.create_table(
        "day_counts",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("mentions", sa.BigInteger(), nullable=False),
        sa.Column("reposts", sa.BigInteger(), nullable=False),
        sa.Column("irrelevant", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "day", "source", "lang"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day_label_counts",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("negative", sa.BigInteger(), nullable=False),
        sa.Column("neutral", sa.BigInteger(), nullable=False),
        sa.Column("positive", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("p_negative", sa.BigInteger(), nullable=False),
        sa.Column("p_neutral", sa.BigInteger(), nullable=False),
        sa.Column("p_positive", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "day", "source", "lang", "model_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "label_counts",
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("negative", sa.BigInteger(), nullable=False),
        sa.Column("neutral", sa.BigInteger(), nullable=False),
        sa.Column("positive", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("p_negative", sa.BigInteger(), nullable=False),
        sa.Column("p_neutral", sa.BigInteger(), nullable=False),
        sa.Column("p_positive", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "quarter", "source", "lang", "model_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("refusals_by_time", "refusals", ["at"], unique=False)
    op.create_table(
        "restatements",
        sa.Column("revision", ID, autoincrement=True, nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
    op.create_index("restatements_by_brand_day", "restatements", ["brand_id", "day"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("runs_by_time", "runs", ["started_at"], unique=False)
    op.create_table(
        "settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "source_states",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("last_run_at", TIME, nullable=True),
        sa.Column("last_ok_at", TIME, nullable=True),
        sa.Column("next_check_at", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_kind", sa.String(), nullable=True),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("partial_errors", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "spending",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("microdollars", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "day"),
    )
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "volumes",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("query_version", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "brand_id", "query_version", "since"),
    )
    op.create_table(
        "posts",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("counted_at", TIME, nullable=False),
        sa.Column("time_quality", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("links", JSON, nullable=False),
        sa.Column("repost_of", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("quote_of", sa.Text(), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("format", sa.String(), nullable=True),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("followers", sa.BigInteger(), nullable=True),
        sa.Column("context", sa.Boolean(), nullable=False),
        sa.Column("owned_by", sa.String(), nullable=True),
        sa.Column("rechecked_at", TIME, nullable=False),
        sa.Column("stats_due_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["authors.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "source_id"),
    )
    op.create_index("posts_by_author", "posts", ["author_id"], unique=False)
    op.create_index(
        "posts_by_quote",
        "posts",
        ["quote_of"],
        unique=False,
        sqlite_where=sa.text("quote_of IS NOT NULL"),
        postgresql_where=sa.text("quote_of IS NOT NULL"),
    )
    op.create_index("posts_by_recheck", "posts", ["source", "rechecked_at"], unique=False)
    op.create_index(
        "posts_by_reply",
        "posts",
        ["reply_to"],
        unique=False,
        sqlite_where=sa.text("reply_to IS NOT NULL"),
        postgresql_where=sa.text("reply_to IS NOT NULL"),
    )
    op.create_index(
        "posts_by_repost",
        "posts",
        ["repost_of"],
        unique=False,
        sqlite_where=sa.text("repost_of IS NOT NULL"),
        postgresql_where=sa.text("repost_of IS NOT NULL"),
    )
    op.create_index("posts_by_time", "posts", ["counted_at"], unique=False)
    op.create_index(
        "posts_by_version",
        "posts",
        ["version_id"],
        unique=False,
        sqlite_where=sa.text("version_id IS NOT NULL"),
        postgresql_where=sa.text("version_id IS NOT NULL"),
    )
    op.create_index(
        "posts_due",
        "posts",
        ["stats_due_at"],
        unique=False,
        sqlite_where=sa.text("stats_due_at IS NOT NULL"),
        postgresql_where=sa.text("stats_due_at IS NOT NULL"),
    )
    op.create_table(
        "mentions",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("brand_id", sa.String(), nullable=False),
        sa.Column("query_version", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("counted_at", TIME, nullable=False),
        sa.Column("is_repost", sa.Boolean(), nullable=False),
        sa.Column("relevance", sa.Integer(), nullable=True),
        sa.Column("irrelevant", sa.Boolean(), nullable=False),
        sa.Column("labelled_model", sa.String(), nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("post_id", "brand_id"),
    )
    op.create_index("mentions_by_brand_time", "mentions", ["brand_id", "counted_at", "id"], unique=False)
    op.create_index("mentions_by_model", "mentions", ["is_repost", "labelled_model", "id"], unique=False)
    op.create_table(
        "payloads",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id"),
    )
    op.create_table(
        "post_stats",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("observed_at", TIME, nullable=False),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("shares", sa.BigInteger(), nullable=True),
        sa.Column("comments", sa.BigInteger(), nullable=True),
        sa.Column("quotes", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "observed_at"),
    )
    op.create_table(
        "post_versions",
        sa.Column("post_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "version"),
    )
    op.create_index("post_versions_by_id", "post_versions", ["version_id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("corrected_at", TIME, nullable=False),
        sa.Column("audit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    op.create_table(
        "labels",
        sa.Column("mention_id", ID, nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("p_negative", sa.Integer(), nullable=False),
        sa.Column("p_neutral", sa.Integer(), nullable=False),
        sa.Column("p_positive", sa.Integer(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("labelled_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mention_id", "text_version", "model_id"),
    )
    # ### end Alembic commands ###
    for statement in SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
