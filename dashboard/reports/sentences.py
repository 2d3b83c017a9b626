"""The summary in plain words. Nothing is said that no figure says: each sentence is made from metric points, and names their receipts.

What chance alone may have done is said so; where that cannot be told, the change is given without a verdict.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from dashboard import format
from dashboard.reports.receipts import Receipts
from dashboard.reports.report import Sentence
from metrics.drivers import Driver
from metrics.goal_standing import Standing
from metrics.goal_words import in_words
from metrics.read.coverage import Covered
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
    number = receipts.of(point)
    if not point.value:
        return Sentence(f"{point.brand} was not mentioned.", (number,))
    times = "once" if point.value == 1 else f"{format.number(point.value)} times"
    return Sentence(f"{point.brand} was mentioned {times}{_since(point)}.", (number,))


def _since(point: MetricPoint) -> str:
    before = _before(point)
    if before is None or before.value is None or before.change is None:
        return "; the period before is not known" if before is None or before.missing else ""
    if any(line.startswith("the period is still running") for line in before.warnings):
        return "; the period is still running, so no change is given"
    if before.warnings:
        return "; the period before was not collected alike, so no change is given"
    was = format.number(before.value, point.unit)
    if round(before.change) == 0:
        return f", as often as in the period before ({was})"
    way = "more" if before.change > 0 else "less"
    if before.change >= 200:
        size = f"{point.value / before.value:.1f} times as often as" if point.value else ""
        said = f", {size} in the period before ({was})"
    else:
        said = f", {abs(before.change):.0f} % {way} than in the period before ({was})"
    return said + (", a difference that chance alone may make" if before.real is False else "")


def _before(point: MetricPoint) -> Comparison | None:
    return next((one for one in point.comparisons if one.to == "previous"), None)


def voice(point: MetricPoint, receipts: Receipts) -> Sentence:
    """What part of the talk about all tracked brands was about this one, and whether it leads."""
    others = [one for one in point.comparisons if one.to == "competitor" and one.value is not None]
    part = f"{format.number(point.value, '%')} of all that was said about the tracked brands was about {point.brand}"
    rival = max(others, key=lambda one: one.value or 0, default=None)
    if rival is None or rival.change is None:
        return Sentence(f"{part}.", (receipts.of(point),))
    ahead = rival.change > 0
    gap = f"{abs(rival.change):.0f} points {'ahead of' if ahead else 'behind'} {rival.brand}"
    sure = {
        True: "a lead that is real" if ahead else "a real gap",
        False: "too close to call",
        None: "",
    }[rival.real]
    return Sentence(f"{part}: {gap}{f', {sure}' if sure else ''}.", (receipts.of(point),))


def feeling(point: MetricPoint, receipts: Receipts) -> Sentence:
    """Which way the talk leaned, as far as the model's errors let anybody know."""
    value, low, high = point.value or 0.0, point.low, point.high
    shown = f"net sentiment {format.number(value, 'points')}"
    if low is not None and high is not None:
        shown += f", between {format.number(low, 'points')} and {format.number(high, 'points')}"
    if low is not None and high is not None and low <= 0 <= high:
        said = f"Whether more people spoke well or ill of {point.brand} cannot be told ({shown})"
    else:
        said = f"More people spoke {'well' if value > 0 else 'ill'} of {point.brand} than {'ill' if value > 0 else 'well'} ({shown})"
    before = _before(point)
    if before is not None and before.change is not None and before.real and not before.warnings:
        way = "better" if before.change > 0 else "worse"
        said += f", {abs(before.change):.0f} points {way} than in the period before"
    return Sentence(f"{said}.", (receipts.of(point),))


def worst_day(days: Sequence[MetricPoint], zone: str, receipts: Receipts) -> Sentence | None:
    """The day with the largest share labelled negative, of those with enough mentions; None where the period has no such day."""
    known = [day for day in days if day.value is not None and day.n >= DAYS_OF_NOTE]
    if len(known) < 2:
        return None
    worst = max(known, key=lambda day: (day.value or 0, day.n))
    if not worst.value:
        return None
    when = format.day(worst.bucket_start, zone)
    return Sentence(
        f"The most negative day was {when}: {format.number(worst.value, '%')} of {worst.n:,} labelled mentions.",
        (receipts.of(worst),),
    )


def goals(standings: Sequence[Standing], receipts: Receipts) -> Iterator[Sentence]:
    """How the running goals stand, those in trouble by name."""
    running = [one for one in standings if one.goal.ended is None and one.state not in ("waiting", "new")]
    if not running:
        return
    good = [one for one in running if one.state in ("on track", "met")]
    number = receipts.posts("Goals", "", f"{len(good)} of {len(running)}", len(running), ["goals"])
    if len(running) == 1:
        yield Sentence(f"The goal is {running[0].state}: {_goal(running[0])}.", (number,))
        return
    yield Sentence(f"{len(good)} of {len(running)} goals are on track or met.", (number,))
    for one in running:
        if one not in good:
            chance = "" if one.chance is None else f", with a chance of {100 * one.chance:.0f} % of being met"
            yield Sentence(f"Not so: {_goal(one)} ({one.state}{chance}).", (number,))


def _goal(one: Standing) -> str:
    goal = one.goal
    return in_words(
        goal.kpi, goal.aim, goal.last_day, brand=one.brand, channel=goal.channel, campaign=goal.campaign
    )


def drivers(brand: str, label: str, found: Sequence[Driver], number: int) -> Sentence | None:
    """What the mentions of one label were about more than before; None where nothing stands out."""
    terms = [one for one in found if one.kind in ("term", "hashtag")][:3]
    if not terms:
        return None
    said = [f"“{one.name}” ({one.count} of {one.of} people)" for one in terms]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return Sentence(f"What is new in the {label} mentions of {brand} is {listed}.", (number,))


def alerts(opened: int, false_alarms: int, receipts: Receipts, command: Sequence[str]) -> Sentence:
    """How often somebody was told."""
    number = receipts.posts("Alerts", "", f"{opened}", opened, command)
    times = "No alert was" if not opened else "One alert was" if opened == 1 else f"{opened} alerts were"
    wrong = f"; {false_alarms} of them marked as false" if false_alarms else ""
    return Sentence(f"{times} raised{wrong}.", (number,))


def coverage(found: Sequence[Covered]) -> Sentence:
    """Whether the figures are whole."""
    if not found:
        return Sentence("All posts were imported; whether the files held everything is not known.")
    missing = [one for one in found if one.state != "complete"]
    if not missing:
        return Sentence("No hole in the collection of these days is known.")
    named = ", ".join(f"{one.source} ({_part(one)})" for one in missing)
    return Sentence(f"Not everything was collected: {named}; the last pages say when.")


def _part(one: Covered) -> str:
    return "nothing" if not one.share else f"{math.floor(100 * one.share)} % whole"
