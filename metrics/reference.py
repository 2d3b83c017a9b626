"""docs/metrics.md, written from the registry and the formulas' own words."""

import inspect
from types import ModuleType

from metrics import change, engagement, reach, sentiment, share_of_voice, volume
from metrics.metric import Metric
from metrics.registry import METRICS

_INTRO = """\
# Metrics

Every figure by its id, as the command line, the API and exports name it. Percentages are 0..100. A figure that has nothing to be
computed from has no value (`null`), which is not 0. Each point carries `n` (how many observations it rests on), its formula's
version, and warnings: posts not labelled yet, stretches not collected, a period still running or a day not closed.

This page is written from the code by `metrics.reference.page()`.
"""
_CLASSES = {"P": "collected public posts", "O": "the owned account", "I": "imported facts"}
_GOOD = {"up": "more is better", "down": "less is better", "none": "neither way is better"}


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_INTRO, _overview()]
    parts += [_entry(metric) for metric in METRICS.values()]
    parts.append("## The formulas\n")
    for module in (volume, share_of_voice, sentiment, reach, engagement, change):
        parts.append(f"### {module.__name__.replace('metrics.', '').replace('_', ' ').capitalize()}\n")
        parts.append((module.__doc__ or "").strip() + "\n")
        parts += [_formula(name, doc) for name, doc in _functions(module)]
    return "\n".join(parts)


def _overview() -> str:
    rows = ["| id | unit | good | empty | version |", "|---|---|---|---|---|"]
    rows += [
        f"| [`{m.id}`](#{m.id}) | {m.unit} | {m.direction} | {_empty(m)} | {m.version} |"
        for m in METRICS.values()
    ]
    return "\n".join(rows) + "\n"


def _entry(metric: Metric) -> str:
    lines = [
        f"## {metric.id}\n",
        f"**{metric.title}.** {metric.formula}.\n",
        f"- unit: {metric.unit}; {_GOOD[metric.direction]}{'; vanity: it means little alone' if metric.vanity else ''}",
        f"- from: {' or '.join(f'{_CLASSES[data]} (class {data})' for data in metric.data)}: {', '.join(metric.inputs)}",
        f"- definition: {metric.source}",
        f"- where nothing was counted: {_empty(metric)}",
    ]
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
