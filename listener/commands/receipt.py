"""`listener metrics --receipt` and `listener receipt`: what a figure rests on, and the figure computed again."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from listener import show
from listener.commands.gather import service_for
from listener.errors import FileError, UsageError
from listener.export import renamed_when_whole
from listener.importing.opening import not_read
from listener.pipeline import utc_now
from listener.service import Service
from listener.slices import Options, slice_of, window_of
from metrics.periods import Every, buckets
from metrics.read.question import Question
from metrics.read.receipt import receipts
from metrics.read.recomputed import checked
from metrics.receipt import Receipt, Value, Verdict
from metrics.registry import chosen

MOST_RECEIPTS = 1_000
MOST_BYTES = 500_000_000
_FILE = TypeAdapter(list[Receipt])
SHOWN = 12
WRITES = "`listener metrics --receipt --to FILE.json` writes one"


def write(
    config: Path,
    names: list[str],
    brands: list[str] | None,
    given: Options,
    since: str | None,
    until: str | None,
    every: Every,
    to: Path | None,
    *,
    force: bool,
    form: str,
) -> None:
    """Print the receipts of these figures, or write them to a file."""
    if form == "csv":
        raise UsageError("a receipt is printed as a table or as JSON: --format json, or --to FILE.json")
    if to is not None and to.suffix.lower() != ".json":
        raise UsageError(f"--to {to}: the file's name must end in .json")
    if to is not None and to.exists() and not force:
        raise FileError(f"{to}: exists already; name another file, or write over it with --force")
    with service_for(config, quiet=form != "table") as service:
        of = slice_of(service, given)
        zone, now = service.config.timezone, utc_now()
        start, end = window_of(of, since, until, now=now, zone=zone)
        spans = buckets(start, end, every, zone)
        metrics = chosen(names)
        ids = service.brand_ids(brands) or [brand.id for brand in service.config.brands]
        many = len(spans) * len(ids) * len(metrics)
        if many > MOST_RECEIPTS:
            raise UsageError(
                f"these are {many:,} receipts; {MOST_RECEIPTS:,} at most: ask for fewer figures, brands or buckets"
            )
        asked = Question(
            start,
            end,
            every,
            zone,
            now,
            sources=of.sources or None,
            langs=of.langs or None,
            closes_after=timedelta(hours=service.config.retention.closes_after_hours),
            service_level=timedelta(minutes=service.config.service.within_minutes),
            query=of.whole_query,
            campaign=of.campaign.id if of.campaign and of.query is None else None,
        )
        found = receipts(service.db, metrics, ids, asked, spans)
    if to is not None:
        with renamed_when_whole(to) as part:
            part.write_text(_json(found) + "\n", encoding="utf-8")
        what = "1 receipt" if len(found) == 1 else f"{len(found):,} receipts"
        show.console().print(
            f"{what} written to {show.plain(to)}; listener receipt {show.plain(to)} checks them"
        )
    elif form == "json":
        print(_json(found))
    else:
        for receipt in found:
            _print(receipt)


def _json(found: Sequence[Receipt]) -> str:
    whole = [receipt.model_dump(mode="json") for receipt in found]
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1)


def _value(value: Value, unit: str) -> str:
    shown = show.number(value.value, unit)
    if value.low is not None and value.high is not None:
        inside = "points" if unit == "%" else unit
        figures = [show.number(number, inside) for number in (value.value, value.low, value.high)]
        shown = "{} [{}..{}]".format(*figures) + " %" * (unit == "%")
    return (
        f"{shown}, of {value.n:,}" if value.value is not None else f"{shown} {value.missing or ''}".rstrip()
    )


def _print(receipt: Receipt) -> None:
    """One receipt, a line for each thing that the figure rests on."""
    out = show.console()
    metric, posts, window = receipt.metric, receipt.posts, receipt.window
    filters = {name: value for name, value in receipt.filters.model_dump().items() if value}
    against = receipt.compared
    lines = [
        ("", f"{metric.title} of {receipt.brand}: {_value(receipt.figure, metric.unit)}"),
        ("definition", f"{metric.id}, version {metric.version}: {metric.formula}"),
        ("source", metric.source),
        ("window", f"{window.since_local} to {window.until_local}, {window.timezone}"),
        *([("against", f"{against.since_local} to {against.until_local}")] if against else []),
        ("filters", "; ".join(f"{name} {_words(value)}" for name, value in filters.items()) or "none"),
        *(
            ("query", f"{b.id}, version {b.query_version}: {b.query} ({b.mentions:,} mentions)")
            for b in receipt.brands
        ),
        ("model", _model(receipt)),
        (
            "coverage",
            f"{len(receipt.coverage):,} stretches not collected whole"
            if receipt.coverage
            else "no hole known",
        ),
        (
            "revision",
            f"{receipt.revision}; {'every day closed' if window.closed else 'not every day closed'}",
        ),
        ("computed", f"{receipt.now.isoformat()} by {receipt.software}"),
    ]
    if posts is None:
        lines.append(("posts", f"it rests on {receipt.rests_on}"))
    else:
        labels = ", ".join(f"{count:,} {label}" for label, count in posts.by_label.items())
        lines += [
            ("posts", f"{posts.count:,} ({labels or 'none'})"),
            ("digest", posts.digest),
            ("find", posts.find),
        ]
    for name, text in lines:
        out.print(f"{name:<11} {show.plain(text)}" if name else show.plain(text), soft_wrap=True)
    out.print()


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _model(receipt: Receipt) -> str:
    if receipt.model is None:
        return "no label is in the figure"
    tested = "its own test sets" if receipt.model.test_sets else "no test of its own"
    return f"{receipt.model.id}; errors from {tested} and {sum(receipt.model.audited)} audited posts of this brand"


def check(config: Path, file: Path, form: str) -> int:
    """Print what computing the receipts of a file again gives; returns the exit code, 1 where a number is another one."""
    if form == "csv":
        raise UsageError("the check is printed as a table or as JSON: --format json")
    found = _read(file)
    with service_for(config, quiet=form != "table") as service:
        _known(service, found, file)
        verdicts = [checked(service.db, receipt) for receipt in found]
    if form == "json":
        show.as_json([verdict.model_dump(mode="json") for verdict in verdicts])
    else:
        for receipt, verdict in zip(found, verdicts, strict=True):
            _print_verdict(receipt, verdict)
    return 0 if all(verdict.same for verdict in verdicts) else 1


def _read(file: Path) -> list[Receipt]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise FileError(f"{file}: larger than {MOST_BYTES // 1_000_000} MB, which no receipt is")
        return _FILE.validate_json(file.read_bytes())
    except OSError as error:
        raise not_read(file, error, f"give a receipt; {WRITES}") from error
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        wrong = f" ({show.plain(place, 60)} is missing or wrong)" if place else ""
        raise FileError(f"{file}: is no receipt{wrong}; {WRITES}") from None


def _known(service: Service, found: Sequence[Receipt], file: Path) -> None:
    tracked = {brand.id for brand in service.brands}
    for receipt in found:
        if receipt.brands[0].id not in tracked:
            raise UsageError(
                f"{file}: is of {receipt.brands[0].id!r}, a brand that config.toml does not have"
            )


def _print_verdict(receipt: Receipt, verdict: Verdict) -> None:
    out = show.console()
    unit, window = receipt.metric.unit, receipt.window
    title = f"{receipt.metric.title} of {receipt.brand}, {window.since_local} to {window.until_local}"
    out.print(show.plain(title), soft_wrap=True)
    if verdict.same:
        out.print(f"  same number: {show.plain(_value(verdict.then, unit))}", style="green")
    else:
        now = "none" if verdict.now is None else _value(verdict.now, unit)
        out.print(
            f"  was {show.plain(_value(verdict.then, unit))}; is {show.plain(now)}",
            style="yellow",
            soft_wrap=True,
        )
    for line in verdict.reasons:
        out.print(f"  {show.plain(line)}", soft_wrap=True)
    _some(
        [
            f"restated {row.at:%Y-%m-%d %H:%M} UTC: {row.brand} on {row.day}, {row.reason}, {row.mentions:+,} mentions, {row.labels:,} labels"
            for row in verdict.restated
        ]
    )
    _some([f"gone: {post}" for post in verdict.gone])
    _some([f"new: {post}" for post in verdict.new])


def _some(lines: Sequence[str]) -> None:
    out = show.console()
    for line in lines[:SHOWN]:
        out.print(f"  {show.plain(line, 300)}", soft_wrap=True)
    if len(lines) > SHOWN:
        out.print(f"  and {len(lines) - SHOWN:,} more; --format json lists them all")
