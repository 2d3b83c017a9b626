"""`listener influence`: who moves a brand's conversation, in three numbers that are never made one."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener import show
from listener.commands import costs
from listener.commands.gather import service_for
from listener.commands.look import elsewhere, known_networks, local
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import window
from metrics.formulas.reach import FORMULA
from metrics.influence import Estimate, Rank
from metrics.periods import Bucket, day_start
from metrics.read import influence as reading
from metrics.read.brought import Costs, brought
from metrics.read.influence import AuthorInfluence, By, Check, Influence, notes
from metrics.types import utc_text

MONTHS = 6
"""Whole months that --check looks back on."""
COLUMNS = [
    "author_id", "source", "handle", "name", "url", "posts", "followers", "exposure_low", "exposure_high", "responders",
    "response", "response_low", "response_high", "response_rank", "response_rank_best", "response_rank_worst",
    "propagation", "propagation_low", "propagation_high", "propagation_rank", "propagation_rank_best", "propagation_rank_worst",
    *costs.COLUMNS,
]  # fmt: skip
HEAD = ["Author", "Network", "Posts", "Followers", "Exposure", "Response", "Rank", "Propagation", "Its rank"]
CHECK_HEAD = ["From", "To", "Authors in both", "Response", "Propagation", "Followers"]


def influence(
    config: Path,
    brand: str | None,
    networks: Sequence[str] | None,
    since: str | None,
    until: str | None,
    by: By,
    limit: int,
    form: str,
    *,
    checked: bool,
) -> None:
    """Print a brand's authors, or with `checked` how well each month's order predicted the next month's responders."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        brand_id, name = _brand(service, brand)
        asked: dict[str, Any] = {
            "now": now,
            "timezone": service.config.timezone,
            "sources": known_networks(service, networks),
        }
        start, end = window(since, until, now=now, zone=service.config.timezone)
        if checked:
            spans = [Bucket(start, end)] if since or until else list(_months(now, service.config.timezone))
            found = [reading.check(service.db, brand_id, since=s.start, until=s.end, **asked) for s in spans]
            _print_checks(
                [each for each in found if each.authors] or found[:1], name, form, service.config.timezone
            )
            return
        whole = reading.influence(service.db, brand_id, since=start, until=end, by=by, **asked)
        money = brought(
            service.db,
            brand_id,
            Bucket(start, end),
            timezone=asked["timezone"],
            sources=asked["sources"],
        )
        others = "" if whole.authors else elsewhere(service, [brand_id], networks)
        zone = service.config.timezone
    shown = whole.authors[: limit or None]
    if form == "json":
        show.as_json(_as_json(whole, money, shown, name, brand_id, Bucket(start, end)))
    elif form == "csv":
        show.as_csv(COLUMNS, (_flat(row, money) for row in shown))
    elif whole.authors or money:
        show.console().print(f"{show.plain(name)}, {local(start, zone)} to {local(end, zone)}, {zone}")
        if whole.authors:
            _print_authors(whole, money, shown)
        if money:
            costs.print_costs(money, limit)
    if not whole.authors:
        show.console(stderr=True).print(f"No account named the brand in this time{others}")


def _brand(service: Service, named: str | None) -> tuple[str, str]:
    """Id and name of the brand asked for, else of the own one."""
    if named is None:
        own = [brand for brand in service.brands if brand.role == "own"]
        if len(own) != 1:
            known = ", ".join(brand.id for brand in service.brands)
            raise UsageError(f"which brand? listener influence BRAND, one of: {known}")
        return own[0].id, own[0].name
    (brand_id,) = service.brand_ids([named])
    return brand_id, next(brand.name for brand in service.brands if brand.id == brand_id)


def _months(now: datetime, zone: str) -> Iterator[Bucket]:
    """The last whole months of the zone, newest first."""
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    number = today.year * 12 + today.month - 1
    for month in range(number - 1, number - 1 - MONTHS, -1):
        first, after = (date(at // 12, at % 12 + 1, 1) for at in (month, month + 1))
        yield Bucket(day_start(first, place), day_start(after, place))


def _print_authors(whole: Influence, money: Costs | None, shown: Sequence[AuthorInfluence]) -> None:
    out = show.console()
    head, cells = HEAD, [_cells(row) for row in shown]
    beside = [costs.beside(row.author_id, money) for row in shown]
    if any(map(any, beside)):
        head = [*HEAD, *costs.HEAD]
        cells = [[*row, *some] for row, some in zip(cells, beside, strict=True)]
    for part in show.tables(head, cells, keep=1, width=out.width):
        out.print(part)
        out.print()
    if len(whole.authors) > len(shown):
        out.print(f"{len(shown):,} of {len(whole.authors):,} accounts; --limit 0 shows all")
    out.print(
        "Exposure: 2 % to 5 % of the followers. Response: responders per post. Propagation: 1 where nobody who is heard responded."
    )
    out.print(_sentence(whole.check))
    for note in notes(whole):
        out.print(f"! {show.plain(note)}", style="yellow")


def _cells(row: AuthorInfluence) -> list[str]:
    exposure = show.EMPTY
    if row.exposure is not None:
        exposure = "..".join(show.number(round(bound), "people") for bound in row.exposure)
    return [
        show.plain(row.handle or row.name or f"account {row.author_id}", 30),
        show.plain(row.source, 15),
        show.number(row.posts),
        show.number(row.followers, "people"),
        exposure,
        _estimate(row.response),
        _rank(row.response_rank),
        _estimate(row.propagation),
        _rank(row.propagation_rank),
    ]


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return show.EMPTY
    bounds = "" if found.low is None else f" [{found.low:.2f}..{found.high:.2f}]"
    return f"{found.value:.2f}{bounds}"


def _rank(found: Rank | None) -> str:
    return show.EMPTY if found is None else f"{found.place} ({found.best}-{found.worst})"


def _sentence(found: Check) -> str:
    """The check in one line."""
    if found.response is None and found.propagation is None and found.followers is None:
        return f"Whether the period before foretold these responders cannot be said: {found.missing or 'all ranked alike'}."
    told = ", ".join(
        f"{name} {_estimate(value)}"
        for name, value in (
            ("response", found.response),
            ("propagation", found.propagation),
            ("followers", found.followers),
        )
        if value is not None
    )
    measured = f"; followers of {found.measured}" if found.measured != found.authors else ""
    return (
        f"How the order of the period before foretold these responders, rank correlation -1 to 1: {told} "
        f"({found.authors} authors in both{measured})."
    )


def _print_checks(found: Sequence[Check], name: str, form: str, zone: str) -> None:
    """A row for each month: the order of the month before against its responders."""
    if form == "json":
        show.as_json([_told(each) for each in found])
        return
    if form == "csv":
        rows = [_told(each) for each in found]
        show.as_csv(list(rows[0]), rows)
        return
    out = show.console()
    out.print(
        f"{show.plain(name)}: how the order of the period before foretold the responders per post of this one, rank correlation -1 to 1"
    )
    cells = [
        [
            f"{each.after.start.astimezone(ZoneInfo(zone)):%Y-%m-%d}",
            f"{each.after.end.astimezone(ZoneInfo(zone)):%Y-%m-%d}",
            str(each.authors),
            *(_estimate(value) for value in (each.response, each.propagation, each.followers)),
        ]
        for each in found
    ]
    for part in show.tables(CHECK_HEAD, cells, keep=2, width=out.width):
        out.print(part)
    for each, row in zip(found, cells, strict=True):
        if each.missing:
            out.print(f"! {row[0]}: {each.missing}", style="yellow")


def _flat(row: AuthorInfluence, money: Costs | None) -> dict[str, Any]:
    flat: dict[str, Any] = {name: getattr(row, name) for name in ("author_id", *COLUMNS[1:7], "responders")}
    flat |= dict(zip(("exposure_low", "exposure_high"), row.exposure or (None, None), strict=True))
    for name in ("response", "propagation"):
        value, low, high = getattr(row, name) or (None, None, None)
        place, best, worst = getattr(row, f"{name}_rank") or (None, None, None)
        flat |= {name: value, f"{name}_low": low, f"{name}_high": high}
        flat |= {f"{name}_rank": place, f"{name}_rank_best": best, f"{name}_rank_worst": worst}
    return flat | costs.of_account(row.author_id, money)


def _as_json(
    whole: Influence,
    money: Costs | None,
    shown: Sequence[AuthorInfluence],
    name: str,
    brand_id: str,
    span: Bucket,
) -> dict[str, Any]:
    return {
        "brand": name,
        "brand_id": brand_id,
        "since": utc_text(span.start),
        "until": utc_text(span.end),
        "exposure_formula": FORMULA,
        "accounts": len(whole.authors),
        "responders_seen": whole.seen,
        "responses_counted": whole.counted,
        "warnings": list(notes(whole)),
        "check": _told(whole.check),
        "authors": [{key: flat[key] for key in COLUMNS} for flat in (_flat(row, money) for row in shown)],
        "influencers": list(costs.as_json(money)) if money else [],
    }


def _told(found: Check) -> dict[str, Any]:
    flat: dict[str, Any] = {
        "before_start": utc_text(found.before.start),
        "before_end": utc_text(found.before.end),
        "start": utc_text(found.after.start),
        "end": utc_text(found.after.end),
        "authors": found.authors,
        "authors_with_followers": found.measured,
    }
    for name in ("response", "propagation", "followers"):
        value, low, high = getattr(found, name) or (None, None, None)
        flat |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return flat | {"missing": found.missing or None}
