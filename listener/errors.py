"""What can go wrong in the service, drawn as a tree.

    ListenerError                exit code 1: it failed
      ConfigError                exit code 2: a file, line and key to mend
        SecretMissing              an environment variable that is not set
      UsageError                 exit code 2: a wrong argument
      FileError                  a file that cannot be read or written, with file and line
      SourceError                one source failed; the others go on
        Unreachable                no answer in time, connection refused or cut: worth another try
        AddressRefused             the address is not one we may fetch
        Unauthorized               the key is missing, wrong or revoked
        RateLimited                asked to wait until `retry_at`
        OutOfBudget                the network's or the user's own budget is spent, until `retry_at`
        BadReply                   an answer that is not what the network documents
        CursorRefused              the stored position is not one this source can resume from
      PostRefused                one post is malformed: counted, kept raw, the page goes on

`storage.errors.StorageError`, `storage.query.QueryError` and `nlp.errors.ModelError` belong to packages below this one; the
command line treats them like these. Every message names the thing and the way out, and never holds a secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from listener.config_errors import Problem


class ListenerError(Exception):
    """Something failed; the message is one line for a person, naming the thing and the way out."""

    exit_code = 1


class ConfigError(ListenerError):
    """The configuration is wrong: the message names file, line, key and what to write instead; `problems` are the same one by one, where known."""

    exit_code = 2

    def __init__(self, message: str, problems: "Sequence[Problem]" = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class SecretMissing(ConfigError):
    """A secret is not set: the message names the environment variable and its `_FILE` form."""


class UsageError(ListenerError):
    """A command was given something it cannot take."""

    exit_code = 2


class FileError(ListenerError):
    """A file cannot be read, parsed or written."""


class SourceError(ListenerError):
    """A source could not be collected this time.

    `source` is the configured name (the key under [sources]); `retry_at` is the earliest time, in UTC, at which another
    try makes sense, None for the normal schedule.
    """

    kind = "failed"

    def __init__(self, source: str, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(f"source {source}: {message}")
        self.source = source
        self.retry_at = retry_at


class Unreachable(SourceError):
    kind = "unreachable"


class AddressRefused(SourceError):
    kind = "address refused"


class Unauthorized(SourceError):
    kind = "unauthorized"


class RateLimited(SourceError):
    kind = "rate limited"


class OutOfBudget(SourceError):
    kind = "over budget"


class BadReply(SourceError):
    kind = "bad reply"


class CursorRefused(SourceError):
    kind = "bad cursor"


class PostRefused(ListenerError):
    """One payload is not a usable post; `field` names what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
