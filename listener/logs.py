"""Logging, set up once: one line an event, no secret in it, no control character either.

Our own events (structlog) and those of every library (the standard library's logging) take the same way out:

    event -> level, time, traceback as text -> secrets masked -> controls escaped -> JSON, or columns on a
    terminal
"""

import logging
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from listener.redaction import MASK, names_secret, one_line, redact, redacted

__all__ = ["configure", "redact"]

LEVELS = ("debug", "info", "warning", "error")
DEEPEST = 8


def configure(level: str = "info", *, stream: TextIO | None = None, as_json: bool | None = None) -> None:
    """Send every log event of the process to `stream` (standard error), as JSON lines unless it is a
    terminal.

    `level` is one of debug, info, warning, error. Calling it again replaces what was set before. Uncaught
    exceptions, also those of threads, and warnings are logged by the same way. Call `redact(secret)` to have
    a secret masked from then on.
    """
    stream = sys.stderr if stream is None else stream
    as_json = not stream.isatty() if as_json is None else as_json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _traceback,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
        )
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, safe, renderer],
    )
    handler = _Handler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for chatty in ("alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; an event that cannot be written is dropped with a plain note, never with its
    arguments.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        if isinstance(sys.exc_info()[1], (OSError, ValueError)) and self.stream.closed:
            return
        try:
            self.stream.write(f"a log event of {one_line(record.name)} could not be written\n")
        except (OSError, ValueError):
            return


def _uncaught(kind: type[BaseException], value: BaseException | None, trace: TracebackType | None) -> None:
    if value is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    structlog.get_logger("listener").critical("uncaught exception", exc_info=(kind, value, trace))


def _traceback(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The exception, if the event has one, as text, so that it is masked like any other."""
    found = event.pop("exc_info", None)
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    elif found and not isinstance(found, tuple):
        found = sys.exc_info()
    if found and found[1] is not None:
        event["exception"] = "".join(traceback.format_exception(*found)).rstrip("\n")
    return event


def safe(_logger: WrappedLogger, _name: str, event: EventDict) -> MutableMapping[str, Any]:
    """The event with secrets masked and controls escaped in every key and value; a traceback keeps its own
    line breaks.

    >>> safe(None, "info", {"event": "read\\nme", "url": "https://a.example/?token=abc123"})
    {'event': 'read\\\\nme', 'url': 'https://a.example/?token=***'}
    """
    clean = _table({key: value for key, value in event.items() if key != "exception"}, 0)
    if trace := event.get("exception"):
        lines = redacted(str(trace)).split("\n")
        clean["exception"] = "\n".join("  " + one_line(line) for line in lines)
    return clean


def _text(text: str) -> str:
    return one_line(redacted(text))


def _table(table: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {
        _text(str(key)): MASK if value and names_secret(str(key)) else _clean(value, depth)
        for key, value in table.items()
    }


def _clean(value: object, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return _text(value.decode("utf-8", "backslashreplace"))
    if depth < DEEPEST and isinstance(value, Mapping):
        return _table(value, depth + 1)
    if depth < DEEPEST and isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(inner, depth + 1) for inner in value]
    return _text(_repr(value))


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
