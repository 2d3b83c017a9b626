"""What a model's maker knows of its errors is in the database from the first label on."""

from collections.abc import Sequence

from listener.labelling import SharedWork, label_waiting
from nlp.types import Item, NotLabelled, Scores
from storage.db import Database
from storage.labels import model_confusion
from tests.storage.posts import NOON

TESTED = ((20.5, 4.0, 2.0), (4.0, 20.0, 4.25), (2.0, 4.0, 20.0))


class Unmeasured:
    model_id = "unmeasured"

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [Scores(0.1, 0.8, 0.1) for _ in items]


class Measured(Unmeasured):
    model_id = "measured"
    confusion = TESTED


def test_a_models_own_record_is_kept_when_it_labels_though_nothing_waits(sqlite_db: Database) -> None:
    for labeller in (Measured(), Unmeasured()):
        label_waiting(sqlite_db, SharedWork(labeller), clock=lambda: NOON)
    assert model_confusion(sqlite_db, "measured") == TESTED
    assert model_confusion(sqlite_db, "unmeasured") is None
