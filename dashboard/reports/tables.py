"""The tables of a report."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from dashboard import format
from dashboard.filters import Filters
from dashboard.names import network_name
from dashboard.reports.asked import HEADLINES, Asked, own_first
from dashboard.reports.report import Table
from dashboard.views.figures import figures, question
from metrics.goals.standing import Standing, by_need, shown
from metrics.goals.words import in_words
from metrics.read import series
from metrics.read.alert_words import told as told_alert
from metrics.read.coverage import coverage
from metrics.read.goals import Asking, goal_of, standing
from metrics.registry import METRICS
from metrics.saying import say, told
from metrics.types import MetricPoint
from storage.alert_types import StoredAlert
from storage.counts import sums
from storage.goals import followed_goals


def headlines(filters: Filters, whole: Sequence[MetricPoint]) -> Table:
    brands = [(brand.id, brand.name) for brand in own_first(filters)]
    points = {(point.metric, point.brand_id): point for point in whole}
    rows = []
    for metric in HEADLINES:
        row = [say(METRICS[metric].title.split(" (")[0])]
        for brand_id, _ in brands:
            row.append(_cell(points[metric, brand_id]))
        rows.append(row)
    numeric = frozenset(range(1, len(brands) + 1))
    note = told(
        "In brackets: 95 % of what chance and the model's known errors leave open. "
        "Changes are against the period before, where that was collected alike."
    )
    runs = (one for point in whole for one in point.comparisons if one.so_far_end is not None)
    if (one := next(runs, None)) is not None:
        until = format.moment(one.so_far_end, filters.timezone)
        then = format.stretch(one.bucket_start, one.bucket_end, filters.timezone)
        note += told(
            " The period still runs: until {until} it is set against {then}.", until=until, then=then
        )
    return Table(told("Headline figures"), ["", *(name for _, name in brands)], rows, numeric, note)


def _cell(point: MetricPoint) -> str:
    if point.value is None:
        return format.NONE
    shown = format.number(point.value, point.unit, point.currency)
    between = format.interval(point) if METRICS[point.metric].error_bar else ""
    before = next((one for one in point.comparisons if one.to == "previous"), None)
    if before is None or before.change is None or before.warnings:
        return "\n".join(filter(None, [shown, between and f"[{between}]"]))
    moved = format.change(before.change, before.change_unit)
    doubt = told("(may be chance)") if before.real is False else ""
    return "\n".join(filter(None, [shown, between and f"[{between}]", moved, doubt]))


def standings_of(asked: Asked) -> list[Standing]:
    settings = asked.site.settings
    campaigns = {one.id: one.query for one in settings.campaigns.values()}
    asking = Asking(
        asked.site.db,
        settings.timezone,
        asked.now,
        settings.closes_after_hours,
        settings.service_minutes,
        campaigns,
    )
    goals = [goal_of(one, settings.timezone) for one in followed_goals(asked.site.db)]
    wanted = set(asked.filters.brand_ids)
    running = [goal for goal in goals if goal.ended is None and goal.brand_id in wanted]
    return by_need([standing(asking, goal) for goal in running if goal.baseline is not None])


def goal_tables(standings: Sequence[Standing]) -> Iterator[Table]:
    if not standings:
        return
    rows = []
    for one in standings:
        goal = one.goal
        said = in_words(
            goal.kpi, goal.aim, goal.last_day, brand=one.brand, channel=goal.channel, campaign=goal.campaign
        )
        now = format.NONE if one.present is None else shown(one.present, one.said_in)
        target = format.NONE if one.target is None else shown(one.target, one.said_in)
        done = format.NONE if one.progress is None else told("{n:.0f} %", n=one.progress)
        chance = format.NONE if one.chance is None else told("{n:.0f} %", n=100 * one.chance)
        rows.append([say(said), say(one.state), now, target, done, chance, goal.owner or format.NONE])
    columns = named("Goal", "State", "Now", "Target", "Progress", "Chance", "Owner")
    yield Table(told("Goals"), columns, rows, frozenset({2, 3, 4, 5}))


def named(*columns: str) -> list[str]:
    """The names of columns."""
    return [say(column) for column in columns]


def alert_table(asked: Asked, raised: Sequence[StoredAlert]) -> Iterator[Table]:
    """What was told in the period, the newest first."""
    zone = asked.filters.timezone
    rows = []
    for one in raised:
        said = told_alert(asked.site.db, one, timezone=zone, address=None, now=asked.now)
        verdict = "" if one.real is None else told("real") if one.real else told("false alarm")
        ended = _lasting(one.resolved_at - one.opened_at) if one.resolved_at else told("open")
        rows.append([format.moment(one.opened_at, zone), said.title, say(one.severity), ended, verdict])
    if rows:
        yield Table(told("Alerts"), named("Opened", "What", "Severity", "Lasted", "Called"), rows)


def _lasting(span: timedelta) -> str:
    """A length of time, as in "3 h" or "2 days"."""
    hours = span / timedelta(hours=1)
    if hours >= 36:
        return told("{n:.0f} days", n=hours / 24)
    return told("{n:.0f} h", n=hours) if hours >= 1.5 else told("{n:.0f} min", n=hours * 60)


def by_network(asked: Asked) -> Iterator[Table]:
    """The headline counts of every network, for the analyst."""
    filters = asked.filters
    networks = list(filters.sources) or sorted(
        {
            one.network
            for one in coverage(asked.site.db, filters.brand_ids, question(asked.site, filters, asked.now))
        }
        | networks_of(asked)
    )
    rows = []
    for network in networks:
        found = series(
            asked.site.db,
            ("mentions", "negative_share_raw", "share_of_voice"),
            every="all",
            **figures(asked.site, replace(filters, sources=(network,)), asked.now),
        )
        for brand in own_first(filters):
            own = [point for point in found if point.brand_id == brand.id]
            if any(point.n for point in own):
                cells = (format.number(point.value, point.unit, point.currency) for point in own)
                rows.append([network_name(network), brand.name, *cells])
    columns = named("Network", "Brand", "Mentions", "Labelled negative", "Share of voice there")
    if rows:
        yield Table(told("By network"), columns, rows, frozenset({2, 3, 4}))


def networks_of(asked: Asked) -> set[str]:
    filters = asked.filters
    rows = sums(
        asked.site.db,
        brands=filters.brand_ids,
        since=filters.first_day,
        until=filters.last_day + timedelta(days=1),
        every="all",
        by=["source"],
    )
    return {row.source for row in rows if row.source}


def definitions(whole: Sequence[MetricPoint]) -> Table:
    rows = [
        [say(METRICS[name].title), METRICS[name].formula, f"{METRICS[name].version}", METRICS[name].source]
        for name in dict.fromkeys(point.metric for point in whole)
    ]
    return Table(told("What the figures mean"), named("Figure", "Formula", "Version", "Source"), rows)
