"""Other people's models in small: real architectures, configurations and sets of files, random weights, a few pieces of vocabulary."""

import json
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import transformers
from sentencepiece import sentencepiece_model_pb2 as sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

THREE = ("negative", "neutral", "positive")
FIVE = ("Very Negative", "Negative", "Neutral", "Positive", "Very Positive")
STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
WORDS = ["good", "bad", "fine", "Delta", "day", "the", "http", "@user"]
CHARACTERS = [chr(code) for code in range(33, 127)]
SIZES = {
    "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "initializer_range": 0.4,
}  # fmt: skip
MARKS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "cls_token": "<s>",
}
MARKS |= {"mask_token": "<mask>"}

Build = Callable[[Path], None]


def classes(names: Sequence[str]) -> dict[str, object]:
    return {"id2label": dict(enumerate(names)), "label2id": {name: at for at, name in enumerate(names)}}


def twitter_roberta(folder: Path) -> None:
    """As cardiffnlp/twitter-roberta-base-sentiment-latest: vocab.json, merges.txt, special_tokens_map.json, no tokenizer.json."""
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator([" ".join(WORDS)] * 3, trainer)
    config = transformers.RobertaConfig(
        vocab_size=pieces.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        **SIZES, **classes(THREE),
    )  # fmt: skip
    _save(transformers.RobertaForSequenceClassification, config, folder)
    pieces.model.save(str(folder))
    (folder / "special_tokens_map.json").write_text(json.dumps(MARKS))


def twitter_xlm_roberta(folder: Path) -> None:
    """As cardiffnlp/twitter-xlm-roberta-base-sentiment: sentencepiece.bpe.model and special_tokens_map.json, no tokenizer.json."""
    found = sentencepiece.ModelProto()
    kinds = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    kinds += (
        [(f"▁{word}", -2.0, 1) for word in WORDS] + [("▁", -3.0, 1)] + [(one, -6.0, 1) for one in CHARACTERS]
    )
    for piece, score, kind in kinds:
        row = found.pieces.add()
        row.piece, row.score, row.type = piece, score, kind
    found.trainer_spec.model_type = 1
    (
        found.trainer_spec.unk_id,
        found.trainer_spec.bos_id,
        found.trainer_spec.eos_id,
        found.trainer_spec.pad_id,
    ) = 0, 1, 2, -1
    found.normalizer_spec.name = "nmt_nfkc"
    config = transformers.XLMRobertaConfig(
        vocab_size=len(kinds) + 2, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        **SIZES, **classes(THREE),
    )  # fmt: skip
    _save(transformers.XLMRobertaForSequenceClassification, config, folder)
    (folder / "sentencepiece.bpe.model").write_bytes(found.SerializeToString())
    (folder / "special_tokens_map.json").write_text(json.dumps(MARKS))


def five_steps(folder: Path) -> None:
    """As tabularisai/multilingual-sentiment-analysis: a DistilBERT with tokenizer.json."""
    _distilbert(folder, FIVE)


def two_classes(folder: Path) -> None:
    """A DistilBERT that knows no neutral."""
    _distilbert(folder, ("NEGATIVE", "POSITIVE"))


def five_stars(folder: Path) -> None:
    """As nlptown/bert-base-multilingual-uncased-sentiment: a BERT with vocab.txt alone."""
    config = transformers.BertConfig(
        vocab_size=len(_pieces()), max_position_embeddings=64, pad_token_id=0, **SIZES, **classes(STARS)
    )
    _save(transformers.BertForSequenceClassification, config, folder)
    (folder / "vocab.txt").write_text("\n".join(_pieces()) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "max_len": 512}))


BUILDS: dict[str, Build] = {
    build.__name__: build
    for build in (twitter_roberta, twitter_xlm_roberta, five_steps, two_classes, five_stars)
}


def _distilbert(folder: Path, names: Sequence[str]) -> None:
    config = transformers.DistilBertConfig(
        vocab_size=len(_pieces()), dim=16, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=64, initializer_range=0.4,
        pad_token_id=0, **classes(names),
    )  # fmt: skip
    _save(transformers.DistilBertForSequenceClassification, config, folder)
    numbered = {piece: number for number, piece in enumerate(_pieces())}
    transformers.BertTokenizerFast(vocab=numbered, do_lower_case=False, model_max_length=64).save_pretrained(
        folder
    )


def _pieces() -> list[str]:
    letters = [*CHARACTERS, *string.ascii_lowercase]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return list(dict.fromkeys([*special, *WORDS, *letters, *(f"##{one}" for one in letters)]))


def _save(kind: type, config: object, folder: Path) -> None:
    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    kind(config).save_pretrained(folder)  # type: ignore[attr-defined]
