"""Goals in words: what is understood, what is asked back, and that nothing is lost on the way there and back."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.errors import MetricError
from metrics.goals.goal import Aim, bounds, fits
from metrics.goals.names import called, names
from metrics.goals.words import in_words, read, read_change
from metrics.registry import METRICS

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("words", "kpi", "aim", "last_day"),
    [
        (
            "+35 % average engagement rate in 4 months",
            "average_engagement_rate",
            Aim("percent", 35),
            date(2027, 3, 22),
        ),
        ("+500 followers next month", "followers", Aim("amount", 500), date(2026, 12, 31)),
        (
            "+20 % click-through rate by the end of the year",
            "click_through_rate",
            Aim("percent", 20),
            date(2026, 12, 31),
        ),
    ],
)
def test_the_three_examples_are_understood_word_for_word(
    words: str, kpi: str, aim: Aim, last_day: date
) -> None:
    worded = read(words)
    assert (worded.kpi, worded.aim, worded.deadline.last_day(TODAY)) == (kpi, aim, last_day)
    assert (worded.brand, worded.channel, worded.campaign) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "kpi", "aim"),
    [
        ("-10 points negative share this year", "negative_share", Aim("points", -10)),
        ("−5pp negative_share this year", "negative_share", Aim("points", -5)),
        ("to 40 % share of voice this year", "share_of_voice", Aim("to", 40)),
        ("reach 40 % share of voice this year", "share_of_voice", Aim("to", 40)),
        ("+1.5k mentions this year", "mentions", Aim("amount", 1500)),
        ("+1,500 mentions this year", "mentions", Aim("amount", 1500)),
        ("500 more mentions this year", "mentions", Aim("amount", 500)),
        ("10 percent fewer mentions this year", "mentions", Aim("percent", -10)),
        ("grow mentions by 10 % this year", "mentions", Aim("percent", 10)),
        ("reduce negative share to 20 % this year", "negative_share", Aim("to", 20)),
        ("lower the negative share by 5 points this year", "negative_share", Aim("points", -5)),
        ("Share of voice, by people +5 points this year", "share_of_voice_people", Aim("points", 5)),
        ("+5 net sentiment this year", "net_sentiment", Aim("points", 5)),
        ("-5 % negative share (as labelled) this year", "negative_share_raw", Aim("percent", -5)),
        ("+10 % SoV this year", "share_of_voice", Aim("percent", 10)),
    ],
)
def test_changes_are_read_as_people_write_them(words: str, kpi: str, aim: Aim) -> None:
    worded = read(words)
    assert (worded.kpi, worded.aim) == (kpi, aim)


@pytest.mark.parametrize(
    ("when", "last_day"),
    [
        ("in 4 months", date(2027, 3, 22)),
        ("within six weeks", date(2027, 1, 3)),
        ("in a year", date(2027, 11, 22)),
        ("over the next 2 quarters", date(2027, 5, 22)),
        ("this week", TODAY),
        ("next week", date(2026, 11, 29)),
        ("this quarter", date(2026, 12, 31)),
        ("next quarter", date(2027, 3, 31)),
        ("by the end of next month", date(2026, 12, 31)),
        ("by the end of this month", date(2026, 11, 30)),
        ("by the end of 2027", date(2027, 12, 31)),
        ("by the end of June", date(2027, 6, 30)),
        ("by year end", date(2026, 12, 31)),
        ("by June", date(2027, 6, 30)),
        ("by November", date(2026, 11, 30)),
        ("before June", date(2027, 5, 31)),
        ("by Feb 2028", date(2028, 2, 29)),
        ("by Q1", date(2027, 3, 31)),
        ("by Q2 2027", date(2027, 6, 30)),
        ("by 2027-03-31", date(2027, 3, 31)),
        ("before 2027-03-31", date(2027, 3, 30)),
        ("by 31 March", date(2027, 3, 31)),
        ("until 31st of March 2028", date(2028, 3, 31)),
        ("by March 31, 2027", date(2027, 3, 31)),
    ],
)
def test_the_last_day_is_counted_from_the_day_the_goal_begins(when: str, last_day: date) -> None:
    assert read(f"+10 % mentions {when}").deadline.last_day(TODAY) == last_day


def test_months_end_on_days_that_exist() -> None:
    in_four_months = read("+10 % mentions in 4 months").deadline
    assert in_four_months.last_day(date(2026, 10, 31)) == date(2027, 2, 28)
    assert in_four_months.last_day(date(2027, 10, 31)) == date(2028, 2, 29)


def test_what_a_word_was_taken_for_is_told() -> None:
    assert "2 %" not in " ".join(read("+2 % mentions in 4 months").notes)
    assert read("+2 % mentions next month").notes == (
        '"next month" is read as by the last day of the next calendar month',
    )
    assert "before June" in read("+2 % mentions by June").notes[0]
    assert read("40 % share of voice by 2027-01-01").notes == (
        "40 % without a sign is read as the value to reach; write +40 % for a rise",
    )
    assert "read as net_sentiment" in read("+2 sentiment in 4 months").notes[0]


def test_brand_channel_and_campaign_come_in_any_order() -> None:
    worded = read('+10 % mentions for "Delta By Night" on mastodon in 4 months in campaign spring')
    assert (worded.brand, worded.channel, worded.campaign) == ("Delta By Night", "mastodon", "spring")
    worded = read("+10 % mentions in campaign spring by June for Jet Blue on x")
    assert (worded.brand, worded.channel, worded.campaign) == ("Jet Blue", "x", "spring")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("+20 % mentoins by June", 'no figure is called "mentoins"; did you mean "mentions"?'),
        (
            "+20 % engagement rate by June",
            'did you mean "engagement rate by reach" or "average engagement rate"',
        ),
        ("+20 % mentions", 'does not say by when; add "in 4 months"'),
        ("+20 % mentions in 4 months by June", "says twice by when"),
        (
            "+5 share of voice by June",
            r"leaves open of what: write \+5 % \(of what it is now\) or \+5 points",
        ),
        ("+5 points mentions by June", "mentions is counted in count, not in %"),
        ("+20 % net sentiment by June", "write a change in points"),
        ("to 130 % share of voice by June", "cannot be 130: it lies between 0 and 100"),
        ("to 40 % mentions by June", "cannot come to 40 %"),
        ("reduce mentions by +5 % this year", "say opposite things"),
        ("+1,5 % mentions by June", "write decimals with a point, as in 1.5"),
        ("", "a goal has 1 to 300 characters"),
        ("+35 %", "ends too early"),
        ("+35 % mentions in 0 months", "write a whole one"),
        ("by June +10 % mentions", "cannot be read; write it as in"),
    ],
)
def test_what_the_words_leave_open_is_asked_with_what_to_write(words: str, answer: str) -> None:
    with pytest.raises(MetricError, match=answer):
        read(words)


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("by 2027-02-30", "is no day of the calendar"),
        ("by 2025-02-20", "lies before 2026-11-22"),
        ("in 20 years", "more than ten years ahead"),
    ],
)
def test_a_day_that_cannot_be_the_last_one_is_refused(when: str, answer: str) -> None:
    with pytest.raises(MetricError, match=answer):
        read(f"+10 % mentions {when}").deadline.last_day(TODAY)


def test_every_figure_is_known_by_its_id_and_by_what_it_is_called() -> None:
    for kpi in METRICS:
        assert names()[kpi.replace("_", " ")] == kpi
        assert read(f"to 1 {called(kpi)} by 2027-01-01").kpi == kpi


@st.composite
def _goals(draw: st.DrawFn) -> tuple[str, Aim, date, dict[str, str | None]]:
    kpi = draw(st.sampled_from(sorted(METRICS)))
    metric, amount = METRICS[kpi], draw(st.integers(1, 10_000_000)) / 100
    low, high = bounds(metric)
    kinds = ["to"] + ["percent"] * (low >= 0)
    kinds += ["points"] if metric.unit.startswith(("%", "points")) or low < 0 else ["amount"]
    kind = draw(st.sampled_from(kinds))
    if kind == "to":
        amount = min(amount, high)
    aim = Aim(
        kind,
        amount
        if kind == "to"
        else draw(st.sampled_from([amount, -(min(amount, 100) if kind == "percent" else amount)])),
    )  # type: ignore[arg-type]
    name = st.one_of(st.none(), st.from_regex(r"[a-z][a-z0-9_-]{0,12}( by [a-z]{1,5})?", fullmatch=True))
    place = {key: draw(name) for key in ("brand", "channel", "campaign")}
    return kpi, aim, TODAY + timedelta(days=draw(st.integers(0, 3000))), place


@given(_goals())
def test_a_goal_in_words_is_the_same_goal_again(goal: tuple[str, Aim, date, dict[str, str | None]]) -> None:
    kpi, aim, last_day, place = goal
    fits(aim, METRICS[kpi])
    words = in_words(kpi, aim, last_day, **place)
    worded = read(words)
    assert (worded.kpi, worded.aim, worded.deadline.last_day(TODAY)) == (kpi, aim, last_day)
    assert {name: getattr(worded, name) for name in place} == place
    assert in_words(worded.kpi, worded.aim, worded.deadline.last_day(TODAY), **place) == words


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "+5",
                "%",
                "mentions",
                "by",
                "June",
                "in",
                "4",
                "months",
                "for",
                "x",
                "to",
                "next",
                "the",
                "end",
                "of",
            ]
        )
    ).map(" ".join)
)
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        worded = read(text)
        last_day = worded.deadline.last_day(TODAY)
    except MetricError:
        return
    assert last_day >= TODAY
    assert worded.kpi in METRICS


def test_a_change_alone_reads_as_in_the_configuration() -> None:
    assert read_change("+35 %") == Aim("percent", 35)
    assert read_change("-2.5 points") == Aim("points", -2.5)
    with pytest.raises(MetricError):
        read_change("35 mentions")
