"""Waiting mentions in, labels out: asks the labeller for what it has not judged yet and stores the answers."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from nlp.clean import work_digest, work_of
from nlp.types import Item, Labeller, NotLabelled, Scores
from storage import running
from storage.db import Database
from storage.labels import model_in_use, save_confusion, save_labels, use_model, waiting, waiting_count
from storage.model_change import model_change
from storage.running import SOON, at_work
from storage.types import LabelTask, NewLabel

Judged = Scores | NotLabelled
Progress = Callable[[int, int], None]
Clock = Callable[[], datetime]

FIRST, LEAST, BATCH = 32, 8, 512
"""Mentions taken at a time: first, at least, at most."""
STEP_S = 5.0
REMEMBERED = 20_000
MUCH = 1_000
"""From so many mentions on the labelling of what has piled up is long work, and says how far it has come."""


class SharedWork:
    """Remembers what was judged lately, so that the same (cleaned text, target) is judged once, whoever posts it and when."""

    def __init__(self, labeller: Labeller, size: int = REMEMBERED) -> None:
        self.labeller = labeller
        self.model_id = labeller.model_id
        self.size = size
        self.pace = FIRST
        self._read = getattr(labeller, "work_of", work_of)  # some have a cleaning of their own
        self._known: OrderedDict[bytes, Judged] = OrderedDict()

    def label(self, items: Sequence[Item]) -> list[Judged]:
        """Results in the order of the items."""
        keys = [work_digest(self._read(item), self.model_id) for item in items]
        new = {key: item for key, item in zip(keys, items, strict=True) if key not in self._known}
        fresh = dict(zip(new, self.labeller.label(list(new.values())), strict=True))
        results = [fresh[key] if key in fresh else self._known[key] for key in keys]
        self._known.update(fresh)
        while len(self._known) > self.size:
            self._known.popitem(last=False)
        return results


def to_row(task: LabelTask, judged: Judged, model_id: str) -> NewLabel:
    """Probabilities as ten-thousandths that add up to 10,000, and the relevance beside them.

    >>> task = LabelTask(mention_id=7, text_version=1, text="", target="")
    >>> row = to_row(task, Scores(negative=0.33333, neutral=0.33334, positive=0.33333), "m")
    >>> (row.p_negative, row.p_neutral, row.p_positive)
    (3333, 3334, 3333)
    >>> to_row(task, Scores(0.2, 0.3, 0.5, relevance=0.07), "m").relevance
    700
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
        relevance=None if judged.relevance is None else round(judged.relevance * 10_000),
    )


def label_waiting(
    db: Database,
    work: SharedWork,
    *,
    clock: Clock,
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Label the mentions that wait for this model, newest first, and return how many were labelled.

    `limit` bounds the mentions of one call; `progress` is told (done, total). The model comes into use when nothing waits for it any more.
    """
    total = waiting_count(db, work.model_id) if progress else 0
    done = 0
    with at_work(db, kind_of(db, work.model_id), work.model_id, clock=clock, after=SOON) as told:
        while limit is None or done < limit:
            more = label_batch(db, work, clock=clock, most=BATCH if limit is None else limit - done)
            if not more:
                break
            done += more
            told(done, max(total, done) if total else None)
            if progress is not None:
                progress(done, max(total, done))
    return done


def kind_of(db: Database, model_id: str) -> str:
    """What labelling by this model is: of what is new, or of the past, since another model is in use."""
    return "label" if model_in_use(db) in (None, model_id) else "relabel"


class Backlog:
    """The labelling of what has piled up, said as long work; a few new mentions are none."""

    def __init__(self, db: Database, work: SharedWork, clock: Clock, much: int = MUCH) -> None:
        self.db, self.work, self.clock, self.much = db, work, clock, much
        self.said: running.Progress | None = None

    def begin(self) -> None:
        """Look how much there is, and say it where it is much. Reads some sums, or one stretch of an index."""
        change = model_change(self.db)
        if change is not None and change.new == self.work.model_id:
            left, kind = change.total - change.labelled, "relabel"
        else:
            left, kind = waiting_count(self.db, self.work.model_id), "label"
        if self.said is not None and self.said.kind != kind:
            self.end()
        if self.said is None and left >= self.much:
            self.said = running.Progress(self.db, kind, self.work.model_id, left, self.clock, timedelta(0))
        if self.said is not None:
            self.said(self.said.done, self.said.done + left)

    def done(self, mentions: int) -> None:
        """So many more are labelled."""
        if self.said is not None:
            self.said(self.said.done + mentions)

    def end(self) -> None:
        """Nothing waits any more, or the labelling stops."""
        if self.said is not None:
            self.said.end()
            self.said = None


def label_batch(db: Database, work: SharedWork, *, clock: Clock, most: int = BATCH) -> int:
    """Label some seconds' worth of mentions and store the labels in one transaction, so a stop loses no more than that.

    Returns how many; 0 where none waits for this model, which then comes into use if it has labelled all that the model in use has.
    """
    begun = clock()
    if (confusion := getattr(work.labeller, "confusion", None)) is not None:
        save_confusion(db, work.model_id, confusion)
    tasks = waiting(db, work.model_id, limit=min(most, work.pace), now=begun)
    if not tasks:
        use_model(db, work.model_id, now=begun)
        return 0
    judged = work.label([Item(task.text, task.target or None) for task in tasks])
    rows = [to_row(task, result, work.model_id) for task, result in zip(tasks, judged, strict=True)]
    save_labels(db, rows, now=clock())
    work.pace = next_pace(len(tasks), clock() - begun)
    return len(tasks)


def next_pace(done: int, took: timedelta) -> int:
    """How many mentions to take next, so that a model of any speed stores its labels every few seconds.

    >>> next_pace(64, timedelta(seconds=32)), next_pace(512, timedelta(seconds=1))
    (10, 512)
    """
    seconds = max(took.total_seconds(), 0.001)
    return max(LEAST, min(BATCH, int(done * STEP_S / seconds)))
