"""The doctor's look at alerts: who is told, the heartbeat, and which part of a running Listener does not work."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from listener.config import Config
from listener.errors import ConfigError
from listener.finding import Finding
from listener.redaction import one_line
from storage.errors import StorageError


def look_at_alerts(config: Config, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """What can be found without telling anybody; `listener alerts test` does that."""
    from listener.alerts.heartbeat import address
    from listener.notify.channels import channels_of

    try:
        names = [one_line(channel.name) for channel in channels_of(config, environ)]
        if names:
            yield Finding("ok", "alerts", f"told to {', '.join(names)}; listener alerts test sends one")
        else:
            yield Finding(
                "warn",
                "alerts",
                "are kept, and nobody is told of them: [alerts] notify names nobody",
                'add notify = ["mailtos://..."]: docs/alerts.md',
            )
    except ConfigError as error:
        for line in str(error).split("\n"):
            yield Finding("fail", "alerts", line, "mend this entry: docs/alerts.md")
    yield from _reports(config, environ)
    if config.alerts.heartbeat is not None:
        try:
            address(config, environ)
            yield Finding("ok", "heartbeat", f"every {config.alerts.heartbeat_every} while all parts work")
        except ConfigError as error:
            yield Finding("fail", "heartbeat", str(error), "mend [alerts] heartbeat")
    yield from _running(config, environ, now)


def _reports(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    from listener.notify.channels import report_channels

    channels, problems = report_channels(config, environ)
    for plan in config.reports:
        names = ", ".join(one_line(channel.name) for channel in channels[plan.name])
        if names:
            yield Finding(
                "ok", f"report {one_line(plan.name)}", f"every {plan.every} at {plan.at} to {names}"
            )
    for line in problems:
        yield Finding("fail", "reports", line, "mend this entry: docs/reports.md")


def _running(config: Config, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Parts that do not work now; nothing where Listener has never run, or its database cannot be asked: that is a finding of its own."""
    from listener.alerts.health import health
    from listener.alerts.signs import last_signs
    from storage.db import open_database

    try:
        url = config.database_url(environ)
        file = Path(url.partition(":///")[2].partition("?")[0]) if url.startswith("sqlite") else None
        if file is not None and not file.exists():
            return
        with closing(open_database(url, writers_wait_s=10)) as db:
            found = health(db, config, now=now, environ=environ) if last_signs(db) else []
            for one in found:
                if not one.works:
                    since = f" (since {one.since:%Y-%m-%d %H:%M} UTC)" if one.since else ""
                    way_out = "is listener run up? Its log says more"
                    yield Finding("warn", one.part, f"does not work: {one.why}{since}", way_out)
    except (ConfigError, StorageError):
        return
