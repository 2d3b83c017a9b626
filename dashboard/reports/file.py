"""A report as the bytes of a file. The libraries that write it are loaded where they are asked for."""

import threading
from collections.abc import Mapping
from typing import Literal, get_args

from dashboard.reports.report import Report
from metrics.language import speaking

ReportForm = Literal["pdf", "html", "xlsx"]
FORMS: tuple[ReportForm, ...] = get_args(ReportForm)
MEDIA: Mapping[ReportForm, str] = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ONE_AT_A_TIME = threading.Lock()
"""What draws the charts keeps its settings for the whole process."""


def written(report: Report, form: ReportForm) -> bytes:
    """The same report gives the same bytes."""
    with _ONE_AT_A_TIME, speaking(report.language):
        match form:
            case "pdf":
                from dashboard.reports.pdf import pdf

                return pdf(report)
            case "html":
                from dashboard.reports.html import html

                return html(report).encode()
            case "xlsx":
                from dashboard.reports.workbook import workbook

                return workbook(report)
