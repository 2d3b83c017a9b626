"""`listener demo`: the whole path on bundled, invented posts, in the folder where it is run."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener import pipeline, show
from listener.commands.gather import counting
from listener.commands.look import points, print_warnings
from listener.commands.serve import serve_until_stopped
from listener.config import load
from listener.demo.business import facts, followers
from listener.demo.sample import DAYS, NOTICE, config_text, load_sample
from listener.errors import UsageError
from listener.importing.rows import Rejected
from listener.labelling import SharedWork, label_waiting
from listener.pipeline import utc_now
from listener.service import Service, start_service
from metrics.types import MetricPoint
from storage.accounts import save_account
from storage.db import open_database
from storage.facts import save_facts
from storage.settings import put_setting, setting
from storage.stored import stored_posts

MARK = "demo"
FEW = 10
"""A day with fewer mentions is not named as the highest."""
VOLUME = ["mentions", "share_of_voice"]
SENTIMENT = ["positive_share", "neutral_share", "negative_share", "net_sentiment"]
TITLES = [
    "Brand",
    "Mentions",
    "Share of voice",
    "Positive %",
    "Neutral %",
    "Negative %",
    "Net sentiment",
    "7-day change",
]


def demo(folder: Path, *, serve: bool = False) -> None:
    """Load, match, store, label and count the sample, and print the overview; a second run starts afresh.

    `serve`: then show it in the dashboard until Ctrl-C.
    """
    out = show.console()
    service = _fresh_service(folder)
    try:
        now = utc_now()
        with counting("Reading and matching posts") as tell:
            outcome = pipeline.import_posts(
                service,
                load_sample(now),
                keep_unmatched=False,
                on_rejected=_impossible,
                clock=utc_now,
                progress=tell,
            )
        work = SharedWork(service.labeller())
        with counting("Labelling each mention toward its brand") as tell:
            labelled = label_waiting(service.db, work, clock=utc_now, progress=tell)
        _tell_business(service, now)
        reposted = outcome.saved.new_mentions - labelled
        out.print(show.plain(NOTICE))
        out.print(
            f"{outcome.fetched:,} posts read, {outcome.unmatched:,} of them name no tracked brand; "
            f"{labelled:,} mentions labelled by {work.model_id}; {reposted:,} reposts are counted apart\n"
        )
        _print_overview(service)
        _print_trend(service)
        if serve:
            serve_until_stopped(service, out)
            return
    finally:
        service.close()
    out.print(
        "Where to go next, in this folder:\n"
        "  listener mentions --label negative    the posts behind the numbers\n"
        "  listener kpis                         every KPI, or what it is missing\n"
        "  listener voice                        share of voice, raw and adjusted\n"
        "  listener drivers --since 14d          what sets the last two weeks apart\n"
        "  listener metrics --every week         any metric, any period, as table, JSON or CSV\n"
        "  listener status                       what is stored and how collection goes\n"
        "  listener run --role web               all of it in the dashboard\n"
        "For your own brand, in a folder of its own: listener init, then listener import FILE or listener run"
    )


def _tell_business(service: Service, now: datetime) -> None:
    """What the brand's own tools and networks would have told beside the posts."""
    today = now.astimezone(ZoneInfo(service.config.timezone)).date()
    save_facts(service.db, MARK, facts(today))
    for brand, source, seen, at in followers(now):
        save_account(service.db, brand, source, seen.handle or "", seen, origin=MARK, now=at)


def _fresh_service(folder: Path) -> Service:
    """The demo's configuration and an empty database in this folder. Raises UsageError rather than touch anything else's."""
    path = folder / "config.toml"
    if not path.exists():
        path.write_text(config_text(), encoding="utf-8")
    config = load(path)
    if not {brand.id for brand in config.brands} & set(
        _demo_brands(folder)
    ):  # some may be added or taken out in the page
        raise UsageError(f"{path} is not the demo's; run the demo in an empty folder")
    url = config.database_url(os.environ)
    service = start_service(config, now=utc_now(), environ=os.environ)
    file = service.db.path
    with service.db.read() as connection:
        ours = setting(connection, MARK) is not None
    empty = not stored_posts(service.db, limit=1)
    if not ours and not empty:
        service.close()
        raise UsageError(f"{service.db.name} holds posts of your own; run the demo in an empty folder")
    if ours and not empty:
        if file is None:
            service.close()
            raise UsageError("the demo needs a SQLite database; run it in an empty folder")
        service.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        open_database(url).close()
        service = start_service(config, now=utc_now(), environ=os.environ)
    with service.db.write() as connection:
        put_setting(connection, MARK, "1")
    return service


def _demo_brands(folder: Path) -> list[str]:
    from listener.config import parse

    return [brand.id for brand in parse(config_text(), folder / "config.toml").brands]


def _impossible(row: Rejected) -> None:
    raise UsageError(f"the bundled sample is damaged; install the package again ({row})")


def _print_overview(service: Service) -> None:
    """Brands down, figures across; the last column compares the last seven days with the seven before."""
    now = utc_now()
    found = points(service, [*VOLUME, *SENTIMENT], None, None, None, None, "all", now=now)
    week = points(service, ["mentions_change"], None, None, "7d", None, "all", now=now)
    changes = {point.brand: point.value for point in week}
    by_brand: dict[str, dict[str, MetricPoint]] = {}
    for point in found:
        by_brand.setdefault(point.brand, {})[point.metric] = point
    rows = [
        [
            brand,
            *(show.number(row[name].value, row[name].unit) for name in VOLUME),
            *(_whole(row[name]) for name in SENTIMENT),
            show.change(changes[brand]),
        ]
        for brand, row in by_brand.items()
    ]
    out = show.console()
    out.print(f"The last {DAYS} days")
    for part in show.tables(TITLES, rows, keep=1, width=out.width):
        out.print(part)
    print_warnings(found)
    out.print()


def _whole(point: MetricPoint) -> str:
    """An estimate with its interval, in whole points: its decimals mean nothing beside so wide an interval."""
    if point.value is None or point.low is None or point.high is None:
        return show.EMPTY
    return f"{point.value:.0f} [{point.low:.0f}..{point.high:.0f}]"


def _print_trend(service: Service) -> None:
    """One chart for volume and one for the share of negative mentions: a line per brand, a block per day."""
    found = points(service, ["mentions", "negative_share"], None, None, None, None, "day", now=utc_now())
    zone = ZoneInfo(service.config.timezone)
    first, last = (
        found[0].bucket_start.astimezone(zone),
        (found[-1].bucket_end - timedelta(seconds=1)).astimezone(zone),
    )
    days = f"{first:%d %b} to {last:%d %b}"
    out = show.console()
    for metric, title, top in (
        ("mentions", f"Mentions per day, {days}, each line to its own top", None),
        ("negative_share", f"Negative share per day, {days}, 0 to 100 %", 100.0),
    ):
        rows = []
        for brand, line in _by_brand(found, metric).items():
            peak = max(line, key=lambda point: (point.value or 0) if point.n >= FEW else 0)
            when = f"{peak.bucket_start.astimezone(zone):%d %b}"
            rows.append(
                [
                    brand,
                    show.sparkline([point.value for point in line], top),
                    f"{show.number(peak.value, peak.unit)} on {when}",
                ]
            )
        out.print(show.table(["Brand", "", "Highest"], rows, title=title))
        out.print()


def _by_brand(found: Sequence[MetricPoint], metric: str) -> dict[str, list[MetricPoint]]:
    lines: dict[str, list[MetricPoint]] = {}
    for point in found:
        if point.metric == metric:
            lines.setdefault(point.brand, []).append(point)
    return lines
