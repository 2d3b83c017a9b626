"""Every instant is covered as well as it was ever said to be, and the rest is a gap."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.brands import active_brands, not_rematched, rematched, sync_brands
from storage.coverage import BETTER, Stretch, covered_until, gaps, overlay
from storage.db import Database
from storage.posts import save
from storage.sources import (
    cursor,
    cursors,
    record_failure,
    reset_cursor,
    run_ended,
    run_started,
    runs,
    spent,
    state,
    states,
    volumes,
)
from storage.types import Batch, BrandQuery, Coverage, CoverageState, Refused, Saved, Volume
from tests.storage.posts import NOON, later, named, one, post, rows

DELTA = BrandQuery("delta", "Delta", "own", "delta", 0, {"x": "@Delta"})
BOTH = (("delta", 1), ("jetblue", 2))


def cover(
    db: Database, since: float, until: float, state: CoverageState = "complete", reason: str = ""
) -> None:
    stated = Coverage(later(since), later(until), state, (("delta", 1),), reason)
    save(db, Batch("a", coverage=[stated]), now=later(until))


stretches = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from(BETTER)).map(
        lambda given: Stretch(later(min(given[:2])), later(max(given[:2])), given[2])
    ),
    max_size=8,
)


@given(stretches, st.randoms())
def test_every_instant_has_its_best_state_whatever_the_order(given: list[Stretch], chance: object) -> None:
    laid = overlay(given)
    for minute in range(20):
        over = [s.state for s in given if s.since <= later(minute) < s.until]
        best = max(over, key=BETTER.index, default=None)
        assert [s.state for s in laid if s.since <= later(minute) < s.until] == ([best] if best else [])
    chance.shuffle(given)  # type: ignore[attr-defined]
    assert overlay(given) == laid
    assert overlay(laid) == laid


def test_touching_stretches_become_one_row(db: Database) -> None:
    for minute in range(0, 60, 2):
        cover(db, minute, minute + 2)
    assert rows(db, "SELECT state FROM coverage") == [("complete",)]
    assert covered_until(db, "a", BOTH) == [later(60)]
    assert covered_until(db, "other", BOTH) == []


def test_a_later_pass_closes_a_hole_and_a_failure_opens_none(db: Database) -> None:
    sync_brands(db, [DELTA], now=NOON)
    cover(db, 0, 10)
    cover(db, 10, 20, "down", "unreachable")
    cover(db, 20, 30)
    cover(db, 5, 15, "over_budget")
    (budget, down) = gaps(db, NOON, later(30))
    assert (budget.since, budget.until, budget.state) == (later(10), later(15), "over_budget")
    assert (down.since, down.until, down.state, down.reason) == (later(15), later(20), "down", "unreachable")
    cover(db, 8, 25)
    assert gaps(db, NOON, later(30)) == []


def test_what_nothing_was_said_of_is_not_collected(db: Database) -> None:
    sync_brands(db, [DELTA], now=NOON)
    assert gaps(db, NOON, later(30)) == []
    cover(db, 10, 20)
    first, last = gaps(db, NOON, later(30))
    assert (first.since, first.until, first.state, first.newest) == (NOON, later(10), "not_collected", False)
    assert (last.since, last.until, last.state, last.newest) == (later(20), later(30), "not_collected", True)


def test_a_changed_query_has_collected_nothing_yet(db: Database) -> None:
    sync_brands(db, [DELTA], now=NOON)
    cover(db, 0, 30)
    changed = BrandQuery("delta", "Delta", "own", "delta OR @delta", 0)
    assert [brand.version for brand in sync_brands(db, [changed], now=NOON)] == [2]
    (gap,) = gaps(db, NOON, later(30))
    assert (gap.query_version, gap.state) == (2, "not_collected")


def test_query_versions_rise_with_the_query_alone(db: Database) -> None:
    renamed = BrandQuery("delta", "Delta Air", "competitor", "delta", 0)
    jetblue = BrandQuery("jetblue", "JetBlue", "competitor", "jetblue", 0)
    assert [brand.version for brand in sync_brands(db, [DELTA, jetblue], now=NOON)] == [1, 1]
    assert [(b.name, b.version) for b in sync_brands(db, [renamed], now=NOON)] == [("Delta Air", 1)]
    assert [brand.id for brand in active_brands(db)] == ["delta"]
    assert sync_brands(db, [DELTA], now=NOON)[0].accounts == {"x": "@Delta"}
    other = BrandQuery("delta", "Delta", "own", "x", 0)
    assert [b.version for b in sync_brands(db, [other], now=NOON)] == [2]
    assert [b.version for b in sync_brands(db, [DELTA], now=NOON)] == [3]
    assert one(db, "SELECT count(*) FROM brand_queries") == 4


def test_a_changed_query_is_to_be_matched_against_what_is_stored(db: Database) -> None:
    sync_brands(db, [DELTA], now=NOON)
    assert not_rematched(db) == []
    save(db, Batch("a", [named(post("1"))]), now=NOON)
    changed = BrandQuery("delta", "Delta", "own", "delta OR @delta", 0)
    sync_brands(db, [changed, BrandQuery("jetblue", "JetBlue", "competitor", "jetblue", 0)], now=NOON)
    assert not_rematched(db) == ["delta", "jetblue"]
    rematched(db, {"delta": 2}, now=NOON)
    assert not_rematched(db) == ["jetblue"]


def test_positions_are_per_source_and_stream(db: Database) -> None:
    save(db, Batch("a", stream="s", cursor={"since": "1"}), now=NOON)
    save(db, Batch("a", stream="t", cursor={"since": "2"}), now=NOON)
    save(db, Batch("b", stream="s", cursor={"since": "3"}), now=NOON)
    save(db, Batch("a", stream="s"), now=later(1))
    assert cursor(db, "a", "s") == {"since": "1"}
    assert cursor(db, "a", "u") is None
    assert [(c.origin, c.stream) for c in cursors(db)] == [("a", "s"), ("a", "t"), ("b", "s")]
    assert reset_cursor(db, "a") == 2
    assert [c.origin for c in cursors(db)] == ["b"]


def test_a_mangled_position_is_handed_on_to_be_refused(db: Database) -> None:
    save(db, Batch("a", stream="s", cursor={"since": "1"}), now=NOON)
    with db.write() as connection:
        connection.exec_driver_sql("UPDATE cursors SET value = 'gar{bage'")
    assert cursor(db, "a", "s") == {"unreadable": "gar{bage"}


def test_runs_tell_how_a_source_is_doing(db: Database) -> None:
    assert state(db, "a") is None
    run = run_started(db, "collect", "a", now=NOON)
    assert runs(db)[0].outcome == "running"
    run_ended(db, run, "a", "x", saved=Saved(new_posts=3, new_mentions=2), now=later(1))
    good = state(db, "a")
    assert good is not None
    assert (good.type, good.last_ok_at, good.error_count, good.last_error) == ("x", later(1), 0, None)
    for n in (2, 3):
        run = run_started(db, "collect", "a", now=later(n))
        run_ended(
            db, run, "a", "x", saved=Saved(), error=("rate limited", "slow down", later(30)), now=later(n)
        )
    bad = state(db, "a")
    assert bad is not None
    assert (bad.error_count, bad.last_error_kind, bad.next_check_at) == (2, "rate limited", later(30))
    assert bad.last_ok_at == later(1)
    record_failure(db, "a", "failed", "again", None, later(4))
    assert [(s.origin, s.type, s.error_count) for s in states(db)] == [("a", "x", 3)]
    assert [r.outcome for r in runs(db, origin="a")] == ["rate limited", "rate limited", "ok"]
    assert runs(db, limit=9)[-1].posts == 3


def test_spending_adds_up_by_utc_day_and_month(db: Database) -> None:
    for hours in (0, 1, 13, -24 * 25):
        save(db, Batch("a", spent_units=10, spent_usd=0.000005), now=NOON + timedelta(hours=hours))
    assert spent(db, "a", NOON) == (20, 0.00001)
    assert spent(db, "a", later(hours=13)) == (10, 0.000015)
    assert spent(db, "b", NOON) == (0, 0.0)


def test_bought_counts_are_kept_beside_and_the_newest_holds(db: Database) -> None:
    for n in (5, 7):
        save(db, Batch("a", volumes=[Volume("delta", 1, NOON, later(60), n)]), now=NOON)
    (found,) = volumes(db, brands=["delta"], since=NOON, until=later(1))
    assert (found.count, found.until, found.origin) == (7, later(60), "a")
    assert volumes(db, brands=["jetblue"], since=NOON, until=later(1)) == []


def test_refused_payloads_are_kept_raw(db: Database) -> None:
    raw = '{"a": "\x00\ud83d"}' + "x" * 30_000
    assert save(db, Batch("a", refused=[Refused("rating", "too big", raw)]), now=NOON).refused == 1
    ((field, payload),) = rows(db, "SELECT field, payload FROM refusals")
    assert (field, len(payload)) == ("rating", 19_999)
