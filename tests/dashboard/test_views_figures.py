"""What pages show are the figures of `metrics.read.series` and nothing else, and each leads to the mentions it counts."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.errors import BadFilter
from dashboard.filters import Filters, filters_of
from dashboard.site import Site
from dashboard.views import influence, kpis, overview, receipt, sentiment, settings, sources, voice, why
from dashboard.views.lines import step
from dashboard.views.mentions import facets, mentions, which
from metrics.read import series
from metrics.registry import METRICS
from metrics.types import MetricPoint
from storage.brands import sync_brands
from storage.labels import correct
from storage.mentions import count
from storage.posts import save
from storage.sources import run_ended, run_started
from storage.types import Batch, BrandQuery, Coverage, MatchedPost, NewMention, NewPost, Saved
from tests.dashboard.conftest import BRANDS, NOW, asking

OSLO = ZoneInfo("Europe/Oslo")


def under(site: Site, **given: str) -> Filters:
    return filters_of(site, {name: [value] for name, value in given.items()}, now=site.clock())


def read(site: Site, filters: Filters, *names: str) -> dict[tuple[str, str], MetricPoint]:
    found = series(site.db, names, every="all", now=site.clock(), **filters.question())
    return {(point.metric, point.brand_id): point for point in found}


@pytest.mark.parametrize(
    "given", [{}, {"brand": "aurora"}, {"source": "social"}, {"lang": "no"}, {"q": "crew"}]
)
def test_the_overview_has_the_figures_of_series(site: Site, given: dict[str, str]) -> None:
    filters = under(site, **given)
    found = overview.overview(site, filters, now=site.clock())
    known = read(site, filters, *overview.HEADLINES, overview.REACH)
    assert [one.brand.id for one in found.headlines] == filters.brand_ids
    for headline in found.headlines:
        for metric in (*overview.HEADLINES, overview.REACH):
            point = getattr(headline, metric)
            assert replace(point, comparisons=()) == known[metric, headline.brand.id]
            assert [one.to for one in point.comparisons] == ["previous"]


def test_who_leads_is_told_with_whether_the_lead_is_real(site: Site) -> None:
    found = overview.overview(site, under(site), now=site.clock()).ahead
    assert found is not None
    assert (found.brand.id, found.rival.id, found.real) == ("aurora", "borealis", True)
    assert found.points == pytest.approx(100 / 3)
    assert overview.overview(site, under(site, brand="aurora"), now=site.clock()).ahead is None


def test_a_line_adds_up_to_the_whole_and_is_cut_finely_enough(site: Site) -> None:
    filters = under(site)
    trend = overview.trend(site, filters, now=site.clock())
    whole = read(site, filters, "mentions")
    volume = [line for line in trend.lines if line.metric == "mentions"]
    assert trend.every == "day"
    for line in volume:
        assert len(line.steps) == 30
        assert sum(one.value or 0 for one in line.steps) == whole["mentions", line.brand.id].value
    periods = {"today": "hour", "90d": "day", "12m": "week", "2020-01-01..2026-11-21": "month"}
    assert {period: step(under(site, period=period)) for period in periods} == periods


def test_a_hole_in_collection_is_told_by_source_with_its_share(site: Site) -> None:
    now = site.clock()
    run_ended(
        site.db,
        run_started(site.db, "collect", "social", now=now),
        "social",
        "mastodon",
        saved=Saved(),
        now=now,
    )
    pairs = (("aurora", 1), ("borealis", 1))
    begin = now - timedelta(days=40)
    whole = Coverage(begin, now - timedelta(days=10), "complete", pairs)
    down = Coverage(now - timedelta(days=10), now - timedelta(days=4), "down", pairs)
    rest = Coverage(now - timedelta(days=4), now, "complete", pairs)
    save(site.db, Batch("social", coverage=[whole, down, rest]), now=now)
    (covered,) = overview.overview(site, under(site), now=now).coverage
    assert (covered.source, covered.network, covered.state) == ("social", "mastodon", "partial")
    assert covered.share == pytest.approx(1 - 6 / 29.54, abs=0.005)
    assert covered.lines[0].startswith("social: down 2026-11-11 13:00")
    found = sources.sources(site, under(site), now=now)
    assert [one.health.name for one in found.sources] == ["social", "press"]
    assert found.sources[0].coverage == covered
    assert found.sources[0].runs[0].step == "collect"
    assert found.sources[1].coverage is None


def test_why_a_figure_changed_is_said_with_its_numbers(site: Site) -> None:
    found = why.changes(site, under(site, period="7d", lang="en"), now=site.clock()).changes
    assert [(one.brand.id, one.metric) for one in found][:2] == [
        ("aurora", "mentions"),
        ("aurora", "negative_share_raw"),
    ]
    first = found[0]
    assert first.everyone is not None
    assert first.own is not None
    assert first.after is not None
    assert first.before is not None
    assert first.everyone + first.own == pytest.approx(first.after - first.before)
    assert f"from {first.before:,.0f} to {first.after:,.0f}" in first.sentence
    assert first.warnings[0] == (
        "the time until 2026-11-21 13:00 is set against 2026-11-08 00:00 - 2026-11-14 13:00"
    )
    drivers = why.drivers(site, under(site, period="7d"), now=site.clock())
    assert [(one.brand.id, one.label) for one in drivers.apart] == [("aurora", None), ("aurora", "negative")]


def test_a_brand_that_was_just_added_has_a_first_day_and_no_change(site: Site) -> None:
    """Its first mentions are of the last day, of which all of the period before says nothing."""
    new = BrandQuery("cumulus", "Cumulus", "own", "cumulus", 0)
    sync_brands(site.db, [*BRANDS, new], now=NOW - timedelta(hours=2))
    post = NewPost(
        source="social",
        source_id="c1",
        text="Cumulus",
        published_at=NOW - timedelta(hours=1),
        observed_at=NOW,
    )
    mention = NewMention(brand_id="cumulus", query_version=1, target="Cumulus")
    save(site.db, Batch("social", [MatchedPost(post, [mention])]), now=NOW)
    told = {
        (one.brand.id, one.metric): one
        for one in why.changes(site, under(site, period="7d"), now=NOW).changes
    }
    first = told["cumulus", "mentions"]
    assert (first.before, first.after) == (None, None)
    assert "its first day here is 2026-11-21" in first.sentence
    assert told["aurora", "mentions"].after is not None


def test_why_adds_up_under_a_query_too(site: Site) -> None:
    filters = under(site, period="2026-11-14..2026-11-20", q="crew OR late")
    first = why.changes(site, filters, now=site.clock()).changes[0]
    assert first.after == read(site, filters, "mentions")["mentions", "aurora"].value
    assert "-0.0" not in first.sentence


@pytest.mark.parametrize("metric", ["mentions", "net_sentiment", "negative_share", "share_of_voice"])
def test_a_receipt_gives_the_figure_again_and_leads_to_its_posts(site: Site, metric: str) -> None:
    filters = under(site, brand="aurora")
    told = receipt.receipt(site, filters, metric, now=site.clock())
    point = read(site, filters, metric)[metric, "aurora"]
    assert (told.receipt.figure.value, told.receipt.figure.low) == (point.value, point.low)
    assert told.definition.version == METRICS[metric].version
    assert told.receipt.posts is not None
    assert told.receipt.posts.count == mentions(site, filters, now=site.clock()).total
    assert told.posts == "/mentions?brand=aurora"


def test_a_receipt_of_nothing_known_says_what_is_wrong(site: Site) -> None:
    with pytest.raises(BadFilter, match="there is no metric 'nope'"):
        receipt.receipt(site, under(site), "nope", now=site.clock())


def test_sentiment_is_told_corrected_beside_counted_and_apart(site: Site) -> None:
    filters = under(site)
    found = sentiment.sentiment(site, filters, now=site.clock())
    assert found.model == "by-rule"
    for balance in found.balances:
        assert sum(point.value or 0 for point in balance.corrected[:3]) == pytest.approx(100)
        assert sum(point.value or 0 for point in balance.counted[:3]) == pytest.approx(100)
        assert all(point.low is not None for point in balance.corrected)
    apart = sentiment.apart(site, filters, "source", now=site.clock())
    assert {one.name: one.mentions for one in apart.slices} == {"social": 90, "forum": 30}
    assert apart.left == 0
    social = read(site, under(site, source="social"), "negative_share")
    told = {(point.metric, point.brand_id): point for point in apart.slices[0].points}
    assert told["negative_share", "aurora"] == social["negative_share", "aurora"]


def test_share_of_voice_is_counted_in_every_way(site: Site) -> None:
    found = voice.voice(site, under(site), now=site.clock())
    assert [way.way for way in found.ways][:2] == ["mentions", "people"]
    for way in found.ways:
        assert sum(share.value or 0 for share in way.shares) == pytest.approx(100)
    assert "Aurora leads by mentions, by more than chance" in found.verdict[0]
    assert voice.voice(site, under(site, q="crew"), now=site.clock()).warnings


def test_the_catalogue_is_whole_and_says_what_is_lacking(site: Site) -> None:
    found = kpis.kpis(site, under(site), now=site.clock())
    told = [kpi for area in found.areas for kpi in area.kpis]
    assert {kpi.definition.id for kpi in told} == set(METRICS)
    empty = {(kpi.definition.title, p.brand) for kpi in told for p in kpi.points if p.value is None}
    listed = {
        (title, brand) for lack in found.lacking for brand, titles in lack.titles.items() for title in titles
    }
    assert empty == listed
    assert all(lack.why for lack in found.lacking)
    assert kpis.goals(site, now=site.clock()).today == date(2026, 11, 21)


def test_influence_is_of_one_brand_and_never_one_number(site: Site) -> None:
    found = influence.influence(site, under(site), now=site.clock(), limit=3)
    assert found.brand.id == "aurora"
    assert (found.accounts, len(found.authors)) == (33, 3)
    author = found.authors[0]
    assert author.exposure_high == pytest.approx(0.05 * (author.followers or 0))
    assert author.response is None
    assert any("no response was collected" in line for line in found.warnings)


def test_influence_looks_at_the_last_days_of_much_and_says_so(site: Site) -> None:
    filters = under(site)
    all_of_it = influence.influence(site, filters, now=site.clock())
    cut = influence.influence(site, filters, now=site.clock(), most=20)
    assert all_of_it.since == filters.since < cut.since
    assert not any("only what was said" in line for line in all_of_it.warnings)
    assert f"only what was said from {cut.since.astimezone(OSLO).date()} on" in cut.warnings[0]
    looked_at = filters.mentions(brands=["aurora"], since=cut.since)
    assert sum(author.posts for author in cut.authors) == count(site.db, looked_at) <= 20
    assert count(site.db, replace(looked_at, since=cut.since - timedelta(days=1))) > 20
    one_day = influence.influence(site, filters, now=site.clock(), most=1)
    assert one_day.accounts > 0


@pytest.mark.parametrize("period", ["90d", "12m"])
def test_the_headlines_of_a_long_period_are_whole(site: Site, period: str) -> None:
    found = overview.overview(site, under(site, period=period), now=site.clock())
    assert [headline.mentions.value for headline in found.headlines] == [80, 40]
    assert all(headline.potential_reach.value for headline in found.headlines)
    with asking(site) as client:
        assert client.get(f"/?period={period}").status_code == 200


def test_drivers_tell_how_many_mentions_there_are_of_each_label(site: Site) -> None:
    filters = under(site)
    for number in (1, 2, 4):
        correct(site.db, number, "negative", now=site.clock())
    found = why.drivers(site, filters, now=site.clock()).apart
    assert [one.label for one in found] == [None, "negative"]
    for one in found:
        labels = None if one.label is None else [one.label]
        assert one.mentions == count(site.db, filters.mentions(brands=["aurora"], labels=labels)) > 0


def test_settings_show_queries_and_the_model_and_no_secret(site: Site) -> None:
    found = settings.settings(site, now=site.clock())
    assert [(one.id, one.query, one.query_version) for one in found.brands] == [
        ("aurora", "aurora", 1),
        ("borealis", "borealis", 1),
    ]
    assert found.model is not None
    assert (found.model.id, found.model.waiting) == ("by-rule", 10)
    assert "secret" not in found.as_json()


def test_facets_add_up_to_the_list_whatever_is_asked_for(site: Site) -> None:
    for given in ({}, {"brand": "aurora"}, {"q": "crew"}, {"source": "forum"}):
        for more in ({}, {"label": ["negative"]}, {"author": ["@ada3"]}):
            filters, wanted = under(site, **given), which(more)
            counted = facets(site, filters, wanted, now=site.clock())
            rows = mentions(site, filters, wanted, now=site.clock(), limit=200).mentions
            assert counted.whole
            assert counted.of == len(rows)
            for names, of in (
                (counted.brands, "brand_id"),
                (counted.sources, "source"),
                (counted.langs, "lang"),
            ):
                assert names == {
                    value: sum(getattr(row, of) == value for row in rows)
                    for value in {getattr(r, of) for r in rows}
                }
            assert sum(counted.labels.values()) == len(rows)
