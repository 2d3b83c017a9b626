"""docs/metrics.md, written from the registry and the formulas' own words."""

import inspect
from collections.abc import Sequence
from types import ModuleType

from metrics import comparison, decomposition, interval, stretches
from metrics.formulas import (
    audience,
    change,
    conversion,
    engagement,
    flows,
    impact,
    money,
    rates,
    reach,
    satisfaction,
    sentiment,
    share_of_voice,
    volume,
    waiting,
)
from metrics.goals.names import USUAL
from metrics.metric import AREAS, Metric
from metrics.registry import METRICS
from metrics.voice import clusters, copies, tally

_FORMULAS: tuple[ModuleType, ...] = (
    volume,
    share_of_voice,
    tally,
    copies,
    impact,
    reach,
    audience,
    flows,
    engagement,
    rates,
    conversion,
    money,
    sentiment,
    waiting,
    satisfaction,
    change,
    stretches,
    comparison,
    decomposition,
    interval,
    clusters,
)
_INTRO = """\
# Metrics

Every figure by its id, as the command line, the API and exports name it. `listener kpis` prints them all with today's values, or
with the input that each lacks. Percentages are 0..100. A figure that has nothing to be computed from has no value (`null`), which is
not 0, and says in `missing` what it needs. Each point carries `n` (how many observations it rests on), its formula's version,
and warnings: posts not labelled yet, stretches not collected, a period still running or a day not closed.

P figures come from collected public posts, O from an account's owner (the network's API or an export), I from imported facts (ads,
web analytics, CRM, surveys, help desks). Where a figure can come from both, what was imported for a channel wins over
what its posts tell, unless it is of less than half of the period's days; the two are never added. Of a
competitor only P figures are known, unless others were imported.
*Vanity* marks numbers that mean little alone.

This page is written from the code by `metrics.reference.page()`.
"""
_CLASSES = {"P": "collected public posts", "O": "the owned account", "I": "imported facts"}
_GOOD = {"up": "more is better", "down": "less is better", "none": "neither way is better"}


def page() -> str:
    """The whole page, in Markdown: a table for each area, then every entry, then the formulas."""
    parts = [_INTRO]
    for area, title in AREAS.items():
        parts.append(f"**{title}**\n\n{_table([m for m in METRICS.values() if m.area == area])}")
    for area, title in AREAS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(metric) for metric in METRICS.values() if metric.area == area]
    parts.append("## The formulas\n")
    for module in _FORMULAS:
        parts.append(f"### {module.__name__.replace('metrics.', '').replace('_', ' ').capitalize()}\n")
        parts.append((module.__doc__ or "").strip() + "\n")
        parts += [_formula(name, doc) for name, doc in _functions(module)]
    return "\n".join(parts)


def _table(metrics: Sequence[Metric]) -> str:
    rows = ["| id | what it is | unit | good | from |", "|---|---|---|---|---|"]
    rows += [
        f"| [`{m.id}`](#{m.id}) | {m.title}{', vanity' if m.vanity else ''} | {m.unit} | {m.direction} | {', '.join(m.data)} |"
        for m in metrics
    ]
    return "\n".join(rows) + "\n"


def _entry(metric: Metric) -> str:
    lines = [
        f"### {metric.id}\n",
        f"**{metric.title}.** {metric.formula}.\n",
        f"- unit: {metric.unit}; {_GOOD[metric.direction]}{'; vanity: it means little alone' if metric.vanity else ''}",
        f"- from: {' or '.join(f'{_CLASSES[data]} ({data})' for data in metric.data)}: {', '.join(metric.inputs)}",
        f"- definition: {metric.source}; version {metric.version}",
        f"- where there is nothing to compute it from: {_empty(metric)}",
    ]
    if metric.id in USUAL:
        lines.append(f"- in goals also called: {', '.join(USUAL[metric.id])}")
    if metric.interval:
        lines.append(f"- `low` and `high`: {metric.interval}")
    if "errors" in metric.needs:
        lines.append("- how it is corrected: [Corrected shares](models.md#corrected-shares)")
    elif "labels" in metric.needs:
        lines.append(f"- {sentiment.COUNTED}")
    return "\n".join(lines) + "\n"


def _empty(metric: Metric) -> str:
    return "no value" if metric.empty is None else f"{metric.empty:g}"


def _functions(module: ModuleType) -> list[tuple[str, str]]:
    own = [
        (name, inspect.getdoc(f) or "")
        for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__
    ]
    return [(name, doc) for name, doc in own if not name.startswith("_")]


def _formula(name: str, doc: str) -> str:
    """A formula's docstring, its example left as code."""
    text, _, example = doc.partition(">>> ")
    shown = f"\n```python\n>>> {example.rstrip()}\n```\n" if example else ""
    return f"#### {name}\n\n{text.rstrip()}\n{shown}"
