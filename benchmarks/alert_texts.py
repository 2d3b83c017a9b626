"""Texts that try to be more than text, put into mails and Slack messages: no header, no recipient, nothing live, no size that would be refused.

python -m benchmarks.alert_texts --mails 1000 --slack 500
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Any

from listener.notify.channel import Message
from listener.notify.mail_message import mail_message
from listener.notify.slack import LONGEST_HEADER, LONGEST_TEXT, MOST_BLOCKS, payload
from listener.notify.wording import Quote, Words, utf16
from listener.notify.words import clean_words

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SENDER, RECIPIENT = "listener@example.org", "ann@example.org"
HEADERS = "From To Subject Date Message-ID References X-Listener-Delivery Auto-Submitted List-Id MIME-Version Content-Type"
HEADER_PARTS = (
    "\r\nBcc: all@example.org",
    "\nTo: all@example.org",
    "\u2028X-Evil: 1",
    "\u0085X-Evil: 1",
    "\x0bX-Evil: 1",
    "\x1cX-Evil: 1",
    "\r\n\r\n<script>alert(1)</script>",
    "=?utf-8?q?=0D=0ABcc:_all@example.org?=",
    "=?utf-8?b?DQpCY2M6IGFsbEBleGFtcGxlLm9yZw==?=",
    "\ud800",
    "\udfff\udc00",
    "\x00\x1b[31m",
    "\u202egro.elpmaxe",
    "x" * 10_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 400,
    "e" + "\u0301" * 3_000,
    " ," * 500,
    '"<all@example.org>"',
    "(comment",
    "\t",
    "",
)
CONTROL = (
    "<!channel>",
    "<!here|hello>",
    "<@U1>",
    "<#C1|general>",
    "<http://evil.example|bank.example>",
    "<!subteam^S1>",
    "<!date^1^{date}|x>",
    "```fence",
    "`code`",
    "*bold* _it_ ~no~",
    "> quote",
    "&lt;!channel&gt;",
    "&amp;lt;@U1&amp;gt;",
    ":boom:",
    "@channel @here",
    "\u202e",
    "a" * 4_000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 900,
    "e\u0301" * 2_000,
    "<" * 3_500,
)


def message(words: Words, number: int) -> Message:
    return Message(f"msg_{number:032d}", "opened", words, NOW, alert_id=number)


def hostile_mails(count: int, seed: int) -> Iterator[bytes]:
    """Mails whose every text is made of such parts."""
    chance = random.Random(seed)
    for number in range(count):
        text = "".join(chance.choices(HEADER_PARTS, k=chance.randint(1, 4)))
        words = clean_words(text, [text[:500], "second"], text, "warning", [Quote(text[:500], text)])
        yield mail_message(message(words, number), sender=SENDER, name=text, to=RECIPIENT, now=NOW)


def mail_problems(raw: bytes) -> list[str]:
    """What is in a mail that should not be, as it stands and as a reader that decodes sees it."""
    found = [] if max(map(len, raw.split(b"\r\n"))) <= 998 else ["a line over 998 bytes"]
    seen: EmailMessage = message_from_bytes(raw, policy=default)
    for mail in (message_from_bytes(raw), seen):
        found += [] if sorted(mail.keys()) == sorted(HEADERS.split()) else [f"headers {mail.keys()}"]
    addresses = getaddresses([str(seen["To"])]), [one.addr_spec for one in seen["From"].addresses]
    found += [] if addresses == ([("", RECIPIENT)], [SENDER]) else [f"addresses {addresses}"]
    found += [] if 0 < len(str(seen["Subject"])) <= 160 else ["subject"]
    text = seen.get_body(("plain",))
    found += [] if text is not None and "second" in text.get_content() else ["words"]
    return found


def hostile_slack(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Slack's payloads of words that are all control sequences, and long."""
    chance = random.Random(seed)
    for number in range(count):
        texts = [
            "".join(chance.choices(CONTROL, k=chance.randint(1, 3))) for _ in range(chance.randint(1, 60))
        ]
        quotes = [Quote(text, f"https://social.example/|>{text[:40]}") for text in texts[:30]]
        link = f"https://x.example/<{texts[0][:99]}>"
        yield payload(message(clean_words(texts[0], texts, link, "warning", quotes), number))


def slack_problems(sent: dict[str, Any]) -> list[str]:
    """What Slack would refuse, or take for more than text."""
    found = [] if 0 < len(sent["blocks"]) <= MOST_BLOCKS else ["blocks"]
    for block in sent["blocks"]:
        texts = block.get("elements") or [block["text"]]
        for text in texts:
            most = LONGEST_HEADER if block["type"] == "header" else LONGEST_TEXT
            found += [] if 0 < utf16(text["text"]) <= most else ["size"]
            if text["type"] == "plain_text":
                found += ["live"] if re.search(r"[<>]|&(?!lt;|gt;|amp;)", text["text"]) else []
            elif not re.fullmatch(
                r"<https://[^<>|\s`*_@]+\|(the post|Open in Listener)>", text["text"].replace("_", "")
            ):
                found.append("link")
    found += ["live"] if re.search(r"[<>]", sent["text"]) else []
    return found


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--mails", type=int, default=1000)
    options.add_argument("--slack", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    begun = time.monotonic()
    problems = [one for raw in hostile_mails(given.mails, given.seed) for one in mail_problems(raw)]
    print(f"{given.mails} mails in {time.monotonic() - begun:.0f} s, {len(problems)} problems")
    begun = time.monotonic()
    live = [one for sent in hostile_slack(given.slack, given.seed) for one in slack_problems(sent)]
    print(f"{given.slack} Slack messages in {time.monotonic() - begun:.0f} s, {len(live)} problems")
    for problem in [*problems, *live][:20]:
        print(f"PROBLEM {problem}")
    return 1 if problems or live else 0


if __name__ == "__main__":
    sys.exit(main())
