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
