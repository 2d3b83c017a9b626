"""A change of model under way: which one is wanted, how far it has come, and by what name each model is loaded again."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage.db import Database
from storage.rows import table_of
from storage.settings import MODEL, NEXT_MODEL, put_setting, setting
from storage.sums import HUMAN
from storage.tables import DayCount, DayLabelCount

day_counts, day_label_counts = table_of(DayCount), table_of(DayLabelCount)


@dataclass(frozen=True, slots=True)
class ModelChange:
    """Figures are of `old` until `new` has labelled what `old` has. Of `total` mentions that a model labels, `labelled` are done."""

    old: str
    new: str
    labelled: int
    total: int


def want_model(db: Database, model_id: str) -> None:
    """From now on the labels of this model are wanted; where another one is in use, that is a change under way."""

    def work(connection: Connection) -> None:
        in_use = setting(connection, MODEL)
        put_setting(connection, NEXT_MODEL, None if in_use in (None, model_id) else model_id)

    db.do(work)


def model_change(db: Database) -> ModelChange | None:
    """The change under way; None where the model in use is the one that is wanted. Read from the sums of days, so it costs little."""
    with db.read() as connection:
        old, new = setting(connection, MODEL), setting(connection, NEXT_MODEL)
        if old is None or new in (None, old):
            return None
        mentions = connection.scalar(select(func.sum(day_counts.c.mentions))) or 0
        total = int(mentions) - _labelled(connection, HUMAN)
        return ModelChange(old, str(new), min(_labelled(connection, str(new)), total), total)


def _labelled(connection: Connection, model_id: str) -> int:
    c = day_label_counts.c
    wanted = select(func.sum(c.negative + c.neutral + c.positive + c.failed)).where(c.model_id == model_id)
    return int(connection.scalar(wanted) or 0)


def remember_model(db: Database, model_id: str, name: str, revision: str | None) -> None:
    """Keep by what name and revision a model was loaded, so that it can be loaded again after the configuration has changed."""
    if model_name(db, model_id) != (name, revision):
        value = json.dumps([name, revision])
        db.do(lambda connection: put_setting(connection, _key(model_id), value))


def model_name(db: Database, model_id: str) -> tuple[str, str | None] | None:
    """By what name and revision this model was loaded last; None where it never was."""
    with db.read() as connection:
        value = setting(connection, _key(model_id))
    if value is None:
        return None
    name, revision = json.loads(value)
    return str(name), revision


def _key(model_id: str) -> str:
    return f"model name {model_id}"
