"""Is a folder with a Hugging Face model safe to load? Checked before any library opens it.

Weights are read from safetensors files alone. Pickle files (.bin, .pt, .pkl, .ckpt) can run code
while they are read, also under PyTorch's `weights_only` (CVE-2025-32434, CVE-2026-24747), and so
can a model that brings its own code (`auto_map`, kernels); both are refused.
"""

from __future__ import annotations

import json
import math
import re
import struct
from pathlib import Path
from typing import Any

from nlp.errors import ModelError
from nlp.manifest import file_hash

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt", "*.h5", "*.msgpack")
AGAIN = "fetch the model again"
ANOTHER = "take a revision with model.safetensors (a model's page often offers one under refs/pr)"
_OWN_CODE = ("auto_map", "trust_remote_code", "use_kernels", "kernel_config")
_MAX_HEADER = 100_000_000
_HEX64 = re.compile(r"[0-9a-f]{64}")
_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
    "U16": 2, "U32": 4, "U64": 8, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


def check_folder(folder: Path) -> dict[Path, str]:
    """The weights files of a folder that holds a whole, safe model, each with its sha256; else ModelError."""
    config = read_object(folder / "config.json")
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        if path.is_file() and (found := _own_code(read_object(path))):
            raise ModelError(
                f"{path}: the model brings its own code ({found}), which is never run; take another"
            )
    if not isinstance(config.get("model_type"), str):
        raise ModelError(f"{folder / 'config.json'}: no model_type; {AGAIN}")
    weights: dict[Path, str] = {}
    for path in _weights(folder):
        check_safetensors(path)
        blob, weights[path] = path.resolve().name, file_hash(path)
        if path.is_symlink() and _HEX64.fullmatch(blob) and weights[path] != blob:
            raise ModelError(f"{path}: altered (its sha256 is not {blob[:12]}); delete it and {AGAIN}")
    return weights


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, else ModelError."""
    if not path.is_file():
        raise ModelError(f"{path}: missing; {AGAIN}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not readable JSON ({error}); {AGAIN}") from error
    if not isinstance(document, dict):
        raise ModelError(f"{path}: not a JSON object; {AGAIN}")
    return document


def check_safetensors(path: Path) -> None:
    """Check that a safetensors file is whole: 8 bytes of header length, JSON header, tensor bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(size - 8, _MAX_HEADER):
            raise ModelError(f"{path}: cut, or no safetensors file ({size} bytes, header {length}); {AGAIN}")
        raw = file.read(length)
    try:
        header = json.loads(raw)
        spans = sorted(_span(entry) for name, entry in header.items() if name != "__metadata__")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: broken header ({error!r}); {AGAIN}") from error
    end = 0
    for first, last in spans:
        if first != end:
            raise ModelError(f"{path}: broken header (overlap or gap at byte {end}); {AGAIN}")
        end = last
    if end != size - 8 - length:
        raise ModelError(f"{path}: cut (tensors need {end} bytes, {size - 8 - length} are there); {AGAIN}")


def _span(entry: dict[str, Any]) -> tuple[int, int]:
    """First and last byte of a tensor, whose length must fit its shape and type."""
    first, last = entry["data_offsets"]
    if last - first != math.prod(entry["shape"]) * _BYTES[entry["dtype"]]:
        raise ValueError("shape and size of a tensor disagree")
    return int(first), int(last)


def _weights(folder: Path) -> list[Path]:
    """The safetensors files: one, or those that the index names."""
    index = folder / "model.safetensors.index.json"
    single = folder / "model.safetensors"
    if single.is_file():
        return [single]
    if index.is_file():
        named = read_object(index).get("weight_map")
        names = sorted({str(name) for name in named.values()}) if isinstance(named, dict) else []
        for name in names:
            if Path(name).name != name or not (folder / name).is_file():
                raise ModelError(f"{folder / name}: missing, yet the index names it; {AGAIN}")
        if names:
            return [folder / name for name in names]
    pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
    if pickles:
        raise ModelError(
            f"{folder / pickles[0]}: weights in pickle or another format that can run code are refused; {ANOTHER}, "
            "convert it yourself, or choose another model"
        )
    raise ModelError(f"{single}: missing; {AGAIN}, or {ANOTHER}")


def _own_code(document: dict[str, Any]) -> str | None:
    """The name of a setting that has a library run code that comes with the model, or fetch some (attention kernels); None for none."""
    inside: list[object] = [document]
    while inside:
        value = inside.pop()
        if isinstance(value, list):
            inside += value
        elif isinstance(value, dict):
            inside += value.values()
            for key, inner in value.items():
                kernel = key.endswith("attn_implementation") and "/" in str(inner)
                if kernel or (key in _OWN_CODE and inner):
                    return str(key)
    return None
