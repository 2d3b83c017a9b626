"""Any exception into one line for a person and an exit code: the only place where the packages' errors meet."""

import os
import traceback

from listener.errors import ListenerError
from listener.redaction import redacted
from metrics.errors import MetricError
from nlp.errors import EvaluationError, ModelError
from storage.alert_types import AlertError
from storage.errors import StorageError
from storage.query import QueryError


def explain(error: Exception) -> tuple[str, int]:
    """The message and the exit code: 2 for configuration and usage, else 1.

    What no one foresaw says where to report it; LISTENER_TRACEBACK=1 shows where it happened.

    >>> from listener.errors import UsageError
    >>> explain(UsageError("--since: write a day"))
    ('--since: write a day', 2)
    >>> explain(RuntimeError("odd"))[1]
    1
    """
    if isinstance(error, ListenerError):
        return redacted(str(error)), error.exit_code
    if isinstance(error, QueryError | MetricError | AlertError):
        return redacted(str(error)), 2
    if isinstance(error, StorageError | ModelError | EvaluationError):
        return redacted(str(error)), 1
    if isinstance(error, OSError) and error.strerror:
        return redacted(f"{error.filename or 'the output cannot be written'}: {error.strerror}"), 1
    if os.environ.get("LISTENER_TRACEBACK"):
        return redacted("".join(traceback.format_exception(error))), 1
    what = redacted(f"{type(error).__name__}: {error}")
    return (
        f"something unforeseen went wrong ({what}); please report it with what LISTENER_TRACEBACK=1 shows",
        1,
    )
