"""What people check: random samples for measuring the model, how it did in them, and mentions that are not about the brand at all."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, update

from storage.db import Database
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.sums import Tally, calendar
from storage.tables import Correction, Label, Mention, Post
from storage.types import Sentiment

mentions, posts, labels, corrections = (table_of(row) for row in (Mention, Post, Label, Correction))

Confusion = dict[tuple[Sentiment, Sentiment], int]
"""How often (a person's label, the model's label) stood side by side."""


def draw_audit(
    db: Database,
    brand_id: str,
    n: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    seed: int,
) -> list[int]:
    """Numbers of `n` mentions drawn at random, every labelled and uncorrected one as likely as any other; fewer where there are fewer.

    The same seed draws the same from the same mentions.
    """
    with db.read() as connection:
        wanted = (
            select(mentions.c.id)
            .join(posts, posts.c.id == mentions.c.post_id)
            .join(labels, (labels.c.mention_id == mentions.c.id) & (labels.c.text_version == posts.c.version))
            .outerjoin(corrections, corrections.c.mention_id == mentions.c.id)
            .where(
                mentions.c.brand_id == brand_id,
                mentions.c.irrelevant.is_(False),
                labels.c.model_id == (setting(connection, MODEL) or ""),
                labels.c.label.is_not(None),
                corrections.c.mention_id.is_(None),
            )
            .order_by(mentions.c.id)
        )
        if since is not None:
            wanted = wanted.where(mentions.c.counted_at >= since.astimezone(UTC))
        if until is not None:
            wanted = wanted.where(mentions.c.counted_at < until.astimezone(UTC))
        drawn: list[int] = []
        chance = random.Random(seed)  # noqa: S311  a sample, not a secret
        for place, mention_id in enumerate(connection.scalars(wanted.execution_options(yield_per=1000))):
            if place < n:
                drawn.append(mention_id)
            elif (slot := chance.randrange(place + 1)) < n:
                drawn[slot] = mention_id
    chance.shuffle(drawn)
    return drawn


def audit_confusion(db: Database, brand_id: str, model_id: str) -> Confusion:
    """What the audits of a brand say of a model: only random draws, of text versions the model has labelled.

    Corrections made in passing are left out: people fix what they happen to see, which is not how mistakes are spread.
    """
    said = (labels.c.mention_id == corrections.c.mention_id) & (
        labels.c.text_version == corrections.c.text_version
    )
    pair = corrections.c.label, labels.c.label
    wanted = (
        select(*pair, func.count())
        .select_from(corrections.join(labels, said).join(mentions, mentions.c.id == corrections.c.mention_id))
        .where(
            mentions.c.brand_id == brand_id,
            labels.c.model_id == model_id,
            corrections.c.audit,
            labels.c.label.is_not(None),
        )
        .group_by(*pair)
    )
    with db.read() as connection:
        return {(person, model): count for person, model, count in connection.execute(wanted)}


def mark_irrelevant(db: Database, mention_ids: Sequence[int], irrelevant: bool, *, now: datetime) -> int:
    """Say that mentions are not about their brand after all (or are): they leave the sums but for `irrelevant`.

    Returns how many were marked otherwise before. Unknown numbers are passed over.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> int:
        asked = among(connection, mentions.c.id, mention_ids), mentions.c.irrelevant.is_(not irrelevant)
        moved = list(connection.scalars(select(mentions.c.id).where(*asked)))
        tally = Tally(calendar(connection))
        with tally.changing(connection, mention_ids=moved):
            here = among(connection, mentions.c.id, moved)
            connection.execute(update(mentions).where(here).values(irrelevant=irrelevant))
        tally.write(connection, reason="relevance", now=now)
        return len(moved)

    return db.do(work)
