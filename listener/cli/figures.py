"""Figures: looked at from every side, explained and proved."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

from listener.cli.app import app
from listener.cli.options import (
    CONFIG,
    Area,
    BrandOption,
    CampaignOption,
    Compare,
    ConfigOption,
    Every,
    Feeling,
    Format,
    FormatOption,
    HashtagOption,
    LangOption,
    QueryOption,
    SinceOption,
    Slices,
    SourceOption,
    UntilOption,
)


@app.command(
    epilog="Example: listener metrics share_of_voice negative_share --since 2027-03-01 --every week --compare previous"
)
def metrics(
    names: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="METRIC", help="such as mentions or share_of_voice; all if none"),
    ] = None,
    brand: BrandOption = None,
    source: SourceOption = None,
    lang: LangOption = None,
    campaign: CampaignOption = None,
    hashtag: HashtagOption = None,
    query: QueryOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: Annotated[Every, typer.Option("--every", help="the size of each bucket")] = Every.all,
    by: Annotated[Optional[Slices], typer.Option("--by", help="a row for each of them")] = None,
    compare: Annotated[
        Optional[list[Compare]],
        typer.Option("--compare", help="also set each figure against these; may be repeated"),
    ] = None,
    receipt: Annotated[
        bool,
        typer.Option(
            "--receipt", help="all that each figure rests on, for `listener receipt` to check later"
        ),
    ] = False,
    to: Annotated[
        Optional[Path], typer.Option("--to", metavar="FILE", help="with --receipt: write it to this .json")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="with --to: replace a file that is there")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Volume, share of voice, sentiment and the rest, each with n and warnings. Thirty days to now if no time is given."""
    from listener.commands import look
    from listener.slices import Options

    given = Options(source, lang, campaign, query, hashtag)
    if receipt or to is not None:
        from listener.commands import receipt as command

        command.write(
            config, names or [], brand, given, since, until, every.value, to, force=force, form=format.value
        )
        return
    look.metrics(
        config,
        names or [],
        brand,
        given,
        since,
        until,
        every.value,
        format.value,
        by=by.value if by else None,
        against=[item.value for item in compare or ()],
    )


@app.command(epilog="Example: listener receipt negative-share.json")
def receipt(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="what `listener metrics --receipt --to` wrote")
    ],
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Compute the figures of a receipt again, and say what changed since. Exit code 1 where a figure is another one now."""
    from listener.commands import receipt as command

    raise typer.Exit(command.check(config, file, format.value))


@app.command(epilog="Example: listener why mentions --brand delta --since 7d")
def why(
    metric: Annotated[
        str,
        typer.Argument(
            metavar="METRIC", help="mentions, or a share or balance of labels such as negative_share_raw"
        ),
    ] = "mentions",
    brand: BrandOption = None,
    source: SourceOption = None,
    lang: LangOption = None,
    campaign: CampaignOption = None,
    hashtag: HashtagOption = None,
    query: QueryOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    year: Annotated[bool, typer.Option("--year", help="against the same period a year earlier")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Us or everyone: a change split into the category's part, the platforms' and the brand's own. Against the period before."""
    from listener.commands import why as command
    from listener.slices import Options

    given = Options(source, lang, campaign, query, hashtag)
    to: Literal["year", "previous"] = "year" if year else "previous"
    command.why(config, metric, brand, given, since, until, to=to, form=format.value)


@app.command(epilog="Example: listener voice --since 2027-03-01 --until 2027-04-01")
def voice(
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Share of voice counted in five ways, with and without copies, and whether the lead is real. Thirty days to now if no time is given."""
    from listener.commands import voice as command

    command.voice(config, source, since, until, format.value)


class By(str, Enum):
    exposure = "exposure"
    response = "response"
    propagation = "propagation"


@app.command(epilog="Example: listener kpis --area engagement --since 2027-03-01")
def kpis(
    brand: BrandOption = None,
    source: SourceOption = None,
    lang: LangOption = None,
    campaign: CampaignOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    area: Annotated[Optional[Area], typer.Option("--area", help="only this part of the catalogue")] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Every KPI with its value for each brand, or the input that it lacks. Thirty days to now if no time is given."""
    from listener.commands import kpis as command

    only = area.value if area else None
    command.kpis(config, brand, source, since, until, only, format.value, langs=lang, campaign=campaign)


@app.command(
    epilog="Example: listener influence delta --since 2027-03-01 --until 2027-04-01 --by propagation"
)
def influence(
    brand: Annotated[
        Optional[str],
        typer.Argument(metavar="BRAND", help="a brand's id or name; your own brand if not given"),
    ] = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    by: Annotated[By, typer.Option("--by", help="which of the three numbers to sort by")] = By.response,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="at most so many; 0: all")] = 20,
    check: Annotated[
        bool,
        typer.Option("--check", help="how well each month's order predicted the next month's responders"),
    ] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Who moves the conversation about a brand: exposure, response and propagation of each account. Thirty days to now if no time is given."""
    from listener.commands import influence as command

    command.influence(config, brand, source, since, until, by.value, limit, format.value, checked=check)


@app.command(epilog="Example: listener drivers delta --since 7d --label negative")
def drivers(
    brand: Annotated[
        Optional[str],
        typer.Argument(metavar="BRAND", help="a brand's id or name; your own brand if not given"),
    ] = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    against: Annotated[
        Optional[str],
        typer.Option(
            metavar="FROM..TO",
            help="the days to compare with; the time before, four times as long, if not given",
        ),
    ] = None,
    label: Annotated[Optional[Feeling], typer.Option("--label", help="only these mentions")] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=100, help="at most so many of each kind")
    ] = 10,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """What sets a period apart: the terms, hashtags, links, authors and posts that stand out, by label. Seven days if no time is given."""
    from listener.commands import drivers as command

    command.drivers(
        config, brand, source, since, until, against, label.value if label else None, limit, format.value
    )
