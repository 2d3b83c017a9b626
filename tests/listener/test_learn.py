"""`listener learn`: what people corrected trains, what they checked at random judges, and the change of model does the rest."""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from typer.testing import CliRunner

from listener import heads
from listener.cli import app
from listener.config import parse
from listener.doctor import real_parts
from listener.errors import UsageError
from listener.learning import _chosen, learn_head
from listener.matching import Matcher
from listener.ownership import Owners
from listener.service import Service, open_service
from listener.service_run import Labelling
from nlp.errors import ModelError
from nlp.training.network import Classifier
from nlp.types import LABELS, Label, Labeller
from storage.db import Database
from storage.labels import correct, model_in_use
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.rows import insert_rows
from storage.settings import put_setting
from storage.tables import Correction
from storage.types import Batch, NewAuthor, NewPost
from tests.listener.made_up_network import ByRule
from tests.nlp.conftest import WORDS, tiny_classifier, tiny_tokenizer, write_tiny  # noqa: F401
from tests.storage.posts import NOON, named, post

CONFIG = '[[brands]]\nid = "delta"\nname = "Delta"\nquery = "delta"\n[nlp]\nmodel = "{model}"\nthreads = 1\n'
SLANG = "saved"
"""Among these people it is praise, whatever the model thinks."""
PLAIN = [word for word in WORDS if word not in (SLANG, "delta")]
POSTS = 1_800


def texts() -> list[str]:
    """Different made-up texts of a few words; every fourth holds the slang."""
    chance = random.Random(7)
    made: dict[str, None] = {}
    while len(made) < POSTS:
        words = chance.choices(PLAIN, k=chance.randint(3, 7))
        if len(made) % 4 == 0:
            words.insert(chance.randrange(len(words)), SLANG)
        made[" ".join(words)] = None
    return list(made)


def written(number: str, words: str) -> NewPost:
    """A post by an author of its own."""
    return post(number, words, author=NewAuthor(source_author_id=number, handle=f"a{number}"))


@pytest.fixture(scope="module")
def untaught(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_tokenizer: Tokenizer,  # noqa: F811
    tiny_classifier: Classifier,  # noqa: F811
) -> Path:
    """A folder whose database holds mentions that the tiny model has labelled; the model lies in it too."""
    folder = tmp_path_factory.mktemp("untaught")
    write_tiny(folder / "tiny", tiny_tokenizer, tiny_classifier)
    (folder / "config.toml").write_text(CONFIG.format(model=folder / "tiny"), encoding="utf-8")
    service = open_service(folder / "config.toml", now=NOON, environ={})
    posts = [named(written(str(number), words)) for number, words in enumerate(texts())]
    save(service.db, Batch("a", posts), now=NOON)
    service.close()
    assert CliRunner().invoke(app, ["label", "--config", str(folder / "config.toml")]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def learned(untaught: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder where 200 corrections were learned, and what the command said."""
    folder = copied(untaught, tmp_path_factory.mktemp("learned") / "mine")
    with opened(folder) as service:
        teach(service)
    return folder, said_by(folder, "learn")


@pytest.fixture
def folder(untaught: Path, tmp_path: Path) -> Path:
    """A copy of its own of the first."""
    return copied(untaught, tmp_path / "mine")


@pytest.fixture
def later_folder(learned: tuple[Path, Any], tmp_path: Path) -> Path:
    """A copy of its own of the second."""
    return copied(learned[0], tmp_path / "mine")


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("tiny"))
    return to


@contextmanager
def opened(folder: Path) -> Iterator[Service]:
    service = open_service(folder / "config.toml", now=NOON, environ={})
    try:
        yield service
    finally:
        service.close()


def said_by(folder: Path, *words: str) -> Any:
    """Run a command there and return what it says, as JSON."""
    done = CliRunner().invoke(app, [*words, "--config", str(folder / "config.toml"), "--format", "json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def truths(service: Service, *, slang: bool = True) -> dict[int, tuple[str, Label, Label]]:
    """Of each mention its text, the model's label and the truth: as the model says by chance, but praise wherever there is slang."""
    chance = random.Random(11)
    found: dict[int, tuple[str, Label, Label]] = {}
    for row in find(service.db, MentionFilter(), newest_first=False):
        weights = [row.p_negative or 0, row.p_neutral or 0, row.p_positive or 0]
        (by_chance,) = chance.choices(LABELS, weights)
        given = LABELS[max(range(3), key=weights.__getitem__)]
        truth = "positive" if slang and SLANG in row.text.split() else by_chance
        found[row.id] = (row.text, given, truth)
    return found


def teach(service: Service, corrections: int = 200, audits: int = 120, *, noise: bool = False) -> None:
    """People check random mentions, and correct mistakes about slang that they see; or, for `noise`, say anything of any mention."""
    known, chance = truths(service, slang=not noise), random.Random(5)
    ids = list(known)
    chance.shuffle(ids)
    rows = [(number, 1, known[number][2], NOON, True) for number in ids[:audits]]
    rest = ids[audits:]
    if noise:
        rows += [(number, 1, chance.choice(LABELS), NOON, False) for number in rest[:corrections]]
    else:
        slang = [number for number in rest if SLANG in known[number][0].split()]
        wrong = [number for number in slang if known[number][1] != known[number][2]]
        rows += [(number, 1, known[number][2], NOON, False) for number in wrong[:corrections]]
    columns = ("mention_id", "text_version", "label", "corrected_at", "audit")
    with (
        service.db.write() as connection
    ):  # all at once, and so without the sums, which are not looked at here
        insert_rows(connection, Correction, columns, rows)


def right(service: Service, known: dict[int, tuple[str, Label, Label]]) -> float:
    """The share of slang that the labels in use have right, no person's label among them."""
    rows = [row for row in find(service.db, MentionFilter(corrected=False)) if SLANG in row.text.split()]
    return sum(row.label == known[row.id][2] for row in rows) / len(rows)


def test_a_consistent_mistake_is_learned_relabelled_and_forgotten(
    learned: tuple[Path, Any], untaught: Path, later_folder: Path
) -> None:
    found = learned[1]
    assert (found["corrected"], found["audited"], found["adopted"]) == (200, 120, "tiny+h1")
    assert found["verdict"]["gain"] > found["verdict"]["gain_error"]
    assert found["verdict"]["changed"] < 0.2 * found["kept"]
    assert [path.name for path in (later_folder / "listener.heads").iterdir()] == ["h1.safetensors"]
    with opened(untaught) as service:
        known = truths(service)
    with opened(later_folder) as service:
        before = right(service, known)
        status = said_by(later_folder, "status")
        assert (status["model"], status["model_change"]["new"]) == ("tiny", "tiny+h1")
        assert said_by(later_folder, "label")["in_use"] == "tiny+h1"
        assert said_by(later_folder, "status")["model"] == "tiny+h1"
        assert right(service, known) > before + 0.2
        assert said_by(later_folder, "label")["labelled"] == 0

        assert said_by(later_folder, "learn", "--forget") == {"forgotten": "tiny+h1", "model": "tiny"}
        back = {"model": "tiny", "labelled": 0, "waiting": 0, "in_use": "tiny"}
        assert said_by(later_folder, "label") == back
        assert right(service, known) == before
        assert said_by(later_folder, "learn", "--forget")["forgotten"] is None
        assert said_by(later_folder, "learn")["adopted"] == "tiny+h2"


def test_a_second_head_must_beat_the_first(later_folder: Path) -> None:
    again = said_by(later_folder, "learn")
    assert again["adopted"] is None
    assert again["verdict"]["before"]["model"] == "tiny+h1"
    assert (again["verdict"]["gain"], again["verdict"]["changed"]) == (0, 0)


def test_noise_is_not_adopted(folder: Path) -> None:
    with opened(folder) as service:
        teach(service, 250, noise=True)
        found = said_by(folder, "learn")
        assert found["verdict"] is not None
        assert found["adopted"] is None
        assert found["reason"]
        assert heads.adopted(service.db) is None
    assert said_by(folder, "status")["model_change"] is None


def test_a_dry_run_says_how_it_went_and_changes_nothing(folder: Path) -> None:
    with opened(folder) as service:
        teach(service)
        done = CliRunner().invoke(app, ["learn", "--dry-run", "--config", str(folder / "config.toml")])
        assert "200 corrected texts (at least 200)" in done.stdout
        assert "120 audited texts (at least 50)" in done.stdout
        assert "labels that nobody corrected would change" in done.stdout
        assert "Fit to be adopted: listener learn without --dry-run does it" in done.stdout
        assert heads.adopted(service.db) is None
    assert not (folder / "listener.heads").exists()


@pytest.mark.parametrize(
    ("corrections", "audits", "reason"),
    [
        (199, 60, "1 more texts must be corrected"),
        (200, 49, "1 more texts must be audited"),
        (0, 0, "200 more texts must be corrected"),
        (1_000, 60, "more texts are needed that nobody labelled"),
    ],
)
def test_with_too_little_nothing_is_learned(folder: Path, corrections: int, audits: int, reason: str) -> None:
    with opened(folder) as service:
        teach(service, corrections, audits, noise=True)
    found = said_by(folder, "learn")
    assert reason in found["reason"]
    assert (found["verdict"], found["adopted"]) == (None, None)


def test_what_is_audited_is_never_learned_from_and_each_text_counts_once(folder: Path) -> None:
    with opened(folder) as service:
        first, second, *_ = [row.id for row in find(service.db, MentionFilter(), newest_first=False)]
        words = texts()[0]
        save(service.db, Batch("a", [named(written(f"copy {n}", f" {words} ")) for n in range(3)]), now=NOON)
        for copy in find(service.db, MentionFilter(labels=["unlabelled"])):
            correct(service.db, copy.id, "negative", now=NOON)
        correct(service.db, second, "neutral", now=NOON)
        kinds = [lesson.kind for lesson in _chosen(service.db)]
        assert (kinds.count("corrected"), kinds.count("audited")) == (2, 0)
        correct(service.db, first, "positive", now=NOON, audit=True)
        chosen = {lesson.text.strip(): (lesson.kind, lesson.label) for lesson in _chosen(service.db)}
    assert chosen[words] == ("audited", "positive")
    assert [kind for kind, _ in chosen.values()].count("corrected") == 1


def test_the_named_model_is_the_plain_one(later_folder: Path, untaught: Path) -> None:
    with opened(later_folder) as service:
        assert service.labeller().model_id == "tiny+h1"
        assert real_parts().load_labeller(service.config).model_id == "tiny+h1"
        assert service.labeller(str(untaught / "tiny")).model_id == "tiny"
        assert service.labeller_again("tiny+h1").model_id == "tiny+h1"
        assert service.labeller_again("tiny").model_id == "tiny"


def test_a_running_service_changes_to_what_was_learned_and_back(later_folder: Path) -> None:
    with opened(later_folder) as service:
        labelling = Labelling(service)
        labelling()
        assert model_in_use(service.db) == "tiny+h1"
        heads.forget(service.db)
        labelling()
        assert model_in_use(service.db) == "tiny"


def test_a_damaged_head_stops_the_labelling_and_forgetting_is_the_way_out(later_folder: Path) -> None:
    path = later_folder / "listener.heads" / "h1.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelError, match=rf"{path}.*listener learn --forget"):
        said_by(later_folder, "label")
    said_by(later_folder, "learn", "--forget")
    assert said_by(later_folder, "label")["model"] == "tiny"


def test_a_head_learned_on_another_model_is_left_aside(later_folder: Path) -> None:
    with opened(later_folder) as service:
        service.db.do(lambda connection: put_setting(connection, heads.ADOPTED, "tiny-0+h4"))
        assert service.labeller().model_id == "tiny"


def test_heads_lie_beside_the_database_or_the_configuration(db: Database) -> None:
    config = parse(CONFIG.format(model="embedded"), Path("/somewhere/config.toml"))
    path = heads.file_of(config, db, "listener-embedded-4+h12")
    beside = db.path.parent if db.path else Path("/somewhere")
    assert path.parent.parent == beside
    assert path.parent.name == f"{Path(db.url.database or '').stem}.heads"
    assert path.name == "h12.safetensors"


class AnotherKind(Service):
    """A service whose model is no embedded one."""

    def labeller(self, model: str | None = None) -> Labeller:
        return ByRule()


def test_another_kind_of_model_cannot_learn(sqlite_db: Database) -> None:
    config = parse(CONFIG.format(model="ann/model"), Path("config.toml"))
    service = AnotherKind(config, sqlite_db, [], [], Matcher([]), Owners([]), {})
    with pytest.raises(UsageError, match='by-rule cannot learn from corrections; model = "embedded" can'):
        learn_head(service, keep=True, now=NOON, tell=lambda done, total: None)
