"""The one path of a post: collect -> match -> store -> label -> count, each step one function.

Storing and counting are one transaction (`storage.posts.save`), labelling and its counts another (`storage.labels.save_labels`), so stopping
anywhere and starting again gives the same end state.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from json import dumps

import structlog

from listener.collectors.base import Collector, Cursor, Page, Payload, Stream
from listener.errors import PostRefused, RateLimited, SourceError
from listener.importing.rows import Rejected
from listener.refusals import STOP_THE_SOURCE, failure, guarded, mark_gap, opened
from listener.service import Service
from storage import sources
from storage.brands import not_rematched, rematched
from storage.errors import StorageError
from storage.posts import save, set_mentions, stored_posts
from storage.running import SOON, at_work
from storage.stored import stored_count
from storage.types import Batch, MatchedPost, NewPost, Refused, Saved

log = structlog.get_logger()
CHUNK = 2_000
SWEEP = timedelta(hours=16)
"""How long after it was last seen a stored post is looked up again, to find out whether it is gone."""


@dataclass(slots=True)
class Outcome:
    """What one pass over a source or a file brought: `fetched` posts, of which `unmatched` named no tracked brand."""

    name: str
    fetched: int = 0
    unmatched: int = 0
    saved: Saved = field(default_factory=Saved)
    errors: list[SourceError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match(
    service: Service, posts: Iterable[NewPost], *, keep_unmatched: bool = False
) -> Iterator[MatchedPost]:
    """Each post with the brands it names. One that names none is kept only on request, or to mend what is stored of it."""
    for post in posts:
        owner = service.owners.owner(post)
        mentions = [mention for mention in service.matcher.match(post) if mention.brand_id != owner]
        keep = keep_unmatched or bool(mentions) or owner is not None
        yield MatchedPost(post, mentions, owner, only_if_known=not keep)


def parse_page(
    collector: Collector, payloads: Sequence[Payload], *, now: datetime
) -> tuple[list[NewPost], list[Refused]]:
    """The page's posts, and what could not be made into one; a malformed payload never costs its neighbours."""
    posts: list[NewPost] = []
    refused: list[Refused] = []
    for payload in payloads:
        try:
            post = collector.parse(payload, observed_at=now)
        except PostRefused as error:
            refused.append(_refused(payload, error.field, error.reason))
        except Exception as error:  # a parser's own fault must not hold the page up for ever
            log.error("a payload could not be parsed", source=collector.name, exc_info=True)
            refused.append(_refused(payload, "payload", f"unexpected {type(error).__name__}"))
        else:
            if post is not None:
                posts.append(post)
    return posts, refused


def _refused(payload: Payload, field: str, reason: str) -> Refused:
    return Refused(field, reason, dumps(payload, default=str)[:20_000])


def store_page(
    service: Service,
    collector: Collector,
    stream: Stream,
    page: Page,
    outcome: Outcome,
    *,
    own: bool = False,
    now: datetime,
) -> None:
    """One page with its cursor and coverage, in one transaction; `own`: of a brand's own account."""
    posts, refused = parse_page(collector, page.payloads, now=now)
    matched = list(match(service, posts))
    batch = Batch(
        origin=collector.name,
        posts=matched,
        deleted=[(collector.platform, source_id) for source_id in page.deleted],
        refused=refused,
        stream=stream.key,
        cursor=page.cursor,
        coverage=page.coverage,
        volumes=page.volumes,
        spent_units=page.spent_units,
        spent_usd=page.spent_usd,
        own=own,
    )
    outcome.saved += save(service.db, batch, now=now)
    outcome.fetched += len(posts)
    outcome.unmatched += sum(item.only_if_known for item in matched)
    outcome.notes.extend(page.partial_errors)


def drain(
    service: Service,
    collector: Collector,
    stream: Stream,
    pages: Iterator[Page],
    outcome: Outcome,
    clock: Callable[[], datetime],
) -> None:
    """Store each page as it comes. Raises SourceError; what was stored until then stays."""
    while True:
        with guarded(collector.name):
            page = next(pages, None)
        if page is None:
            return
        store_page(service, collector, stream, page, outcome, now=clock())


def learn_accounts(service: Service, collector: Collector, outcome: Outcome, *, now: datetime) -> None:
    """Ask the network for the ids of the brands' own accounts where its posts name no handle."""
    handles = service.owners.handles(collector.platform)
    try:
        with guarded(collector.name):
            service.owners.learn(collector.platform, handles, collector.account_ids(handles, now=now))
    except SourceError as error:
        outcome.notes.append(f"{error}; the brands' own posts there may count as mentions")


Pages = Callable[[Collector, Stream, Cursor | None], Iterator[Page]]


def _read_streams(
    service: Service, name: str, pages: Pages, outcome: Outcome, clock: Callable[[], datetime]
) -> None:
    """Every stream in turn. One that fails leaves the others theirs, unless the whole source has to wait."""
    left: list[Stream] = []
    try:
        with opened(service, name) as collector:
            with guarded(name):
                left = list(collector.streams(service.tracked))
            learn_accounts(service, collector, outcome, now=clock())
            while left:
                cursor = sources.cursor(service.db, name, left[0].key)
                try:
                    with guarded(name):
                        found = pages(collector, left[0], cursor)
                    drain(service, collector, left[0], found, outcome, clock)
                except STOP_THE_SOURCE:
                    raise
                except SourceError as error:
                    outcome.errors.append(error)
                    mark_gap(service, name, left[0].brands, error, now=clock())
                left.pop(0)
    except SourceError as error:
        outcome.errors.append(error)
        unread = {brand.id: brand for stream in left for brand in stream.brands}
        mark_gap(service, name, list(unread.values()) or service.tracked, error, now=clock())


def _pass_over(
    service: Service, name: str, step: str, pages: Pages, clock: Callable[[], datetime]
) -> Outcome:
    """One pass over every stream of a source; its outcome is recorded where `status` shows it."""
    outcome = Outcome(name)
    run = sources.run_started(service.db, step, name, now=clock())

    def ended(error: sources.Failure | None) -> None:
        sources.run_ended(
            service.db,
            run,
            name,
            service.source_type(name),
            saved=outcome.saved,
            partial_errors=len(outcome.notes),
            error=error,
            now=clock(),
        )

    try:
        _read_streams(service, name, pages, outcome, clock)
    except BaseException as error:
        said = str(error) if isinstance(error, StorageError) else type(error).__name__
        with suppress(StorageError):
            ended(("not stored" if isinstance(error, StorageError) else "cut short", said, None))
        raise
    ended(failure(outcome.errors))
    return outcome


def collect(service: Service, name: str, *, clock: Callable[[], datetime]) -> Outcome:
    """One pass over a source now, from where the last one ended."""
    return _pass_over(
        service,
        name,
        "collect",
        lambda collector, stream, cursor: collector.fetch(stream, cursor, now=clock()),
        clock,
    )


def backfill(service: Service, name: str, *, since: datetime, clock: Callable[[], datetime]) -> Outcome:
    """What a source still has from `since` on; the position of the ordinary passes does not move."""
    done = 0

    def pages(collector: Collector, stream: Stream, _: Cursor | None) -> Iterator[Page]:
        nonlocal done
        for page in collector.backfill(stream, since=since, now=clock()):
            yield page
            done += len(page.payloads)
            told(done)

    with at_work(service.db, "backfill", name, clock=clock) as told:
        return _pass_over(service, name, "backfill", pages, clock)


def recheck(service: Service, name: str, *, clock: Callable[[], datetime], limit: int = 500) -> Outcome:
    """Look stored posts up again: what is gone upstream is erased here, and engagement is read again as it ages.

    First come posts whose figures are due, then those not looked up for `SWEEP`: 10,000 that came at once are through within a day.
    """
    now = clock()
    outcome = Outcome(name)
    try:
        with opened(service, name) as collector:
            platform = collector.platform
            due = sources.due_for_stats(service.db, platform, now=now, limit=limit)
            due += sources.due_for_sweep(service.db, platform, now=now - SWEEP, limit=limit)
            ids = list(dict.fromkeys(due))[:limit]
            with guarded(name):
                answer = collector.recheck(ids, now=now) if ids else None
            if answer is None:
                return outcome
            page = Page(
                answer.payloads,
                deleted=answer.gone,
                spent_units=answer.spent_units,
                spent_usd=answer.spent_usd,
            )
            store_page(service, collector, Stream("", ()), page, outcome, now=now)
            asked = ids if answer.asked is None else answer.asked
            sources.rechecked(service.db, platform, asked, now=now)
    except SourceError as error:
        outcome.errors.append(error)
        if isinstance(error, RateLimited):  # whoever asks next has to wait too
            failed = error.kind, str(error), error.retry_at
            sources.record_failure(service.db, name, *failed, now, type=service.source_type(name))
    return outcome


def import_posts(
    service: Service,
    rows: Iterable[NewPost | Rejected],
    *,
    keep_unmatched: bool,
    on_rejected: Callable[[Rejected], None],
    clock: Callable[[], datetime],
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Store what a file holds, `CHUNK` posts a transaction; running it again changes nothing."""
    outcome = Outcome("import")
    stream = iter(rows)

    @_no_search_for_cycles()
    def next_chunk() -> bool:
        chunk = list(islice(stream, CHUNK))
        if not chunk:
            return False
        posts = [row for row in chunk if isinstance(row, NewPost)]
        for row in chunk:
            if isinstance(row, Rejected):
                on_rejected(row)
        matched = list(match(service, posts, keep_unmatched=keep_unmatched))
        outcome.saved += save(service.db, Batch("import", matched, reason="import"), now=clock())
        outcome.fetched += len(posts)
        outcome.unmatched += sum(not item.mentions and item.owned_by is None for item in matched)
        return True

    with at_work(service.db, "import", clock=clock, after=SOON) as told:
        while next_chunk():
            told(outcome.fetched)
            if progress is not None:
                progress(outcome.fetched)
    return outcome


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Python's search for objects that hold each other, put off until a chunk is done.

    A chunk makes a hundred thousand objects, none of them in a circle; walking them over and over took a quarter of an import.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def not_yet_rematched(service: Service) -> list[str]:
    """Brands whose query changed since what is stored was matched against it."""
    return not_rematched(service.db)


def rematch(
    service: Service,
    brand_ids: Sequence[str],
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int], None] | None = None,
) -> Saved:
    """Match what is stored against the brands' present queries and restate the counts."""
    total = Saved()
    seen = after = 0
    names = ", ".join(brand.name for brand in service.brands if brand.id in brand_ids)
    # As they are now: brands may change while this runs, and then it is not these that were applied.
    versions = {brand.id: brand.version for brand in service.brands if brand.id in brand_ids}
    matcher, owners = service.matcher, service.owners
    with at_work(service.db, "rematch", names, total=stored_count(service.db), clock=clock) as told:
        while posts := stored_posts(service.db, after_id=after, limit=CHUNK):
            changes = []
            for stored in posts:
                owner = owners.owner(stored.post)
                mentions = [
                    m for m in matcher.match(stored.post) if m.brand_id in brand_ids and m.brand_id != owner
                ]
                changes.append((stored.id, mentions, owner))
            total += set_mentions(service.db, changes, brand_ids, now=clock(), reason="query changed")
            after = posts[-1].id
            seen += len(posts)
            told(seen)
            if progress is not None:
                progress(seen)
    rematched(service.db, versions, now=clock())
    return total


def utc_now() -> datetime:
    """The clock of the real service; everything below takes its time as an argument."""
    return datetime.now(UTC)
