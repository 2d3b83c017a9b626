"""Databases for every test folder: a fresh SQLite file, and a fresh database of a private PostgreSQL server.

`db` runs a test on both engines; `sqlite_db` on SQLite alone. The server is started once a session, in a directory of its own, reachable
through a unix socket only; where it cannot be started, its tests are skipped and say why.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from storage.db import Database, open_database

settings.register_profile("on any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on any machine")

QUICK = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=64MB"
)


@dataclass
class Cluster:
    """A running PostgreSQL server: where its programs are, where it keeps its data and its socket."""

    programs: Path
    folder: Path
    as_user: list[str]

    def ctl(self, *words: str) -> None:
        """Run pg_ctl on it."""
        command = [
            *self.as_user,
            str(self.programs / "pg_ctl"),
            "-D",
            str(self.folder / "data"),
            "-w",
            *words,
        ]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder, timeout=120)

    def start(self) -> None:
        self.ctl(
            "-l", str(self.folder / "log"), "-o", f"{QUICK} -c listen_addresses= -k {self.folder}", "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        self.ctl("-m", mode, "stop")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def sql(self, statement: str) -> None:
        """Run one statement outside a transaction, in the server's own database."""
        with psycopg.connect(
            f"host={self.folder} user=postgres dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _start_cluster() -> Cluster:
    """A new server. PostgreSQL refuses to run as root, so root runs it as the user postgres."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="listener-pg-", dir=shm if os.access(shm, os.W_OK) else None))
    as_user: list[str] = []
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    cluster = Cluster(programs, folder, as_user)
    init = [
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    try:
        subprocess.run(
            [*as_user, str(programs / "initdb"), *init],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=120,
        )
        cluster.start()
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be started here: {getattr(error, 'stderr', None) or error}")
    return cluster


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """The session's PostgreSQL server, for tests that use one as it is; do not stop it."""
    cluster = _start_cluster()
    cluster.sql("CREATE DATABASE listener_template")
    open_database(cluster.url("listener_template")).close()
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def own_postgres_cluster() -> Iterator[Cluster]:
    """Another server, for tests that stop and start it."""
    cluster = _start_cluster()
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real browser. It is closed with its module: while it runs, nothing else in its process can run an event loop."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install '.[dev]'"
    )
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


_numbers = count(1)
NewUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """A maker of addresses of fresh databases, by engine; they have the tables already."""
    made: list[str] = []

    def make(engine: str) -> str:
        if engine == "sqlite":
            path = tmp_path / f"listener-{next(_numbers)}.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        name = f"listener_{next(_numbers)}"
        cluster.sql(f"CREATE DATABASE {name} TEMPLATE listener_template")
        made.append(name)
        return cluster.url(name)

    yield make
    for name in made:
        request.getfixturevalue("postgres_cluster").sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, new_url: NewUrl) -> str:
    """The address of a fresh database, on each engine in turn."""
    return new_url(request.param)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh, open database, on each engine in turn."""
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_db(new_url: NewUrl) -> Iterator[Database]:
    """A fresh, open SQLite database."""
    database = open_database(new_url("sqlite"))
    yield database
    database.close()
