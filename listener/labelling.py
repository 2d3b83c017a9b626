"""Waiting mentions in, labels out: asks the labeller for what it has not judged yet and stores the answers."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from nlp.clean import work_key
from nlp.types import Item, Labeller, NotLabelled, Scores
from storage.db import Database
from storage.labels import save_labels, use_model, waiting, waiting_count
from storage.types import LabelTask, NewLabel

Judged = Scores | NotLabelled
Progress = Callable[[int, int], None]

BATCH = 2048
REMEMBERED = 100_000


class SharedWork:
    """Remembers what was judged lately, so that the same (cleaned text, target) is judged once, whoever posts it and when."""

    def __init__(self, labeller: Labeller, size: int = REMEMBERED) -> None:
        self.labeller = labeller
        self.model_id = labeller.model_id
        self.size = size
        self._known: OrderedDict[bytes, Judged] = OrderedDict()

    def label(self, items: Sequence[Item]) -> list[Judged]:
        """Results in the order of the items."""
        keys = [work_key(item, self.model_id) for item in items]
        new = {key: item for key, item in zip(keys, items, strict=True) if key not in self._known}
        fresh = dict(zip(new, self.labeller.label(list(new.values())), strict=True))
        results = [fresh[key] if key in fresh else self._known[key] for key in keys]
        self._known.update(fresh)
        while len(self._known) > self.size:
            self._known.popitem(last=False)
        return results


def to_row(task: LabelTask, judged: Judged, model_id: str) -> NewLabel:
    """Probabilities as ten-thousandths that add up to 10,000.

    >>> task = LabelTask(mention_id=7, text_version=1, text="", target="")
    >>> row = to_row(task, Scores(negative=0.33333, neutral=0.33334, positive=0.33333), "m")
    >>> (row.p_negative, row.p_neutral, row.p_positive)
    (3333, 3334, 3333)
    >>> to_row(task, NotLabelled("empty text"), "m").reason
    'empty text'
    """
    if isinstance(judged, NotLabelled):
        return NewLabel(task.mention_id, task.text_version, model_id, reason=judged.reason)
    negative = round(judged.negative * 10_000)
    positive = min(round(judged.positive * 10_000), 10_000 - negative)
    return NewLabel(
        task.mention_id,
        task.text_version,
        model_id,
        p_negative=negative,
        p_neutral=10_000 - negative - positive,
        p_positive=positive,
        truncated=judged.truncated,
    )


def label_waiting(
    db: Database,
    work: SharedWork,
    *,
    clock: Callable[[], datetime],
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Label the mentions that wait for this model, newest first, and return how many were labelled.

    Each batch is stored on its own, so a stop loses at most one batch of work and no label. `limit` bounds the mentions of one call; `progress`
    is told (done, total). The model comes into use when nothing waits for it any more.
    """
    total = waiting_count(db, work.model_id)
    done = 0
    while limit is None or done < limit:
        tasks = waiting(
            db, work.model_id, limit=min(BATCH, (limit or BATCH * 2) - done) if limit else BATCH, now=clock()
        )
        if not tasks:
            break
        judged = work.label([Item(task.text, task.target or None) for task in tasks])
        rows = [to_row(task, result, work.model_id) for task, result in zip(tasks, judged, strict=True)]
        save_labels(db, rows, now=clock())
        done += len(tasks)
        if progress is not None:
            progress(done, max(total, done))
    use_model(db, work.model_id, now=clock())
    return done
