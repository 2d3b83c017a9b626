"""The doctor's look at the sources: their secrets, then one cheap request each, all at once."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from listener.collectors.base import AccountSettings, Collector, Context, SourceSettings
from listener.collectors.registry import TYPES, settings_class
from listener.config import Config
from listener.errors import ConfigError, SourceError
from listener.finding import Finding
from listener.redaction import one_line
from listener.secrets import others_may_read, secret, variable

MakeCollector = Callable[[SourceSettings, Context], Collector]


def read_secrets(
    name: str, settings: SourceSettings, environ: Mapping[str, str], ready: dict[str, dict[str, SecretStr]]
) -> Iterator[Finding]:
    """Read the source's secrets into `ready[name]`, which stays out where one is missing."""
    if not settings.enabled:
        return
    values: dict[str, SecretStr] = {}
    for wanted in settings.secrets:
        key = variable(name, wanted.name)
        try:
            value = secret(environ, name, wanted)
        except ConfigError as error:
            yield Finding(
                "fail", f"source {name}", str(error), f"see docs/sources.md for how to get {wanted.name}"
            )
            return
        if value is not None:
            values[wanted.name] = value
        if (file := environ.get(f"{key}_FILE")) and (loose := others_may_read(Path(file))):
            yield Finding("warn", f"source {name}", f"the file in {key}_FILE is open to others", loose)
    ready[name] = values


def check_sources(
    config: Config,
    ready: Mapping[str, Mapping[str, SecretStr]],
    make: MakeCollector,
    now: datetime,
    grace_s: float,
) -> Iterator[Finding]:
    if not config.sources:
        yield Finding(
            "warn", "sources", "none is configured", 'add a [sources.NAME] table, or use "listener import"'
        )
    checks: dict[str, _Check] = {}
    for name, settings in config.sources.items():
        if not settings.enabled:
            yield Finding("ok", f"source {name}", "not collected: enabled = false")
        elif name in ready:
            checks[name] = _Check(name, settings, ready[name], make, now)
            checks[name].start()
    began = time.monotonic()
    for name, check in checks.items():
        limit = config.sources[name].timeout_s + grace_s
        check.join(max(0.0, began + limit - time.monotonic()))
        yield check.finding or Finding(
            "fail",
            f"source {name}",
            f"did not answer within {limit:g} seconds",
            "try again; see whether the network is up",
        )


def check_accounts(config: Config) -> Iterator[Finding]:
    """Accounts of brands on a network that could be asked about them, where no source of it is collected."""
    read = {settings.type for settings in config.sources.values() if settings.enabled}
    for brand in config.brands:
        for network in brand.accounts:
            if (
                network not in read
                and network in TYPES
                and issubclass(settings_class(network), AccountSettings)
            ):
                yield Finding(
                    "warn",
                    f"brand {brand.id}",
                    f"its followers and posts on {network} are not read: no source of this type is collected",
                    f'add a [sources.NAME] table with type = "{network}", or take the account out',
                )


class _Check(threading.Thread):
    """One source's own check, in a thread that ends with the process, so that a hung one stalls nobody."""

    def __init__(
        self,
        name: str,
        settings: SourceSettings,
        secrets: Mapping[str, SecretStr],
        make: MakeCollector,
        now: datetime,
    ) -> None:
        super().__init__(name=f"check {name}", daemon=True)
        self.subject = f"source {name}"
        self.finding: Finding | None = None
        self._make: Callable[[], Collector] = partial(make, settings, Context(name, secrets))
        self._now = now

    def run(self) -> None:
        self.finding = self._examined()

    def _examined(self) -> Finding:
        try:
            with closing(self._make()) as collector:
                return Finding("ok", self.subject, one_line(collector.check(now=self._now)))
        except NotImplementedError:
            return Finding(
                "warn", self.subject, "cannot be checked without collecting", "run listener collect"
            )
        except SourceError as error:
            return Finding(
                "fail",
                self.subject,
                one_line(str(error).removeprefix(f"{self.subject}: ")),
                _WAY_OUT.get(error.kind, "see docs/sources.md"),
            )
        except Exception as error:
            what = f"unexpected {type(error).__name__}: {error}"
            return Finding("fail", self.subject, one_line(what)[:300], "report this with the line above")


_WAY_OUT = {
    "unreachable": "check the address and the network, then try again",
    "address refused": "mend the address, or set allow_private_addresses = true for one inside your network",
    "unauthorized": "get a new key from the network and set it",
    "rate limited": "wait; the schedule does so by itself",
    "over budget": "wait for the next period, or raise the budget in the source's table",
    "bad cursor": "run listener collect with --reset-cursor",
}
