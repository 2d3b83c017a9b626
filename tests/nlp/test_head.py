"""The light head: nothing learned is the model itself, a consistent mistake is learned, and the rest stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nlp.embedded import EmbeddedLabeller
from nlp.errors import ModelError
from nlp.head import (
    Head,
    HeadLabeller,
    features,
    learn,
    load_head,
    nothing_learned,
    save_head,
    targets_of_kept,
)
from nlp.load import load_labeller
from nlp.types import Item, Labeller, NotLabelled, Scores
from tests.nlp.odd_texts import ODD_TEXTS

HIDDEN, SLANG = 6, 3
"""Made-up texts have six pooled numbers; the fourth is 1 where the text holds the brand's slang, else 0."""
ITEMS = [Item(text, target) for text in ODD_TEXTS for target in (None, "delta")]
ITEMS += [Item("good " * 60), Item("delta saved me", "delta"), Item("bad day", "delta")]
Rows = NDArray[np.float64]
Numbers = NDArray[np.int64]


def texts(n: int, seed: int, slang: float = 0.2) -> tuple[Rows, Rows, Numbers]:
    """Features, the model's probabilities, and the truth: as the model says by chance, but positive wherever there is slang."""
    chance = np.random.default_rng(seed)
    p = chance.dirichlet((0.6, 0.6, 0.6), n).clip(1e-4)
    p /= p.sum(axis=1, keepdims=True)
    pooled = chance.normal(size=(n, HIDDEN))
    pooled[:, SLANG] = chance.random(n) < slang
    by_chance = (chance.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    truth = np.where(pooled[:, SLANG] == 1, 2, by_chance)
    return np.hstack([np.log(p), pooled]), p, truth


def corrections(n: int, seed: int, slang: float = 0.2) -> tuple[Rows, Numbers]:
    """Only mistakes of the model, as people correct them."""
    x, p, truth = texts(20 * n, seed, slang)
    wrong = np.flatnonzero(p.argmax(axis=1) != truth)[:n]
    return x[wrong], truth[wrong]


def loss(p: Rows, truth: Numbers) -> float:
    return float(-np.log(p[np.arange(len(truth)), truth]).mean())


def about(base: EmbeddedLabeller) -> dict[str, str]:
    return {"id": f"{base.model_id}+h1", "digest": base.digest, "base_name": "embedded"}


def random_head(base: EmbeddedLabeller) -> Head:
    chance = np.random.default_rng(3)
    weight = chance.normal(size=(3 + 32, 3)).astype(np.float32)
    return Head(weight.T, chance.normal(size=3).astype(np.float32), about(base))


def shares(results: list[Scores | NotLabelled]) -> Rows:
    labelled = [one for one in results if isinstance(one, Scores)]
    return np.array([(one.negative, one.neutral, one.positive) for one in labelled])


def test_with_nothing_learned_it_is_the_model(tiny_embedded: Path) -> None:
    base = EmbeddedLabeller(tiny_embedded, threads=1)
    headed = HeadLabeller(base, replace(nothing_learned(35, "tiny"), about=about(base)))
    plain, found = base.label(ITEMS), headed.label(ITEMS)
    assert isinstance(headed, Labeller)
    assert headed.model_id == "tiny+h1"
    assert headed.confusion == base.confusion
    assert np.abs(shares(plain) - shares(found)).max() < 1e-5
    for one, other in zip(plain, found, strict=True):
        if isinstance(one, Scores) and isinstance(other, Scores):
            assert (one.relevance, one.truncated) == (other.relevance, other.truncated)
        else:
            assert one == other


def test_a_learned_result_does_not_depend_on_the_batch_and_differs_from_the_model(
    tiny_embedded: Path,
) -> None:
    base = EmbeddedLabeller(tiny_embedded, threads=1)
    headed = HeadLabeller(base, random_head(base))
    together, backwards = headed.label(ITEMS), headed.label(ITEMS[::-1])[::-1]
    alone = [headed.label([item])[0] for item in ITEMS]
    assert np.abs(shares(together) - shares(alone)).max() < 1e-4
    assert np.abs(shares(together) - shares(backwards)).max() < 1e-4
    assert np.abs(shares(together) - shares(base.label(ITEMS))).max() > 0.1


def test_a_long_text_is_judged_by_the_mean_of_its_windows(tiny_embedded: Path) -> None:
    base = EmbeddedLabeller(tiny_embedded, threads=1)
    base._run = lambda batch: np.array(  # type: ignore[method-assign]
        [[0.0, 0.0, place, 0.5, place, 2.0] for place, _ in enumerate(batch)], np.float32
    )
    (row,) = base.read([Item("good bad " * 50)], features)
    assert isinstance(row, np.ndarray)
    middle = (1 / 3 + np.e / (2 + np.e)) / 2
    assert row.tolist() == pytest.approx([*np.log([(1 - middle) / 2, (1 - middle) / 2, middle]), 0.5, 2.0])


def test_a_consistent_mistake_is_learned_and_other_texts_keep_their_labels() -> None:
    x, said = corrections(200, seed=1, slang=1)
    head, prior = learn(x, said, texts(800, seed=2)[0])
    x, p, truth = texts(2_000, seed=3)
    found, slang = head.probabilities(x), x[:, 3 + SLANG] == 1
    assert np.isfinite(prior)
    assert loss(found, truth) < loss(p, truth) - 0.1
    right, right_before = found.argmax(axis=1) == truth, p.argmax(axis=1) == truth
    assert right[slang].mean() > right_before[slang].mean() + 0.2
    assert (found.argmax(axis=1) != p.argmax(axis=1))[~slang].mean() < 0.1


def test_mistakes_that_the_model_itself_expects_teach_it_nothing() -> None:
    x, said = corrections(300, seed=4, slang=0)
    assert (np.exp(x[:, :3]).argmax(axis=1) != said).all()
    head, _ = learn(x, said, texts(1_200, seed=5, slang=0)[0])
    x, p, truth = texts(2_000, seed=6, slang=0)
    found = head.probabilities(x)
    assert abs(found.max(axis=1).mean() - p.max(axis=1).mean()) < 0.005
    assert (found.argmax(axis=1) != p.argmax(axis=1)).mean() < 0.01
    assert loss(found, truth) < loss(p, truth) + 0.001


def test_what_is_left_holds_as_many_mistakes_fewer_as_were_corrected_too_many() -> None:
    x, said = corrections(200, seed=7)
    corrected, kept = np.exp(x[:, :3]), texts(800, seed=8)[1]
    targets = targets_of_kept(corrected, said, kept)
    weight = 10 * len(corrected) / len(kept)
    given = kept.argmax(axis=1)
    expected = (1 - corrected.max(axis=1)).sum() + weight * (1 - kept.max(axis=1)).sum()
    left = len(said) + weight * (1 - targets[np.arange(len(kept)), given]).sum()
    assert left == pytest.approx(expected)
    assert targets.sum(axis=1) == pytest.approx(np.ones(len(kept)))
    assert (targets.argmax(axis=1) == given).all()


def test_the_same_rows_give_the_same_head() -> None:
    x, said = corrections(60, seed=9)
    kept = texts(240, seed=10)[0]
    (one, prior), (other, again) = learn(x, said, kept), learn(x.copy(), said.copy(), kept.copy())
    assert prior == again
    assert one.weight.tobytes() + one.bias.tobytes() == other.weight.tobytes() + other.bias.tobytes()


def test_a_number_that_never_varies_is_no_harm() -> None:
    x, said = corrections(60, seed=11)
    kept = texts(240, seed=12)[0]
    x[:, -1] = kept[:, -1] = 7.0
    head, _ = learn(x, said, kept)
    assert np.isfinite(head.weight).all()
    assert not head.weight[:, -1].any()


def test_a_saved_head_comes_back_and_loads_by_its_file(tiny_embedded: Path, tmp_path: Path) -> None:
    base = EmbeddedLabeller(tiny_embedded, threads=1)
    head = random_head(base)
    head = replace(head, about=head.about | {"base_name": str(tiny_embedded), "corrected": "200"})
    save_head(tmp_path / "h1.safetensors", head)
    loaded = load_head(tmp_path / "h1.safetensors")
    assert loaded.weight.dtype == np.float32
    assert loaded.weight.tobytes() == head.weight.tobytes()
    assert loaded.about == head.about | {"format": "listener-head"}
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["h1.safetensors"]
    again = load_labeller(str(tmp_path / "h1.safetensors"), threads=1)
    found, expected = again.label(ITEMS), HeadLabeller(base, head).label(ITEMS)
    assert np.abs(shares(found) - shares(expected)).max() < 1e-12


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1
    path.write_bytes(raw)


def _rename(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"tiny+h1", b"tiny+h2"))


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-10]),
        lambda path: path.write_bytes(b"\x80\x04pickle"),
        lambda path: path.write_bytes(b"\xff" * 100),
        _flip,
        _rename,
    ],
)
def test_a_damaged_head_names_its_file_and_the_way_out(
    tiny_embedded: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    path = tmp_path / "h1.safetensors"
    save_head(path, random_head(EmbeddedLabeller(tiny_embedded, threads=1)))
    damage(path)
    with pytest.raises(ModelError, match=rf"{path}.*listener learn --forget"):
        load_labeller(str(path))


def test_a_head_of_another_model_is_refused(tiny_embedded: Path) -> None:
    base = EmbeddedLabeller(tiny_embedded, threads=1)
    other = replace(random_head(base), about=about(base) | {"digest": "0" * 64})
    with pytest.raises(ModelError, match=r"tiny\+h1: learned on other weights"):
        HeadLabeller(base, other)
