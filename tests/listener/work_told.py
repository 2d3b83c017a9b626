"""Which long work was said to be under way, also when it is over by the time one looks: SQLite itself notes each."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def told_of_work(file: Path) -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """While the block runs, what was said: (kind, about) of each, in order."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(
            "CREATE TABLE told (kind, about); CREATE TRIGGER tells AFTER INSERT ON running_work "
            "BEGIN INSERT INTO told VALUES (new.kind, new.about); END;"
        )
        try:
            yield lambda: database.execute("SELECT kind, about FROM told ORDER BY rowid").fetchall()
        finally:
            database.executescript("DROP TRIGGER tells; DROP TABLE told;")
