"""Events under /live: new mentions and alerts are told, nothing is missed on coming back, and nobody listens for ever."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from dashboard.app import create_app
from dashboard.live import MOST_LISTENERS, Live, Mark, mark_of, news, present
from dashboard.site import Site
from storage.posts import save
from storage.running import at_work
from storage.types import Batch
from storage.users import add_user, end_sessions, start_session
from tests.dashboard.conftest import NOW, asking, posts
from tests.patience import FOR_EVER_S

MORE = posts(125)[120:]


class Stream:
    """A listener straight at the application, since the test client waits for an answer's end."""

    def __init__(self, app: Any, **headers: str) -> None:
        given = {"host": "127.0.0.1:8765"} | headers
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/live", "raw_path": b"/live",
            "query_string": b"", "root_path": "", "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765), "state": {},
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.left = asyncio.Event()
        self.asked = False
        self.task = asyncio.create_task(app(self.scope, self._receive, self.sent.put))

    async def _receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def status(self) -> int:
        return int((await asyncio.wait_for(self.sent.get(), FOR_EVER_S))["status"])

    async def event(self) -> tuple[str, dict[str, Any], str]:
        """The next event: its name, data and id; heartbeats are passed over."""
        while True:
            text = (await asyncio.wait_for(self.sent.get(), FOR_EVER_S)).get("body", b"").decode()
            lines = dict(
                line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith(":")
            )
            if "event" in lines:
                return lines["event"], json.loads(lines["data"]), lines["id"]

    async def leave(self) -> None:
        self.left.set()
        await asyncio.wait_for(self.task, FOR_EVER_S)


def run(site: Site, work: Callable[[Any], Any]) -> None:
    async def whole() -> None:
        app = create_app(site)
        app.state.live = Live(site.db, every_s=0.02)
        await work(app)

    asyncio.run(asyncio.wait_for(whole(), 2 * FOR_EVER_S))


def test_what_is_new_is_told_and_what_was_missed_too(site: Site) -> None:
    async def work(app: Any) -> None:
        first = Stream(app)
        assert await first.status() == 200
        assert await first.event() == ("hello", {"open_alerts": 0}, "120-0")
        save(site.db, Batch("social", MORE[:3]), now=NOW)
        assert await first.event() == ("news", {"mentions": 3, "alerts": 0, "open_alerts": 0}, "123-0")
        await first.leave()
        save(site.db, Batch("social", MORE[3:]), now=NOW)
        back = Stream(app, **{"last-event-id": "123-0"})
        assert await back.status() == 200
        assert (await back.event())[0] == "hello"
        assert await back.event() == ("news", {"mentions": 2, "alerts": 0, "open_alerts": 0}, "125-0")
        await back.leave()
        assert app.state.live.listeners == 0

    run(site, work)


def test_long_work_is_told_as_it_gets_on_and_when_it_is_over(site: Site) -> None:
    async def work(app: Any) -> None:
        listener = Stream(app)
        await listener.status()
        assert (await listener.event())[0] == "hello"
        with at_work(site.db, "rematch", "Aurora", total=200, clock=site.clock) as told:
            name, data, _ = await listener.event()
            (job,) = data["work"]
            assert (name, job["kind"], job["about"], job["share"]) == ("work", "rematch", "Aurora", 0.0)
            late = Stream(app)
            await late.status()
            assert [(await late.event())[0] for _ in range(2)] == ["hello", "work"]
            told.done = 50  # type: ignore[attr-defined]
            told.say()  # type: ignore[attr-defined]
            assert (await listener.event())[1]["work"][0]["done"] == 50
        assert (await listener.event())[:2] == ("work", {"work": []})
        for stream in (listener, late):
            await stream.leave()

    run(site, work)


def test_all_listeners_share_one_task_which_ends_with_the_last(site: Site) -> None:
    async def work(app: Any) -> None:
        streams = [Stream(app) for _ in range(10)]
        for stream in streams:
            assert await stream.status() == 200
            await stream.event()
        looking = app.state.live._task
        assert app.state.live.listeners == 10
        save(site.db, Batch("social", MORE[:1]), now=NOW)
        assert [(await stream.event())[1]["mentions"] for stream in streams] == [1] * 10
        assert app.state.live._task is looking
        for stream in streams:
            await stream.leave()
        await asyncio.wait_for(looking, FOR_EVER_S)

    run(site, work)


def test_a_hundred_may_listen_and_no_more(site: Site) -> None:
    async def work(app: Any) -> None:
        app.state.live.listeners = MOST_LISTENERS
        assert await Stream(app).status() == 503
        app.state.live.listeners = 0
        assert await Stream(app).status() == 200

    run(site, work)


def test_a_stop_ends_every_listener(site: Site) -> None:
    async def work(app: Any) -> None:
        streams = [Stream(app) for _ in range(3)]
        for stream in streams:
            await stream.status()
            await stream.event()
        app.state.live.stop()
        for stream in streams:
            await asyncio.wait_for(stream.task, FOR_EVER_S)
        assert await Stream(app).status() == 503

    run(site, work)


def test_a_login_that_ends_ends_its_listeners(site: Site) -> None:
    user = add_user(site.db, "Ada", "four words will do", "viewer", now=NOW)
    cookie = start_session(site.db, user, now=NOW, lasts=timedelta(days=1))

    async def work(app: Any) -> None:
        app.state.live.still_known_s = 0.05
        assert await Stream(app).status() == 401
        stream = Stream(app, cookie=f"listener={cookie}")
        assert await stream.status() == 200
        await stream.event()
        end_sessions(site.db, [cookie])
        await asyncio.wait_for(stream.task, FOR_EVER_S)

    run(site, work)


def test_marks_that_are_none_are_as_if_not_sent() -> None:
    for text in ("", "1", "-", "1-", "-1", "a-b", "1-2-3", "９-1", "<script>", "9" * 40 + "-1"):
        assert mark_of(text) is None
    assert mark_of("12-0") == Mark(12, 0)


def test_strangers_hear_nothing(site: Site) -> None:
    assert asking(site, address="192.0.2.7").get("/live").status_code == 401


def test_a_mark_from_the_future_brings_nothing_and_costs_nothing(site: Site) -> None:
    told = news(site.db, Mark(10**15, 10**15), present(site.db))
    assert json.loads(str(told.data)) == {"mentions": 0, "alerts": 0, "open_alerts": 0}
