"""What people check: random samples for measuring the model, how it did in them, and mentions that are not about the brand at all."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from storage.db import Database
from storage.relevance import settle_with_reposts
from storage.rows import among, table_of
from storage.settings import MODEL, setting
from storage.sums import Tally, calendar
from storage.tables import Correction, Label, Mention, Post
from storage.types import Sentiment

mentions, posts, labels, corrections = (table_of(row) for row in (Mention, Post, Label, Correction))

its_brand = mentions.c.brand_id.concat("")
"""Without an index, so that SQLite begins with the few audited mentions and not with all of the brand's."""

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
            .outerjoin(
                corrections,
                (corrections.c.mention_id == mentions.c.id) & (corrections.c.text_version == posts.c.version),
            )
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


def audit_sums(db: Database, model_id: str) -> dict[str, dict[Sentiment, tuple[int, int, int, int]]]:
    """Of what the audits of each brand say of a model, by a person's label: posts, and the model's probabilities
    (negative, neutral, positive) summed, in ten-thousandths. Of the same posts as `audit_confusion`.
    """
    return db.ask(_audit_sums, model_id)


def _audit_sums(
    connection: Connection, model_id: str
) -> dict[str, dict[Sentiment, tuple[int, int, int, int]]]:
    found: dict[str, dict[Sentiment, tuple[int, int, int, int]]] = defaultdict(dict)
    for brand_id, person, *sums in connection.execute(_sums_of_audits(model_id)):
        found[brand_id][person] = tuple(map(int, sums))  # type: ignore[assignment]
    return found


@cache
def _sums_of_audits(model_id: str) -> Select[Any]:
    weights = (func.sum(column) for column in (labels.c.p_negative, labels.c.p_neutral, labels.c.p_positive))
    keys = its_brand, corrections.c.label
    return _audited(model_id, *keys, func.count(), *weights).group_by(*keys)


def audit_confusion(db: Database, brand_id: str, model_id: str) -> Confusion:
    """What the audits of a brand say of a model: only random draws, of present texts that the model has labelled.

    Left out are posts edited since, mentions that are not about the brand, and corrections made in passing: people fix what they happen
    to see, which is not how mistakes are spread.
    """
    pair = corrections.c.label, labels.c.label
    wanted = _audited(model_id, *pair, func.count()).where(its_brand == brand_id)
    with db.read() as connection:
        return {(person, model): count for person, model, count in connection.execute(wanted.group_by(*pair))}


def _audited(model_id: str, *columns: Any) -> Select[Any]:
    """These columns of all audited posts, a person's label beside the model's."""
    said = (labels.c.mention_id == corrections.c.mention_id) & (
        labels.c.text_version == corrections.c.text_version
    )
    return (
        select(*columns)
        .select_from(
            corrections.join(labels, said)
            .join(mentions, mentions.c.id == corrections.c.mention_id)
            .join(posts, posts.c.id == mentions.c.post_id)
        )
        .where(
            mentions.c.irrelevant.is_(False),
            corrections.c.text_version == posts.c.version,
            labels.c.model_id == model_id,
            corrections.c.audit,
            labels.c.label.is_not(None),
        )
    )


def mark_irrelevant(
    db: Database, mention_ids: Sequence[int], irrelevant: bool | None, *, now: datetime
) -> int:
    """A person's word: True, these mentions are not about their brand; False, they are; None takes it back, and the model decides again.

    It wins over any model and threshold, and outlives relabelling and edits. What is not about its brand leaves the sums but for
    `irrelevant`; reposts follow. Returns of how many the word is another than before. Unknown numbers are passed over.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> int:
        other = (
            among(connection, mentions.c.id, mention_ids),
            mentions.c.said_irrelevant.is_distinct_from(irrelevant),
        )
        ids = list(connection.scalars(select(mentions.c.id).where(*other)))
        tally = Tally(calendar(connection))
        with tally.changing(connection, mention_ids=ids):
            here = among(connection, mentions.c.id, ids)
            connection.execute(
                update(mentions).where(here).values(said_irrelevant=irrelevant, irrelevant=bool(irrelevant))
            )
        settle_with_reposts(connection, tally, ids)
        tally.write(connection, reason="relevance", now=now)
        return len(ids)

    return db.do(work)
