"""What comes to a page in English is known there: every error that a page can meet has its translations, and none is of words that nobody says."""

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dashboard.texts.retold import TEXTS, retold
from metrics.language import speaking

ROOT = Path(__file__).parents[2]
NOT_OF_PAGES = (
    "dashboard/api/",
    "dashboard/operators.py",
    "dashboard/handing_on.py",
    "dashboard/live.py",
    "dashboard/reports/",
    "dashboard/texts/",
)
RAISED = ("BadFilter", "NotFound", "NotAllowed", "NotKnown", "TooMuch", "NotAccepted", "AlertError", "QueryError", "OneSelf",
          "SignOnFailed", "DashboardError", "HTTPException", "NotSaved", "fail", "_problem")  # fmt: skip
ELSEWHERE = {
    "too many pages listen already",
    "there is no alert {}; listener alerts list --state all shows all",
    "{} is reckoned from every brand's mentions, so its receipt names them all",
    "{}: {}",
}
"""Said to nothing but programs and commands; and a complaint about a field, which is the configuration's own."""


def words_of(node: ast.expr) -> str | None:
    """A text of the source with {} for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{\w+\}", "{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


def trees(*folders: str) -> Iterator[ast.AST]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(NOT_OF_PAGES):
                yield ast.parse(path.read_text("utf-8"))


def raised() -> Iterator[str]:
    """What an error says; of several texts in a call the last, since a title or a parameter's name comes before it."""
    storage = [ast.parse((ROOT / "storage" / name).read_text("utf-8"))
               for name in ("users.py", "tokens.py", "alerts.py", "query_grammar.py", "query_leaf.py")]  # fmt: skip
    for tree in (*trees("dashboard"), *storage):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
                yield from [words for one in node.args if (words := words_of(one)) and " " in words][-1:]


def test_every_error_that_a_page_can_meet_is_translated() -> None:
    with speaking("nb"):
        assert sorted({words for words in raised() if retold(words) == words} - ELSEWHERE) == []


def noted() -> Iterator[str]:
    """What the log of changes says that somebody did, where the source has it whole."""
    for tree in (*trees("dashboard"), ast.parse((ROOT / "listener/commands/users.py").read_text("utf-8"))):
        for node in ast.walk(tree):
            name = (
                getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            )
            if isinstance(node, ast.Call) and name in ("note", "note_change", "_worked"):
                yield from [str(one.value) for one in node.args if isinstance(one, ast.Constant)][:1]


def test_everything_that_people_do_is_translated() -> None:
    found = set(noted())
    assert found >= {"logged in", "draw", "resolve", "set password"}
    with speaking("nl"):
        assert sorted(what for what in found if retold(what) == what) == []


def test_every_text_is_one_that_the_source_has() -> None:
    paths = [*(ROOT / "nlp").glob("*.py")]
    paths += [path for name in ("dashboard", "storage", "listener") for path in (ROOT / name).rglob("*.py")]
    nodes = (
        node
        for path in paths
        if path.parent.name != "texts"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )
    said = {words_of(node) for node in nodes if isinstance(node, ast.expr)}
    composed = re.compile(
        r"(add|change|remove) (brand|goal)|user: (disable|enable|remove)|irrelevant (True|False|None)|after \{\}"
    )
    by_http = {status.phrase for status in HTTPStatus} | {"Content Too Large", "URI Too Long"}
    assert [one for one in TEXTS if one not in said | by_http and not composed.fullmatch(one)] == []


def test_translations_have_a_place_for_all_that_is_filled_in() -> None:
    for english, translated in TEXTS.items():
        assert {one.count("{}") for one in translated} == {english.count("{}")}, english


@given(st.sampled_from(sorted(TEXTS)), st.lists(st.text(min_size=1, max_size=40), min_size=4, max_size=4))
def test_whatever_is_filled_in_comes_through(english: str, values: list[str]) -> None:
    with speaking("nl"):
        found = retold(english.format(*values))
    assert isinstance(found, str)
    assert found


def test_what_is_not_known_stays_as_it_is() -> None:
    with speaking("nb"):
        assert (
            retold("x509: certificate signed by unknown authority")
            == "x509: certificate signed by unknown authority"
        )
