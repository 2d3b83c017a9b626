"""Charts as SVG, drawn by matplotlib without a single word in them that a person wrote: names stand beside the chart, in the page's own fonts."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from dashboard import format
from dashboard.reports.report import Chart
from metrics.saying import figure as shown

COLOURS = ("#2456a6", "#c2571a", "#2f7d4f", "#7a4fa3", "#8a6d1b", "#a33b5e", "#3c7f8c", "#6b6b6b")
"""One for each line, told apart by people who see few colours, and by their dashes."""
DASHES: Sequence[Any] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1.5, 1.5)))
_GRID, _INK = "#dfe3e8", "#4a5560"
WIDTH, HEIGHT = 7.2, 2.3
MOST_DAYS_NAMED = 8


def svg(chart: Chart) -> str:
    """The chart, the same to the byte for the same figures. A value that is not known is a gap in its line, never 0."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with mpl.rc_context({"svg.hashsalt": "listener", "svg.fonttype": "path", "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        days = range(len(chart.days))
        for number, line in enumerate(chart.lines):
            colour = COLOURS[number % len(COLOURS)]
            values = [_known(value) for value in line.values]
            if line.low and line.high:
                low, high = ([_known(value) for value in side] for side in (line.low, line.high))
                axes.fill_between(days, low, high, color=colour, alpha=0.15, linewidth=0)
            few = sum(value is not None for value in line.values) <= 40
            axes.plot(
                days,
                values,
                color=colour,
                linestyle=DASHES[number % len(DASHES)],
                linewidth=1.4 if number else 2.0,
                marker="o" if few else "",
                markersize=2.2,
            )
        for number in sorted(chart.partial):
            axes.axvspan(number - 0.5, number + 0.5, color="#888888", alpha=0.12, linewidth=0)
        if chart.unit in ("count", "people"):
            axes.set_ylim(bottom=0)
        else:
            axes.axhline(0, color=_INK, linewidth=0.6)
        named = range(0, len(chart.days), -(-len(chart.days) // MOST_DAYS_NAMED))
        axes.set_xticks(named, [format.dated(chart.days[number], "MMMd") for number in named])
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=chart.unit in ("count", "people")))
        axes.yaxis.set_major_formatter(lambda value, _: shown(value, ",.10g").replace("-", format.MINUS))
        axes.grid(axis="y", color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(colors=_INK, labelsize=7.5, length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(_GRID)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return out.getvalue()


def _known(value: float | None) -> float:
    return float("nan") if value is None else value
