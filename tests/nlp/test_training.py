"""The steps of training on made-up rows: drawing, vocabulary, fitting, resuming, exporting."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from nlp.clean import mark_target
from nlp.embedded import EmbeddedLabeller
from nlp.training import (
    base,
    calibrate,
    contrast,
    dataset,
    export,
    fit,
    languages,
    senses,
    teacher,
    vocabulary,
)
from nlp.training.calibrate import Found
from nlp.training.dataset import Row
from nlp.training.network import LANGUAGES, Classifier, Outputs, from_base, pooled_places
from nlp.types import Item, Scores
from nlp.windows import Frame
from tests.nlp.conftest import SHAPE

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no training data at {DATA}")


def test_padding_changes_no_logits(tiny_classifier: Classifier) -> None:
    ids, mask = fit.pad([[0, 5, 6, 2]])
    wide, wide_mask = fit.pad([[0, 5, 6, 2], [0, *[7] * 30, 2]])
    alone = tiny_classifier(ids, mask)
    beside = tiny_classifier(wide, wide_mask)
    assert all(torch.allclose(one[0], other[0], atol=1e-5) for one, other in zip(alone, beside, strict=True))


def test_the_mean_is_taken_at_the_marked_target() -> None:
    ids = torch.tensor([[0, 5, 98, 7, 99, 6, 2, 1], [0, 5, 6, 7, 2, 2, 7, 2], [0, 98, 99, 6, 2, 1, 1, 1]])
    places = pooled_places(ids, (ids != 1).long(), 100).int().tolist()
    assert places == [[0, 0, 1, 1, 1, 0, 0, 0], [1] * 8, [0, 1, 1, 0, 0, 0, 0, 0]]


def test_drawing_follows_group_weights_and_tempers_classes() -> None:
    groups = {
        "a": [Row("x", 0)] * 90 + [Row("y", 2)] * 10,
        "b": [Row("z", 1)] * 50,
        "unused": [Row("w", 1)],
    }
    drawn = Counter(row.text for row in islice(dataset.draw(groups, 1, {"a": 0.8, "b": 0.2}), 10_000))
    assert drawn["z"] == pytest.approx(2_000, rel=0.1)
    assert drawn["x"] / drawn["y"] == pytest.approx(3.0, rel=0.15)
    assert "w" not in drawn


def test_every_row_is_drawn_before_any_is_drawn_twice() -> None:
    rows = [Row(str(number), 1) for number in range(50)]
    drawn = [row.text for row in islice(dataset.draw({"a": rows}, 2, {"a": 1.0}), 100)]
    assert sorted(drawn[:50]) == sorted(drawn[50:]) == sorted(str(number) for number in range(50))


def test_each_row_trains_only_what_it_says() -> None:
    rows = [
        Row("two classes", 0, neutral=False),
        Row("not about it", -1, "it", about=False),
    ]
    found = Outputs(
        torch.zeros(2, 3, requires_grad=True),
        torch.zeros(2, requires_grad=True),
        torch.zeros(2, 12),
        torch.zeros(2, 32),
    )
    fit.loss_of(found, fit.Batch.of(rows, [[0, 5, 2]] * 2)).backward()
    feeling, about = found.feeling.grad, found.about.grad
    assert feeling is not None
    assert about is not None
    assert feeling[0, 0] < 0 < feeling[0, 2]
    assert feeling[0, 1] == 0
    assert not feeling[1].any()
    assert about[0] == 0 < about[1]


def test_the_language_head_learns_from_few_rows(
    tiny_classifier: Classifier, tiny_tokenizer: Tokenizer
) -> None:
    model = copy.deepcopy(tiny_classifier)
    before = model.words.weight.detach().clone()
    rows = [Row(f"good day {n}", 2, lang="en") for n in range(40)] + [
        Row(f"me saved {n}", 0, lang="de") for n in range(40)
    ]
    assert languages.fit_language(model, rows, tiny_tokenizer, seed=1) > 0.95
    ids, mask = fit.pad(
        fit.encode([Row("good day x", 0), Row("me saved x", 0)], tiny_tokenizer, Frame.of(tiny_tokenizer, 32))
    )
    assert [LANGUAGES[place] for place in model(ids, mask).language.argmax(1)] == ["en", "de"]
    assert torch.equal(model.words.weight, before)


def test_sense_rows_are_half_about_the_brand_and_hold_its_name() -> None:
    rows = senses.templates(400, seed=4)
    assert sum(row.about is True for row in rows) == 200
    assert all(row.label == -1 and row.target and row.target in row.text for row in rows)


def test_contrast_rows_ask_about_brands_of_the_text() -> None:
    rows = contrast.templates(200, seed=4)
    assert len(rows) == 200
    assert all(row.target and row.target in row.text for row in rows)
    assert {row.label for row in rows} == {0, 1, 2}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    assert all(one.text == other.text and one.label != other.label for one, other in pairs)


def test_joined_rows_hold_two_texts_of_unlike_labels() -> None:
    rows = [Row(f"text {number} ok", number % 3, f"brand{number}") for number in range(30)]
    made = contrast.joined(rows, 20, seed=4)
    assert len(made) == 20
    assert all(row.text.count("text") == 2 for row in made)


def test_joined_rows_of_texts_without_a_target_are_addressed_to_a_name() -> None:
    rows = [Row(f"text {number} ok", number % 3, lang="de") for number in range(30)]
    made = contrast.joined(rows, 20, seed=4)
    assert all(row.target and mark_target(row.text, row.target) != row.text for row in made)
    assert {row.lang for row in made} == {"de"}


def test_posts_about_two_brands_name_both_and_ask_about_each() -> None:
    rows = contrast.posts(400, seed=4)
    assert len(rows) == 400
    assert all(row.target and mark_target(row.text, row.target) != row.text for row in rows)
    assert not any("{" in row.text for row in rows)
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    assert all(one.text == other.text and one.target != other.target for one, other in pairs)
    assert all(one.label != other.label for one, other in pairs)


def test_the_made_measuring_sets_name_their_brands_and_share_no_text_with_made_training_rows() -> None:
    made = dataset.load_made()
    trained = [
        *contrast.templates(3_000, 1),
        *contrast.posts(3_000, 1),
        *senses.templates(3_000, 1),
        *senses.posts(),
        *(row for rows in dataset.read_written().values() for row in rows),
    ]
    seen = {dataset.fingerprint(row.text) for row in trained}
    for rows in made.values():
        assert len(rows) >= 240
        assert all(row.target and row.target.casefold() in row.text.casefold() for row in rows)
        assert not any(dataset.fingerprint(row.text) in seen for row in rows)
    pairs = made["two brands"]
    assert all(one.text == other.text for one, other in zip(pairs[::2], pairs[1::2], strict=True))


def test_pruning_keeps_characters_and_adds_emoji_and_marks() -> None:
    pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁", -2.0], ["▁good", -3.0]]
    pieces += [["▁rare", -9.0], *[[chr(code), -8.0] for code in range(97, 123)], ["क", -9.0], ["ب", -9.0]]
    pieces += [["👍", -9.0], ["<mask>", 0.0]]
    document = {
        "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
        "added_tokens": [
            {"id": number, "content": piece, "special": True, "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": False}
            for number, piece in enumerate(("<s>", "<pad>", "</s>", "<unk>"))
        ],
    }  # fmt: skip
    full = Tokenizer.from_str(json.dumps(document))
    named = [(str(piece), float(score)) for piece, score in pieces]
    scores = vocabulary.piece_scores(full, {"a": ["good good"], "b": ["good"]}, named)
    kept = vocabulary.choose(scores, named, size=35)
    names = [pieces[number][0] for number in kept]
    assert {"▁good", "क", "ب", "👍", "z"} <= set(names)
    assert not {"▁rare", "<mask>"} & set(names)
    pruned, added = vocabulary.prune(document, kept)
    small = Tokenizer.from_str(json.dumps(pruned))
    assert "🤬" in added
    assert "👍" not in added
    ids = small.encode("⟦good⟧ 🤬", add_special_tokens=False).ids
    assert 3 not in ids
    table = vocabulary.prune_embeddings(np.eye(len(pieces), 8, dtype=np.float32), kept, added, full)
    assert len(table) == small.get_vocab_size()


def test_the_four_bit_layout_is_read_as_written() -> None:
    low, high = [3] * 16, [12] * 16
    block = np.float16(-0.5).tobytes() + bytes(one | other << 4 for one, other in zip(low, high, strict=True))
    assert base._four_bit(block).tolist() == [2.5] * 16 + [-2.0] * 16


def test_a_base_package_that_is_not_installed_is_named() -> None:
    from nlp.errors import ModelError

    with pytest.raises(ModelError, match="no_such_package"):
        base.locate("no_such_package", "weights.bin")


def test_base_weights_fill_the_network() -> None:
    width, inner = SHAPE.hidden, SHAPE.feed_forward
    made = np.random.default_rng(1)
    tensors = {
        "emb.word": (SHAPE.vocabulary, width),
        "emb.pos": (SHAPE.positions, width),
        "emb.type": (2, width),
    }
    tensors |= {"emb.ln.w": (width,), "emb.ln.b": (width,)}
    for layer in range(SHAPE.layers):
        for name in ("q", "k", "v", "ao"):
            tensors |= {f"l{layer}.{name}.w": (width, width), f"l{layer}.{name}.b": (width,)}
        tensors |= {f"l{layer}.fi.w": (inner, width), f"l{layer}.fi.b": (inner,)}
        tensors |= {f"l{layer}.fo.w": (width, inner), f"l{layer}.fo.b": (width,)}
        for name in ("aln", "oln"):
            tensors |= {f"l{layer}.{name}.w": (width,), f"l{layer}.{name}.b": (width,)}
    filled = {name: made.normal(size=shape).astype(np.float32) for name, shape in tensors.items()}
    model = from_base(SHAPE, filled)
    assert np.allclose(model.layers[1].qkv.weight.detach()[width : 2 * width], filled["l1.k.w"])


def _toy_rows() -> list[Row]:
    words = {0: ["bad", "cancelled"], 1: ["the", "day"], 2: ["good", "saved"]}
    chance = random.Random(0)
    return [
        Row(" ".join(chance.choice(words[label]) for _ in range(4)), label)
        for label in (0, 1, 2)
        for _ in range(60)
    ]


def test_fit_learns_resumes_and_exports(tmp_path: Path, tiny_tokenizer: Tokenizer) -> None:
    torch.manual_seed(2)
    rows = _toy_rows()
    folder = tmp_path / "run"
    plan = fit.Plan(minutes=0.03, batch=8, threads=2, max_tokens=16, rate=3e-3, head_rate=3e-3)
    first = fit.fit(Classifier(SHAPE), dataset.draw({"a": rows}, 1, {"a": 1.0}), tiny_tokenizer, plan, folder)
    assert first.steps > 5
    longer = fit.Plan(**{**_fields(plan), "minutes": 0.1})
    model = Classifier(SHAPE)
    second = fit.fit(model, dataset.draw({"a": rows}, 1, {"a": 1.0}), tiny_tokenizer, longer, folder)
    assert second.steps > first.steps
    tiny_tokenizer.save(str(folder / "tokenizer.json"))
    export.finish(folder, {"a/val": rows}, tmp_path / "out")
    labeller = EmbeddedLabeller(tmp_path / "out", threads=1)
    results = labeller.label([Item(row.text) for row in rows])
    right = sum(isinstance(r, Scores) and r.label == ("negative", "neutral", "positive")[row.label]
                for r, row in zip(results, rows, strict=True))  # fmt: skip
    assert right / len(rows) > 0.9


def _fields(plan: fit.Plan) -> dict[str, float | int]:
    return {name: getattr(plan, name) for name in plan.__slots__}


def test_temperature_softens_a_model_that_is_too_sure() -> None:
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 3, 2_000)
    logits = np.log(np.full((2_000, 3), 0.2))
    logits[np.arange(2_000), truth] = np.log(0.6)
    wrong = chance.random(2_000) < 0.4
    logits[wrong] = np.roll(logits[wrong], 1, axis=1)
    both = np.full((2_000, 2), 0.5)
    assert calibrate.temperatures([Found(logits * 3, both, truth)], 2) == pytest.approx([3.0, 3.0], rel=0.1)
    assert calibrate.temperatures([], 2).tolist() == [1.0, 1.0]


def test_few_rows_of_a_language_move_its_temperature_little() -> None:
    chance = np.random.default_rng(0)
    logits = chance.normal(size=(4_000, 3)) * 2
    truth = np.array([chance.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    fits = Found(logits, np.tile([1.0, 0.0], (4_000, 1)), truth)

    def other(rows: int) -> float:
        sure = Found(np.array([[3.0, 0.0, 0.0]] * rows), np.tile([0.0, 1.0], (rows, 1)), np.arange(rows) % 2)
        first, second = calibrate.temperatures([fits] * 9 + [sure], 2)
        assert first == pytest.approx(1.0, abs=0.1)
        return float(second)

    assert 1.0 < other(4) < 2.0 < other(400)


def test_rows_without_a_class_and_brands_by_another_name_are_read(tmp_path: Path) -> None:
    path = tmp_path / "train.tsv"
    path.write_text(
        "irrelevant\tPlayStation5(PS5)\tmy ps5 of feelings\t1\n"
        "positive\tPlayStation5(PS5)\tlove the PS5!\t2\n"
        "neutral\tPlayStation5(PS5)\tno name here\t3\n"
        "irrelevant\tPlayStation5(PS5)\tnor here\t4\n"
        "odd\tPlayStation5(PS5)\tps5\t5\n"
    )
    other, loved, plain = dataset._as_named(dataset.read_rows(path, target=True))
    assert (other.label, other.target, other.about) == (-1, "ps5", False)
    assert (loved.label, loved.target, loved.about) == (2, "ps5", True)
    assert (plain.label, plain.target, plain.about) == (1, None, None)


def test_every_written_post_has_a_label_a_text_of_its_own_and_its_target_in_it() -> None:
    groups = dataset.read_written()
    assert {name.removeprefix("written_") for name in groups} >= {"ar", "es", "it", "pt", "about_en"}
    for name, rows in groups.items():
        lines = (dataset.WRITTEN / f"{name.removeprefix('written_')}.tsv").read_text("utf-8").split("\n")
        assert len(rows) == len(lines) - 1, (
            f"{name}: a label or a tab is wrong, or the last line does not end"
        )
        texts = Counter((dataset.fingerprint(row.text), row.target) for row in rows)
        assert [text for text, times in texts.items() if times > 1] == [], name
        assert {row.label for row in rows} == {0, 1, 2}
        for row in rows:
            assert row.target is None or row.target in row.text, row


@needs_data
def test_no_measured_text_is_trained_on() -> None:
    groups, measure = dataset.load(DATA)
    assert {"en/val", "dong2014/held-out", "nl/held-out", "sv/held-out"} <= set(measure)
    seen = {dataset.fingerprint(row.text) for rows in measure.values() for row in rows}
    for name, rows in groups.items():
        assert not any(dataset.fingerprint(row.text) in seen for row in rows), name
        assert all(row.neutral or row.label != 1 for row in rows)
    assert Counter(row.label >= 0 for row in groups["hi"] + measure["hi/val"]).keys() == {True}
    unseen = {row.target for row in measure["entities/unseen brands"]}
    assert not unseen & {row.target for row in groups["entities"]} - {None}


def test_the_teacher_says_what_mpnet_says(tmp_path: Path) -> None:
    """The port of the base to our encoder: token by token mean of transformers' own MPNet, however long the text."""
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                         intermediate_size=64, max_position_embeddings=202)  # fmt: skip
    theirs = MPNetModel(config, add_pooling_layer=False).train(False)
    with torch.no_grad():
        theirs.encoder.relative_attention_bias.weight.normal_()
    theirs.save_pretrained(tmp_path)
    ours = teacher.read_base(tmp_path).train(False)
    ids, mask = fit.pad([list(range(3, 9)), [7] * 150 + list(range(20, 50))])
    with torch.no_grad():
        seen = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (seen * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        assert torch.allclose(ours(ids, mask).whole, mean, atol=1e-5)
    assert ours.shape.vocabulary == 62  # the two marks


def test_the_teacher_is_asked_about_other_names_in_the_same_texts() -> None:
    text = "so glad that Britney Spears called me, thanks @Ellen"
    asked = teacher.questions({name: [Row(text, 2, "called")] for name in teacher.ASKED}, seed=1)
    assert [(row.target, row.label) for row in asked] in (
        [("called", 2), ("Britney Spears", -1)],
        [("called", 2), ("@Ellen", -1)],
    )


def test_what_the_teacher_said_is_read_again_without_measured_texts(tmp_path: Path) -> None:
    rows = [Row("so good", 2, "ann"), Row("kept apart", 0), Row("unreadable", 1)]
    said = [(0.1, 0.2, 0.7), (1.0, 0.0, 0.0), (float("nan"),) * 3]
    dataset.write_taught(tmp_path / "taught.jsonl", zip(rows, said, strict=True))
    found = dataset.read_taught(tmp_path / "taught.jsonl", {"held-out": [Row("Kept apart!", 0)]})
    assert [(row.text, tuple(row.taught or ())) for row in found] == [("so good", (0.1, 0.2, 0.7))]


def test_a_taught_row_pulls_toward_the_teacher() -> None:
    rows = [Row("a", 0), Row("b", -1, taught=(0.0, 1.0, 0.0)), Row("c", -1)]
    batch = fit.Batch.of(rows, [[0, 5, 2]] * 3)
    logits = torch.zeros(3, 3, requires_grad=True)
    outputs = Outputs(logits, torch.zeros(3), torch.zeros(3, len(LANGUAGES)), torch.zeros(3, 1))
    (gradient,) = torch.autograd.grad(fit.loss_of(outputs, batch), logits)
    assert gradient.argmin(1)[:2].tolist() == [0, 1]
    assert not gradient[2].any()
