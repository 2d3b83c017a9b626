"""`listener report`: a period as PDF, HTML or a workbook."""

from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.errors import DashboardError
from dashboard.filters import filters_of
from dashboard.reports.file import FORMS, ReportForm, written
from dashboard.reports.make import report_of
from dashboard.reports.period import days_of
from dashboard.reports.report import Audience
from dashboard.reports.under_way import making
from listener import show
from listener.commands.gather import service_for
from listener.errors import FileError, UsageError
from listener.export import renamed_when_whole
from listener.pipeline import utc_now
from listener.web import site_of
from metrics.language import Language, speaking


def report(
    config: Path,
    period: str,
    to: Path,
    brands: list[str] | None,
    networks: list[str] | None,
    campaign: str | None,
    audience: Audience,
    language: Language | None,
    *,
    force: bool,
) -> None:
    """Write the report of a period, in the configured language unless one is named; a file that is there stays unless `force`.

    Raises UsageError, FileError.
    """
    form = _form(to)
    if to.exists() and not force:
        raise FileError(f"{to}: exists; name another file, or replace it with --force")
    now = utc_now()
    with service_for(config) as service:
        today = now.astimezone(ZoneInfo(service.config.timezone)).date()
        try:
            given = {
                "period": [days_of(period, today)],
                "brand": service.brand_ids(brands),
                "source": networks or [],
                "campaign": [campaign] if campaign else [],
            }
            site = site_of(service)
            filters = filters_of(site, given, now=now)
            with speaking(language or service.config.written_in), making(site, filters):
                made = report_of(site, filters, audience, now=now)
                content = written(made, form)
        except DashboardError as error:
            raise UsageError(f"--{error}") from error
    with renamed_when_whole(to) as part:
        part.write_bytes(content)
    show.console().print(f"{show.plain(made.title)}, {made.period}: wrote {show.plain(to)}")


def _form(to: Path) -> ReportForm:
    """What a file of this ending is."""
    for form in FORMS:
        if to.suffix.lower() == f".{form}":
            return form
    raise UsageError(f"--to {to}: write a file ending in .pdf, .html or .xlsx")
