"""What a failing source means for the rest of its pass: whose fault it was, what waits for it, and which stretch is a hole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from listener.collectors.base import Collector, TrackedBrand
from listener.errors import ConfigError, OutOfBudget, RateLimited, SourceError, Unauthorized
from listener.service import Service
from storage import sources
from storage.errors import StorageError
from storage.posts import save
from storage.types import Batch, Coverage, CoverageState

log = structlog.get_logger()
_NOTED = timedelta(minutes=1)
"""How much of a hole is noted for a brand of which nothing was ever collected: enough to be shown at all."""
STOP_THE_SOURCE = (RateLimited, OutOfBudget, Unauthorized)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """A client library's own exceptions, whatever they are, become this source's error; the others go on."""
    try:
        yield
    except (SourceError, StorageError):
        raise
    except ConfigError as error:
        raise Unauthorized(name, str(error).removeprefix(f"source {name}: ")) from error
    except Exception as error:
        log.error("source failed unexpectedly", source=name, exc_info=True)
        raise SourceError(name, f"unexpected {type(error).__name__} from its client; see the log") from error


@contextmanager
def opened(service: Service, name: str) -> Iterator[Collector]:
    """The source's collector, closed at the end. Raises SourceError, also for a secret that is not set."""
    with guarded(name):
        collector = service.collector(name)
    try:
        yield collector
    finally:
        collector.close()


def mark_gap(
    service: Service, name: str, brands: Sequence[TrackedBrand], error: SourceError, *, now: datetime
) -> None:
    """For each brand, the stretch since it was last known whole is a hole in collection, with the reason."""
    state: CoverageState = "over_budget" if isinstance(error, OutOfBudget) else "down"
    gaps = []
    for brand in brands:
        pair = (brand.id, brand.query_version)
        since = next(iter(sources.covered_until(service.db, name, [pair])), now - _NOTED)
        gaps.append(Coverage(since, now, state, (pair,), error.kind))
    save(service.db, Batch(name, coverage=gaps), now=now)


def failure(errors: Sequence[SourceError]) -> sources.Failure | None:
    """The error that ended the pass, else the first of those that did not; the longest wait that any of them asks for."""
    if not errors:
        return None
    worst = errors[-1] if isinstance(errors[-1], STOP_THE_SOURCE) else errors[0]
    wait = max((error.retry_at for error in errors if error.retry_at is not None), default=None)
    return worst.kind, str(worst), wait
