"""Reports for people."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import app
from listener.cli.options import CONFIG, BrandOption, ConfigOption, SourceOption


class Language(str, Enum):
    en = "en"
    nb = "nb"
    nl = "nl"


class Audience(str, Enum):
    executive = "executive"
    team = "team"
    analyst = "analyst"


@app.command(epilog="Example: listener report --period week --to week.pdf")
def report(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="a file ending in .pdf, .html or .xlsx")],
    period: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help="the last whole week, month, quarter or year, or FROM..TO, both days counted in",
        ),
    ] = "week",
    brand: BrandOption = None,
    source: SourceOption = None,
    campaign: Annotated[Optional[str], typer.Option(metavar="ID", help="a campaign's posts and days")] = None,
    audience: Annotated[
        Audience,
        typer.Option(
            help="executive: the short of it; team: drivers and posts, too; analyst: every network and receipt"
        ),
    ] = Audience.team,
    language: Annotated[
        Optional[Language],
        typer.Option(help="English, Norwegian (bokmål) or Dutch; else that of config.toml"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """A period as PDF, HTML or a workbook: a summary in plain words, charts, tables, posts, and how each figure was made."""
    from listener.commands import report as command

    command.report(
        config,
        period,
        to,
        brand,
        source,
        campaign,
        audience.value,
        language.value if language else None,
        force=force,
    )
