"""Work that takes long and is under way: labelling what has piled up, matching older posts, collecting the past, making a report."""

from collections.abc import Iterable
from datetime import datetime

from dashboard.site import Site
from dashboard.views.view import View
from storage.running import GONE, Running, running


class Job(View):
    """One piece of it. `kind` is rematch, backfill, import, label, relabel, watch, report or export, and `about` the brands, source, model or days.

    `done` of `total` (null: unknown) posts or mentions; `share` is that from 0 to 1. `ends_at` is when it is through at the pace it has had, null
    while that cannot be told. `quiet`: nothing was heard of it for minutes, so it may have stopped.
    """

    kind: str
    about: str
    done: int
    total: int | None
    share: float | None
    since: datetime
    seen_at: datetime
    ends_at: datetime | None
    quiet: bool


class Work(View):
    """All of it, what began first first; none where nothing takes long."""

    work: tuple[Job, ...]


def work(site: Site, *, now: datetime) -> Work:
    """What is under way, in whatever process."""
    return work_of(running(site.db, now=now), now=now)


def work_of(found: Iterable[Running], *, now: datetime) -> Work:
    """The same of what was read already."""
    return Work(
        work=tuple(
            Job(
                kind=one.kind,
                about=one.about,
                done=one.done,
                total=one.total,
                share=one.share,
                since=one.started_at,
                seen_at=one.seen_at,
                ends_at=None if one.quiet(now) else one.ends_at,
                quiet=one.quiet(now),
            )
            for one in found
            if now - one.seen_at < GONE
        )
    )
