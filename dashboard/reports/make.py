"""A report made from the database: the one place where reports meet the readings of metrics."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard import format
from dashboard.errors import BadFilter
from dashboard.filters import Filters
from dashboard.names import network_name
from dashboard.reports import sentences, tables
from dashboard.reports.asked import HEADLINES, Asked, own_brands, own_first
from dashboard.reports.quotes import quotes_of
from dashboard.reports.receipts import Receipts, window
from dashboard.reports.report import Audience, Chart, Line, Report, Sentence
from dashboard.site import Site
from dashboard.views.figures import figures, question
from metrics.goals.standing import Standing
from metrics.language import named, spoken
from metrics.periods import Bucket
from metrics.read import series
from metrics.read.coverage import coverage
from metrics.read.drivers import apart
from metrics.registry import METRICS
from metrics.saying import Listed, Said, say, told
from metrics.types import MetricPoint
from metrics.warnings import HOLE
from storage.alert_types import StoredAlert
from storage.alerts import alerts, last_look
from storage.counts import first_day
from storage.labels import model_in_use
from storage.mentions import Judged
from storage.types import BrandQuery

DAILY = ("mentions", "net_sentiment", "negative_share_raw")
BEFORE = timedelta(days=28)
"""Drivers are set against so long a time before, as `listener drivers` does."""
MOST_ALERTS = 200
BAND = "The band holds 95 % of what chance and the model's known errors leave open."
LABELS = (
    "Labels are by {model}. Net sentiment and the negative share are corrected for the errors it is known to make; "
    "“labelled” figures are counted as they are."
)
UNQUOTED = (
    "Posts on {networks} are counted and not quoted: the network's terms let nobody hand their text on."
)


def report_of(site: Site, filters: Filters, audience: Audience, *, now: datetime) -> Report:
    """A report in the language spoken. That of a period that is over is as of the closing of its last day, whenever it is made later.

    Raises BadFilter for days to come, MetricError where the query is asked of too many posts, StorageError.
    """
    if filters.since > now:
        raise BadFilter("period", "lies in the days to come; there is nothing to report yet")
    closing = filters.until + timedelta(hours=site.settings.closes_after_hours)
    asked = Asked(site, filters, min(now, closing), Receipts(filters))
    given = figures(site, filters, asked.now)
    whole = series(site.db, HEADLINES, every="all", against=("previous", "competitors"), **given)
    daily = series(site.db, DAILY, every="day", **given)
    standings, raised = tables.standings_of(asked), _raised(asked)
    team, analyst = audience != "executive", audience == "analyst"
    return Report(
        title=_title(filters),
        period=format.days(filters.first_day, filters.last_day),
        audience=audience,
        timezone=filters.timezone,
        first_day=filters.first_day,
        last_day=filters.last_day,
        brands=[brand.name for brand in filters.brands],
        summary=tuple(_summary(asked, whole, daily, standings, raised)),
        charts=tuple(_charts(asked, daily)),
        tables=[
            tables.headlines(filters, whole),
            *tables.goal_tables(standings),
            *(tables.alert_table(asked, raised or ()) if team else ()),
            *(tables.by_network(asked) if analyst else ()),
        ],
        quotes=tuple(quotes_of(asked)) if team else (),
        method=tuple(_method(asked)),
        definitions=(tables.definitions(whole),) if team else (),
        coverage=tuple(_coverage_lines(asked)),
        receipts=asked.receipts.lines,
        points=tuple(whole),
        language=spoken(),
    )


def _title(filters: Filters) -> str:
    named = [brand.name for brand in own_brands(filters)]
    first = Listed(named[:3])
    return told("{brands} and others", brands=first) if len(named) > 3 else f"{first}"


def _summary(
    asked: Asked,
    whole: Sequence[MetricPoint],
    daily: Sequence[MetricPoint],
    standings: Sequence[Standing],
    raised: Sequence[StoredAlert] | None,
) -> Iterator[Sentence]:
    begun = first_day(asked.site.db, asked.filters.brand_ids)
    if begun is None or begun > asked.filters.last_day:
        later = "Nothing is stored of these days: the first posts are of {day}."
        nothing = told("Nothing is stored of these days.")
        yield Sentence(nothing if begun is None else told(later, day=format.day(begun)))
        return
    points = {(point.metric, point.brand_id): point for point in whole}
    for brand in own_brands(asked.filters):
        yield from sentences.of_brand(brand.id, points, asked.receipts)
        days = [one for one in daily if one.metric == "negative_share_raw" and one.brand_id == brand.id]
        if worst := sentences.worst_day(days, asked.filters.timezone, asked.receipts):
            yield worst
        for label in ("negative", "positive"):
            if driven := _driven(asked, brand, label):
                yield driven
    yield from sentences.goals(standings, asked.receipts)
    if raised is not None:
        false = sum(one.real is False for one in raised)
        yield sentences.alerts(len(raised), false, asked.receipts, ["alerts", "list", "--state", "all"])
    found = coverage(asked.site.db, asked.filters.brand_ids, question(asked.site, asked.filters, asked.now))
    yield sentences.coverage(found)


def _raised(asked: Asked) -> list[StoredAlert] | None:
    """The alerts of these brands and days; None where nobody has ever watched."""
    if last_look(asked.site.db).at is None:
        return None
    filters = asked.filters
    return alerts(
        asked.site.db,
        brand_ids=filters.brand_ids,
        since=filters.since,
        until=filters.until,
        limit=MOST_ALERTS,
    )


def _driven(asked: Asked, brand: BrandQuery, label: Judged) -> Sentence | None:
    filters = asked.filters
    before = Bucket(filters.since - BEFORE, filters.since)
    (found,) = apart(
        asked.site.db,
        filters.mentions(brands=[brand.id]),
        before,
        labels=[label],
        kinds=("term", "hashtag"),
        limit=3,
    )
    if not found.drivers:
        return None
    number = asked.receipts.posts(
        told(
            "What drives the negative mentions"
            if label == "negative"
            else "What drives the positive mentions"
        ),
        brand.name,
        told("{n:,} mentions", n=found.mentions),
        found.mentions,
        ["drivers", brand.id, "--label", label, *window(filters)],
    )
    return sentences.drivers(brand.name, label, found.drivers, number)


def _charts(asked: Asked, daily: Sequence[MetricPoint]) -> Iterator[Chart]:
    everybody = own_first(asked.filters)
    yield _chart(asked, daily, "mentions", told("Mentions per day"), everybody)
    yield _chart(asked, daily, "net_sentiment", told("Net sentiment per day"), everybody[:1])


def _chart(
    asked: Asked, daily: Sequence[MetricPoint], metric: str, title: str, brands: Sequence[BrandQuery]
) -> Chart:
    """A line for each brand; alone it has its band."""
    zone = ZoneInfo(asked.filters.timezone)
    shown = [
        [point for point in daily if point.metric == metric and point.brand_id == brand.id]
        for brand in brands
    ]
    alone = len(brands) == 1
    return Chart(
        title,
        METRICS[metric].unit,
        [point.bucket_start.astimezone(zone).date() for point in shown[0]] if shown else [],
        [
            Line(
                brand.name,
                [point.value for point in points],
                [point.low for point in points] if alone else (),
                [point.high for point in points] if alone else (),
            )
            for brand, points in zip(brands, shown, strict=True)
        ],
        frozenset(
            number
            for points in shown
            for number, point in enumerate(points)
            if any(isinstance(line, Said) and line.template == HOLE for line in point.warnings)
        ),
        told(BAND) if alone and metric == "net_sentiment" else "",
    )


def _method(asked: Asked) -> Iterator[str]:
    filters, settings = asked.filters, asked.site.settings
    days = "Days begin at midnight in {zone}. The report is of what is stored; posts that were deleted since are gone from it."
    yield told(days, zone=filters.timezone)
    yield told(
        "Mentions are posts about a brand, reposts left out; a post about two brands is a mention of each."
    )
    if model := model_in_use(asked.site.db):
        yield told(LABELS, model=model)
    else:
        yield told("No mention has a label yet: run listener label.")
    networks, langs = Listed(map(network_name, filters.sources)), Listed(map(named, filters.langs))
    narrowed = [Said("networks {names}", names=networks)] if networks else []
    narrowed += [Said("languages {names}", names=langs)] if langs else []
    narrowed += [Said("campaign {name}", name=filters.campaign.id)] if filters.campaign else []
    narrowed += [Said("the query {query}", query=filters.q)] if filters.q else []
    if narrowed:
        yield told("Only {what:;}.", what=Listed(narrowed))
    if asked.now < filters.until + timedelta(hours=settings.closes_after_hours):
        yield told("The last days are not closed yet: posts that come late may still change these figures.")
    if closed := sorted(settings.ids_only & tables.networks_of(asked)):
        yield told(UNQUOTED, networks=Listed(map(network_name, closed)))
    for brand in filters.brands:
        yield told("{brand} is what meets the query: {query}", brand=brand.name, query=brand.query)


def _coverage_lines(asked: Asked) -> Iterator[str]:
    found = coverage(asked.site.db, asked.filters.brand_ids, question(asked.site, asked.filters, asked.now))
    for one in found:
        share = "" if one.share is None else told(", {n:.0f} % of the time whole", n=100 * one.share)
        yield f"{one.source} ({network_name(one.network)}): {say(one.state)}{share}"
        yield from (f"  {say(line)}" for line in one.lines)
    if not found:
        yield told(
            "No source is collected: all posts were imported, and what the files left out is not known."
        )
