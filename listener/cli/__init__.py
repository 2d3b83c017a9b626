"""The command line: parses arguments and prints; every command's work is one call into a package.

Nothing heavy is imported before a command needs it, so `listener --help` starts at once. Exit codes: 0 done (also with rejected rows, which
are counted and listed), 1 it failed, 2 usage or configuration.
"""

import os
import sys
from io import TextIOWrapper
from typing import NoReturn

import typer

# isort: off
from listener.cli.app import app
from listener.cli import set_up, bring_in, mentions, figures, goals, alerts, reports, exports, web  # noqa: F401 - in the order of the help
# isort: on


def main() -> None:
    """Run the command line; whatever a user can cause ends in one line on standard error."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        code = app(prog_name="listener", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except typer.Abort:
        _fail("stopped", 1)
    except typer.TyperException as error:
        from listener.cli.usage import told

        print(told(error), file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):
            _leave_closed_pipe()
        raise
    except BrokenPipeError:
        _leave_closed_pipe()
    except Exception as error:
        from listener.failures import explain

        _fail(*explain(error))
    sys.exit(code)


def _leave_closed_pipe() -> NoReturn:
    """Whoever read the output has had enough of it, as `head` has: that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"listener: {message}", file=sys.stderr)
    sys.exit(code)


__all__ = ["app", "main"]
