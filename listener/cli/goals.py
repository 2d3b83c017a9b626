"""Goals in words."""

from enum import Enum
from typing import Annotated, Optional

import typer

from listener.cli.app import goals_app
from listener.cli.options import CONFIG, BrandOption, ConfigOption, Format, FormatOption


class Cadence(str, Enum):
    weekly = "weekly"
    monthly = "monthly"
    two_months = "two months"


NumberArgument = Annotated[
    int, typer.Argument(metavar="N", help="the goal's number, as listener goals shows it")
]


@goals_app.callback()
def goals(
    context: typer.Context,
    all: Annotated[bool, typer.Option("--all", help="show those that were closed too")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Goals: how each stands, at what pace, how likely it is to be met, and when to review it."""
    if context.invoked_subcommand is None:
        from listener.commands import goals as command

        command.goal_list(config, ended=all, form=format.value)


@goals_app.command(
    "add",
    context_settings={"ignore_unknown_options": True},  # a goal may begin with -10
    epilog='Example: listener goals add "+20 % mentions by the end of the year" --owner Ann',
)
def goals_add(
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help='as in "+35 % average engagement rate in 4 months"')
    ],
    brand: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="a brand's id or name; your own if there is one")
    ] = None,
    owner: Annotated[Optional[str], typer.Option(metavar="NAME", help="who answers for it")] = None,
    reason: Annotated[Optional[str], typer.Option(metavar="TEXT", help="why it matters")] = None,
    channel: Annotated[Optional[str], typer.Option(metavar="NETWORK", help="one network only")] = None,
    campaign: Annotated[Optional[str], typer.Option(metavar="ID", help="one campaign only")] = None,
    review: Annotated[Cadence, typer.Option(help="how often to look at it again")] = Cadence.monthly,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Set a goal in words; the answer says what was understood."""
    from listener.commands import goals as command

    command.add(config, words, brand, owner, reason, channel, campaign, review.value, format.value)


@goals_app.command("show", epilog="Example: listener goals show 1")
def goals_show(
    number: NumberArgument, config: ConfigOption = CONFIG, format: FormatOption = Format.table
) -> None:
    """One goal with its windows, its range of what is plausible, its warnings and its reviews."""
    from listener.commands import goals as command

    command.show_one(config, number, format.value)


@goals_app.command("end", epilog='Example: listener goals end 1 --dropped --note "the launch was put off"')
def goals_end(
    number: NumberArgument,
    met: Annotated[bool, typer.Option("--met/--dropped", help="how it ended", show_default=False)],
    note: Annotated[Optional[str], typer.Option(metavar="TEXT", help="what was learned")] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Close a goal, as met or as dropped; it is kept."""
    from listener.commands import goals as command

    command.end(config, number, "met" if met else "dropped", note, format.value)


@goals_app.command("review", epilog='Example: listener goals review 1 --note "on course; the target stays"')
def goals_review(
    number: Annotated[Optional[int], typer.Argument(metavar="N", help="the goal's number")] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="what was found")] = "",
    choice: Annotated[
        bool, typer.Option("--choice", help="the choice of figures itself, which is due twice a year")
    ] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Note that a goal was looked at; the next review follows at its cadence."""
    from listener.commands import goals as command

    command.review(config, number, note, choice=choice, form=format.value)


@goals_app.command("backtest", epilog="Example: listener goals backtest mentions --brand delta")
def goals_backtest(
    kpis: Annotated[
        Optional[list[str]], typer.Argument(metavar="METRIC", help="such as mentions; several if none")
    ] = None,
    brand: BrandOption = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Whether the chances would have been right: goals pretended in every week of the past, scored (Brier) against naive forecasts."""
    from listener.commands import goals_backtest as command

    command.run_backtest(config, kpis or [], brand, format.value)
