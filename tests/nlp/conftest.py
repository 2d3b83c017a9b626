"""Tiny models made on the spot: random weights, a few hundred parameters, no network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from nlp.manifest import file_hash, write_manifest
from nlp.training import graph
from nlp.training.base import Shape
from nlp.training.network import LANGUAGES, Classifier

WORDS = ["good", "bad", "fine", "delta", "jetblue", "cancelled", "saved", "me", "the", "day", "http", "@user"]
SHAPE = Shape(32, 2, 4, 64, 113, 512, 2, 1e-12)
DEGREES = np.linspace(0.5, 2.0, len(LANGUAGES), dtype=np.float32)
CONFUSION = [[6.0, 2.0, 1.0], [1.0, 5.0, 2.0], [1.0, 2.0, 7.0]]


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Tokenizer:
    """A unigram tokenizer of a dozen words and the ASCII characters, with the pieces of ours."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
    pieces += [("▁" + word, -2.0) for word in WORDS]
    pieces += [(chr(code), -6.0) for code in range(33, 127)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_tokens([AddedToken("⟦", normalized=False), AddedToken("⟧", normalized=False)])
    assert tokenizer.get_vocab_size() == SHAPE.vocabulary
    return tokenizer


@pytest.fixture(scope="session")
def tiny_classifier() -> Classifier:
    """Our own network with random weights."""
    torch.manual_seed(5)
    model = Classifier(SHAPE).eval()
    for head in (model.head, model.about, model.language):
        torch.nn.init.normal_(head.weight, std=2.0)
    return model


@pytest.fixture
def tiny_embedded(tmp_path: Path, tiny_tokenizer: Tokenizer, tiny_classifier: Classifier) -> Path:
    """A folder like nlp/weights, with a tiny model in it."""
    return write_tiny(tmp_path / "tiny", tiny_tokenizer, tiny_classifier)


def write_tiny(folder: Path, tiny_tokenizer: Tokenizer, tiny_classifier: Classifier) -> Path:
    """Make the folder with the tiny model."""
    folder.mkdir()
    state = {name: value.numpy() for name, value in tiny_classifier.state_dict().items()}
    (folder / "model.onnx").write_bytes(graph.encoder(state, SHAPE, DEGREES).SerializeToString())
    tiny_tokenizer.save(str(folder / "tokenizer.json"))
    files = {name: file_hash(folder / name) for name in ("model.onnx", "tokenizer.json")}
    write_manifest(folder, {"id": "tiny", "max_tokens": 32, "confusion": CONFUSION, "files": files})
    return folder


@pytest.fixture
def tiny_hub(tmp_path: Path, tiny_tokenizer: Tokenizer) -> Path:
    """A folder as transformers saves it: a random BERT classifier of three classes."""
    torch.manual_seed(6)
    folder = tmp_path / "tiny-hub"
    config = transformers.BertConfig(
        vocab_size=tiny_tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
        pad_token_id=1,
        initializer_range=0.5,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
        label2id={"negative": 0, "neutral": 1, "positive": 2},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    wrapped = Tokenizer.from_str(tiny_tokenizer.to_str())
    wrapped.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=wrapped, pad_token="<pad>", unk_token="<unk>", model_max_length=40
    ).save_pretrained(folder)
    return folder


def edit_json(path: Path, **changes: object) -> None:
    """Set keys of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
