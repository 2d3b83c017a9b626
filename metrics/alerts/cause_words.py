"""A spike and its cause in plain words, a line at a time."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from metrics.alerts.alert import Signal
from metrics.alerts.cause import Cause, Driver, Reach
from metrics.alerts.phrases import figure, large, moment, percent, span
from metrics.alerts.story import Story
from metrics.alerts.texts import counted, text
from metrics.formulas.reach import reach_interval
from metrics.language import named
from metrics.plain_text import harmless

DRIVERS_TOLD = 6


def mentions_of(signal: Signal) -> str:
    """How many a signal saw, with what they are."""
    what = "mention" if signal.kind == "volume" else "negative mention"
    return counted(signal.seen, what, figure(signal.seen))


def signal_line(signal: Signal, zone: ZoneInfo) -> str:
    shared = signal.kind == "negative_share" and bool(signal.of)
    seen = figure(signal.seen) if shared else mentions_of(signal)
    line = text(
        "seen share" if shared else "seen",
        seen=seen,
        of=counted(signal.of or 0, "mention"),
        share=percent(signal.seen / signal.of) if signal.of else "",
        window=span(signal.window_s),
        until=moment(signal.until, zone),
        expected=figure(signal.expected),
        low=figure(signal.low),
        high=figure(signal.high),
    )
    return line if signal.source is None else text("on source", line=line, source=signal.source)


def driver_lines(story: Story) -> Iterator[str]:
    cause, told = story.cause, 0
    for driver in cause.drivers:
        if told == DRIVERS_TOLD or story.present.isdisjoint(driver.examples):
            continue
        what = _driver_name(driver, story)
        usual = text("usual", share=percent(driver.usual)) if driver.usual else text("never")
        yield text(
            "also drives" if told else "drives",
            what=what,
            count=figure(driver.count),
            of=counted(driver.of, "post" if driver.kind == "cascade" else "mention"),
            share=percent(driver.share),
            low=percent(driver.low),
            high=percent(driver.high),
            usual=usual,
        )
        told += 1
    if not told and cause.seen is not None:
        yield text("no baseline" if cause.baseline == "none" else "nothing new")
    if told and cause.one_in > 1:
        yield text("sampled", n=cause.one_in)


def _driver_name(driver: Driver, story: Story) -> str:
    name = harmless(driver.name, 120)
    if driver.kind == "author":
        return text("author is", author=story.authors.get(driver.ref or 0, text("an account")))
    if driver.kind == "cascade":
        author = story.passed_on.get(driver.ref or 0)
        return text("cascade of", author=author) if author else text("cascade")
    if driver.kind == "term" and driver.also:
        return text(
            "term also", name=name, also=text("next word").join(harmless(one, 60) for one in driver.also[:2])
        )
    if driver.kind == "term" and " " not in name:
        return text("word", name=name)
    return text(driver.kind, name=named(name) if driver.kind == "language" else name)


def others_lines(cause: Cause) -> Iterator[str]:
    others = cause.others
    if others is None:
        return
    if not others.brands:
        yield text("alone")
        return
    yield text(
        others.verdict,
        others=counted(others.brands, "other brand"),
        seen=figure(others.seen),
        expected=figure(others.expected),
        ratio=figure(others.ratio or 0),
        low=figure(others.low or 0),
        high=figure(others.high or 0),
    )


def crowd_lines(cause: Cause) -> Iterator[str]:
    crowd = cause.crowd
    if crowd is None or crowd.posts < 2:
        return
    posts = counted(crowd.posts, "post")
    if crowd.authors:
        accounts = counted(crowd.authors, "account")
        yield text("crowd", accounts=accounts, loudest=figure(crowd.loudest_posts), posts=posts)
    if crowd.coordinated:
        yield text("campaign", burst=figure(crowd.burst), posts=posts)
    elif crowd.copies:
        yield text("copies", copies=figure(crowd.copies), posts=posts)
    mix = [
        f"{named(code)} {percent(n / crowd.posts)}" for code, n in crowd.languages.items() if code != "und"
    ]
    if len(mix) > 1:
        yield text("languages", mix=", ".join(mix))


def reach_lines(cause: Cause, reach: Reach | None, *, over: bool) -> Iterator[str]:
    if reach is None or not reach.authors:
        return
    what = "mention" if cause.label is None else "negative mention"
    shown = {
        "so_far": text("in all" if over else "so far"),
        "mentions": counted(reach.mentions, what),
        "reposts": counted(reach.reposts, "repost"),
        "accounts": counted(reach.authors, "account"),
    }
    if reach.unmeasured == reach.authors:
        yield text("reach unknown", **shown)
        return
    low, high = reach_interval(reach.followers)
    followers = counted(reach.followers, "follower", large(reach.followers))
    yield text("reach", **shown, followers=followers, low=large(low), high=large(high))
    if reach.unmeasured:
        yield text("unmeasured", n=figure(reach.unmeasured))
    if reach.one_in > 1:
        yield text("at least", n=reach.one_in)
