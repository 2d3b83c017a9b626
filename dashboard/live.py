"""What is new, as it comes: server-sent events under /live.

    event: hello    data: {"open_alerts": 2}                                 id: 1041-17
    event: news     data: {"mentions": 3, "alerts": 1, "open_alerts": 2}     id: 1044-18
    event: work     data: {"work": [{"kind": "rematch", ...}]}               id: 1044-18

So many mentions were stored, and alerts opened or changed, since the last event; how many alerts are open is said at once. Long work is told
whenever it has got on, as /api/v1/work tells it; [] when all is done.
One task for the whole process looks into the database every two seconds (the highest numbers alone, so it costs the same for any number
of posts), and only while somebody listens. A listener that comes back with Last-Event-ID hears what it missed.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from dashboard.errors import TooMuch
from dashboard.security.access import Viewer
from dashboard.security.identity import identify
from dashboard.site import Site
from dashboard.views.running import work_of
from storage.db import Database
from storage.errors import StorageError
from storage.rows import table_of
from storage.running import Running, running_in
from storage.tables import Mention
from storage.tables_alerts import AlertEventRow, AlertRow

EVERY_S = 2.0
HEARTBEAT_S = 15
MOST_LISTENERS = 100
STILL_KNOWN_S = 30.0

_mentions, _events, _alerts = table_of(Mention), table_of(AlertEventRow), table_of(AlertRow)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest numbers given to a mention and to what became of an alert, how many alerts are open, and long work under way."""

    mention: int
    event: int
    open_alerts: int = 0
    work: tuple[Running, ...] = field(default=(), repr=False)

    @property
    def id(self) -> str:
        return f"{self.mention}-{self.event}"


def mark_of(text: str | None) -> Mark | None:
    """What an event's id says; None for what is none.

    >>> mark_of("1042-17")
    Mark(mention=1042, event=17, open_alerts=0)
    >>> mark_of("1042") is mark_of(None) is mark_of("9" * 30 + "-1") is None
    True
    """
    mention, dash, event = (text or "").partition("-")
    if not dash or not all(
        part.isascii() and part.isdecimal() and len(part) < 19 for part in (mention, event)
    ):
        return None
    return Mark(int(mention), int(event))


def present(db: Database) -> Mark:
    """How things stand. Raises StorageError."""
    with db.read() as connection:
        mention = connection.scalar(select(func.max(_mentions.c.id))) or 0
        event = connection.scalar(select(func.max(_events.c.id))) or 0
        still_open = select(func.count()).select_from(_alerts).where(_alerts.c.state == "open")
        work = tuple(running_in(connection))
        return Mark(mention, event, connection.scalar(still_open) or 0, work)


def news(db: Database, since: Mark, now: Mark) -> ServerSentEvent:
    """What came between two marks. Raises StorageError."""
    with db.read() as connection:
        new = select(func.count()).select_from(_mentions)
        mentions = connection.scalar(new.where(_mentions.c.id > since.mention, _mentions.c.id <= now.mention))
        changed = select(func.count(_events.c.alert_id.distinct()))
        alerts = connection.scalar(changed.where(_events.c.id > since.event, _events.c.id <= now.event))
    return _event("news", now, mentions=mentions or 0, alerts=alerts or 0, open_alerts=now.open_alerts)


def _event(name: str, at: Mark, **data: Any) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data), event=name, id=at.id, retry=5_000)


class Live:
    """The one task that looks, and those who listen to it."""

    def __init__(self, db: Database, every_s: float = EVERY_S) -> None:
        self.db, self.every_s, self.still_known_s = db, every_s, STILL_KNOWN_S
        self.listeners = 0
        self.stopped = False
        self.mark: Mark | None = None
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End every listener within seconds; may be called from another thread."""
        self.stopped = True

    async def join(self) -> Mark:
        """Begin to listen. Raises StorageError."""
        if self._task is None or self._task.done():
            self.mark = await run_in_threadpool(present, self.db)
            self._task = asyncio.create_task(self._look())
        assert self.mark is not None
        return self.mark

    async def _look(self) -> None:
        while self.listeners and not self.stopped:
            await asyncio.sleep(self.every_s)
            with suppress(StorageError):  # the next look may work
                found = await run_in_threadpool(present, self.db)
                if found != self.mark:
                    self.mark = found
            async with self._changed:
                self._changed.notify_all()

    async def after(self, seen: Mark) -> Mark:
        """How things stand once something was looked at again; the same mark where nothing came."""
        async with self._changed:
            await self._changed.wait()
        return self.mark or seen


@router.get("/live")
async def live(request: Request, _by: Viewer) -> EventSourceResponse:
    """A stream of events for as long as the page is open and its login holds."""
    shared: Live = request.app.state.live
    if shared.listeners >= MOST_LISTENERS or shared.stopped:
        raise TooMuch("too many pages listen already", status=503, retry_after_s=30)
    return EventSourceResponse(_events_of(request, shared), ping=HEARTBEAT_S, send_timeout=30)


async def _events_of(request: Request, shared: Live) -> AsyncIterator[ServerSentEvent]:
    site: Site = request.app.state.site
    clock = asyncio.get_running_loop().time
    shared.listeners += 1
    try:
        now = await shared.join()
        seen = mark_of(request.headers.get("last-event-id")) or now
        yield _event("hello", seen, open_alerts=now.open_alerts)
        seen = replace(seen, open_alerts=now.open_alerts, work=())
        known_at = clock()
        while not shared.stopped:
            if now.work != seen.work:
                yield _event("work", now, **work_of(now.work, now=site.clock()).as_json())
                seen = replace(seen, work=now.work)
            if now != seen:
                yield await run_in_threadpool(news, site.db, seen, now)
                seen = now
            now = await shared.after(now)
            if clock() - known_at > shared.still_known_s:
                known_at = clock()
                if (await run_in_threadpool(identify, site, request)).principal is None:
                    return
    except StorageError:
        return  # the page comes back by itself
    finally:
        shared.listeners -= 1
