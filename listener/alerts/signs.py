"""Signs of life: each part of `listener run` notes that it has worked, so that another process, or the next start, sees which one does not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from listener.labelling import Clock
from storage.db import Database
from storage.rule_marks import marks, put_marks

Part = Literal["watching", "labelling", "labelled", "sending"]
"""`labelling`: it ran without an error; `labelled`: it gave a label."""
SIGNS = "signs"
EVERY = timedelta(seconds=20)
"""How often a part notes that it has worked: each note is a write."""
PAUSE = timedelta(minutes=5)
"""A part that was silent for longer begins anew: what it did not do meanwhile is not held against it."""


class Signs:
    """Notes that parts have worked, each at most once in `EVERY`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self.db, self.clock = db, clock
        self._noted: dict[Part, datetime] = {}

    def note(self, part: Part) -> None:
        """Raises StorageError."""
        now, before = self.clock(), self._noted.get(part)
        if before is not None and now - before < EVERY:
            return
        last = before or last_signs(self.db).get(part)
        new: dict[str, str | None] = {part: now.isoformat()}
        if last is None or now - last > PAUSE:
            new[f"{part} since"] = now.isoformat()
        self.db.do(lambda connection: put_marks(connection, SIGNS, new, now=now))
        self._noted[part] = now

    def after(self, part: Part, work: Callable[[], object]) -> Callable[[], None]:
        """The work, and a note when it has gone well."""

        def done() -> None:
            work()
            self.note(part)

        return done


def last_signs(db: Database) -> dict[str, datetime]:
    """When each part has worked last, and (as "watching since") since when it does without a pause."""
    return {part: datetime.fromisoformat(at) for part, at in marks(db, SIGNS).items()}
