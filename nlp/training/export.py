"""From a checkpoint to the finished model folder: int8 graph, temperature, hashes, figures."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.clean import work_of
from nlp.embedded import EmbeddedLabeller
from nlp.manifest import file_hash, write_manifest
from nlp.training import calibrate, fit, graph
from nlp.training.dataset import Row
from nlp.types import Item

log = logging.getLogger(__name__)
MODEL_ID = "listener-embedded-1"
MAX_TOKENS = 128
MAX_BYTES = 48_000_000


def finish(checkpoints: Path, measure: dict[str, list[Row]], out: Path) -> None:
    """Write model.onnx, tokenizer.json and model.json to `out`, calibrated on the measuring sets."""
    out.mkdir(parents=True, exist_ok=True)
    model = fit.load_model(checkpoints)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    (out / "model.onnx").write_bytes(graph.encoder(state, model.shape).SerializeToString())
    shutil.copyfile(checkpoints / "tokenizer.json", out / "tokenizer.json")
    progress = json.loads((checkpoints / "progress.json").read_text())
    document: dict[str, Any] = {
        "id": MODEL_ID,
        "max_tokens": MAX_TOKENS,
        "temperature": 1.0,
        "base": "multilingual-e5-small (MIT), vocabulary cut, fine-tuned",
        "heads": model.shape.heads,
        "training": {name: round(progress[name]) for name in ("steps", "rows", "seconds")},
        "files": {name: file_hash(out / name) for name in ("model.onnx", "tokenizer.json")},
    }
    write_manifest(out, document)
    document["temperature"] = round(_temperature(out, measure), 4)
    write_manifest(out, document)
    size = sum(path.stat().st_size for path in out.iterdir())
    log.info("temperature %s, %d bytes in %s", document["temperature"], size, out)
    if size > MAX_BYTES:
        raise ValueError(f"{out} holds {size} bytes, more than {MAX_BYTES}")


def _temperature(out: Path, measure: dict[str, list[Row]]) -> float:
    """The temperature of the folder's model on the measuring sets, read as in serving."""
    labeller = EmbeddedLabeller(out)
    logits: list[NDArray[np.float64]] = []
    labels: list[NDArray[np.int64]] = []
    for name, rows in measure.items():
        found = labeller.first_logits([work_of(Item(row.text, row.target)) for row in rows])
        truth = np.array([row.label for row in rows])
        usable = np.isfinite(found).all(axis=1)
        logits.append(found[usable])
        labels.append(truth[usable])
        log.info("%s: accuracy %.3f", name, float((found.argmax(1) == truth).mean()))
    return calibrate.temperature(logits, labels)
