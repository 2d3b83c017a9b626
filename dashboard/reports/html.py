"""The report as one page of HTML: no script, nothing loaded from anywhere, all text escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard import format
from dashboard.reports.charts import COLOURS, svg
from dashboard.reports.headings import HEADINGS
from dashboard.reports.report import Report, receipt_words, source_of, under
from metrics.saying import say


def html(report: Report) -> str:
    """A page that stands alone; the same report gives the same text."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = [(one, Markup(_element(svg(one)))) for one in report.charts if one.days]  # noqa: S704 - drawn here, from numbers
    return pages.get_template("report.html").render(
        report=report,
        drawn=drawn,
        colours=COLOURS,
        days=format.days,
        words={name: say(english) for name, english in HEADINGS.items()},
        source_of=source_of,
        under=under,
        receipt_words=receipt_words,
    )


def _element(drawn: str) -> str:
    """The picture without the head that makes it a file of its own."""
    return drawn[drawn.index("<svg") :]
