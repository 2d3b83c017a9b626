"""`listener metrics`: figures as tables, JSON and CSV."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from listener import show
from listener.commands.gather import as_options, service_for, stored_days
from listener.commands.point_tables import (
    cell as cell,
)
from listener.commands.point_tables import (
    local as local,
)
from listener.commands.point_tables import (
    print_comparisons,
    print_points,
)
from listener.commands.point_tables import (
    print_warnings as print_warnings,
)
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.slices import By, Options, Slice, each, slice_of
from listener.slices import known_networks as known_networks
from metrics.read import Against, series
from metrics.types import MetricPoint
from storage.mentions import MentionFilter, count

POINT_COLUMNS = [
    "metric", "brand", "bucket_start", "bucket_end", "value", "low", "high", "n", "unit", "version", "warnings",
    "brand_id", "source", "model", "missing", "currency", "lang", "campaign", "influencer", "query",
]  # fmt: skip
COMPARED_COLUMNS = [
    "to", "to_brand", "to_bucket_start", "to_bucket_end", "to_value", "change", "change_unit", "change_low", "change_high", "real",
    "to_warnings", "so_far", "so_far_end",
]  # fmt: skip


def points(
    service: Service,
    names: Sequence[str],
    brands: Sequence[str] | None,
    networks: Sequence[str] | None,
    since: str | None,
    until: str | None,
    every: str,
    *,
    now: datetime,
    of: Slice | None = None,
    by: By | None = None,
    against: Sequence[Against] = (),
) -> list[MetricPoint]:
    """The metric points a command asks for; a campaign's days, else thirty up to the end of today, where no time is given.

    `of` are the posts to count, in place of `networks`; with `by` each network, language, campaign or influencer of them in turn.
    """
    if by == "influencer" and against:
        raise UsageError("--compare sets nothing against what is told by influencer: leave one of them out")
    found: list[MetricPoint] = []
    for one, (start, end) in each(
        service, of or slice_of(service, Options(networks)), by, since, until, now=now
    ):
        some = series(
            service.db,
            names,
            since=start,
            until=end,
            every=every,  # type: ignore[arg-type]
            timezone=service.config.timezone,
            now=now,
            brands=service.brand_ids(brands) or [brand.id for brand in service.config.brands],
            sources=one.sources,
            langs=one.langs,
            closes_after_hours=service.config.retention.closes_after_hours,
            service_minutes=service.config.service.within_minutes,
            query=one.whole_query,
            campaign=one.campaign.id if one.campaign and one.query is None else None,
            against=against,
            by_influencer=by == "influencer",
        )
        found += [replace(point, campaign=one.campaign.id) for point in some] if one.campaign else some
    return found


def metrics(
    config: Path,
    names: list[str],
    brands: list[str] | None,
    given: Options,
    since: str | None,
    until: str | None,
    every: str,
    form: str,
    *,
    by: By | None = None,
    against: Sequence[Against] = (),
) -> None:
    """Print metric points: brands down and metrics across, one row per bucket."""
    with service_for(config, quiet=form != "table") as service:
        of = slice_of(service, given)
        found = points(
            service, names, brands, None, since, until, every, now=utc_now(), of=of, by=by, against=against
        )
        zone = service.config.timezone
        nothing = not any(point.n or point.value for point in found)
        others = elsewhere(service, brands, given.networks) if nothing else ""
        left_out = _left_out(service, found, of) if form == "table" and found else 0
    if form == "json":
        show.as_json([point.as_json() for point in found])
    elif form == "csv":
        _print_csv(found, compared=bool(against))
    elif found:
        print_points(found, zone, by_time=every != "all", by=by)
        if against:
            print_comparisons(found, zone)
        print_left_out(left_out, "listener mentions --irrelevant shows them")
    if by == "influencer" and not found:
        none = "no imported fact of this time names an influencer: listener import-facts FILE --map influencer=COLUMN"
        show.console(stderr=True).print(none)
    elif nothing:
        show.console(stderr=True).print(f"Nothing is counted in this time{others}")


def _print_csv(found: Sequence[MetricPoint], *, compared: bool) -> None:
    """One line a point; where comparisons were asked for, one line for each of them."""
    rows = []
    for point in found:
        row = point.as_json()
        row["warnings"] = "; ".join(row["warnings"])
        for other in row["comparisons"] or [{}]:
            told = {f"to_{name}": value for name, value in other.items()}
            told |= {f"change_{name}": other.get(name) for name in ("low", "high")}
            told["to_warnings"] = "; ".join(other.get("warnings", ()))
            same = {
                name: other.get(name)
                for name in ("to", "change", "change_unit", "real", "so_far", "so_far_end")
            }
            rows.append(row | told | same)
    show.as_csv([*POINT_COLUMNS, *(COMPARED_COLUMNS if compared else ())], rows)


def _left_out(service: Service, found: Sequence[MetricPoint], of: Slice) -> int:
    """How many mentions of the time and brands of these points are left out as not about their brand, reposts aside."""
    wanted = MentionFilter(
        brands=sorted({point.brand_id for point in found}),
        sources=of.sources or None,
        langs=of.langs or None,
        query=of.whole_query,
        since=min(point.bucket_start for point in found),
        until=max(point.bucket_end for point in found),
        reposts=False,
        irrelevant=True,
    )
    return count(service.db, wanted)


def print_left_out(number: int, way: str) -> None:
    """That so many mentions are in no figure, and the way to see them; nothing for none."""
    if number:
        show.console().print(
            f"{number:,} {'mention' if number == 1 else 'mentions'} left out as not about the brand; {way}"
        )


def elsewhere(service: Service, brands: Sequence[str] | None, networks: Sequence[str] | None) -> str:
    """Where in time the stored mentions of these brands and networks lie, as the end of a sentence with the options that show them."""
    days = stored_days(service, brands, networks)
    if days is None:
        return "; no mention is stored: listener import FILE, collect or run brings posts in"
    return f"; mentions are stored from {days[0]} to {days[1]}:{as_options(days)}"
