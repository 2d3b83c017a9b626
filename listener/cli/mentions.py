"""The posts behind the figures, and what people say and do about them."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from listener.cli.app import app
from listener.cli.options import (
    CONFIG,
    BrandOption,
    ConfigOption,
    Feeling,
    Format,
    FormatOption,
    SinceOption,
    SourceOption,
    UntilOption,
)


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
    assigned: Annotated[
        Optional[str], typer.Option("--assigned", metavar="NAME", help="those that somebody looks after")
    ] = None,
    tag: Annotated[
        Optional[list[str]], typer.Option("--tag", metavar="TAG", help="those with this tag; may be repeated")
    ] = None,
    resolved: Annotated[
        Optional[bool],
        typer.Option("--resolved/--open", help="those that are done, or still being worked on"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="at most so many; 0: all")] = 20,
    correct: Annotated[
        Optional[int],
        typer.Option("--correct", metavar="ID", help="correct the label of this mention"),
    ] = None,
    feeling: Annotated[
        Optional[Feeling],
        typer.Argument(metavar="LABEL", help="with --correct: positive, neutral or negative"),
    ] = None,
    take_back: Annotated[
        Optional[int],
        typer.Option(
            "--take-back", metavar="ID", help="take people's label of it back: the model's counts again"
        ),
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
    """The posts behind the numbers, newest first. With --correct ID, a person's label that counts at once; --take-back ID ends it."""
    from listener.commands import mentions as command
    from listener.commands import review

    label_said = feeling.value if feeling else None
    if any(given is not None for given in (correct, label_said, take_back, about, not_about, unsay)):
        review.judge(
            config,
            correct,
            label_said,
            about=about,
            not_about=not_about,
            unsay=unsay,
            back=take_back,
            form=format.value,
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
        assigned=assigned,
        tags=tag,
        resolved=resolved,
    )


@app.command(epilog="Example: listener triage 1552 1508 --assign ann --tag recall")
def triage(
    ids: Annotated[
        Optional[list[int]],
        typer.Argument(
            metavar="ID", help="mentions' numbers, from listener mentions; none lists the tags in use"
        ),
    ] = None,
    assign: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="who looks after them; nobody gives them back")
    ] = None,
    tag: Annotated[
        Optional[list[str]], typer.Option("--tag", metavar="TAG", help="put a tag on them; may be repeated")
    ] = None,
    untag: Annotated[
        Optional[list[str]],
        typer.Option("--untag", metavar="TAG", help="take a tag off them; may be repeated"),
    ] = None,
    resolve: Annotated[bool, typer.Option("--resolve", help="they are done")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="they are not done after all")] = False,
    note: Annotated[Optional[str], typer.Option(metavar="TEXT", help="a line for their log")] = None,
    by: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="who does this; the system's user if not given")
    ] = None,
    config: ConfigOption = CONFIG,
    format: FormatOption = Format.table,
) -> None:
    """Assign, tag and resolve mentions; without an option, show how they stand and their log."""
    from listener.commands import triage as command

    command.triage(
        config,
        ids or [],
        assign,
        tag or [],
        untag or [],
        resolve=resolve,
        reopen=reopen,
        note=note,
        by=by,
        form=format.value,
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
