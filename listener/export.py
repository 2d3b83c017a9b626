"""Posts, mentions and metric points into files that other programs open and our own importer reads back."""

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.export import MENTION_COLUMNS, POINT_COLUMNS, mention_cells
from listener.errors import FileError, UsageError
from metrics.types import MetricPoint
from storage.cells import flat, plain, spreadsheet_safe

if TYPE_CHECKING:
    from storage.db import Database
    from storage.mentions import MentionFilter
    from storage.types import NewPost

SUFFIXES = (".csv", ".jsonl", ".parquet")
_PAGE = 2_000
Write = Callable[[Mapping[str, Any]], None]


def export_posts(db: "Database", path: Path, *, author: str | None = None, force: bool = False) -> int:
    """All stored posts in our own format, oldest first stored; returns how many. Importing the file elsewhere
    gives the same posts. `author` (a handle, in any case, or the network's id) asks for that account's alone.

    The suffix decides: .csv, .jsonl (one object per line) or .parquet. Written beside `path` and renamed when
    whole. Raises UsageError for another suffix, FileError where the file exists (unless `force`) or cannot be
    written.
    """
    from listener.collectors.own_format import COUNTS, FIELDS

    whole = {*COUNTS, "followers"}
    kinds = {name: "whole" if name in whole else "text" for name in FIELDS}
    return export_rows(path, kinds | {"rating": "number"}, _own_rows(db, author), force=force)


def export_mentions(db: "Database", path: Path, wanted: "MentionFilter", *, force: bool = False) -> int:
    """The mentions that `wanted` picks, with the label that counts, as `export_posts` writes; returns how many.

    Probabilities and `relevance` are 0 to 1, empty where there is no label; `model` is "human" where a person corrected it.
    """
    from storage.mentions import find

    return export_rows(path, MENTION_COLUMNS, map(mention_cells, find(db, wanted)), force=force)


def export_metrics(points: Iterable[MetricPoint], path: Path, *, force: bool = False) -> int:
    """Metric points, as `export_posts` writes; returns how many. A value that could not be computed is empty, never 0."""
    return export_rows(path, POINT_COLUMNS, (point.as_json() for point in points), force=force)


def export_rows(
    path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], *, force: bool = False
) -> int:
    """Rows into the file at `path`, as `export_posts` says. `columns` names each column's kind: "text",
    "whole" or "number".

    A list becomes a JSON array in JSONL and its items between blanks elsewhere. In CSV a cell that a
    spreadsheet would run gets a quote before it, and None is an empty cell.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"--to {path}: the file's name must end in {', '.join(SUFFIXES)}")
    if path.exists() and not force:
        raise FileError(f"{path}: exists already; name another file, or write over it with --force")
    opened = {".csv": _csv_writer, ".jsonl": _jsonl_writer, ".parquet": _parquet_writer}[suffix]
    count = 0
    with renamed_when_whole(path) as part, opened(part, columns) as write:
        for row in rows:
            write(row)
            count += 1
    return count


def _own_rows(db: "Database", author: str | None) -> Iterator[Mapping[str, Any]]:
    from listener.collectors import own_format
    from storage.stored import stored_posts

    after = 0
    while page := stored_posts(db, after_id=after, limit=_PAGE):
        for stored in page:
            if author is None or _wrote(author, stored.post):
                yield own_format.dump(stored.post)
        after = page[-1].id


def _wrote(author: str, post: "NewPost") -> bool:
    if post.author is None:
        return False
    handle = (post.author.handle or "").removeprefix("@").casefold()
    return author == post.author.source_author_id or author.removeprefix("@").casefold() == handle


@contextmanager
def renamed_when_whole(path: Path) -> Iterator[Path]:
    """A hidden file beside `path` that takes its name when all went well, and is gone otherwise."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:50]}-", suffix=".part")
    except OSError as error:
        raise FileError(
            f"{path}: cannot be written ({error.strerror}); choose a folder you may write to"
        ) from error
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(path)
    except OSError as error:
        raise FileError(
            f"{path}: cannot be written ({error.strerror or error}); nothing is left behind"
        ) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _csv_writer(path: Path, columns: Mapping[str, str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield lambda row: writer.writerow([spreadsheet_safe(row.get(name)) for name in columns])


@contextmanager
def _jsonl_writer(path: Path, columns: Mapping[str, str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="\n") as file:

        def write(row: Mapping[str, Any]) -> None:
            known = {name: plain(row[name]) for name in columns if row.get(name) is not None}
            file.write(json.dumps(known, ensure_ascii=False, allow_nan=False) + "\n")

        yield write


@contextmanager
def _parquet_writer(path: Path, columns: Mapping[str, str]) -> Iterator[Write]:
    import pyarrow
    import pyarrow.parquet

    types = {"text": pyarrow.string(), "whole": pyarrow.int64(), "number": pyarrow.float64()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    waiting: list[dict[str, Any]] = []
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:

        def flush() -> None:
            writer.write_table(pyarrow.Table.from_pylist(waiting, schema=schema))
            waiting.clear()

        def write(row: Mapping[str, Any]) -> None:
            waiting.append({name: flat(row.get(name), kind) for name, kind in columns.items()})
            if len(waiting) >= _PAGE:
                flush()

        yield write
        flush()
