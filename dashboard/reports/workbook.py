"""The report as a workbook: the summary, the figures as numbers to work with, charts, posts and receipts.

No cell is a formula, whatever a post begins with: text is written as text.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from dashboard import format
from dashboard.names import network_name
from dashboard.reports.charts import COLOURS
from dashboard.reports.report import Chart, Report
from dashboard.reports.tables import named
from metrics.registry import METRICS
from metrics.saying import say, told

LONGEST = 32_767
"""What a cell may hold."""
_FIGURES = ("Figure", "Brand", "From", "Until", "Value", "Low", "High", "n", "Unit", "Version", "Before", "Change", "Warnings")  # fmt: skip


def workbook(report: Report) -> bytes:
    """An XLSX file; the same report gives the same bytes."""
    import xlsxwriter

    out = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, "remove_timezone": True, **plain})
    made = datetime(report.last_day.year, report.last_day.month, report.last_day.day)  # noqa: DTZ001 - the file format knows no zone
    book.set_properties({"title": f"{report.title}, {report.period}", "author": "Listener", "created": made})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    _sheet(
        book.add_worksheet(told("Summary")),
        bold,
        wrapped,
        [f"{report.title}, {report.period}", told("Receipts")],
        [[one.text, ", ".join(map(str, one.receipts))] for one in report.summary],
        (100, 12),
    )
    _sheet(
        book.add_worksheet(told("Figures")),
        bold,
        wrapped,
        named(*_FIGURES),
        list(_figures(report)),
        (30, 18, 12, 12),
    )
    for number, one in enumerate(report.charts):
        _chart(book, one, told("Chart {n}", n=number + 1), bold)
    for number, table in enumerate(report.tables[1:]):
        name = told("Table {n}", n=number + 1)
        _sheet(book.add_worksheet(name), bold, wrapped, table.columns, table.rows, (40, 18))
    if report.quotes:
        names = named("Brand", "Label", "Network", "Author", "Time", "Text", "Link")
        widths = (14, 10, 12, 18, 20, 90, 40)
        _sheet(book.add_worksheet(told("Posts")), bold, wrapped, names, list(_posts(report)), widths)
    method = [*report.method, "", told("What was collected"), *report.coverage]
    _sheet(
        book.add_worksheet(told("Method")),
        bold,
        wrapped,
        [told("How these figures were made")],
        [[one] for one in method],
        (120,),
    )
    if report.receipts:
        lines: list[list[Any]] = [
            [one.number, one.figure, one.brand, one.value, one.n, one.command] for one in report.receipts
        ]
        names = named("Number", "Figure", "Brand", "Value", "n", "Command")
        _sheet(book.add_worksheet(told("Receipts")), bold, wrapped, names, lines, (8, 40, 18, 24, 8, 90))
    book.close()
    return out.getvalue()


def _sheet(
    sheet: Any,
    bold: Any,
    wrapped: Any,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    widths: Sequence[int],
) -> None:
    for number in range(len(columns)):
        sheet.set_column(number, number, widths[min(number, len(widths) - 1)], wrapped)
        sheet.write_string(0, number, columns[number], bold)
    for line, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            if isinstance(cell, (int, float)):
                sheet.write_number(line, number, cell)
            elif cell is not None and cell != "":
                sheet.write_string(line, number, str(cell)[:LONGEST])
    sheet.freeze_panes(1, 0)


def _posts(report: Report) -> Iterator[list[Any]]:
    for one in report.quotes:
        at = format.moment(one.at, report.timezone)
        yield [one.brand, say(one.label), network_name(one.network), one.author, at, one.text, one.url or ""]


def _figures(report: Report) -> Iterator[list[Any]]:
    for point in report.points:
        before = next((one for one in point.comparisons if one.to == "previous"), None)
        yield [
            say(METRICS[point.metric].title),
            point.brand,
            report.first_day.isoformat(),
            report.last_day.isoformat(),
            point.value,
            point.low,
            point.high,
            point.n,
            point.currency or say(point.unit),
            point.version,
            before.value if before else None,
            before.change if before else None,
            "; ".join(map(say, point.warnings)),
        ]


def _chart(book: Any, one: Chart, name: str, bold: Any) -> None:
    """The figures of a chart, and the chart over them as the program draws it."""
    sheet = book.add_worksheet(name)
    for number, column in enumerate([told("Day"), *(line.name for line in one.lines)]):
        sheet.write_string(0, number, column, bold)
    for row, day in enumerate(one.days, start=1):
        sheet.write_string(row, 0, day.isoformat())
        for number, line in enumerate(one.lines, start=1):
            if (value := line.values[row - 1]) is not None:
                sheet.write_number(row, number, value)
    sheet.set_column(0, 0, 12)
    drawn = book.add_chart({"type": "line"})
    for number in range(len(one.lines)):
        drawn.add_series(
            {
                "name": [name, 0, number + 1],
                "categories": [name, 1, 0, len(one.days), 0],
                "values": [name, 1, number + 1, len(one.days), number + 1],
                "line": {"color": COLOURS[number % len(COLOURS)], "width": 1.75},
            }
        )
    drawn.set_title({"name": one.title})
    drawn.set_size({"width": 760, "height": 320})
    drawn.show_blanks_as("gap")
    sheet.insert_chart(1, len(one.lines) + 2, drawn)
