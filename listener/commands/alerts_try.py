"""`listener alerts test`: one real message to each channel, now, by the way that alerts take."""

from collections.abc import Sequence
from pathlib import Path

from listener import show
from listener.errors import ConfigError, UsageError
from listener.notify.channel import Channel, Sent
from listener.notify.channels import channels_of
from listener.notify.send import send_test
from listener.pipeline import utc_now
from listener.redaction import redacted
from listener.service import open_service
from listener.suggestion import did_you_mean


def test(config: Path, channel: str | None) -> int:
    """Print what came of each; 1 where one was not sent. Raises ConfigError where nobody is named, UsageError for an unknown channel."""
    service = open_service(config, now=utc_now())
    try:
        chosen = _chosen(channels_of(service.config, service.environ), channel)
        outcomes = send_test(service, chosen, now=utc_now())
    finally:
        service.close()
    rows = [
        (one.name, "sent" if isinstance(outcome, Sent) else "not sent", _reason(outcome))
        for one, outcome in zip(chosen, outcomes, strict=True)
    ]
    show.console().print(show.table(["Channel", "Outcome", "Why"], rows))
    return int(not all(isinstance(outcome, Sent) for outcome in outcomes))


def _reason(outcome: object) -> str:
    return redacted(getattr(outcome, "reason", ""))


def _chosen(channels: Sequence[Channel], name: str | None) -> list[Channel]:
    if not channels:
        raise ConfigError(
            '[alerts] notify names nobody; add a line as in notify = ["mailtos://..."]: docs/alerts.md'
        )
    chosen = [one for one in channels if name in (None, one.name, one.kind)]
    if not chosen:
        names = [one.name for one in channels]
        hint = did_you_mean(str(name), names)
        raise UsageError(
            f"--channel {show.plain(name)!r}: no channel has this name{hint}; there are: {', '.join(names)}"
        )
    return chosen
