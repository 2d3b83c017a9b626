"""What a brand's mentions set in motion, beside how many they are."""

from collections.abc import Iterator

from metrics.formulas import impact
from metrics.formulas.impact import Impact
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric
from metrics.missing import needs
from metrics.saying import Listed, Said

_NOBODY = "no repost, quote or answer of these mentions was collected, and no network tells its counts"
_AUTHORS = "95 % of what chance gives for independently drawn authors, each with all their mentions"


def _share(i: Inputs) -> Figure:
    found = i.impact or Impact()
    value = impact.share_of_impact(found.own, found.all_brands)
    if value is None:
        return Figure(None, 0, missing=needs(["responders"], _NOBODY))
    return Figure(value, found.mentions, impact.share_interval(found.share), notes=tuple(_notes(found)))


def _favour(i: Inputs) -> Figure:
    found = i.impact or Impact()
    value = impact.favour(found.feeling, found.weight)
    if value is None:
        why = Said("nobody is known to have responded to a labelled mention of {brand}", brand=i.brand)
        return Figure(None, 0, missing=needs(["responders"], why))
    return Figure(value, found.judged, impact.balance_interval(found.favour), notes=tuple(_notes(found)))


def _notes(found: Impact) -> Iterator[str]:
    """How much of the responses is seen, and what stands in where none is."""
    if found.counted:
        line = "responders seen: {n:,} of {of:,} responses that the networks count, all brands together"
        yield Said(line, n=found.seen, of=found.counted)
    if found.stands_in:
        line = "{names}: no response was collected; the network's own count of shares, answers and quotes stands in"
        yield Said(line, names=Listed(found.stands_in))
    if found.left_out:
        parts = Listed(
            Said("{n:,} on {source}", n=number, source=source) for source, number in found.left_out
        )
        line = "left out, since nobody tells who responded: {parts} (mentions, all brands together)"
        yield Said(line, parts=parts)


METRICS = (
    Metric(
        "share_of_impact",
        "Share of impact",
        "sum of impact of the brand's mentions / sum over all tracked brands x 100; "
        "impact = log(1 + distinct responders) / its mean on that network at that age",
        "%",
        "up",
        _share,
        frozenset({"sums", "impact"}),
        inputs=("mentions", "responses to them"),
        interval=_AUTHORS,
        version=2,
        source="own definition",
    ),
    Metric(
        "favour",
        "Favour",
        "impact-weighted mean of P(positive) - P(negative) toward the brand x 100",
        "points",
        "up",
        _favour,
        frozenset({"sums", "labels", "impact"}),
        inputs=("mentions", "labels", "responses to them"),
        interval=_AUTHORS,
        version=2,
        source="own definition",
    ),
)
