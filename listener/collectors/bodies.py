"""Reading an answer's body to its end, within a size, unpacked."""

import zlib
from collections.abc import Iterator

from httpx2 import Headers


class TooBigError(Exception):
    """The body, as sent or unpacked, is larger than allowed."""


class WrongEncodingError(Exception):
    """The body is packed in a way that was not asked for: only plain and one layer of gzip are."""


def whole_body(chunks: Iterator[bytes], headers: Headers, max_bytes: int) -> bytes:
    """The decoded body, at most `max_bytes`, before and after unpacking.

    Raises TooBigError, WrongEncodingError (br, zstd, several layers), zlib.error for broken gzip and EOFError
    for gzip that stops short.
    """
    packing = headers.get("content-encoding", "").strip().lower()
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:19]) > max_bytes:
        raise TooBigError
    chunks = _at_most(chunks, max_bytes)
    if packing in ("gzip", "x-gzip"):
        chunks = _at_most(gunzip(chunks), max_bytes)
    elif packing not in ("", "identity"):
        raise WrongEncodingError
    return b"".join(chunks)


def _at_most(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooBigError
        yield chunk


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A gzip stream unpacked in pieces of at most 64 KiB; no bytes at all give none.

    Raises zlib.error where it is broken and EOFError where it stops short.

    >>> import gzip
    >>> b"".join(gunzip(iter([gzip.compress(b"ab") + gzip.compress(b"c")])))
    b'abc'
    """
    member = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if member is None or member.eof:
                if member and not rest.startswith(b"\x1f"):  # padding after the last member
                    break
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield member.decompress(rest, 1 << 16)
            rest = member.unused_data if member.eof else member.unconsumed_tail
    while member and not member.eof:
        last = member.decompress(b"", 1 << 16)
        if not last and not member.eof:
            raise EOFError
        yield last
