"""What people do with alerts on the command line: `listener alerts ack`, `snooze`, `resolve` and `retry`."""

import getpass
import os
import re
from pathlib import Path

from listener import show
from listener.collectors.reading import duration
from listener.commands.alerts_list import local
from listener.commands.gather import service_for
from listener.errors import UsageError
from listener.pipeline import utc_now
from storage import alerts as kept
from storage import outbox


def who(by: str | None) -> str:
    """The name given, or that of the operating system's user."""
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"user {os.getuid()}"


def acknowledge(config: Path, number: int, by: str | None) -> None:
    """Somebody is at it."""
    with service_for(config) as service:
        one = kept.acknowledge(service.db, number, by=who(by), now=utc_now())
    _say(f"Alert {number} is seen by {one.acknowledged_by}: only a rise of its severity is told from now on")


def snooze(config: Path, number: int, spell: str, by: str | None) -> None:
    """Tell nothing of it for a while."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}[mhd]", spell.strip()):
        raise UsageError(f"--for {show.plain(spell, 40)!r}: write a number and a unit, as in 30m, 4h or 2d")
    now = utc_now()
    until = now + duration(spell.strip())
    with service_for(config) as service:
        kept.snooze(service.db, number, until=until, by=who(by), now=now)
        zone = service.config.timezone
    _say(
        f"Alert {number} is silent until {local(until, zone)}; if it is still open then, it is told once more"
    )


def resolve(config: Path, number: int, real: bool | None, by: str | None) -> None:
    """Close it, or judge what is closed."""
    with service_for(config) as service:
        one = kept.resolve(service.db, number, by=who(by), now=utc_now(), real=real)
    verdict = {True: " as real", False: " as a false alarm", None: ""}[one.real]
    _say(f"Alert {number} is resolved{verdict}")


def retry(config: Path, delivery: str) -> None:
    """Try a message again that was given up."""
    with service_for(config) as service:
        if not outbox.retry(service.db, delivery, now=utc_now()):
            raise UsageError(
                f"no message {show.plain(delivery, 60)!r} was given up; listener alerts list names those that were"
            )
    _say(f"Message {show.plain(delivery, 60)} is sent again by listener run, for another day")


def _say(line: str) -> None:
    show.console().print(show.plain(line, 400))
