"""Where a page of an answer ended, as an address carries it: opaque, signed, and good only for the question that it was given for."""

import base64
import hmac
import json
from collections.abc import Sequence
from typing import Any

from dashboard.errors import BadFilter
from dashboard.site import Site

LONGEST = 1_000


def written(site: Site, asked: Sequence[Any], place: Sequence[Any]) -> str:
    """The place as text; `asked` is what makes the question this one."""
    body = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(site, asked, body) + body).decode().rstrip("=")


def read(site: Site, asked: Sequence[Any], cursor: str) -> list[Any]:
    """The place that `written` was given. Raises BadFilter for anything else."""
    try:
        padded = cursor[:LONGEST] + "=" * (-len(cursor[:LONGEST]) % 4)
        whole = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        whole = b""
    mark, body = whole[:_MARK], whole[_MARK:]
    if not hmac.compare_digest(mark, _mark(site, asked, body)):
        raise BadFilter("cursor", "is not one that this answer gave under these filters: begin without it")
    found: list[Any] = json.loads(body)
    return found


_MARK = 12


def _mark(site: Site, asked: Sequence[Any], body: bytes) -> bytes:
    key = site.settings.secret or b"listener"
    said = json.dumps([*asked], separators=(",", ":"), default=str).encode()
    return hmac.digest(key, said + b"\n" + body, "sha256")[:_MARK]
