"""`listener import`: posts from files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from listener import pipeline, show
from listener.commands.gather import as_options, counting, service_for, stored_days, summary
from listener.errors import FileError, UsageError
from listener.importing.columns import parse_mapping
from listener.importing.rejects import RejectsFile
from listener.pipeline import utc_now
from listener.service import Service
from listener.suggestion import did_you_mean
from listener.times import window


def import_files(
    config: Path,
    files: list[Path],
    maps: list[str],
    source: str | None,
    *,
    keep_unmatched: bool,
    zone: str | None,
    form: str,
) -> int:
    """Import each file; 1 when one could not be read at all. Bad rows are listed, and never stop the good ones."""
    mapping = parse_mapping(maps)
    if zone is not None and zone not in available_timezones():
        raise UsageError(
            f"--zone {zone!r} is no time zone{did_you_mean(zone, available_timezones())}; write one as in Europe/Oslo"
        )
    report: list[dict[str, Any]] = []
    failures: list[FileError | UsageError] = []
    with service_for(config, quiet=form != "table") as service:
        for path in files:
            try:
                report.append(
                    _import_file(service, path, source, mapping, keep_unmatched=keep_unmatched, zone=zone)
                )
            except (FileError, UsageError) as error:
                failures.append(error)
        if report or form != "table":
            _print_import(report, form)
        if form == "table" and any(row["new_mentions"] for row in report):
            show.console().print(f"Next: listener label, then listener metrics{_options(service)}")
    for failure in failures:
        show.console(stderr=True).print(f"listener: {show.plain(failure)}")
    return max((failure.exit_code for failure in failures), default=0)


def _import_file(
    service: Service,
    path: Path,
    source: str | None,
    mapping: Mapping[str, str],
    *,
    keep_unmatched: bool,
    zone: str | None,
) -> dict[str, Any]:
    """One file; its rejected rows go to NAME.rejects.jsonl in the working folder."""
    from listener.collectors.files import read_posts

    rows = read_posts(
        path, source=source, mapping=mapping, now=utc_now(), zone=zone or service.config.timezone
    )
    with RejectsFile(path, Path.cwd()) as rejects, counting(f"Importing {path.name}") as tell:
        outcome = pipeline.import_posts(
            service,
            rows,
            keep_unmatched=keep_unmatched,
            on_rejected=rejects.add,
            clock=utc_now,
            progress=tell,
        )
    cause = rejects.likely_cause(outcome.fetched)
    return {
        "file": str(path),
        "posts": outcome.fetched,
        **summary(outcome.saved),
        "unmatched": outcome.unmatched,
        "kept_unmatched": keep_unmatched,
        "rejected": rejects.count,
        "rejects_file": str(rejects.path) if rejects.count else None,
        "other_objects": dict(rows.not_posts),
        "notes": [*rows.notes, *([cause] if cause else [])],
        "rejects": [str(row) for row in rejects.first],
    }


def _print_import(report: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        show.as_json(report)
        return
    out = show.console()
    columns = [
        "file",
        "posts",
        "new_posts",
        "edited_posts",
        "known_posts",
        "context_posts",
        "new_mentions",
        "unmatched",
        "rejected",
    ]
    if form == "csv":
        show.as_csv(columns, report)
        return
    titles = ["File", "Posts", "New", "Edited", "Known", "Context", "New mentions", "No brand", "Rejected"]
    out.print(
        show.table(
            titles,
            [[Path(row["file"]).name, *(row[name] for name in columns[1:])] for row in report],
            right=range(1, 9),
        )
    )
    for row in report:
        name = Path(row["file"]).name
        for note in row["notes"]:
            out.print(f"{show.plain(name)}: {show.plain(note)}")
        for rejected in row["rejects"]:
            out.print(f"rejected {show.plain(rejected, 300)}")
        if row["rejected"]:
            out.print(
                f"{show.plain(name)}: {row['rejected']} rejected, listed in {show.plain(row['rejects_file'])}"
            )
        if row["unmatched"] and not row["kept_unmatched"]:
            out.print(
                f"{show.plain(name)}: {row['unmatched']} posts name no tracked brand and were not stored "
                "(--keep-unmatched stores them too)"
            )
        elif row["unmatched"]:
            out.print(
                f"{show.plain(name)}: {row['unmatched']} posts name no tracked brand; kept all the same"
            )


def _options(service: Service) -> str:
    """What to add to a command that looks thirty days back so that it shows what is stored: nothing where that is as recent."""
    zone = ZoneInfo(service.config.timezone)
    since, until = window(None, None, now=utc_now(), zone=zone.key)
    stored = stored_days(service)
    if stored is None or (
        since.astimezone(zone).date() <= stored[0] and stored[1] < until.astimezone(zone).date()
    ):
        return ""
    return as_options(stored)
