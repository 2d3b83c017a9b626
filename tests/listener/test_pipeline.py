"""The whole path of a post over a network in memory: what fails is named and made good, and nothing is lost or counted twice."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from listener import pipeline
from listener.commands.status import gather
from listener.config import parse
from listener.errors import (
    BadReply,
    CursorRefused,
    OutOfBudget,
    RateLimited,
    SecretMissing,
    SourceError,
    Unauthorized,
    Unreachable,
)
from listener.labelling import SharedWork, label_waiting
from listener.service_run import collect_when_due, housekeeping, recheck_when_due
from storage import sources
from storage.counts import recount, sums
from storage.db import Database, open_database
from storage.erase import scrub
from storage.errors import DiskFull
from storage.revisions import restated
from storage.types import CoverageState
from tests.listener.made_up_network import (
    BRANDS,
    CONFIG,
    PAGE,
    START,
    ByRule,
    MadeUpService,
    Upstream,
    service_over,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LATER = START + 10 * MINUTE


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def texts(db: Database) -> dict[str, str]:
    with db.read() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT source_id, text FROM posts"))}


def one(db: Database, statement: str) -> object:
    with db.read() as connection:
        return connection.execute(text(statement)).scalar_one()


def holes(
    db: Database, *, since: datetime = START, until: datetime = LATER
) -> dict[tuple[str, str], CoverageState]:
    """What is not collected whole in a stretch, by source and brand."""
    return {(gap.origin, gap.brand_id): gap.state for gap in sources.gaps(db, since, until)}


@pytest.fixture
def network() -> Upstream:
    """Twelve posts for each of three brands."""
    upstream = Upstream()
    for number in range(36):
        upstream.post(number, f"{BRANDS[number % 3]} again {number}", at=START - number * MINUTE)
    return upstream


@pytest.fixture
def service(sqlite_db: Database, network: Upstream) -> MadeUpService:
    return service_over(sqlite_db, press=network)


def collected(service: MadeUpService, moment: datetime = START, name: str = "press") -> pipeline.Outcome:
    return pipeline.collect(service, name, clock=at(moment))


def test_a_page_and_its_position_are_stored_together_or_not_at_all(
    service: MadeUpService, network: Upstream
) -> None:
    network.bad_cursor = True
    with pytest.raises(ValueError):
        collected(service)
    assert len(texts(service.db)) == PAGE
    assert sources.cursor(service.db, "press", "aurora")["next"] == PAGE
    state = sources.state(service.db, "press")
    assert (state.last_ok_at, state.last_error_kind) == (None, "cut short")
    network.bad_cursor = False
    collected(service)
    assert len(texts(service.db)) == 36


def test_a_payload_that_cannot_be_read_costs_only_itself_and_is_kept_raw(
    service: MadeUpService, network: Upstream
) -> None:
    network.shown["aurora"].insert(2, {"id": "x1", "version": 1})
    network.shown["aurora"].insert(3, {"id": "x2", "text": "aurora", "at": "no number", "version": 1})
    outcome = collected(service)
    assert len(texts(service.db)) == 36
    assert (outcome.errors, outcome.saved.refused) == ([], 2)
    with service.db.read() as connection:
        kept = connection.execute(text("SELECT field, reason, payload FROM refusals ORDER BY id")).all()
    assert [(row[0], row[1]) for row in kept] == [("text", "missing"), ("payload", "unexpected TypeError")]
    assert '"x2"' in kept[1][2]


@pytest.mark.parametrize(
    "fault",
    [
        Unreachable("press", "cut"),
        BadReply("press", "no JSON"),
        CursorRefused("press", "not ours"),
        KeyError("a library's own"),
        RecursionError(),
    ],
)
@pytest.mark.parametrize("page", [0, 1])
def test_a_stream_that_fails_is_a_named_hole_until_it_is_made_good_and_the_others_go_on(
    service: MadeUpService, network: Upstream, fault: Exception, page: int
) -> None:
    collected(service, START)
    for number in range(100, 136):
        network.post(number, f"{BRANDS[number % 3]} once more {number}")
    network.faults["borealis"] = page, fault
    outcome = collected(service, LATER)
    assert [type(error) for error in outcome.errors] == [
        type(fault) if isinstance(fault, SourceError) else SourceError
    ]
    assert str(outcome.errors[0]).startswith("source press: ")
    assert holes(service.db) == {("press", "borealis"): "down"}
    assert len(texts(service.db)) == 36 + 24 + page * PAGE
    assert sources.state(service.db, "press").last_error_kind == outcome.errors[0].kind
    network.faults.clear()
    assert collected(service, LATER).errors == []
    assert holes(service.db) == {}
    assert len(texts(service.db)) == 72
    assert sources.state(service.db, "press").error_count == 0


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (RateLimited("press", "slow down", retry_at=LATER + 15 * MINUTE), "down"),
        (OutOfBudget("press", "used up", retry_at=LATER + 24 * HOUR), "over_budget"),
        (Unauthorized("press", "wrong key"), "down"),
    ],
)
def test_a_refusal_of_the_whole_source_ends_the_pass_and_every_stream_not_reached_is_a_hole(
    service: MadeUpService, network: Upstream, fault: SourceError, state: CoverageState
) -> None:
    collected(service, START)
    network.asked.clear()
    network.post(100, "aurora once more")
    network.faults["borealis"] = 0, fault
    network.post(101, "cumulus once more")
    assert collected(service, LATER).errors == [fault]
    assert network.asked == ["aurora", "borealis"]
    assert holes(service.db) == {("press", "borealis"): state, ("press", "cumulus"): state}
    kept = sources.state(service.db, "press")
    assert (kept.last_error_kind, kept.next_check_at) == (fault.kind, fault.retry_at)
    network.faults.clear()
    collected(service, LATER)
    assert holes(service.db) == {}
    assert len(texts(service.db)) == 38


def test_the_refusal_is_what_is_told_though_another_stream_failed_before_it(
    service: MadeUpService, network: Upstream
) -> None:
    network.faults["aurora"] = 0, Unreachable("press", "cut")
    network.faults["cumulus"] = 0, RateLimited("press", "slow down", retry_at=START + HOUR)
    collected(service)
    kept = sources.state(service.db, "press")
    assert (kept.last_error_kind, kept.next_check_at) == ("rate limited", START + HOUR)


def test_a_source_that_never_worked_is_a_hole_too(service: MadeUpService, network: Upstream) -> None:
    network.broken["streams"] = Unreachable("press", "nobody there")
    collected(service)
    gaps = {(gap.brand_id, gap.state) for gap in sources.gaps(service.db, START - HOUR, START)}
    assert {(brand, "down") for brand in BRANDS} <= gaps


@pytest.mark.parametrize("where", ["start", "streams"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (RuntimeError("a library's own"), "failed"),
        (SecretMissing("source press: token is not set; set LISTENER_PRESS_TOKEN"), "unauthorized"),
    ],
)
def test_a_source_that_cannot_even_start_is_named_and_the_next_is_collected(
    sqlite_db: Database, network: Upstream, where: str, fault: Exception, kind: str
) -> None:
    service = service_over(sqlite_db, press=Upstream(broken={where: fault}), other=network)
    (error,) = collected(service).errors
    assert error.kind == kind
    assert str(error).count("source press: ") == 1
    assert isinstance(fault, RuntimeError) or "set LISTENER_PRESS_TOKEN" in str(error)
    assert collected(service, name="other").errors == []
    assert {state.origin: state.error_count for state in sources.states(sqlite_db)} == {
        "press": 1,
        "other": 0,
    }
    assert len(texts(sqlite_db)) == 36


def test_a_source_that_asked_to_wait_is_not_asked_before(service: MadeUpService, network: Upstream) -> None:
    network.faults["aurora"] = 0, RateLimited("press", "slow down", retry_at=START + 15 * MINUTE)
    for minute in range(15):
        collect_when_due(service, "press", clock=at(START + minute * MINUTE))
        recheck_when_due(service, "press", clock=at(START + minute * MINUTE))
    assert network.asked == ["aurora"]
    network.faults.clear()
    collect_when_due(service, "press", clock=at(START + 15 * MINUTE))
    assert len(texts(service.db)) == 36


def test_a_wait_asked_for_while_looking_up_holds_for_collecting_too(
    service: MadeUpService, network: Upstream
) -> None:
    collected(service)
    network.asked.clear()
    network.broken["recheck"] = RateLimited("press", "slow down", retry_at=START + 25 * HOUR)
    recheck_when_due(service, "press", clock=at(START + 24 * HOUR))
    collect_when_due(service, "press", clock=at(START + 24 * HOUR))
    assert network.asked == []
    collect_when_due(service, "press", clock=at(START + 25 * HOUR))
    assert network.asked == list(BRANDS)


def test_a_spent_budget_is_looked_at_once_an_hour(service: MadeUpService, network: Upstream) -> None:
    """So that a budget raised in the configuration, or a new day's, is not waited out."""
    network.faults["aurora"] = 0, OutOfBudget("press", "used up", retry_at=START + 700 * HOUR)
    for minute in range(0, 180, 2):
        collect_when_due(service, "press", clock=at(START + minute * MINUTE))
    assert network.asked == ["aurora"] * 3


def test_the_same_post_through_two_sources_and_streams_is_one_row_counted_once(
    sqlite_db: Database, network: Upstream
) -> None:
    network.post(50, "aurora and borealis", brand="aurora")
    network.post(50, "aurora and borealis", brand="borealis")
    service = service_over(sqlite_db, press=network, mirror=network)
    for minute in range(3):
        for name in ("press", "mirror"):
            collected(service, START + minute * MINUTE, name)
            sources.reset_cursor(sqlite_db, name)
    assert one(sqlite_db, "SELECT count(*) FROM posts") == 37
    assert one(sqlite_db, "SELECT count(*) FROM mentions") == 38
    assert recount(sqlite_db) == []


def test_a_post_that_names_no_brand_is_told_but_not_stored(service: MadeUpService, network: Upstream) -> None:
    network.post(50, "nothing of the kind", brand="aurora")
    outcome = collected(service)
    assert (outcome.fetched, outcome.unmatched) == (37, 1)
    assert "50" not in texts(service.db)


def labelled(service: MadeUpService, moment: datetime) -> int:
    return label_waiting(service.db, SharedWork(ByRule()), clock=at(moment))


def figures(db: Database, brand: str) -> tuple[int, int, int]:
    """Mentions of a brand, how many of them are negative and positive."""
    found = sums(db, brands=[brand], since=START - 300 * HOUR, until=START + 48 * HOUR, every="all")
    return (found[0].mentions, found[0].negative, found[0].positive) if found else (0, 0, 0)


def test_an_edit_is_labelled_anew_and_one_that_takes_the_name_out_takes_the_mention_along(
    service: MadeUpService, network: Upstream
) -> None:
    turned = network.post(100, "aurora is good")
    silent = network.post(101, "aurora is good too")
    collected(service)
    labelled(service, START)
    assert figures(service.db, "aurora") == (14, 0, 2)
    turned |= {"text": "aurora is bad", "version": 2}
    silent |= {"text": "no name here", "version": 2}
    looked_up = pipeline.recheck(service, "press", clock=at(START + 2 * HOUR))
    assert (looked_up.saved.edited_posts, looked_up.saved.removed_mentions) == (2, 1)
    assert figures(service.db, "aurora") == (13, 0, 0)
    assert labelled(service, START + 2 * HOUR) == 1
    assert figures(service.db, "aurora") == (13, 1, 0)
    assert recount(service.db) == []


def test_a_late_post_counts_at_its_own_time_and_restates_a_closed_day(
    service: MadeUpService, network: Upstream
) -> None:
    collected(service)
    three_days = START + 72 * HOUR
    housekeeping(service, clock=at(three_days))
    network.post(100, "aurora, long ago", at=START - MINUTE)
    collected(service, three_days)
    hour = sums(service.db, brands=["aurora"], since=START - HOUR, until=START, every="all")
    assert hour[0].mentions == 12
    (change,) = restated(service.db)
    assert (change.brand_id, change.day, change.reason, change.mentions) == (
        "aurora",
        START.date(),
        "late post",
        1,
    )


def test_housekeeping_packs_days_that_are_over(service: MadeUpService) -> None:
    collected(service)
    days = "SELECT count(*) FROM day_packs WHERE voices IS NOT NULL"
    housekeeping(service, clock=at(START + HOUR))
    before = one(service.db, days)
    housekeeping(service, clock=at(START + 48 * HOUR))
    assert one(service.db, days) > before
    assert recount(service.db) == []


def test_housekeeping_closes_days_and_lets_go_of_what_is_past_its_retention(
    service: MadeUpService, network: Upstream
) -> None:
    network.post(100, "aurora yesterday", at=START - 24 * HOUR)
    collected(service)
    housekeeping(service, clock=at(START + 24 * HOUR))
    assert one(service.db, "SELECT count(*) FROM days WHERE closed_at IS NOT NULL") == 0
    housekeeping(service, clock=at(START + 30 * 24 * HOUR - 2 * HOUR))
    assert one(service.db, "SELECT count(*) FROM days WHERE closed_at IS NOT NULL") > 0
    assert len(texts(service.db)) == 36
    housekeeping(service, clock=at(START + 31 * 24 * HOUR))
    assert texts(service.db) == {}
    assert recount(service.db) == []


def hits(db: Database) -> list[str]:
    assert db.path is not None
    return [path.name for path in db.path.parent.iterdir() if b"canaryword" in path.read_bytes().lower()]


def test_what_is_deleted_upstream_is_gone_to_the_last_byte_within_a_day_though_the_network_was_away(
    sqlite_db: Database,
) -> None:
    upstream = Upstream()
    for number in range(600):
        said = "canaryword" if number % 2 else "plain"
        upstream.post(number, f"{BRANDS[number % 3]} {said}{number}", at=START - 240 * HOUR)
    service = service_over(sqlite_db, press=upstream)
    collected(service)
    labelled(service, START)
    upstream.gone = {str(number) for number in range(600) if number % 2}
    assert hits(sqlite_db)
    for quarters in range(1, 24 * 4 + 1):
        clock = at(START + quarters * 15 * MINUTE)
        upstream.broken = {"recheck": Unreachable("press", "away")} if 14 * 4 <= quarters < 20 * 4 else {}
        recheck_when_due(service, "press", clock=clock)
        if quarters % 8 == 0:
            scrub(sqlite_db)
    assert set(texts(sqlite_db)) == {str(number) for number in range(0, 600, 2)}
    assert hits(sqlite_db) == []
    assert one(sqlite_db, "SELECT count(*) FROM tombstones") == 300
    assert recount(sqlite_db) == []
    assert sum(figures(sqlite_db, brand)[0] for brand in BRANDS) == 300
    assert max(upstream.looked_up.values()) <= 2, "nobody is asked for the same post over and over"
    upstream.gone = set()
    sources.reset_cursor(sqlite_db, "press")
    assert collected(service, START + 25 * HOUR).saved.erased_posts == 300
    assert len(texts(sqlite_db)) == 300
    assert hits(sqlite_db) == []


def test_a_failed_look_up_deletes_nothing_and_is_done_again(
    service: MadeUpService, network: Upstream
) -> None:
    collected(service)
    network.gone = {"3"}
    for fault in (Unreachable("press", "away"), KeyError("a library's own")):
        network.broken = {"recheck": fault}
        outcome = pipeline.recheck(service, "press", clock=at(START + 24 * HOUR))
        assert [error.source for error in outcome.errors] == ["press"]
        assert len(texts(service.db)) == 36
    network.broken = {}
    assert pipeline.recheck(service, "press", clock=at(START + 24 * HOUR)).saved.deleted_posts == 1


def test_posts_whose_turn_did_not_come_are_looked_up_next(service: MadeUpService, network: Upstream) -> None:
    collected(service)
    network.most_looked_up = 9
    for _ in range(4):
        pipeline.recheck(service, "press", clock=at(START + 24 * HOUR))
    assert set(network.looked_up.values()) == {1}
    assert len(network.looked_up) == 36


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_stops_the_pass_by_name_and_the_next_one_loses_nothing(small_disk: Path) -> None:
    db, upstream = open_database(f"sqlite:///{small_disk}/listener.db"), Upstream()
    for number in range(800):
        upstream.post(number, f"aurora {number} " + f"{number:x}" * 900)
    service = service_over(db, press=upstream)
    with pytest.raises(DiskFull, match="free some room"):
        collected(service)
    kept = len(texts(db))
    assert 0 < kept < 800
    assert sources.cursor(db, "press", "aurora")["next"] == kept
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    assert collected(service, LATER).errors == []
    assert len(texts(db)) == 800
    assert recount(db) == []
    assert holes(db) == {}
    db.close()


def test_a_source_that_hangs_or_that_nothing_runs_is_shown_as_late(
    sqlite_db: Database, network: Upstream
) -> None:
    service = service_over(sqlite_db, press=network)
    service.config = parse(
        '[sources.press]\ntype = "hackernews"\nevery = "10m"\n' + CONFIG, Path("config.toml")
    )
    states = []
    for minutes in (0, 1, 20, 21):
        states += [row["state"] for row in gather(service, now=START + minutes * MINUTE)["sources"]]
        if not minutes:
            collected(service)
    assert states == ["never run", "ok", "ok", "late"]
    network.faults["aurora"] = 0, Unreachable("press", "away")
    collected(service, START + 22 * MINUTE)
    assert gather(service, now=START + 60 * MINUTE)["sources"][0]["state"] == "unreachable"
