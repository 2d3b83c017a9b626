"""Share of voice adjusted for copies, and the smallest change that shares could show."""

import numpy as np

from metrics.formulas.sentiment import corrected_shares
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric
from metrics.missing import needs
from metrics.voice.clusters import smallest_change
from metrics.voice.heard import notes
from metrics.voice.tally import Way
from nlp.shares import GENERIC, as_confusion

_BY_AUTHOR = "95 % for authors drawn with all that they say: it allows for one author posting many times"
_EXACT = 1e6
"""So many times the model's test sets: its errors taken as known."""


def _share(way: Way, title: str, formula: str, inputs: tuple[str, ...]) -> Metric:
    def compute(i: Inputs) -> Figure:
        found = i.heard.shares[way][i.brand] if i.heard is not None else None
        if i.heard is None or found is None:
            return Figure(None, 0, missing=needs(inputs, "none of any tracked brand in this time"))
        return Figure(found.value, found.n, found.interval, notes=notes(i.heard, i.brand, way))

    return Metric(
        f"share_of_voice_{way}",
        title,
        formula,
        "%",
        "up",
        compute,
        frozenset({"sums", "voices"}),
        inputs=inputs,
        interval=_BY_AUTHOR,
        version=2,
        source="own definition",
    )


def _voice_change(i: Inputs) -> Figure:
    found = i.heard.shares["mentions"][i.brand] if i.heard is not None else None
    if found is None:
        return Figure(None, 0, missing=needs(["mentions"], "none of any tracked brand in this time"))
    return Figure(found.smallest, found.n)


def _negative_change(i: Inputs) -> Figure:
    """The model's errors are the same in both periods, so they are taken as known."""
    rows = np.array(i.confusion or GENERIC) + (0 if i.audit is None else np.array(i.audit))
    found = corrected_shares(i.sums, as_confusion(_EXACT * rows), None, i.known)
    if found is None:
        return Figure(None, 0, missing=needs(["labelled mentions"], "none in this time"))
    error = 100 * (found.negative.high - found.negative.low) / (2 * 1.96)
    return Figure(min(100.0, smallest_change(error)), i.labelled)


METRICS = (
    _share(
        "distinct",
        "Share of voice, without near-duplicates",
        "distinct texts naming the brand / sum over brands of distinct texts x 100",
        ("texts",),
    ),
    _share(
        "one_voice",
        "Share of voice, one voice per author",
        "authors naming the brand, each as large a part of one as of what they were first to say / authors x 100",
        ("authors", "texts"),
    ),
    _share(
        "organic",
        "Share of voice, without repeats and coordinated bursts",
        "mentions of the brand, an author's repeats and a burst of copies by many accounts counted once / the same of all brands x 100",
        ("mentions", "texts"),
    ),
    Metric(
        "share_of_voice_smallest_change",
        "Smallest change of share of voice that would be noticed",
        "change between two such periods that shows as more than chance 4 times out of 5: 3.96 x standard error over authors",
        "points",
        "down",
        _voice_change,
        frozenset({"sums", "voices"}),
        source="the usual power calculation (80 % power at 5 %)",
    ),
    Metric(
        "negative_share_smallest_change",
        "Smallest change of the negative share that would be noticed",
        "change between two such periods that shows as more than chance 4 times out of 5: 3.96 x standard error, with the same model in both",
        "points",
        "down",
        _negative_change,
        frozenset({"sums", "labels", "errors"}),
        area="experience",
        inputs=("labelled mentions",),
        source="the usual power calculation (80 % power at 5 %)",
    ),
)
