"""Posts from files: CSV, JSONL, JSON and Parquet, ours or a network's own, told apart by what they hold."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from listener.collectors import own_format
from listener.collectors.base import Payload
from listener.errors import PostRefused, UsageError
from listener.importing.columns import Columns, choose, date_order, described, positional
from listener.importing.detect import detect
from listener.importing.json_values import document_values, line_values
from listener.importing.networks import Network, event_kind, is_compliance, network_of
from listener.importing.opening import Damaged
from listener.importing.parquet import parquet_columns, parquet_rows
from listener.importing.rows import RAW_LIMIT, Rejected, Row
from listener.importing.table import open_table, records
from storage.cells import restored
from storage.types import NewPost

PLATFORM = "file"
_SAMPLE_ROWS = 1000
_SAMPLE_CHARS = 4 * 1024 * 1024
_OWN_EXPORT = frozenset({"source", "source_id", "text", "published_at", "time_quality"})
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(slots=True)
class PostFile:
    """A file being read: iterate it for its posts and its rejected rows, in the file's order.

    `notes` are lines for a person (which format, which column fed which field). `not_posts` counts, by kind,
    what the file holds that is neither a post nor broken, such as a like or a follow; complete once the
    iteration has ended.
    """

    path: Path
    notes: list[str] = field(default_factory=list)
    not_posts: Counter[str] = field(default_factory=Counter)
    _rows: Iterator[NewPost | Rejected] = field(default_factory=lambda: iter(()))

    def __iter__(self) -> Iterator[NewPost | Rejected]:
        return self._rows

    def __next__(self) -> NewPost | Rejected:
        return next(self._rows)


def read_posts(
    path: Path, *, source: str | None, mapping: Mapping[str, str], now: datetime, zone: str = "UTC"
) -> PostFile:
    """The posts in the file at `path`, read as it is iterated: memory does not grow with the file.

    `source` is the platform of rows that name none ("file" without it); a network's own JSON names its own.
    `mapping` gives the column or key of each field of our format (dotted for nested keys, #3 for the third
    column) and then decides alone; without it the file's own shape does, or well-known column names, said in
    `notes`. `now` is when the posts are taken as seen. Times without a zone are local in `zone`. Rows without
    an id get one from their content.

    Raises FileError for a file that cannot be read at all, and UsageError for a mapping that does not fit it,
    before the first row.
    """
    made = PostFile(path)
    kind = detect(path)
    reader = _Reader(made, source, mapping, now, ZoneInfo(zone), kind in ("jsonl", "json"))
    if reader.is_json:
        made._rows = reader.json(line_values(path) if kind == "jsonl" else document_values(path))
    elif kind == "csv":
        table = open_table(path, has_header=not positional(mapping))
        found = records(table)
        if set(table.columns) >= _OWN_EXPORT:
            found = map(_unguarded, found)
        delimiter = _DELIMITERS.get(table.delimiter, repr(table.delimiter))
        made.notes.append(f"text in {table.encoding.removesuffix('-sig')}, columns cut at {delimiter}")
        made._rows = reader.table(table.columns, found)
    else:
        made._rows = reader.table(parquet_columns(path), parquet_rows(path))
    return made


@dataclass(slots=True)
class _Reader:
    """One file being turned from rows into posts."""

    made: PostFile
    source: str | None
    mapping: Mapping[str, str]
    now: datetime
    zone: ZoneInfo
    is_json: bool
    networks: set[str] = field(default_factory=set)

    def table(self, names: Sequence[str], rows: Iterator[Row | Rejected]) -> Iterator[NewPost | Rejected]:
        """Rows whose columns are `names`."""
        chosen = self._choose(names)
        sample = _sample(self.made.path, rows)
        order = date_order((row.value for row in sample if isinstance(row, Row)), chosen)
        columns = self._columns(chosen, order)
        return self._posts(chain(sample, _to_end(self.made.path, rows, sample)), columns)

    def json(self, rows: Iterator[Row | Rejected]) -> Iterator[NewPost | Rejected]:
        """JSON objects: by `mapping` where there is one, as a network's own where the shape is known, else by
        well-known keys.
        """
        sample = _sample(self.made.path, rows)
        unknown = [row.value for row in sample if isinstance(row, Row) and self._network(row.value) is None]
        chosen: dict[str, str] = {}
        if unknown:
            names = dict.fromkeys(name for value in unknown for name in _key_names(value))
            try:
                chosen = self._choose(tuple(names))
            except UsageError:
                if self.mapping:
                    raise
        # A key of ours may come late in the file: it counts whether the sample had it or not.
        every = {name: name for name in own_format.FIELDS if name != "source" or not self.source} | chosen
        columns = self._columns(every, date_order(unknown, every))
        return self._posts(chain(sample, _to_end(self.made.path, rows, sample)), columns)

    def _choose(self, names: Sequence[str]) -> dict[str, str]:
        skip = frozenset({"source"} if self.source else ())
        chosen = choose(names, self.mapping, file=str(self.made.path), skip=skip)
        told = described({name: column for name, column in chosen.items() if name != column})
        if told:
            end = "" if self.mapping else "; --map FIELD=COLUMN says otherwise"
            self.made.notes.append(f"{told}{end}")
        return chosen

    def _columns(self, chosen: Mapping[str, str], day_first: bool | None) -> Columns:
        return Columns(chosen, frozenset(self.mapping), self.zone, self.source or PLATFORM, day_first)

    def _network(self, value: Payload) -> Network | None:
        return None if self.mapping or not self.is_json else network_of(value)

    def _posts(self, rows: Iterator[Row | Rejected], columns: Columns) -> Iterator[NewPost | Rejected]:
        for row in rows:
            if isinstance(row, Rejected):
                yield row
                continue
            network = self._network(row.value)
            if network is None:
                made = self._made(row, lambda row=row: self._own(row.value, columns))  # type: ignore[misc]
                yield from (made,) if made is not None else ()
                continue
            if network.name not in self.networks:
                self.networks.add(network.name)
                self.made.notes.append(f"{network.name} JSON")
            yield from self._network_posts(row, network)

    def _network_posts(self, row: Row, network: Network) -> Iterator[NewPost | Rejected]:
        payloads = network.split(row.value)
        for payload in payloads:
            made = self._made(row, lambda payload=payload: network.parse(payload, observed_at=self.now))  # type: ignore[misc]
            if made is not None:
                yield made
            else:
                self.made.not_posts[event_kind(payload)] += 1
        if not payloads:
            self.made.not_posts["answer without posts"] += 1

    def _made(self, row: Row, make: Callable[[], NewPost | None]) -> NewPost | Rejected | None:
        name = str(self.made.path)
        try:
            return make()
        except PostRefused as error:
            return Rejected(name, row.line, error.field, error.reason, _raw(row))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return Rejected(
                name, row.line, ".".join(map(str, first["loc"])) or "row", first["msg"], _raw(row)
            )
        except RecursionError:
            return Rejected(name, row.line, "row", "nested too deep", _raw(row))

    def _own(self, value: Payload, columns: Columns) -> NewPost:
        if self.is_json and not self.mapping and is_compliance(value):
            raise PostRefused(
                "row", "a compliance object (what happened to a post or an account), not a post"
            )
        return columns.post(value, observed_at=self.now)


def _sample(path: Path, rows: Iterator[Row | Rejected]) -> list[Row | Rejected]:
    """The first rows, as many as tell the file's habits, without holding much of it."""
    taken: list[Row | Rejected] = []
    size = 0
    for row in _to_end(path, rows, taken):
        taken.append(row)
        size += len(row.raw)
        if len(taken) >= _SAMPLE_ROWS or size > _SAMPLE_CHARS:
            break
    return taken


def _to_end(
    path: Path, rows: Iterator[Row | Rejected], before: Sequence[Row | Rejected]
) -> Iterator[Row | Rejected]:
    """The rows; where the file turns out damaged, what came before is kept and the damage is one rejected row
    after it.
    """
    line = before[-1].line if before else 0
    try:
        for row in rows:
            line = row.line
            yield row
    except Damaged as error:
        yield Rejected(str(path), line + 1, "row", str(error), "")


def _key_names(value: Payload) -> Iterator[str]:
    """Keys that hold a value, and those one level down as "outer.inner"."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from (f"{key}.{name}" for name in inner)
        else:
            yield key


def _unguarded(row: Row | Rejected) -> Row | Rejected:
    if isinstance(row, Rejected):
        return row
    return Row(row.line, {name: restored(cell) for name, cell in row.value.items()}, row.raw)


def _raw(row: Row) -> str:
    raw = row.raw or json.dumps(row.value, ensure_ascii=False, default=str)
    return raw[:RAW_LIMIT]
