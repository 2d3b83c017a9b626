"""Which source types exist. Their modules are imported only when asked for: some bring heavy libraries."""

from importlib import import_module
from typing import Any

from listener.collectors.base import Collector, SourceSettings
from listener.errors import ConfigError

_MODULES = {
    "bluesky": "listener.collectors.bluesky",
    "feeds": "listener.collectors.feeds",
    "hackernews": "listener.collectors.hackernews",
    "mastodon": "listener.collectors.mastodon",
    "reddit": "listener.collectors.reddit",
    "webhook": "listener.collectors.webhook",
    "x": "listener.collectors.x",
    "youtube": "listener.collectors.youtube",
}
TYPES = tuple(_MODULES)


def settings_class(type: str) -> type[SourceSettings]:
    """What a `[sources.NAME]` table of this type may hold. Raises ConfigError for a type that does not exist.

    >>> settings_class("hackernews").__name__
    'Settings'
    >>> settings_class("myspace")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    listener.errors.ConfigError: there is no source type 'myspace': write one of bluesky, feeds, ...
    """
    found: Any = _module(type).Settings
    return found  # type: ignore[no-any-return]


def collector_class(type: str) -> type[Collector]:
    """The collector of this type. Raises ConfigError for a type that does not exist."""
    found: Any = _module(type).Collect
    return found  # type: ignore[no-any-return]


def _module(type: str) -> Any:
    if type not in _MODULES:
        raise ConfigError(f"there is no source type {type!r}: write one of {', '.join(TYPES)}")
    return import_module(_MODULES[type])
