"""The file that lists the rows that could not be used, and what most likely went wrong."""

import json
import os
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from listener.errors import FileError
from listener.importing.rows import Rejected

RAW_ROWS = 10_000
FIRST = 10


class RejectsFile:
    """Writes rejected rows to `NAME.rejects.jsonl`, one JSON object per line; no rows, no file.

    Nothing stands under the final name before the import ends: rows go to a hidden file beside it that is
    renamed at the end, also when the import fails half way. The first 10,000 rows keep their raw text; later
    ones only file and line, so that a wrong mapping over a huge file does not copy it.
    """

    def __init__(self, imported: Path, folder: Path | None = None) -> None:
        self.path = (folder or imported.parent) / f"{imported.name}.rejects.jsonl"
        self.count = 0
        self.first: list[str] = []
        self.causes: Counter[tuple[str, str]] = Counter()
        self._file: IO[str] | None = None

    def add(self, rejected: Rejected) -> None:
        if self._file is None:
            self._file = self._open()
        self.count += 1
        if self.count <= FIRST:
            self.first.append(str(rejected))
        if len(self.causes) < 1000 or (rejected.field, rejected.reason) in self.causes:
            self.causes[rejected.field, rejected.reason] += 1
        entry = asdict(rejected)
        if self.count > RAW_ROWS:
            del entry["raw"]
        try:
            self._file.write(json.dumps(entry, ensure_ascii=True) + "\n")
        except OSError as error:
            raise FileError(f"{self.path}: cannot write the rejected rows ({error.strerror})") from error

    def _open(self) -> IO[str]:
        try:
            return tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self.path.parent, prefix=".rejects-", suffix=".part", delete=False
            )
        except OSError as error:
            raise FileError(
                f"{self.path.parent}: cannot write the rejected rows here ({error.strerror}); "
                "make the folder writable or start the import from another folder"
            ) from error

    def likely_cause(self, good: int) -> str | None:
        """One sentence for a person when most rows fell for one reason; None where rejects look like single
        bad rows.

        >>> rejects = RejectsFile(Path("a.csv"))
        >>> rejects.count = 0
        >>> rejects.likely_cause(good=10) is None
        True
        """
        if self.count < 10 or self.count <= 9 * good or not self.causes:
            return None
        fields = Counter[str]()
        for (name, _), times in self.causes.items():
            fields[name] += times
        field, times = fields.most_common(1)[0]
        reason = max((cause for cause in self.causes if cause[0] == field), key=self.causes.__getitem__)[1]
        what = (
            "the file is cut or broken" if field == "row" else f"--map {field}=COLUMN names the wrong column"
        )
        share = f"{times} of {self.count + good} rows were rejected for {field}"
        return f"{share} (such as: {reason}); most likely {what}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        Path(self._file.name).replace(self.path)
        self._file = None
