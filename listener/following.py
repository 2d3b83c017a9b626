"""Brands and goals that change while the service runs: taken from config.toml, and what is stored matched against them in the background."""

import threading

import structlog

from listener import pipeline
from listener.config import parse
from listener.config_edit import text_of, version_of
from listener.errors import ConfigError
from listener.labelling import Clock
from listener.service import Service
from storage.db import Database
from storage.errors import StorageError
from storage.settings import put_setting, setting

log = structlog.get_logger()
SAVED = "config_saved"
"""The version of config.toml that a page saved last, for the other processes that follow it."""


def tell_others(db: Database, version: str) -> None:
    """Let other processes of this service take the file that was saved. Raises StorageError."""
    db.do(lambda connection: put_setting(connection, SAVED, version))


def saved_version(db: Database) -> str | None:
    """The version that was saved last; None where no page ever saved one."""
    with db.read() as connection:
        return setting(connection, SAVED)


class Following:
    """A job: takes brands and goals anew once another process has saved them. A file changed by hand waits until it is asked for."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self.seen = saved_version(service.db)

    def __call__(self) -> None:
        wanted = saved_version(self.service.db)
        if wanted in (self.seen, self.service.version):
            return
        self.seen = wanted
        path = self.service.config.source_path
        try:
            text = text_of(path)
            if version_of(text) != wanted:
                log.warning(
                    "brands were changed in a page, but this process reads another file", file=str(path)
                )
                return
            self.service.follow(parse(text, path), version=wanted or "", now=self.clock())
        except ConfigError as error:
            log.warning("brands were changed in a page, and are not taken", error=str(error))
            return
        log.info("brands and goals taken anew", brands=[brand.id for brand in self.service.brands])


class Rematching:
    """Matches what is stored against queries that changed, one thread at a time; what is cut short is taken up at the next start."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock = service, clock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it is under way: then it goes on until every brand is done."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="rematch", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it is over within so many seconds."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while changed := pipeline.not_yet_rematched(self.service):
                pipeline.rematch(self.service, changed, clock=self.clock)
        except StorageError as error:
            log.warning("stored posts are not all matched yet", error=str(error))
