"""The words of a message, made when it is sent, and clean: whatever they quote is hostile."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from listener.notify.wording import LONGEST_LINE, LONGEST_TITLE, MOST_LINES, Quote, Words, safe_link
from listener.service import Service
from metrics.alerts.texts import text
from metrics.language import speaking
from metrics.plain_text import harmless, own_line
from storage.alerts import alert
from storage.outbox import Delivery

if TYPE_CHECKING:
    from metrics.alerts.story import Evidence, Told


class Gone(Exception):
    """There is nothing left to tell; the message says why."""


def words_of(service: Service, delivery: Delivery, now: datetime) -> Words:
    """What a delivery says now, in the configured language. Raises Gone where its alerts are not there any more, and StorageError."""
    with speaking(service.config.written_in):
        told = _told(service, delivery, now)
        quotes = [Quote(f"{one.text} – {_signed(one)}", one.link) for one in told.posts]
        return clean_words(told.title, told.lines, told.link, told.severity, quotes)


def _told(service: Service, delivery: Delivery, now: datetime) -> "Told":
    from metrics.read import alert_words  # it needs the figures, which most commands do not

    address, zone = service.config.dashboard_address, service.config.timezone
    if delivery.kind == "test":
        return alert_words.told_test(timezone=zone, address=address, now=now)
    if delivery.kind == "report":
        raise ValueError("a report has words of its own: listener.notify.report_words")
    if delivery.kind == "digest":
        about = delivery.about
        since = datetime.fromisoformat(about["since"]) if about.get("since") else None
        made = alert_words.told_digest(
            service.db, about.get("alerts", []), timezone=zone, address=address, now=now, since=since
        )
        if not made.alert_ids and about.get("why") != "daily":
            raise Gone("its alerts are not there any more")
        return made
    found = None if delivery.alert_id is None else alert(service.db, delivery.alert_id)
    if found is None:
        raise Gone("its alert is not there any more")
    return alert_words.told(service.db, found, timezone=zone, address=address, now=now, kind=delivery.kind)


def _signed(post: "Evidence") -> str:
    return ", ".join(part for part in (post.author, post.source, post.when) if part)


def clean_words(
    title: str,
    lines: Sequence[str] = (),
    link: str | None = None,
    severity: str = "notice",
    quotes: Iterable[Quote] = (),
) -> Words:
    """Words that may hold anything, made clean: each line one line, whole characters only, links web addresses or left out.

    >>> clean_words("Delta\\r\\nBcc: x", ["a\\x1b[2Jb: 6\\u00a0%"], "javascript:x")
    Words(title='Delta Bcc: x', lines=('a[2Jb: 6\\xa0%',), quotes=(), link=None, severity='notice')
    """
    return Words(
        own_line(title, LONGEST_TITLE) or text("alert"),
        tuple(own_line(line, LONGEST_LINE) for line in lines[:MOST_LINES]),
        tuple(Quote(harmless(one.line, LONGEST_LINE), safe_link(one.link)) for one in quotes),
        safe_link(link),
        severity,
        text("open"),
    )
