import ast
import copy
import pickle
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from metrics.alerts.texts import texts_of
from metrics.facts import FACTS
from metrics.goals.goal import Aim
from metrics.goals.words import in_words
from metrics.language import LANGUAGES, Language, speaking
from metrics.metric import AREAS
from metrics.missing import needs, read
from metrics.registry import METRICS
from metrics.saying import Listed, Said, figure, say, told
from metrics.texts import tables, translations

ROOT = Path(__file__).parents[2]
SAYING = ("Said", "told", "say")
PACKAGES = ("metrics", "dashboard", "listener")


def fields(template: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None)


def words(template: str) -> bool:
    """Whether a template says anything of its own."""
    return any(letter.isalpha() for text, *_ in Formatter().parse(template) for letter in text)


def untranslated(value: Any) -> Iterator[str]:
    """The English that is left in a text, however deep."""
    if isinstance(value, Said):
        if words(value.template) and value.template not in translations():
            yield value.template
        for inner in value.values.values():
            yield from untranslated(inner)
    elif isinstance(value, Listed):
        for inner in value:
            yield from untranslated(inner)


def constants(folder: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "texts" not in path.parts:
            yield from ((path, node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))


def literals(folder: str) -> Iterator[tuple[str, str]]:
    """Every template written in a call that says it, with where."""
    for path, node in constants(folder):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name in SAYING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_translations_have_the_fields_of_their_english() -> None:
    wrong = [
        english
        for table in tables()
        for english, said in table.items()
        if len(said) != len(LANGUAGES) - 1 or any(fields(one) != fields(english) for one in said)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_have_the_same_texts_with_the_same_fields_in_every_language(language: Language) -> None:
    english, other = texts_of("en"), texts_of(language)
    assert list(other.texts) == list(english.texts)
    assert list(other.counted) == list(english.counted)
    assert len(other.months) == 12
    assert [name for name in english.texts if fields(other.texts[name]) != fields(english.texts[name])] == []
    assert [
        name for name, (_, many) in other.counted.items() if "{n}" not in many and name != "other brand"
    ] == []


def test_a_text_is_translated_in_one_table_alone() -> None:
    every = [english for table in tables() for english in table]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("folder", PACKAGES)
def test_what_the_code_says_is_translated(folder: str) -> None:
    assert [
        (text, where) for text, where in literals(folder) if words(text) and text not in translations()
    ] == []


MADE = re.compile(
    r"(negative|neutral|positive) (replies|text)|\{n\} (negative|neutral|positive)|too little history .*"
    r"|in the last \{n\} weeks \{name\} never (rose|fell) .*|\{brand\}'s (mentions|negative share) (stayed|rose|fell) .*"
)
"""Templates that the code puts together."""


def test_no_translation_is_left_over() -> None:
    written = {
        node.value for folder in PACKAGES for _, node in constants(folder) if isinstance(node, ast.Constant)
    }
    written |= {name.replace("_", " ") for name in FACTS}
    written |= {text for metric in METRICS.values() for text in (metric.title, metric.interval)}
    left = [english for table in tables() for english in table if english not in written]
    assert [english for english in left if not MADE.fullmatch(english)] == []


def test_titles_areas_intervals_units_and_facts_are_translated() -> None:
    titles = {metric.title for metric in METRICS.values()} | set(AREAS.values()) | set(METRICS)
    units = {metric.unit for metric in METRICS.values()} - {"%"}
    facts = {name for metric in METRICS.values() for name in metric.inputs if name in FACTS}
    facts |= {name.replace("_", " ") for name in facts}
    intervals = {metric.interval for metric in METRICS.values() if metric.interval}
    assert (titles | intervals | units | facts) - set(translations()) == set()


def test_a_text_survives_copies_and_stays_english_as_data() -> None:
    text = needs(
        ["own posts"], Said("none imported since {day}", day=datetime(2027, 3, 1, tzinfo=UTC).date())
    )
    for other in (copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
        assert other == "needs own posts: none imported since 2027-03-01"
        with speaking("nl"):
            assert say(other) == "heeft eigen berichten nodig: niet geïmporteerd sinds 1 mrt 2027"


def test_values_are_said_as_deep_as_they_lie() -> None:
    lines = Said("{needs:;}", needs=Listed([needs(["clicks", "impressions"], "none imported yet")] * 2))
    with speaking("nb"):
        assert say(lines) == "; ".join(["trenger klikk og visninger: ikke importert ennå"] * 2)
    assert read(lines)[0] == ["clicks", "impressions"]


def test_names_are_not_translated() -> None:
    text = Said("{brand} is tracked now and was not then", brand="Mentions")
    with speaking("nb"):
        assert say(text) == "Mentions følges nå, men ble ikke fulgt da"


def test_figures_keep_their_digits_in_every_language() -> None:
    for language, shown in (("en", "-1,234.5"), ("nb", "−1\u00a0234,5"), ("nl", "−1.234,5")):
        with speaking(language):  # type: ignore[arg-type]
            assert figure(-1234.5, ",.1f") == shown
            assert told("{n:,.1f} points", n=-1234.5).startswith(shown)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "to 40 % share of voice by 2027-03-31 for Delta on x"),
        ("nb", "andel av omtalen: til 40 % innen 31. mars 2027 for Delta på x"),
        ("nl", "aandeel van het gesprek: naar 40% uiterlijk 31 mrt 2027 voor Delta op x"),
    ],
)
def test_a_goal_is_said_in_the_order_of_each_language(language: Language, said: str) -> None:
    goal = in_words("share_of_voice", Aim("to", 40), date(2027, 3, 31), brand="Delta", channel="x")
    with speaking(language):
        assert say(goal) == said
