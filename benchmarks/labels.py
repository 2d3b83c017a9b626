"""Texts per second of the embedded labeller against transformers' own pipeline on the same weights.

    python -m benchmarks.labels [--texts 600] [--threads 1] [--rounds 3]

The pipeline runs a float32 BERT classifier whose weights are the int8 weights of nlp/weights put
back into float32, once with batches of 1 and once of 32, on cleaned texts. All three run in this
process, with the same threads, over the same distinct texts, in turns; the median of the rounds
counts. Target: at least 4 times batch 1 and 2 times batch 32.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nlp.clean import clean
from nlp.load import EMBEDDED, load_labeller
from nlp.types import LABELS, Item, Scores

VAL = Path(__file__).parents[2] / "shared" / "data" / "labels" / "en" / "val.tsv"
MEDIAN_WORDS, SPREAD = 16.0, 0.6
"""Words per made-up post: lognormal, as on short-text networks (5 % have more than 42 words)."""


def main() -> None:
    """Build the float model, run all three in turns, print texts per second and both ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=int, default=600)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    texts = distinct_texts(options.texts)
    runs = runners(options.threads)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    labels: dict[str, list[str]] = {}
    for _ in range(options.rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            labels[name] = run(texts)
            seconds[name].append(time.perf_counter() - started)
    report({name: len(texts) / statistics.median(each) for name, each in seconds.items()}, labels)


def report(speed: dict[str, float], labels: dict[str, list[str]]) -> None:
    """Print speeds, ratios and how far the labels agree."""
    ours = "embedded"
    for name, value in speed.items():
        agree = np.mean([one == other for one, other in zip(labels[name], labels[ours], strict=True)])
        print(f"{name:20s} {value:8.1f} texts/s   same label as embedded: {agree:.3f}")
    for name, least in (("pipeline batch 1", 4.0), ("pipeline batch 32", 2.0)):
        ratio = speed[ours] / speed[name]
        verdict = "reached" if ratio >= least else "MISSED"
        print(f"embedded / {name}: {ratio:.2f} times (at least {least:.0f}: {verdict})")


def distinct_texts(count: int) -> list[str]:
    """English val texts where the data is at hand, else made-up ones of like lengths; no two alike."""
    if VAL.is_file():
        rows = [line.split("\t", 1)[1].strip() for line in VAL.read_text(encoding="utf-8").splitlines()]
        return list(dict.fromkeys(rows))[:count]
    chance = random.Random(3)
    words = (EMBEDDED / "tokenizer.json").read_text(encoding="utf-8")
    pieces = [piece[1:] for piece, _ in json.loads(words)["model"]["vocab"] if piece[:1] == "▁"]
    plain = [piece for piece in pieces if piece.isascii() and piece.isalpha() and len(piece) > 1]
    lengths = [max(1, round(chance.lognormvariate(np.log(MEDIAN_WORDS), SPREAD))) for _ in range(count)]
    return list(dict.fromkeys(" ".join(chance.choices(plain, k=length)) for length in lengths))


def runners(threads: int) -> dict[str, Callable[[list[str]], list[str]]]:
    """What is compared, by name: each turns texts into labels. All are warmed up."""
    import torch
    import transformers

    logging.getLogger("transformers").setLevel(logging.CRITICAL)  # our class is not on the pipeline's list
    torch.set_num_threads(threads)
    labeller = load_labeller(threads=threads)
    model, tokenizer = float_model()
    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")

    def embedded(texts: list[str]) -> list[str]:
        results = labeller.label([Item(text) for text in texts])
        return [result.label if isinstance(result, Scores) else "" for result in results]

    def piped(size: int) -> Callable[[list[str]], list[str]]:
        def run(texts: list[str]) -> list[str]:
            found = pipeline(
                [clean(text) for text in texts], batch_size=size, truncation=True, max_length=128
            )
            return [str(one["label"]) for one in found]

        return run

    runs = {"embedded": embedded, "pipeline batch 1": piped(1), "pipeline batch 32": piped(32)}
    for run in runs.values():
        run(["a first text to warm up", "and a second"])
    return runs


def float_model() -> tuple[Any, Any]:
    """The embedded weights as a float32 transformers BERT with mean pooling, and its tokenizer."""
    import torch
    import transformers
    from transformers.modeling_outputs import SequenceClassifierOutput

    class MeanPooled(transformers.BertPreTrainedModel):  # type: ignore[no-untyped-call]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.bert = transformers.BertModel(config, add_pooling_layer=False)
            self.classifier = torch.nn.Linear(config.hidden_size, len(LABELS))

        def forward(self, input_ids: Any, attention_mask: Any, **others: Any) -> Any:
            hidden = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
            weight = attention_mask[:, :, None].to(hidden.dtype)
            return SequenceClassifierOutput(logits=self.classifier((hidden * weight).sum(1) / weight.sum(1)))

    tensors = float_tensors()
    config = transformers.BertConfig(
        vocab_size=len(tensors["words"]),
        hidden_size=tensors["positions"].shape[1],
        num_hidden_layers=sum(name.endswith(".qkv") for name in tensors),
        num_attention_heads=json.loads((EMBEDDED / "model.json").read_text())["heads"],
        intermediate_size=tensors["layers.0.feed_in"].shape[0],
        max_position_embeddings=len(tensors["positions"]),
        pad_token_id=1,
        id2label={number: str(label) for number, label in enumerate(LABELS)},
    )
    model = MeanPooled(config)
    state = {name: torch.from_numpy(value.copy()) for name, value in renamed(tensors).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    if missing or unexpected:
        raise ValueError(f"weights do not fit: {missing} {unexpected}")
    tokenizer = transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(EMBEDDED / "tokenizer.json"),
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=128,
    )
    model.eval()  # type: ignore[no-untyped-call]
    return model, tokenizer


def float_tensors() -> dict[str, np.ndarray[Any, Any]]:
    """The constants of model.onnx by name; int8 matrices times their scales, as [out, in]."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(EMBEDDED / "model.onnx")).graph
    raw = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    tensors = {name: value for name, value in raw.items() if value.dtype == np.float32}
    for name, value in raw.items():
        stem = name.removesuffix(".int8")
        if stem == "words":
            tensors[stem] = value.astype(np.float32) * raw["words.scale"]
        elif stem != name:
            tensors[stem] = (value.astype(np.float32) * raw[f"{stem}.scale"]).T
    return tensors


def renamed(tensors: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    """The tensors under the names that transformers gives them."""
    state = {
        "bert.embeddings.word_embeddings.weight": tensors["words"],
        "bert.embeddings.position_embeddings.weight": tensors["positions"],
        "bert.embeddings.token_type_embeddings.weight": np.zeros((2, tensors["words"].shape[1]), np.float32),
        "bert.embeddings.LayerNorm.weight": tensors["embedding_norm.gain"],
        "bert.embeddings.LayerNorm.bias": tensors["embedding_norm.bias"],
        "classifier.weight": tensors["head.weight"].T,
        "classifier.bias": tensors["head.bias"],
    }
    pairs = {
        "attention_out": "attention.output.dense",
        "feed_in": "intermediate.dense",
        "feed_out": "output.dense",
    }
    norms = {"attention_norm": "attention.output.LayerNorm", "out_norm": "output.LayerNorm"}
    for number in range(sum(name.endswith(".qkv") for name in tensors)):
        old, new = f"layers.{number}", f"bert.encoder.layer.{number}"
        for place, part in enumerate(("query", "key", "value")):
            state[f"{new}.attention.self.{part}.weight"] = np.split(tensors[f"{old}.qkv"], 3)[place]
            state[f"{new}.attention.self.{part}.bias"] = np.split(tensors[f"{old}.qkv.bias"], 3)[place]
        for short, long in pairs.items():
            state[f"{new}.{long}.weight"] = tensors[f"{old}.{short}"]
            state[f"{new}.{long}.bias"] = tensors[f"{old}.{short}.bias"]
        for short, long in norms.items():
            state[f"{new}.{long}.weight"] = tensors[f"{old}.{short}.gain"]
            state[f"{new}.{long}.bias"] = tensors[f"{old}.{short}.bias"]
    return state


if __name__ == "__main__":
    main()
