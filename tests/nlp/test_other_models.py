"""Models as their authors offer them: read as their cards say, whatever else is in the batch, or refused in one line with a way out."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listener.labelling import SharedWork
from nlp.errors import ModelError
from nlp.hub import HubLabeller, load_hub, three_shares
from nlp.load import load_labeller
from nlp.registry import KNOWN, entry_of
from nlp.types import Item, NotLabelled, Scores
from tests.nlp.conftest import edit_json
from tests.nlp.tiny_models import BUILDS, FIVE, STARS, THREE, five_steps, twitter_roberta, two_classes

ROBERTA = "cardiffnlp/twitter-roberta-base-sentiment-latest"
TABULARIS = "tabularisai/multilingual-sentiment-analysis"
TEXTS = [
    "good",
    "bad bad day",
    "the day was fine " * 30,
    "a b c",
    "</s> [SEP] <pad> [PAD] good",
    "😀 fine",
    "x" * 300,
    "Delta",
]
ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tiny model in a folder of its name."""
    place = tmp_path_factory.mktemp("models")
    for name, build in BUILDS.items():
        build(place / name)
    return place


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one of them, to be damaged."""
    return lambda name: Path(shutil.copytree(built / name, tmp_path / name))


def rows(results: list[Scores | NotLabelled]) -> np.ndarray[Any, Any]:
    return np.array([[r.negative, r.neutral, r.positive] for r in results if isinstance(r, Scores)])


@pytest.mark.parametrize("name", BUILDS)
def test_neither_padding_nor_neighbours_move_a_label(built: Path, name: str) -> None:
    labeller = load_hub(str(built / name), threads=1)
    alone = rows([labeller.label([Item(text)])[0] for text in TEXTS])
    for texts in (TEXTS, TEXTS[::-1]):
        found = rows(labeller.label([Item(text) for text in texts]))
        assert found.shape == (len(TEXTS), 3)
        assert np.abs((found if texts is TEXTS else found[::-1]) - alone).max() < 1e-4


@pytest.mark.parametrize("name", BUILDS)
def test_half_precision_as_on_a_gpu_keeps_within_a_hundredth(built: Path, name: str) -> None:
    labeller = load_hub(str(built / name), threads=1)
    labeller._half = True
    alone = rows([labeller.label([Item(text)])[0] for text in TEXTS])
    together = rows(labeller.label([Item(text) for text in TEXTS]))
    assert np.abs(together - alone).max() < 0.01
    assert (together.argmax(axis=1) == alone.argmax(axis=1)).all()


@pytest.mark.parametrize("name", BUILDS)
def test_the_outputs_are_those_of_the_plain_network_put_together(built: Path, name: str) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(built / name)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(built / name).eval()
    with torch.inference_mode():
        logits = network(**tokenizer("bad day", return_tensors="pt")).logits.double().numpy()
    labeller = load_hub(str(built / name), threads=1)
    expected = three_shares(logits, labeller._entry.labels)
    assert rows(labeller.label([Item("bad day")])) == pytest.approx(expected, abs=1e-5)
    assert network.config._attn_implementation == labeller._network.config._attn_implementation == "sdpa"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("twitter_roberta", ""),
        ("five_steps", "Very Negative, Negative are read as negative, Neutral as neutral, Positive, Very Positive as positive"),
        ("five_stars", "1 star, 2 stars are read as negative, 3 stars as neutral, 4 stars, 5 stars as positive"),
        ("two_classes", "NEGATIVE is read as negative, POSITIVE as positive, twice the smaller of the two as neutral"),
    ],
)  # fmt: skip
def test_how_other_classes_are_read_is_told(built: Path, name: str, said: str) -> None:
    assert load_hub(str(built / name)).reading == said


def test_the_models_known_by_name_are_read_in_the_order_of_their_cards(tmp_path: Path) -> None:
    for name, entry in KNOWN.items():
        unnamed = [f"LABEL_{number}" for number in range(len(entry.labels))]
        assert entry_of(name, unnamed, tmp_path) is entry
        named = entry_of(name, FIVE if len(unnamed) == 5 else THREE, tmp_path)
        assert (named.labels, named.masked) == (entry.labels, entry.masked)
    assert entry_of(ROBERTA, ("positive", "neutral", "negative"), tmp_path).labels == (
        "positive", "neutral", "negative",
    )  # fmt: skip
    assert entry_of("ann/other", STARS, tmp_path).labels == KNOWN[TABULARIS].labels
    assert [entry.masked for entry in KNOWN.values()] == [True, True, False]


def test_a_model_reads_handles_and_addresses_as_it_was_trained_to(copy: Callable[[str], Path]) -> None:
    pair = [Item("@ann see http://a.example good"), Item("@bob see http://b.example good")]
    folder = copy("two_classes")
    one, other = load_hub(str(folder), threads=1).label(pair)
    assert one is other
    words = {"NEGATIVE": "negative", "POSITIVE": "positive"}
    (folder / "listener.json").write_text(json.dumps({"labels": words, "masked": False}))
    one, other = load_hub(str(folder), threads=1).label(pair)
    assert one != other


def test_what_is_remembered_between_batches_follows_the_cleaning_of_the_model(
    copy: Callable[[str], Path],
) -> None:
    folder = copy("two_classes")
    words = {"NEGATIVE": "negative", "POSITIVE": "positive"}
    (folder / "listener.json").write_text(json.dumps({"labels": words, "masked": False}))
    work = SharedWork(load_hub(str(folder), threads=1))
    (one,) = work.label([Item("see http://a.example good", "a")])
    assert work.label([Item("see http://b.example good", "a")]) != [one]
    assert work.label([Item("see http://a.example good", "b")]) == [one]


def test_a_post_that_names_two_brands_is_read_once(built: Path) -> None:
    labeller = load_hub(str(built / "two_classes"), threads=1)
    one, other = labeller.label([Item("Delta good, day bad", "Delta"), Item("Delta good, day bad", "day")])
    assert one is other


def test_another_tokenizer_makes_another_model(copy: Callable[[str], Path]) -> None:
    folder = copy("five_stars")
    before = load_hub(str(folder)).model_id
    pieces = (folder / "vocab.txt").read_text().replace("good\nbad\n", "bad\ngood\n")
    (folder / "vocab.txt").write_text(pieces)
    assert load_hub(str(folder)).model_id != before


def test_another_reading_of_the_same_weights_is_another_model(copy: Callable[[str], Path]) -> None:
    folder = copy("two_classes")
    before = load_hub(str(folder)).model_id
    turned = {"NEGATIVE": "positive", "POSITIVE": "negative"}
    (folder / "listener.json").write_text(json.dumps({"labels": turned}))
    assert load_hub(str(folder)).model_id != before
    with pytest.raises(ModelError, match="put back the pinned files"):
        load_hub(str(folder), revision=before.split("@")[1])


def test_too_little_memory_halves_the_batch(built: Path) -> None:
    labeller = load_hub(str(built / "twitter_roberta"), threads=1)
    items = [Item(text) for text in TEXTS]
    expected = rows(labeller.label(items))
    network = labeller._network

    def small(**padded: Any) -> Any:
        if len(padded["input_ids"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return network(**padded)

    labeller._network = small
    assert rows(labeller.label(items)) == pytest.approx(expected, abs=1e-5)


def test_padding_on_the_left_is_put_on_the_right(copy: Callable[[str], Path]) -> None:
    folder = copy("five_steps")
    before = rows(load_hub(str(folder), threads=1).label([Item(text) for text in TEXTS]))
    edit_json(folder / "tokenizer_config.json", padding_side="left")
    found = rows(load_hub(str(folder), threads=1).label([Item(text) for text in TEXTS]))
    assert found == pytest.approx(before, abs=1e-5)


def lose(*names: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def change(**values: object) -> Callable[[Path], None]:
    return lambda folder: edit_json(folder / "config.json", **values)


def tokenizer_of_another(folder: Path) -> None:
    for name in ("vocab.json", "merges.txt", "special_tokens_map.json"):
        (folder / name).unlink()
    few = {
        piece: number for number, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good"])
    }
    transformers.BertTokenizerFast(vocab=few).save_pretrained(folder)


def without_a_head(folder: Path) -> None:
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    network.base_model.save_pretrained(folder)


def deep(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    nested: Any = {"auto_map": {"AutoModel": "evil.Evil"}}
    for _ in range(300):
        nested = [nested]
    (folder / "config.json").write_text(json.dumps(config | {"nested": nested}))


FAILURES: list[tuple[str, Callable[[Path], object], str]] = [
    ("twitter_roberta", lose("vocab.json", "merges.txt", "special_tokens_map.json"), "no tokenizer"),
    ("twitter_xlm_roberta", lose("sentencepiece.bpe.model", "special_tokens_map.json"), "no tokenizer"),
    ("five_steps", lose("tokenizer.json", "tokenizer_config.json"), "no tokenizer"),
    ("five_stars", lose("vocab.txt"), "no tokenizer"),
    ("twitter_roberta", lose("merges.txt"), "its tokenizer cannot be loaded"),
    ("twitter_roberta", tokenizer_of_another, "do not belong together"),
    ("twitter_roberta", lose("model.safetensors"), r"model\.safetensors: missing; .* refs/pr"),
    ("twitter_roberta", without_a_head, r"no whole classifier \(classifier"),
    ("two_classes", change(id2label={"0": "a", "1": "b", "2": "c"}), "cannot tell what its labels mean"),
    ("five_steps", change(id2label=dict(enumerate(THREE))), r"no whole classifier \(classifier"),
    ("five_steps", change(id2label={"0": "positive"}), "two classes or more"),
    ("five_steps", change(id2label=dict(enumerate(["positive"] * 5))), "cannot tell what its labels mean"),
    ("five_steps", change(id2label=[1, 2]), "not a name for each number"),
    ("five_steps", change(model_type="clip"), "cannot be loaded"),
    ("five_steps", change(attn_implementation="ann/kernel"), "brings its own code"),
    ("five_steps", deep, "brings its own code"),
    ("five_steps", lambda folder: (folder / "listener.json").write_text("[]"), "needs a label for each"),
    ("two_classes", lambda folder: (folder / "listener.json").write_text('{"labels": {"NEGATIVE": "negative", "POSITIVE": "neutral"}}'),
     "one at least negative and one positive"),
    ("two_classes", lambda folder: (folder / "listener.json").write_text(
        '{"labels": {"NEGATIVE": "negative", "POSITIVE": "positive"}, "masked": "no"}'), "write true or false"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage", "reason"), FAILURES, ids=range(len(FAILURES)))
def test_what_cannot_be_used_is_refused_in_one_line_with_a_way_out(
    copy: Callable[[str], Path],
    capfd: pytest.CaptureFixture[str],
    name: str,
    damage: Callable[[Path], object],
    reason: str,
) -> None:
    folder = copy(name)
    damage(folder)
    capfd.readouterr()
    with pytest.raises(ModelError, match=reason) as caught:
        load_hub(str(folder))
    said = str(caught.value)
    assert str(folder) in said
    assert "\n" not in said
    assert len(said) < len(str(folder)) + 420
    assert capfd.readouterr() == ("", "")


def test_loading_and_labelling_print_nothing(built: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_hub(str(built / "twitter_xlm_roberta"), threads=1).label([Item("good")])
    assert capfd.readouterr() == ("", "")


def test_a_link_out_of_the_folder_is_read_but_never_as_a_pickle(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = copy("twitter_roberta")
    weights = (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    (folder / "model.safetensors").symlink_to(weights)
    assert isinstance(load_hub(str(folder)), HubLabeller)
    weights.write_bytes(b"cposix\nsystem\n(S'touch canary'\ntR.")
    with pytest.raises(ModelError, match=r"model\.safetensors: cut, or no safetensors file"):
        load_hub(str(folder))
    weights.unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors: missing"):
        load_hub(str(folder))


def cache(place: Path, name: str, commit: str, **refs: str) -> Path:
    """An empty snapshot in a Hugging Face cache, with these references."""
    folder = place / f"models--{name.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    for reference, target in refs.items():
        (folder / "refs" / reference).write_text(target)
    (folder / "snapshots" / commit).mkdir(parents=True)
    return folder / "snapshots" / commit


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_revision_is_the_one_that_is_taken(hub_cache: Path) -> None:
    twitter_roberta(cache(hub_cache, "ann/model", COMMIT, main="f" * 40))
    five_steps(cache(hub_cache, "ann/model", "f" * 40))
    newest, pinned = load_labeller("ann/model"), load_labeller("ann/model", revision=COMMIT)
    assert newest.model_id != pinned.model_id
    assert pinned.model_id.startswith("ann/model@")
    with pytest.raises(
        ModelError, match=rf"at revision v2 \(there: main, {COMMIT}, f+\); write download = true"
    ):
        load_labeller("ann/model", revision="v2")


def test_a_known_model_is_taken_at_the_commit_that_holds_safetensors(hub_cache: Path) -> None:
    commit = KNOWN[ROBERTA].revision
    cache(hub_cache, ROBERTA, "f" * 40, main="f" * 40)
    with pytest.raises(ModelError, match=f"not in the local cache at revision {commit}"):
        load_labeller(ROBERTA)
    twitter_roberta(cache(hub_cache, ROBERTA, str(commit)))
    assert load_labeller(ROBERTA).model_id.startswith(f"{ROBERTA}@")
    with pytest.raises(ModelError, match=r"config\.json: missing"):
        load_labeller(ROBERTA, revision="main")


FETCH = """
import sys
from nlp.errors import ModelError
from nlp.load import load_labeller
for revision, download in ((None, False), ("v9", True), (None, True), (None, True), (None, False), ("%s", False)):
    try:
        print(load_labeller("ann/tiny", revision=revision, download=download).model_id)
    except ModelError as error:
        print(error)
    print("--", flush=True)
"""


def test_a_model_is_fetched_once_and_only_where_that_is_allowed(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    offered = tmp_path / "offered"
    two_classes(offered)
    (offered / "pytorch_model.bin").write_bytes(b"cposix\nsystem\n")
    files = {path.name: path.read_bytes() for path in offered.iterdir()}
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        kind, name = request.path.split("/")[-2:]
        if kind == "tree":
            told: object = [
                {"type": "file", "path": n, "size": len(b), "oid": "0" * 40} for n, b in files.items()
            ]
        elif kind == "revision" and name == "main":
            told = {"id": "ann/tiny", "sha": COMMIT, "siblings": [{"rfilename": n} for n in files]}
        elif name in files:
            return Response(files[name], headers={"ETag": f'"{name}"', "X-Repo-Commit": COMMIT})
        else:
            return Response(status=404, headers={"X-Error-Code": "RevisionNotFound"})
        return Response(json.dumps(told), content_type="application/json")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    env = {"HF_ENDPOINT": httpserver.url_for("").rstrip("/"), "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", FETCH % COMMIT],
        env=os.environ | env | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    missing, wrong, *found, end = done.stdout.split("\n--\n")
    assert (
        "not in the local cache; write download = true under [nlp], run hf download ann/tiny, or" in missing
    )
    assert re.search(r"cannot be fetched at revision v9 .*check name, revision and network", wrong)
    assert (len(found), len(set(found)), end) == (4, 1, "")
    assert found[0].startswith("ann/tiny@")
    fetched = [path.rpartition("/")[2] for path in asked if "/resolve/" in path]
    assert fetched.count("model.safetensors") == 2, "a HEAD and a GET, once"
    assert "pytorch_model.bin" not in fetched
