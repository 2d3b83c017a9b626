"""The command line: parses arguments and prints; every command's work is one call into a package.

Nothing heavy is imported before a command needs it, so `listener --help` starts at once. Exit codes: 0 done (also with rejected rows, which
are counted and listed), 1 it failed, 2 usage or configuration.
"""

import os
import sys
from enum import Enum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn, Optional

import typer

app = typer.Typer(
    name="listener",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(
    no_args_is_help=True, help="Write posts, mentions or metrics to a CSV, JSONL or Parquet file."
)
app.add_typer(export_app, name="export")


class Format(str, Enum):
    table = "table"
    json = "json"
    csv = "csv"


class Every(str, Enum):
    hour = "hour"
    day = "day"
    week = "week"
    month = "month"
    all = "all"


class Feeling(str, Enum):
    positive = "positive"
    neutral = "neutral"
    negative = "negative"


ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="FILE", help="the configuration file", envvar="LISTENER_CONFIG"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="how to print")]
BrandOption = Annotated[
    Optional[list[str]], typer.Option("--brand", metavar="NAME", help="a brand's id or name; may be repeated")
]
SourceOption = Annotated[
    Optional[list[str]],
    typer.Option("--source", metavar="NETWORK", help="a network, such as x; may be repeated"),
]
SinceOption = Annotated[
    Optional[str],
    typer.Option(
        "--since", metavar="TIME", help="from this day or time on: 2027-03-01, or 7d for seven days ago"
    ),
]
UntilOption = Annotated[
    Optional[str],
    typer.Option("--until", metavar="TIME", help="up to this day or time, which is not counted itself"),
]
FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="the files to read", show_default=False)
]
CONFIG = Path("config.toml")


@app.callback()
def started() -> None:
    """Listener: what people say about your brand and its competitors, and how they feel about each."""
    from listener import logs

    logs.configure("error")


@app.command(epilog="Example: listener demo")
def demo() -> None:
    """Show what Listener does on bundled, invented posts: no key, no network."""
    from listener.commands import demo as command

    command.demo(Path.cwd())


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


@app.command(epilog="Example: listener metrics share_of_voice negative_share --since 2027-03-01 --every week")
def metrics(
    names: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="METRIC", help="such as mentions or share_of_voice; all if none"),
    ] = None,
    brand: BrandOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: Annotated[Every, typer.Option("--every", help="the size of each bucket")] = Every.all,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Volume, share of voice, sentiment and the rest, each with n and warnings. Thirty days to now if no time is given."""
    from listener.commands import look

    look.metrics(config, names or [], brand, source, since, until, every.value, format.value)


@app.command(epilog='Example: listener mentions --brand delta --label negative --query "refund OR cancelled"')
def mentions(
    brand: BrandOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    label: Annotated[Optional[Feeling], typer.Option("--label", help="only these")] = None,
    lang: Annotated[
        Optional[list[str]],
        typer.Option("--lang", metavar="LANGUAGE", help="a language, such as en; may be repeated"),
    ] = None,
    author: Annotated[
        Optional[str], typer.Option("--author", metavar="HANDLE", help="a handle or the network's id")
    ] = None,
    query: Annotated[
        Optional[str],
        typer.Option("--query", metavar="QUERY", help="in the query language, as in config.toml"),
    ] = None,
    reposts: Annotated[bool, typer.Option("--reposts", help="show reposts too")] = False,
    irrelevant: Annotated[
        bool, typer.Option("--irrelevant", help="show those that are left out as not about the brand")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="at most so many; 0: all")] = 20,
    correct: Annotated[
        Optional[int],
        typer.Option("--correct", metavar="ID", help="correct the label of this mention"),
    ] = None,
    feeling: Annotated[
        Optional[Feeling],
        typer.Argument(metavar="LABEL", help="with --correct: positive, neutral or negative"),
    ] = None,
    about: Annotated[
        Optional[int],
        typer.Option("--about", metavar="ID", help="say that this mention is about its brand: it counts"),
    ] = None,
    not_about: Annotated[
        Optional[int],
        typer.Option("--not-about", metavar="ID", help="say that it is not: it leaves the figures"),
    ] = None,
    unsay: Annotated[
        Optional[int],
        typer.Option("--unsay", metavar="ID", help="take --about or --not-about back: the model decides"),
    ] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """The posts behind the numbers, newest first. With --correct ID, a person's label that counts at once."""
    from listener.commands import mentions as command
    from listener.commands import review

    label_said = feeling.value if feeling else None
    if any(given is not None for given in (correct, label_said, about, not_about, unsay)):
        review.judge(
            config, correct, label_said, about=about, not_about=not_about, unsay=unsay, form=format.value
        )
        return
    command.mentions(
        config,
        brand,
        source,
        since,
        until,
        label.value if label else None,
        lang,
        author,
        query,
        reposts,
        limit,
        format.value,
        irrelevant=irrelevant,
    )


@app.command(epilog="Example: listener audit delta --n 50")
def audit(
    brand: Annotated[str, typer.Argument(metavar="BRAND", help="a brand's id or name")],
    n: Annotated[int, typer.Option("--n", metavar="N", help="how many to draw, 10 to 1000")] = 50,
    since: SinceOption = None,
    until: UntilOption = None,
    to: Annotated[
        Optional[Path],
        typer.Option(
            "--to", metavar="FILE", help="write what is drawn to this .csv to be filled, and ask nothing"
        ),
    ] = None,
    filled: Annotated[
        Optional[Path],
        typer.Option("--from", metavar="FILE", help="read the answers from the file that --to wrote"),
    ] = None,
    result: Annotated[
        bool, typer.Option("--result", help="how often the model was right, from all that is answered")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="draw anew, and leave what is open of the draw before")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="with --to: replace a file that is there")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Label mentions drawn at random, and see how often the model is right for this brand.

    Each answer is stored at once, so stop when you like and go on later.
    """
    from listener.commands import audit as command

    command.audit(
        config,
        brand,
        n=n,
        since=since,
        until=until,
        to=to,
        filled=filled,
        result=result,
        fresh=new,
        force=force,
        form=format.value,
    )


@app.command(epilog="Example: listener learn --dry-run")
def learn(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would come of it, and change nothing")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="go back to the model as it is shipped")] = False,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Learn from the labels that people corrected, and keep it if the audits say that it helps."""
    from listener.commands import learn as command

    command.learn(config, dry_run=dry_run, forget=forget, form=format.value)


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


@app.command(epilog="Example: listener run")
def run(
    config: ConfigOption = CONFIG,
    role: Annotated[Role, typer.Option(help="scheduler: collect only; worker: label only")] = Role.all,
) -> None:
    """Collect and label on schedule until stopped."""
    from listener import service_run

    service_run.run(config, role.value)


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


def main() -> None:
    """Run the command line; whatever a user can cause ends in one line on standard error."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        app(prog_name="listener")
        sys.stdout.flush()
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):
            _leave_closed_pipe()
        raise
    except BrokenPipeError:
        _leave_closed_pipe()
    except Exception as error:
        from listener.failures import explain

        _fail(*explain(error))


def _leave_closed_pipe() -> NoReturn:
    """Whoever read the output has had enough of it, as `head` has: that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"listener: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
