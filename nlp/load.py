"""Load a labeller by name. Importing this module loads neither torch nor ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

from nlp.errors import ModelError
from nlp.types import Labeller

EMBEDDED = Path(__file__).parent / "weights"


def load_labeller(
    model: str = "embedded",
    *,
    revision: str | None = None,
    download: bool = False,
    threads: int | None = None,
) -> Labeller:
    """The labeller called `model`, checked and ready.

    "embedded"      the model that ships with the package
    a folder        an embedded model of one's own training (it holds our model.json), or any
                    Hugging Face sequence classifier with safetensors weights
    a head's file   the embedded model with what was learned from corrections (.safetensors)
    "org/name"      the same from the local Hugging Face cache, or fetched where `download` is True;
                    `revision` pins the commit

    `threads` bounds the CPU threads. Whatever is wrong with a model is a ModelError that names the
    file or model, the reason and the way out; there is no silent falling back to another model.
    """
    if threads is not None and threads < 1:
        raise ValueError("threads must be 1 or more")
    if model.endswith(".safetensors"):
        from nlp.embedded import EmbeddedLabeller
        from nlp.head import HeadLabeller, load_head

        head = load_head(Path(model))
        return HeadLabeller(EmbeddedLabeller(_folder(head.about["base_name"]), threads), head)
    folder = _folder(model)
    if model == "embedded" or (folder / "model.json").is_file():
        if revision is not None:
            raise ModelError(f"{model}: an embedded model has no revisions; leave revision out")
        try:
            from nlp.embedded import EmbeddedLabeller
        except ImportError as error:
            raise ModelError(f"{model}: {error.name} is not installed; install the package again") from error
        return EmbeddedLabeller(folder, threads)
    try:
        from nlp.hub import load_hub
    except ImportError as error:
        raise ModelError(
            f"{model}: models other than 'embedded' need {error.name}; install torch and transformers"
        ) from error
    return load_hub(model, revision=revision, download=download, threads=threads)


def _folder(model: str) -> Path:
    return EMBEDDED if model == "embedded" else Path(model)
