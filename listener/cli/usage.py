"""A wrong argument as one line: what it was written for, what was given, what is possible."""

import re

import typer
from pydantic import ValidationError

from listener.config_errors import must_be, one_of
from listener.redaction import shown


def told(error: typer.TyperException) -> str:
    """The line a person reads; a page of help, for a command that was given nothing, stays as it is.

    >>> told(typer.BadParameter("give a FILE, --list or --forget NAME"))
    'listener: give a FILE, --list or --forget NAME'
    """
    context = getattr(error, "ctx", None)
    if context is not None and error.message == context.get_help():
        return error.message
    line = _argument(error) if isinstance(error, typer.BadParameter) else error.format_message().rstrip(".")
    return f"listener: {line}" + (f" ({context.command_path} --help)" if context is not None else "")


def _argument(error: typer.BadParameter) -> str:
    if error.param is None:
        return error.message
    name = error.param.opts[0] if error.param.opts[0].startswith("-") else error.param.display_name_raw
    if not error.message:
        meant = getattr(error.param, "help", None)
        return f"{name} is missing: {meant}" if meant else f"{name} is missing"
    if not isinstance(error.__cause__, ValidationError):
        return f"{name}: {error.message}"
    wrong = error.__cause__.errors()[0]
    _, choice, words = wrong["msg"].partition(" is not one of ")
    wanted = one_of(wrong["input"], re.findall(r"'([^']*)'", words)) if choice else must_be(wrong)
    return f"{name}: {shown(wrong['input'])} {wanted}"
