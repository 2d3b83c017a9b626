"""Slack's incoming webhooks (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).

    slack://T0AAAAAAA/B0AAAAAAA/tokentokentoken      or the address as Slack shows it, https://hooks.slack.com/services/...

Texts are `plain_text` blocks with &, < and > escaped, so nothing in a post becomes a mention, a link or code. Links alone are `mrkdwn`, made of an
address whose odd characters are percent-encoded. Slack may answer 200 with a body other than "ok"; that is a failure, too.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listener.collectors.replies import Reply
from listener.notify.channel import (
    BadAddress,
    Channel,
    GaveUp,
    Message,
    Outcome,
    Sent,
    TryAgain,
    Way,
    fingerprint,
    judged,
    posted,
)
from listener.notify.wording import Words, cut, utf16

HOME = "https://hooks.slack.com"
LONGEST_HEADER, LONGEST_TEXT, MOST_BLOCKS, LONGEST_URL = 150, 3_000, 50, 2_900
_ADDRESS = re.compile(
    r"(?:https://hooks\.slack\.com/services/|slack://)(\w{3,30})/(\w{3,30})/(\w{10,80})/?", re.ASCII
)
_CODE = re.compile(rb"[a-z_]{2,40}")


@dataclass(frozen=True, repr=False, kw_only=True)
class Slack(Channel):
    """One incoming webhook of Slack."""

    url: str

    def send(self, message: Message, way: Way, *, now: datetime) -> Outcome:
        body = json.dumps(payload(message)).encode()
        answer = posted(self.url, body, {"Content-Type": "application/json; charset=utf-8"}, way, self)
        return _judged(answer, now) if isinstance(answer, Reply) else answer


def parse_slack(address: str) -> Slack:
    """The channel of an incoming webhook's address. Raises BadAddress."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise BadAddress(
            "is no Slack webhook; write slack://T.../B.../TOKEN, the last three parts of the address Slack shows"
        )
    path = "/".join(found.groups())
    return Slack(
        name=f"slack {fingerprint(path)}",
        kind="slack",
        secrets=(found[3], path),
        url=f"{HOME}/services/{path}",
    )


def _judged(answer: Reply, now: datetime) -> Outcome:
    outcome = judged(answer, now=now)
    said = f" ({answer.body.decode()})" if _CODE.fullmatch(answer.body) else ""  # such as invalid_blocks
    match outcome:
        case Sent() if answer.body.strip() != b"ok":
            return TryAgain(f"answered HTTP {answer.status}, but not ok{said}")
        case GaveUp(reason) if said:
            return GaveUp(reason + said)
    return outcome


def escaped(text: str) -> str:
    """Text in which Slack finds nothing to act on.

    >>> escaped("<!channel> & <@U1>")
    '&lt;!channel&gt; &amp; &lt;@U1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _size(text: str) -> int:
    return utf16(escaped(text))


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(cut(text, limit, size=_size)), "emoji": False}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text, LONGEST_TEXT)}


def _link(url: str, text: str) -> dict[str, Any] | None:
    if len(url) > LONGEST_URL:
        return None
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{escaped(url)}|{text}>"}]}


def payload(message: Message) -> dict[str, Any]:
    """What Slack is sent: at most 50 blocks of at most 3,000 characters. The first block bears the delivery's id."""
    words = message.words
    head = {"type": "header", "block_id": message.id, "text": _plain(words.title, LONGEST_HEADER)}
    blocks: list[dict[str, Any] | None] = [head]
    blocks += [_section(text) for text in _joined(words)]
    for quote in words.quotes:
        blocks.append(_section(f"» {quote.line}"))
        blocks.append(_link(quote.link, "the post") if quote.link else None)
    room = MOST_BLOCKS - 1 if words.link else MOST_BLOCKS
    kept = [block for block in blocks if block][:room]
    if words.link and (last := _link(words.link, words.open)):
        kept.append(last)
    return {
        "text": escaped(cut(words.title, LONGEST_HEADER)),
        "blocks": kept,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _joined(words: Words) -> list[str]:
    """Short lines together in one block, a long one by itself."""
    texts: list[str] = []
    for line in words.lines:
        joined = f"{texts[-1]}\n{line}" if texts else line
        if texts and _size(joined) <= LONGEST_TEXT:
            texts[-1] = joined
        elif line:
            texts.append(line)
    return texts
