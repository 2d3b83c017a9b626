"""Who asks, and what they may do. A viewer reads; an editor also corrects, triages and acknowledges; an admin also manages users and settings.

The guard (`guard.py`) has found out who it is before any route runs, and lets nobody unknown past it. A route asks for the role it needs:

    def correct(..., by: Editor) -> Response:
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args

from fastapi import Depends, Request

from dashboard.errors import NotAllowed, NotKnown

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do all that those before it may."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks: a user with a session, a program with a token, or whoever sits at this machine while there is no password.

    `brands` None: all of them; else a token that is good for these alone, in the API alone, where a route is `for_brands`.
    """

    name: str
    role: Role
    how: Literal["session", "token", "loopback"]
    brands: frozenset[str] | None = None

    def may(self, role: Role) -> bool:
        """Whether this role's work is allowed.

        >>> Principal("Ada", "editor", "session").may("viewer"), Principal("Ada", "editor", "session").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


Handler = TypeVar("Handler", bound=Callable[..., Any])


def for_brands(handler: Handler) -> Handler:
    """A decorator: this route tells of no brand but those that the asker may see. Without it, whoever is limited to some is refused."""
    handler.for_brands = True  # type: ignore[attr-defined]
    return handler


def within_brands(by: Principal, handler: Callable[..., Any]) -> None:
    """Raises NotAllowed for who is limited to some brands, where the route tells of others."""
    if by.brands is not None and not getattr(handler, "for_brands", False):
        raise NotAllowed(
            f"this tells of every brand, and this token is for {', '.join(sorted(by.brands))} alone"
        )


def sees(by: Principal, brand_id: str | None) -> bool:
    """Whether this brand may be told of; what is of no brand (None) is told to who may see all.

    >>> limited = Principal("agency", "viewer", "token", frozenset({"aurora"}))
    >>> sees(limited, "aurora"), sees(limited, "borealis"), sees(limited, None)
    (True, False, False)
    """
    return by.brands is None or brand_id in by.brands


def _needing(role: Role, request: Request) -> Principal:
    found: Principal | None = getattr(request.state, "principal", None)
    if found is None:
        raise NotKnown("log in first, or send a token")
    if not found.may(role):
        raise NotAllowed(f"this needs the role {role}, and {found.name} has the role {found.role}")
    return found


def viewer(request: Request) -> Principal:
    """A dependency: whoever it is may read. Raises NotKnown."""
    return _needing("viewer", request)


def editor(request: Request) -> Principal:
    """A dependency: who may correct labels, triage mentions and acknowledge alerts. Raises NotKnown, NotAllowed."""
    return _needing("editor", request)


def admin(request: Request) -> Principal:
    """A dependency: who may manage users, tokens and settings. Raises NotKnown, NotAllowed."""
    return _needing("admin", request)


Viewer = Annotated[Principal, Depends(viewer)]
Editor = Annotated[Principal, Depends(editor)]
Admin = Annotated[Principal, Depends(admin)]
