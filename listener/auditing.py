"""What an audit shows of a post, what it takes as an answer, and the spreadsheet that asks the same as the screen."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from listener import show
from listener.errors import FileError, UsageError
from listener.export import export_rows
from listener.importing.rows import RAW_LIMIT, Rejected, Row
from listener.importing.table import open_table, records
from listener.service import Service
from metrics.target import excerpt
from storage.audits import Said, answer, draws, verdicts
from storage.mentions import MentionFilter, MentionRow, find
from storage.types import BrandQuery

KEYS: dict[str, Said] = {
    "p": "positive",
    "n": "negative",
    "u": "neutral",
    "i": "irrelevant",
    "s": "skipped",
}
_WORDS: dict[str, Said] = {
    "positive": "positive",
    "negative": "negative",
    "neutral": "neutral",
    "irrelevant": "irrelevant",
    "not about the brand": "irrelevant",
    "skipped": "skipped",
    "cannot say": "skipped",
}
SHEET = {
    "post": "text", "brand": "text", "label": "text", "found": "text", "text": "text", "source": "text",
    "author": "text", "published_at": "text", "url": "text",
}  # fmt: skip
_POST = re.compile(r"m(\d{1,18})-v(\d{1,9})-([0-9a-f]{8})")
_CELL = 30_000
"""Characters of a text in a cell: spreadsheets hold 32,767, and some spill the rest into the next row."""


def said(written: str) -> Said | None:
    """What an answer means: a key, a word in any case, or three letters or more of its beginning; else None.

    >>> said("P"), said("Neut"), said("not about"), said("u")
    ('positive', 'neutral', 'irrelevant', 'neutral')
    >>> said("ne") is said("x") is said("") is None
    True
    """
    word = " ".join(written.casefold().split())
    if word in KEYS or len(word) < 3:
        return KEYS.get(word)
    return next((meant for known, meant in _WORDS.items() if known.startswith(word)), None)


def post_key(row: MentionRow) -> str:
    """The name of a row in a sheet: the mention, the version of its text, and a sign that it is of this brand and database.

    Begins with a letter, so that no spreadsheet makes a number or a day of it.
    """
    whose = "\n".join((row.brand_id, row.source, row.source_id))
    return f"m{row.id}-v{row.text_version}-{hashlib.sha256(whose.encode()).hexdigest()[:8]}"


def rows_of(service: Service, ids: Sequence[int]) -> dict[int, MentionRow]:
    """The mentions of these numbers, in their order; those that are gone are left out."""
    found = {row.id: row for row in find(service.db, MentionFilter(ids=ids, irrelevant=None))}
    return {mention_id: found[mention_id] for mention_id in ids if mention_id in found}


def write_sheet(service: Service, brand: BrandQuery, ids: Sequence[int], path: Path, *, force: bool) -> int:
    """The mentions as rows with an empty `label`, in their order; returns how many. Raises FileError where the file exists."""

    def row(mention: MentionRow) -> dict[str, Any]:
        found = show.plain(mention.target)
        return {
            "post": post_key(mention),
            "brand": brand.name,
            "label": None,
            "found": found,
            "text": excerpt(show.plain(mention.text), found, _CELL),
            "source": mention.source,
            "author": show.plain(mention.handle or mention.author_name or ""),
            "published_at": mention.published_at,
            "url": show.plain(mention.url or ""),
        }

    return export_rows(path, SHEET, map(row, rows_of(service, ids).values()), force=force)


@dataclass(slots=True)
class Reading:
    """What reading a sheet did: answers stored, those that were known already, rows still empty, rows refused; what the answers were."""

    stored: int = 0
    known: int = 0
    empty: int = 0
    refused: list[Rejected] = field(default_factory=list)
    answers: Counter[Said] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        rows = {"stored": self.stored, "known": self.known, "empty": self.empty}
        return rows | {"answers": dict(self.answers), "refused": [str(row) for row in self.refused]}


def read_sheet(service: Service, brand: BrandQuery, path: Path, *, clock: Callable[[], datetime]) -> Reading:
    """Store the answers of a filled sheet, each at once; reading it again changes nothing.

    A row is refused, and the others are not, when its label is none, when its post was not drawn for this brand or was edited or
    erased since, and when the same post has another label further up. Raises FileError for a file that is no such sheet.
    """
    became = verdicts(service.db, draws(service.db, brand.id))
    present = rows_of(service, list(became))
    reading, before = Reading(), dict[int, Said]()
    for row in _rows(path):
        if isinstance(row, Row) and not row.value["label"].strip():
            reading.empty += 1
            continue
        found = (
            row if isinstance(row, Rejected) else _answered(row, path, brand, set(became), present, before)
        )
        if isinstance(found, Rejected):
            reading.refused.append(found)
            continue
        mention_id, meant = found
        if mention_id in before:
            continue
        before[mention_id] = meant
        if became[mention_id] == meant:
            reading.known += 1
        else:
            answer(service.db, brand.id, mention_id, meant, now=clock())
            reading.stored += 1
    reading.answers.update(before.values())
    return reading


def _answered(
    row: Row,
    path: Path,
    brand: BrandQuery,
    drawn: Set[int],
    present: Mapping[int, MentionRow],
    before: Mapping[int, Said],
) -> tuple[int, Said] | Rejected:
    """The mention that a row is of and what is said of it, or why it is refused. `before`: what the rows above say."""

    def refused(field: str, reason: str) -> Rejected:
        return Rejected(str(path), row.line, field, reason, row.raw[:RAW_LIMIT])

    key, written = row.value["post"].strip(), row.value["label"]
    meant = said(written)
    if meant is None:
        known = f"{', '.join(_WORDS)}, or a letter of {' '.join(KEYS)}"
        return refused("label", f'"{show.plain(written, 40)}" is none of {known}')
    named = _POST.fullmatch(key)
    if named is None:
        return refused("post", f'"{show.plain(key, 40)}" is not what --to wrote into this column')
    mention_id = int(named[1])
    if mention_id not in drawn:
        other = show.plain(row.value.get("brand", brand.name), 40)
        whose = "" if other == show.plain(brand.name, 40) else f" (the file says {other})"
        return refused(
            "post",
            f"was not drawn for {brand.name}{whose}: only what is drawn at random may measure the model",
        )
    if mention_id not in present:
        return refused("post", "has been erased since")
    if named[3] != post_key(present[mention_id])[-8:]:
        return refused("post", f"is of another brand or another database, not of {brand.name} here")
    if int(named[2]) != present[mention_id].text_version:
        return refused("post", "was edited since the file was written: the text that was judged is no more")
    if before.get(mention_id, meant) != meant:
        return refused("label", f"a line above says {before[mention_id]} of the same post; that one is kept")
    return mention_id, meant


def _rows(path: Path) -> Iterator[Row | Rejected]:
    table = open_table(path)
    missing = [name for name in ("post", "label") if name not in table.columns]
    if missing:
        raise FileError(
            f"{path}: has no column {' and no column '.join(missing)}; read back the file that --to wrote, its first line as it was"
        )
    return records(table)


def check_sheet(path: Path, *, force: bool) -> None:
    """Raises UsageError or FileError where no sheet can be written there, before anything is drawn."""
    if path.suffix.lower() != ".csv":
        raise UsageError(f"--to {path}: the file's name must end in .csv")
    if path.exists() and not force:
        raise FileError(f"{path}: exists already; name another file, or write over it with --force")
    if not path.absolute().parent.is_dir():
        raise FileError(f"{path}: there is no such folder; make it first")
