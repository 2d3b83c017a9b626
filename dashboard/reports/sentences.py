"""The summary in plain words. Nothing is said that no figure says: each sentence is made from metric points, and names their receipts.

What chance alone may have done is said so; where that cannot be told, the change is given without a verdict. Whole sentences are translated, in
the language spoken (`metrics.texts.reports`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from dashboard import format
from dashboard.reports.receipts import Receipts
from dashboard.reports.report import Sentence
from metrics.drivers import Driver
from metrics.goals.standing import Standing
from metrics.goals.words import in_words
from metrics.read.coverage import Covered
from metrics.saying import Listed, Said, told
from metrics.types import Comparison, MetricPoint

Points = Mapping[tuple[str, str], MetricPoint]
"""The whole period's figures by metric and brand id."""
DAYS_OF_NOTE = 10
"""A day with fewer labelled mentions is not called the most negative."""


def of_brand(brand_id: str, points: Points, receipts: Receipts) -> Iterator[Sentence]:
    """What the headline figures say of one brand."""
    yield volume(points["mentions", brand_id], receipts)
    share = points.get(("share_of_voice", brand_id))
    if share is not None and share.value is not None:
        yield voice(share, receipts)
    net = points.get(("net_sentiment", brand_id))
    if net is not None and net.value is not None:
        yield feeling(net, receipts)


def volume(point: MetricPoint, receipts: Receipts) -> Sentence:
    """How much was said, and whether that is more or less than before."""
    number, since = receipts.of(point), _since(point, receipts.timezone)
    if not point.value:
        return Sentence(told("{brand} was not mentioned.", brand=point.brand), (number,))
    once, often = "{brand} was mentioned once{since}.", "{brand} was mentioned {n} times{since}."
    template = once if point.value == 1 else often
    said = told(template, brand=point.brand, n=format.number(point.value), since=since)
    return Sentence(said, (number,))


def _since(point: MetricPoint, zone: str) -> str:
    before = _before(point)
    if before is None or before.value is None or before.change is None:
        return told("; the period before is not known") if before is None or before.missing else ""
    if before.warnings:
        return told("; the period before was not collected alike, so no change is given")
    was = format.number(before.value, point.unit)
    if before.so_far_end is not None:
        so_far, then = (
            format.number(before.so_far, point.unit),
            format.stretch(before.bucket_start, before.bucket_end, zone),
        )
        until = format.moment(before.so_far_end, zone)
        was = told(
            "{so_far} until {until}, {was} from {then}", so_far=so_far, until=until, was=was, then=then
        )
    if round(before.change) == 0:
        return told(", as often as in the period before ({was})", was=was)
    if before.change >= 200:
        times = before.change / 100 + 1
        said = told(", {times:,.1f} times as often as in the period before ({was})", times=times, was=was)
    else:
        more = ", {n:.0f} % more than in the period before ({was})"
        less = ", {n:.0f} % less than in the period before ({was})"
        said = told(more if before.change > 0 else less, n=abs(before.change), was=was)
    return said + (told(", a difference that chance alone may make") if before.real is False else "")


def _before(point: MetricPoint) -> Comparison | None:
    return next((one for one in point.comparisons if one.to == "previous"), None)


def voice(point: MetricPoint, receipts: Receipts) -> Sentence:
    """What part of the talk about all tracked brands was about this one, and whether it leads."""
    others = [one for one in point.comparisons if one.to == "competitor" and one.value is not None]
    whole = "{share} of all that was said about the tracked brands was about {brand}"
    part = told(whole, share=format.number(point.value, "%"), brand=point.brand)
    rival = max(others, key=lambda one: one.value or 0, default=None)
    if rival is None or rival.change is None:
        return Sentence(f"{part}.", (receipts.of(point),))
    ahead = rival.change > 0
    template = "{part}: {n:.0f} points ahead of {rival}" if ahead else "{part}: {n:.0f} points behind {rival}"
    said = told(template, part=part, n=abs(rival.change), rival=rival.brand)
    real = ", a lead that is real" if ahead else ", a real gap"
    sure = "" if rival.real is None else told(real if rival.real else ", too close to call")
    return Sentence(f"{said}{sure}.", (receipts.of(point),))


def feeling(point: MetricPoint, receipts: Receipts) -> Sentence:
    """Which way the talk leaned, as far as the model's errors let anybody know."""
    value, low, high = point.value or 0.0, point.low, point.high
    net = format.number(value, "points")
    if low is None or high is None:
        shown = told("net sentiment {net}", net=net)
    else:
        ends = {"low": format.number(low, "points"), "high": format.number(high, "points")}
        shown = told("net sentiment {net}, between {low} and {high}", net=net, **ends)
    if low is not None and high is not None and low <= 0 <= high:
        template = "Whether more people spoke well or ill of {brand} cannot be told ({shown})"
    elif value > 0:
        template = "More people spoke well of {brand} than ill ({shown})"
    else:
        template = "More people spoke ill of {brand} than well ({shown})"
    said = told(template, brand=point.brand, shown=shown)
    before = _before(point)
    if before is not None and before.change is not None and before.real and not before.warnings:
        better = ", {n:.0f} points better than in the period before"
        worse = ", {n:.0f} points worse than in the period before"
        said += told(better if before.change > 0 else worse, n=abs(before.change))
    return Sentence(f"{said}.", (receipts.of(point),))


def worst_day(days: Sequence[MetricPoint], zone: str, receipts: Receipts) -> Sentence | None:
    """The day with the largest share labelled negative, of those with enough mentions; None where the period has no such day."""
    known = [day for day in days if day.value is not None and day.n >= DAYS_OF_NOTE]
    if len(known) < 2:
        return None
    worst = max(known, key=lambda day: (day.value or 0, day.n))
    if not worst.value:
        return None
    said = told(
        "The most negative day was {day}: {share} of {n:,} labelled mentions.",
        day=format.day(worst.bucket_start, zone),
        share=format.number(worst.value, "%"),
        n=worst.n,
    )
    return Sentence(said, (receipts.of(worst),))


def goals(standings: Sequence[Standing], receipts: Receipts) -> Iterator[Sentence]:
    """How the running goals stand, those in trouble by name."""
    running = [one for one in standings if one.goal.ended is None and one.state not in ("waiting", "new")]
    if not running:
        return
    good = [one for one in running if one.state in ("on track", "met")]
    counts = {"good": len(good), "all": len(running)}
    number = receipts.posts(told("Goals"), "", told("{good} of {all}", **counts), len(running), ["goals"])
    if len(running) == 1:
        state = Said(running[0].state)
        yield Sentence(told("The goal is {state}: {goal}.", state=state, goal=_goal(running[0])), (number,))
        return
    yield Sentence(told("{good} of {all} goals are on track or met.", **counts), (number,))
    for one in running:
        if one not in good:
            likely = ", with a chance of {n:.0f} % of being met"
            chance = "" if one.chance is None else told(likely, n=100 * one.chance)
            said = {"goal": _goal(one), "state": Said(one.state), "chance": chance}
            yield Sentence(told("Not so: {goal} ({state}{chance}).", **said), (number,))


def _goal(one: Standing) -> Said:
    goal = one.goal
    return in_words(
        goal.kpi, goal.aim, goal.last_day, brand=one.brand, channel=goal.channel, campaign=goal.campaign
    )


NEW = {
    "negative": "What is new in the negative mentions of {brand} is {drivers:and}.",
    "neutral": "What is new in the neutral mentions of {brand} is {drivers:and}.",
    "positive": "What is new in the positive mentions of {brand} is {drivers:and}.",
}


def drivers(brand: str, label: str, found: Sequence[Driver], number: int) -> Sentence | None:
    """What the mentions of one label were about more than before; None where nothing stands out."""
    terms = [one for one in found if one.kind in ("term", "hashtag")][:3]
    if not terms:
        return None
    one = "“{name}” ({n} of {of} people)"
    listed = Listed(Said(one, name=driver.name, n=driver.count, of=driver.of) for driver in terms)
    return Sentence(told(NEW[label], brand=brand, drivers=listed), (number,))


def alerts(opened: int, false_alarms: int, receipts: Receipts, command: Sequence[str]) -> Sentence:
    """How often somebody was told."""
    number = receipts.posts(told("Alerts"), "", f"{opened}", opened, command)
    none, one, many = (
        "No alert was raised{wrong}.",
        "One alert was raised{wrong}.",
        "{n} alerts were raised{wrong}.",
    )
    wrong = told("; {n} of them marked as false", n=false_alarms) if false_alarms else ""
    template = none if not opened else one if opened == 1 else many
    return Sentence(told(template, n=opened, wrong=wrong), (number,))


def coverage(found: Sequence[Covered]) -> Sentence:
    """Whether the figures are whole."""
    if not found:
        return Sentence(told("All posts were imported; whether the files held everything is not known."))
    missing = [one for one in found if one.state != "complete"]
    if not missing:
        return Sentence(told("No hole in the collection of these days is known."))
    named = Listed(f"{one.source} ({_part(one)})" for one in missing)
    return Sentence(told("Not everything was collected: {sources}; the last pages say when.", sources=named))


def _part(one: Covered) -> str:
    return told("{n} % whole", n=math.floor(100 * one.share)) if one.share else told("nothing")
