"""The tables [[reports]] of config.toml: reports that are made and mailed by themselves."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from dashboard.reports.report import Audience
from listener.config_types import TIME, Id, Line, Section
from metrics.language import Language


class ScheduledReport(Section):
    """One table for each report that is mailed by itself: docs/reports.md."""

    name: Annotated[Line, Field(description="tells it from the others; another name is another report")]
    every: Annotated[
        Literal["week", "month", "quarter"],
        Field(description="the last whole one is reported, once it is over"),
    ] = "week"
    at: Annotated[str, Field(pattern=TIME, description="when it is sent on the first day after")] = "07:00"
    brands: Annotated[tuple[Id, ...], Field(description="the brands it shows, by id; all if empty")] = ()
    audience: Annotated[
        Audience,
        Field(description="executive: the short of it; team: drivers and posts, too; analyst: every network"),
    ] = "team"
    format: Annotated[Literal["pdf", "html", "xlsx"], Field(description="of the file")] = "pdf"
    language: Annotated[
        Literal["auto", Language],
        Field(description='English, Norwegian (bokmål) or Dutch; "auto": as `language` at the top says'),
    ] = "auto"
    notify: Annotated[
        tuple[SecretStr, ...],
        Field(
            min_length=1,
            description='mail addresses, as in "mailtos://..." (docs/alerts.md); "env:NAME" as in [alerts] notify',
        ),
    ]
