"""`listener evaluate`: how well the labeller does on texts that people have labelled. Needs no configuration."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from listener import show
from listener.errors import FileError
from listener.importing.opening import not_read
from nlp.evaluate import evaluate as judge
from nlp.evaluate import prediction_line, read_rows
from nlp.load import load_labeller

WANTED = "write label<TAB>text or label<TAB>brand<TAB>text, one per line, as in negative<TAB>Never again"


def evaluate(file: Path, predictions: Path | None, model: str, form: str) -> None:
    """Print the figures; `predictions` gets label, p_negative, p_neutral, p_positive per row, in order."""
    try:
        rows = read_rows(file)
    except OSError as error:
        raise not_read(file, error, WANTED) from error
    if not rows:
        raise FileError(f"{file}: holds no row; {WANTED}")
    if predictions is not None and not predictions.absolute().parent.is_dir():
        raise FileError(f"{predictions}: there is no such folder; make it first")
    if predictions is not None and predictions.is_dir():
        raise FileError(f"{predictions}: is a folder; name a file, as in {predictions / 'predictions.tsv'}")
    figures, results = judge(rows, load_labeller(model))
    if predictions is not None:
        predictions.write_text(
            "".join(prediction_line(result) + "\n" for result in results), encoding="utf-8"
        )
    facts = figures.as_dict()
    if form == "json":
        show.as_json(facts)
    elif form == "csv":
        show.as_csv(list(facts), [facts])
    else:
        cells = [
            [name, f"{value:.4f}" if isinstance(value, float) else show.EMPTY if value is None else value]
            for name, value in _flat(facts)
        ]
        show.console().print(show.table(["Figure", "Value"], cells, right=[1]))


def _flat(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A figure per class as a line of its own.

    >>> list(_flat({"n": 3, "recall": {"neutral": None}}))
    [('n', 3), ('recall, neutral', None)]
    """
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}, {part}", figure) for part, figure in value.items())
        else:
            yield name, value
