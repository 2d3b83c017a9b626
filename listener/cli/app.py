"""The command line's tree: commands hang themselves onto it."""

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
goals_app = typer.Typer(invoke_without_command=True, epilog="Example: listener goals")
app.add_typer(goals_app, name="goals")
alerts_app = typer.Typer(invoke_without_command=True, epilog="Example: listener alerts")
app.add_typer(alerts_app, name="alerts")
user_app = typer.Typer(
    no_args_is_help=True,
    help="Who may look at the dashboard.",
    epilog="Example: listener user add ann --role admin",
)
app.add_typer(user_app, name="user")
token_app = typer.Typer(
    no_args_is_help=True,
    help="Keys for programs that use the API.",
    epilog="Example: listener token add notebook",
)
app.add_typer(token_app, name="token")


@app.callback()
def started() -> None:
    """Listener: what people say about your brand and its competitors, and how they feel about each."""
    from listener import logs

    logs.configure("error")
