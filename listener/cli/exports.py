"""Files for other programs."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import export_app
from listener.cli.options import CONFIG, BrandOption, ConfigOption, Every, SinceOption, UntilOption

ToOption = Annotated[
    Path, typer.Option("--to", metavar="FILE", help="a file ending in .csv, .jsonl or .parquet")
]


ForceOption = Annotated[bool, typer.Option("--force", help="replace a file that is there")]


@export_app.command("posts", epilog="Example: listener export posts --to posts.jsonl")
def export_posts(
    to: ToOption,
    author: Annotated[
        Optional[str],
        typer.Option(metavar="AUTHOR", help="a handle or the network's id: what that account wrote"),
    ] = None,
    force: ForceOption = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Every stored post, one per line, in the form that `listener import` reads."""
    from listener.commands import exports

    exports.export_posts(config, to, author, force=force)


@export_app.command("mentions", epilog="Example: listener export mentions --to mentions.csv --brand delta")
def export_mentions(
    to: ToOption,
    brand: BrandOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    force: ForceOption = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Mentions with their labels."""
    from listener.commands import exports

    exports.export_mentions(config, to, brand, since, until, force=force)


@export_app.command("metrics", epilog="Example: listener export metrics --to daily.csv --every day")
def export_metrics(
    to: ToOption,
    names: Annotated[
        Optional[list[str]], typer.Argument(metavar="METRIC", help="such as mentions; all if none")
    ] = None,
    brand: BrandOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: Annotated[Every, typer.Option("--every")] = Every.day,
    force: ForceOption = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Metric points."""
    from listener.commands import exports

    exports.export_metrics(config, to, names or [], brand, since, until, every.value, force=force)
