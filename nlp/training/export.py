"""From a checkpoint to the finished model folder: int8 graph, temperatures, hashes, figures."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from nlp.manifest import file_hash, write_manifest
from nlp.shares import class_sums, confusion_prior
from nlp.training import calibrate, fit, graph
from nlp.training.calibrate import Found
from nlp.training.dataset import Row
from nlp.training.network import LANGUAGES
from nlp.windows import Frame

log = logging.getLogger(__name__)
MODEL_ID = "listener-embedded-4"
MAX_TOKENS = 128
MAX_BYTES = 48_000_000
_BATCH = 32


def finish(checkpoints: Path, measure: dict[str, list[Row]], out: Path) -> None:
    """Write model.onnx, tokenizer.json and model.json to `out`, calibrated on the measuring sets."""
    out.mkdir(parents=True, exist_ok=True)
    model = fit.load_model(checkpoints)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    even = np.ones(len(LANGUAGES), np.float32)
    (out / "model.onnx").write_bytes(graph.encoder(state, model.shape, even).SerializeToString())
    shutil.copyfile(checkpoints / "tokenizer.json", out / "tokenizer.json")
    found = [measured(out, name, rows) for name, rows in measure.items()]
    degrees = calibrate.temperatures(found, len(LANGUAGES))
    (out / "model.onnx").write_bytes(
        graph.encoder(state, model.shape, degrees.astype(np.float32)).SerializeToString()
    )
    progress = json.loads((checkpoints / "progress.json").read_text())
    document: dict[str, Any] = {
        "id": MODEL_ID,
        "max_tokens": MAX_TOKENS,
        "temperatures": {
            name: round(float(value), 3) for name, value in zip(LANGUAGES, degrees, strict=True)
        },
        "confusion": confusion_prior([sums_of(one, degrees) for one in found]).clip(0.01).round(2).tolist(),
        "base": "multilingual-e5-small (MIT), vocabulary cut, fine-tuned",
        "heads": model.shape.heads,
        "training": {name: round(progress[name]) for name in ("steps", "rows", "seconds")},
        "files": {name: file_hash(out / name) for name in ("model.onnx", "tokenizer.json")},
    }
    write_manifest(out, document)
    size = sum(path.stat().st_size for path in out.iterdir())
    log.info("temperatures %s, %d bytes in %s", document["temperatures"], size, out)
    if size > MAX_BYTES:
        raise ValueError(f"{out} holds {size} bytes, more than {MAX_BYTES}")


def sums_of(found: Found, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """The calibrated probabilities of a set, summed by true class [3, 3]."""
    powers = np.exp(found.logits / (found.language @ degrees)[:, None])
    return class_sums(found.truth, powers / powers.sum(axis=1, keepdims=True))


def measured(out: Path, name: str, rows: list[Row]) -> Found:
    """What the graph in a folder says of the rows that have a class, read in their first window."""
    rows = [row for row in rows if row.label >= 0]
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    encoded = fit.encode(rows, tokenizer, Frame.of(tokenizer, MAX_TOKENS))
    session = ort.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    logits, language = np.zeros((len(rows), 3)), np.zeros((len(rows), len(LANGUAGES)))
    order = sorted(range(len(rows)), key=lambda place: len(encoded[place]))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        ids, _ = fit.pad([encoded[place] for place in batch])
        logits[batch], language[batch] = session.run(["logits", "language"], {"ids": ids.numpy()})
    truth = np.array([row.label for row in rows])
    spoken = [LANGUAGES[said] == row.lang for said, row in zip(language.argmax(1), rows, strict=True)]
    right = np.mean(logits.argmax(1) == truth)
    log.info("%s: accuracy %.3f, language %.3f", name, right, np.mean(spoken))
    return Found(logits, language, truth)
