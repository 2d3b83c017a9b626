"""What works and what does not: each part looked at by itself, each trouble with a way out.

config -> time zone, brands -> secrets -> database -> model -> sources, all at once, each with a deadline
of its own
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from listener.collectors.base import Collector, Context, SourceSettings
from listener.config import Config, load
from listener.doctor_sources import MakeCollector, check_accounts, check_sources, read_secrets
from listener.errors import ConfigError, SecretMissing
from listener.finding import Finding, Level
from listener.redaction import one_line, redacted
from listener.secrets import others_may_read
from nlp.errors import ModelError
from nlp.types import Item, Labeller, Scores
from storage.errors import StorageError

LITTLE_BYTES = 1_000_000_000
TOO_LITTLE_BYTES = 100_000_000
GRACE_S = 5.0
SENTENCE = "The new Acme phone is wonderful, I love it."


class OpenDatabase(Protocol):
    """What the doctor asks of a database."""

    def write(self) -> AbstractContextManager[object]: ...
    def size_bytes(self) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """How the doctor gets at what it examines; tests give their own."""

    open_database: Callable[[str], OpenDatabase]
    load_labeller: Callable[[Config], Labeller]
    make_collector: MakeCollector
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    look_at_goals: Callable[[Config, Mapping[str, str], datetime], Iterable[Finding]] = lambda *_: ()
    look_at_alerts: Callable[[Config, Mapping[str, str], datetime], Iterable[Finding]] = lambda *_: ()


def real_parts() -> Parts:
    """The product's own database, model and collectors, loaded when first needed."""

    def open_it(url: str) -> OpenDatabase:
        from storage.db import open_database

        return open_database(url, writers_wait_s=10)

    def labeller(config: Config) -> Labeller:
        from listener.heads import with_head
        from nlp.load import load_labeller
        from storage.db import open_database

        nlp = config.nlp
        base = load_labeller(
            config.model_name(), revision=nlp.revision, download=nlp.download, threads=nlp.threads
        )
        with suppress(ConfigError, StorageError):  # what is wrong with the database is a finding of its own
            url = config.database_url(os.environ)
            if (file := _file(url)) is None or file.exists():
                with closing(open_database(url, writers_wait_s=10)) as db:
                    return with_head(config, db, base)
        return base

    def collector(settings: SourceSettings, context: Context) -> Collector:
        from listener.collectors.registry import collector_class

        return collector_class(settings.type)(settings, context)

    return Parts(open_it, labeller, collector, look_at_goals=_goals, look_at_alerts=_alerts)


def _alerts(config: Config, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    from listener.doctor_alerts import look_at_alerts

    return look_at_alerts(config, environ, now)


def _goals(config: Config, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Goals that cannot be kept, and reviews that are due, where there is a database to ask."""
    from listener.goals import due, due_line, enrol
    from storage.db import open_database

    with suppress(ConfigError, StorageError):  # what is wrong with the database is a finding of its own
        url = config.database_url(environ)
        if (file := _file(url)) is None or file.exists():
            with closing(open_database(url, writers_wait_s=10)) as db:
                problems, wanted = enrol(db, config, now=now), due_line(due(db, config, now=now))
            yield from (Finding("warn", "goals", problem, "mend the table") for problem in problems)
            if wanted:
                text, _, way_out = wanted.rpartition(": ")
                yield Finding("warn", "goals", text, way_out)


def examine(
    config_path: Path,
    environ: Mapping[str, str],
    *,
    now: datetime,
    parts: Parts | None = None,
    grace_s: float = GRACE_S,
) -> list[Finding]:
    """Everything found, in the order of the list above; nothing is raised for what is wrong with an
    installation.

    A source's check may take its own `timeout_s` and `grace_s` seconds on top; then it counts as hung, and
    the others do not wait. With a configuration that cannot be read, its problems are the only findings.
    Opening a database brings its tables up to this version.
    """
    parts = parts or real_parts()
    try:
        config = load(config_path)
    except ConfigError as error:
        there = Path(config_path).exists()
        advice = "mend this line" if there else "run listener init, or name the file with --config"
        return [Finding("fail", "config", line, advice) for line in str(error).split("\n")]
    findings = [
        Finding(
            "ok",
            "config",
            f"{one_line(str(config_path))}: {_number(config.brands, 'brand')}, {_number(config.sources, 'source')}",
        ),
        _zone(config, now),
        *_left_open(config),
        *_database(config, environ, parts),
        *parts.look_at_goals(config, environ, now),
        *parts.look_at_alerts(config, environ, now),
        *_model(config, parts),
    ]
    ready: dict[str, dict[str, SecretStr]] = {}
    for name, settings in config.sources.items():
        findings += read_secrets(name, settings, environ, ready)
    findings += check_sources(config, ready, parts.make_collector, now, grace_s)
    findings += check_accounts(config)
    return [Finding(f.level, f.subject, redacted(f.message), redacted(f.way_out)) for f in findings]


def _number(things: Sized, what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def _zone(config: Config, now: datetime) -> Finding:
    local = now.astimezone(ZoneInfo(config.timezone))
    return Finding("ok", "timezone", f"{config.timezone}, where it is {local:%Y-%m-%d %H:%M %z}")


def _left_open(config: Config) -> Iterator[Finding]:
    """What the file leaves open that figures and alerts need."""
    if not any(brand.role == "own" for brand in config.brands):
        yield Finding("warn", "brands", "no brand has the role own", 'give your own brand role = "own"')


def _database(config: Config, environ: Mapping[str, str], parts: Parts) -> Iterator[Finding]:
    try:
        url = config.database_url(environ)
    except SecretMissing as error:
        yield Finding("fail", "database", str(error), "set the variable or mend the file it names")
        return
    except ConfigError as error:
        yield Finding("fail", "database", str(error), "unset one of the two")
        return
    if (named := environ.get("LISTENER_STORAGE_URL_FILE")) and (loose := others_may_read(Path(named))):
        yield Finding("warn", "database", "the file with the address is open to others", loose)
    file = _file(url)
    if file is not None and not file.exists():
        yield _new_file(file)
    else:
        yield _opened(url, parts)
    if file is not None and file.parent.is_dir():
        yield _room(file.parent, parts.free_bytes(file.parent))


def _file(url: str) -> Path | None:
    return Path(url.partition(":///")[2].partition("?")[0]) if url.startswith("sqlite") else None


def _new_file(file: Path) -> Finding:
    shown = one_line(str(file))
    if not file.parent.is_dir():
        return Finding(
            "fail",
            "database",
            f"there is no folder {one_line(str(file.parent))}",
            "make it, or mend [storage] url",
        )
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return Finding(
            "fail",
            "database",
            f"{shown} cannot be made: its folder is not writable",
            "mend the folder's rights",
        )
    return Finding(
        "ok", "database", f"{shown} is not there yet; the first command that stores something makes it"
    )


def _opened(url: str, parts: Parts) -> Finding:
    try:
        with closing(parts.open_database(url)) as db:
            with db.write():
                pass
            size = db.size_bytes()
    except StorageError as error:
        return Finding("fail", "database", one_line(str(error)), "follow the message above")
    return Finding("ok", "database", f"opened, writable, tables up to date, {size / 1e6:,.1f} MB")


def _room(folder: Path, free: int) -> Finding:
    text = f"{free / 1e9:,.1f} GB free in {one_line(str(folder))}"
    if free >= LITTLE_BYTES:
        return Finding("ok", "disk", text)
    level: Level = "fail" if free < TOO_LITTLE_BYTES else "warn"
    return Finding(level, "disk", text, "free some space, or set [retention] days")


def _model(config: Config, parts: Parts) -> Iterator[Finding]:
    began = time.perf_counter()
    try:
        labeller = parts.load_labeller(config)
        scores = labeller.label([Item(SENTENCE, target="Acme")])[0]
    except ModelError as error:
        yield Finding("fail", "model", one_line(str(error)), 'mend [nlp], or write model = "embedded"')
        return
    took = time.perf_counter() - began
    reading = getattr(labeller, "reading", "")
    if isinstance(scores, Scores):
        yield Finding(
            "ok",
            "model",
            f"{labeller.model_id} labels a sentence as {scores.label} ({took:.1f} s with loading){f'; {reading}' if reading else ''}",
        )
    else:
        yield Finding(
            "fail",
            "model",
            f"{labeller.model_id} gives no label: {scores.reason}",
            "choose another [nlp] model",
        )
