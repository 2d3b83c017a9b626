"""Setting up, running and looking after the service."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import app
from listener.cli.options import CONFIG, ConfigOption, Format, FormatOption


@app.command(epilog="Example: listener demo --serve")
def demo(
    serve: Annotated[
        bool, typer.Option("--serve", help="then open the dashboard on it, until Ctrl-C")
    ] = False,
) -> None:
    """Show what Listener does on bundled, invented posts: no key, no network."""
    from listener.commands import demo as command

    command.demo(Path.cwd(), serve=serve)


@app.command(epilog='Example: listener init --brand "Delta" --competitor JetBlue')
def init(
    config: ConfigOption = CONFIG,
    brand: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="your brand's name; asked for if not given")
    ] = None,
    query: Annotated[
        Optional[str],
        typer.Option(metavar="QUERY", help="which posts are about it; made from the name if not given"),
    ] = None,
    competitor: Annotated[
        Optional[list[str]], typer.Option(metavar="NAME", help="a competitor's name; may be repeated")
    ] = None,
    timezone: Annotated[
        Optional[str], typer.Option(metavar="ZONE", help="such as Europe/Oslo; this machine's if not given")
    ] = None,
    source: Annotated[
        Optional[list[str]],
        typer.Option(metavar="NETWORK", help="a network to collect from; may be repeated"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
) -> None:
    """Ask a few questions and write config.toml."""
    from listener.commands import setup

    setup.init(config, brand, query, competitor or [], timezone, source, force=force)


@app.command(epilog="Example: listener doctor")
def doctor(config: ConfigOption = CONFIG, format: FormatOption = Format.table) -> None:
    """Check configuration, secrets, database, model and each source, and say what to do."""
    from listener.commands import setup

    raise typer.Exit(setup.doctor(config, format.value))


@app.command(epilog="Example: listener evaluate labelled.tsv --format json")
def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="label<TAB>text or label<TAB>brand<TAB>text, one per line")
    ],
    predictions: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="also write label and probabilities per row here")
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help='"embedded", a Hugging Face id or a folder')
    ] = "embedded",
    format: FormatOption = Format.table,
) -> None:
    """How well the labeller does on texts that people have labelled."""
    from listener.commands import evaluate as command

    command.evaluate(file, predictions, model, format.value)


@app.command(epilog="Example: listener status")
def status(config: ConfigOption = CONFIG, format: FormatOption = Format.table) -> None:
    """Sources, queue, last runs, gaps, model, size of the database."""
    from listener.commands import status as command

    command.status(config, format.value)


class Role(str, Enum):
    all = "all"
    scheduler = "scheduler"
    worker = "worker"
    web = "web"


@app.command(epilog="Example: listener run")
def run(
    config: ConfigOption = CONFIG,
    role: Annotated[
        Role, typer.Option(help="scheduler: collect only; worker: label only; web: dashboard only")
    ] = Role.all,
) -> None:
    """Collect and label on schedule, and serve the dashboard, until stopped."""
    from listener import service_run

    service_run.run(config, role.value)
