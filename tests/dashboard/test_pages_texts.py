"""The catalogue of texts and the vendored files: what pages name is there, and what is there is named."""

import json
import re
from hashlib import sha256
from pathlib import Path
from string import Formatter

from dashboard.texts import TEXTS as TABLES
from metrics.language import LANGUAGES

DASHBOARD = Path(__file__).parents[2] / "dashboard"
TEXTS = TABLES["en"]
SOURCES = [
    *(DASHBOARD / "templates").glob("*.html"),
    *(path for path in DASHBOARD.rglob("*.py") if path.parent.name != "texts"),
]
NAMED = re.compile(r"""\bt\(\s*f?["']([a-z_.]+)["'](\s*~)?|\bt\(f["']([a-z_.]+)\{""")


def test_the_tables_have_the_same_texts_in_the_same_order_with_the_same_placeholders() -> None:
    for language in LANGUAGES:
        assert list(TABLES[language]) == list(TEXTS), language
        for name, text in TABLES[language].items():
            assert placeholders(text) == placeholders(TEXTS[name]), f"{language}: {name}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_that_a_page_names_is_in_the_catalogue() -> None:
    for path in SOURCES:
        for whole, joined, made in NAMED.findall(path.read_text("utf-8")):
            name = made or whole
            if joined or made:
                assert any(known.startswith(name) for known in TEXTS), f"{path.name}: {name}"
            else:
                assert name in TEXTS, f"{path.name}: {name}"


def test_every_text_of_the_catalogue_is_used() -> None:
    words = "\n".join(path.read_text("utf-8") for path in SOURCES)
    begun = set(
        re.findall(r"""["']([a-z_.]+[._])(?:["'] ~|\{)""", words)
    )  # put together, as in t("label." ~ name)
    unused = [
        name
        for name in TEXTS
        if not re.search(rf"""["']{re.escape(name)}["']""", words)
        and not any(name.startswith(part) for part in begun)
    ]
    assert unused == []


def test_vendored_files_are_those_that_are_written_down() -> None:
    for folder in (DASHBOARD / "static" / "vendor", Path(__file__).parent / "browser" / "vendor"):
        listed = json.loads((folder / "vendor.json").read_text("utf-8"))
        for name, about in listed.items():
            assert sha256((folder / name).read_bytes()).hexdigest() == about["sha256"], name
            assert all((folder / licence).is_file() for licence in about["licence_files"]), name
        there = {path.name for path in folder.iterdir() if path.is_file()} - {"vendor.json", "README.md"}
        licences = {licence for about in listed.values() for licence in about["licence_files"]}
        assert there - licences == set(listed)


def test_the_font_is_asked_for_under_its_own_version() -> None:
    style = (DASHBOARD / "static" / "app.css").read_text("utf-8")
    for name, version in re.findall(r'url\("([^"?]+)\?v=([0-9a-f]+)"\)', style):
        assert sha256((DASHBOARD / "static" / name).read_bytes()).hexdigest().startswith(version)
