"""The pie is not the company: what a user sees of mentions that are not about the brand, and how they say otherwise."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.cli import app
from listener.config import parse
from listener.config_sections import RELEVANCE
from listener.errors import ConfigError, UsageError
from listener.labelling import SharedWork, label_waiting
from listener.service import open_service
from nlp.types import Item, NotLabelled, Scores
from storage.counts import recount
from storage.errors import StorageError
from storage.posts import save
from storage.types import Batch, MatchedPost, NewMention, NewPost

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW = ["--since", "2026-11-20", "--until", "2026-11-21"]
BRAND = '[[brands]]\nid = "pomm"\nname = "Pomm"\nquery = "pomm"\n'
TEXTS = ["pomm phones are dear", "pomm opens a shop", "a warm pomm pie", "pomm pie with cream"]


class Baker:
    """Knows pies: what names one is not about the company, and more so with cream."""

    model_id = "baker"

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [Scores(0.1, 0.1, 0.8, relevance=self.relevance(item.text)) for item in items]

    @staticmethod
    def relevance(text: str) -> float:
        return 0.02 if "cream" in text else 0.04 if "pie" in text else 0.95


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with four labelled mentions, numbered 1 to 4, two of them about pies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(BRAND, encoding="utf-8")
    service = open_service(Path("config.toml"), now=NOON)
    posts = [
        NewPost(source="x", source_id=str(n), text=words, published_at=NOON, observed_at=NOON)
        for n, words in enumerate(TEXTS)
    ]
    mention = NewMention(brand_id="pomm", query_version=1, target="pomm")
    save(service.db, Batch("x", [MatchedPost(item, [mention]) for item in posts]), now=NOON)
    label_waiting(service.db, SharedWork(Baker()), clock=lambda: NOON)
    yield tmp_path
    assert recount(service.db) == []
    service.close()


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "200"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def answer(*arguments: str) -> Any:
    return json.loads(said(*arguments, "--format", "json"))


def counted() -> tuple[float, float]:
    """What metrics says of mentions and of the positive share."""
    points = answer("metrics", "mentions", "positive_share", *WINDOW)
    return points[0]["value"], points[1]["n"]


def listed(*arguments: str) -> list[int]:
    return sorted(int(row["id"]) for row in answer("mentions", *arguments, *WINDOW))


def test_pies_are_in_no_figure_but_are_shown_when_asked_for(folder: Path) -> None:
    assert counted() == (2, 2)
    assert listed() == [1, 2]
    rows = answer("mentions", "--irrelevant", *WINDOW)
    found = [(row["id"], row["relevance"], row["irrelevant"], row["said_irrelevant"]) for row in rows]
    assert found == [("4", 0.02, True, None), ("3", 0.04, True, None)]
    assert all(row["label"] == "positive" for row in rows)
    table = said("mentions", "--irrelevant", *WINDOW)
    assert "not about it, relevance 0.02" in table
    assert "--about ID" in table
    header, first, *_ = said("mentions", *WINDOW, "--format", "csv").splitlines()
    assert dict(zip(header.split(","), first.split(","), strict=True))["irrelevant"] == "false"


def test_every_table_of_figures_says_how_many_are_left_out(folder: Path) -> None:
    assert "2 mentions left out as not about the brand; --irrelevant shows them" in said("mentions", *WINDOW)
    assert "2 mentions left out" in said("metrics", "mentions", *WINDOW)
    assert "2 of Pomm" in said("status")
    assert [brand["irrelevant"] for brand in answer("status")["brands"]] == [2]
    said("mentions", "--about", "3")
    said("mentions", "--about", "4")
    for command in (["mentions", *WINDOW], ["metrics", *WINDOW], ["status"]):
        assert "left out" not in said(*command).lower()


def test_a_person_overturns_the_model_and_may_take_it_back(folder: Path) -> None:
    assert answer("mentions", "--about", "3") == {
        "id": "3",
        "relevance": 0.04,
        "irrelevant": False,
        "said_irrelevant": False,
    }
    assert listed() == [1, 2, 3]
    assert "about it, a person says, relevance 0.04" in said("mentions", *WINDOW)
    assert "not about Pomm: it is left out" in said("mentions", "--not-about", "1")
    assert counted() == (2, 2)
    assert "not about it, a person says, relevance 0.95" in said("mentions", "--irrelevant", *WINDOW)
    (folder / "config.toml").write_text(BRAND + "relevance = 0\n", encoding="utf-8")
    assert listed("--irrelevant") == [1]
    (folder / "config.toml").write_text(BRAND, encoding="utf-8")
    assert "relevance is 0.04, and Pomm asks for 0.05" in said("mentions", "--unsay", "3")
    assert "counts" in said("mentions", "--unsay", "1")
    assert listed("--irrelevant") == [3, 4]


@pytest.mark.parametrize(
    ("threshold", "left_out"), [("0", []), ("0.03", [4]), ("0.5", [3, 4]), ("1", [1, 2, 3, 4])]
)
def test_the_threshold_of_the_configuration_is_followed_at_the_next_start(
    folder: Path, threshold: str, left_out: list[int]
) -> None:
    (folder / "config.toml").write_text(f"{BRAND}relevance = {threshold}\n", encoding="utf-8")
    assert listed("--irrelevant") == left_out
    assert counted()[0] == 4 - len(left_out)


def test_an_export_holds_the_score(folder: Path) -> None:
    said("export", "mentions", "--to", "mentions.jsonl", *WINDOW)
    rows = [json.loads(line) for line in Path("mentions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["relevance"], row["irrelevant"]) for row in rows] == [(0.95, False)] * 2


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (["--about", "0"], UsageError, "no mention has the number 0"),
        (["--not-about", "-4"], UsageError, "no mention has the number -4"),
        (["--unsay", str(2**63)], UsageError, "no mention has the number"),
        (["--not-about", "77"], StorageError, "there is no mention 77"),
        (["--about", "1", "--not-about", "1"], UsageError, "one thing at a time"),
        (["--correct", "1", "positive", "--about", "1"], UsageError, "one thing at a time"),
        (["positive", "--not-about", "1"], UsageError, "one thing at a time"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    folder: Path, arguments: list[str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        said("mentions", *arguments)
    assert listed("--irrelevant") == [3, 4]


@pytest.mark.parametrize("value", ["1.01", "-0.1", '"0.2"', "true", "nan", "[0.2]"])
def test_a_threshold_is_a_number_from_0_to_1(value: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml:5: "):
        parse(f"{BRAND}relevance = {value}\n", Path("config.toml"))


def test_a_threshold_goes_to_storage_in_ten_thousandths() -> None:
    (plain,) = parse(BRAND, Path("config.toml")).brands
    assert (plain.relevance, plain.as_query().relevance) == (RELEVANCE, round(RELEVANCE * 10_000))
    (fine,) = parse(f"{BRAND}relevance = 0.1234\n", Path("config.toml")).brands
    assert fine.as_query().relevance == 1234
