"""A service whose weeks of history are written straight into the sums: what a hundred thousand posts would have come to, in a moment."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete

from listener.alerts.look import Look
from listener.alerts.memory import plan_of
from listener.alerts.watch import Watch
from listener.service import Service
from storage.rows import insert_rows, table_of
from storage.settings import MODEL, put_setting
from storage.tables import Count, CoverageRow, LabelCount
from storage.types import NewPost
from tests.listener.alerts.at_work import labelled, said, service_at, stored
from tests.listener.made_up_network import ByRule

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
USUAL = 100
"""Mentions in a quarter hour of the day's mean; a fifth of them is negative."""
ONE = '[sources.social]\ntype = "mastodon"\ninstance = "social.example"\n'
NETWORK = "mastodon"
Numbers = NDArray[np.float64]


def slot(at: datetime) -> int:
    return int(at.timestamp() // 900)


def opened(url: str, more: str = ONE, *, now: datetime = NOW) -> Service:
    """Aurora and Borealis, watched on one network."""
    return service_at(url, more, now=now)


def usual(brands: int, networks: int, quarters: int, *, seed: int = 1, mean: float = USUAL) -> Numbers:
    """Mentions [brand, network, quarter hour] with a rhythm of the day, more restless than chance alone."""
    chance = np.random.default_rng(seed)
    rhythm = 1 + 0.5 * np.cos((np.arange(quarters) % 96 / 4 - 15) * np.pi / 12)
    shape = (brands, networks, quarters)
    return chance.poisson(mean * rhythm * chance.gamma(1 / 0.02, 0.02, shape)).astype(float)


def counted(
    service: Service,
    mentions: Numbers,
    since: datetime,
    *,
    seed: int = 2,
    networks: Iterable[str] | None = None,
) -> None:
    """Write [brand, network, quarter hour] mentions from `since` on into the sums, a fifth of them negative, in place of what is there."""
    negative = np.random.default_rng(seed).binomial(mentions.astype(int), 0.2)
    names = list(networks or plan_of(service).watched.networks)
    cells = [
        (service.brands[b].id, slot(since) + int(k), names[n], int(mentions[b, n, k]), int(negative[b, n, k]))
        for b, n, k in np.argwhere(mentions > 0)
    ]

    def write(connection: Connection) -> None:
        put_setting(connection, MODEL, ByRule.model_id)
        for row in (Count, LabelCount):
            table = table_of(row)
            here = table.c.quarter >= slot(since), table.c.quarter < slot(since) + mentions.shape[2]
            connection.execute(delete(table).where(*here, table.c.source.in_(names)))
        key = ("brand_id", "quarter", "source", "lang")
        rows = ([b, q, n, "en", all_, 0, 0] for b, q, n, all_, _ in cells)
        insert_rows(connection, Count, (*key, "mentions", "reposts", "irrelevant"), rows)
        labels = ("negative", "neutral", "positive", "failed", "p_negative", "p_neutral", "p_positive")
        rows = (
            [b, q, n, "en", ByRule.model_id, bad, all_ - bad, 0, 0, 0, 0, 0] for b, q, n, all_, bad in cells
        )
        insert_rows(connection, LabelCount, (*key, "model_id", *labels), rows)

    service.db.do(write)


def collected(service: Service, since: datetime, until: datetime, *origins: str) -> None:
    """State that these sources (all of them, if none is named) have collected this stretch whole."""
    named = origins or tuple(name for of in plan_of(service).watched.networks.values() for name in of)
    columns = ("origin", "brand_id", "query_version", "since", "until", "state", "reason")
    rows = [
        [name, brand.id, brand.version, since, until, "complete", ""]
        for name in named
        for brand in service.brands
    ]
    service.db.do(lambda connection: insert_rows(connection, CoverageRow, columns, rows))


def people(at: datetime, good: int, bad: int, *, by: str = "person", each: bool = True) -> list[NewPost]:
    """Posts about Aurora within the half minute before `at`: by as many people, or (`each` False) all by one."""
    return [
        said(
            f"aurora is {'bad' if n < bad else 'good'}",
            at=at - timedelta(milliseconds=20 * n),
            by=f"{by}-{n if each else 0}",
            network=NETWORK,
        )
        for n in range(good + bad)
    ]


def arrive(service: Service, posts: list[NewPost], *, now: datetime) -> None:
    """They are stored, and labelled."""
    stored(service, posts, now=now)
    labelled(service, now=now)


def looked(watch: Watch, at: datetime) -> Look:
    """A look whose outcome is stored."""
    look = watch.look(at)
    watch.service.db.do(look.remember)
    return look
