"""Reports that are mailed by themselves: once for each period, when it is over, through the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from dashboard.reports.period import days_of
from listener.alerts.quiet import instant
from listener.config_reports import ScheduledReport
from listener.notify.channels import report_channels
from listener.service import Service
from storage.outbox import NewDelivery, delivery_id, enqueue
from storage.rule_marks import marks, put_marks

log = structlog.get_logger()
RULE = "report"


def due(
    plans: Sequence[ScheduledReport], sent: Mapping[str, str], *, now: datetime, zone: str
) -> dict[str, str]:
    """The last whole period of each report, by name, that was not sent yet and whose time has come; `sent` are the periods sent last.

    A service that was down over several of them sends the last one. A clock that goes back sends none again.
    """
    where = ZoneInfo(zone)
    found = {}
    for plan in plans:
        today = now.astimezone(where).date()
        if now < instant(today, time.fromisoformat(plan.at), where):
            today -= timedelta(days=1)
        period = days_of(plan.every, today)
        if _last_day(period) > _last_day(sent.get(plan.name, "")):
            found[plan.name] = period
    return found


def _last_day(period: str) -> str:
    """Of periods that end on the same day, as a week and a month may, one is enough."""
    return period.partition("..")[2]


def send_due(service: Service, *, now: datetime) -> int:
    """Put every report that is due into the outbox; how many messages that are. Raises StorageError.

    A report that is seen for the first time begins with the period that is running: the last one is made by command.
    """
    plans = service.config.reports
    if not plans:
        return 0
    known = marks(service.db, RULE)
    waiting = due(plans, known, now=now, zone=service.config.timezone)
    if not waiting:
        return 0
    channels, problems = report_channels(service.config, service.environ)
    for problem in problems:
        log.error("nobody is sent the report", problem=problem)
    made = [
        NewDelivery(
            delivery_id("report", name, period, channel.name),
            "report",
            channel.name,
            now,
            about={"report": name, "period": period},
        )
        for name, period in waiting.items()
        if name in known
        for channel in channels.get(name, ())
    ]

    def work(connection: Connection) -> None:
        enqueue(connection, made, now=now)
        put_marks(connection, RULE, waiting, now=now)

    service.db.do(work)
    return len(made)
