"""What is said beside a figure, and where nothing is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.facts import Facts, Imported
from metrics.inputs import Inputs
from metrics.own import Own, OwnAccount
from metrics.periods import Bucket
from metrics.registry import METRICS
from metrics.types import MetricPoint
from metrics.warnings import Hole, Notes, warnings_of
from storage.db import Database
from storage.labels import correct, save_confusion
from storage.posts import save
from storage.review import draw_audit
from storage.settings import put_setting
from storage.types import Batch, Coverage
from tests.metrics.invented import NOW, START, Told, ask, fill, told


def warned(points: Sequence[MetricPoint], metric: str, brand: str = "delta") -> tuple[str, ...]:
    return next(p.warnings for p in points if p.metric == metric and p.brand_id == brand)


def test_mentions_without_a_label_are_said_beside_every_figure_of_labels(sqlite_db: Database) -> None:
    posts = [
        Told(START, "x", 1, 5, ("delta",), False, label, None) for label in ("positive", "negative", None)
    ]
    fill(sqlite_db, posts)
    points = ask(sqlite_db)
    assert "1 of 3 mentions are not labelled yet" in warned(points, "net_sentiment_raw")
    assert "counted as labelled: the model's errors are in the figure" in warned(points, "positive_share_raw")
    assert "rests on 2 only" in warned(points, "negative_share")
    assert warned(points, "mentions") == ()
    assert {p.model for p in points if p.metric == "net_sentiment_raw"} == {"rules-1"}


def test_corrected_shares_say_what_the_correction_rests_on(sqlite_db: Database) -> None:
    """Nobody measured the model; then its maker did; then people checked some posts of the brand."""
    posts = [
        Told(START, "x", 1, 5, ("delta",), False, label, None) for label in ("positive", "negative") * 20
    ]
    fill(sqlite_db, posts)
    guess = "nobody has measured this model's errors: corrected by a wide guess"
    tested = "not checked for this brand yet: corrected from the model's errors on its own test sets"
    check = "`listener audit BRAND` checks 50 posts and narrows the interval"
    assert f"{guess}; {check}" in warned(ask(sqlite_db), "net_sentiment")
    save_confusion(sqlite_db, "rules-1", ((20.0, 4.0, 2.0), (4.0, 20.0, 4.0), (2.0, 4.0, 20.0)))
    assert f"{tested}; {check}" in warned(ask(sqlite_db), "positive_share")
    assert f"{tested}; {check}" not in warned(ask(sqlite_db), "positive_share_raw")
    for number, mention_id in enumerate(draw_audit(sqlite_db, "delta", 30, seed=1)):
        correct(sqlite_db, mention_id, "negative" if number < 18 else "positive", now=NOW, audit=True)
    found = warned(ask(sqlite_db), "negative_share")
    assert found == (
        "of the checked posts only 0 neutral: the model's errors on such posts are roughly known",
    )
    save_confusion(sqlite_db, "other", ((20.0, 4.0, 2.0), (4.0, 20.0, 4.0), (2.0, 4.0, 20.0)))
    with sqlite_db.write() as connection:
        put_setting(connection, "confusion.rules-1", None)
    rests = (
        "this model has no test results of its own: the correction rests on 30 checked posts of this brand"
    )
    assert rests in warned(ask(sqlite_db), "neutral_share")


def test_a_hole_in_collection_is_named_beside_the_figures_it_touches(sqlite_db: Database) -> None:
    fill(sqlite_db, told(50))

    def at(hour: int) -> datetime:
        return START + timedelta(hours=hour)

    stated = [
        Coverage(at(0), at(30), "complete", (("delta", 1), ("jet-blue", 1))),
        Coverage(at(30), at(34), "down", (("delta", 1),)),
        Coverage(at(34), at(600), "complete", (("delta", 1),)),
        Coverage(at(30), at(600), "complete", (("jet-blue", 1),)),
    ]
    save(sqlite_db, Batch("social", coverage=stated), now=NOW)
    whole = ask(sqlite_db, until=at(600), timezone="Europe/Oslo")
    line = "social: down 2027-03-21 07:00-11:00"
    assert line in warned(whole, "mentions")
    assert line not in warned(whole, "mentions", "jet-blue")
    assert line in warned(whole, "share_of_voice", "jet-blue")
    days = ask(sqlite_db, "mentions", every="day", until=at(600), brands=["delta"])
    assert [any("down" in w for w in p.warnings) for p in days][:4] == [False, True, False, False]


def test_a_lead_that_chance_explains_is_not_called_one(sqlite_db: Database) -> None:
    posts = [
        Told(START, "x", None, None, (brand,), False, None, None)
        for brand in ["delta"] * 12 + ["jet-blue"] * 10
    ]
    fill(sqlite_db, posts)
    points = ask(sqlite_db, "share_of_voice")
    assert "the lead over Jet Blue (12 to 10) may be chance" in warned(points, "share_of_voice")
    assert not any("lead" in line for line in warned(points, "share_of_voice", "jet-blue"))


def test_a_period_still_running_or_not_closed_says_so(sqlite_db: Database) -> None:
    fill(sqlite_db, told(20))
    now = START + timedelta(days=20, hours=12)
    until = START + timedelta(days=21)
    days = ask(sqlite_db, "mentions", every="day", until=until, now=now, brands=["delta"])
    assert days[-1].warnings == ("the period is still running",)
    assert days[-2].warnings == days[-3].warnings == ("not closed yet: late posts may still change it",)
    assert days[-4].warnings == ()
    later = ask(
        sqlite_db, "mentions", since=now + timedelta(days=1), until=until + timedelta(days=2), now=now
    )
    assert warned(later, "mentions") == ("the period has not begun",)


def test_engagement_says_how_old_its_figures_are(sqlite_db: Database) -> None:
    fill(
        sqlite_db,
        [
            Told(START, "x", 1, 5, ("delta",), False, None, 7),
            Told(START, "feeds", 1, 5, ("delta",), False, None, None),
        ],
    )
    points = ask(sqlite_db, "engagement", now=START + timedelta(days=3))
    assert points[0].value == 7
    assert "figures as read 0 min after publication on average, of 1 of 2 mentions" in points[0].warnings


def test_reach_says_what_it_is_and_whose_followers_nobody_knows(sqlite_db: Database) -> None:
    fill(
        sqlite_db, [Told(START, "x", n, 100 if n else None, ("delta",), n == 2, None, None) for n in range(3)]
    )
    (point, *_) = ask(sqlite_db, "potential_reach")
    assert (point.value, point.low, point.high, point.n) == (200, 4.0, 10.0, 3)
    assert "followers are not known of 1 of 3 authors" in point.warnings


def test_a_change_from_almost_nothing_says_what_it_is_compared_with(sqlite_db: Database) -> None:
    times = [START - timedelta(days=1)] * 2 + [START] * 40
    fill(sqlite_db, [Told(at, "x", 1, 5, ("delta",), False, None, None) for at in times])
    points = ask(sqlite_db, "mentions_change", since=START, until=START + timedelta(days=7))
    assert "compared with 2 only in the period before" in warned(points, "mentions_change")


def test_where_nothing_was_labelled_nothing_is_said_of_the_models_errors(sqlite_db: Database) -> None:
    fill(sqlite_db, [Told(START, "x", 1, 5, ("delta",), False, None, None)])
    points = ask(sqlite_db)
    for metric in ("positive_share", "positive_share_raw", "net_sentiment"):
        assert warned(points, metric) == ("1 of 1 mentions are not labelled yet",)


SPAN = Bucket(START, START + timedelta(days=28))


def beside(metric: str, inputs: Inputs, *holes: str) -> tuple[str, ...]:
    """The lines beside a figure that rests on four observations, long after its four weeks."""
    return warnings_of(
        METRICS[metric], inputs, 4, SPAN, holes, now=NOW + timedelta(days=90), closes_after=timedelta()
    )


def test_an_import_of_some_days_says_which() -> None:
    first, after = START.date(), SPAN.end.date()
    whole = Imported(80.0, 28, first, after - timedelta(days=1))
    week = Imported(4.0, 5, first, first + timedelta(days=6))
    facts = Facts(
        {"leads": 4.0, "spend": 80.0}, span=(first, after), of={"spend": {"x": whole}, "leads": {"x": week}}
    )
    line = f"leads: imported for 5 of 28 days, {week.first} to {week.last}"
    assert beside("cost_per_lead", Inputs(facts=facts)) == (line,)
    two = replace(facts, of=facts.of | {"leads": {"x": week, "": replace(week, days=1, last=first)}})
    assert beside("cost_per_lead", Inputs(facts=two)) == (
        f"leads of no channel: imported for 1 of 28 days, {first}",
        line.replace("leads", "leads of x"),
    )
    assert beside("cost_per_lead", Inputs(facts=replace(facts, of={"spend": {"x": whole}}))) == ()


def test_a_standing_that_is_days_old_says_of_when_it_is() -> None:
    first, after = START.date(), SPAN.end.date()
    for age, said in ((2, False), (4, True)):
        day = after - timedelta(days=1 + age)
        facts = Facts({"followers": 4.0}, span=(first, after), read_on={"followers": day})
        line = f"followers as imported for {day}"
        assert (line in beside("reach_rate", Inputs(facts=facts))) is said


def test_holes_of_collection_stand_beside_no_figure_of_the_own_accounts_alone() -> None:
    notes = Notes(
        [Hole("x", "delta", START, SPAN.end, "down")],
        {},
        now=NOW,
        zone=ZoneInfo("UTC"),
        closes_after=timedelta(),
    )
    told = {
        name
        for name in METRICS
        if "previous" not in METRICS[name].needs and notes.not_whole(METRICS[name], "delta", SPAN)
    }
    assert {"mentions", "net_sentiment", "response_time", "comments"} <= told
    assert told & {"likes", "followers", "reach", "hashtag_lift", "leads", "customer_lifetime_value"} == set()


def test_own_posts_that_were_not_read_again_since_the_period_say_so() -> None:
    def read(at: datetime) -> Inputs:
        return Inputs(own=Own((OwnAccount("x", "@delta", read_at=at),)))

    early, late = SPAN.end - timedelta(days=3), SPAN.end + timedelta(days=1)
    line = f"x: the own posts were last read on {early.date()}"
    assert beside("likes", read(early)) == (line,)
    assert beside("likes", read(late)) == ()
    assert line not in beside("audience_growth_rate", read(early))
