"""What the doctor finds, with parts of our own making: a good and a bad one of each."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.alerts.signs import Signs
from listener.collectors.base import (
    Collector,
    Context,
    Cursor,
    Page,
    Payload,
    SourceSettings,
    Stream,
    TrackedBrand,
)
from listener.config import load
from listener.doctor import Parts, examine
from listener.doctor_alerts import look_at_alerts
from listener.errors import Unauthorized
from listener.finding import Finding
from nlp.errors import ModelError
from nlp.types import Item, Labeller, NotLabelled, Scores
from storage.db import open_database
from storage.errors import StorageError
from storage.types import NewPost
from tests.patience import FOR_EVER_S, ends

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
BRAND = '[[brands]]\nname = "Delta"\nquery = "delta"\n'
SOURCES = (
    '[sources.good]\ntype = "mastodon"\n[sources.bad]\ntype = "mastodon"\n'
    '[sources.odd]\ntype = "mastodon"\n[sources.none]\ntype = "mastodon"\n'
)


class Base:
    def __init__(self, broken: bool = False) -> None:
        self.broken, self.closed = broken, False

    @contextmanager
    def write(self) -> Iterator[object]:
        if self.broken:
            raise StorageError("database listener.db: is read-only; mend its rights")
        yield self

    def size_bytes(self) -> int:
        return 2_500_000

    def close(self) -> None:
        self.closed = True


class Rules:
    model_id = "rules-1"

    def __init__(self, result: Scores | NotLabelled) -> None:
        self.result = result

    def label(self, items: Sequence[Item]) -> list[Scores | NotLabelled]:
        return [self.result for _ in items]


class Network(Collector):
    platform = "mastodon"

    def streams(self, brands: Sequence[TrackedBrand]) -> list[Stream]:
        return []

    def fetch(self, stream: Stream, cursor: Cursor | None, *, now: datetime) -> Iterator[Page]:
        return iter(())

    @staticmethod
    def parse(payload: Payload, *, observed_at: datetime) -> NewPost | None:
        return None

    def check(self, *, now: datetime) -> str:
        match self.name:
            case "good":
                return f"answers as of {now:%Y-%m-%d}"
            case "bad":
                raise Unauthorized("bad", "the key was refused: https://a.example/?key=AIzaSyNever")
            case "odd":
                raise KeyError("me\x1b[31m")
            case "none":
                raise NotImplementedError
        time.sleep(2 * FOR_EVER_S)
        return "never"


def parts(
    *, base: Base | None = None, scores: Scores | NotLabelled | None = None, free: int = 10**11
) -> Parts:
    chosen = scores or Scores(0.1, 0.2, 0.7)

    def labeller(_config: object) -> Labeller:
        return Rules(chosen)

    def collector(settings: SourceSettings, context: Context) -> Collector:
        return Network(settings, context)

    return Parts(lambda _url: base or Base(), labeller, collector, lambda _folder: free)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    (folder / "listener.db").touch()
    return path


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def test_a_sound_installation_is_all_ok(tmp_path: Path) -> None:
    base = Base()
    path = written(tmp_path, BRAND + '[sources.good]\ntype = "mastodon"\n')
    findings = examine(path, {}, now=NOW, parts=parts(base=base))
    assert {finding.level for finding in findings} == {"ok"}
    assert [finding.subject for finding in findings] == [
        *("config", "timezone", "database", "disk", "model", "source good"),
    ]
    assert findings[-1].message == "answers as of 2027-03-01"
    assert base.closed


def test_a_configuration_that_cannot_be_read_gives_its_problems_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND + "nmae = 1\n[nlp]\nthreads = 0\n")
    findings = examine(path, {}, now=NOW, parts=parts())
    assert [finding.level for finding in findings] == ["fail", "fail"]
    assert findings[0].message.endswith('brands[0].nmae: unknown key "nmae"; did you mean "name"?')


def test_each_source_is_judged_by_itself_with_a_way_out_and_no_secret(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND + SOURCES + '[sources.off]\ntype = "mastodon"\nenabled = false\n')
    found = by_subject(examine(path, {}, now=NOW, parts=parts()))
    levels = {name: found[f"source {name}"].level for name in ("good", "bad", "odd", "none", "off")}
    assert levels == {"good": "ok", "bad": "fail", "odd": "fail", "none": "warn", "off": "ok"}
    assert found["source bad"].message == "the key was refused: https://a.example/?key=***"
    assert found["source bad"].way_out == "get a new key from the network and set it"
    assert found["source odd"].message.startswith("unexpected KeyError")
    assert all(finding.message.isprintable() for finding in found.values())


def test_a_hung_source_is_named_and_holds_up_nobody(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND + SOURCES + '[sources.hung]\ntype = "mastodon"\ntimeout_s = 0.2\n')
    with ends():
        found = by_subject(examine(path, {}, now=NOW, parts=parts(), grace_s=0.1))
    assert found["source hung"].message == "did not answer within 0.3 seconds"
    assert found["source good"].level == "ok"


def test_a_missing_secret_fails_its_source_before_anything_is_fetched(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND + '[sources.good]\ntype = "x"\n')
    found = by_subject(examine(path, {}, now=NOW, parts=parts()))["source good"]
    assert found.level == "fail"
    assert "LISTENER_GOOD_BEARER_TOKEN" in found.message


def test_a_secret_file_open_to_others_is_a_warning(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("AAAA0123\n")
    token.chmod(0o644)
    path = written(tmp_path, BRAND + '[sources.good]\ntype = "x"\n')
    findings = examine(path, {"LISTENER_GOOD_BEARER_TOKEN_FILE": str(token)}, now=NOW, parts=parts())
    assert [finding.level for finding in findings if finding.subject == "source good"] == ["warn", "ok"]


@pytest.mark.parametrize(("free", "level"), [(10**11, "ok"), (5 * 10**8, "warn"), (10**7, "fail")])
def test_little_room_on_the_disk_is_said(tmp_path: Path, free: int, level: str) -> None:
    assert (
        by_subject(examine(written(tmp_path, BRAND), {}, now=NOW, parts=parts(free=free)))["disk"].level
        == level
    )


def test_a_database_that_cannot_be_written_fails_in_its_own_words(tmp_path: Path) -> None:
    found = by_subject(examine(written(tmp_path, BRAND), {}, now=NOW, parts=parts(base=Base(broken=True))))
    assert found["database"].message == "database listener.db: is read-only; mend its rights"


def test_a_database_that_is_not_there_yet_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND)
    (tmp_path / "listener.db").unlink()
    assert by_subject(examine(path, {}, now=NOW, parts=parts()))["database"].level == "ok"
    assert not (tmp_path / "listener.db").exists()
    gone = {"LISTENER_STORAGE_URL": f"sqlite:///{tmp_path}/none/a.db"}
    assert by_subject(examine(path, gone, now=NOW, parts=parts()))["database"].level == "fail"


def test_a_model_that_gives_no_label_or_cannot_be_loaded_fails(tmp_path: Path) -> None:
    path = written(tmp_path, BRAND)
    silent = by_subject(examine(path, {}, now=NOW, parts=parts(scores=NotLabelled("no number"))))["model"]
    assert (silent.level, silent.message) == ("fail", "rules-1 gives no label: no number")

    def missing(_config: object) -> Labeller:
        raise ModelError("mine/model.onnx: missing; train it again")

    sound = parts()
    broken = Parts(sound.open_database, missing, sound.make_collector, sound.free_bytes)
    assert by_subject(examine(path, {}, now=NOW, parts=broken))["model"].message.startswith(
        "mine/model.onnx: missing"
    )


def test_what_the_file_leaves_open_is_said_plainly(tmp_path: Path) -> None:
    text = BRAND.replace("query", 'role = "competitor"\nquery')
    found = by_subject(examine(written(tmp_path, text), {}, now=NOW, parts=parts()))
    assert found["brands"].level == "warn"
    assert found["sources"].way_out.startswith("add a [sources.NAME] table")


ALERTS = BRAND + '[alerts]\nnotify = ["webhook+https://hooks.example.org/in"]\nheartbeat = "env:PING"\n'
SET = {
    "LISTENER_ALERTS_PING": "https://hc.example.org/ping/1",
    "LISTENER_ALERTS_WEBHOOK_SECRET": "whsec_" + "QUFB" * 10,
}


def alerts_of(folder: Path, text: str, environ: dict[str, str]) -> list[Finding]:
    path = written(folder, text)
    open_database(f"sqlite:///{folder / 'real.db'}").close()
    given = environ | {"LISTENER_STORAGE_URL": f"sqlite:///{folder / 'real.db'}"}
    return list(look_at_alerts(load(path), given, NOW))


def test_who_is_told_and_a_heartbeat_that_is_not_set_are_named(tmp_path: Path) -> None:
    sound = alerts_of(tmp_path, ALERTS, SET)
    assert [(one.subject, one.level) for one in sound] == [("alerts", "ok"), ("heartbeat", "ok")]
    (nobody,) = alerts_of(tmp_path, BRAND, {})
    assert (nobody.level, nobody.subject) == ("warn", "alerts")
    unset = alerts_of(tmp_path, ALERTS, SET | {"LISTENER_ALERTS_PING": ""})
    assert unset[1].level == "fail"
    assert "LISTENER_ALERTS_PING" in unset[1].message
    (wrong, _) = alerts_of(tmp_path, ALERTS.replace("webhook+https", "gopher"), SET)
    assert wrong.level == "fail"
    assert "alerts.notify[0]" in wrong.message
    assert "hooks.example.org" not in wrong.message


def test_a_part_of_a_running_listener_that_has_stopped_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, ALERTS)
    url = f"sqlite:///{tmp_path / 'real.db'}"
    db = open_database(url)
    now = [NOW]
    signs = Signs(db, lambda: now[0])
    for part in ("watching", "labelling", "sending"):
        signs.note(part)  # type: ignore[arg-type]
    now[0] += timedelta(minutes=2)
    signs.note("watching")
    signs.note("sending")
    db.close()
    found = list(look_at_alerts(load(path), SET | {"LISTENER_STORAGE_URL": url}, now[0]))
    assert [(one.subject, one.level) for one in found[2:]] == [("labelling", "warn")]
    assert "2027-03-01 12:00 UTC" in found[2].message
