"""`listener evaluate`: how well the labeller does on texts that people have labelled. Needs no configuration."""

from pathlib import Path

from listener import show
from nlp.evaluate import evaluate as judge
from nlp.evaluate import prediction_line, read_rows
from nlp.load import load_labeller


def evaluate(file: Path, predictions: Path | None, model: str, form: str) -> None:
    """Print the figures; `predictions` gets label, p_negative, p_neutral, p_positive per row, in order."""
    rows = read_rows(file)
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
            [name, f"{value:.4f}" if isinstance(value, float) else value] for name, value in facts.items()
        ]
        show.console().print(show.table(["Figure", "Value"], cells, right=[1]))
