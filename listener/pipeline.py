"""The one path of a post: collect -> match -> store -> label -> count, each step one function.

Storing and counting are one transaction (`storage.posts.save`), labelling and its counts another (`storage.labels.save_labels`), so stopping
anywhere and starting again gives the same end state.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from json import dumps

import structlog

from listener.collectors.base import Collector, Cursor, Page, Payload, Stream
from listener.errors import CursorRefused, PostRefused, SourceError
from listener.importing.rows import Rejected
from listener.service import Service
from storage import sources
from storage.brands import not_rematched, rematched
from storage.errors import StorageError
from storage.posts import save, set_mentions, stored_posts
from storage.types import Batch, Coverage, CoverageState, MatchedPost, NewPost, Refused, Saved

log = structlog.get_logger()
CHUNK = 2_000


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
            refused.append(Refused(error.field, error.reason, dumps(payload, default=str)[:20_000]))
        else:
            if post is not None:
                posts.append(post)
    return posts, refused


def store_page(
    service: Service, collector: Collector, stream: Stream, page: Page, outcome: Outcome, *, now: datetime
) -> None:
    """One page with its cursor and coverage, in one transaction."""
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
    )
    outcome.saved += save(service.db, batch, now=now)
    outcome.fetched += len(posts)
    outcome.unmatched += sum(item.only_if_known for item in matched)
    outcome.notes.extend(page.partial_errors)


def _guarded(name: str, pages: Iterator[Page]) -> Iterator[Page]:
    """A client library's own exceptions, whatever they are, become this source's error; the others go on."""
    try:
        yield from pages
    except (SourceError, StorageError, GeneratorExit):
        raise
    except Exception as error:
        log.error("source failed unexpectedly", source=name, exc_info=True)
        raise SourceError(name, f"unexpected {type(error).__name__} from its client; see the log") from error


def drain(
    service: Service,
    collector: Collector,
    stream: Stream,
    pages: Iterator[Page],
    outcome: Outcome,
    clock: Callable[[], datetime],
) -> None:
    """Store each page as it comes; when the source fails, the stretch since the last good one is marked as down."""
    started = clock()
    try:
        for page in _guarded(collector.name, pages):
            store_page(service, collector, stream, page, outcome, now=clock())
    except SourceError as error:
        outcome.errors.append(error)
        brands = tuple((brand.id, brand.query_version) for brand in stream.brands)
        since = min(sources.covered_until(service.db, collector.name, brands), default=started)
        state: CoverageState = "over_budget" if error.kind == "over budget" else "down"
        gap = Coverage(since, started, state, brands, error.kind)
        save(
            service.db,
            Batch(collector.name, stream=stream.key, coverage=[gap] if since < started else []),
            now=started,
        )
        if not isinstance(error, CursorRefused) and error.kind in {
            "rate limited",
            "over budget",
            "unauthorized",
        }:
            raise


Pages = Callable[[Collector, Stream, Cursor | None], Iterator[Page]]


def _pass_over(
    service: Service, name: str, step: str, pages: Pages, clock: Callable[[], datetime]
) -> Outcome:
    """One pass over every stream of a source; its outcome is recorded where `status` shows it."""
    now = clock()
    outcome = Outcome(name)
    run = sources.run_started(service.db, step, name, now=now)
    try:
        collector = service.collector(name)
        try:
            for stream in collector.streams(service.tracked):
                cursor = sources.cursor(service.db, name, stream.key)
                drain(service, collector, stream, pages(collector, stream, cursor), outcome, clock)
        finally:
            collector.close()
    except SourceError as error:
        if error not in outcome.errors:
            outcome.errors.append(error)
    finally:
        worst = next(iter(outcome.errors), None)
        sources.run_ended(
            service.db,
            run,
            name,
            service.source_type(name),
            saved=outcome.saved,
            partial_errors=len(outcome.notes),
            error=None if worst is None else (worst.kind, str(worst), worst.retry_at),
            now=clock(),
        )
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
    return _pass_over(
        service,
        name,
        "backfill",
        lambda collector, stream, _: collector.backfill(stream, since=since, now=clock()),
        clock,
    )


def recheck(service: Service, name: str, *, clock: Callable[[], datetime], limit: int = 500) -> Outcome:
    """Look stored posts up again: what is gone upstream is erased here, and engagement is read again as it ages."""
    now = clock()
    outcome = Outcome(name)
    collector = service.collector(name)
    try:
        ids = sources.due_for_recheck(service.db, collector.platform, now=now, limit=limit)
        answer = collector.recheck(ids, now=now) if ids else None
        if answer is None:
            return outcome
        page = Page(
            answer.payloads, deleted=answer.gone, spent_units=answer.spent_units, spent_usd=answer.spent_usd
        )
        store_page(service, collector, Stream("", ()), page, outcome, now=now)
        sources.rechecked(service.db, collector.platform, ids, now=now)
    except SourceError as error:
        outcome.errors.append(error)
    finally:
        collector.close()
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
        outcome.unmatched += sum(item.only_if_known for item in matched)
        return True

    while next_chunk():
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
    while posts := stored_posts(service.db, after_id=after, limit=CHUNK):
        changes = []
        for stored in posts:
            owner = service.owners.owner(stored.post)
            mentions = [
                m
                for m in service.matcher.match(stored.post)
                if m.brand_id in brand_ids and m.brand_id != owner
            ]
            changes.append((stored.id, mentions, owner))
        total += set_mentions(service.db, changes, brand_ids, now=clock(), reason="query changed")
        after = posts[-1].id
        seen += len(posts)
        if progress is not None:
            progress(seen)
    versions = {brand.id: brand.version for brand in service.brands if brand.id in brand_ids}
    rematched(service.db, versions, now=clock())
    return total


def utc_now() -> datetime:
    """The clock of the real service; everything below takes its time as an argument."""
    return datetime.now(UTC)
