"""`listener import-facts`: what ad managers, web analytics, CRM, surveys and help desks know, from their exports."""

import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from listener import show
from listener.commands.gather import counting, service_for
from listener.config_edit import put_table
from listener.config_sections import FactImport
from listener.config_types import ID
from listener.errors import UsageError
from listener.importing.facts.currencies import CODES
from listener.importing.facts.mapping import parse_mapping
from listener.importing.facts.reading import FactFile, RejectedFact, Said, read_facts
from listener.importing.rejects import FIRST, RejectsFile
from listener.pipeline import utc_now
from listener.service import Service
from listener.suggestion import did_you_mean
from listener.times import moment
from metrics.facts import FACTS
from storage.facts import MILLION, FactsSaved, Restated, overlaps, save_facts
from storage.money import money_in_use

CHANGES = 10


@dataclass(frozen=True, slots=True)
class Options:
    """What was given on the command line beside the file; None and empty: not given."""

    name: str | None = None
    maps: tuple[str, ...] = ()
    brand: str | None = None
    channel: str | None = None
    currency: str | None = None
    dates: Literal["day-first", "month-first"] | None = None
    decimal: str | None = None
    sheet: str | None = None
    zone: str | None = None
    scale: int | None = None
    only: tuple[str, ...] = ()
    at: str | None = None
    save: bool = False
    dry_run: bool = False
    replace: bool = False


def import_facts(config: Path, file: Path, given: Options, *, form: str) -> None:
    """Import one file, all of its good rows or none."""
    _check(given)
    with service_for(config, quiet=form != "table") as service:
        saved = service.config.imports.get(given.name or "")
        said, known = _said(service, given, saved)
        rejects = _Rejects(file, given.dry_run)
        with rejects.file or nullcontext(), counting(f"Importing {file.name}", quiet=form != "table"):
            zone = said.zone or service.config.timezone
            now = utc_now()
            made = read_facts(
                file,
                said,
                name=given.name,
                saved=known,
                brands={
                    key.casefold(): brand.id for brand in service.brands for key in (brand.name, brand.id)
                },
                own=_own(service),
                zone=ZoneInfo(zone),
                now=now,
                at=moment(given.at, option="--at", now=now, zone=zone) if given.at else None,
                on_rejected=rejects.add,
            )
            stored = save_facts(
                service.db,
                made.name,
                made.amounts,
                whole=made.whole,
                replace=given.replace,
                dry_run=given.dry_run,
            )
        report = _report(service, file, made, stored, rejects, given)
        if given.save and not given.dry_run:
            report["saved_mapping"] = _save(config, made)
    _print(report, made, form)


def _check(given: Options) -> None:
    if given.name is not None and not re.fullmatch(ID, given.name):
        raise UsageError(
            f"--as {given.name!r}: a name is lower-case letters, digits, - and _, at most 63 of them"
        )
    if given.currency is not None and given.currency.upper() not in CODES:
        raise UsageError(
            f"--currency {given.currency!r} is no currency of ISO 4217{did_you_mean(given.currency, CODES)}; write one as in EUR"
        )
    if given.zone is not None and given.zone not in available_timezones():
        raise UsageError(
            f"--zone {given.zone!r} is no time zone{did_you_mean(given.zone, available_timezones())}; write one as in Europe/Oslo"
        )
    if given.decimal not in (None, ".", ","):
        raise UsageError(f"--decimal {given.decimal!r}: write . or ,")
    if given.scale is not None and not 1 <= given.scale <= 1000:
        raise UsageError(f"--scale {given.scale}: the top of a scale is 1 to 1000, as in 5")


def _said(service: Service, given: Options, saved: FactImport | None) -> tuple[Said, bool]:
    """The options over what is saved; and whether a mapping is saved, so that nothing more is guessed."""
    columns = (dict(saved.columns) if saved else {}) | parse_mapping(given.maps)
    kept = saved.model_dump() if saved else {}
    options: dict[str, Any] = {
        "brand": service.brand_ids([given.brand])[0] if given.brand else None,
        "channel": given.channel,
        "currency": given.currency.upper() if given.currency else None,
        "dates": given.dates,
        "decimal": given.decimal,
        "sheet": given.sheet,
        "zone": given.zone,
        "scale": given.scale,
        "only": given.only or None,
    }
    merged = {name: kept.get(name) if value is None else value for name, value in options.items()}
    if merged["brand"] is not None:
        service.brand_ids([merged["brand"]])
    return Said(columns, **merged | {"only": tuple(merged["only"] or ())}), saved is not None


def _own(service: Service) -> str | None:
    """The only own brand, None where there are more or none."""
    own = [brand.id for brand in service.brands if brand.role == "own"]
    return own[0] if len(own) == 1 else None


def _save(config: Path, made: FactFile) -> bool:
    """Keep the mapping as [imports.NAME]; whether anything changed."""
    said = made.said
    values: dict[str, Any] = {"columns": dict(said.columns)}
    for name in ("brand", "channel", "currency", "dates", "decimal", "sheet", "zone", "scale"):
        if (value := getattr(said, name)) is not None:
            values[name] = value
    if said.only:
        values["only"] = list(said.only)
    return put_table(config, "imports", made.name, values)


@dataclass
class _Rejects:
    """Rejected rows: the first are shown, and all are written to a file unless nothing is to be changed."""

    imported: Path
    dry_run: bool
    first: list[str] = field(default_factory=list)
    file: RejectsFile | None = None

    def __post_init__(self) -> None:
        self.file = None if self.dry_run else RejectsFile(self.imported, Path.cwd())

    def add(self, rejected: RejectedFact) -> None:
        if len(self.first) < FIRST:
            self.first.append(str(rejected))
        if self.file is not None:
            self.file.add(rejected)


def _report(
    service: Service, file: Path, made: FactFile, stored: FactsSaved, rejects: _Rejects, given: Options
) -> dict[str, Any]:
    days = [key.day for key in made.amounts]
    span = (min(days), max(days)) if days else None
    return {
        "file": str(file),
        "import": made.name,
        "dry_run": given.dry_run,
        "rows": made.rows,
        "rejected": made.rejected,
        "empty": made.empty,
        "left_out": dict(made.not_asked),
        "first_day": span[0].isoformat() if span else None,
        "last_day": span[1].isoformat() if span else None,
        "new": stored.new,
        "changed": stored.changed,
        "removed": stored.removed,
        "unchanged": stored.unchanged,
        "facts": sorted({key.fact for key in made.amounts}),
        "changes": [_change(one) for one in stored.first[:CHANGES]],
        "notes": [*made.notes, *_notes(service, made, stored, span, named=given.name is not None)],
        "rejects": rejects.first,
        "rejects_file": str(rejects.file.path) if rejects.file is not None and made.rejected else None,
        "saved_mapping": False,
    }


def _notes(
    service: Service, made: FactFile, stored: FactsSaved, span: tuple[date, date] | None, *, named: bool
) -> list[str]:
    """What a person should know beside the counts."""
    notes = []
    if not named and made.name in service.config.imports:
        notes.append(f"[imports.{made.name}] is saved and was not used: --as {made.name} uses it")
    if made.not_asked:
        first = ", ".join(name or "none" for name, _ in made.not_asked.most_common(5))
        notes.append(
            f"{sum(made.not_asked.values()):,} rows of other channels are left out ({first}): --only all counts them too"
        )
    if stored.nameless:
        erased = "figures are of influencers who were erased on request: they count without a name"
        notes.append(f"{stored.nameless:,} {erased}")
    if made.rejected > max(9, made.rows / 2):
        notes.append("most rows were rejected: is the mapping right? --map FIELD=COLUMN says otherwise")
    if not any(key.channel for key in made.amounts) and made.amounts:
        notes.append("no channel is known: --channel says which, so that figures can be told apart by it")
    with service.db.read() as connection:
        rates = money_in_use(connection)
    unknown = sorted(
        {key.currency for key in made.amounts if key.currency and rates.rate(key.currency) is None}
    )
    if unknown:
        notes.append(
            f"no rate from {', '.join(unknown)} to {rates.currency} is known, so no figure is made of it: set [money] rates, or [money] currency"
        )
    for both in overlaps(service.db, made.name, *span) if span else ():
        notes.append(
            f"{both.fact} of {both.channel or 'no channel'} on {both.days} of these days is also in the import {both.other}: it is counted twice"
        )
    return notes


def _change(one: Restated) -> str:
    key = one.key
    where = " / ".join(filter(None, (key.channel, key.campaign, key.influencer, key.detail)))
    now = "gone" if one.now is None else _number(one.now, key.currency)
    return f"{key.day} {key.fact}{f' ({where})' if where else ''}: {now}, was {_number(one.before, key.currency)}"


def _number(amount: int, currency: str) -> str:
    shown = f"{amount / MILLION:,.2f}" if amount % MILLION else f"{amount // MILLION:,}"
    return f"{shown} {currency}".strip()


def _print(report: dict[str, Any], made: FactFile, form: str) -> None:
    if form == "json":
        show.as_json(report)
        return
    rows = _by_fact(made)
    if form == "csv":
        show.as_csv(["import", "fact", "days", "figures", "sum", "currency"], rows)
        return
    out = show.console()
    name = show.plain(Path(report["file"]).name)
    for note in report["notes"][:1]:
        out.print(f"{name}: {show.plain(note)}")
    if rows:
        titles = ["Fact", "Days", "Figures", "Sum", ""]
        out.print(
            show.table(
                titles,
                [[r["fact"], r["days"], r["figures"], _sum(r["sum"]), r["currency"]] for r in rows],
                right=(1, 2, 3),
            )
        )
    span = f", {report['first_day']} to {report['last_day']}" if rows else ""
    counts = ", ".join(f"{report[what]:,} {what}" for what in ("new", "changed", "removed", "unchanged"))
    would = " (a dry run: nothing is stored)" if report["dry_run"] else ""
    out.print(
        f"{show.plain(report['import'])}: {report['rows']:,} rows, {len(made.amounts):,} figures: {counts}{span}{would}"
    )
    for change in report["changes"]:
        out.print(f"  {show.plain(change)}")
    for note in report["notes"][1:]:
        out.print(show.plain(note))
    for rejected in report["rejects"]:
        out.print(f"rejected {show.plain(rejected, 300)}")
    if report["rejected"]:
        where = f", listed in {show.plain(report['rejects_file'])}" if report["rejects_file"] else ""
        out.print(f"{name}: {report['rejected']:,} rejected{where}")
    if report["saved_mapping"]:
        out.print(
            f"The mapping is saved as [imports.{report['import']}]: next time --as {report['import']} is enough"
        )
    elif not report["dry_run"] and rows:
        out.print("Next: listener kpis")


def _by_fact(made: FactFile) -> list[dict[str, Any]]:
    """The file's own sums, by fact and currency; of a standing there is no sum."""
    found: dict[tuple[str, str], tuple[set[date], int, int]] = {}
    for key, amount in made.amounts.items():
        days, figures, total = found.get((key.fact, key.currency), (set(), 0, 0))
        found[key.fact, key.currency] = days | {key.day}, figures + 1, total + amount
    return [
        {
            "import": made.name,
            "fact": fact,
            "days": len(days),
            "figures": figures,
            "sum": None if FACTS[fact].standing else total / MILLION if total % MILLION else total // MILLION,
            "currency": currency,
        }
        for (fact, currency), (days, figures, total) in sorted(found.items())
    ]


def _sum(total: float | None) -> str:
    return show.EMPTY if total is None else _number(round(total * MILLION), "")
