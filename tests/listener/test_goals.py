"""`listener goals` as a user meets it, and goals in config.toml: read, kept once, named by line where they are wrong."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from listener.cli import app
from listener.config import Config, parse
from listener.doctor import real_parts
from listener.errors import ConfigError, UsageError
from listener.goals import asking as asking_of
from listener.goals import brand_id, due, due_line, enrol, frozen, kept_goals, key_of, plan
from metrics.errors import MetricError
from metrics.goals.goal import Goal
from metrics.goals.reviews import Due
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.goals import stored_goals
from tests.metrics.invented import fill
from tests.metrics.invented import told as told_posts

BRANDS = """\
timezone = "Europe/Oslo"
[[brands]]
id = "delta"
name = "Delta"
query = "delta"
[[brands]]
id = "jet-blue"
name = "Jet Blue"
role = "competitor"
query = "jetblue"
[[campaigns]]
id = "spring"
query = "#spring"
from = 2027-03-01
to = 2027-04-30
"""
FILE = Path("config.toml")
NOW = datetime(2027, 3, 1, 23, 30, tzinfo=UTC)  # the second of March in Oslo
WORDS = '[[goals]]\nwords = "+35 % mentions in 4 months"\n'
Run = Callable[..., Result]


def config(*tables: str) -> Config:
    return parse(BRANDS + "".join(tables), FILE)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            'kpi = "mentoins"\nbrand = "delta"\ntarget = 5\nby = 2027-03-01\n',
            'config.toml:17: goals[0].kpi: there is no metric "mentoins"; did you mean "mentions"?',
        ),
        (
            'words = "+20 % mentoins by June"\n',
            'config.toml:17: goals[0].words: no figure is called "mentoins"; did you mean "mentions"?',
        ),
        ('words = "+20 % mentions"\n', "goals[0].words: \"+20 % mentions\" does not say by when"),
        ('words = "+20 % mentions by June for Detla"\n', 'goals[0].words: no brand is called "Detla"; did you mean'),
        ('words = "+20 % mentions by June"\nkpi = "mentions"\n', 'which say it all; take out "kpi"'),
        ('words = "+2 % mentions by June"\ncampaign = "sprnig"\n', 'goals[0].campaign: no campaign has the id "sprnig"'),
        ('words = "+2 % mentions by June for Delta"\nbrand = "jet-blue"\n', 'the words say brand "Delta", and beside'),
        ('kpi = "mentions"\nbrand = "delta"\nchange = "+5 points"\nby = 2027-03-01\n', "goals[0].change: mentions is"),
        ('kpi = "mentions"\nbrand = "delta"\nchange = "+5 %"\n', 'needs "by", the last day'),
        (
            'kpi = "mentions"\ntarget = 5\nby = 2027-03-01\nsince = 2027-04-01\n',
            '"by" (2027-03-01) lies before "since" (2027-04-01)',
        ),
        ('words = "+2 % mentions by June"\nreview = "dayly"\n', 'must be "weekly" or "monthly" or "two months"'),
    ],
)  # fmt: skip
def test_a_wrong_goal_is_named_with_its_line_and_what_to_write(table: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config("[[goals]]\n" + table)
    assert expected in str(caught.value)


def test_words_are_counted_from_the_day_the_goal_is_first_seen_in_the_zone() -> None:
    found = config(
        WORDS,
        '[[goals]]\nwords = "-5 points negative share next month for Jet Blue on X"\nsince = 2027-01-31\n',
    )
    today = date(2027, 3, 2)
    first, second = (plan(goal, found, today) for goal in found.goals)
    assert (first.brand_id, first.begins, first.last_day) == ("delta", today, date(2027, 7, 2))
    assert (second.brand_id, second.begins, second.last_day) == (
        "jet-blue",
        date(2027, 1, 31),
        date(2027, 2, 28),
    )
    assert (second.channel, second.aim, second.amount) == ("x", "points", -5)


def test_the_same_goal_by_its_parts_and_in_words_aims_at_the_same() -> None:
    by_parts = '[[goals]]\nkpi = "mentions"\nchange = "+35 %"\nby = 2027-07-02\n'
    first, second = (
        plan(goal, config(WORDS, by_parts), date(2027, 3, 2)) for goal in config(WORDS, by_parts).goals
    )
    assert (first.kpi, first.aim, first.amount, first.last_day) == (
        second.kpi,
        second.aim,
        second.amount,
        second.last_day,
    )


def test_a_goal_is_known_by_what_it_says_and_not_by_its_owner() -> None:
    one, other, again = config(
        WORDS, WORDS.replace("35", "36"), WORDS.replace("in 4", "in  4") + 'owner = "Bo"\nreview = "weekly"\n'
    ).goals
    assert key_of(one) == key_of(again) != key_of(other)


@pytest.fixture
def ready(sqlite_db: Database) -> Database:
    set_timezone(sqlite_db, "Europe/Oslo")
    sync_brands(sqlite_db, [brand.as_query() for brand in config().brands], now=NOW)
    return sqlite_db


def test_a_configured_goal_is_kept_once_and_its_days_stay(ready: Database) -> None:
    assert enrol(ready, config(WORDS), now=NOW) == []
    assert enrol(ready, config(WORDS + 'owner = "Ann"\n'), now=NOW + timedelta(days=50)) == []
    (kept,) = stored_goals(ready)
    assert (kept.plan.begins, kept.plan.last_day, kept.plan.owner) == (
        date(2027, 3, 2),
        date(2027, 7, 2),
        "Ann",
    )
    assert [goal.number for goal in kept_goals(ready, config(WORDS))] == [1]
    assert kept_goals(ready, config()) == []  # it was taken out of the file


def test_a_configured_goal_that_was_over_before_it_was_seen_is_told(ready: Database) -> None:
    over = config('[[goals]]\nkpi = "mentions"\ntarget = 5\nby = 2027-01-31\n')
    (problem,) = enrol(ready, over, now=NOW)
    assert problem.startswith("goals[0] in config.toml: 2027-01-31 lies before 2027-03-02")


def test_a_baseline_is_kept_when_its_days_are_closed_and_not_before(ready: Database) -> None:
    fill(ready, told_posts(400, days=28), "Europe/Oslo")
    found = config(
        '[[goals]]\nkpi = "share_of_voice"\nchange = "+5 points"\nby = 2027-07-02\nsince = 2027-04-17\n'
    )
    enrol(ready, found, now=NOW)
    (goal,) = kept_goals(ready, found)
    closing = datetime(2027, 4, 18, 22, tzinfo=UTC)  # 48 hours after the seventeenth began in Oslo
    before = frozen(asking_of(ready, found, now=closing - timedelta(minutes=1)), goal)
    assert before.baseline is not None
    assert stored_goals(ready)[0].baseline is None
    after = frozen(asking_of(ready, found, now=closing), goal)
    assert kept_goals(ready, found) == [after]
    assert after.baseline == before.baseline


def test_the_only_own_brand_is_taken_and_several_are_asked() -> None:
    brands = [("delta", "Delta", "own"), ("jet-blue", "Jet Blue", "competitor")]
    assert brand_id(None, brands) == "delta"
    assert brand_id("JET BLUE", brands) == "jet-blue"
    with pytest.raises(MetricError, match="say which brand: for delta or for nimbus"):
        brand_id(None, [*brands, ("nimbus", "Nimbus", "own")])


def test_reviews_that_are_due_are_counted_in_one_line(ready: Database) -> None:
    enrol(ready, config(WORDS), now=NOW)
    assert due(ready, config(WORDS), now=NOW) == []
    found = due(ready, config(WORDS), now=NOW + timedelta(days=60))
    assert due_line(found) == "1 goal wants a review: listener goals"
    both = [*found, *found, Due(None, date(2027, 9, 1))]
    assert due_line(both) == "2 goals want a review; the choice of figures wants its review: listener goals"
    assert due_line([]) == ""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder with a year of invented posts, the newest of yesterday."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(BRANDS + WORDS + 'brand = "delta"\nowner = "Ann"\nreason = "growth"\n')
    start = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    with Path("posts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source_id", "text", "published_at", "author"])
        for number in range(1, 365):
            at = (start - timedelta(days=number)).isoformat()
            for part in range(1 + number % 3):
                writer.writerow([f"{number}-{part}", f"delta {number} {part}", at, "ada"])
    terminal = CliRunner()

    def execute(*words: str) -> Result:
        done = terminal.invoke(app, list(words))
        if isinstance(done.exception, Exception):
            raise done.exception
        return done

    execute("import", "posts.csv", "--source", "x")
    return execute


def told(done: Result) -> Any:
    return json.loads(done.stdout)


def test_a_goal_is_set_listed_reviewed_and_closed(run: Run) -> None:
    added = told(
        run(
            "goals",
            "add",
            "-10 points negative share by the end of next month",
            "--owner",
            "Bo",
            "--format",
            "json",
        )
    )
    assert (added["kpi"], added["owner"], added["brand_id"], added["new"]) == (
        "negative_share",
        "Bo",
        "delta",
        True,
    )
    assert any("next month" in line for line in added["understood"])
    again = told(
        run("goals", "add", "-10 points negative share by the end of next month", "--format", "json")
    )
    assert (again["number"], again["new"]) == (added["number"], False)
    listed = told(run("goals", "--format", "json"))
    assert {goal["kpi"] for goal in listed} == {"mentions", "negative_share"}
    mentions = next(goal for goal in listed if goal["kpi"] == "mentions")
    assert mentions["target"] == pytest.approx(1.35 * mentions["baseline"])
    assert mentions["from_config"]
    assert 0.01 <= mentions["probability"] <= 0.99
    assert mentions["history_weeks"] >= 50
    number = str(added["number"])
    assert "next review is on" in run("goals", "review", number, "--note", "fine").stdout
    assert "reviewed" in run("goals", "show", number).stdout
    assert (
        run("goals", "end", number, "--dropped", "--note", "other plans").stdout
        == f"Goal {number} is closed as dropped\n"
    )
    assert len(told(run("goals", "--format", "json"))) == 1
    assert len(told(run("goals", "--all", "--format", "json"))) == 2
    with pytest.raises(UsageError, match="was closed on"):
        run("goals", "end", number, "--met")


def test_what_is_shown_says_what_was_understood_and_what_is_missing(run: Run) -> None:
    shown = run("goals", "add", "+500 followers next month").stdout
    assert 'understood  "next month" is by' in shown
    assert "waits       needs" in shown
    assert "nobody is named who answers for it" in shown
    table = run("goals").stdout
    assert "+35 % mentions by" in table
    assert "waits: needs" in table
    assert (
        "  1 " in run("goals", "--format", "csv").stdout or "number" in run("goals", "--format", "csv").stdout
    )


def test_the_backtest_prints_scores_beside_the_naive_ones(run: Run) -> None:
    (found,) = told(run("goals", "backtest", "mentions", "--format", "json"))
    assert found["trials"] > 300
    assert {naive["name"] for naive in found["naive"]} == {"always 50 %", "stays as it is", "past frequency"}
    assert sum(part["n"] for part in found["bins"]) == found["trials"]
    shown = run("goals", "backtest", "mentions").stdout
    assert "Brier score" in shown
    assert "Skill over it" in shown
    assert "too little history" in run("goals", "backtest", "mentions", "--brand", "jet-blue").stdout


def test_mistakes_end_in_one_line_that_says_what_to_write(run: Run) -> None:
    with pytest.raises(MetricError, match="did you mean"):
        run("goals", "add", "+20 % mentoins by June")
    with pytest.raises(UsageError, match="no goal has the number 99"):
        run("goals", "show", "99")
    with pytest.raises(UsageError, match="listener goals review N"):
        run("goals", "review")
    with pytest.raises(UsageError, match='no campaign "gone"'):
        run("goals", "add", "+20 % mentions by June in campaign gone")
    assert run("goals", "end", "1").exit_code == 2


def test_status_and_doctor_remind_of_reviews(run: Run, tmp_path: Path) -> None:
    assert told(run("status", "--format", "json"))["goals_due"] == []
    path = tmp_path / "config.toml"
    path.write_text(
        path.read_text().replace(WORDS, WORDS.replace("in 4 months", "in a year") + "since = 2026-01-02\n")
    )
    told_due = told(run("status", "--format", "json"))["goals_due"]
    assert told_due[0]["since"] == "2026-02-02"
    assert "Goals     1 goal wants a review" in run("status").stdout
    config_now = parse(path.read_text(), path)
    findings = list(real_parts().look_at_goals(config_now, {}, datetime.now(UTC)))
    assert [(one.level, one.subject) for one in findings] == [("warn", "goals")]
    assert "listener goals" in findings[0].way_out


def test_goals_read_back_as_goals(ready: Database) -> None:
    enrol(ready, config(WORDS), now=NOW)
    (goal,) = kept_goals(ready, config(WORDS))
    assert isinstance(goal, Goal)
    assert goal.configured
    assert goal.reviewed is None
