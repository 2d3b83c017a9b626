"""The embedded labeller on a tiny model: independence, odd inputs, missing numbers, broken folders."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from nlp.embedded import EmbeddedLabeller
from nlp.errors import ModelError
from nlp.load import load_labeller
from nlp.manifest import own_hash, write_manifest
from nlp.training.dataset import Row
from nlp.training.fit import encode, pad
from nlp.training.network import Classifier
from nlp.types import Item, Labeller, NotLabelled, Scores
from nlp.windows import Frame
from tests.nlp.conftest import DEGREES
from tests.nlp.odd_texts import ODD_TEXTS

TEXTS = [
    "good",
    "bad bad day",
    "delta cancelled me",
    "jetblue saved the day",
    "fine " * 60,
    "a b c d e f",
    "😡",
]


def test_the_folder_loads_as_a_labeller(tiny_embedded: Path) -> None:
    labeller = load_labeller(str(tiny_embedded), threads=1)
    assert isinstance(labeller, Labeller)
    assert labeller.model_id == "tiny"
    assert labeller.label([]) == []


def test_results_do_not_depend_on_the_batch(tiny_embedded: Path) -> None:
    labeller = EmbeddedLabeller(tiny_embedded, threads=1)
    items = [Item(text, target) for text in TEXTS for target in (None, "delta", "@user")]
    together = labeller.label(items)
    alone = [labeller.label([item])[0] for item in items]
    assert max(map(_gap, together, alone)) < 1e-4
    backwards = labeller.label(items[::-1])[::-1]
    assert max(map(_gap, together, backwards)) < 1e-4


def _gap(one: Scores | NotLabelled, other: Scores | NotLabelled) -> float:
    if isinstance(one, NotLabelled) or isinstance(other, NotLabelled):
        return 0.0 if one == other else 1.0
    return max(abs(one.negative - other.negative), abs(one.neutral - other.neutral))


def test_the_int8_graph_follows_the_float_network(
    tiny_embedded: Path, tiny_tokenizer: Tokenizer, tiny_classifier: Classifier
) -> None:
    rows = [Row(text, 0, target) for text in TEXTS for target in ("delta", None)]
    ids, mask = pad(encode(rows, tiny_tokenizer, Frame.of(tiny_tokenizer, 32)))
    feeling, about, language, _ = tiny_classifier(ids, mask)
    degrees = language.softmax(-1) @ torch.from_numpy(DEGREES)
    logits, relevance, spoken, _ = EmbeddedLabeller(tiny_embedded, threads=1)._session.run(
        None, {"ids": ids.numpy()}
    )
    powers = np.exp(logits)
    expected = (feeling / degrees[:, None]).softmax(-1).detach().numpy()
    assert np.abs(powers / powers.sum(1, keepdims=True) - expected).max() < 0.1
    assert np.abs(relevance[:, 0] - about.sigmoid().detach().numpy()).max() < 0.1
    assert np.abs(spoken - language.softmax(-1).detach().numpy()).max() < 0.1


def test_relevance_is_told_only_where_the_text_names_the_target(tiny_embedded: Path) -> None:
    labeller = EmbeddedLabeller(tiny_embedded, threads=1)
    items = [Item("delta saved me", "delta"), Item("delta saved me", "jetblue"), Item("delta saved me")]
    named, other, none = labeller.label(items)
    assert isinstance(named, Scores)
    assert named.relevance is not None
    assert 0.0 <= named.relevance <= 1.0
    assert isinstance(other, Scores)
    assert other.relevance is None
    assert isinstance(none, Scores)
    assert none.relevance is None


@pytest.mark.parametrize("target", [None, "good", "\x00", "@" * 200])
def test_odd_texts_give_a_result(tiny_embedded: Path, target: str | None) -> None:
    results = EmbeddedLabeller(tiny_embedded, threads=1).label([Item(text, target) for text in ODD_TEXTS])
    assert len(results) == len(ODD_TEXTS)
    assert isinstance(results[0], NotLabelled)
    assert all(isinstance(result, Scores | NotLabelled) for result in results)


def test_a_long_text_is_marked_as_truncated(tiny_embedded: Path) -> None:
    short, long = EmbeddedLabeller(tiny_embedded, threads=1).label([Item("good"), Item("good bad " * 50)])
    assert isinstance(short, Scores)
    assert isinstance(long, Scores)
    assert (short.truncated, long.truncated) == (False, True)


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_a_missing_number_is_not_a_label(tiny_embedded: Path, broken: float) -> None:
    labeller = EmbeddedLabeller(tiny_embedded, threads=1)
    labeller._run = lambda batch: np.full((len(batch), 4), broken, dtype=np.float32)  # type: ignore[method-assign]
    results = labeller.label([Item(str(number)) for number in range(1_000)])
    assert set(results) == {NotLabelled("the model gave no number")}


def test_too_little_memory_halves_the_batch(tiny_embedded: Path) -> None:
    labeller = EmbeddedLabeller(tiny_embedded, threads=1)
    whole = labeller.label([Item(text) for text in TEXTS])
    session = labeller._session

    class Cramped:
        def run(self, names: list[str], feed: dict[str, np.ndarray]) -> object:
            if len(feed["ids"]) > 1:
                raise RuntimeError("Failed to allocate memory for requested buffer")
            return session.run(names, feed)

    labeller._session = Cramped()
    assert max(map(_gap, labeller.label([Item(text) for text in TEXTS]), whole)) < 1e-4


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


BREAKAGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("model.onnx", Path.unlink, "missing"),
    ("tokenizer.json", Path.unlink, "missing"),
    ("model.json", Path.unlink, "missing"),
    ("model.onnx", _cut, "cut or altered"),
    ("model.onnx", _flip, "cut or altered"),
    ("tokenizer.json", _cut, "cut or altered"),
    ("tokenizer.json", _flip, "cut or altered"),
    ("model.json", _cut, "not readable JSON"),
    ("model.json", lambda path: path.write_bytes(b"\xff\xfe\x00"), "not readable JSON"),
    ("model.json", lambda path: path.write_text("[]"), "not a JSON object"),
    ("model.json", lambda path: path.write_text("{}"), "format is None"),
    ("model.json", lambda path: path.write_text("[" * 100_000), "not readable JSON"),
    ("model.onnx", lambda path: path.write_bytes(b""), "cut or altered"),
]


@pytest.mark.parametrize(("name", "damage", "reason"), BREAKAGES, ids=range(len(BREAKAGES)))
def test_a_broken_file_is_named(
    tiny_embedded: Path, name: str, damage: Callable[[Path], object], reason: str
) -> None:
    damage(tiny_embedded / name)
    with pytest.raises(ModelError, match=reason) as caught:
        EmbeddedLabeller(tiny_embedded)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"confusion": [[1, 1, 1], [1, 1, 1]]},
        {"confusion": [[1, 1, 1], [1, 0, 1], [1, 1, 1]]},
        {"confusion": [[1, 1, 1], [1, float("nan"), 1], [1, 1, 1]]},
        {"confusion": "none"},
        {"confusion": None},
        {"max_tokens": 100_000},
        {"files": {}},
        {"files": None},
        {"files": {"model.onnx": "0" * 64, "tokenizer.json": "0" * 64}},
    ],
    ids=str,
)
def test_a_manifest_that_makes_no_sense_is_refused(tiny_embedded: Path, change: dict[str, object]) -> None:
    document = json.loads((tiny_embedded / "model.json").read_text())
    write_manifest(tiny_embedded, document | change)
    with pytest.raises(ModelError, match=str(tiny_embedded)):
        EmbeddedLabeller(tiny_embedded)


def test_an_altered_manifest_is_noticed(tiny_embedded: Path) -> None:
    path = tiny_embedded / "model.json"
    path.write_text(path.read_text().replace('"max_tokens": 32', '"max_tokens": 33'))
    with pytest.raises(ModelError, match="altered"):
        EmbeddedLabeller(tiny_embedded)


def test_swapped_labels_are_refused(tiny_embedded: Path) -> None:
    path = tiny_embedded / "model.json"
    document = json.loads(path.read_text()) | {"labels": ["positive", "neutral", "negative"]}
    path.write_text(json.dumps(document | {"sha256": own_hash(document)}))
    with pytest.raises(ModelError, match="labels are"):
        EmbeddedLabeller(tiny_embedded)


def test_a_file_that_is_no_model_is_refused(tiny_embedded: Path) -> None:
    from nlp.manifest import file_hash

    (tiny_embedded / "model.onnx").write_bytes(b"not a model")
    document = json.loads((tiny_embedded / "model.json").read_text())
    document["files"]["model.onnx"] = file_hash(tiny_embedded / "model.onnx")
    write_manifest(tiny_embedded, document)
    with pytest.raises(ModelError, match="ONNX Runtime cannot load it"):
        EmbeddedLabeller(tiny_embedded)


def test_a_revision_of_an_embedded_model_is_refused(tiny_embedded: Path) -> None:
    with pytest.raises(ModelError, match="no revisions"):
        load_labeller(str(tiny_embedded), revision="abc")
