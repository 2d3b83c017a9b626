"""What becomes of an alert, whatever the rules see: opened once, told seldom, resolved in the end, the same after any kill."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.alerts.life_cycle import CALM, REPEAT, SAME, UNWATCHED, Change, advance, told
from listener.alerts.look import Look
from listener.alerts.messages import deliveries, messages, name_of
from listener.alerts.quiet import Settings, rank
from metrics.alerts.alert import SEVERITIES, Finding, Severity
from storage.alert_types import StoredAlert

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = Settings(ZoneInfo("UTC"))
NIGHT = Settings(ZoneInfo("UTC"), (time(22), time(6)))
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
KEY = "spike:delta"


def finding(
    severity: Severity = "warning", *, news: bool = True, at: datetime = START, key: str = KEY
) -> Finding:
    return Finding("spike", key, "delta", severity, at, at, news=news)


def once(at: datetime, severity: Severity = "notice", hours: float = 24) -> Finding:
    return Finding(
        "keyword", "keyword:recall:delta", "delta", severity, at, at, over_after=timedelta(hours=hours)
    )


@dataclass
class Watch:
    """Alerts as they would be stored, tick by tick, and what was told when."""

    settings: Settings = DAY
    kept: dict[int, StoredAlert] = field(default_factory=dict)
    told: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    happened: list[tuple[datetime, int, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    channels: tuple[str, ...] = ("mail",)

    def look(
        self, now: datetime, *findings: Finding, quiet: Sequence[str] = (), **unseen: str
    ) -> list[Change]:
        named = {key.replace("_", ":", 1): why for key, why in unseen.items()}
        return self.tick(now, Look(findings, frozenset(quiet), named))

    def tick(self, now: datetime, look: Look) -> list[Change]:
        changes = advance(
            sorted(self.kept.values(), key=lambda one: one.id), [look], now=now, settings=self.settings
        )
        out = messages(changes, sent=0, daily=False)
        numbers = {
            name_of(change.alert): change.alert.id or max(self.kept, default=0) + 1 + place
            for place, change in enumerate(changes)
        }
        telling = {name_of(one.alert) for message in out for one in message.of}
        for message in out:
            self.ids += [one.id for one in deliveries(message, self.channels, numbers, now=now, daily=None)]
        for change in changes:
            explained = now if change.explain else change.alert.explained_at
            one = replace(change.alert, id=numbers[name_of(change.alert)], explained_at=explained)
            self.happened += [(now, one.id, event.what) for event in change.events]
            if name_of(one) in telling:
                self.told.append((now, one.id, one.owed, one.severity))
                one = told(one, self.channels, now)
            self.kept[one.id] = one
        return changes

    @property
    def kinds(self) -> list[str]:
        return [kind for _, _, kind, _ in self.told]

    @property
    def only(self) -> StoredAlert:
        (one,) = self.kept.values()
        return one


def test_an_alert_opens_is_updated_in_silence_and_resolves_by_itself_after_three_calm_hours() -> None:
    watch = Watch()
    for quarter in range(8):
        watch.look(START + quarter * QUARTER, finding(news=quarter == 0, at=START + quarter * QUARTER))
    assert watch.kinds == ["opened"]
    assert watch.only.finding["at"] == (START + 7 * QUARTER).isoformat()
    calm = START + 8 * QUARTER
    watch.look(calm, quiet=[KEY])
    watch.look(calm + CALM - QUARTER, quiet=[KEY])
    assert watch.only.state == "open"
    watch.look(calm + CALM, quiet=[KEY])
    assert (watch.only.state, watch.only.resolved_by, watch.kinds) == (
        "resolved",
        None,
        ["opened", "resolved"],
    )


def test_what_is_no_news_opens_nothing() -> None:
    watch = Watch()
    watch.look(START, finding(news=False))
    assert not watch.kept


def test_a_rise_in_severity_is_told_at_once_and_once() -> None:
    watch = Watch()
    for minute, severity in enumerate(("notice", "warning", "notice", "warning", "critical", "critical")):
        watch.look(START + timedelta(minutes=minute), finding(severity))  # type: ignore[arg-type]
    assert [(kind, severity) for _, _, kind, severity in watch.told] == [
        ("opened", "notice"),
        ("escalated", "warning"),
        ("escalated", "critical"),
    ]


def test_far_worse_news_of_the_same_severity_waits_for_the_hour() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + QUARTER, finding(news=False))
    watch.look(START + 2 * QUARTER, finding(news=True))
    assert watch.kinds == ["opened"]
    for quarter in range(3, 8):
        watch.look(START + quarter * QUARTER, finding(news=False))
    assert [(at, kind) for at, _, kind, _ in watch.told] == [(START, "opened"), (START + HOUR, "escalated")]


def test_news_that_is_calm_again_before_it_may_be_told_is_not_told() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + QUARTER, finding(news=False))
    watch.look(START + 2 * QUARTER, finding(news=True))
    for quarter in range(3, 8):
        watch.look(START + quarter * QUARTER, quiet=[KEY])
    assert watch.kinds == ["opened"]


def test_fifty_times_an_hour_on_and_off_is_one_opening_and_one_resolve() -> None:
    watch = Watch()
    for step in range(50 * 24):
        now = START + step * timedelta(seconds=72)
        watch.look(now, *([finding()] if step % 2 else []), quiet=[] if step % 2 else [KEY])
    for quarter in range(20):
        watch.look(START + 24 * HOUR + quarter * QUARTER, quiet=[KEY])
    assert watch.kinds == ["opened", "resolved"]
    assert watch.told[1][0] > START + 24 * HOUR
    assert [what for _, _, what in watch.happened] == ["opened", "resolved"]


def test_what_returns_within_a_day_is_the_same_alert_and_told_only_where_it_is_worse() -> None:
    watch = Watch()
    watch.look(START, finding())
    for quarter in range(1, 14):
        watch.look(START + quarter * QUARTER, quiet=[KEY])
    assert watch.only.state == "resolved"
    again = watch.only.resolved_at or START
    watch.look(again + 5 * HOUR, finding(news=True))
    assert (watch.only.state, watch.kinds) == ("open", ["opened", "resolved"])
    assert watch.happened[-1][2] == "reopened"
    watch.look(again + 6 * HOUR, finding("critical"))
    assert watch.kinds == ["opened", "resolved", "escalated"]
    assert len(watch.kept) == 1
    watch.look(again + 7 * HOUR, quiet=[KEY])
    watch.look(again + 10 * HOUR, quiet=[KEY])
    assert watch.kinds[-1] == "resolved"


def test_what_returns_in_silence_ends_in_silence() -> None:
    watch = Watch()
    for wave in range(3):
        watch.look(START + 8 * wave * HOUR, finding(news=not wave))
        for hour in (1, 4):
            watch.look(START + (8 * wave + hour) * HOUR, quiet=[KEY])
    assert (len(watch.kept), watch.kinds) == (1, ["opened", "resolved"])


def test_after_a_day_it_is_a_new_alert() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + HOUR, quiet=[KEY])
    watch.look(START + HOUR + CALM, quiet=[KEY])
    watch.look(START + HOUR + CALM + SAME, finding())
    assert (len(watch.kept), watch.kinds) == (2, ["opened", "resolved", "opened"])


def test_what_was_not_looked_at_stays_open_says_why_and_is_not_calm_meanwhile() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + HOUR, quiet=[KEY])
    watch.look(START + 3 * HOUR, spike_delta="x is down")
    assert watch.only.unseen == "x is down"
    watch.look(START + 20 * HOUR, spike_delta="x is down")
    watch.look(START + 21 * HOUR, quiet=[KEY])  # two hours of calm before, none while it was down
    assert (watch.only.state, watch.only.unseen) == ("open", "")
    watch.look(START + 22 * HOUR, quiet=[KEY])
    assert watch.only.state == "resolved"


def test_a_rule_that_fails_leaves_its_alerts_open_and_the_alerts_of_others_alone() -> None:
    watch = Watch()
    watch.look(START, finding())
    known = list(watch.kept.values())
    for blind, why in (({"spike": "no"}, "no"), ({"": "no"}, "no"), ({"goal": "no"}, "")):
        changes = advance(known, [Look()], now=START + HOUR, settings=DAY, blind=blind)
        assert [change.alert.unseen for change in changes] == ([why] if why else [])


def test_an_alert_that_no_rule_speaks_of_is_closed_in_silence_after_days() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + UNWATCHED - QUARTER)
    assert watch.only.state == "open"
    watch.look(START + UNWATCHED)
    assert (watch.only.state, watch.kinds) == ("resolved", ["opened"])


def test_calm_goes_on_where_a_rule_speaks_once_a_day() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + HOUR, quiet=[KEY])
    watch.look(START + HOUR + CALM)
    assert watch.only.state == "resolved"


def test_what_happened_once_is_over_in_silence_and_the_next_time_is_news() -> None:
    watch = Watch()
    watch.look(START, once(START))
    watch.look(START + 2 * HOUR, once(START + 2 * HOUR))
    watch.look(START + 25 * HOUR)
    assert (watch.only.state, watch.kinds) == ("open", ["opened"])
    watch.look(START + 26 * HOUR)
    assert (watch.only.state, watch.kinds) == ("resolved", ["opened"])
    watch.look(START + 28 * HOUR, once(START + 28 * HOUR))
    assert watch.kinds == ["opened", "opened"]


def test_an_acknowledged_alert_is_told_again_only_where_it_gets_more_serious() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.kept[1] = replace(watch.only, acknowledged_at=START, acknowledged_by="ann")
    watch.look(START + HOUR, finding(news=False))
    watch.look(START + 2 * HOUR, finding(news=True))
    assert watch.kinds == ["opened"]
    watch.look(START + 3 * HOUR, finding("critical"))
    assert watch.kinds == ["opened", "escalated"]


def snoozed(one: StoredAlert, until: datetime) -> StoredAlert:
    return replace(one, snoozed_until=until, owed="opened", owed_since=until)


def test_a_snoozed_alert_is_silent_and_told_at_the_end_if_it_is_still_open() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.kept[1] = snoozed(watch.only, START + 4 * HOUR)
    for hour in range(1, 6):
        watch.look(START + hour * HOUR, finding("critical"))
    assert [(at, kind) for at, _, kind, _ in watch.told] == [(START, "opened"), (START + 4 * HOUR, "opened")]
    assert len(set(watch.ids)) == 2


def test_a_snoozed_alert_that_is_over_before_its_time_is_not_told() -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.kept[1] = snoozed(watch.only, START + 4 * HOUR)
    watch.look(START + QUARTER, quiet=[KEY])
    for hour in range(3, 7):
        watch.look(START + hour * HOUR + QUARTER, quiet=[KEY])
    assert (watch.only.state, watch.kinds) == ("resolved", ["opened"])


@pytest.mark.parametrize("real", [False, True, None])
def test_what_a_person_closed_is_not_opened_again_for_a_day_unless_it_gets_more_serious(
    real: bool | None,
) -> None:
    watch = Watch()
    watch.look(START, finding())
    closed = {"state": "resolved", "resolved_at": START, "resolved_by": "ann", "real": real}
    watch.kept[1] = replace(watch.only, owed="resolved", owed_since=START, **closed)  # type: ignore[arg-type]
    for quarter in range(1, 90):
        watch.look(START + quarter * QUARTER, finding())
    assert watch.kinds == ["opened", "resolved"]
    watch.look(START + 23 * HOUR, finding("critical"))
    assert (len(watch.kept), watch.kinds[-1], watch.kept[1].real) == (2, "opened", real)


@pytest.mark.parametrize(("real", "alerts"), [(False, 1), (True, 2), (None, 2)])
def test_what_gets_far_larger_after_it_was_closed_is_told_unless_it_was_a_false_alarm(
    real: bool | None, alerts: int
) -> None:
    watch = Watch()
    watch.look(START, finding())
    watch.look(START + QUARTER, finding(news=False))
    watch.kept[1] = replace(watch.only, state="resolved", resolved_at=START, resolved_by="ann", real=real)
    watch.look(START + HOUR, finding(news=False))
    watch.look(START + 2 * HOUR, finding(news=True))
    assert len(watch.kept) == alerts


def test_what_ended_by_itself_and_was_called_a_false_alarm_later_stays_closed() -> None:
    watch = Watch()
    watch.look(START, finding())
    for hour in (1, 4):
        watch.look(START + hour * HOUR, quiet=[KEY])
    watch.kept[1] = replace(watch.only, real=False)
    watch.look(START + 5 * HOUR, finding())
    assert (watch.only.state, len(watch.kept)) == ("resolved", 1)


def test_after_a_day_a_false_alarm_is_told_anew() -> None:
    watch = Watch()
    watch.look(START, finding())
    closed = replace(watch.only, state="resolved", resolved_at=START, resolved_by="ann", real=False)
    watch.kept[1] = closed
    watch.look(START + SAME, finding())
    assert watch.kinds == ["opened", "opened"]


def test_quiet_hours_hold_all_but_what_breaks_through() -> None:
    evening = START + 11 * HOUR
    watch = Watch(NIGHT)
    watch.look(evening, finding(), finding("critical", key="spike:nimbus"))
    assert [severity for *_, severity in watch.told] == ["critical"]
    for quarter in range(1, 40):
        quiet = [KEY, "spike:nimbus"] if quarter > 4 else []
        watch.look(evening + quarter * QUARTER, *([] if quiet else [finding(news=False)]), quiet=quiet)
    morning = datetime(2027, 3, 2, 6, tzinfo=UTC)
    assert sorted((at, kind) for at, _, kind, _ in watch.told[1:]) == [
        (morning, "opened"),
        (morning, "resolved"),
    ]
    assert len(watch.ids) == 2  # the critical one at once, and one digest
    assert all(not one.owed for one in watch.kept.values())


def test_an_end_that_was_held_back_is_not_told_where_it_began_again() -> None:
    watch = Watch(NIGHT)
    watch.look(START, finding())
    for hour in (10, 13):
        watch.look(START + hour * HOUR, quiet=[KEY])
    assert (watch.only.state, watch.only.owed) == ("resolved", "resolved")
    for hour in (14, 19):
        watch.look(START + hour * HOUR, finding(news=False))
    assert (watch.only.state, watch.kinds) == ("open", ["opened"])
    for hour in (20, 23):
        watch.look(START + hour * HOUR, quiet=[KEY])
    assert watch.kinds == ["opened", "resolved"]


def test_a_clock_that_goes_back_tells_nothing_again() -> None:
    watch = Watch(NIGHT)
    minutes = [*range(0, 240), *range(180, 480)]
    for minute in minutes:
        busy = minute < 60
        watch.look(
            START + timedelta(minutes=minute), *([finding(news=minute == 0)] if busy else []), quiet=[KEY]
        )
    assert watch.kinds == ["opened", "resolved"]


def test_a_clock_that_was_days_ahead_delays_nothing() -> None:
    watch = Watch()
    watch.look(START + timedelta(days=300), finding())
    watch.look(START, finding(news=False))
    watch.look(START + HOUR, finding(news=True))
    assert watch.kinds == ["opened", "escalated"]


LOOKS = st.lists(
    st.tuples(
        st.sampled_from([15, 60, 900, 2700, 5400]),  # seconds since the look before
        st.lists(
            st.tuples(
                st.sampled_from(["spike:a", "spike:b", "goal:1"]),
                st.sampled_from(["found", "quiet", "unseen", "nothing"]),
                st.sampled_from(SEVERITIES),
                st.booleans(),
            ),
            max_size=4,
        ),
    ),
    max_size=40,
)
Looks = list[tuple[int, list[tuple[str, str, Severity, bool]]]]


def played(looks: Looks, watch: Watch, *, again: int | None = None) -> datetime:
    """Go through looks; the look number `again` was lost with its process before it was stored, and is made once more."""
    now = START
    for number, (step, said) in enumerate(looks):
        now += timedelta(seconds=step)
        look = Look(
            tuple(
                Finding("goal" if key == "goal:1" else "spike", key, "delta", severity, now, now, news=news)
                for key, what, severity, news in said
                if what == "found"
            ),
            frozenset(key for key, what, *_ in said if what == "quiet"),
            {key: "down" for key, what, *_ in said if what == "unseen"},
        )
        if number == again:
            before = replace(watch, kept=dict(watch.kept), told=[], happened=[], ids=[])
            before.tick(now, look)
        watch.tick(now, look)
        open_keys = [one.key for one in watch.kept.values() if one.state == "open"]
        assert len(open_keys) == len(set(open_keys))
    return now


@given(LOOKS, st.sampled_from([DAY, NIGHT]))
@settings(max_examples=150, deadline=None)
def test_any_looks_one_open_alert_a_key_told_seldom_and_over_in_the_end(looks: Looks, kind: Settings) -> None:
    watch = Watch(kind)
    now = played(looks, watch)
    for _ in range(200):
        now += QUARTER
        watch.look(now, quiet=["spike:a", "spike:b", "goal:1"])
    assert all(one.state == "resolved" and not one.owed for one in watch.kept.values())
    assert len(watch.ids) == len(set(watch.ids))
    for number in watch.kept:
        its = [(at, kind, rank(severity)) for at, alert, kind, severity in watch.told if alert == number]
        for (at, _, before), (later, _, after) in pairwise(its):
            assert later - at >= REPEAT or after > before
        assert [kind for _, kind, _ in its].count("opened") <= 1
        openings = [kind != "resolved" for _, kind, _ in its]
        assert all(openings[place - 1] for place, opening in enumerate(openings) if not opening and place)
        assert not its or its[0][1] == "opened"


@given(LOOKS, st.integers(0, 39))
@settings(max_examples=100, deadline=None)
def test_a_look_made_again_after_a_kill_ends_in_the_same_alerts_and_messages(
    looks: Looks, killed: int
) -> None:
    straight, broken = Watch(), Watch()
    played(looks, straight)
    played(looks, broken, again=killed)
    assert (straight.kept, straight.told, straight.ids) == (broken.kept, broken.told, broken.ids)


@given(LOOKS)
@settings(max_examples=100, deadline=None)
def test_a_look_stored_twice_changes_and_tells_nothing_the_second_time(looks: Looks) -> None:
    watch = Watch()
    now = START
    for step, said in looks:
        now += timedelta(seconds=step)
        findings = tuple(
            Finding("spike", key, None, severity, now, now, news=news)
            for key, what, severity, news in said
            if what == "found"
        )
        watch.tick(now, Look(findings))
        before, heard = dict(watch.kept), len(watch.told)
        watch.tick(now, Look(findings))
        assert (watch.kept, len(watch.told)) == (before, heard)
