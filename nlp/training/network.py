"""The encoder with its three-way head as a torch module, for training.

A plain BERT encoder (post-norm, erf-gelu, learned positions from 0), the mean over the marked target
or else over the whole text, and linear heads: three logits in the order of LABELS, the logit of the text being
about the target at all, and the language, which only chooses the temperature.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nlp.training.base import Shape

HEADS = ("head", "about", "language")
LANGUAGES = ("en", "ar", "de", "es", "fr", "hi", "id", "it", "nl", "no", "pt", "sv")
"""Languages that have a temperature of their own; Malay counts as Indonesian."""


class Outputs(NamedTuple):
    """Logits of a batch: the three classes [rows, 3], about the target [rows], language [rows, 12]; and
    the mean over the whole text [rows, hidden], from which the language is told.
    """

    feeling: Tensor
    about: Tensor
    language: Tensor
    whole: Tensor


class PooledDropout(nn.Module):
    """Dropout that reads its mask from one long random strip, at a random place each time.

    Drawing fresh random numbers for every activation cost a tenth of a training step on CPU.
    """

    def __init__(self, share: float, strip: int = 1 << 22) -> None:
        super().__init__()
        kept = torch.rand(strip) >= share
        self.strip = (kept.float() / (1.0 - share)).to(torch.bfloat16)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        start = int(torch.randint(self.strip.numel() - x.numel(), ()))
        return x * self.strip[start : start + x.numel()].view_as(x).to(x.dtype)


class Layer(nn.Module):
    """One encoder layer; query, key and value are one matrix."""

    def __init__(self, shape: Shape, dropout: nn.Module) -> None:
        super().__init__()
        hidden = shape.hidden
        self.heads = shape.heads
        self.dropout = dropout
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attention_out = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, shape.epsilon)
        self.feed_in = nn.Linear(hidden, shape.feed_forward)
        self.feed_out = nn.Linear(shape.feed_forward, hidden)
        self.out_norm = nn.LayerNorm(hidden, shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        rows, length, hidden = x.shape
        split = self.qkv(x).view(rows, length, 3, self.heads, hidden // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        # Written out: on CPU the backward pass of the fused attention is several times slower.
        scores = query @ key.transpose(2, 3) * (hidden // self.heads) ** -0.5 + bias
        seen = (scores.softmax(-1).to(value.dtype) @ value).transpose(1, 2)
        seen = self.attention_out(seen.reshape(rows, length, hidden))
        x = self.attention_norm(x + self.dropout(seen))
        fed = self.feed_out(functional.gelu(self.feed_in(x)))
        mixed: Tensor = self.out_norm(x + self.dropout(fed))
        return mixed


class Classifier(nn.Module):
    """Token ids and their mask [rows, length] to logits; padding changes nothing."""

    def __init__(self, shape: Shape, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = PooledDropout(dropout)
        # Sparse gradients: a batch touches a few hundred of the 48,000 rows.
        self.words = nn.Embedding(shape.vocabulary, shape.hidden, sparse=True)
        self.positions = nn.Embedding(shape.positions, shape.hidden)
        self.embedding_norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.distances = nn.Embedding(shape.buckets, shape.heads) if shape.buckets else None
        self.layers = nn.ModuleList(Layer(shape, self.dropout) for _ in range(shape.layers))
        self.head = nn.Linear(shape.hidden, 3)
        self.about = nn.Linear(shape.hidden, 1)
        self.language = nn.Linear(shape.hidden, len(LANGUAGES))

    def forward(self, ids: Tensor, mask: Tensor) -> Outputs:
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.embedding_norm(self.words(ids) + self.positions(places))
        x = self.dropout(x)
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -30_000.0
        if self.distances is not None:
            bias = bias + self.distances(distance_buckets(places, self.shape.buckets)).permute(2, 0, 1)
        for layer in self.layers:
            x = layer(x, bias)
        pooled = self.dropout(_mean(x, pooled_places(ids, mask, self.shape.vocabulary))).float()
        whole = _mean(x, mask).float()
        return Outputs(self.head(pooled), self.about(pooled).squeeze(-1), self.language(whole), whole)


def distance_buckets(places: Tensor, buckets: int) -> Tensor:
    """The bucket [length, length] of the distance from each place to each other one, as T5 and MPNet have it.

    Half of the buckets are for places before, half for places behind; of each the first half are single
    steps, the rest widen with the logarithm up to 128 steps.

    >>> distance_buckets(torch.arange(3), 32).tolist()
    [[0, 17, 18], [1, 0, 17], [2, 1, 0]]
    """
    back = places[:, None] - places[None, :]
    half, single = buckets // 2, buckets // 4
    steps = back.abs().clamp(min=1)
    wide = single + (torch.log(steps / single) / math.log(128 / single) * (half - single)).long()
    near = torch.where(back.abs() < single, back.abs(), wide.clamp(max=half - 1))
    return near + half * (back < 0)


def _mean(x: Tensor, places: Tensor) -> Tensor:
    """The mean of x [rows, length, hidden] over the chosen places [rows, length]."""
    weight = places[:, :, None].to(x.dtype)
    mean: Tensor = (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)
    return mean


def pooled_places(ids: Tensor, mask: Tensor, vocabulary: int) -> Tensor:
    """Which places [rows, length] the mean is taken over: the marked target, else all that is read.

    The marks around a target are the last two pieces of the vocabulary and count as part of it. A
    text about two brands is read as a whole either way; taking the mean at one of them makes the
    result about that one.
    """
    opened, closed = (ids == vocabulary - 2).long(), (ids == vocabulary - 1).long()
    inside = ((opened.cumsum(1) - closed.cumsum(1) + closed) > 0) & mask.bool()
    return torch.where(inside.any(1, keepdim=True), inside, mask.bool())


def from_base(shape: Shape, tensors: dict[str, NDArray[np.float32]]) -> Classifier:
    """A classifier holding the base's weights and heads near zero.

    `tensors` has the names of nlp.training.base.read_weights, with `emb.word` already pruned to
    `shape.vocabulary` rows. The one token type in use (0) is folded into the positions.
    """
    named: dict[str, NDArray[np.float32]] = {
        "words.weight": tensors["emb.word"],
        "positions.weight": tensors["emb.pos"] + tensors["emb.type"][:1],
        "embedding_norm.weight": tensors["emb.ln.w"],
        "embedding_norm.bias": tensors["emb.ln.b"],
    }
    parts = {"ao": "attention_out", "fi": "feed_in", "fo": "feed_out"}
    norms = {"aln": "attention_norm", "oln": "out_norm"}
    for number in range(shape.layers):
        old, new = f"l{number}", f"layers.{number}"
        for end, word in ((".w", ".weight"), (".b", ".bias")):
            joined = [tensors[f"{old}.{part}{end}"] for part in "qkv"]
            named[f"{new}.qkv{word}"] = np.concatenate(joined)
            for short, long in (parts | norms).items():
                named[f"{new}.{long}{word}"] = tensors[f"{old}.{short}{end}"]
    return holding(
        shape, {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}
    )


def holding(shape: Shape, state: dict[str, Tensor]) -> Classifier:
    """A classifier with the encoder's weights in `state`, by their names here, and heads near zero.

    ValueError says what is missing or too much.
    """
    model = Classifier(shape)
    for head in (model.head, model.about, model.language):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} != set(HEADS):
        raise ValueError(f"base does not fit: missing {missing}, unexpected {unexpected}")
    return model
