"""The source types: each has its settings and collector, and none is imported before it is asked for."""

import subprocess
import sys

import pytest

from listener.collectors.base import Collector, SourceSettings
from listener.collectors.registry import TYPES, collector_class, settings_class
from listener.errors import ConfigError


@pytest.mark.parametrize("type", TYPES)
def test_each_type_has_settings_and_a_collector(type: str) -> None:
    assert issubclass(settings_class(type), SourceSettings)
    assert settings_class(type).model_fields["type"].default == type
    assert issubclass(collector_class(type), Collector)
    assert collector_class(type).platform


def test_an_unknown_type_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"'myspace'.*hackernews"):
        collector_class("myspace")


def test_no_network_is_imported_with_the_registry() -> None:
    code = "import sys, listener.collectors.registry; print([m for m in sys.modules if 'collectors.' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['listener.collectors.base', 'listener.collectors.registry']"


def test_the_feed_parser_is_imported_only_to_read_a_feed() -> None:
    code = (
        "import sys, listener.collectors.feeds; print('feedparser' in sys.modules, 'requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
