"""Labels: which mentions wait for one, what a model said, what a person said instead, and which model's figures are shown."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from storage.db import Database
from storage.errors import StorageError
from storage.relevance import settle_with_reposts, take_from
from storage.restate import restate
from storage.rows import among, table_of, upsert
from storage.settings import MODEL, put_setting, setting
from storage.sums import LABEL_SUMS, Tally, calendar
from storage.tables import Correction, DayLabelCount, Label, LabelCount, Mention, Post
from storage.types import LabelTask, Mistakes, NewLabel, Sentiment

mentions, posts, labels = table_of(Mention), table_of(Post), table_of(Label)
corrections, day_label_counts = table_of(Correction), table_of(DayLabelCount)
label_counts = table_of(LabelCount)
_its_post = posts.alias()


def waiting(
    db: Database, model_id: str, *, limit: int, now: datetime, lease_s: int = 300, newest_first: bool = True
) -> list[LabelTask]:
    """Up to `limit` mentions that wait for this model, lent to the caller: nobody else gets them for `lease_s` seconds.

    The model in use lacks what has no label of its own yet. Another model lacks whatever it has not labelled, the newest mentions first;
    what it labelled before some other model was in use still holds.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> list[LabelTask]:
        free = or_(mentions.c.claimed_until.is_(None), mentions.c.claimed_until <= now)
        newest = mentions.c.id.desc() if newest_first else mentions.c.id
        found: list[LabelTask] = []
        for lack in _lacks(connection, model_id):
            wanted = (
                select(mentions.c.id, posts.c.version, posts.c.text, mentions.c.target)
                .select_from(mentions.join(posts, posts.c.id == mentions.c.post_id))
                .where(mentions.c.is_repost.is_(False), lack, free)
                .order_by(newest)
                .limit(limit - len(found))
            )
            found += [LabelTask(*row) for row in connection.execute(wanted)]
            if len(found) >= limit:
                break
        until = now + timedelta(seconds=lease_s)
        claim = (
            update(mentions).where(mentions.c.id == bindparam("key")).values(claimed_until=bindparam("until"))
        )
        if found:
            connection.execute(claim, [{"key": task.mention_id, "until": until} for task in found])
        return found

    return db.do(work)


def waiting_count(db: Database, model_id: str) -> int:
    """How many mentions wait for this model, those lent out included."""
    with db.read() as connection:
        return _waiting_count(connection, model_id)


def _waiting_count(connection: Connection, model_id: str) -> int:
    count = select(func.count()).select_from(mentions).where(mentions.c.is_repost.is_(False))
    return sum(connection.scalar(count.where(lack)) or 0 for lack in _lacks(connection, model_id))


def _lacks(connection: Connection, model_id: str) -> list[ColumnElement[bool]]:
    """What a model's queue is made of; each part is one stretch of the index, in order of id."""
    unlabelled = mentions.c.labelled_model.is_(None)
    if setting(connection, MODEL) in (None, model_id):
        return [unlabelled]
    new = ~_labelled_by(model_id)
    lacks = [and_(unlabelled, new)]
    last = ""
    after = select(func.min(mentions.c.labelled_model)).where(mentions.c.is_repost.is_(False))
    while (last := connection.scalar(after.where(mentions.c.labelled_model > last))) is not None:
        if last != model_id:
            lacks.append(and_(mentions.c.labelled_model == last, new))
    return lacks


def _labelled_by(model_id: str) -> ColumnElement[bool]:
    """Whether a mention's present text has a label of this model."""
    found = select(labels.c.mention_id).where(
        _its_post.c.id == mentions.c.post_id,
        labels.c.mention_id == mentions.c.id,
        labels.c.text_version == _its_post.c.version,
        labels.c.model_id == model_id,
    )
    return found.correlate(mentions).exists()


def save_labels(db: Database, new: Sequence[NewLabel], *, now: datetime) -> int:
    """Store labels and count them; returns how many mentions now have one. Saving the same again changes nothing.

    A label for a text version that is no longer the post's is kept and not counted; one for a mention that is gone is dropped. The
    first model ever comes into use with its first label. The relevance that the model in use gives decides whether the mention and
    its reposts count; where it gives none, an earlier one of the same text stays.
    """
    now = now.astimezone(UTC)
    return db.do(lambda connection: _save_labels(connection, new, now))


def _save_labels(connection: Connection, new: Sequence[NewLabel], now: datetime) -> int:
    asked = among(connection, mentions.c.id, {label.mention_id for label in new})
    versions = (
        select(mentions.c.id, posts.c.version).join(posts, posts.c.id == mentions.c.post_id).where(asked)
    )
    present: dict[int, int] = {row[0]: row[1] for row in connection.execute(versions)}
    new = [
        label
        for label in {(n.mention_id, n.text_version, n.model_id): n for n in new}.values()
        if label.mention_id in present
    ]
    if not new:
        return 0
    in_use = setting(connection, MODEL)
    if in_use is None:
        in_use = new[0].model_id
        put_setting(connection, MODEL, in_use)
    current = [label for label in new if present[label.mention_id] == label.text_version]
    ids = sorted({label.mention_id for label in current})
    tally = Tally(calendar(connection))
    with tally.changing(connection, mention_ids=ids):
        statement = upsert(connection, Label)
        names = ("label", "p_negative", "p_neutral", "p_positive", "truncated", "reason", "labelled_at")
        values = {name: statement.excluded[name] for name in names}
        values["relevance"] = func.coalesce(statement.excluded.relevance, labels.c.relevance)
        keys = ("mention_id", "text_version", "model_id")
        connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=values),
            [_row(label, now) for label in new],
        )
        this = update(mentions).where(mentions.c.id == bindparam("key"))
        if current:
            # What another model labelled first goes on waiting for the model in use.
            mark = case(
                (and_(mentions.c.labelled_model.is_(None), bindparam("model", String) != in_use), None),
                else_=bindparam("model", String),
            )
            connection.execute(
                this.values(labelled_model=mark, claimed_until=None),
                [{"key": label.mention_id, "model": label.model_id} for label in current],
            )
        judged = [
            {"key": label.mention_id, "given": label.relevance}
            for label in current
            if label.relevance is not None and label.model_id == in_use
        ]
        if judged:
            connection.execute(this.values(relevance=bindparam("given")), judged)
    settle_with_reposts(connection, tally, ids)
    tally.write(connection, reason="late label", now=now)
    return len(current)


def _row(label: NewLabel, now: datetime) -> dict[str, object]:
    return {
        "mention_id": label.mention_id,
        "text_version": label.text_version,
        "model_id": label.model_id,
        "label": label.label,
        "p_negative": label.p_negative,
        "p_neutral": label.p_neutral,
        "p_positive": label.p_positive,
        "truncated": label.truncated,
        "reason": label.reason,
        "labelled_at": now,
        "relevance": label.relevance,
    }


def correct(db: Database, mention_id: int, label: Sentiment, *, now: datetime, audit: bool = False) -> None:
    """A person's label for a mention's present text: it counts at once, in place of every model's, and survives relabelling.

    `audit`: the mention was drawn at random for checking, so it may measure the model, also when the person changes their mind later. An
    edit of the post ends it. Raises StorageError for a mention that is not there.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> None:
        wanted = (
            select(posts.c.version)
            .join(mentions, mentions.c.post_id == posts.c.id)
            .where(mentions.c.id == mention_id)
        )
        version = connection.scalar(wanted)
        if version is None:
            raise StorageError(f"there is no mention {mention_id}; it may have been erased")
        tally = Tally(calendar(connection))
        with tally.changing(connection, mention_ids=[mention_id]):
            values = {"text_version": version, "label": label, "corrected_at": now, "audit": audit}
            statement = upsert(connection, Correction).values(mention_id=mention_id, **values)
            drawn = (corrections.c.text_version == version) & corrections.c.audit
            changed = values | {"audit": or_(drawn, literal(audit))}
            connection.execute(statement.on_conflict_do_update(index_elements=("mention_id",), set_=changed))
        tally.write(connection, reason="correction", now=now)

    db.do(work)


def take_back(db: Database, mention_ids: Sequence[int], *, now: datetime) -> int:
    """Take people's labels of these mentions back: what the model said of each counts again, nothing where it has said nothing yet.

    One that was drawn for an audit is open there again. Returns how many had one.
    """

    def work(connection: Connection) -> int:
        theirs = among(connection, corrections.c.mention_id, mention_ids)
        here = sorted(connection.scalars(select(corrections.c.mention_id).where(theirs)))
        if not here:
            return 0
        tally = Tally(calendar(connection))
        with tally.changing(connection, mention_ids=here):
            connection.execute(delete(corrections).where(among(connection, corrections.c.mention_id, here)))
        tally.write(connection, reason="correction", now=now.astimezone(UTC))
        return len(here)

    return db.do(work)


def label_again(db: Database, model_id: str, *, now: datetime) -> int:
    """Let every mention wait for this model again. Returns how many it had.

    The labels of the model in use count until the new ones come; those of another model, which no figure shows, are dropped.
    """

    def work(connection: Connection) -> int:
        in_use = setting(connection, MODEL)
        if in_use in (None, model_id):
            done = update(mentions).where(mentions.c.labelled_model.is_not(None))
            return connection.execute(done.values(labelled_model=None, claimed_until=None)).rowcount
        back = update(mentions).where(mentions.c.labelled_model == model_id)
        connection.execute(back.values(labelled_model=in_use, claimed_until=None))
        for sums in (label_counts, day_label_counts):
            connection.execute(delete(sums).where(sums.c.model_id == model_id))
        return connection.execute(delete(labels).where(labels.c.model_id == model_id)).rowcount

    return db.do(work)


def model_in_use(db: Database) -> str | None:
    """The model whose labels the figures are of; None before the first label."""
    return db.ask(setting, MODEL)


def save_confusion(db: Database, model_id: str, table: Mistakes) -> None:
    """Remember what is known of a model's mistakes from its own test sets, in place of what was known before."""
    if model_confusion(db, model_id) != table:
        with db.write() as connection:
            put_setting(connection, f"confusion.{model_id}", json.dumps(table))


def model_confusion(db: Database, model_id: str) -> Mistakes | None:
    """What `save_confusion` was told of a model; None where it was told nothing."""
    found = db.ask(setting, f"confusion.{model_id}")
    if found is None:
        return None
    negative, neutral, positive = ((a, b, c) for a, b, c in json.loads(found))
    return negative, neutral, positive


def use_model(db: Database, model_id: str, *, now: datetime) -> bool:
    """Show this model's figures from now on, once it has labelled all that the model in use has; the first model is taken at once.

    What it says of relevance counts from then on too. Closed days whose figures differ are restated. False when it must wait: the old
    model's figures stay.
    """
    now = now.astimezone(UTC)

    def work(connection: Connection) -> bool:
        old = setting(connection, MODEL)
        if old == model_id:
            return True
        if old is not None and _lags_behind(connection, model_id, old):
            return False
        put_setting(connection, MODEL, model_id)
        if old is not None:
            its_own = and_(mentions.c.labelled_model.is_(None), _labelled_by(model_id))
            connection.execute(update(mentions).where(its_own).values(labelled_model=model_id))
            _restate_switch(connection, old, model_id, now)
            take_from(connection, model_id, now=now)
        return True

    return db.do(work)


def _lags_behind(connection: Connection, model_id: str, in_use: str) -> bool:
    """Whether the model in use has labelled a text that this one has not. What neither has labelled is no reason to wait."""
    unlabelled, *others = _lacks(connection, model_id)
    for lack in (and_(unlabelled, _labelled_by(in_use)), *others):
        behind = select(mentions.c.id).where(mentions.c.is_repost.is_(False), lack).limit(1)
        if connection.scalar(behind) is not None:
            return True
    return False


def _restate_switch(connection: Connection, old: str, new: str, now: datetime) -> None:
    """The difference between the two models' sums, day by day, as if every label had been exchanged."""
    c = day_label_counts.c
    moved: dict[tuple[object, ...], list[int]] = {}
    for row in connection.execute(select(day_label_counts).where(c.model_id.in_((old, new)))).mappings():
        sign = 1 if row["model_id"] == new else -1
        sums = moved.setdefault(
            (row["brand_id"], row["day"], row["source"], row["lang"], new), [0] * len(LABEL_SUMS)
        )
        for at, name in enumerate(LABEL_SUMS):
            sums[at] += sign * row[name]
    restate(connection, {}, moved, reason="new model", now=now)
