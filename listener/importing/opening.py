"""A path into bytes, and bytes into numbered lines, whatever lies at the path."""

import codecs
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from listener.errors import FileError

LINE_LIMIT = 16 * 1024 * 1024
HEAD = 256 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_RATIO = 100
_GZIP_FREE = 64 * 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Bytes that Windows-1252 does not define, and y-diaeresis, which real text hardly ever holds: signs of
# damage, not of that encoding.
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xff]")
_BAD = "\udcff"
_MARK = re.compile("[\udc80-\udcff]")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """Undecodable bytes become a lone surrogate, which no valid text holds: the line is found and refused,
    the rest is read.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BAD, error.end


codecs.register_error("listener-mark", _mark)


class Damaged(FileError):
    """The file breaks off or is damaged from here on; what came before is good."""


class Line(NamedTuple):
    """A physical line with its end; `fault` says why it cannot be used, None where it can."""

    number: int
    text: str
    fault: str | None = None


class _Bounded(io.RawIOBase):
    """A file up to the size it had when opened: what is appended meanwhile belongs to the next import."""

    def __init__(self, raw: io.FileIO, size: int) -> None:
        self._raw, self._left = raw, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._left)
        n = self._raw.readinto(memoryview(buffer)[:wanted]) or 0
        self._left -= n
        return n

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Gunzipped(io.RawIOBase):
    """What a gzip file holds, within 100 times its size: more than that is a bomb, not posts."""

    def __init__(self, path: Path, packed: BinaryIO, size: int) -> None:
        self._path, self._packed = path, packed
        self._file = gzip.GzipFile(fileobj=packed)
        self._left = _GZIP_RATIO * size + _GZIP_FREE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._file.read(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Damaged(
                f"{self._path}: the gzip data is cut or damaged ({error}); fetch the file again"
            ) from error
        self._left -= len(data)
        if self._left < 0:
            raise Damaged(
                f"{self._path}: unpacks to more than {_GZIP_RATIO} times its size; unpack it yourself first"
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, gunzipped where they are gzip. Raises FileError for whatever is not a readable,
    non-empty regular file.

    Opened without blocking and checked after opening, so a FIFO or a device neither hangs nor streams
    forever.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise not_read(path, error) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise FileError(f"{path}: is a folder; name the files in it, such as {path}/*.csv")
        raise FileError(f"{path}: is not a regular file (a pipe or a device); save what it gives to a file")
    if status.st_size == 0:
        os.close(descriptor)
        raise FileError(f"{path}: is empty; check that it was written whole")
    plain = io.BufferedReader(_Bounded(io.FileIO(descriptor), status.st_size), 1 << 17)
    if plain.peek(2)[:2] != _GZIP:
        return plain
    return io.BufferedReader(_Gunzipped(path, plain, status.st_size), 1 << 17)


def not_read(path: Path, error: OSError | ValueError, wanted: str = "check the path") -> FileError:
    """Why a file cannot be read, and what to give instead.

    >>> not_read(Path("week.tsv"), FileNotFoundError(), "give a line for each text, as in negative<TAB>never again")
    FileError('week.tsv: no such file; give a line for each text, as in negative<TAB>never again')
    """
    match error:
        case FileNotFoundError():
            return FileError(f"{path}: no such file; {wanted}")
        case IsADirectoryError():
            return FileError(f"{path}: is a folder; {wanted}")
        case PermissionError():
            return FileError(f"{path}: no permission to read it; change its mode or its owner")
    reason = error.strerror if isinstance(error, OSError) else error
    return FileError(f"{path}: cannot be read ({reason}); {wanted}")


def head(path: Path) -> bytes:
    """The first 256 KiB."""
    with open_bytes(path) as file:
        return file.read(HEAD)


def bom_encoding(start: bytes) -> str | None:
    """The encoding that a byte order mark, or UTF-16's pattern of NULs, shows; None for anything else.

    >>> bom_encoding("a,b".encode("utf-16")), bom_encoding(b"a\\x00,\\x00b\\x00;\\x00"), bom_encoding(b"a,b")
    ('utf-16', 'utf-16-le', None)
    """
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    sample = start[:2000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    if len(sample) >= 4 and max(even, odd) > 0.6 * half and min(even, odd) < 0.1 * half:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def text_encoding(path: Path) -> str:
    """The encoding of a table, from all of its bytes: UTF-8 unless most lines beyond ASCII are Windows-1252.

    A few broken lines in a UTF-8 file leave it UTF-8: those lines are refused one by one.
    """
    known = bom_encoding(head(path))
    if known:
        return known
    utf8 = cp1252 = 0
    with open_bytes(path) as file:
        while line := file.readline(LINE_LIMIT):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                utf8 += 1
            except UnicodeDecodeError:
                cp1252 += _NOT_CP1252.search(line) is None
    return "cp1252" if cp1252 > utf8 else "utf-8"


def numbered_lines(path: Path, encoding: str, newline: str = "\n") -> Iterator[Line]:
    """Physical lines from 1, split at `newline` alone: U+2028 and its like are text. A line over 16 MiB comes
    cut, with a fault.
    """
    with io.TextIOWrapper(
        open_bytes(path), encoding=encoding, errors="listener-mark", newline=newline
    ) as file:
        number = 0
        while text := file.readline(LINE_LIMIT):
            number += 1
            fault = None
            if not text.isascii() and _MARK.search(text):
                fault = f"bytes that are not {encoding.removesuffix('-sig').upper()}"
                text = _MARK.sub("\ufffd", text)
            if len(text) >= LINE_LIMIT and not text.endswith(newline):
                fault = f"longer than {LINE_LIMIT // 1024 // 1024} MiB"
                while (rest := file.readline(LINE_LIMIT)) and not rest.endswith(newline):
                    pass
            yield Line(number, text, fault)
