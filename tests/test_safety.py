"""What the packages never do: run what they read, speak to a network unasked, or let a secret out of a failing source."""

import ast
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
import structlog

from listener import logs, pipeline
from listener.collectors.base import Collector
from listener.matching import Matcher
from listener.schedule import Job, build
from storage import sources
from storage.db import Database
from tests.listener.collectors.conftest import NETWORKS, fake_class
from tests.listener.collectors.contract import HTTP_FAULTS, NOW, Fake, posts
from tests.listener.made_up_network import MadeUpService, service_over

ROOT = Path(__file__).parents[1]
PACKAGES = [name for name in ("listener", "nlp", "metrics", "storage", "dashboard") if (ROOT / name).is_dir()]
MODULES = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve", "yaml"}
CALLS = {"eval", "exec", "__import__", "yaml.load", "torch.load", "os.system", "os.popen"}
ARGUMENTS = {"trust_remote_code", "allow_pickle", "shell"}


def dangers(source: str) -> list[str]:
    """Each place where a text of Python could run what it reads."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {name.name.split(".")[0] for name in node.names}
            found += [f"{node.lineno}: import {name}" for name in names & MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(f"{node.lineno}: from {node.module}")
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            found += [f"{node.lineno}: {called}()"] if called in CALLS else []
            found += [
                f"{node.lineno}: {given.arg}"
                for given in node.keywords
                if given.arg in ARGUMENTS
                and not (isinstance(given.value, ast.Constant) and given.value.value is False)
            ]
        elif isinstance(node, ast.Attribute) and node.attr in {"SQLAlchemyJobStore", "read_pickle"}:
            found.append(f"{node.lineno}: {node.attr}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import yaml\nyaml.load(x)",
        "eval('1')",
        "AutoModel.from_pretrained(x, trust_remote_code=True)",
        "np.load(f, allow_pickle=wanted)",
        "torch.load(f)",
    ],
)
def test_the_search_for_dangers_finds_them(source: str) -> None:
    assert dangers(source)


def test_nothing_of_ours_runs_what_it_reads() -> None:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(files) > 100
    found = {str(path.relative_to(ROOT)): dangers(path.read_text("utf-8")) for path in files}
    assert {path: places for path, places in found.items() if places} == {}


def test_the_schedule_is_kept_in_memory_and_never_read_from_a_store() -> None:
    from datetime import timedelta

    scheduler = build([Job("a", timedelta(hours=1), lambda: None)])
    scheduler.start(paused=True)
    kinds = {type(store).__name__ for store in scheduler._jobstores.values()}
    scheduler.shutdown()
    assert kinds == {"MemoryJobStore"}


GUARD = """
import sys
TRIED = []
def watch(event, given):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        TRIED.append((event, str(given[1:] if event.startswith("socket.c") else given)))
sys.addaudithook(watch)
"""
IMPORTS = """
import importlib, pkgutil
names = [name for package in PACKAGES for name in
         [package, *(m.name for m in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."))]]
missing = set()
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing.add(error.name)
assert not missing & set(PACKAGES), missing
print(len(names), TRIED)
"""
SAMPLE = """
import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from listener import pipeline
from listener.config import parse
from listener.demo.sample import config_text, load_sample
from listener.labelling import SharedWork, label_waiting
from listener.service import start_service
clock = lambda: datetime.now(UTC)
service = start_service(parse(config_text(), Path("config.toml").absolute()), now=clock(), environ={})
pipeline.import_posts(service, islice(load_sample(clock()), 300), keep_unmatched=False, on_rejected=print, clock=clock)
done = label_waiting(service.db, SharedWork(service.labeller()), clock=clock)
service.close()
print(done, TRIED)
"""


def guarded(code: str, folder: Path) -> tuple[int, str]:
    """Run Python with every try to reach a network noted, and no network there where the machine lets us take it away."""
    alone = ["unshare", "-n"] if os.geteuid() == 0 else []
    if alone and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        alone = []
    done = subprocess.run(
        [*alone, sys.executable, "-c", f"{GUARD}PACKAGES = {PACKAGES}\n{code}"],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    number, tried = done.stdout.splitlines()[-1].split(" ", 1)
    return int(number), tried


def test_the_guard_sees_who_tries_to_reach_a_network(tmp_path: Path) -> None:
    code = "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 9), 0.01)\nexcept OSError:\n    pass\nprint(1, TRIED)"
    assert "192.0.2.1" in guarded(code, tmp_path)[1]


def test_importing_every_module_makes_no_connection(tmp_path: Path) -> None:
    number, tried = guarded(IMPORTS, tmp_path)
    assert number > 100
    assert tried == "[]"


@pytest.mark.model
def test_importing_and_labelling_posts_makes_no_connection(tmp_path: Path) -> None:
    if not (ROOT / "nlp" / "weights" / "model.onnx").exists():
        pytest.skip("the bundled model's weights are not in this checkout")
    labelled, tried = guarded(SAMPLE, tmp_path)
    assert labelled > 100
    assert tried == "[]"


CANARY = """
import random, socket, subprocess, threading
import stamina
from datetime import UTC, datetime
from listener.collectors.http import Http
from listener.errors import SourceError
inside = ["169.254.169.254", "10.0.0.1", "100.64.0.1", "192.168.7.7", "127.0.0.1"]
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for address in [*(a + "/32" for a in inside[:-1]), "fd00:ec2::254/128"]:
    subprocess.run(["ip", "addr", "add", address, "dev", "lo"], check=True)
caught = []
def answer(listening):
    while True:
        peer, _ = listening.accept()
        caught.append(peer.getsockname()[0])
        peer.recv(65536)
        peer.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nsecret")
        peer.close()
for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    listening = socket.socket(family)
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind((host, 80))
    listening.listen(64)
    threading.Thread(target=answer, args=(listening,), daemon=True).start()
chance, forms = random.Random(5), set()
def part(number):
    return chance.choice((str, hex, lambda n: "0%o" % n, lambda n: "%03d" % n))(number)
while len(forms) < 1000:
    a, b, c, d = map(int, chance.choice(inside).split("."))
    whole = (a << 24) + (b << 16) + (c << 8) + d
    forms.add(chance.choice((
        ".".join(map(part, (a, b, c, d))), f"{part(a)}.{part(b)}.{part((c << 8) + d)}", f"{part(a)}.{part(whole & 0xFFFFFF)}",
        part(whole), f"[::ffff:{a}.{b}.{c}.{d}]", f"[64:ff9b::{whole >> 16:x}:{whole & 0xFFFF:x}]",
        f"[2002:{whole >> 16:x}:{whole & 0xFFFF:x}::]", f"user:pw@{a}.{b}.{c}.{d}", f"{a}.{b}.{c}.{d}.", "[fd00:ec2::254]", "[::1]", "localhost",
    )) + chance.choice(("", "/", "/latest/meta-data", "/?" + str(chance.random()), "#@example.org")))
now, http, said = datetime.now(UTC), Http("press", timeout_s=0.5), 0
stamina.set_active(False)
for form in forms:
    try:
        http.get("http://" + form, now=now)
    except SourceError as error:
        said += "secret" in str(error)
count = len(caught)
own = Http("press", timeout_s=30.0, allow_private=True)
try:
    own.get("http://169.254.169.254/", now=now)
except SourceError:
    pass
assert own.get("http://10.0.0.1/", now=now).body == b"secret", "the canary answers where it may be asked"
print(len(forms), [count, said, caught[count:]])
"""


def test_no_address_form_reaches_a_listener_inside_the_own_network(tmp_path: Path) -> None:
    """A network of its own with a live metadata address and private hosts, which take down who connects."""
    if subprocess.run(["unshare", "-n", "ip", "link"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network of its own can be made here: unshare -n and ip are needed, as root")
    number, found = guarded(CANARY, tmp_path)
    assert number == 1000
    assert found == "[0, 0, ['10.0.0.1']]"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """All that is logged at DEBUG, as `listener run` would write it."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook)
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("debug", stream=stream, as_json=True)
    with stamina.set_testing(True, attempts=2):
        yield stream
    root.handlers[:], (sys.excepthook, sys.unraisablehook) = before, hooks
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


class FakeService(MadeUpService):
    """The real service over one fake upstream, whose answers may be faulty."""

    fake: Fake

    def collector(self, name: str) -> Collector:
        quick = self.fake.collector(timeout_s=0.4)
        quick.name = quick.context.name = name
        return quick


def everything_stored(db: Database) -> str:
    assert db.path is not None
    return b"".join(file.read_bytes() for file in db.path.parent.glob("listener*")).decode("latin-1")


def test_no_secret_leaves_a_failing_source_by_log_error_status_or_database(
    sqlite_db: Database, said: io.StringIO
) -> None:
    """Each network with a secret, each fault of its server (which repeats the secret), collecting and looking up."""
    planted, failed, told = 0, 0, []
    for network in NETWORKS:
        if not fake_class(network).canaries:
            continue
        fake = fake_class(network)()
        made = service_over(sqlite_db)
        service = FakeService(**{name: getattr(made, name) for name in made.__dataclass_fields__})
        service.fake = fake
        fake.offer(posts(3))
        service.tracked, service.matcher = list(fake.brands), Matcher(fake.brands)
        assert pipeline.collect(service, network, clock=lambda: NOW).errors == []
        for fault in (kind for kind in HTTP_FAULTS if kind not in fake.cannot):
            fake.fault(fault)
            planted += len(fake.canaries)
            outcomes = [
                step(service, network, clock=lambda: NOW) for step in (pipeline.collect, pipeline.recheck)
            ]
            failed += bool(outcomes[0].errors)
            told += [str(error) for outcome in outcomes for error in outcome.errors]
            told.append(str(sources.state(sqlite_db, network)))
        fake.close()
    assert planted >= 40
    assert failed >= 30
    written = "\n".join([*told, said.getvalue(), everything_stored(sqlite_db)])
    secrets = {canary for network in NETWORKS for canary in fake_class(network).canaries}
    assert [secret for secret in secrets if secret in written] == []
    assert all(word in written for word in ("acme post number", '"event"', "unauthorized"))
