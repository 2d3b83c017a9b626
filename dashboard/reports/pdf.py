"""The report as PDF, set by typst: its text is data and never markup, and no file or address but our own fonts is read."""

import json
from pathlib import Path
from typing import Any

from dashboard import format
from dashboard.reports.charts import COLOURS, svg
from dashboard.reports.headings import HEADINGS
from dashboard.reports.report import Chart, Quote, Report, Table, receipt_words, source_of, under
from metrics.saying import say

HERE = Path(__file__).parent
WIDEST, LONGEST_CELL = 4.0, 60


def pdf(report: Report) -> bytes:
    """A tagged PDF with selectable text; the same report gives the same bytes."""
    import typst

    page = typst.compile(
        str(HERE / "template.typ"),
        root=str(HERE),
        font_paths=[str(HERE / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_data(report), ensure_ascii=False)},
        timestamp=0,
        pdf_standards="ua-1",
    )
    return bytes(page)


def _data(report: Report) -> dict[str, Any]:
    day = report.last_day
    return {
        "language": report.language,
        "words": {name: say(english) for name, english in HEADINGS.items()},
        "title": report.title,
        "period": report.period,
        "made": [day.year, day.month, day.day],
        "summary": [{"text": one.text, "receipts": list(one.receipts)} for one in report.summary],
        "charts": [_chart(one) for one in report.charts if one.days],
        "tables": [_table(one) for one in report.tables],
        "quotes": [_quote(one, report.timezone) for one in report.quotes],
        "method": list(report.method),
        "coverage": list(report.coverage),
        "definitions": [_table(one) for one in report.definitions],
        "receipts": [
            {
                "number": one.number,
                "said": receipt_words(one),
                "command": one.command,
            }
            for one in report.receipts
        ],
    }


def _chart(one: Chart) -> dict[str, Any]:
    names = [
        {"name": line.name, "colour": COLOURS[number % len(COLOURS)]} for number, line in enumerate(one.lines)
    ]
    brands = ", ".join(line.name for line in one.lines)
    return {
        "title": one.title,
        "names": names,
        "svg": svg(one),
        "alt": f"{one.title}: {brands}, {format.days(one.days[0], one.days[-1])}",
        "note": under(one),
    }


def _table(one: Table) -> dict[str, Any]:
    return {
        "title": one.title,
        "columns": list(one.columns),
        "rows": [list(row) for row in one.rows],
        "numeric": sorted(one.numeric),
        "note": one.note,
        "widths": [_width(one, number) for number in range(len(one.columns))],
    }


def _width(one: Table, number: int) -> float:
    """How much of the line a column gets: by its longest line, within bounds."""
    cells = [one.columns[number], *(row[number] for row in one.rows)]
    longest = max(len(line) for cell in cells for line in cell.split("\n"))
    return 1 + (WIDEST - 1) * min(longest, LONGEST_CELL) / LONGEST_CELL


def _quote(one: Quote, zone: str) -> dict[str, Any]:
    return {"text": one.text, "label": one.label, "source": source_of(one, zone), "url": one.url}
