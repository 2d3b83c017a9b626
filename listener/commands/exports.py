"""`listener export`: posts, mentions and metrics as files."""

from pathlib import Path

from listener import show
from listener.commands.gather import service_for
from listener.commands.look import points
from listener.commands.mentions import filtered
from listener.export import export_mentions as write_mentions
from listener.export import export_metrics as write_metrics
from listener.export import export_posts as write_posts
from listener.pipeline import utc_now


def export_posts(config: Path, to: Path, author: str | None, *, force: bool) -> None:
    with service_for(config) as service:
        written = write_posts(service.db, to, author=author, force=force)
    show.console().print(f"{written:,} posts written to {show.plain(to)}")


def export_mentions(
    config: Path, to: Path, brands: list[str] | None, since: str | None, until: str | None, *, force: bool
) -> None:
    with filtered(config, "table", brands, None, since, until) as (service, wanted):
        written = write_mentions(service.db, to, wanted, force=force)
    show.console().print(f"{written:,} mentions written to {show.plain(to)}")


def export_metrics(
    config: Path,
    to: Path,
    names: list[str],
    brands: list[str] | None,
    since: str | None,
    until: str | None,
    every: str,
    *,
    force: bool,
) -> None:
    with service_for(config) as service:
        found = points(service, names, brands, None, since, until, every, now=utc_now())
    written = write_metrics(found, to, force=force)
    show.console().print(f"{written:,} points written to {show.plain(to)}")
