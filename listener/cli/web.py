"""Who may look: users and tokens."""

from enum import Enum
from typing import Annotated, Optional

import typer

from listener.cli.app import token_app, user_app
from listener.cli.options import CONFIG, ConfigOption, Format, FormatOption


class UserRole(str, Enum):
    viewer = "viewer"
    editor = "editor"
    admin = "admin"


class Scope(str, Enum):
    read = "read"
    write = "write"
    admin = "admin"


NameArgument = Annotated[str, typer.Argument(metavar="NAME")]


@user_app.command("add", epilog="Example: listener user add ann --role admin")
def user_add(
    name: NameArgument,
    role: Annotated[
        UserRole,
        typer.Option(
            help="viewer: reads; editor: also corrects and triages; admin: also manages users and settings"
        ),
    ] = UserRole.viewer,
    no_password: Annotated[
        bool,
        typer.Option("--no-password", help="NAME is a mail address that gets in through [web] oidc_issuer"),
    ] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Add a user. The password is asked for, or read from LISTENER_PASSWORD or the file that LISTENER_PASSWORD_FILE names."""
    from listener.commands import users

    users.add(config, name, role.value, no_password=no_password)


@user_app.command("list", epilog="Example: listener user list")
def user_list(config: ConfigOption = CONFIG, format: FormatOption = Format.table) -> None:
    """Everybody who may look, and what they may do."""
    from listener.commands import users

    users.listed(config, format.value)


@user_app.command("remove", epilog="Example: listener user remove ann")
def user_remove(name: NameArgument, config: ConfigOption = CONFIG) -> None:
    """Remove a user; whoever is logged in as them is logged out."""
    from listener.commands import users

    users.remove(config, name)


@user_app.command("password", epilog="Example: listener user password ann")
def user_password(
    name: NameArgument,
    role: Annotated[Optional[UserRole], typer.Option(help="also give them this role")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Give a user another password, asked for as with add; whoever is logged in as them is logged out."""
    from listener.commands import users

    users.password(config, name, role.value if role else None)


@token_app.command("add", epilog="Example: listener token add notebook --scope read --days 90")
def token_add(
    name: NameArgument,
    scope: Annotated[
        Scope, typer.Option(help="read; write: also correct and triage; admin: all")
    ] = Scope.read,
    days: Annotated[
        int, typer.Option(metavar="N", min=0, max=3650, help="how long it lasts; 0: until it is removed")
    ] = 90,
    brands: Annotated[
        Optional[list[str]],
        typer.Option(
            "--brand", metavar="B", help="good for this brand alone, and those named likewise; all if none is"
        ),
    ] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Make a token and print it. It is shown this once, and only its hash is kept."""
    from listener.commands import users

    users.add_token(config, name, scope.value, days, brands)


@token_app.command("list", epilog="Example: listener token list")
def token_list(config: ConfigOption = CONFIG, format: FormatOption = Format.table) -> None:
    """Every token: its first letters, scope, end and last use."""
    from listener.commands import users

    users.listed_tokens(config, format.value)


@token_app.command("remove", epilog="Example: listener token remove notebook")
def token_remove(name: NameArgument, config: ConfigOption = CONFIG) -> None:
    """Take a token's right away at once."""
    from listener.commands import users

    users.remove_token(config, name)
