"""Spikes worth waking for."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import alerts_app


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
