"""Posts, mentions and metric points into files that other programs open and our own importer reads back."""

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listener.errors import FileError, UsageError
from listener.importing.table import guarded
from metrics.types import MetricPoint

if TYPE_CHECKING:
    from storage.db import Database
    from storage.mentions import MentionFilter, MentionRow
    from storage.types import NewPost

SUFFIXES = (".csv", ".jsonl", ".parquet")
_PAGE = 2_000
_MENTION_COLUMNS = {
    "mention_id": "whole", "brand_id": "text", "source": "text", "source_id": "text", "text": "text", "target": "text",
    "terms": "text", "published_at": "text", "counted_at": "text", "lang": "text", "url": "text", "author": "text",
    "author_name": "text", "followers": "whole", "repost_of": "text", "rating": "number", "label": "text",
    "p_negative": "number", "p_neutral": "number", "p_positive": "number", "model": "text", "relevance": "number",
    "irrelevant": "text", "likes": "whole", "shares": "whole", "comments": "whole", "quotes": "whole", "views": "whole",
    "saves": "whole", "clicks": "whole", "reach": "whole", "visits": "whole", "stats_at": "text",
}  # fmt: skip
_POINT_COLUMNS = {
    "metric": "text", "brand": "text", "brand_id": "text", "bucket_start": "text", "bucket_end": "text", "value": "number",
    "low": "number", "high": "number", "n": "whole", "unit": "text", "version": "whole", "warnings": "text",
    "source": "text", "model": "text", "missing": "text", "currency": "text",
}  # fmt: skip

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

    return export_rows(path, _MENTION_COLUMNS, map(_mention, find(db, wanted)), force=force)


def export_metrics(points: Iterable[MetricPoint], path: Path, *, force: bool = False) -> int:
    """Metric points, as `export_posts` writes; returns how many. A value that could not be computed is empty, never 0."""
    return export_rows(path, _POINT_COLUMNS, (point.as_json() for point in points), force=force)


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


def _mention(row: "MentionRow") -> Mapping[str, Any]:
    known = {name: getattr(row, name) for name in _MENTION_COLUMNS if hasattr(row, name)}
    for name in ("p_negative", "p_neutral", "p_positive", "relevance"):
        known[name] = None if known[name] is None else known[name] / 10_000
    figures = row.stats.model_dump() if row.stats else {}
    return {**known, **figures, "mention_id": row.id, "author": row.handle, "model": row.model_id}


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
            known = {name: _plain(row[name]) for name in columns if row.get(name) is not None}
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
            waiting.append({name: _flat(row.get(name), kind) for name, kind in columns.items()})
            if len(waiting) >= _PAGE:
                flush()

        yield write
        flush()


def spreadsheet_safe(value: Any) -> str:
    """A CSV cell: text that no spreadsheet runs; numbers as they are, None empty.

    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe(-3), spreadsheet_safe(None), spreadsheet_safe(["https://a.example", "https://b.example"])
    ("'=HYPERLINK(1)", '-3', '', 'https://a.example https://b.example')
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return guarded(_flat(value, "text") or "")


def _flat(value: Any, kind: str) -> Any:
    value = _plain(value)
    if value is None or kind != "text":
        return value
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
