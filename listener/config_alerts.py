"""The section [alerts] of config.toml: what is worth telling, whom, and when."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from listener.collectors.base import Span
from listener.collectors.reading import duration
from listener.config_types import QUIET, TIME, Id, Line, QueryText, Section
from listener.config_web import SiteAddress
from metrics.alerts.alert import Rule, Severity


def _a_day(value: str) -> str:
    if duration(value) > timedelta(days=1):
        raise ValueError(f'{value} is too long; write at most a day, as in "24h"')
    return value


class Keyword(Section):
    """One table for each word to listen for, such as a recall or a lawsuit."""

    name: Annotated[Line, Field(description="as alerts call it")]
    query: Annotated[QueryText, Field(description="which mentions it is about: docs/queries.md")]
    brand: Annotated[
        Id | None, Field(description="of one brand only, by its id; of your own if not written")
    ] = None
    at_least: Annotated[
        int, Field(ge=1, le=1_000_000, description="how many mentions within `within` are worth an alert")
    ] = 1
    within: Annotated[
        Span, AfterValidator(_a_day), Field(description="the time in which they are counted, at most a day")
    ] = "1h"
    severity: Annotated[Severity, Field(description="how serious it is")] = "warning"


class Alerts(Section):
    """What is worth telling, whom, and when: docs/alerts.md."""

    false_alarms_per_month: Annotated[
        float,
        Field(
            gt=0,
            le=30,
            description="how many false alarms per brand and month are acceptable, of all spikes together",
        ),
    ] = 1.0
    notify: Annotated[
        tuple[SecretStr, ...],
        Field(
            description='where alerts go, as in "mailto://..." or "slack://..."; "env:NAME" for an address that '
            "the variable LISTENER_ALERTS_NAME holds, or the file that LISTENER_ALERTS_NAME_FILE names"
        ),
    ] = ()
    allow_private_addresses: Annotated[
        bool, Field(description="true: alerts may go to addresses inside your own network")
    ] = False
    address: Annotated[
        SiteAddress | None,
        Field(
            description="where the dashboard is reached, for the links in alerts; [web] address if not written"
        ),
    ] = None
    quiet_hours: Annotated[
        str | None,
        Field(
            pattern=QUIET, description='when to stay silent, as in "22:00-06:00"; a digest follows at its end'
        ),
    ] = None
    break_through: Annotated[
        Literal["warning", "critical", "never"],
        Field(description="the severity that is told in quiet hours all the same"),
    ] = "critical"
    digest: Annotated[
        str | None, Field(pattern=TIME, description='when to send a summary every day, as in "08:00"')
    ] = None
    rules_off: Annotated[tuple[Rule, ...], Field(description="rules that shall not alert")] = ()
    influential_followers: Annotated[
        int, Field(ge=1, description="an author with so many followers is worth an alert of their own")
    ] = 100_000
    influential_authors: Annotated[
        tuple[Line, ...], Field(description='authors who are always worth one, as in "@ann" or "x:@ann"')
    ] = ()
    source_down_after: Annotated[
        Span, Field(description="a source that has brought nothing for so long, and should have, is down")
    ] = "1h"
    keywords: Annotated[
        tuple[Keyword, ...],
        Field(
            max_length=200, description="words to listen for, at most 200: one [[alerts.keywords]] table each"
        ),
    ] = ()
    heartbeat: Annotated[
        SecretStr | None,
        Field(
            description='an address asked every `heartbeat_every` while all parts work, as in "https://hc.example.org/ping/1"; '
            'whoever watches it hears when Listener itself is dead. "env:NAME" as in `notify`.'
        ),
    ] = None
    heartbeat_every: Annotated[Span, Field(description="how often")] = "1m"
