"""JSON as a network sends it, told by its shape: which parser reads it, and how a page falls into posts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from listener.collectors import bluesky, mastodon
from listener.collectors.base import Payload
from listener.collectors.x_parse import parse as parse_x
from listener.collectors.x_payload import split as split_x
from storage.types import NewPost

Parse = Callable[..., NewPost | None]


@dataclass(frozen=True, slots=True)
class Network:
    """A shape of JSON that is known: `matches` tells it, `split` cuts it into payloads, `parse` reads one of
    those.
    """

    name: str
    matches: Callable[[Mapping[str, Any]], bool]
    split: Callable[[Payload], list[Payload]]
    parse: Parse


def network_of(value: Mapping[str, Any]) -> Network | None:
    """The network whose JSON this is, None for anything else.

    >>> network_of({"data": {"id": "1", "text": "hi"}, "includes": {}}).name
    'X'
    >>> network_of({"did": "did:plc:a", "time_us": 1, "kind": "identity"}).name
    'Jetstream'
    >>> network_of({"text": "hi", "author": "me"}) is None
    True
    """
    if _TELLING.isdisjoint(value):
        return None
    return next((network for network in _NETWORKS if network.matches(value)), None)


_TELLING = frozenset(
    {"content", "statuses", "did", "uri", "post", "posts", "feed", "data", "errors", "meta", "id"}
)
"""Keys of which every object that one of `_NETWORKS` matches has at least one."""


def is_compliance(value: Mapping[str, Any]) -> bool:
    """Whether this is an object of X's compliance stream or batch: what happened to a post or an account, not
    a post.
    """
    return "action" in value and "id" in value and "text" not in value


def event_kind(payload: Mapping[str, Any]) -> str:
    """What a network's object is that is no public post, for counting.

    >>> event_kind({"kind": "commit", "commit": {"operation": "create", "collection": "app.bsky.feed.like"}})
    'create app.bsky.feed.like'
    >>> event_kind({"visibility": "private"}), event_kind({})
    ('private post', 'not a public post')
    """
    commit = _table(payload.get("commit"))
    if commit:
        return f"{commit.get('operation')} {commit.get('collection')}"[:60]
    if isinstance(payload.get("kind"), str):
        return str(payload["kind"])[:60]
    if payload.get("visibility") in ("private", "direct"):
        return f"{payload['visibility']} post"
    return "not a public post"


def _is_x(value: Mapping[str, Any]) -> bool:
    data = value.get("data")
    first = data[0] if isinstance(data, list) and data else data
    if isinstance(first, dict):
        return "id" in first and (
            "text" in first or "author_id" in first or "edit_history_tweet_ids" in first
        )
    if ("data" in value and isinstance(data, list)) or ("data" not in value and "errors" in value):
        return True
    if "result_count" in _table(value.get("meta")):
        return True
    return (
        "id" in value and "text" in value and ("edit_history_tweet_ids" in value or "public_metrics" in value)
    )


def _is_status(value: Mapping[str, Any]) -> bool:
    return "content" in value and "account" in value and "uri" in value


def _is_event(value: Mapping[str, Any]) -> bool:
    return "did" in value and ("commit" in value or "time_us" in value or "kind" in value)


def _is_view(value: Mapping[str, Any]) -> bool:
    uri = value.get("uri")
    if isinstance(uri, str) and uri.startswith("at://"):
        return "record" in value or "value" in value
    return isinstance(value.get("post"), dict) and _is_view(value["post"])


def _is_view_page(value: Mapping[str, Any]) -> bool:
    return any(_first_is(value.get(key), _is_view) for key in ("posts", "feed"))


def _first_is(values: object, test: Callable[[Mapping[str, Any]], bool]) -> bool:
    return isinstance(values, list) and bool(values) and isinstance(values[0], dict) and test(values[0])


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _alone(value: Payload) -> list[Payload]:
    return [value]


def _under(*keys: str) -> Callable[[Payload], list[Payload]]:
    return lambda page: [one for key in keys for one in page.get(key) or () if isinstance(one, dict)]


_NETWORKS = (
    Network("Mastodon", _is_status, _alone, mastodon.parse),
    Network(
        "Mastodon", lambda v: _first_is(v.get("statuses"), _is_status), _under("statuses"), mastodon.parse
    ),
    Network("Jetstream", _is_event, _alone, bluesky.parse),
    Network("Bluesky", _is_view, _alone, bluesky.parse),
    Network("Bluesky", _is_view_page, _under("posts", "feed"), bluesky.parse),
    Network("X", _is_x, split_x, parse_x),
)
