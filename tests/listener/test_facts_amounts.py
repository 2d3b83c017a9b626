"""Numbers and days as tools write them: read back as they were meant, and never guessed."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.importing.facts.amounts import Habit, Sign, Unclear, Unreadable, amount, together
from listener.importing.facts.days import Order, read_day, read_moment

STYLES: list[tuple[str, Sign]] = [
    (",", "."),
    (".", ","),
    (" ", ","),
    ("\u00a0", ","),
    ("\u202f", ","),
    ("'", "."),
    ("", "."),
    ("", ","),
]
UNITS = ["{}", "€ {}", "{} €", "{} EUR", "$ {}", "{} kr", " {} "]


def written(value: Decimal, grouping: str, sign: str) -> str:
    return f"{value:,f}".replace(",", "G").replace(".", sign).replace("G", grouping)


@given(
    st.decimals(min_value=-(10**11), max_value=10**11, places=2),
    st.sampled_from(STYLES),
    st.sampled_from(UNITS),
)
def test_a_number_of_two_decimals_is_read_back_whatever_parts_it(
    value: Decimal, style: tuple[str, Sign], unit: str
) -> None:
    grouping, sign = style
    assert amount(unit.format(written(value, grouping, sign)), sign).value == value
    assert amount(written(value, grouping, sign)).value == value


@given(st.integers(min_value=1000, max_value=999_999), st.sampled_from([(",", "."), (".", ",")]))
def test_thousands_alone_are_read_by_the_column_and_not_without_it(
    value: int, style: tuple[str, Sign]
) -> None:
    text = written(Decimal(value), *style)
    assert amount(text, style[1]).value == value
    with pytest.raises(Unclear, match="could be"):
        amount(text)


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    signs: tuple[Sign | None, ...] = (None, ".", ",")
    for sign in signs:
        with suppress(Unreadable):
            assert amount(text, sign).value.is_finite()
            assert any(letter.isdigit() for letter in text)


@pytest.mark.parametrize(
    "cell",
    [
        "NaN",
        "inf",
        "-",
        "",
        "1e5",
        "1,23,4",
        "1.234.56",
        "1 23",
        "(5",
        "5)",
        "1_000",
        "١٢٣",
        "=1+1",
        "EUR 1 EUR",
        True,
        None,
        [1],
    ],
)
def test_what_is_no_number_is_refused(cell: object) -> None:
    with pytest.raises(Unreadable):
        amount(cell)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_not_finite_is_refused(value: object) -> None:
    with pytest.raises(Unreadable, match="not a number"):
        amount(value)


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("€ 12.50", "12.50", "€"),
        ("-€5", "-5", "€"),
        ("(1,234.50)", "-1234.50", ""),
        ("−3", "-3", ""),
        ("12 %", "12", "%"),
        ("12,34,567.8", "1234567.8", ""),
        ("100 kr.", "100", "kr."),
        (12.5, "12.5", ""),
    ],
)
def test_signs_brackets_and_units_are_told_apart(cell: object, value: str, unit: str) -> None:
    assert amount(cell) == (Decimal(value), unit)


def test_a_column_tells_its_decimal_sign_by_the_cells_that_are_certain() -> None:
    habit, other = Habit(), Habit()
    for line, cell in enumerate(["1.234", "12", "7,5", ""], 2):
        habit.look(line, cell)
    assert (habit.seen, habit.unclear) == ({",": (4, "7,5")}, (2, "1.234"))
    other.look(2, "1.5")
    assert (together([habit]), together([habit, other]), together([])) == (",", None, None)


FORMS = ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%a, %b %d, %Y", "%Y/%m/%d", "%d-%b-%Y"]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(FORMS))
def test_a_day_is_read_back_from_every_form_that_says_which_number_is_the_month(day: date, form: str) -> None:
    assert read_day(day.strftime(form), zone=UTC, day_first=None) == day


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.booleans())
def test_a_day_with_slashes_is_read_by_the_order_of_its_column(day: date, day_first: bool) -> None:
    text = day.strftime("%d/%m/%Y" if day_first else "%m/%d/%Y")
    assert read_day(text, zone=UTC, day_first=day_first) == day
    order = Order()
    order.look(2, text)
    if order.unclear:
        with pytest.raises(Unreadable):
            read_day(text, zone=UTC, day_first=None)
    else:
        assert day.day == day.month or order.told is day_first


def test_the_first_cells_that_show_an_order_are_remembered() -> None:
    order = Order()
    for line, cell in enumerate(["03/04/2026", "13/04/2026", "05/05/2026"], 2):
        order.look(line, cell)
    assert (order.told, order.unclear, order.day_first) == (True, (2, "03/04/2026"), (3, "13/04/2026"))
    order.look(9, "04/13/2026")
    assert order.told is None


def test_a_time_counts_on_its_day_as_written_or_in_the_zone_where_it_names_one() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    assert read_day("2026-11-01 23:30", zone=oslo, day_first=None) == date(2026, 11, 1)
    assert read_day("2026-11-01T23:30:00Z", zone=oslo, day_first=None) == date(2026, 11, 2)
    assert read_moment("2026-11-01 23:30", zone=oslo, day_first=None) == datetime(
        2026, 11, 1, 22, 30, tzinfo=UTC
    )
    assert read_day(datetime(2026, 11, 1, 23), zone=oslo, day_first=None) == date(2026, 11, 1)
    assert read_day(date(2026, 11, 1), zone=oslo, day_first=None) == date(2026, 11, 1)


@pytest.mark.parametrize(
    "cell", ["2026-11", "31.12.26", "2026-02-30", "soon", "", None, 46327, 46327.0, True, timedelta(1)]
)
def test_what_is_no_day_is_refused(cell: object) -> None:
    with pytest.raises(Unreadable):
        read_day(cell, zone=UTC, day_first=None)
