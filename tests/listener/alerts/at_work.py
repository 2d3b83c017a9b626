"""A service at work without a network: posts are put in by hand, labelled by rule, and time is what the test says."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from listener.config import parse
from listener.labelling import SharedWork, label_waiting
from listener.pipeline import match
from listener.service import Service, start_service
from storage.posts import save
from storage.types import Batch, NewAuthor, NewPost
from tests.listener.made_up_network import ByRule

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BRANDS = (
    '[[brands]]\nname = "Aurora"\nquery = "aurora"\n'
    '[[brands]]\nname = "Borealis"\nrole = "competitor"\nquery = "borealis"\n'
)
_numbers = count(1)


def service_at(
    url: str, more: str = "", *, now: datetime = NOW, environ: Mapping[str, str] | None = None
) -> Service:
    """A service on the database at this address; `more` of config.toml beside two brands, Aurora being ours."""
    config = parse(BRANDS + more, Path("config.toml"))
    return start_service(config, now=now, environ={"LISTENER_STORAGE_URL": url, **(environ or {})})


def said(
    text: str,
    *,
    at: datetime,
    by: str = "ann",
    followers: int | None = 10,
    network: str = "x",
    **more: object,
) -> NewPost:
    """A post of somebody's."""
    author = NewAuthor(source_author_id=f"{network}-{by}", handle=by, followers=followers)
    given: dict[str, object] = {"source_id": f"p{next(_numbers)}", "lang": "en", "observed_at": at}
    return NewPost(source=network, text=text, published_at=at, author=author, **(given | more))


def stored(service: Service, posts: Iterable[NewPost], *, now: datetime) -> None:
    """As a collector's page or an import stores them."""
    save(service.db, Batch("press", list(match(service, posts))), now=now)


def labelled(service: Service, *, now: datetime) -> None:
    """Every mention that waits, by the words good and bad."""
    label_waiting(service.db, SharedWork(ByRule()), clock=lambda: now)
