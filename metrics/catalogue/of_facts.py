"""Figures that are computed from imported facts alone: sums of them, and ratios of two."""

from collections.abc import Callable

from metrics.facts import FACTS, Facts
from metrics.formulas.flows import imported_channels
from metrics.inputs import Figure, Inputs
from metrics.missing import needs, none_of
from metrics.saying import Listed, Said

Compute = Callable[[Inputs], Figure]


def total(fact: str) -> Compute:
    """The sum of a fact over the bucket; `n` is it again where it counts something, and 0 of money."""

    def compute(i: Inputs) -> Figure:
        missing = none_of(i, [fact])
        if missing or i.facts is None:
            return Figure(None, 0, missing=missing)
        value = i.facts.values[fact]
        return Figure(value, round(value) if FACTS[fact].unit == "count" else 0)

    return compute


def ratio(formula: Callable[[float, float], float | None], above: str, below: str) -> Compute:
    """A formula of two facts; it rests on as many observations as the lower one counts.

    More of a part than of the whole says that the two were not imported of the same channels and days.
    """

    def compute(i: Inputs) -> Figure:
        missing = none_of(i, [above, below])
        if missing or i.facts is None:
            return Figure(None, 0, missing=missing)
        part, whole = i.facts.values[above], i.facts.values[below]
        value = formula(part, whole)
        if value is None:
            return Figure(None, 0, missing=nothing(below))
        odd = FACTS[above].unit == "count" and part > whole
        line = "more {above} than {below}: are both of the same channels and days?"
        notes = (Said(line, above=words(above), below=words(below)),) if odd else ()
        return Figure(value, round(whole), notes=(*notes, *unlike(i.facts, above, below)))

    return compute


def unlike(facts: Facts, above: str, below: str) -> tuple[str, ...]:
    """That the two facts of a ratio were imported for different channels, so that it mixes them.

    >>> unlike(Facts(channels={"spend": frozenset({"x", "meta"}), "clicks": frozenset({"x"})}), "spend", "clicks")
    ('spend is of meta, x and clicks of x: --source compares like with like',)
    """
    of = [imported_channels(facts, name) for name in (above, below)]
    if of[0] == of[1]:
        return ()
    one, other = (Listed(channel or Said("no channel") for channel in sorted(some)) for some in of)
    line = "{above} is of {one} and {below} of {other}: --source compares like with like"
    return (Said(line, above=words(above), one=one, below=words(below), other=other),)


def nothing(fact: str) -> str:
    """That an input is there and is 0, so that nothing can be divided by it."""
    return needs([words(fact)], "0 in this time")


def words(fact: str) -> Said:
    return Said(fact.replace("_", " "))


def facts_of(i: Inputs) -> Facts:
    return i.facts or Facts()
