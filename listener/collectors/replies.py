"""A network's whole answer, what its status means as an error, and messages that keep secrets out."""

import json as json_codec
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import quote, quote_plus

import httpx2

from listener.errors import BadReply, OutOfBudget, RateLimited, SourceError, Unauthorized, Unreachable

MAX_DEPTH = 100
_SNIPPET = 120


def scrub(text: str, secrets: Sequence[str]) -> str:
    """The text with *** for each secret, plain or percent-encoded, and for `user:password` in addresses.

    >>> scrub("GET https://me:pw@host/?key=s3cr%2Ft failed", ["s3cr/t"])
    'GET https://***@host/?key=*** failed'
    """
    forms = {form for secret in secrets if secret for form in (secret, quote(secret, ""), quote_plus(secret))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return re.sub(r"://[^/\s@]*@", "://***@", text)


def snippet(body: bytes, secrets: Sequence[str] = ()) -> str:
    """The start of a body for a message: one line of at most 120 printable characters, secrets scrubbed."""
    text = scrub(body[:65536].decode("utf-8", "replace"), secrets)
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_SNIPPET]


def shown(url: str, secrets: Sequence[str] = ()) -> str:
    """An address for a message: scheme, host, port and path, without user, query, fragment and secrets.

    >>> shown("https://me:pw@example.org/feed?token=1#top")
    'https://example.org/feed'
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    bare = re.sub(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/]*@", r"\1//", bare)
    return snippet(bare.encode("utf-8", "replace"), secrets)


def retry_at(headers: Mapping[str, str], *, now: datetime) -> datetime:
    """When a network that said "too many requests" may be asked again: 1 second to 24 hours after `now`.

    Read in this order: Retry-After (seconds or an HTTP date), x-rate-limit-reset, x-ratelimit-reset (seconds
    to wait, seconds or milliseconds since 1970, or ISO 8601). A time in the past and junk say nothing;
    nothing said means 60 seconds.

    >>> now = datetime(2026, 11, 2, tzinfo=UTC)
    >>> retry_at({"Retry-After": "90"}, now=now) - now
    datetime.timedelta(seconds=90)
    >>> retry_at({"X-RateLimit-Reset": "2026-11-02T00:05:00.000Z"}, now=now) - now
    datetime.timedelta(seconds=300)
    >>> retry_at({"x-rate-limit-reset": "junk"}, now=now) - now
    datetime.timedelta(seconds=60)
    """
    given = {name.lower(): value for name, value in headers.items()}
    for name in ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset"):
        wait_s = _wait_s(given[name].strip(), now) if name in given else None
        if wait_s is not None and wait_s >= 0:
            return now + timedelta(seconds=min(max(wait_s, 1.0), 86400.0))
    return now + timedelta(seconds=60)


def _wait_s(value: str, now: datetime) -> float | None:
    """Seconds from now that one header's value means; None for junk."""
    if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", value, re.ASCII):
        number = float(value)
        if number >= 1e12:  # milliseconds since 1970
            number /= 1000.0
        return number - now.timestamp() if number >= 1e9 else number
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(value)
            return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def next_utc_day(now: datetime) -> datetime:
    """The next midnight in UTC.

    >>> next_utc_day(datetime(2026, 12, 31, 23, 5, tzinfo=UTC)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; nothing partial ever becomes one.

    `url` is the final address, `moved_to` it again where every redirect on the way was permanent (None where
    none was).
    """

    status: int
    headers: httpx2.Headers = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    source: str = ""
    moved_to: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def text(self) -> str:
        """The body in the charset the answer names, else UTF-8; what does not decode becomes U+FFFD."""
        charset = re.search(r"charset=\"?([\w.:-]+)", self.headers.get("content-type", ""))
        try:
            return self.body.decode(charset[1] if charset else "utf-8", "replace")
        except (LookupError, UnicodeError):
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises BadReply for anything else: cut short, HTML, NaN, more than 100 levels, numbers of thousands of
        digits.
        """
        try:
            value = json_codec.loads(self.body, parse_constant=_not_a_number)
        except json_codec.JSONDecodeError as error:
            raise self.bad(f"answered no JSON ({error.msg} at character {error.pos})") from None
        except (ValueError, RecursionError) as error:
            raise self.bad(f"answered no JSON that can be read ({type(error).__name__})") from None
        if isinstance(value, (dict, list)) and _deeper_than(value, MAX_DEPTH):
            raise self.bad(f"answered JSON nested over {MAX_DEPTH} levels")
        return value

    def bad(self, problem: str) -> BadReply:
        """A BadReply about this answer: address, problem and the start of the body, without secrets."""
        where, start = shown(self.url, self.secrets), snippet(self.body, self.secrets)
        return BadReply(self.source, f"{where} {problem}: {start or '(nothing)'}")


def failure(reply: Reply, *, now: datetime) -> SourceError:
    """What a reply with an unwanted status means, as an error to raise.

    401 and 403 Unauthorized, 402 OutOfBudget until the next UTC day, 429 RateLimited, 5xx Unreachable (until
    the Retry-After it may carry), any other BadReply.
    """
    status, source = reply.status, reply.source
    said = str(reply.bad(f"answered HTTP {status}")).removeprefix(f"source {source}: ")
    if status in (401, 403):
        return Unauthorized(source, said)
    if status == 402:
        return OutOfBudget(source, said, retry_at=next_utc_day(now))
    if status == 429:
        return RateLimited(source, said, retry_at=retry_at(reply.headers, now=now))
    if status >= 500:
        later = retry_at(reply.headers, now=now) if "retry-after" in reply.headers else None
        return Unreachable(source, said, retry_at=later)
    return BadReply(source, said)
