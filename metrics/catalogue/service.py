"""How the brand answers and settles what people bring to it."""

import math

from metrics.facts import Facts
from metrics.formulas.satisfaction import points
from metrics.formulas.waiting import Service, Waits, median_wait, share_within
from metrics.inputs import Figure, Inputs
from metrics.interval import share_interval
from metrics.metric import Metric
from metrics.missing import needs
from metrics.saying import Said
from metrics.types import Part

MINUTES_AN_HOUR = 60.0
_INBOUND = "mentions addressed to the brand's accounts, given to somebody, or replying to its posts"
_WAITED = "95 %, of the Kaplan-Meier curve; none while more than half may still wait"


def _imported(i: Inputs, ended: str, still: str) -> Waits | None:
    """Imported cases: a help desk's own times, by minutes."""
    details = (i.facts or Facts()).details
    if ended not in details and still not in details:
        return None

    def minutes(name: str) -> dict[float, int]:
        return {length: round(cases) for length, cases in points(details.get(name, {}), math.inf).items()}

    return Waits(minutes(ended), minutes(still))


def _responses(i: Inputs) -> tuple[Waits | None, tuple[str, ...]]:
    """The waits for a first answer: imported ones where there are any, else those that public replies show; and what was taken."""
    imported = _imported(i, "answered", "unanswered")
    if imported is not None:
        return imported, ("from imported cases; public replies are not added, which may be the same cases",)
    return (i.service or Service()).response, ()


def _resolutions(i: Inputs) -> tuple[Waits | None, tuple[str, ...]]:
    imported = _imported(i, "resolved", "unresolved")
    if imported is not None:
        return imported, ("from imported cases; those worked on here are not added",)
    return (i.service or Service()).resolution, ()


def _no_replies(i: Inputs) -> str:
    why = "none collected; own accounts under [[brands]] accounts, or imported cases (answered, unanswered), have them"
    return _lacking(i, "the brand's own replies", why, "answered", "unanswered")


def _no_cases(i: Inputs) -> str:
    why = "no mention was assigned or resolved: listener triage ID --assign NAME"
    return _lacking(i, "cases", why, "resolved", "unresolved")


def _lacking(i: Inputs, what: str, why: str, *facts: str) -> str:
    """Why there is none; where some were imported before, since when no more."""
    days = [day for name in facts if (day := (i.facts or Facts()).last_day.get(name)) is not None]
    return needs([what], Said("none imported since {day}", day=max(days)) if days else why)


def _nobody(what: str) -> str:
    return needs([what], "none in this time")


def _response_time(i: Inputs) -> Figure:
    waits, notes = _responses(i)
    if waits is None:
        return Figure(None, 0, missing=_no_replies(i))
    return _median(waits, 1.0, notes, "inbound mentions")


def _time_to_resolve(i: Inputs) -> Figure:
    waits, notes = _resolutions(i)
    if waits is None:
        return Figure(None, 0, missing=_no_cases(i))
    return _median(waits, MINUTES_AN_HOUR, notes, "cases")


def _median(waits: Waits, unit: float, notes: tuple[str, ...], what: str) -> Figure:
    if not waits.n:
        return Figure(None, 0, missing=_nobody(what), notes=notes)
    median, interval = median_wait(waits)
    still = Said("{n:,} of {of:,} still wait", n=waits.waiting, of=waits.n)
    told = (*notes, still) if waits.waiting else notes
    if median is None:
        why = Said("{waiting}, so a median is not known yet", waiting=still)
        return Figure(
            None,
            waits.n,
            missing=needs(["more answers" if unit == 1 else "more closed cases"], why),
            notes=notes,
        )
    low_high = None if interval is None else (interval[0] / unit, interval[1] / unit)
    return Figure(median / unit, waits.n, low_high, notes=told)


def _within(i: Inputs) -> Figure:
    waits, notes = _responses(i)
    if waits is None:
        return Figure(None, 0, missing=_no_replies(i))
    target = (i.service or Service()).target
    value, interval = share_within(waits, target)
    if value is None:
        why = (
            _nobody("inbound mentions")
            if not waits.n
            else needs(["time"], Said("no wait has lasted {n:g} minutes yet", n=target))
        )
        return Figure(None, waits.n, missing=why, notes=notes)
    return Figure(value, waits.n, interval, notes=(*notes, Said("within {n:g} minutes", n=target)))


def _resolved(i: Inputs) -> Figure:
    waits, notes = _resolutions(i)
    if waits is None:
        return Figure(None, 0, missing=_no_cases(i))
    done = waits.answered
    closed = done if notes or i.service is None else i.service.closed
    share = Part(
        "of the cases that came in",
        100 * done / waits.n if waits.n else None,
        waits.n,
        share_interval(done, waits.n),
        "%",
    )
    return Figure(closed, waits.n, parts=(share,), notes=notes)


METRICS = (
    Metric(
        "response_time",
        "Response time",
        "median time from an inbound mention to the brand's first public reply; the unanswered count as still waiting",
        "minutes",
        "down",
        _response_time,
        frozenset({"sums", "service", "facts"}),
        area="experience",
        inputs=(
            _INBOUND,
            "first public replies of the brand's accounts",
            "or imported answered and unanswered",
        ),
        interval=_WAITED,
        data=("P", "I"),
        source="Kaplan and Meier, 1958",
    ),
    Metric(
        "response_within_sla",
        "Answered within the service level",
        "share of inbound mentions answered within the service level (60 minutes, or [service] within_minutes), x 100; "
        "the unanswered count against",
        "%",
        "up",
        _within,
        frozenset({"sums", "service", "facts"}),
        area="experience",
        inputs=(
            _INBOUND,
            "first public replies of the brand's accounts",
            "or imported answered and unanswered",
        ),
        interval="95 %, of the Kaplan-Meier curve",
        data=("P", "I"),
        source="Kaplan and Meier, 1958",
    ),
    Metric(
        "time_to_resolve",
        "Time to resolve",
        "median time from an inbound mention to its being marked resolved; open ones count as still waiting",
        "hours",
        "down",
        _time_to_resolve,
        frozenset({"sums", "service", "facts"}),
        area="experience",
        inputs=("mentions assigned or resolved", "or imported resolved and unresolved"),
        interval=_WAITED,
        data=("P", "I"),
        source="Kaplan and Meier, 1958",
    ),
    Metric(
        "issues_resolved",
        "Issues resolved",
        "cases marked resolved in the window; beside it the share of the cases that came in which are resolved by now",
        "count",
        "up",
        _resolved,
        frozenset({"sums", "service", "facts"}),
        area="experience",
        inputs=("mentions assigned or resolved", "or imported resolved and unresolved"),
        data=("P", "I"),
        source="own definition",
    ),
)
