"""The contract every polling collector meets, run over each fake upstream in fakes/. See contract.py."""

import logging
import re
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.errors import (
    BadReply,
    CursorRefused,
    PostRefused,
    RateLimited,
    SourceError,
    Unauthorized,
    Unreachable,
)
from storage.types import NewPost
from tests.listener.collectors.contract import (
    HTTP_FAULTS,
    NETWORK_FAULTS,
    NOW,
    RETRY_AFTER_S,
    SCENARIOS,
    Fake,
    Runner,
    posts,
)
from tests.patience import ends

LATER = NOW + timedelta(minutes=10)
EXPECTED = {
    "rate_limit": RateLimited,
    "unauthorized": Unauthorized,
    "server_error": Unreachable,
    "html": BadReply,
    "cut_json": BadReply,
    "empty_body": BadReply,
}
SILENT = ("hang", "drip", "drip_headers")
DOCS = Path(__file__).parents[3] / "docs" / "sources.md"


def skip_where_impossible(fake: Fake, *scenarios: str) -> None:
    for scenario in scenarios:
        if scenario in fake.cannot:
            pytest.skip(f"{fake.network}: {fake.cannot[scenario]}")


def filled(fake: Fake, n: int | None = None) -> Runner:
    """A fake with posts on offer and a runner that has stored them all."""
    fake.offer(posts(n or fake.page_size))
    runner = Runner(fake)
    runner.run()
    return runner


def test_the_first_run_stores_every_post_with_its_whole_text(fake: Fake) -> None:
    runner = filled(fake, 3 * fake.page_size + 1)
    assert runner.stored() == fake.ledger()
    assert len(runner.stored()) == 3 * fake.page_size + 1
    assert runner.refused == []


def test_posts_carry_the_instant_the_network_gave(fake: Fake) -> None:
    runner = filled(fake)
    times = {post_id: versions[0].published_at for (_, post_id), versions in runner.versions.items()}
    assert times == {fake.source_id(post): post.at for post in fake.visible()}


def test_a_run_with_nothing_new_stores_nothing_and_keeps_resuming(fake: Fake) -> None:
    runner = filled(fake)
    before = runner.stored()
    for minutes in (10, 20):
        runner.run(now=NOW + timedelta(minutes=minutes))
    assert runner.stored() == before
    fake.offer(posts(3, start=1000, until=NOW + timedelta(minutes=29)))
    runner.run(now=NOW + timedelta(minutes=30))
    assert runner.stored() == fake.ledger()


def test_more_posts_between_two_polls_than_a_page_holds_are_all_stored(fake: Fake) -> None:
    skip_where_impossible(fake, "paging")
    runner = filled(fake)
    fake.offer(posts(4 * fake.page_size + 2, start=1000, until=LATER, step=timedelta(seconds=5)))
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("discard", [False, True], ids=["after_storing", "before_storing_the_next"])
@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_a_kill_between_pages_loses_nothing(fake: Fake, page: int, discard: bool) -> None:
    skip_where_impossible(fake, "paging", "resume_between_pages")
    fake.offer(posts(6 * fake.page_size))
    runner = Runner(fake)
    runner.run(stop_after=page, discard=discard)
    assert 0 < len(runner.stored()) < 6 * fake.page_size
    fake.offer(posts(2, start=1000, until=LATER))
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


def test_the_same_post_many_times_is_one_post(fake: Fake) -> None:
    skip_where_impossible(fake, "duplicates")
    fake.offer(posts(2 * fake.page_size))
    fake.fault("duplicates")
    runner = Runner(fake)
    for minutes in (0, 1, 2):
        runner.run(now=NOW + timedelta(minutes=minutes))
    assert runner.stored() == fake.ledger()
    assert all(len(versions) == 1 for versions in runner.versions.values())


def test_fifty_posts_with_one_timestamp_across_pages_are_all_stored(fake: Fake) -> None:
    tied = posts(50, step=timedelta(0), until=NOW - timedelta(minutes=3))
    fake.offer(tied)
    runner = Runner(fake)
    runner.run()
    fake.offer(posts(10, start=1000, step=timedelta(0), until=NOW - timedelta(minutes=3)))
    runner.run(now=LATER)
    missing = set(fake.ledger()) - set(runner.stored())
    assert not missing or "late" in fake.cannot


def test_posts_late_within_the_overlap_are_stored(fake: Fake) -> None:
    skip_where_impossible(fake, "late")
    runner = filled(fake)
    for i, share in enumerate((0.05, 0.5, 0.9)):
        fake.late(posts(1, start=500 + i, until=NOW - fake.overlap * share, step=timedelta(seconds=1))[0])
    runner.run(now=NOW + timedelta(seconds=1))
    assert runner.stored() == fake.ledger()


def test_an_edited_post_stays_one_post_with_its_newest_text(fake: Fake) -> None:
    skip_where_impossible(fake, "edits")
    runner = filled(fake)
    edited = fake.visible()[-1].id
    for n in (1, 2):
        fake.edit(edited, f"acme was edited {n} times")
        runner.run(now=NOW + timedelta(minutes=n))
    assert runner.stored() == fake.ledger()
    assert sorted(len(versions) for versions in runner.versions.values()) == [1] * (fake.page_size - 1) + [3]


def test_a_deleted_post_is_found_gone(fake: Fake) -> None:
    skip_where_impossible(fake, "deletes")
    runner = filled(fake)
    removed = fake.visible()[-1]
    ids = list(fake.ledger())
    fake.delete(removed.id)
    runner.run(now=LATER)
    collector = fake.collector()
    rechecked = collector.recheck(ids, now=LATER)
    if rechecked is not None:
        runner.gone.update(rechecked.gone)
        kept = [collector.parse(payload, observed_at=LATER) for payload in rechecked.payloads]
        assert {post.source_id for post in kept if post} <= set(fake.ledger())
    collector.close()
    assert runner.stored() == fake.ledger()


def test_an_empty_page_is_no_error(fake: Fake) -> None:
    runner = Runner(fake)
    runner.run()
    assert runner.stored() == {}
    fake.offer(posts(2, until=LATER))
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("kind", HTTP_FAULTS)
def test_a_fault_is_named_moves_no_cursor_and_is_made_good_by_the_next_run(fake: Fake, kind: str) -> None:
    skip_where_impossible(fake, kind)
    runner = filled(fake)
    before = dict(runner.cursors)
    fake.offer(posts(3, start=1000, until=LATER))
    fake.fault(kind)
    asked = fake.requests()
    with ends(), pytest.raises(EXPECTED.get(kind, Unreachable)) as caught:
        runner.run(now=LATER, timeout_s=0.4 if kind in SILENT else 30.0)
    assert fake.requests() - asked <= 3
    assert fake.collector().name in str(caught.value)
    assert runner.cursors == before
    fake.fault(None)
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "cut_json", "reset"])
def test_a_fault_between_pages_loses_nothing(fake: Fake, kind: str) -> None:
    skip_where_impossible(fake, "paging", kind)
    fake.offer(posts(4 * fake.page_size))
    fake.fault(kind, after=2)
    runner = Runner(fake)
    with pytest.raises(SourceError):
        runner.run()
    fake.fault(None)
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


def test_too_many_requests_gives_the_time_to_come_back_without_waiting_for_it(fake: Fake) -> None:
    skip_where_impossible(fake, "rate_limit")
    fake.offer(posts(1))
    fake.fault("rate_limit")
    with pytest.raises(RateLimited) as caught:
        Runner(fake).run()
    assert fake.requests() == 1
    assert caught.value.retry_at is not None
    assert abs(caught.value.retry_at - NOW - timedelta(seconds=RETRY_AFTER_S)) <= timedelta(seconds=5)


def garbage(fake: Fake, cursor: dict[str, Any]) -> list[tuple[str, Any]]:
    """A key and a value that no run of this source stored, for each kind of damage."""
    wrong_type: list[Any] = [[], {}, True, -1.5]
    wrong_value: list[Any] = ["2999-01-01T00:00:00+00:00", 2**63 - 1, -1, "", "garbage"]
    return [
        (key, value)
        for key in cursor
        for value in (
            *wrong_type,
            *(() if key in fake.nullable else (None,)),
            *(() if key in fake.opaque else wrong_value),
        )
        if value != cursor[key]
    ]


def test_a_damaged_cursor_is_refused_by_name_and_value(fake: Fake) -> None:
    runner = filled(fake)
    collector = fake.collector()
    stream = fake.stream(collector)
    good = runner.cursor(stream)
    assert good, "a run that stored posts leaves a cursor"
    damaged: list[tuple[Any, dict[str, Any]]] = [
        (value, {**good, key: value}) for key, value in garbage(fake, dict(good))
    ]
    damaged += [("", {}), ("other_key", {"other_key": "of another source"}), ("extra", {**good, "extra": 1})]
    for value, cursor in damaged:
        with pytest.raises(CursorRefused) as caught:
            list(collector.fetch(stream, cursor, now=LATER))
        assert collector.name in str(caught.value), cursor
        assert str(value) in str(caught.value), cursor
    collector.close()


def test_after_a_refused_cursor_starting_anew_works(fake: Fake) -> None:
    runner = filled(fake)
    runner.cursors.clear()
    runner.run(now=LATER)
    assert runner.stored() == fake.ledger()


@pytest.mark.parametrize("kind", ["repeat_token", "cycle_token"])
def test_a_network_that_pages_in_circles_is_left_within_three_pages_and_named(fake: Fake, kind: str) -> None:
    skip_where_impossible(fake, "paging", kind)
    fake.offer(posts(2 * fake.page_size))
    Runner(fake).run()
    needed = fake.requests()
    fake.fault(kind)
    runner = Runner(fake)
    try:
        runner.run()
    except SourceError as error:
        runner.warnings.append(str(error))
    assert fake.requests() - needed <= needed + 3
    assert runner.warnings, "stopping early is said"


def test_one_malformed_post_is_refused_and_the_others_are_stored(fake: Fake) -> None:
    skip_where_impossible(fake, "malformed")
    fake.offer(posts(fake.page_size))
    fake.fault("malformed")
    runner = Runner(fake)
    runner.run()
    assert runner.stored() == fake.ledger()
    assert len(runner.refused) == 1
    assert runner.refused[0].field


def test_secrets_stay_out_of_errors_logs_and_reprs(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    if not fake.canaries:
        pytest.skip(f"{fake.network} needs no secret")
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    for kind in HTTP_FAULTS:
        if kind in fake.cannot:
            continue
        fake.fault(kind)
        collector = fake.collector(timeout_s=0.4 if kind in SILENT else 30.0)
        said += [repr(collector), str(collector.settings), repr(vars(collector)), repr(collector.context)]
        try:
            list(collector.fetch(fake.stream(collector), None, now=NOW))
        except SourceError as error:
            said += traceback.format_exception(error)
        collector.close()
    said += [record.getMessage() for record in caplog.records]
    leaked = [text for text in said for canary in fake.canaries if canary in text]
    assert said
    assert not leaked


def test_a_clean_run_says_which_stretch_is_complete(fake: Fake) -> None:
    skip_where_impossible(fake, "coverage")
    runner = filled(fake, 2 * fake.page_size)
    runner.run(now=LATER)
    complete = [stretch for stretch in runner.coverage if stretch.state == "complete"]
    assert any(stretch.until >= LATER - fake.overlap for stretch in complete)
    assert {pair for stretch in complete for pair in stretch.brands} == {
        (brand.id, brand.query_version) for brand in fake.brands
    }


def test_check_gives_a_line_or_the_error(fake: Fake) -> None:
    collector = fake.collector()
    assert collector.check(now=NOW).strip()
    fake.fault("server_error")
    if "server_error" not in fake.cannot:
        with pytest.raises(SourceError):
            collector.check(now=NOW)
    collector.close()


def test_parsing_a_stored_payload_again_gives_the_same_post(fake: Fake) -> None:
    runner = filled(fake)
    parse = type(fake.collector()).parse
    for payload in runner.payloads:
        assert parse(payload, observed_at=NOW) == parse(dict(payload), observed_at=NOW)
        assert str(payload).count("acme") <= 12, "a payload holds its own part of the page only"


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**62, 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "\ud800", "\x00", "javascript:alert(1)", "acme"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all parts of a JSON value but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in inner for place in [(*path, key), *places(part, (*path, key))]]


def with_part(value: Any, path: tuple[Any, ...], part: Any) -> Any:
    """A copy of a JSON value with the part at `path` replaced; left out where it is Ellipsis."""
    key, *rest = path
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    new = [(k, with_part(v, tuple(rest), part) if rest else part) if k == key else (k, v) for k, v in pairs]
    new = [(k, v) for k, v in new if v is not ...]
    return dict(new) if isinstance(value, dict) else [v for _, v in new]


def test_any_json_object_parses_to_a_post_or_none_or_is_refused(fake: Fake) -> None:
    payloads = filled(fake).payloads
    parse = type(fake.collector()).parse

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            payload = data.draw(st.dictionaries(st.text(max_size=8), values, max_size=5))
        else:
            payload = data.draw(st.sampled_from(payloads))
            for _ in range(data.draw(st.integers(1, 3))):
                paths = places(payload)
                if paths:
                    part = data.draw(st.one_of(st.just(...), values))
                    payload = with_part(payload, data.draw(st.sampled_from(paths)), part)
        try:
            post = parse(payload, observed_at=NOW)
        except PostRefused:
            return
        assert post is None or isinstance(post, NewPost)

    check()


def test_what_a_network_cannot_do_is_named_with_its_reason_in_the_docs(fake: Fake) -> None:
    known = {*SCENARIOS, *NETWORK_FAULTS, *HTTP_FAULTS}
    assert set(fake.cannot) <= known
    sections = dict(re.findall(r"^## .*?`(\w+)`.*?\n(.*?)(?=^## |\Z)", DOCS.read_text("utf-8"), re.M | re.S))
    assert fake.network in sections, "docs/sources.md has a heading for each network: ## Name (`type`)"
    printed = " ".join(sections[fake.network].split())
    for scenario, reason in fake.cannot.items():
        assert scenario in HTTP_FAULTS or reason in printed, f"{fake.network} {scenario}: {reason}"
