"""What a reader of a file yields: a row, or a row that could not be used."""

from dataclasses import dataclass
from typing import Any, NamedTuple

RAW_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no post: `line` is the physical line its record starts on (the row number in Parquet),
    from 1.

    `field` is our field at fault, or "row" where the record itself is broken. `raw` is the record as it
    stands in the file, cut at 64 KiB.
    """

    file: str
    line: int
    field: str
    reason: str
    raw: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.reason}"


class Row(NamedTuple):
    """One record as the file holds it: `value` by column or key, `raw` its text for a reject."""

    line: int
    value: dict[str, Any]
    raw: str
