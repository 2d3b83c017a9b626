"""Figures and times as Norwegian and Dutch write them; English is in the doctests of dashboard/format.py."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import format
from dashboard.names import language_name, network_name
from dashboard.pages.charts import step_name
from metrics.language import LANGUAGES, Language, speaking

NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
AGES = (5, 200, 7_300, 200_000, -600)


def spaces(text: str) -> str:
    return text.replace("\u00a0", " ")


def written(language: Language) -> list[str]:
    with speaking(language):
        found = [
            format.number(1_234_567),
            format.number(-1234.5, "points"),
            format.number(46.21, "%"),
            format.number(1234.5, "money", "EUR"),
            format.number(4.25, "stars"),
            format.number(3.5, "hours"),
            format.short(12_345),
            format.short(2_400_000),
            format.between(16, 59, "%"),
            format.change(-0.4, "points"),
            format.day(date(2026, 11, 22)),
            format.moment(NOW, "Europe/Oslo"),
            format.days(date(2025, 10, 24), date(2026, 3, 2)),
            *(format.ago(NOW - timedelta(seconds=s), NOW) for s in AGES),
            *(step_name(NOW, every, "Europe/Oslo") for every in ("hour", "day", "week", "month")),
            language_name("de"),
            network_name("feeds"),
        ]
    return [spaces(text) for text in found]


def test_norwegian() -> None:
    assert written("nb") == [
        "1 234 567", "−1 234", "46 %", "EUR 1 234,50", "4,2", "3,5 t", "12,3k", "2,4 mill.", "16 til 59 %", "−0,4 poeng",
        "22. nov. 2026", "22. nov. 2026, 10:05", "24. okt. 2025 til 2. mars 2026",
        "akkurat nå", "for 3 min siden", "for 2 t siden", "for 2 dager siden", "om 10 min",
        "22. nov. 10:05", "22. nov.", "22. til 28. nov.", "nov. 2026", "Tysk", "Nyheter og blogger",
    ]  # fmt: skip


def test_dutch() -> None:
    assert written("nl") == [
        "1.234.567", "−1.234", "46%", "EUR 1.234,50", "4,2", "3,5 u", "12,3k", "2,4 mln.", "16 tot 59%", "−0,4 punten",
        "22 nov 2026", "22 nov 2026, 10:05", "24 okt 2025 t/m 2 mrt 2026",
        "zojuist", "3 min geleden", "2 uur geleden", "2 dagen geleden", "over 10 min",
        "22 nov 10:05", "22 nov", "22 t/m 28 nov", "nov 2026", "Duits", "Nieuws en blogs",
    ]  # fmt: skip


@given(st.floats(-1e12, 1e12), st.sampled_from(["count", "points", "%", "ratio", "money", "hours", "stars"]))
def test_all_languages_round_alike(value: float, unit: str) -> None:
    digits = set()
    for language in LANGUAGES:
        with speaking(language):
            digits.add("".join(one for one in format.number(value, unit) if one.isdigit() or one == "−"))
    assert len(digits) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_of_a_year_has_a_name_of_its_own(language: Language) -> None:
    with speaking(language):
        names = [format.day(date(2027, 1, 1) + timedelta(days=n)) for n in range(365)]
    assert len(set(names)) == 365
    assert all("2027" in name for name in names)
