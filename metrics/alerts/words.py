"""An alert in plain words for people who have a minute: a title, lines, and the posts that show it.

Everything is plain text on one line, unescaped: whoever sends it escapes for the channel. What posts and names say passed `metrics.plain_text`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from metrics.alerts.alert import SEVERITIES, Finding, Severity, Signal
from metrics.alerts.cause_words import (
    crowd_lines,
    driver_lines,
    mentions_of,
    others_lines,
    reach_lines,
    signal_line,
)
from metrics.alerts.phrases import figure, moment, often, percent, span
from metrics.alerts.rules import RULE_TITLES, rule_lines
from metrics.alerts.severity import CRITICAL, WARNING, points, severity_of
from metrics.alerts.story import DeliveryKind as DeliveryKind
from metrics.alerts.story import Ended, Evidence, Story, Told
from metrics.alerts.texts import counted, text
from metrics.plain_text import own_line

LONGEST_TITLE = 160


def title_of(story: Story) -> str:
    """The message in one line."""
    rule = story.finding.rule
    over = story.kind == "resolved" and story.ended is not None
    if rule == "spike" and over and story.ended is not None:
        lasted = (story.ended.until - story.finding.since).total_seconds()
        closed = "spike closed as false" if story.ended.real is False else "spike closed"
        by = story.ended.by
        what = text(closed, by=by, lasted=span(lasted)) if by else text("spike over", lasted=span(lasted))
    elif rule == "spike":
        what = _spike_title(story.finding.signals[0]) if story.finding.signals else ""
    else:
        what = RULE_TITLES[rule](story.finding, story.brands, story.authors, story.zone)
        what = text("over", title=what) if over else what
    if story.kind == "escalated":
        what = text("worse", title=what)
    return own_line(text("brand", brand=story.brand, what=what) if story.brand else what, LONGEST_TITLE)


def _spike_title(signal: Signal) -> str:
    window = span(signal.window_s)
    if signal.kind == "negative_share" and signal.of:
        name = "share on" if signal.source else "share"
        seen, expected = percent(signal.seen / signal.of), percent(signal.expected / signal.of)
    else:
        name = "spike on" if signal.source else "spike"
        seen, expected = mentions_of(signal), figure(signal.expected)
    return text(name, seen=seen, expected=expected, window=window, source=signal.source)


def lines_of(story: Story) -> tuple[str, ...]:
    """All lines, the most important first."""
    return tuple(line for line in map(own_line, _lines(story)) if line)


def _lines(story: Story) -> Iterator[str]:
    finding, zone = story.finding, story.zone
    if story.kind == "escalated":
        yield text("was", before=story.rise[0], after=story.rise[1]) if story.rise else text("far more")
    over = story.ended if story.kind == "resolved" else None
    if over is not None:
        yield from _ended_lines(story, over)
    else:
        yield text("since", at=moment(finding.since, zone, named=True))
    if finding.rule != "spike":
        yield from rule_lines(finding, story.brands, zone)
    elif over is None:
        for signal in finding.signals:
            yield signal_line(signal, zone)
        if finding.signals:
            yield text("rare", often=often(min(signal.false_alarms for signal in finding.signals)))
    yield from driver_lines(story)
    if over is None:
        yield from others_lines(story.cause)
        yield from crowd_lines(story.cause)
    yield from reach_lines(story.cause, (over and over.reach) or story.cause.reach, over=over is not None)
    yield _severity_line(story)
    if story.cause.unlabelled and over is None:
        yield text("unlabelled", mentions=counted(story.cause.unlabelled, "mention"))
    if story.unseen:
        yield text("unseen", why=story.unseen.rstrip("."))
    if over is None:
        yield from _achieved_lines(finding)


def _ended_lines(story: Story, ended: Ended) -> Iterator[str]:
    since, zone = story.finding.since, story.zone
    lasted = span((ended.until - since).total_seconds())
    yield text(
        "lasted", lasted=lasted, since=moment(since, zone), until=moment(ended.until, zone, named=True)
    )
    what = "mention" if story.cause.label is None else "negative mention"
    if ended.mentions is not None:
        yield text("total", mentions=counted(ended.mentions, what))
    if ended.peak is not None and ended.peak_at is not None:
        yield text("peak", mentions=counted(ended.peak, what), at=moment(ended.peak_at, zone))
    if ended.by:
        yield text("closed", who=ended.by)
    if ended.real is False:
        yield text("false alarm")


def _severity_line(story: Story) -> str:
    severity, finding = text(story.severity), story.finding
    if finding.rule in ("influential_author", "keyword"):
        return text(f"severity {finding.rule}", severity=severity)
    if finding.rule != "spike" or not finding.signals:
        return text("severity plain", severity=severity)
    budget = float(finding.details.get("budget") or 1.0)
    known = [
        cause
        for cause in (story.cause, None)
        if severity_of(finding.signals, cause, budget) == story.severity
    ]
    if not known:
        now = SEVERITIES.index(severity_of(finding.signals, story.cause, budget))
        higher = SEVERITIES.index(story.severity) > now
        return text("severity kept" if higher else "severity plain", severity=severity)
    of = points(finding.signals, known[0], budget)
    return text(
        "severity",
        severity=severity,
        points=counted(sum(of.values()), "point"),
        warning=WARNING,
        critical=CRITICAL,
        **of,
    )


def _achieved_lines(finding: Finding) -> Iterator[str]:
    """What is known of the detector's own record for this brand."""
    about = finding.details
    budget = about.get("budget")
    if budget is None or finding.rule != "spike":
        return
    accepted = counted(budget, "false alarm", figure(budget))
    achieved, months = about.get("achieved_per_month"), about.get("months")
    if achieved is None or not months:
        yield text("achieved", budget=accepted)
    else:
        past = counted(months, "month", figure(months)) if months != 1 else text("month")
        yield text("achieved rate", budget=accepted, months=past, achieved=figure(achieved))
    share, delay = about.get("found_share"), about.get("delay_minutes")
    if share is not None and delay is not None:
        yield text("found after", share=percent(share), minutes=counted(round(delay), "minute"))
    elif share is not None:
        yield text("found", share=percent(share))


def evidence_line(post: Evidence) -> str:
    """A post on one line, for where there is room for no more.

    >>> at = datetime.fromisoformat("2027-03-01T13:05Z")
    >>> evidence_line(Evidence(1, "never again", "@ann", "x", "1 Mar 2027, 13:05", at, None))
    'never again — @ann on x, 1 Mar 2027, 13:05'
    """
    who = text("by", author=post.author, source=post.source) if post.author else post.source
    return text("post", text=post.text, who=who, when=post.when)


def digest(
    entries: Sequence[tuple[Severity, str, str]],
    *,
    total: Mapping[Severity, int],
    ids: Sequence[int],
    link: str | None,
    lead: str = "",
) -> Told:
    """Several alerts in one message: severity, title and state of those listed; `total` counts all by severity, those not listed among them."""
    count = sum(total.values())
    left = {one: total.get(one, 0) - sum(entry[0] == one for entry in entries) for one in SEVERITIES}
    lines = [lead] if lead else []
    lines += [
        text("digest line", severity=text(one), title=title, state=state) for one, title, state in entries
    ]
    if rest := sum(left.values()):
        lines.append(text("more alerts", alerts=counted(rest, "alert"), severities=_by_severity(left)))
    title = (
        text("digest", alerts=counted(count, "alert"), severities=_by_severity(total))
        if count
        else text("no alerts")
    )
    worst: Severity = max(
        (one for one in SEVERITIES if total.get(one)), key=SEVERITIES.index, default="notice"
    )
    return Told(
        own_line(title, LONGEST_TITLE), tuple(map(own_line, lines)), (), link, worst, "digest", tuple(ids)
    )


def _by_severity(total: Mapping[Severity, int]) -> str:
    return ", ".join(counted(total[one], one) for one in reversed(SEVERITIES) if total.get(one))


def told_test(*, timezone: str, address: str | None, now: datetime) -> Told:
    """What a test message says."""
    line = text("test line", at=moment(now, ZoneInfo(timezone), named=True))
    return Told(text("test"), (line,), link=address, kind="test")
