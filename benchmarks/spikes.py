"""How often the spike detector cries wolf, what it finds, and how fast it is.

    python -m benchmarks.spikes [marked] [quiet] [power] [speed] [together] [outages] [tick] [--data ../shared/data] [--brands 200] [--days 152]

* marked: NAB scores on mention series with windows marked by people (--data; skipped without). The threshold of
  `anomaly_score` is FIXED; "left out" chooses it on the other series. With the benchmark's bound of 750 learning
  rows, and without.
* quiet: simulated brands without any spike, after eight weeks of history: alerts per brand and month, an alert
  keeping the next day quiet for every rule alike.
* power: bursts of three times the usual rate for an hour. "best" is the most powerful test there can be (Neyman
  and Pearson): it knows the rate, the spread, the size of the burst and the moment it begins, and has one false
  alarm a month, too. Bursts begin at random moments of a quarter hour, or (edge) with it.
* together: simulated brands without any spike on one, three and six networks, a fifth of what is said negative: messages per brand
  and month where each series has the budget of one a month divided by the number of series to some power.
* outages: a hundred outages of a day over a real SQLite database, each backfilled at once.
* tick: a whole look of 500 brands over a real SQLite database.
* speed: one tick of 500 brands with volume, negative mentions and negative share; what is held after two years.

The rivals see every quarter hour the sum of the last hour: more than the mean of the last seven days plus three
standard deviations, or more than 150 % of that mean.
"""

import argparse
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.nab import PROBATION_ROWS, Series, load, nab_score
from benchmarks.spike_power import power
from benchmarks.spike_worlds import DAY, HISTORY_DAYS, MONTH, RIVALS, Flags, Floats, World, held, rival
from metrics.spikes.backtest import scored
from metrics.spikes.detector import step
from metrics.spikes.state import Kind, Setup, fresh

FIXED = 0.25
"""The threshold of anomaly_score: at most three false alarms a month."""
THRESHOLDS = [1 / (1 + often) for often in (20, 15, 10, 7, 5, 4, 3, 2, 1.5, 1, 0.5, 0.2, 0.1)]
VOLUMES = (2, 10, 50, 200, 1000, 5000)
KINDS: tuple[Kind, ...] = ("volume", "part", "share")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--brands", type=int, default=200)
    parser.add_argument("--days", type=int, default=152)
    options = parser.parse_args()
    parts = options.parts or ["marked", "quiet", "power", "speed", "together", "outages", "tick"]
    if "marked" in parts and options.data is not None:
        show(
            ("rows for learning", "series left out", "threshold", "NAB", "found", "false"),
            marked(options.data / "spikes"),
        )
    if "quiet" in parts:
        show(
            ("world", "mentions a day", "brand-months", "alerts a month", *RIVALS),
            quiet(options.brands, options.days),
        )
    if "power" in parts:
        head = (
            "spread",
            "mentions a day",
            "when",
            "in 30 min",
            "best",
            "edge",
            "best at the edge",
            "in 75 min",
            *RIVALS,
        )
        show(head, power(max(4, options.brands // 10), tries=100))
    if "speed" in parts:
        show(("what", "figure"), speed())
    if "together" in parts:
        from benchmarks.spike_together import POWERS, together

        powers = [f"power {power}" for power in POWERS]
        head = ("world", "networks", "series", "brand-months", *powers)
        show(head, together(options.brands // 2, options.days // 2))
    if "outages" in parts:
        from benchmarks.spike_tick import outages

        head = ("outages", "mentions a quarter hour", "hours each not seen", "told", "looks with a finding")
        show(head, outages())
    if "tick" in parts:
        from benchmarks.spike_tick import tick

        show(("what", "by the clock (of the processor)"), tick())


def show(head: tuple[str, ...], lines: Iterator[list[str]]) -> None:
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for cells in lines:
        print(f"| {' | '.join(cells)} |", flush=True)


def marked(folder: Path) -> Iterator[list[str]]:
    scores: dict[str, tuple[Floats, Flags]] = {}
    for most in (PROBATION_ROWS, 10**9):
        series = list(load(folder, most))
        for one in series:
            if one.name not in scores:
                found = list(scored(zip(one.times.tolist(), one.values.tolist(), strict=True)))
                scores[one.name] = np.array([s.score for s in found]), np.array([s.alert for s in found])
        rows = f"15 %, at most {most}" if most < 10**9 else "15 %"
        ours = {one.name: scores[one.name][0] for one in series}
        left: list[tuple[Series, Flags]] = []
        for out in series:
            others = [one for one in series if one is not out]
            best = max(THRESHOLDS, key=lambda t: nab_score([(one, ours[one.name] >= t) for one in others]))
            left.append((out, ours[out.name] >= best))
            yield [rows, out.name, f"{best:.3f}", *_nab([left[-1]])]
        yield [rows, "each in turn", "", *_nab(left)]
        yield [rows, "none", f"{FIXED} (fixed)", *_nab([(one, ours[one.name] >= FIXED) for one in series])]
        yield [rows, "none", "the column alert", *_nab([(one, scores[one.name][1]) for one in series])]
        for name, rule in RIVALS.items():
            yield [
                rows,
                "none",
                name,
                *_nab([(one, held(rival(one.values[None], rule, 12), 288)[0]) for one in series]),
            ]


def _nab(hits: list[tuple[Series, Flags]]) -> list[str]:
    windows = sum(len(one.windows) for one, _ in hits)
    found, false = sum(one.found(hit) for one, hit in hits), sum(one.false(hit) for one, hit in hits)
    return [f"{nab_score(hits):.1f}", f"{found} of {windows}", str(false)]


def quiet(brands: int, days: int) -> Iterator[list[str]]:
    for world in (World("even", 0.05), World("uneven", 0.3), World("moody", 0.05, mood=0.2)):
        per_day = np.array(VOLUMES, float).repeat(-(-brands // len(VOLUMES)))
        rates = world.rates(per_day, HISTORY_DAYS + days)
        counts = world.drawn(rates * world.moods(*rates.shape))
        alerts = {"ours": _ours(counts)} | {
            name: held(rival(counts, rule), DAY) for name, rule in RIVALS.items()
        }
        for volume in (*VOLUMES, None):
            rows = per_day == volume if volume else per_day > 0
            months = rows.sum() * days * DAY / MONTH
            often = [alerts[name][rows][:, HISTORY_DAYS * DAY :].sum() / months for name in alerts]
            yield [
                f"{world.name} ({world.spread}, {world.mood})",
                str(volume or "all"),
                f"{months:,.0f}",
                *(f"{x:.2f}" for x in often),
            ]


def _ours(counts: Floats) -> Flags:
    state, out = fresh(len(counts)), np.zeros(counts.shape, bool)
    for k in range(counts.shape[1]):
        state, verdict = step(state, k, counts[:, k])
        out[:, k] = verdict.alert
    return out


def speed() -> Iterator[list[str]]:
    chance = np.random.default_rng(3)
    blocks = {kind: fresh(500, Setup(kind)) for kind in KINDS}
    took = []
    for k in range(3 * DAY):
        volume = chance.poisson(10, 500)
        negative = chance.binomial(volume, 0.2)
        began = time.perf_counter()
        for kind, counts in zip(KINDS, (volume, negative, negative), strict=True):
            blocks[kind], _ = step(blocks[kind], k, counts, of=volume if kind == "share" else None)
        took.append(time.perf_counter() - began)
    yield ["a tick of 500 brands, three series each: median", f"{1000 * np.median(took):.1f} ms"]
    yield ["the slowest of 288 ticks", f"{1000 * max(took):.1f} ms"]
    yield ["kept per series", f"{len(blocks['volume'].packed()[0]):,} bytes"]
    state, tops = fresh(5), {}
    tracemalloc.start()
    for k in range(2 * 365 * DAY):
        state, _ = step(state, k, chance.poisson(10, 5))
        if k in (30 * DAY, 365 * DAY, 730 * DAY - 1):
            tops[k // DAY + 1] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for day, used in tops.items():
        yield [f"memory held by five series after {day} simulated days", f"{used / 1024:,.0f} KiB"]


if __name__ == "__main__":
    main()
