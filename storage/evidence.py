"""The posts behind a brand's figure, each as little as can be told of it, in a fixed order: any number of them costs little memory."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Text, case, cast, literal, select

from storage.db import Database
from storage.mentions import joined_with_labels
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.tables import Correction, Label, Mention, Post

mentions, posts = table_of(Mention), table_of(Post)
labels, corrections = table_of(Label), table_of(Correction)

_PAGE = 5_000
_LABEL: ColumnElement[str] = case(
    (mentions.c.is_repost, "repost"),
    (corrections.c.mention_id.is_not(None), corrections.c.label),
    (labels.c.mention_id.is_(None), "unlabelled"),
    (labels.c.label.is_(None), "failed"),
    else_=labels.c.label,
)


def evidence(
    db: Database,
    brand_id: str,
    *,
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> Iterator[tuple[str, str, int, str]]:
    """Source, the network's id, version of the text and label of every mention that counts in [since, until); of `ids` alone where given.

    The label is that of `storage.mentions.find`, or "failed", "unlabelled" or "repost". The order is that of the four as one text joined by
    colons, by code points, whatever the database's own order of letters.
    """
    given = ((posts.c.source, sources), (posts.c.lang, langs), (mentions.c.id, ids))
    order: ColumnElement[str] = (
        posts.c.source + ":" + posts.c.source_id + ":" + cast(posts.c.version, Text) + literal(":") + _LABEL
    )
    with db.read() as connection:
        if connection.dialect.name == "postgresql":
            order = order.collate("C")
        wanted = (
            select(posts.c.source, posts.c.source_id, posts.c.version, _LABEL)
            .select_from(joined_with_labels(setting(connection, MODEL)))
            .where(
                mentions.c.brand_id == brand_id,
                mentions.c.counted_at >= since.astimezone(UTC),
                mentions.c.counted_at < until.astimezone(UTC),
                mentions.c.irrelevant.is_(False),
                *(among(connection, column, values) for column, values in given if values is not None),
            )
            .order_by(order)
        )
        for row in connection.execute(wanted, execution_options={"yield_per": _PAGE}):
            yield row[0], row[1], row[2], row[3]
