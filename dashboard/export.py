"""Rows as they leave: CSV, JSONL and Parquet, some rows at a time, so that any number of them takes little memory.

Some networks forbid handing on more of their posts than ids: of these everything else is left out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any, Literal

from storage.cells import flat, plain, spreadsheet_safe

if TYPE_CHECKING:
    from storage.mentions import MentionRow

Form = Literal["csv", "jsonl", "parquet"]
MEDIA: Mapping[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
MENTION_COLUMNS = {
    "mention_id": "whole", "brand_id": "text", "source": "text", "source_id": "text", "text": "text", "target": "text",
    "terms": "text", "published_at": "text", "time_quality": "text", "counted_at": "text", "lang": "text", "url": "text", "author": "text",
    "author_name": "text", "followers": "whole", "repost_of": "text", "rating": "number", "label": "text",
    "p_negative": "number", "p_neutral": "number", "p_positive": "number", "model": "text", "relevance": "number",
    "irrelevant": "text", "likes": "whole", "shares": "whole", "comments": "whole", "quotes": "whole", "views": "whole",
    "saves": "whole", "clicks": "whole", "reach": "whole", "visits": "whole", "stats_at": "text",
}  # fmt: skip
IDS = ("mention_id", "brand_id", "source", "source_id", "label", "p_negative", "p_neutral", "p_positive", "model", "irrelevant")  # fmt: skip
"""What is told of a post where only ids may be: ids, and what is ours."""
POINT_COLUMNS = {
    "metric": "text", "brand": "text", "brand_id": "text", "bucket_start": "text", "bucket_end": "text", "value": "number",
    "low": "number", "high": "number", "n": "whole", "unit": "text", "version": "whole", "warnings": "text",
    "source": "text", "model": "text", "missing": "text", "currency": "text",
}  # fmt: skip
_AT_ONCE = 500
_GROUP = 5_000


def mention_cells(row: MentionRow) -> dict[str, Any]:
    """A mention by column. Probabilities and `relevance` are 0 to 1, None where there is no label; `model` is "human" for a correction."""
    known = {name: getattr(row, name) for name in MENTION_COLUMNS if hasattr(row, name)}
    for name in ("p_negative", "p_neutral", "p_positive", "relevance"):
        known[name] = None if known[name] is None else known[name] / 10_000
    figures = row.stats.model_dump() if row.stats else {}
    return {**known, **figures, "mention_id": row.id, "author": row.handle, "model": row.model_id}


def redacted(rows: Iterable[dict[str, Any]], cut: Set[str] | None) -> Iterator[dict[str, Any]]:
    """The rows with those of the networks in `cut` (None: of all) cut down to ids.

    >>> rows = [{"source": "x", "source_id": "1", "text": "a"}, {"source": "news", "source_id": "2", "text": "b"}]
    >>> list(redacted(rows, {"x"}))
    [{'source': 'x', 'source_id': '1'}, {'source': 'news', 'source_id': '2', 'text': 'b'}]
    """
    for row in rows:
        whole = cut is not None and row["source"] not in cut
        yield row if whole else {name: value for name, value in row.items() if name in IDS}


def stream(
    form: Form, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
) -> Generator[bytes, None, None]:
    """The rows as bytes of a file of this form, piece by piece."""
    if form == "csv":
        return _csv(columns, rows)
    return _jsonl(columns, rows) if form == "jsonl" else _parquet(columns, rows)


def _csv(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Generator[bytes, None, None]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([spreadsheet_safe(row.get(name)) for name in columns])
        if number % _AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _jsonl(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Generator[bytes, None, None]:
    lines: list[str] = []
    for row in rows:
        known = {name: plain(row[name]) for name in columns if row.get(name) is not None}
        lines.append(json.dumps(known, ensure_ascii=False, allow_nan=False) + "\n")
        if len(lines) >= _AT_ONCE:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


class _Pipe(io.RawIOBase):
    """What pyarrow writes to, emptied as we go."""

    def __init__(self) -> None:
        self.kept, self.written = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.kept += data
        self.written += len(data)
        return len(data)

    def tell(self) -> int:
        return self.written

    def take(self) -> bytes:
        found = bytes(self.kept)
        self.kept.clear()
        return found


def _parquet(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Generator[bytes, None, None]:
    import pyarrow
    import pyarrow.parquet

    types = {"text": pyarrow.string(), "whole": pyarrow.int64(), "number": pyarrow.float64()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    pipe, waiting = _Pipe(), list[dict[str, Any]]()

    def flush(writer: Any) -> bytes:
        writer.write_table(pyarrow.Table.from_pylist(waiting, schema=schema))
        waiting.clear()
        return pipe.take()

    with pyarrow.parquet.ParquetWriter(pipe, schema, compression="zstd") as writer:
        for row in rows:
            waiting.append({name: flat(row.get(name), kind) for name, kind in columns.items()})
            if len(waiting) >= _GROUP:
                yield flush(writer)
        yield flush(writer)
    yield pipe.take()
