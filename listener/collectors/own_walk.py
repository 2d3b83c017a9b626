"""An account's posts, newest first, down to what is stored: the same walk on every network.

Everything published before `low` is stored. While a walk is under way the cursor holds the network's page token, so a killed one goes on where it
was; `low` moves up only when the walk has come down to it. A token that is not taken any more starts the walk again from the top.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from listener.collectors import positions
from listener.collectors.base import Cursor, Page, Payload
from listener.collectors.cursor_times import Time
from listener.collectors.positions import CLOCKS_DIFFER

MOST_PAGES = 200
AGAIN = timedelta(minutes=10)
"""How much below what is stored a walk reads again, for posts that are shown late."""


class OwnPlace(BaseModel):
    """The cursor. `top` is the newest post of the walk under way; `asked_by` what the network wants to be asked by, where the id is not it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    low: Time
    top: Time | None = None
    token: str | None = None
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: each post with the time it is ordered by (None where it cannot be told), and the token of the next page."""

    posts: Sequence[tuple[Payload, datetime | None]]
    token: str | None = None
    units: int = 0
    usd: float = 0.0
    notes: Sequence[str] = ()
    older: Sequence[datetime] = ()
    """Of posts on the page that were not asked for whole, since they are stored."""


class TokenRefusedError(Exception):
    """The network does not take the page token any more."""


def read_own(source: str, cursor: Cursor | None, *, first: datetime, now: datetime) -> OwnPlace:
    """A stored cursor, or the place where the first run starts. Raises CursorRefused for one that no walk has stored."""
    if cursor is None:
        return OwnPlace(low=first)
    try:
        place = OwnPlace.model_validate(dict(cursor))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise positions.refused(
            source, cursor, f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
        ) from None
    if max(place.low, place.top or place.low) > now + CLOCKS_DIFFER:
        raise positions.refused(source, cursor, "it lies in the future")
    return place


def walk(
    place: OwnPlace,
    ask: Callable[[OwnPlace], Step],
    *,
    now: datetime,
    again: timedelta = AGAIN,
    most_pages: int = MOST_PAGES,
) -> Iterator[Page]:
    """Pages from the top, or from where the last walk was cut, down to `again` before `low`. `ask` sends one request for the place's page."""
    floor = place.low - again
    tokens, again_from_top = {place.token}, False
    for _ in range(most_pages):
        try:
            step = ask(place)
        except TokenRefusedError:
            place = place.model_copy(update={"token": None})
            if again_from_top:
                yield Page(partial_errors=("the network takes no page token of the account's posts",))
                return
            again_from_top, tokens = True, {None}
            continue
        times = [min(at, now) for at in (*(at for _, at in step.posts), *step.older) if at is not None]
        notes = list(step.notes)
        top = max([*times, *([place.top] if place.top else [])], default=None)
        if circling := step.token is not None and step.token in tokens:
            notes.append("the network gave a page of the account's posts twice: its paging runs in a circle")
        done = step.token is None or (bool(times) and min(times) < floor)
        tokens.add(step.token)
        if done:
            changes: dict[str, Any] = {"low": max(place.low, top or place.low), "top": None, "token": None}
        else:
            changes = {"top": top, "token": None if circling else step.token}
        place = place.model_copy(update=changes)
        yield Page(
            payloads=[payload for payload, at in step.posts if at is None or at >= floor],
            cursor=place.model_dump(mode="json", exclude_none=True),
            spent_units=step.units,
            spent_usd=step.usd,
            partial_errors=notes,
        )
        if done or circling:
            return
