"""The commands that change what is stored: collect, backfill, label, rematch, forget."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.progress import TaskID

from listener import pipeline, show
from listener.errors import UsageError
from listener.heads import adopted
from listener.labelling import SharedWork, label_waiting
from listener.own_accounts import read_accounts
from listener.pipeline import Outcome, utc_now
from listener.refusals import STOP_THE_SOURCE
from listener.service import Service, open_service
from listener.suggestion import did_you_mean
from listener.times import moment
from storage.mentions import MentionFilter, find
from storage.types import Saved


@contextmanager
def service_for(config: Path, *, quiet: bool = False) -> Iterator[Service]:
    """An open service whose stored posts are matched against the present queries."""
    service = open_service(config, now=utc_now())
    try:
        changed = pipeline.not_yet_rematched(service)
        if changed:
            with counting("Matching stored posts anew", quiet=quiet) as tell:
                pipeline.rematch(service, changed, clock=utc_now, progress=tell)
        yield service
    finally:
        service.close()


@contextmanager
def counting(title: str, *, quiet: bool = False) -> Iterator[Callable[..., None]]:
    """A progress bar: call the value with (done) or (done, total)."""
    with show.progress() as bar:
        task: TaskID = bar.add_task(title, total=None, visible=not quiet)

        def tell(done: int, total: int | None = None) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def summary(saved: Saved) -> dict[str, int]:
    """What a batch changed, by name."""
    return {name: getattr(saved, name) for name in Saved.__slots__}


def stored_days(
    service: Service, brands: Sequence[str] | None = None, networks: Sequence[str] | None = None
) -> tuple[date, date] | None:
    """The first and the last day of the stored mentions of these brands and networks, None for no mention."""
    ids = service.brand_ids(brands) or [brand.id for brand in service.brands]
    wanted = MentionFilter(brands=ids, sources=networks or None, irrelevant=None)
    ends = [next(find(service.db, wanted, newest_first=newest, limit=1), None) for newest in (False, True)]
    zone = ZoneInfo(service.config.timezone)
    days = [row.counted_at.astimezone(zone).date() for row in ends if row is not None]
    return (days[0], days[1]) if len(days) == 2 else None


def as_options(days: tuple[date, date]) -> str:
    """The options that show these days.

    >>> as_options((date(2027, 3, 1), date(2027, 3, 7)))
    ' --since 2027-03-01 --until 2027-03-08'
    """
    return f" --since {days[0]} --until {days[1] + timedelta(days=1)}"


def _enabled(service: Service, names: Sequence[str]) -> list[str]:
    known = service.config.sources
    for name in names:
        if name not in known:
            raise UsageError(
                f"no source is named {name!r}{did_you_mean(name, known)}; config.toml has: {', '.join(known) or 'none'}"
            )
    chosen = list(names) or [name for name, settings in known.items() if settings.enabled]
    if not chosen:
        raise UsageError("no source to collect: add a [sources.NAME] table to config.toml, or import a file")
    return chosen


def collect(config: Path, names: list[str], *, reset: bool, form: str) -> int:
    """One pass over each source in turn; 1 when a source failed and nothing else would say so."""
    from storage import sources

    outcomes: list[Outcome] = []
    with service_for(config, quiet=form != "table") as service:
        for name in _enabled(service, names):
            if reset:
                sources.reset_cursor(service.db, name)
            with counting(f"Collecting {name}"):
                outcomes.append(pipeline.collect(service, name, clock=utc_now))
            if not any(isinstance(error, STOP_THE_SOURCE) for error in outcomes[-1].errors):
                own = read_accounts(service, name, clock=utc_now, posts_now=True)
                outcomes += [own] if own.fetched or own.errors or own.notes else []
    return _print_outcomes(outcomes, form)


def backfill(config: Path, name: str, since: str, *, form: str) -> int:
    """The past of one source."""
    with service_for(config, quiet=form != "table") as service:
        (name,) = _enabled(service, [name])
        start = moment(since, option="--since", now=utc_now(), zone=service.config.timezone)
        with counting(f"Fetching the past of {name}"):
            outcome = pipeline.backfill(service, name, since=start, clock=utc_now)
    return _print_outcomes([outcome], form)


def _print_outcomes(outcomes: list[Outcome], form: str) -> int:
    rows: list[dict[str, Any]] = [
        {
            "source": outcome.name,
            "posts": outcome.fetched,
            **summary(outcome.saved),
            "unmatched": outcome.unmatched,
            "errors": [str(error) for error in outcome.errors],
            "notes": outcome.notes,
        }
        for outcome in outcomes
    ]
    columns = [
        "source",
        "posts",
        "new_posts",
        "edited_posts",
        "known_posts",
        "deleted_posts",
        "new_mentions",
        "unmatched",
        "refused",
    ]
    if form == "json":
        show.as_json(rows)
    elif form == "csv":
        show.as_csv(columns, rows)
    else:
        out = show.console()
        titles = [
            "Source",
            "Posts",
            "New",
            "Edited",
            "Known",
            "Deleted",
            "New mentions",
            "No brand",
            "Refused",
        ]
        out.print(show.table(titles, [[row[name] for name in columns] for row in rows], right=range(1, 9)))
        for row in rows:
            for line in [*row["errors"], *row["notes"]]:
                out.print(show.plain(line, 400))
    return 1 if any(outcome.errors for outcome in outcomes) else 0


def label(config: Path, model: str | None, *, again: bool, form: str) -> None:
    """Label what waits, with the configured model or another one."""
    from storage.labels import label_again, model_in_use, waiting_count
    from storage.model_change import want_model

    with service_for(config, quiet=form != "table") as service:
        work = SharedWork(service.labeller(model))
        want_model(service.db, work.model_id)
        if again:
            label_again(service.db, work.model_id, now=utc_now())
        with counting("Labelling") as tell:
            done = label_waiting(service.db, work, clock=utc_now, progress=tell)
        left = waiting_count(service.db, work.model_id)
        in_use = model_in_use(service.db)
        configured, head = service.config.nlp.model, adopted(service.db)
    answer = {"model": work.model_id, "labelled": done, "waiting": left, "in_use": in_use}
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    else:
        out = show.console()
        held = "; another process is at them, or was stopped: try again in five minutes" if left else ""
        out.print(f"{done:,} mentions labelled by {show.plain(work.model_id)}; {left:,} waiting{held}")
        if reading := getattr(work.labeller, "reading", ""):
            out.print(show.plain(f"Its outputs: {reading}", 400))
        if in_use != work.model_id:
            out.print(f"Figures stay with {show.plain(str(in_use))} until that is done")
        elif model not in (None, configured):
            out.print(
                f'Figures are of {show.plain(work.model_id)} now; config.toml says model = "{show.plain(configured)}", '
                "so the next listener label or listener run changes back to that: write the model there to keep it"
            )
        elif model is not None and head is not None:
            out.print(
                f"Figures are of {show.plain(work.model_id)} now; the next listener label or listener run changes back to "
                f"{show.plain(head)}: listener learn --forget keeps the plain model"
            )


def rematch(config: Path, names: list[str], *, form: str) -> None:
    """Match what is stored against the present queries of these brands, or of all."""
    with service_for(config, quiet=form != "table") as service:
        brands = service.brand_ids(names) or [brand.id for brand in service.brands]
        with counting("Matching stored posts anew") as tell:
            saved = pipeline.rematch(service, brands, clock=utc_now, progress=tell)
    answer = {
        "brands": brands,
        "new_mentions": saved.new_mentions,
        "removed_mentions": saved.removed_mentions,
    }
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    else:
        show.console().print(f"{saved.new_mentions:,} mentions added, {saved.removed_mentions:,} taken away")


def forget(config: Path, author: str, *, yes: bool, form: str) -> None:
    """Erase an author everywhere, after asking."""
    import typer

    from storage.erase import forget_author

    with service_for(config, quiet=form != "table") as service:
        if not author.strip().strip("@"):
            raise UsageError("whom? write a handle or the network's id, as in x:@someone")
        if not yes and not sys.stdin.isatty():
            raise UsageError("nobody to ask here whether to erase: add --yes")
        if not yes and not typer.confirm(
            f"Erase {show.plain(author)} and everything they wrote? It cannot be undone.", err=True
        ):
            raise UsageError("nothing was erased")
        erased = forget_author(service.db, author, now=utc_now())
    answer = {
        "author": author,
        **{name: getattr(erased, name) for name in ("authors", "posts", "mentions", "figures")},
    }
    if form == "json":
        show.as_json(answer)
    elif form == "csv":
        show.as_csv(list(answer), [answer])
    elif erased.authors:
        show.console().print(
            f"Erased {erased.authors} account(s), {erased.posts} post(s) and {erased.mentions} mention(s); "
            "counts are restated and they will not be stored again"
        )
    elif not erased.figures:
        show.console().print(f"No author {show.plain(author)} is stored; nothing to erase")
    if form == "table":
        _print_figures(author, erased.figures, erased.figures_elsewhere)


def _print_figures(author: str, nameless: int, left: int) -> None:
    """What became of imported facts that bore the name."""
    if nameless:
        show.console().print(f"{nameless:,} imported figure(s) bear the name no more; their sums stay")
    if left:
        name = author.rpartition(":")[2]
        show.console().print(
            f"{left:,} imported figure(s) of other channels bear it still: listener forget {show.plain(name)} takes it from all"
        )
