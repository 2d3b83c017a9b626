"""Which format a file is: its content decides, its name only where the content does not."""

import json
from pathlib import Path
from typing import Literal

from listener.errors import FileError
from listener.importing.opening import HEAD, bom_encoding, head

Format = Literal["csv", "jsonl", "json", "parquet"]

_REFUSED = (
    (b"PK\x03\x04", "is a zip archive or a spreadsheet (.xlsx); unzip it, or save the sheet as CSV"),
    (b"PK\x05\x06", "is an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel or Word file; save the sheet as CSV"),
    (b"7z\xbc\xaf", "is a 7z archive; unpack it first"),
    (b"Rar!", "is a RAR archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it first"),
    (b"BZh", "is packed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "is packed with xz; unpack it first"),
    (b"SQLite format 3", "is an SQLite database; export the posts from it as CSV or JSONL"),
    (b"%PDF", "is a PDF; CSV, JSONL and Parquet can be read"),
)


def detect(path: Path) -> Format:
    """The format of the file at `path`. Raises FileError, with the way out, for what cannot hold rows of
    posts.
    """
    start = head(path)
    for mark, what in _REFUSED:
        if start.startswith(mark):
            raise FileError(f"{path}: {what}")
    if start.startswith(b"PAR1"):
        return "parquet"
    encoding = bom_encoding(start) or "utf-8"
    text = start.decode(encoding, errors="replace")
    lead = text.lstrip()[:1]
    if not lead or not text.strip("\x00 \t\r\n\ufeff"):
        raise FileError(f"{path}: holds only blanks; check that it was written whole")
    if lead in "{[":
        return _json_kind(text, cut=len(start) == HEAD)
    if lead == "<":
        raise FileError(f"{path}: is HTML or XML; CSV, JSONL and Parquet can be read")
    if sum(sign < " " and sign not in "\t\n\v\f\r" for sign in text) > len(text) // 20:
        raise FileError(f"{path}: is binary data; CSV, JSONL and Parquet can be read")
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return "jsonl"
    return "csv"


def _json_kind(text: str, *, cut: bool) -> Format:
    """JSONL when some line at the margin is a whole object; else one document: an array, or a page printed
    over many lines.

    >>> _json_kind('{"a": 1}\\n{"a": 2}\\n', cut=False), _json_kind('[\\n {"a": 1}\\n]', cut=False)
    ('jsonl', 'json')
    >>> _json_kind('{"a": \\n{"a": 2}\\n', cut=False), _json_kind('[{"a": 1}, {"a": 2}]', cut=True)
    ('jsonl', 'json')
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and cut:
        return "json" if lines[0].lstrip().startswith("[") else "jsonl"
    if lines[0].strip() == "[":
        return "json"
    if any(line[:1] in "{[" and _whole(line) for line in lines[:50]):
        return "jsonl"
    indented = any(line[0] in " \t}]" for line in lines[1:3])
    return "json" if indented or lines[0].lstrip().startswith("[") else "jsonl"


def _whole(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
