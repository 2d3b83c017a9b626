"""Another model is chosen: figures stay with the old one, for new mentions too, until the new one has labelled the past; then all turn."""

import json
import os
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from listener import pipeline
from listener.cli import app
from listener.commands.status import gather
from listener.labelling import SharedWork, label_batch
from listener.service_run import Labelling
from nlp.errors import ModelError
from nlp.types import Item, Labeller, NotLabelled, Scores
from storage.counts import close_days, recount, sums
from storage.db import Database, open_database
from storage.labels import label_again, model_in_use, use_model
from storage.model_change import ModelChange, model_change, want_model
from storage.revisions import restated
from tests.listener.made_up_network import BRANDS, START, MadeUpService, Upstream, service_over
from tests.nlp.tiny_models import five_stars, two_classes

MANY = 120
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Says:
    """A labeller that finds everything the same, and remembers what it was asked."""

    def __init__(self, model_id: str, scores: Scores) -> None:
        self.model_id = model_id
        self.scores = scores
        self.asked: Counter[str] = Counter()

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        self.asked.update(item.text for item in items)
        return [self.scores for _ in items]


@dataclass
class Switching(MadeUpService):
    """A service whose models are at hand; `chosen` is the configured one."""

    models: dict[str, Labeller] = field(default_factory=dict)
    chosen: str = "old"

    def labeller(self, model: str | None = None) -> Labeller:
        return self.models[model or self.chosen]

    def labeller_again(self, model_id: str) -> Labeller:
        if model_id not in self.models:
            raise ModelError(f"{model_id}: not here any more")
        return self.models[model_id]


@pytest.fixture
def service(db: Database) -> Switching:
    """The old model has labelled 120 mentions, all as negative; the new one would find them positive."""
    network = Upstream()
    for number in range(MANY):
        network.post(number, f"{BRANDS[number % 3]} again {number}", at=START - timedelta(minutes=number))
    plain = service_over(db, press=network)
    models: dict[str, Labeller] = {
        "old": Says("old", Scores(0.8, 0.1, 0.1)),
        "new": Says("new", Scores(0.1, 0.1, 0.8)),
    }
    parts = (plain.config, db, plain.brands, plain.tracked, plain.matcher, plain.owners, {}, plain.networks)
    service = Switching(*parts, models)
    collect(service)
    step(service)
    assert figures(db) == (MANY, 0, 0)
    return service


def collect(service: Switching) -> None:
    assert not pipeline.collect(service, "press", clock=lambda: START).errors


def offer(service: Switching, *numbers: int) -> None:
    """New posts, collected."""
    for number in numbers:
        service.networks["press"].post(number, f"aurora anew {number}")
    collect(service)


def step(service: Switching, *, batches: int | None = None, now: datetime = START) -> Labelling:
    """The job of a process that was just started with the chosen model; asked to stop after so many batches."""
    seen = count()
    job = Labelling(
        service, stopping=lambda: batches is not None and next(seen) >= batches, clock=lambda: now
    )
    job()
    return job


def figures(db: Database) -> tuple[int, int, int]:
    """Negative, positive and unlabelled mentions, as pages show them."""
    found = sums(db, brands=BRANDS, since=START - 9 * DAY, until=START + DAY, every="all")
    return (
        sum(row.negative for row in found),
        sum(row.positive for row in found),
        sum(row.unlabelled for row in found),
    )


def asked(service: Switching, model: str) -> int:
    """How many texts a model was asked, each of them once."""
    found = service.models[model].asked  # type: ignore[attr-defined]
    assert not found or set(found.values()) == {1}
    return len(found)


def labels(db: Database, model: str) -> int:
    with db.read() as connection:
        wanted = text("SELECT count(*) FROM labels WHERE model_id = :model")
        return int(connection.execute(wanted, {"model": model}).scalar_one())


def test_figures_stay_with_the_old_model_until_the_new_one_has_labelled_the_past(service: Switching) -> None:
    db = service.db
    close_days(db, now=START + 9 * DAY)
    service.chosen = "new"
    step(service, batches=1)
    done = asked(service, "new")
    assert 0 < done < MANY
    assert model_change(db) == ModelChange("old", "new", done, MANY)
    assert gather(service, now=START)["model_change"]["labelled"] == done
    assert (model_in_use(db), figures(db), restated(db)) == ("old", (MANY, 0, 0), [])
    step(service)
    assert (model_in_use(db), figures(db)) == ("new", (0, MANY, 0))
    assert {(change.reason, change.labels > 0) for change in restated(db)} == {("new model", True)}
    assert labels(db, "old") == asked(service, "new") == MANY
    assert (model_change(db), recount(db)) == (None, [])


def test_what_is_new_is_labelled_by_the_old_model_first_while_the_change_is_under_way(
    service: Switching,
) -> None:
    service.chosen = "new"
    step(service, batches=1)
    offer(service, 500, 501)
    assert figures(service.db) == (MANY, 0, 2)
    step(service, batches=1)
    assert figures(service.db) == (MANY + 2, 0, 0)
    step(service)
    assert figures(service.db) == (0, MANY + 2, 0)
    assert asked(service, "old") == asked(service, "new") == MANY + 2


def test_a_change_of_mind_half_way_costs_nothing_and_what_was_done_still_holds(service: Switching) -> None:
    service.chosen = "new"
    step(service, batches=1)
    done = asked(service, "new")
    service.chosen = "old"
    offer(service, 500)
    step(service)
    assert (figures(service.db), model_change(service.db)) == ((MANY + 1, 0, 0), None)
    assert (asked(service, "old"), asked(service, "new")) == (MANY + 1, done)
    service.chosen = "new"
    step(service)
    assert figures(service.db) == (0, MANY + 1, 0)
    assert asked(service, "new") == MANY + 1
    assert recount(service.db) == []


def test_the_way_back_after_a_change_needs_only_what_came_since(service: Switching) -> None:
    service.chosen = "new"
    step(service)
    offer(service, 500)
    step(service)
    service.chosen = "old"
    step(service)
    assert (model_in_use(service.db), figures(service.db)) == ("old", (MANY + 1, 0, 0))
    assert asked(service, "old") == asked(service, "new") == MANY + 1


def test_an_old_model_that_is_gone_leaves_what_is_new_to_the_switch(service: Switching) -> None:
    service.chosen = "new"
    del service.models["old"]
    step(service, batches=1)
    offer(service, 500)
    job = step(service, batches=1)
    assert (job.lost, figures(service.db)) == ("old", (MANY, 0, 1))
    step(service)
    assert figures(service.db) == (0, MANY + 1, 0)
    assert asked(service, "new") == MANY + 1


def test_an_old_model_that_comes_back_labels_what_it_missed(service: Switching) -> None:
    service.chosen, old = "new", service.models.pop("old")
    offer(service, 500)
    step(service, batches=1)
    assert figures(service.db) == (MANY, 0, 1)
    service.chosen, service.models["old"] = "old", old
    step(service)
    assert figures(service.db) == (MANY + 1, 0, 0)


def test_labels_given_again_in_the_middle_of_a_change_are_given_again(service: Switching) -> None:
    service.chosen = "new"
    step(service, batches=1)
    done = asked(service, "new")
    assert label_again(service.db, "new", now=START) == done
    step(service)
    assert figures(service.db) == (0, MANY, 0)
    again = service.models["new"].asked  # type: ignore[attr-defined]
    assert sum(again.values()) == MANY + done
    label_again(service.db, "new", now=START)
    assert figures(service.db) == (0, MANY, 0)
    step(service)
    assert sum(again.values()) == 2 * MANY + done
    assert recount(service.db) == []


class Killed(Says):
    """Says through a pipe that it was asked for the second time, and waits for its end."""

    calls = 0
    pipe = -1

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        self.calls += 1
        if self.calls == 2:
            os.write(self.pipe, b".")
            signal.pause()
        return super().label(items)


def in_a_process_killed_while_labelling(url: str) -> None:
    """Start on the change in a process of its own; kill it in the middle of its second batch."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            model = Killed("new", Scores(0.1, 0.1, 0.8))
            model.pipe = writing
            db = open_database(url)
            while label_batch(db, SharedWork(model), clock=lambda: START):
                pass
        finally:
            os._exit(1)
    assert os.read(reading, 1) == b"."
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)


def test_a_kill_in_the_middle_loses_no_label_and_switches_nothing(
    service: Switching, database_url: str
) -> None:
    service.chosen = "new"
    in_a_process_killed_while_labelling(database_url)
    stored = labels(service.db, "new")
    assert 0 < stored < MANY
    assert (model_in_use(service.db), figures(service.db)) == ("old", (MANY, 0, 0))
    step(service)
    assert model_in_use(service.db) == "old", "what the dead process had taken is lent for five minutes"
    step(service, now=START + HOUR)
    assert figures(service.db) == (0, MANY, 0)
    assert asked(service, "new") == MANY - stored
    assert recount(service.db) == []


def test_the_turn_of_the_job_ends_after_its_time(service: Switching) -> None:
    service.chosen = "new"
    times = (START + number * timedelta(seconds=20) for number in count())
    Labelling(service, clock=lambda: next(times))()
    assert 0 < asked(service, "new") < MANY
    assert not use_model(service.db, "new", now=START)


CONFIG = """\
[storage]
url = "{url}"
[nlp]
model = "{model}"
threads = 1
[[brands]]
name = "Aurora"
query = "aurora"
"""


@pytest.fixture
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two models, a configuration that chooses the first, and twelve imported posts."""
    monkeypatch.chdir(tmp_path)
    two_classes(tmp_path / "two")
    five_stars(tmp_path / "stars")
    (tmp_path / "config.toml").write_text(CONFIG.format(url=database_url, model="two"))
    said = {"source": "x", "published_at": "2026-03-01T08:00:00Z", "author": "@ann"}
    posts = [said | {"source_id": str(n), "text": f"aurora {n} was {'bad' * n}"} for n in range(12)]
    (tmp_path / "posts.jsonl").write_text("".join(f"{json.dumps(post)}\n" for post in posts))
    listener("import", "posts.jsonl")
    return tmp_path


def listener(*words: str) -> Any:
    """What a command answers in JSON."""
    done = CliRunner().invoke(app, [*words, "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_by_the_command_line_the_configured_model_has_the_last_word(folder: Path, database_url: str) -> None:
    first = listener("label")
    assert (first["labelled"], first["waiting"], first["in_use"]) == (12, 0, first["model"])
    other = listener("label", "--model", "stars")
    assert (other["labelled"], other["in_use"], other["model"][:6]) == (12, other["model"], "stars@")
    back = listener("label")
    assert (back["labelled"], back["in_use"]) == (0, first["model"])
    status = listener("status")
    assert (status["model"], status["model_change"], status["waiting_for_a_label"]) == (
        first["model"],
        None,
        0,
    )
    (folder / "config.toml").write_text(CONFIG.format(url=database_url, model="stars"))
    assert listener("label")["in_use"] == other["model"]
    again = listener("label", "--again")
    assert (again["labelled"], again["in_use"]) == (12, other["model"])


def test_what_a_change_does_is_told_in_words(folder: Path, database_url: str) -> None:
    in_use = listener("label")["model"]
    terminal = CliRunner(env={"COLUMNS": "400"})
    said = terminal.invoke(app, ["label", "--model", "stars"]).stdout
    assert "1 star, 2 stars are read as negative, 3 stars as neutral, 4 stars, 5 stars as positive" in said
    assert 'config.toml says model = "two"' in said
    listener("label")
    db = open_database(database_url)
    want_model(db, "new")
    db.close()
    assert f"changing from {in_use} to new: 0 of 12 labelled" in terminal.invoke(app, ["status"]).stdout
    refused = terminal.invoke(app, ["label", "--model", "nowhere"])
    assert "nowhere: neither a folder nor a model name" in str(refused.exception)
