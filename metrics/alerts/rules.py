"""What alerts say that are no spikes: titles and lines of each rule, from its `Finding.details` (listener/alerts/rules/__init__.py names them)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from metrics import saying
from metrics.alerts.alert import Finding, Rule
from metrics.alerts.phrases import figure, large, moment, percent, span
from metrics.alerts.texts import counted, month, text
from metrics.plain_text import harmless

Names = Mapping[str, str]
Handles = Mapping[int, str]
Title = Callable[[Finding, Names, Handles, ZoneInfo], str]


def _author_title(finding: Finding, brands: Names, authors: Handles, zone: ZoneInfo) -> str:
    about = finding.details
    author, followers = authors.get(about.get("author_id") or 0), about.get("followers")
    if author is None:
        return text("author gone")
    told = (
        text("followers unknown") if followers is None else counted(followers, "follower", large(followers))
    )
    return text("author negative" if about.get("negative") else "author", author=author, followers=told)


def _author_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    about = finding.details
    mentions = counted(about.get("mentions") or 0, "mention")
    yield text("author posts", mentions=mentions, negative=figure(about.get("negative") or 0))
    if about.get("named"):
        yield text("author named")


def _keyword_title(finding: Finding, brands: Names, authors: Handles, zone: ZoneInfo) -> str:
    about = finding.details
    mentions = counted(about.get("mentions") or 0, "mention")
    name = harmless(str(about.get("name", "")), 60)
    return text("keyword", mentions=mentions, name=name, window=span(about.get("within_s") or 3600))


def _keyword_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    about = finding.details
    query, window = harmless(str(about.get("query", "")), 300), span(about.get("within_s") or 3600)
    yield text("keyword query", query=query, at_least=figure(about.get("at_least") or 1), window=window)


def _overtaken_title(finding: Finding, brands: Names, authors: Handles, zone: ZoneInfo) -> str:
    about = finding.details
    return text(
        "leads" if about.get("led") is False else "overtaken", other=_brand(about.get("other"), brands)
    )


def _overtaken_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    about, other = finding.details, _brand(finding.details.get("other"), brands)
    yield text(
        "overtaken shares",
        brand=_brand(finding.brand_id, brands),
        share=_points(about.get("share")),
        first=_day(about.get("first")),
        last=_day(about.get("after"), before=1),
        other=other,
        share_other=_points(about.get("share_other")),
    )
    if about.get("share_before") is not None:
        before, of_other = _points(about.get("share_before")), _points(about.get("share_other_before"))
        yield text("overtaken before", share=before, other=other, share_other=of_other)
    if about.get("chance") is not None:
        yield text("overtaken chance", chance=percent(about["chance"]))


def _goal_title(finding: Finding, brands: Names, authors: Handles, zone: ZoneInfo) -> str:
    state = finding.details.get("state")
    name = f"goal {state}" if state in ("at risk", "missed", "review") else "goal review"
    return text(name, kpi=harmless(saying.say(str(finding.details.get("kpi", ""))).replace("_", " "), 80))


def _goal_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    about = finding.details
    unit = about.get("unit") or ""
    now, target = (_value(about.get(name), unit) for name in ("now", "target"))
    yield text("goal now", now=now, target=target, by=_day(about.get("by")))
    if about.get("chance") is not None:
        yield text("goal chance", chance=percent(about["chance"]))
    if about.get("owner"):
        yield text("goal owner", owner=harmless(str(about["owner"]), 80))
    if about.get("review_due"):
        yield text("goal due", day=_day(about["review_due"]))


def _source_title(finding: Finding, brands: Names, authors: Handles, zone: ZoneInfo) -> str:
    about = finding.details
    problem = about.get("problem")
    name = problem if problem in ("budget spent", "labelling") else "down"
    return text(name, source=harmless(str(about.get("source") or ""), 60))


def _source_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    about = finding.details
    if about.get("problem") == "labelling":
        yield text("waiting", mentions=counted(about.get("waiting") or 0, "mention"))
    elif about.get("last_ok_at"):
        yield text("source last", at=_at(about["last_ok_at"], zone))
    elif about.get("problem") != "budget spent":
        yield text("source never")
    if about.get("error"):
        yield text("source error", error=harmless(str(about["error"]), 300))
    if about.get("retry_at"):
        yield text("source retry", at=_at(about["retry_at"], zone))
    yield text("blind")


RULE_TITLES: Mapping[Rule, Title] = {
    "influential_author": _author_title,
    "keyword": _keyword_title,
    "overtaken": _overtaken_title,
    "goal": _goal_title,
    "source_down": _source_title,
}
_LINES: Mapping[Rule, Callable[[Finding, Names, ZoneInfo], Iterator[str]]] = {
    "influential_author": _author_lines,
    "keyword": _keyword_lines,
    "overtaken": _overtaken_lines,
    "goal": _goal_lines,
    "source_down": _source_lines,
}


def rule_lines(finding: Finding, brands: Names, zone: ZoneInfo) -> Iterator[str]:
    """What a rule beside spikes has to say."""
    return _LINES[finding.rule](finding, brands, zone)


def _brand(brand_id: Any, brands: Names) -> str:
    return harmless(brands.get(str(brand_id), str(brand_id)), 80)


def _points(share: Any) -> str:
    """A share that is in percent already."""
    return text("unknown") if share is None else text("percent", n=saying.figure(share, ".1f"))


def _value(value: Any, unit: str) -> str:
    if value is None:
        return text("unknown")
    return text("percent", n=saying.figure(value, ",.1f")) if unit == "%" else saying.figure(value, ",.10g")


def _day(stored: Any, before: int = 0) -> str:
    """A day of the configured zone, as a date or a time says it, or one so many days before."""
    try:
        day = date.fromisoformat(str(stored)[:10]) - timedelta(days=before)
    except (ValueError, OverflowError):
        return text("unknown")
    return text("day", day=day.day, month=month(day.month), year=day.year)


def _at(stored: Any, zone: ZoneInfo) -> str:
    try:
        at = datetime.fromisoformat(str(stored))
    except ValueError:
        return text("unknown")
    return moment(at, zone, named=True)
