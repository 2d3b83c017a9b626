"""The language head: which of our languages a text is in, read from the finished encoder.

Fitted after the encoder and not with it: as many rows of each language as of any other, and the
best linear layer for them, which a few hundred rows settle in a minute.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from nlp.training import fit
from nlp.training.dataset import Row
from nlp.training.network import LANGUAGES, Classifier
from nlp.windows import Frame

ROWS = 300
"""Of each language, or all where there are fewer."""
DECAY = 1e-5
_BATCH, _STEPS = 32, 200


def fit_language(model: Classifier, rows: Iterable[Row], tokenizer: Tokenizer, seed: int) -> float:
    """Set the model's language head; returns how many of the rows it was fitted on it gets right (0..1)."""
    by_language: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.lang:
            by_language[row.lang].append(row)
    chance = random.Random(seed)  # noqa: S311 - repeatable draws, no secret
    chosen = [row for found in by_language.values() for row in chance.sample(found, min(ROWS, len(found)))]
    vectors = _vectors(model.eval(), chosen, tokenizer)
    truth = torch.tensor([LANGUAGES.index(row.lang) for row in chosen if row.lang])
    head = model.language
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    optimizer = torch.optim.LBFGS(
        [head.weight, head.bias], max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe"
    )

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(head(vectors), truth) + DECAY * (head.weight**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(step)  # type: ignore[no-untyped-call]
    return float((head(vectors).argmax(1) == truth).float().mean())


def _vectors(model: Classifier, rows: list[Row], tokenizer: Tokenizer) -> torch.Tensor:
    """The mean over each whole text [rows, hidden]."""
    encoded = fit.encode(rows, tokenizer, Frame.of(tokenizer, fit.Plan(0).max_tokens))
    vectors = torch.zeros(len(rows), model.shape.hidden)
    order = sorted(range(len(rows)), key=lambda place: len(encoded[place]))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        ids, mask = fit.pad([encoded[place] for place in batch])
        with torch.no_grad():
            vectors[batch] = model(ids, mask).whole
    return vectors
