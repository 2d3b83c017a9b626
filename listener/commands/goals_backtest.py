"""`listener goals backtest`: whether the chances would have been right in the brands' own past."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from listener import goals, show
from listener.commands.gather import service_for
from listener.pipeline import utc_now
from metrics.goals.backtest import Backtest, backtest, trials
from metrics.goals.goal import Aim, Goal
from metrics.read.goals import Asking, history
from metrics.registry import METRICS, chosen

TESTED = ("mentions", "share_of_voice", "net_sentiment", "negative_share", "potential_reach")
"""What `goals backtest` looks at where no figure is named."""


def run_backtest(config: Path, kpis: Sequence[str], brands: list[str] | None, form: str) -> None:
    """How good the chances would have been in the brands' past."""
    now, rows = utc_now(), []
    with service_for(config, quiet=form != "table") as service:
        asked = goals.asking(service.db, service.config, now=now)
        wanted = brands or [one.id for one in service.brands if one.role == "own"]
        for metric in chosen(list(kpis) or TESTED):
            for brand in service.brand_ids(wanted):
                rows.append((metric.id, brand, *_tested(asked, metric.id, brand)))
    if form == "table":
        for row in rows:
            _print_backtest(*row)
    else:
        show.as_json([_as_json(*row) for row in rows])


def _tested(asked: Asking, kpi: str, brand: str) -> tuple[int, Backtest | None]:
    """How many weeks there are, and the scores; goals of this length are taken over four weeks."""
    pretended = Goal(kpi, brand, Aim("to", 0), asked.today, date(asked.today.year + 1, asked.today.month, 1))
    past = history(asked, pretended)
    return len(past.values), backtest(list(trials(past, upward=METRICS[kpi].direction != "down")))


def _as_json(kpi: str, brand: str, weeks: int, found: Backtest | None) -> dict[str, Any]:
    return {
        "kpi": kpi,
        "brand_id": brand,
        "history_weeks": weeks,
        **(asdict(found) if found else {"trials": 0}),
    }


def _print_backtest(kpi: str, brand: str, weeks: int, found: Backtest | None) -> None:
    out = show.console()
    out.print(f"{kpi} of {show.plain(brand)}, {weeks} full weeks", style="bold")
    if found is None:
        out.print("  too little history: a test needs 12 weeks before a pretended goal and 4 after it\n")
        return
    out.print(
        f"  {found.trials:,} pretended goals set in {found.weeks} weeks, {100 * found.met:.0f} % met; they overlap, so they are fewer than they look"
    )
    out.print(f"  Brier score {found.brier:.3f} (0 is perfect)")
    cells = [[one.name, f"{one.brier:.3f}", *_skill(one.skill, one.low, one.high)] for one in found.naive]
    out.print(show.table(["  Naive forecast", "Brier", "Skill over it", "95 %"], cells, right=[1, 2]))
    cells = [
        [
            f"{100 * one.low:.0f} to {100 * one.high:.0f} %",
            f"{one.n:,}",
            f"{100 * one.said:.0f} %",
            f"{100 * one.met:.0f} %",
        ]
        for one in found.bins
    ]
    out.print(show.table(["  Chance said", "Goals", "Mean said", "Met"], cells, right=[1, 2, 3]))
    out.print()


def _skill(skill: float | None, low: float | None, high: float | None) -> list[str]:
    between = f"{low:+.2f} to {high:+.2f}" if low is not None and high is not None else "too few weeks"
    return [show.EMPTY if skill is None else f"{skill:+.2f}", between]
