"""Services told through apprise, each request of which goes the way of `collectors.http.Http`.

apprise's plugins call `requests.post` and the like. In the modules of the plugins that are allowed, and nowhere else, the name `requests` stands for
`_Guard`: the same library, but its requests run through `requests_guard.guarded_session` (address checked where the connection is made, also after a
redirect; deadline; size). A request that no `send` of ours began is refused. What a plugin makes of an answer is "sent" or "not sent"; why not is
read from the answer that the guard saw.
"""

import logging
import queue
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from httpx2 import Headers

from listener.collectors.replies import Reply
from listener.collectors.requests_guard import guarded_session
from listener.errors import AddressRefused, SourceError
from listener.notify.apprise_services import SERVICES, Service
from listener.notify.channel import (
    BadAddress,
    Channel,
    GaveUp,
    Message,
    Outcome,
    Sent,
    TryAgain,
    Way,
    encrypted,
    fingerprint,
    judged,
    moved,
    outcome_of,
)
from listener.notify.wording import as_text, cut, unmarked, utf16

_OTHER_WAYS_OUT = {"Session", "session", "sessions", "api", "adapters", "head", "options", "patch"}
_REFUSED_KEYS = {
    "template",
    "format",
    "emojis",
    "interpret",
    "overflow",
    "retry",
    "wait",
    "verify",
    "redirect",
}
_TYPES = {"critical": "failure", "warning": "warning"}
"""An end is told as "info": without the number that its service gave an alert, "success" would close none or another."""
SHORTEST_SECRET = 12
"""A part of an address that is shorter and no password is not taken for a secret: it may be a common word."""


@dataclass(eq=False)
class _Sending:
    """One message on its way: the session its requests run through, and the last answer."""

    channel: str
    way: Way
    secrets: tuple[str, ...]
    over: bool = False
    last: Reply | None = None
    error: SourceError | None = field(default=None)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        way = self.way
        if self.over:
            raise AddressRefused(self.channel, "the time for this message is up")
        session = guarded_session(
            self.channel,
            timeout_s=way.timeout_s,
            allow_private=way.allow_private,
            secrets=self.secrets,
            rewrite=way.rewrite,
        )
        try:
            encrypted(way.to(url), way, self.channel)
            answer = session.request(method, url, **given)
            if method != "GET":
                moved(str(answer.request.url), answer.url, self.channel)
        except SourceError as error:
            self.error = error
            raise
        finally:
            session.close()
        self.last = Reply(answer.status_code, Headers(dict(answer.headers)), b"", url, self.channel)
        return answer


_SENDING: ContextVar[_Sending | None] = ContextVar("sending", default=None)


class _Guard(ModuleType):
    """Stands for the module `requests` in a plugin's module."""

    def __getattr__(self, name: str) -> Any:
        if name in _OTHER_WAYS_OUT:
            raise AddressRefused("notify", f"a plugin wanted to use requests.{name}")
        return getattr(requests, name)

    def request(self, method: str, url: str, **given: Any) -> requests.Response:
        sending = _SENDING.get()
        if sending is None:
            raise AddressRefused("notify", "a plugin wanted to speak to its service unasked")
        return sending.request(method, url, **given)

    def get(self, url: str, **given: Any) -> requests.Response:
        return self.request("GET", url, **given)

    def post(self, url: str, **given: Any) -> requests.Response:
        return self.request("POST", url, **given)

    def put(self, url: str, **given: Any) -> requests.Response:
        return self.request("PUT", url, **given)

    def delete(self, url: str, **given: Any) -> requests.Response:
        return self.request("DELETE", url, **given)


_GUARD = _Guard("requests")


@dataclass(frozen=True, repr=False, kw_only=True)
class Through(Channel):
    """One receiver that apprise reaches; a new object of apprise for every message, so that nothing is kept between them."""

    service: Service
    parsed: Mapping[str, Any]

    def send(self, message: Message, way: Way, *, now: datetime) -> Outcome:
        sending = _Sending(self.name, way, self.secrets)
        answers: queue.SimpleQueue[bool | Exception] = queue.SimpleQueue()

        def work() -> None:
            _SENDING.set(sending)
            try:
                answers.put(self._notify(message))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=work, name="notify", daemon=True).start()
        try:
            taken = answers.get(timeout=way.timeout_s + 1)
        except queue.Empty:
            sending.over = True
            return TryAgain(f"no answer in {way.timeout_s:g} s")
        return _outcome(taken, sending, now)

    def _notify(self, message: Message) -> bool:
        plugin = _plugin(self.service, self.parsed)
        mark = unmarked if self.service.marks else str
        title, body = mark(message.words.title), as_text(message.words, mark=mark) or message.words.title
        if plugin.title_maxlen <= 0:  # a service without titles
            title, body = "", f"{title}\n\n{body}"
        title = cut(title, plugin.title_maxlen, size=_as_html) if title else ""
        room = plugin.body_maxlen - _as_html(title) - 4  # some put the title before the body
        return bool(
            plugin.notify(
                title=title,
                body=cut(body, max(20, room), size=_as_html),
                notify_type=_TYPES.get(message.words.severity, "info"),
                body_format="text",
                overflow="truncate",
            )
        )


def _as_html(text: str) -> int:
    """Length once it is HTML, which some services are sent."""
    return utf16(escape(text)) + 5 * text.count("\n")


def _outcome(taken: bool | Exception, sending: _Sending, now: datetime) -> Outcome:
    if isinstance(taken, SourceError) or (sending.error and taken is not True):
        return outcome_of(taken if isinstance(taken, SourceError) else sending.error)  # type: ignore[arg-type]
    if isinstance(taken, Exception):
        return TryAgain(f"the message could not be made: {type(taken).__name__}")
    if sending.last is None:
        return GaveUp("apprise sent nothing: its address names nobody to tell")
    if taken:
        return Sent()
    outcome = judged(sending.last, now=now)
    if isinstance(outcome, Sent):
        return TryAgain(f"answered HTTP {sending.last.status}, but did not take the message")
    return outcome


def parse_apprise(address: str, scheme: str) -> Through:
    """The channel of an address in apprise's own form (https://github.com/caronc/apprise/wiki). Raises BadAddress."""
    service = SERVICES[scheme]
    how = f"is no address of {service.name}; write {service.example}"
    logging.getLogger("apprise").disabled = True  # it logs whole addresses and texts
    try:
        parsed = _plugin_class(service).parse_url(address)
    except Exception:
        raise BadAddress(how) from None
    if not parsed:
        raise BadAddress(how)
    if refused := _REFUSED_KEYS & set(parsed.get("qsd", {})):
        raise BadAddress(f"may not hold {', '.join(sorted(refused))} behind its ?; take it out")
    try:
        plugin = _plugin(service, parsed)
    except Exception:
        raise BadAddress(how) from None
    if len(plugin) > 1:
        raise BadAddress(
            "names several receivers; write an entry for each, so that one that fails repeats no other"
        )
    return Through(
        name=f"{service.name} {fingerprint(address)}",
        kind=service.name,
        secrets=tuple(_secrets(address)),
        service=service,
        parsed=parsed,
    )


def _plugin_class(service: Service) -> Any:
    """apprise's class, its module's `requests` under guard."""
    module = import_module(f"apprise.plugins.{service.module}")
    plugin = getattr(module, service.plugin)
    import_module(plugin.__module__).requests = _GUARD  # type: ignore[attr-defined]
    return plugin


def _plugin(service: Service, parsed: Mapping[str, Any]) -> Any:
    from apprise import AppriseAsset

    asset = AppriseAsset(
        app_id="Listener",
        app_desc="Listener",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        plugin_paths=[],
        storage_mode="memory",
        async_mode=False,
    )
    plugin = _plugin_class(service)(**{**parsed, "asset": asset})
    plugin.request_rate_per_sec = 0.0
    return plugin


def _secrets(address: str) -> list[str]:
    """The parts of an address that may be keys: every password, and every other part that is long or holds a digit; the whole address, too."""
    parts = urlsplit(address)
    found = [address.partition("://")[2], parts.password or ""]
    pieces = [parts.username or "", *parts.path.split("/"), parts.query, parts.fragment]
    pieces += [pair.partition("=")[2] for pair in parts.query.split("&")]
    if "." not in parts.netloc.rpartition("@")[2]:
        pieces.append(parts.netloc.rpartition("@")[2])
    found += [one for one in pieces if len(one) >= SHORTEST_SECRET or any(map(str.isdigit, one))]
    return [one for one in dict.fromkeys([*found, *map(unquote, found)]) if len(one) >= 6]
