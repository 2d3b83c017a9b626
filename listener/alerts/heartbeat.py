"""The heartbeat: an address of yours is asked again and again while all parts work. Whoever watches it hears when Listener itself is dead."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import structlog

from listener.alerts.health import health, not_working
from listener.collectors.http import Http
from listener.config import Config
from listener.errors import ConfigError, SecretMissing, SourceError
from listener.labelling import Clock
from listener.redaction import redact
from listener.secrets import read_variable
from listener.service import Service
from storage.db import Database
from storage.rule_marks import marks, put_marks

log = structlog.get_logger()
HEARTBEAT = "heartbeat"
TIMEOUT_S = 10.0
SECRET_PATH = 8
"""The path of an address is its secret, unless it is shorter than any."""
_ANY_SUCCESS = tuple(range(200, 300))


def address(config: Config, environ: Mapping[str, str]) -> str:
    """The address, wherever it is kept. Raises ConfigError where it is none or not set; no message repeats it."""
    assert config.alerts.heartbeat is not None
    written = config.alerts.heartbeat.get_secret_value().strip()
    if written.startswith("env:"):
        variable = f"LISTENER_ALERTS_{written.removeprefix('env:')}"
        held = read_variable(environ, variable)
        if held is None:
            raise SecretMissing(
                f"alerts.heartbeat: is not set; set {variable}, or its file's name in {variable}_FILE"
            )
        written = held.strip()
    if not written.startswith(("https://", "http://")):
        raise ConfigError(
            'alerts.heartbeat: is no web address; write one as in "https://hc.example.org/ping/1"'
        )
    redact(written)
    return written


def beat(service: Service, *, now: datetime) -> list[str]:
    """Ask the address if everything works; what does not, a line each: then it is not asked.

    That the database takes a note is a part of it. Raises StorageError where it does not, SourceError where the address does not answer,
    ConfigError where there is none.
    """
    url = address(service.config, service.environ)
    wrong = list(not_working(health(service.db, service.config, now=now, environ=service.environ)))
    _note(service, "held back", "\n".join(wrong) or None, now)
    if wrong:
        return wrong
    private = service.config.alerts.allow_private_addresses
    path = urlsplit(url).path.strip("/")
    secrets = [url, path if len(path) >= SECRET_PATH else ""]
    http = Http(HEARTBEAT, timeout_s=TIMEOUT_S, max_bytes=1 << 16, allow_private=private, secrets=secrets)
    try:
        http.get(url, now=now, expect=_ANY_SUCCESS)
    finally:
        http.close()
    _note(service, "asked at", now.isoformat(), now)
    return []


def beating(service: Service, clock: Clock) -> None:
    """One beat for the schedule; what goes wrong is logged, and what holds it back as well."""
    try:
        for line in beat(service, now=clock()):
            log.warning("no heartbeat", part=line)
    except (SourceError, ConfigError) as error:
        log.warning("no heartbeat", error=str(error).removeprefix(f"source {HEARTBEAT}: "))


def last_beat(db: Database) -> tuple[datetime | None, list[str]]:
    """When the address was asked last, and what has held it back since."""
    known = marks(db, HEARTBEAT)
    at = known.get("asked at")
    return (datetime.fromisoformat(at) if at else None), known.get("held back", "").splitlines()


def _note(service: Service, subject: str, value: str | None, now: datetime) -> None:
    service.db.do(lambda connection: put_marks(connection, HEARTBEAT, {subject: value}, now=now))
