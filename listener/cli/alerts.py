"""What is worth waking for, and what becomes of it."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import alerts_app
from listener.cli.options import (
    CONFIG,
    BrandOption,
    ConfigOption,
    Format,
    FormatOption,
    SinceOption,
    UntilOption,
)


class State(str, Enum):
    open = "open"
    resolved = "resolved"
    all = "all"


IdArgument = Annotated[
    int,
    typer.Argument(
        metavar="ID", min=1, max=2**63 - 1, help="the alert's number, as listener alerts shows it"
    ),
]
ByOption = Annotated[
    Optional[str], typer.Option("--by", metavar="NAME", help="who does it; you, if not given")
]


@alerts_app.callback()
def alerts(
    context: typer.Context, config: ConfigOption = CONFIG, format: FormatOption = Format.table
) -> None:
    """Alerts: what is out of the ordinary, why, and what became of it."""
    if context.invoked_subcommand is None:
        alerts_list(State.open, None, None, config, format)


@alerts_app.command("list", epilog="Example: listener alerts list --state all --since 30d")
def alerts_list(
    state: Annotated[State, typer.Option(help="open ones, resolved ones, or all")] = State.open,
    brand: BrandOption = None,
    since: SinceOption = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Alerts, the newest first; how often they came, and what could not be looked at or told."""
    from listener.commands import alerts_list as command

    wanted = None if state is State.all else state.value
    command.alert_list(config, state=wanted, brands=brand, since=since, form=format.value)


@alerts_app.command("show", epilog="Example: listener alerts show 7")
def alerts_show(
    number: IdArgument, config: ConfigOption = CONFIG, format: FormatOption = Format.table
) -> None:
    """One alert: what happened, what drives it, the posts that show it, what became of it and whom it reached."""
    from listener.commands import alerts_list as command

    command.show_one(config, number, format.value)


@alerts_app.command("ack", epilog="Example: listener alerts ack 7 --by Ann")
def alerts_ack(number: IdArgument, by: ByOption = None, config: ConfigOption = CONFIG) -> None:
    """Say that somebody is at it: from then on only a rise of its severity is told."""
    from listener.commands import alerts_acts as command

    command.acknowledge(config, number, by)


@alerts_app.command("snooze", epilog="Example: listener alerts snooze 7 --for 4h")
def alerts_snooze(
    number: IdArgument,
    spell: Annotated[str, typer.Option("--for", metavar="TIME", help="how long, as in 30m, 4h or 2d")],
    by: ByOption = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Hear nothing of it for a while; then it is told once more, if it is still open."""
    from listener.commands import alerts_acts as command

    command.snooze(config, number, spell, by)


@alerts_app.command("resolve", epilog="Example: listener alerts resolve 7 --false-alarm")
def alerts_resolve(
    number: IdArgument,
    real: Annotated[
        Optional[bool],
        typer.Option("--real/--false-alarm", help="what it was; may be said later, too", show_default=False),
    ] = None,
    by: ByOption = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Close an alert. The same is told again within a day only where it gets more serious."""
    from listener.commands import alerts_acts as command

    command.resolve(config, number, real, by)


@alerts_app.command("retry", epilog="Example: listener alerts retry msg_9ccd12f19e2be80a9e33df56d8f6ad5f")
def alerts_retry(
    delivery: Annotated[str, typer.Argument(metavar="MESSAGE", help="its id, as listener alerts shows it")],
    config: ConfigOption = CONFIG,
) -> None:
    """Send a message that was given up again."""
    from listener.commands import alerts_acts as command

    command.retry(config, delivery)


@alerts_app.command("replay", epilog="Example: listener alerts replay --since 90d --brand delta")
def alerts_replay(
    since: SinceOption = None,
    until: UntilOption = None,
    brand: BrandOption = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Which spikes would have been told in the past at the present settings, and how often a month; the last 30 days if no time is given."""
    from listener.commands import alerts_replay as command

    command.run(config, since, until, brand, format.value)


@alerts_app.command("backtest", epilog="Example: listener alerts backtest mentions.csv --to scores.csv")
def alerts_backtest(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="a CSV file with the columns timestamp and value")
    ],
    to: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="write the scores here; to standard output if not given"),
    ] = None,
    false_alarms_per_month: Annotated[
        float, typer.Option(metavar="N", help="how many false alarms you accept")
    ] = 1.0,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="whose hours and weekdays the series follows")
    ] = "UTC",
) -> None:
    """What the spike detector would have said, row by row, knowing only what came before."""
    from listener.commands import alerts as command

    command.backtest(file, to, false_alarms_per_month, timezone)


@alerts_app.command("test", epilog="Example: listener alerts test")
def alerts_test(
    channel: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="one channel, as this command names it, or one kind")
    ] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Send one test message to each channel of [alerts] notify, now."""
    from listener.commands import alerts_try as command

    raise typer.Exit(command.test(config, channel))
