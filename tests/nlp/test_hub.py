"""Models of other people: a tiny transformers folder, sound and broken in many ways."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nlp.errors import ModelError
from nlp.hub import HubLabeller, load_hub
from nlp.load import load_labeller
from nlp.types import Item, Labeller, NotLabelled, Scores
from tests.nlp.conftest import edit_json
from tests.nlp.odd_texts import ODD_TEXTS

TEXTS = ["good", "bad bad day", "delta cancelled me", "jetblue saved the day", "fine " * 60, "a b c d e f"]


def gap(one: Scores | NotLabelled, other: Scores | NotLabelled) -> float:
    if isinstance(one, NotLabelled) or isinstance(other, NotLabelled):
        return 0.0 if one == other else 1.0
    return max(abs(one.negative - other.negative), abs(one.neutral - other.neutral))


def test_a_folder_loads_and_its_id_pins_the_weights(tiny_hub: Path) -> None:
    labeller = load_labeller(str(tiny_hub), threads=1)
    assert isinstance(labeller, Labeller)
    name, digest = labeller.model_id.split("@")
    assert name == "tiny-hub"
    assert load_labeller(str(tiny_hub), revision=digest).model_id == labeller.model_id
    with pytest.raises(ModelError, match="put back the pinned files"):
        load_labeller(str(tiny_hub), revision="0" * 12)


def test_padding_and_order_change_nothing(tiny_hub: Path) -> None:
    labeller = load_hub(str(tiny_hub), threads=1)
    items = [Item(text) for text in TEXTS]
    together = labeller.label(items)
    alone = [labeller.label([item])[0] for item in items]
    assert max(map(gap, together, alone)) < 1e-4
    assert max(map(gap, together, labeller.label(items[::-1])[::-1])) < 1e-4


def test_it_agrees_with_the_plain_pipeline(tiny_hub: Path) -> None:
    import transformers

    pipeline = transformers.pipeline("text-classification", str(tiny_hub), top_k=None, device="cpu")
    expected = {one["label"]: one["score"] for one in pipeline("bad bad day")[0]}
    found = load_hub(str(tiny_hub), threads=1).label([Item("bad bad day")])[0]
    assert isinstance(found, Scores)
    assert found.positive == pytest.approx(expected["positive"], abs=1e-5)
    assert found.negative == pytest.approx(expected["negative"], abs=1e-5)


def test_long_texts_are_read_at_both_ends(tiny_hub: Path) -> None:
    short, long = load_hub(str(tiny_hub), threads=1).label([Item("good"), Item("good bad " * 60)])
    assert isinstance(short, Scores)
    assert isinstance(long, Scores)
    assert (short.truncated, long.truncated) == (False, True)


def test_odd_texts_give_a_result(tiny_hub: Path) -> None:
    results = load_hub(str(tiny_hub), threads=1).label([Item(text) for text in ODD_TEXTS])
    assert len(results) == len(ODD_TEXTS)
    assert isinstance(results[0], NotLabelled)


def test_a_missing_number_is_not_a_label(tiny_hub: Path) -> None:
    labeller = load_hub(str(tiny_hub), threads=1)
    labeller._logits = lambda features: np.full((len(features), 3), np.nan)  # type: ignore[method-assign]
    assert labeller.label([Item("good")]) == [NotLabelled("the model gave no number")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["NEG", "NEU", "POS"], 0),
        (["positive", "neutral", "negative"], 2),
    ],
)
def test_label_order_comes_from_the_config(tiny_hub: Path, names: list[str], expected: int) -> None:
    plain = load_hub(str(tiny_hub), threads=1).label([Item("bad day")])[0]
    edit_json(tiny_hub / "config.json", id2label=dict(enumerate(names)))
    renamed = load_hub(str(tiny_hub), threads=1).label([Item("bad day")])[0]
    assert isinstance(plain, Scores)
    assert isinstance(renamed, Scores)
    values = [plain.negative, plain.neutral, plain.positive]
    assert renamed.negative == pytest.approx(values[expected])


def test_labels_without_a_meaning_need_a_mapping(tiny_hub: Path) -> None:
    edit_json(tiny_hub / "config.json", id2label={"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"})
    with pytest.raises(ModelError, match=r"listener\.json beside config\.json"):
        load_hub(str(tiny_hub))
    mapping = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}
    (tiny_hub / "listener.json").write_text(json.dumps({"labels": mapping}))
    assert isinstance(load_hub(str(tiny_hub), threads=1), HubLabeller)
    (tiny_hub / "listener.json").write_text(json.dumps({"labels": mapping | {"LABEL_1": "meh"}}))
    with pytest.raises(ModelError, match="each must be one of"):
        load_hub(str(tiny_hub))


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-50])


def huge_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 60) + path.read_bytes()[8:])


def broken_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes().replace(b'"shape"', b'"shabe"', 1))


def wrong_shape(folder: Path) -> None:
    edit_json(folder / "config.json", hidden_size=18)


def only(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(POISON)

    return damage


POISON = b"cposix\nsystem\n(S'touch canary'\ntR."
"""A pickle that would make a file called canary, were it ever read as one."""

BREAKAGES: list[tuple[Callable[[Path], object], str]] = [
    (cut, r"model\.safetensors: cut"),
    (huge_header, r"model\.safetensors: cut, or no safetensors file"),
    (broken_header, r"model\.safetensors: broken header"),
    (wrong_shape, "cannot be loaded|wrong shape"),
    (lambda folder: (folder / "model.safetensors").write_bytes(b""), r"model\.safetensors: cut"),
    (lambda folder: (folder / "model.safetensors").unlink(), r"model\.safetensors: missing"),
    (lambda folder: (folder / "config.json").unlink(), r"config\.json: missing"),
    (lambda folder: (folder / "config.json").write_text("{"), r"config\.json: not readable JSON"),
    (lambda folder: (folder / "config.json").write_text("{}"), r"config\.json: no model_type"),
    (lambda folder: edit_json(folder / "config.json", id2label=None), "no id2label|LABEL_0"),
    (lambda folder: edit_json(folder / "config.json", auto_map={"AutoModel": "evil.Evil"}), "auto_map"),
    (lambda folder: edit_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": "e.E"}), "auto_map"),
    (lambda folder: edit_json(folder / "config.json", nested=[{"auto_map": {"a": "b"}}]), "auto_map"),
    (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be loaded"),
    (lambda folder: edit_json(folder / "config.json", model_type="no-such-model"), "cannot be loaded"),
    *[
        (only(name), f"{name}: weights in pickle")
        for name in ("pytorch_model.bin", "model.pt", "model.pth", "weights.pkl", "model.ckpt", "tf_model.h5")
    ],
]  # fmt: skip


@pytest.mark.parametrize(("damage", "reason"), BREAKAGES, ids=range(len(BREAKAGES)))
def test_a_broken_or_unsafe_folder_is_named_and_runs_nothing(
    tiny_hub: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], object],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tiny_hub / "evil.py").write_text("open('canary', 'w').close()")
    damage(tiny_hub)
    with pytest.raises(ModelError, match=reason) as caught:
        load_hub(str(tiny_hub))
    assert "tiny-hub" in str(caught.value)
    assert not list(tmp_path.rglob("canary"))


def test_pickles_beside_safetensors_are_left_alone(tiny_hub: Path, tmp_path: Path) -> None:
    (tiny_hub / "training_args.bin").write_bytes(POISON)
    (tiny_hub / "pytorch_model.bin").write_bytes(POISON)
    assert isinstance(load_hub(str(tiny_hub), threads=1), HubLabeller)
    assert not list(tmp_path.rglob("canary"))


def test_a_flipped_byte_in_the_cache_is_noticed(tiny_hub: Path, tmp_path: Path) -> None:
    from nlp.manifest import file_hash

    weights = tiny_hub / "model.safetensors"
    blob = tmp_path / file_hash(weights)
    weights.rename(blob)
    weights.symlink_to(blob)
    load_hub(str(tiny_hub), threads=1)
    raw = bytearray(blob.read_bytes())
    raw[-9] ^= 1
    blob.write_bytes(raw)
    with pytest.raises(ModelError, match=r"model\.safetensors: altered"):
        load_hub(str(tiny_hub))


def test_a_name_that_is_not_in_the_cache_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="no-such-org/no-such-model: not in the local cache"):
        load_labeller("no-such-org/no-such-model")


@pytest.mark.parametrize("name", ["nowhere", "../up", "a/b/c", "https://x.example/m", ""])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ModelError):
        load_labeller(name)


def test_loading_and_labelling_make_no_connection(tiny_hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def refuse(self: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    load_labeller(str(tiny_hub), threads=1).label([Item("good")])
    with pytest.raises(ModelError):
        load_labeller("no-such-org/no-such-model")
    assert tried == []
