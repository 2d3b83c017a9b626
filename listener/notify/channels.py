"""What `[alerts] notify` names, as channels.

mailto, mailtos -> mail.py (one channel for each recipient)    webhook+https -> webhook.py    slack, https://hooks.slack.com -> slack.py
those of apprise_services.py -> through_apprise.py              env:NAME -> the address that LISTENER_ALERTS_NAME holds, or its _FILE names

Anything else is refused: an address is never handed to a library that may do with it what it likes.
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from listener.config import Config
from listener.errors import ConfigError
from listener.notify.apprise_services import SERVICES
from listener.notify.channel import BadAddress, Channel, Way
from listener.notify.mail import parse_mail
from listener.notify.slack import parse_slack
from listener.notify.webhook import VARIABLE, parse_webhook
from listener.redaction import one_line, redact
from listener.secrets import read_variable

_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,60}")
LONGEST_ADDRESS = 4_000


def channels_of(config: Config, environ: Mapping[str, str]) -> list[Channel]:
    """A channel for every receiver of alerts, in the order of the file; none where nobody is named.

    Their secrets are masked in all that is logged from then on. Raises ConfigError with a line for each entry that is none, naming its place
    (`alerts.notify[1]`) and never its text.
    """
    channels, problems = read_channels(config, environ)
    if problems:
        raise ConfigError("\n".join(problems))
    return channels


def read_channels(config: Config, environ: Mapping[str, str]) -> tuple[list[Channel], list[str]]:
    """The channels of alerts that can be read, and a line for each entry that cannot: one that is wrong silences no other."""
    return _read("alerts", config.alerts.notify, config, environ)


def report_channels(config: Config, environ: Mapping[str, str]) -> tuple[dict[str, list[Channel]], list[str]]:
    """The mailboxes of each report by its name, and a line for each entry that is none."""
    found: dict[str, list[Channel]] = {}
    problems: list[str] = []
    for index, plan in enumerate(config.reports):
        found[plan.name], wrong = _read(f"reports[{index}]", plan.notify, config, environ, only="mail")
        problems += wrong
    return found, problems


def all_channels(config: Config, environ: Mapping[str, str]) -> tuple[list[Channel], list[str]]:
    """Every channel, of alerts and of reports, once each; and a line for each entry that is none."""
    alerts, problems = read_channels(config, environ)
    reports, more = report_channels(config, environ)
    known = {one.name: one for some in (alerts, *reports.values()) for one in some}
    return list(known.values()), [*problems, *more]


def _read(
    section: str, entries: Sequence[SecretStr], config: Config, environ: Mapping[str, str], *, only: str = ""
) -> tuple[list[Channel], list[str]]:
    found: dict[str, int] = {}
    channels: list[Channel] = []
    problems: list[str] = []
    file = one_line(str(config.source_path))
    for index, entry in enumerate(entries):
        try:
            made = _channels(_address(entry.get_secret_value(), environ), config, environ)
            for channel in made:
                if only and channel.kind != only:
                    raise BadAddress(f"takes no file along; write a {only} address")
                if (first := found.setdefault(channel.name, index)) != index:
                    raise BadAddress(f"leads where {section}.notify[{first}] leads; take one out")
        except (BadAddress, ConfigError) as error:
            problems.append(f"{file}: {section}.notify[{index}]: {error}")
            continue
        channels += made
    for channel in channels:
        for secret in channel.secrets:
            redact(secret)
    return channels, problems


def way_of(config: Config) -> Way:
    """How the channels of this configuration may get out."""
    return Way(allow_private=config.alerts.allow_private_addresses)


def _address(entry: str, environ: Mapping[str, str]) -> str:
    """The address itself, wherever it is kept. Raises BadAddress, SecretMissing, ConfigError."""
    if not entry.startswith("env:"):
        return entry.strip()
    name = entry.removeprefix("env:")
    if not _VARIABLE_NAME.fullmatch(name):
        raise BadAddress(
            'names no variable; write "env:NAME" in capitals, for the variable LISTENER_ALERTS_NAME'
        )
    variable = f"LISTENER_ALERTS_{name}"
    held = read_variable(environ, variable)
    if held is None:
        raise BadAddress(f"is not set; set {variable}, or its file's name in {variable}_FILE")
    return held.strip()


def _channels(address: str, config: Config, environ: Mapping[str, str]) -> list[Channel]:
    scheme, separator, _ = address.partition("://")
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or not separator:
        raise BadAddress('is no address; write one as in "mailtos://..." (docs/alerts.md lists them)')
    try:
        match scheme:
            case "mailto" | "mailtos":
                return [*parse_mail(address)]
            case "webhook+https" | "webhook+http":
                if scheme == "webhook+http" and not config.alerts.allow_private_addresses:
                    raise BadAddress("is not encrypted; write webhook+https://")
                return [parse_webhook(address, read_variable(environ, VARIABLE))]
            case "slack" | "https":
                return [parse_slack(address)]
            case _ if scheme in SERVICES:
                from listener.notify.through_apprise import (
                    parse_apprise,
                )  # apprise is loaded where it is asked for

                return [parse_apprise(address, scheme)]
    except BadAddress:
        raise
    except ValueError:  # what the standard library says repeats the address
        raise BadAddress("is no address that can be read; docs/alerts.md shows one of each kind") from None
    raise BadAddress(f"begins with a word that is not supported; use one of {', '.join(_SCHEMES)}")


_ALL = ("mailtos", "mailto", "webhook+https", "slack", *SERVICES)
_SCHEMES = tuple(one for one in _ALL if f"{one}s" not in _ALL)
"""Those that encrypt, where there are two forms."""
