"""Each fake upstream in fakes/ as a fixture parameter; stamina's waits between tries are cut short."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from tests.listener.collectors.contract import Fake

NETWORKS = sorted(path.stem for path in (Path(__file__).parent / "fakes").glob("[a-z]*.py"))


def fake_class(network: str) -> type[Fake]:
    """The class that fakes/<network>.py names FAKE."""
    module = importlib.import_module(f"tests.listener.collectors.fakes.{network}")
    found: type[Fake] = module.FAKE
    return found


@pytest.fixture(params=NETWORKS)
def fake(request: pytest.FixtureRequest) -> Iterator[Fake]:
    upstream = fake_class(request.param)()
    yield upstream
    upstream.close()


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield
