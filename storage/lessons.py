"""What a model can learn from: texts that people labelled, and random ones that nobody did."""

import heapq
import random
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, select

from storage.db import Database
from storage.rows import among, table_of
from storage.tables import Correction, Mention, Post
from storage.types import Sentiment

Kind = Literal["corrected", "audited", "kept"]
mentions, posts, corrections = table_of(Mention), table_of(Post), table_of(Correction)


@dataclass(frozen=True, slots=True)
class Lesson:
    """The present text of a mention and what a person said of it, None for nothing. `audit`: it had been drawn at random."""

    text: str
    target: str
    label: Sentiment | None = None
    audit: bool = False

    @property
    def kind(self) -> Kind:
        return "audited" if self.audit else "corrected" if self.label else "kept"


def lessons(db: Database) -> list[Lesson]:
    """Every label that a person gave to a present text about its brand, the latest last."""
    said = (corrections.c.mention_id == mentions.c.id) & (corrections.c.text_version == posts.c.version)
    wanted = _texts(corrections.c.label, corrections.c.audit).join(corrections, said)
    with db.read() as connection:
        return [
            Lesson(*row)
            for row in connection.execute(wanted.order_by(corrections.c.corrected_at, mentions.c.id))
        ]


def uncorrected(db: Database, n: int, *, seed: int) -> list[Lesson]:
    """`n` mentions drawn at random of those that nobody labelled, no reposts; fewer where there are fewer.

    The same seed draws the same from the same mentions.
    """
    wanted = select(mentions.c.id).where(
        mentions.c.is_repost.is_(False),
        mentions.c.irrelevant.is_(False),
        mentions.c.id.not_in(select(corrections.c.mention_id)),
    )
    chance = random.Random(seed)  # noqa: S311  a sample, not a secret
    with db.read() as connection:
        ids = connection.scalars(wanted.order_by(mentions.c.id).execution_options(yield_per=1000))
        drawn = heapq.nsmallest(n, ids, key=lambda _: chance.random())
        found = _texts().where(among(connection, mentions.c.id, drawn)).order_by(mentions.c.id)
        return [Lesson(*row) for row in connection.execute(found)]


def _texts(*more: Any) -> Select[Any]:
    both = mentions.join(posts, posts.c.id == mentions.c.post_id)
    chosen = select(posts.c.text, mentions.c.target, *more).select_from(both)
    return chosen.where(mentions.c.irrelevant.is_(False))
