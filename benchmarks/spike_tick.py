"""A whole look of the watch over a real SQLite database: 500 brands, one network, three series each; and how long a first look takes."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from listener.alerts.watch import Watch
from listener.config import parse
from listener.service import Service, start_service
from storage.coverage import record
from storage.rows import insert_rows
from storage.settings import MODEL, put_setting
from storage.tables import Count, LabelCount
from storage.types import Coverage

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SOURCES = {
    "mastodon": '[sources.social]\ntype = "mastodon"\ninstance = "social.example"\n',
    "hackernews": '[sources.news]\ntype = "hackernews"\n',
    "feeds": '[sources.press]\ntype = "feeds"\nurls = ["https://press.example/rss"]\n',
}
SUMS = ("negative", "neutral", "positive", "failed", "p_negative", "p_neutral", "p_positive")


def service_at(folder: Path, brands: int, networks: int) -> Service:
    names = (f'[[brands]]\nname = "brand{n:03d}"\nquery = "brand{n:03d}"\n' for n in range(brands))
    storage = f'[storage]\nurl = "sqlite:///{folder}/listener.db"\n'
    text = "".join([storage, *names, *list(SOURCES.values())[:networks]])
    return start_service(parse(text, folder / "config.toml"), now=NOW, environ={})


def networks_of(service: Service) -> list[str]:
    return [one.type for one in service.config.sources.values()]


def fill(
    service: Service,
    since: datetime,
    until: datetime,
    mean: float,
    seed: int = 1,
    brands: Sequence[str] | None = None,
) -> None:
    """Mentions, a fifth of them negative, in every quarter hour, collected whole; of all brands, or of these."""
    chance = np.random.default_rng(seed)
    first, after = (int(at.timestamp() // 900) for at in (since, until))
    networks = networks_of(service)
    ids = brands or [brand.id for brand in service.brands]

    def write(connection: Connection) -> None:
        put_setting(connection, MODEL, "m")
        for quarter in range(first, after):
            counts = chance.poisson(mean, (len(ids), len(networks)))
            bad = chance.binomial(counts, 0.2)
            at = [(b, n) for b in range(len(ids)) for n in range(len(networks))]
            key = ("brand_id", "quarter", "source", "lang")
            rows = [[ids[b], quarter, networks[n], "en", int(counts[b, n]), 0, 0] for b, n in at]
            insert_rows(connection, Count, (*key, "mentions", "reposts", "irrelevant"), rows)
            rows = [
                [
                    ids[b],
                    quarter,
                    networks[n],
                    "en",
                    "m",
                    int(bad[b, n]),
                    int(counts[b, n] - bad[b, n]),
                    0,
                    0,
                    0,
                    0,
                    0,
                ]
                for b, n in at
            ]
            insert_rows(connection, LabelCount, (*key, "model_id", *SUMS), rows)
        whole = [Coverage(since, until, "complete", tuple((one, 1) for one in ids))]
        for name in service.config.sources:
            record(connection, name, whole)

    service.db.do(write)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]


def both(took: list[tuple[float, float]]) -> str:
    clock, processor = np.median(np.array(took), axis=0)
    return f"{clock:.2f} s ({processor:.2f} s)"


def tick() -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        service = service_at(Path(folder), 500, 1)
        fill(service, NOW - timedelta(days=3), NOW, 10)
        watch = Watch(service, study_s=0)
        service.db.do(watch.look(NOW).remember)
        idle, running, ended, stored = [], [], [], []
        for quarter in range(12):
            start = NOW + quarter * QUARTER
            idle.append(timed(lambda at=start: watch.look(at)))  # type: ignore[misc]
            fill(service, start, start + QUARTER, 10, seed=quarter)
            running.append(timed(lambda at=start: watch.look(at)))  # type: ignore[misc]
            found = []
            ended.append(timed(lambda at=start: found.append(watch.look(at + QUARTER))))  # type: ignore[misc]  # noqa: B023
            stored.append(timed(lambda: service.db.do(found[0].remember)))  # noqa: B023
        for name, took in (("nothing new", idle), ("the running quarter hour has new counts", running),
                           ("a quarter hour has ended", ended), ("writing its states", stored)):  # fmt: skip
            yield [f"a look of 500 brands, {name}: median", both(took)]
        again = Watch(service, study_s=0)
        yield ["the first look after a restart", both([timed(lambda: again.look(NOW + 12 * QUARTER))])]
        service.close()
    with tempfile.TemporaryDirectory() as folder:
        service = service_at(Path(folder), 5, 3)
        fill(service, NOW - timedelta(days=60), NOW, 10)
        first = both([timed(lambda: Watch(service, study_s=0).look(NOW))])
        yield ["the first look of 5 brands on 3 networks, 60 days of history", first]
        service.close()


def outages(brands: int = 100, mean: float = 50) -> Iterator[list[str]]:
    """Each brand is not collected for 24 hours from a random quarter hour of the second day on, and then all of it comes at once."""
    chance = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as folder:
        service = service_at(Path(folder), brands, 1)
        fill(service, NOW - timedelta(days=14), NOW, mean)
        down = dict(
            zip([brand.id for brand in service.brands], chance.integers(4, 96, brands).tolist(), strict=True)
        )
        watch, news, findings, blind = Watch(service, study_s=0), 0, 0, 0
        for quarter in range(3 * 96):
            start = NOW + quarter * QUARTER
            back = [one for one, began in down.items() if quarter == began + 95]
            up = [one for one, began in down.items() if not began <= quarter < began + 96]
            if up:
                fill(service, start, start + QUARTER, mean, quarter, up)
            if back:
                fill(service, start - 95 * QUARTER, start + QUARTER, mean, quarter + 1000, back)
            look = watch.look(start + QUARTER)
            service.db.do(look.remember)
            blind += len(look.unseen)
            findings += len(look.findings)
            news += sum(one.news for one in look.findings)
        yield [f"{brands}", f"{mean:.0f}", f"{blind / brands / 4:.1f}", f"{news}", f"{findings}"]
        service.close()
