"""Fit the classifier: encode rows, make batches of like length, step until the clock runs out.

The learning rate is a function of the share of time used, not of steps, so that a machine with
other work on it still ends its schedule at zero. Matrix products run in bfloat16, which CPUs with
AVX-512 or AMX do several times faster; weights and sums stay float32.
"""

from __future__ import annotations

import json
import logging
import math
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from nlp.clean import clean, clean_target, mark_target
from nlp.training.base import Shape
from nlp.training.dataset import Row
from nlp.training.network import HEADS, Classifier, Outputs
from nlp.windows import Frame, windows

log = logging.getLogger(__name__)
PAD = 1
ABOUT_WEIGHT = 0.5
"""How much the loss of "is it about the target" counts beside that of the three classes."""
_POOL = 64
"""Batches drawn at a time and sorted by length among themselves."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fit; `minutes` is the whole of the time, resumed runs included."""

    minutes: float
    batch: int = 20
    threads: int = 2
    max_tokens: int = 64
    rate: float = 1e-4
    head_rate: float = 5e-4
    word_rate: float = 4e-5
    layer_decay: float = 0.93
    weight_decay: float = 0.01
    warm_up: float = 0.03
    save_minutes: float = 4.0
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of like length, padded.

    ids, mask [rows, length]; wanted [rows, 3], the probabilities to come to, all 0 where the row has no
    class; about [rows] 1 or 0, NaN where it is not known; penalty [rows, 3], which takes neutral out of the
    loss of two-class rows.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    wanted: torch.Tensor
    about: torch.Tensor
    penalty: torch.Tensor

    @classmethod
    def of(cls, rows: Sequence[Row], encoded: Sequence[list[int]]) -> Batch:
        ids, mask = pad(encoded)
        penalty = torch.zeros(len(rows), 3)
        penalty[:, 1] = torch.tensor([0.0 if row.neutral else -1e4 for row in rows])
        about = [math.nan if row.about is None else float(row.about) for row in rows]
        probabilities = torch.tensor([wanted(row) for row in rows])
        return cls(ids, mask, probabilities, torch.tensor(about), penalty)


def wanted(row: Row) -> tuple[float, ...]:
    """The probabilities to come to: the label's, the teacher's, or the mean of both where there are both.

    >>> wanted(Row("so good", 2)), wanted(Row("so good", 2, taught=(0.0, 0.5, 0.5)))
    ((0.0, 0.0, 1.0), (0.0, 0.25, 0.75))
    """
    label = tuple(float(row.label == place) for place in range(3))
    if row.taught is None:
        return label
    return row.taught if row.label < 0 else tuple((a + b) / 2 for a, b in zip(label, row.taught, strict=True))


@dataclass(slots=True)
class Progress:
    """How far a run has come; kept beside the checkpoint."""

    steps: int = 0
    rows: int = 0
    seconds: float = 0.0


def encode(rows: Sequence[Row], tokenizer: Tokenizer, frame: Frame) -> list[list[int]]:
    """The first window of each row's text with its target, as ids; never empty."""
    targets = [clean_target(row.target) for row in rows]
    texts = [mark_target(clean(row.text, t), t) for row, t in zip(rows, targets, strict=True)]
    bodies = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    tails = tokenizer.encode_batch_fast([t or "" for t in targets], add_special_tokens=False)
    framed = []
    for body, tail in zip(bodies, tails, strict=True):
        made, _ = windows(body.ids, tail.ids, frame)
        framed.append(made[0] if made else [frame.start, frame.end])
    return framed


def pad(encoded: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask [rows, longest]."""
    longest = max(len(ids) for ids in encoded)
    ids = torch.tensor([row + [PAD] * (longest - len(row)) for row in encoded])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in encoded])
    return ids, mask


def batches(rows: Iterator[Row], tokenizer: Tokenizer, plan: Plan) -> Iterator[Batch]:
    """Batches without end."""
    frame = Frame.of(tokenizer, plan.max_tokens)
    chance = random.Random(plan.seed)  # noqa: S311 - repeatable draws, no secret
    while True:
        pool = list(islice(rows, plan.batch * _POOL))
        encoded = encode(pool, tokenizer, frame)
        order = sorted(range(len(pool)), key=lambda number: len(encoded[number]))
        cuts = [order[start : start + plan.batch] for start in range(0, len(order), plan.batch)]
        steps = [cuts[start : start + plan.threads] for start in range(0, len(cuts), plan.threads)]
        chance.shuffle(steps)  # the batches of one step are of like length: no thread waits long
        for cut in (cut for step in steps for cut in step):
            yield Batch.of([pool[number] for number in cut], [encoded[number] for number in cut])


def rate_factor(share: float, warm_up: float) -> float:
    """The share of the peak learning rate after `share` (0..1) of the time: up, then down to 0.

    >>> [round(rate_factor(share, 0.1), 2) for share in (0.05, 0.1, 0.55, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if share < warm_up:
        return share / warm_up
    return max(0.0, (1.0 - share) / (1.0 - warm_up))


def fitted(model: Classifier) -> list[tuple[str, torch.nn.Parameter]]:
    """What is fitted here: all but the language head, see nlp/training/languages.py."""
    return [(name, weight) for name, weight in model.named_parameters() if not name.startswith("language.")]


def _groups(model: Classifier, plan: Plan) -> list[dict[str, object]]:
    """Parameter groups: lower layers learn more slowly, the head faster, no decay on vectors."""
    groups: list[dict[str, object]] = []
    depth = len(model.layers)
    for name, weight in fitted(model):
        if name == "words.weight":
            continue
        rate = plan.head_rate
        if name.startswith("layers."):
            rate = plan.rate * plan.layer_decay ** (depth - 1 - int(name.split(".")[1]))
        elif name.split(".")[0] not in HEADS:
            rate = plan.rate * plan.layer_decay**depth
        decay = plan.weight_decay if weight.ndim > 1 else 0.0
        groups.append({"params": [weight], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def fit(model: Classifier, rows: Iterator[Row], tokenizer: Tokenizer, plan: Plan, folder: Path) -> Progress:
    """Train until `plan.minutes` are used; checkpoints go to `folder`, and a run resumes from there."""
    dense = torch.optim.AdamW(_groups(model, plan), betas=(0.9, 0.98), fused=True)
    words = torch.optim.SparseAdam([model.words.weight], lr=plan.word_rate)
    progress = resume(model, [dense, words], folder)
    limit = plan.minutes * 60
    saved = told = before = time.monotonic()
    losses: list[float] = []
    model.train()
    weights = [weight for _, weight in fitted(model)]
    source = batches(rows, tokenizer, plan)
    work = partial(gradients, model, weights)
    with ThreadPoolExecutor(plan.threads) as pool:
        while progress.seconds < limit:
            set_rates(dense, words, plan, progress.seconds / limit)
            parts = [next(source) for _ in range(plan.threads)]
            losses += combine(weights, list(pool.map(work, parts)))
            torch.nn.utils.clip_grad_norm_([p for g in dense.param_groups for p in g["params"]], 1.0)
            for optimizer in (dense, words):
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            now = time.monotonic()
            progress.steps += 1
            progress.rows += sum(len(part.ids) for part in parts)
            progress.seconds += now - before
            before = now
            if now - told > 60:
                log.info("%s loss %.4f", _said(progress), sum(losses) / len(losses))
                losses.clear()
                told = now
            if now - saved > plan.save_minutes * 60:
                save(model, [dense, words], progress, folder)
                saved = now
    save(model, [dense, words], progress, folder)
    return progress


def set_rates(dense: torch.optim.Optimizer, words: torch.optim.Optimizer, plan: Plan, share: float) -> None:
    """Set all learning rates for a share (0..1) of the time used."""
    factor = rate_factor(share, plan.warm_up)
    for group in dense.param_groups:
        group["lr"] = group["peak"] * factor
    words.param_groups[0]["lr"] = max(plan.word_rate * factor, 1e-12)


def gradients(
    model: Classifier, weights: Sequence[torch.nn.Parameter], batch: Batch
) -> tuple[float, tuple[torch.Tensor, ...]]:
    """The loss of a batch and its gradients; called in several threads over the same weights.

    One thread per batch, and not several threads per product, keeps the pace on a machine with
    other work: threads that share every product wait for whichever is not scheduled.
    """
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(batch.ids, batch.mask)
    loss = loss_of(outputs, batch)
    return float(loss.detach()), torch.autograd.grad(loss, weights)


def loss_of(found: Outputs, batch: Batch) -> torch.Tensor:
    """Cross-entropy of the classes, plus that of "about the target", each over the rows that say."""
    labelled = batch.wanted.any(1).sum().clamp(min=1)
    feeling = functional.cross_entropy(found.feeling + batch.penalty, batch.wanted, reduction="sum")
    said = ~batch.about.isnan()
    about = functional.binary_cross_entropy_with_logits(
        found.about, batch.about.nan_to_num(), weight=said.float(), reduction="sum"
    )
    return feeling / labelled + ABOUT_WEIGHT * about / len(batch.ids)


def combine(
    weights: Sequence[torch.nn.Parameter], parts: Sequence[tuple[float, tuple[torch.Tensor, ...]]]
) -> list[float]:
    """Set each weight's gradient to the mean over the parts; returns the parts' losses."""
    for place, weight in enumerate(weights):
        total = parts[0][1][place]
        for _, more in parts[1:]:
            total = total + more[place]
        weight.grad = total / len(parts)
    return [loss for loss, _ in parts]


def _said(progress: Progress) -> str:
    """A progress line for the log."""
    pace = progress.rows / max(progress.seconds, 1e-9)
    return f"step {progress.steps} rows {progress.rows} min {progress.seconds / 60:.1f} rows/s {pace:.1f}"


def save(
    model: Classifier, optimizers: Sequence[torch.optim.Optimizer], progress: Progress, folder: Path
) -> None:
    """Write the checkpoint: weights, optimizer moments and progress, each replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    moments: dict[str, torch.Tensor] = {}
    for number, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                moments[f"{number}.{index}.{name}"] = torch.as_tensor(value).contiguous()
    save_tensors(moments, folder / "moments.safetensors")
    save_tensors(model.state_dict(), folder / "model.safetensors")
    (folder / "progress.json").write_text(json.dumps(asdict(progress) | {"shape": asdict(model.shape)}))


def save_tensors(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Write a file and only then put it in the old one's place."""
    new = path.with_suffix(".new")
    save_file(tensors, new)
    new.replace(path)


def resume(model: Classifier, optimizers: Sequence[torch.optim.Optimizer], folder: Path) -> Progress:
    """Load the checkpoint of `folder` into model and optimizers; nothing there means a fresh start."""
    path = folder / "progress.json"
    if not path.exists():
        return Progress()
    stored = json.loads(path.read_text())
    model.load_state_dict(load_file(folder / "model.safetensors"))
    if not stored["steps"]:
        return Progress()
    moments = load_file(folder / "moments.safetensors")
    for number, optimizer in enumerate(optimizers):
        document = optimizer.state_dict()
        for key, value in moments.items():
            owner, index, name = key.split(".")
            if int(owner) == number:
                step = int(value) if name == "step" and number == 1 else value
                document["state"].setdefault(int(index), {})[name] = step
        optimizer.load_state_dict(document)
    return Progress(stored["steps"], stored["rows"], stored["seconds"])


def start_from(old: Path, folder: Path) -> None:
    """Begin a run in `folder` with the weights and tokenizer of another, and a schedule of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.copyfile(old / name, folder / name)
    shape = json.loads((old / "progress.json").read_text())["shape"]
    (folder / "progress.json").write_text(json.dumps(asdict(Progress()) | {"shape": shape}))


def load_model(folder: Path) -> Classifier:
    """The classifier of a checkpoint, ready to be measured or exported."""
    stored = json.loads((folder / "progress.json").read_text())
    model = Classifier(Shape(**stored["shape"]))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval()
