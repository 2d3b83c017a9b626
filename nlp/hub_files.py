"""From a name or a folder to a loaded network and tokenizer: found or fetched, with no code of the model's run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch

from nlp.errors import ModelError
from nlp.manifest import file_hash
from nlp.registry import KNOWN
from nlp.safe_folder import read_object

_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_TOKENIZER = ("tokenizer.json", "vocab.*", "merges.txt", "*.model")
_SHARED: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def snapshot(model: str, revision: str | None, download: bool) -> Path:
    """The folder of a named model in the local cache; fetched where it is not there and `download` is True.

    Without a revision that is the commit which nlp.registry knows for the model, else the newest.
    """
    if not _NAME.fullmatch(model):
        raise ModelError(f"{model}: neither a folder nor a model name like org/name")
    from huggingface_hub import snapshot_download

    revision = revision or (KNOWN[model].revision if model in KNOWN else None)
    wanted: dict[str, Any] = {"revision": revision, "allow_patterns": _FETCHED}
    at = f" at revision {revision}" if revision else ""
    try:
        found = Path(snapshot_download(model, local_files_only=True, **wanted))
        if not download or any(found.glob("*.safetensors")):
            return found
    except Exception as error:  # cache and validation errors have no common base
        if not download:
            cached = ", ".join(_cached(model))
            there = f" (there: {cached})" if cached else ""
            by_hand = f"hf download {model}{f' --revision {revision}' if revision else ''}"
            raise ModelError(
                f"{model}: not in the local cache{at}{there}; write download = true under [nlp], run {by_hand}, or give a folder"
            ) from error
    try:
        return Path(snapshot_download(model, **wanted))
    except Exception as error:  # network and server errors have no common base
        said = one_line(error)
        raise ModelError(
            f"{model}: cannot be fetched{at} ({said}); check name, revision and network, or give a folder"
        ) from error


def _cached(model: str) -> list[str]:
    """The references and commits of a model that the local cache holds."""
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}"
    references = [
        str(path.relative_to(folder / "refs")) for path in folder.glob("refs/**/*") if path.is_file()
    ]
    return sorted(references) + sorted(path.name for path in folder.glob("snapshots/*"))


def class_names(folder: Path) -> list[str]:
    """The names of the outputs in the order of the logits, from config.json's id2label."""
    path = folder / "config.json"
    named = read_object(path).get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    try:
        names = {int(number): str(name) for number, name in named.items()}
    except (AttributeError, ValueError) as error:
        raise ModelError(f"{path}: id2label is not a name for each number; choose another model") from error
    if sorted(names) != list(range(len(names))) or len(names) < 2:
        raise ModelError(f"{path}: id2label does not name two classes or more, from 0; choose another model")
    return [names[number] for number in range(len(names))]


def load_network(folder: Path) -> Any:
    """The network of a checked folder."""
    import transformers

    _quiet()
    try:
        network, report = transformers.AutoModelForSequenceClassification.from_pretrained(
            folder,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are in the report, with their names
            dtype=torch.float32,
            **_SHARED,
        )
    except Exception as error:  # whatever the library raises, the model cannot be used
        raise ModelError(
            f"{folder}: cannot be loaded ({one_line(error)}); fetch it again or choose another"
        ) from error
    wrong = [*report["missing_keys"], *(found[0] for found in report["mismatched_keys"])]
    if wrong:
        raise ModelError(
            f"{folder}: no whole classifier ({wrong[0]} is missing or of the wrong shape); fetch it again or choose another"
        )
    return network


def load_tokenizer(folder: Path, pieces: int) -> Any:
    """The tokenizer of a checked folder, for a network that knows so many pieces."""
    import transformers

    _quiet()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **_SHARED)
    except Exception as error:  # whatever the library raises, the model cannot be used
        raise ModelError(
            f"{folder}: its tokenizer cannot be loaded ({one_line(error)}); fetch it again"
        ) from error
    if not tokenizer.is_fast:
        raise ModelError(f"{folder}: no tokenizer.json; save the model with its fast tokenizer")
    if tokenizer.pad_token is None:
        raise ModelError(f"{folder}: the tokenizer has no padding token; choose another model")
    vocabulary = tokenizer.get_vocab()
    # Without its files transformers makes a tokenizer that knows special pieces alone.
    if len(vocabulary) <= len(tokenizer.all_special_ids):
        raise ModelError(
            f"{folder}: no tokenizer (tokenizer.json, or the files it is made from); fetch it again"
        )
    if max(vocabulary.values()) >= pieces or len(vocabulary) < pieces // 2:
        raise ModelError(
            f"{folder}: the tokenizer knows {len(vocabulary)} pieces and the model {pieces}, so they do not belong together; "
            "fetch it again"
        )
    # Padding on the left would move the positions that a text is read at, and with them its label.
    tokenizer.padding_side = "right"
    # A text may hold "</s>" and the like: to be read as written.
    tokenizer.split_special_tokens = True
    return tokenizer


def tokenizer_hashes(folder: Path) -> list[str]:
    """The sha256 of each file that the tokenizer may be made from, in the order of their names."""
    found = {path for pattern in _TOKENIZER for path in folder.glob(pattern)}
    return [file_hash(path) for path in sorted(found)]


def one_line(error: object) -> str:
    """What went wrong as one line of bounded length.

    >>> one_line(ValueError("bad\\n  thing"))
    'ValueError: bad thing'
    """
    said = " ".join(str(error).split())
    kind = f"{type(error).__name__}: " if isinstance(error, Exception) else ""
    return f"{kind}{said}"[:200]


def _quiet() -> None:
    """No progress bars and tables of the library's between our lines."""
    from transformers.utils import logging as theirs

    theirs.set_verbosity_error()  # type: ignore[no-untyped-call]
    theirs.disable_progress_bar()  # type: ignore[no-untyped-call]
