"""A message as a mail: plain text and HTML that say the same, nothing in it that is fetched from elsewhere."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from listener.notify.channel import Message
from listener.notify.wording import Words, as_text, cut
from metrics.plain_text import harmless

LONGEST_SUBJECT, LONGEST_BODY = 150, 100_000


def mail_message(message: Message, *, sender: str, name: str, to: str, now: datetime) -> bytes:
    """The mail's bytes. Message-ID and X-Listener-Delivery are the delivery's id; mails of one alert refer to one thread."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    user, _, host = sender.rpartition("@")
    mail["From"] = Address(_header(name, 60), user, host)
    mail["To"] = to
    mail["Subject"] = _header(message.words.title, LONGEST_SUBJECT)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    if message.alert_id is not None:
        mail["References"] = f"<listener-alert-{message.alert_id}@{domain}>"
    mail["X-Listener-Delivery"] = message.id
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"<listener-alerts.{domain}>"
    if message.words.severity == "critical":
        mail["Importance"] = "high"
    text = cut(f"{message.words.title}\n\n{as_text(message.words)}", LONGEST_BODY)
    mail.set_content(text + "\n", cte="base64")
    mail.add_alternative(_html(message.words), subtype="html", cte="base64")
    if (file := message.attachment) is not None:
        kind, _, form = file.media.partition(";")[0].partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=form, filename=file.name)
    return mail.as_bytes()


def _header(text: str, limit: int) -> str:
    """Text for a header. `EmailMessage` decodes encoded words in what it is given, line breaks in them included, so there must be none.

    >>> _header("=?utf-8?q?=0D=0ABcc:_all@example.org?=", 60)
    '= ?utf-8?q?=0D=0ABcc:_all@example.org?='
    """
    return harmless(text, limit).replace("=?", "= ?") or "Listener"


def _html(words: Words) -> str:
    """Escaped text and links, no picture, no style from elsewhere."""
    parts = [f"<h1 style='font-size:1.2em'>{escape(words.title)}</h1>"]
    parts += [f"<p>{escape(line)}</p>" for line in words.lines]
    for one in words.quotes:
        link = f"<br>{_link(one.link, one.link)}" if one.link else ""
        parts.append(f"<blockquote>{escape(one.line)}{link}</blockquote>")
    if words.link:
        parts.append(f"<p>{_link(words.link, words.open)}</p>")
    return (
        "<!doctype html><html><head><meta charset='utf-8'></head><body>" + "".join(parts) + "</body></html>"
    )


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(text)}</a>'
