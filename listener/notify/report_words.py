"""A report that is mailed: its summary as the message, the file beside it. Made when it is sent, so posts erased in the meantime are not in it."""

from datetime import datetime

from listener.notify.wording import Attachment, Words
from listener.notify.words import Gone, clean_words
from listener.service import Service
from metrics.language import speaking
from storage.outbox import Delivery


def report_words(service: Service, delivery: Delivery, now: datetime) -> tuple[Words, Attachment]:
    """The message and the file. Raises Gone where config.toml has no such report any more, StorageError."""
    from dashboard.filters import filters_of  # these need the figures, which most commands do not
    from dashboard.reports.file import MEDIA, written
    from dashboard.reports.make import report_of
    from dashboard.reports.under_way import making
    from listener.web import site_of

    name, period = delivery.about["report"], delivery.about["period"]
    plan = next((one for one in service.config.reports if one.name == name), None)
    if plan is None:
        raise Gone("config.toml has no report of this name any more")
    site, address = site_of(service), service.config.dashboard_address
    filters = filters_of(site, {"period": [period], "brand": plan.brands}, now=now)
    language = service.config.written_in if plan.language == "auto" else plan.language
    with speaking(language), making(site, filters):
        made = report_of(site, filters, plan.audience, now=now)
        words = clean_words(
            f"{made.title}: {made.period}",
            [one.text for one in made.summary],
            f"{address.rstrip('/')}/reports?period={period}" if address else None,
        )
        content = written(made, plan.format)
    file = f"report-{period.replace('..', '-')}.{plan.format}"
    return words, Attachment(file, MEDIA[plan.format], content)
