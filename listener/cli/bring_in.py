"""Posts and facts in, labelled, and out again."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import app
from listener.cli.options import CONFIG, ConfigOption, FilesArgument, Format, FormatOption


@app.command(
    "import",
    epilog="Example: listener import tweets.csv --map source_id=tweet_id --map published_at=tweet_created",
)
def import_(
    files: FilesArgument,
    map: Annotated[
        Optional[list[str]],
        typer.Option("--map", metavar="FIELD=COLUMN", help="our field = the file's column; may be repeated"),
    ] = None,
    source: Annotated[
        Optional[str], typer.Option(metavar="NETWORK", help="the network the posts come from, such as x")
    ] = None,
    keep_unmatched: Annotated[
        bool, typer.Option("--keep-unmatched", help="also keep posts that name no brand")
    ] = False,
    zone: Annotated[
        Optional[str],
        typer.Option(
            metavar="ZONE", help="the zone of times that state none; the configured one if not given"
        ),
    ] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Bring in posts from CSV, JSONL or Parquet files, or from a network's own JSON."""
    from listener.commands import bring_in

    raise typer.Exit(
        bring_in.import_files(
            config, files, map or [], source, keep_unmatched=keep_unmatched, zone=zone, form=format.value
        )
    )


class DateOrder(str, Enum):
    day_first = "day-first"
    month_first = "month-first"


@app.command(
    "import-facts", epilog="Example: listener import-facts meta.csv --as meta --map leads=Results --save"
)
def import_facts(
    file: Annotated[
        Optional[Path],
        typer.Argument(metavar="FILE", help="a CSV, XLSX, JSON or JSONL file", show_default=False),
    ] = None,
    name: Annotated[
        Optional[str],
        typer.Option("--as", metavar="NAME", help="the import's name: the same for every export of one tool"),
    ] = None,
    map: Annotated[
        Optional[list[str]],
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="date, channel, campaign, influencer or a fact = the file's column, * for each row counting as one; may be repeated",
        ),
    ] = None,
    brand: Annotated[
        Optional[str],
        typer.Option("--brand", metavar="NAME", help="whose facts; your own brand if not given"),
    ] = None,
    channel: Annotated[
        Optional[str],
        typer.Option(
            metavar="CHANNEL", help="the network, or another word such as email, of rows that name none"
        ),
    ] = None,
    currency: Annotated[
        Optional[str], typer.Option(metavar="CODE", help="of money that states none, such as EUR")
    ] = None,
    dates: Annotated[Optional[DateOrder], typer.Option(help="what 03/04/2026 means")] = None,
    decimal: Annotated[
        Optional[str], typer.Option(metavar="SIGN", help="what stands before decimals: . or ,")
    ] = None,
    scale: Annotated[
        Optional[int], typer.Option(metavar="N", help="the top of a satisfaction score's scale")
    ] = None,
    only: Annotated[
        Optional[list[str]],
        typer.Option(
            metavar="CHANNEL",
            help="count these channels alone; social: all social networks, all: every row; may be repeated",
        ),
    ] = None,
    sheet: Annotated[Optional[str], typer.Option(metavar="NAME", help="the sheet of an .xlsx file")] = None,
    zone: Annotated[
        Optional[str],
        typer.Option(metavar="ZONE", help="the file's time zone; the configured one if not given"),
    ] = None,
    at: Annotated[
        Optional[str],
        typer.Option(
            metavar="TIME", help="when a help desk's file was exported; its newest time if not given"
        ),
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="keep the mapping in the configuration")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would come of it, and change nothing")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="what is stored with influencers told otherwise gives way to the file's figures"
        ),
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="what is stored, by import")] = False,
    forgotten: Annotated[
        Optional[str], typer.Option("--forget", metavar="NAME", help="remove what an import stored")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="with --forget: do not ask first")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Bring in what ad managers, web analytics, CRM, surveys and help desks export. The same file again changes nothing."""
    from listener.commands import import_facts as command
    from listener.commands import stored_facts

    if sum([file is not None, listed, forgotten is not None]) != 1:
        raise typer.BadParameter("give a FILE, --list or --forget NAME, and one of them only")
    if listed:
        stored_facts.show_imports(config, form=format.value)
    elif forgotten is not None:
        stored_facts.forget(config, forgotten, yes=yes, form=format.value)
    elif file is not None:
        given = command.Options(
            name, tuple(map or ()), brand, channel, currency, dates.value if dates else None, decimal, sheet, zone, scale,
            tuple(only or ()), at, save, dry_run, replace,
        )  # fmt: skip
        command.import_facts(config, file, given, form=format.value)


@app.command(epilog="Example: listener collect press")
def collect(
    sources: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="SOURCE", help="names under [sources]; all that are enabled if none"),
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset-cursor", help="forget the stored position first, and start anew")
    ] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """One pass over the sources now: fetch, match, store."""
    from listener.commands import gather

    raise typer.Exit(gather.collect(config, sources or [], reset=reset, form=format.value))


@app.command(epilog="Example: listener backfill news --since 2027-02-01")
def backfill(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="a name under [sources]")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="first day or time to fetch")],
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Fetch what a source still has of the past."""
    from listener.commands import gather

    raise typer.Exit(gather.backfill(config, source, since, form=format.value))


@app.command(epilog="Example: listener label")
def label(
    model: Annotated[
        Optional[str],
        typer.Option(
            metavar="MODEL",
            help='"embedded" as it is shipped, a Hugging Face id or a folder; the configured one if not given',
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="judge every mention anew, also those this model has judged")
    ] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Label the mentions that wait for it."""
    from listener.commands import gather

    gather.label(config, model, again=again, form=format.value)


@app.command(epilog="Example: listener forget x:@someone")
def forget(
    author: Annotated[
        str,
        typer.Argument(
            metavar="AUTHOR", help="a handle or the network's id; NETWORK:HANDLE for one network only"
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask first")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Erase an author everywhere: posts, index, payloads; counts are restated and nothing comes back."""
    from listener.commands import gather

    gather.forget(config, author, yes=yes, form=format.value)


@app.command(epilog="Example: listener rematch delta")
def rematch(
    brands: Annotated[
        Optional[list[str]], typer.Argument(metavar="BRAND", help="brands' ids or names; all if none")
    ] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Match what is stored against the brands' present queries."""
    from listener.commands import gather

    gather.rematch(config, brands or [], form=format.value)
