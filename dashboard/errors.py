"""What goes wrong with a request, as pages and the API say it."""


class DashboardError(Exception):
    """`status` is the HTTP status to answer with; the message is for a person."""

    status = 400
    title = "Not understood"


class BadFilter(DashboardError):
    """A parameter that says nothing; `position` is the character of a query that is wrong."""

    def __init__(self, parameter: str, reason: str, position: int | None = None) -> None:
        super().__init__(f"{parameter}: {reason}")
        self.parameter = parameter
        self.position = position


class NotFound(DashboardError):
    status = 404
    title = "Not there"


class NotAllowed(DashboardError):
    """Known who it is, but that person may not do this."""

    status = 403
    title = "Not allowed"


class NotKnown(DashboardError):
    """Nobody has said who they are, or what they said is not so (any more)."""

    status = 401
    title = "Not logged in"


class TooMuch(DashboardError):
    """More than is taken: a body too large, or too many tries; `retry_after_s` is when to come again."""

    status = 413
    title = "Too much"

    def __init__(self, message: str, *, status: int = 413, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s
