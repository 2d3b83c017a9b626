"""model.json: what a model folder of ours holds, with the hashes its files must have."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.errors import ModelError
from nlp.types import LABELS, Confusion

NAME = "model.json"
FORMAT = "listener-embedded"
WAY_OUT = "restore it from the release or reinstall the package"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The part of model.json that serving needs; the rest is for the reader.

    `confusion` is what is known of the model's mistakes before anyone checked them for a brand: for each
    true class (line) the parameters of a Dirichlet distribution over the labels given (columns).
    """

    id: str
    max_tokens: int
    confusion: Confusion
    files: dict[str, str]


def read_manifest(folder: Path) -> Manifest:
    """Read and check model.json and every file it names; ModelError names file and reason."""
    path = folder / NAME
    document = _parse(path)
    if document.get("format") != FORMAT:
        raise ModelError(f"{path}: format is {document.get('format')!r}, expected {FORMAT!r}; {WAY_OUT}")
    if document.get("sha256") != own_hash(document):
        raise ModelError(f"{path}: altered (its own hash does not match); {WAY_OUT}")
    if document.get("labels") != list(LABELS):
        raise ModelError(f"{path}: labels are {document.get('labels')!r}, expected {list(LABELS)}; {WAY_OUT}")
    try:
        found = Manifest(
            id=str(document["id"]),
            max_tokens=int(document["max_tokens"]),
            confusion=_confusion(document["confusion"]),
            files={str(name): str(digest) for name, digest in document["files"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{path}: {error!r} is missing or of the wrong kind; {WAY_OUT}") from error
    if not 16 <= found.max_tokens <= 512:
        raise ModelError(f"{path}: max_tokens out of range; {WAY_OUT}")
    for needed in ("model.onnx", "tokenizer.json"):
        if needed not in found.files:
            raise ModelError(f"{path}: no hash for {needed}; {WAY_OUT}")
    for name, digest in found.files.items():
        check_file(folder / name, digest)
    return found


def _confusion(lines: Any) -> Confusion:
    """The three lines of three numbers above 0; ValueError for anything else."""
    negative, neutral, positive = (tuple(map(float, line)) for line in lines)
    found = (negative, neutral, positive)
    if any(len(line) != 3 or not all(0 < value < math.inf for value in line) for line in found):
        raise ValueError("confusion")
    return found  # type: ignore[return-value]  # the lengths are checked above


def check_file(path: Path, digest: str) -> None:
    """Nothing where the file's sha256 is `digest`, else ModelError."""
    if not path.is_file():
        raise ModelError(f"{path}: missing; {WAY_OUT}")
    found = file_hash(path)
    if found != digest:
        size = path.stat().st_size
        said = f"{size} bytes, sha256 {found[:12]}, expected {digest[:12]}"
        raise ModelError(f"{path}: cut or altered ({said}); {WAY_OUT}")


def file_hash(path: Path) -> str:
    """The sha256 of a file as 64 hexadecimal digits; unreadable files give ModelError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); {WAY_OUT}") from error


def own_hash(document: dict[str, Any]) -> str:
    """The sha256 of the document without its own `sha256`, keys sorted.

    >>> own_hash({"a": 1, "sha256": "x"}) == own_hash({"a": 1})
    True
    """
    rest = {key: value for key, value in document.items() if key != "sha256"}
    packed = json.dumps(rest, sort_keys=True, ensure_ascii=True).encode()
    return hashlib.sha256(packed).hexdigest()


def write_manifest(folder: Path, document: dict[str, Any]) -> None:
    """Write model.json with its own hash in it."""
    whole = document | {"format": FORMAT, "labels": list(LABELS)}
    whole["sha256"] = own_hash(whole)
    text = json.dumps(whole, indent=2, ensure_ascii=True) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def _parse(path: Path) -> dict[str, Any]:
    """The JSON object of a file, else ModelError."""
    if not path.is_file():
        raise ModelError(f"{path}: missing; {WAY_OUT}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not readable JSON ({error}); {WAY_OUT}") from error
    if not isinstance(document, dict):
        raise ModelError(f"{path}: not a JSON object; {WAY_OUT}")
    return document
