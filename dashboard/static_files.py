"""Scripts, styles and fonts: a fixed set of files, each kept for a year by browsers under an address that changes with what is in it.

Names are looked up among those that are there, so no name leads elsewhere.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, and the same gzipped where that is shorter."""

    content: bytes
    packed: bytes | None
    type: str
    version: str


@cache
def names() -> frozenset[str]:
    """The files there are, as addresses name them."""
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


@cache
def static_file(name: str) -> StaticFile:
    """A file of `names`."""
    content = (FOLDER / name).read_bytes()
    packed = gzip.compress(content, 9, mtime=0)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "application/javascript":
        kind = f"{kind}; charset=utf-8"
    return StaticFile(
        content, packed if len(packed) < 0.9 * len(content) else None, kind, sha256(content).hexdigest()[:12]
    )


def static_url(name: str) -> str:
    """A file's address, with its version. Raises KeyError for none of ours."""
    if name not in names():
        raise KeyError(name)
    return f"/static/{name}?v={static_file(name).version}"


@router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
def static(name: str, request: Request) -> Response:
    """One of our files. Under its present version it may be kept for a year, under none it is asked for again each time."""
    if name not in names():
        raise HTTPException(404)
    file = static_file(name)
    now = request.query_params.get("v") == file.version
    headers = {
        "cache-control": FOREVER if now else "no-cache",
        "etag": f'"{file.version}"',
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(None, 304, headers)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, 200, headers | {"content-encoding": "gzip"}, file.type)
    return Response(file.content, 200, headers, file.type)
