"""What is wrong with a query, where, and what to write instead."""

from typing import NoReturn


class QueryError(ValueError):
    """The query cannot be used: `reason` says why and what to write, `position` is the place, counted from 0.

    The message holds both and, where there is a place, the query's line with a caret under it.
    """

    exit_code = 2

    def __init__(self, reason: str, text: str = "", position: int | None = None) -> None:
        self.reason = reason
        self.position = position
        super().__init__(reason if position is None else f"{reason}\n{_pointer(text, position)}")


def _pointer(text: str, position: int, around: int = 40) -> str:
    first = max(0, position - around)
    start, end = "…" if first else "", "…" if position + around < len(text) else ""
    excerpt = "".join(c if c.isprintable() else " " for c in text[first : position + around])
    return f"  {start}{excerpt}{end}\n  {' ' * (len(start) + position - first)}^"


def fail(reason: str, position: int) -> NoReturn:
    """Refuse the query at a place; its text is added where the error leaves the parser."""
    raise QueryError(reason, position=position)
