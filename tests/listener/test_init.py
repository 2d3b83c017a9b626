"""The first configuration: what is asked, what is written, and that it always loads."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener import init
from listener.collectors.registry import TYPES
from listener.config import load, parse
from listener.config_reference import page
from listener.demo.sample import config_text
from listener.errors import ConfigError, FileError, UsageError
from listener.init import SAMPLE, Answers, Given, ask, default_query, render, system_timezone, write

ROOT = Path(init.__file__).parent.parent


def test_the_sample_answers_give_a_file_that_loads() -> None:
    config = parse(render(SAMPLE), Path("config.toml"))
    assert [brand.id for brand in config.brands] == ["delta", "jetblue"]
    assert set(config.sources) == {"bluesky", "hackernews"}


def test_the_repositorys_config_toml_is_the_demos() -> None:
    assert (ROOT / "config.toml").read_text(encoding="utf-8") == config_text()
    assert load(ROOT / "config.toml").brands[0].name == "Murmur"


def test_the_page_on_the_configuration_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "config.md").read_text(encoding="utf-8") == page(), "write page() into it"


def test_a_table_inside_a_section_has_its_own_part_of_the_page_with_every_key() -> None:
    part = page().partition("## [[alerts.keywords]]\n")[2].partition("\n## ")[0]
    keys = [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]
    assert keys == ["name", "query", "brand", "at_least", "within", "severity"]
    assert "| `keywords` | list of tables |" in page()


def test_a_file_with_every_source_switched_on_loads() -> None:
    config = parse(render(Answers("Delta", sources=TYPES)), Path("config.toml"))
    assert set(config.sources) == set(TYPES)
    assert all(config.sources[kind].type == kind for kind in TYPES)
    assert {kind for kind in TYPES if not config.sources[kind].enabled} == {"reddit"}, (
        "needs an approval first"
    )


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=30), st.lists(st.text(min_size=1, max_size=10), max_size=3))
def test_any_name_gives_a_file_that_loads_or_an_error_that_says_why(
    brand: str, competitors: list[str]
) -> None:
    text = complaint = ""
    try:
        text = render(Answers(brand, competitors=tuple(competitors)))
    except ConfigError as error:
        complaint = str(error)
    if complaint:
        assert complaint.startswith("config.toml:")
    else:
        name = parse(text, Path("config.toml")).brands[0].name
        assert (name.split(), len(name.splitlines())) == (brand.split(), 1)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Delta", "delta OR @delta OR #delta"),
        ("Jet Blue", '"jet blue" OR @jetblue OR #jetblue'),
        ("AT&T", '"at&t" OR @att OR #att'),
        ("Not", '"not" OR @not OR #not'),
        ('The "Best" Co', '"the best co" OR @thebestco OR #thebestco'),
        ("ソニー", "ソニー"),
    ],
)
def test_a_query_is_made_from_a_name(name: str, query: str) -> None:
    assert default_query(name) == query


def test_only_what_the_options_leave_open_is_asked() -> None:
    asked: list[str] = []

    def question(text: str, default: str) -> str:
        asked.append(text)
        return {"Your brand's name": "Delta", "Competitors, with commas between them": " JetBlue , "}.get(
            text, default
        )

    answers = ask(Given(timezone="Europe/Oslo"), question, {})
    assert (answers.brand, answers.competitors, answers.query) == (
        "Delta",
        ("JetBlue",),
        default_query("Delta"),
    )
    assert "Time zone" not in asked
    asked.clear()
    assert ask(Given(brand="Delta"), question, {"TZ": "Asia/Tokyo"}).timezone == "Asia/Tokyo"
    assert asked == []


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", ""])
def test_a_machine_without_a_known_zone_counts_in_utc(tmp_path: Path, zone: str) -> None:
    assert system_timezone({"TZ": zone}, tmp_path / "localtime") == "UTC"


def test_the_machines_zone_is_read_from_its_link(tmp_path: Path) -> None:
    target = tmp_path / "zoneinfo" / "Europe" / "Oslo"
    target.parent.mkdir(parents=True)
    target.touch()
    (tmp_path / "localtime").symlink_to(target)
    assert system_timezone({}, tmp_path / "localtime") == "Europe/Oslo"


def test_an_unknown_source_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match='"mastodn" is no type of source; did you mean "mastodon"'):
        render(Answers("Delta", sources=("mastodn",)))


def test_a_file_that_is_there_is_kept_unless_forced_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(FileError, match="is there already; name another file, or replace it with --force"):
        write(path, "theirs")
    assert path.read_text() == "mine"
    write(path, "theirs", force=True)
    assert path.read_text() == "theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.toml"]
    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("name", ["none/config.toml", "", "x" * 300, "a\0b"])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        write(tmp_path / name, "text")
    assert str(caught.value).isprintable()


def test_reading_a_configuration_loads_no_heavy_library() -> None:
    heavy = [
        "torch",
        "transformers",
        "onnxruntime",
        "tweepy",
        "pyarrow",
        "asyncpraw",
        "mastodon",
        "feedparser",
        "scipy",
    ]
    code = "import sys, listener.config, listener.init, listener.doctor;"
    code += f"print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
