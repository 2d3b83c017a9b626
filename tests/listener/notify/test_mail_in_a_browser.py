"""Hostile mails opened in a real browser fetch nothing and run nothing."""

from typing import Any

from benchmarks.alert_texts import hostile_mails
from listener.notify.mail import parse_mail
from listener.notify.mail_message import mail_message
from listener.notify.wording import Quote
from listener.notify.words import clean_words
from tests.listener.notify.receivers import NOW, message
from tests.listener.notify.test_mail import parsed_mail

MARKUP = (
    "<img src=http://evil.example/x.png onerror=fetch('http://evil.example/1')>",
    "</p><script>fetch('http://evil.example/2')</script>",
    "<link rel=stylesheet href=http://evil.example/3.css>",
    "<style>@import url(http://evil.example/4)</style>",
    "<iframe src=http://evil.example/5></iframe>",
    "<svg onload=fetch('http://evil.example/6')>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/7'>",
    "\"'><body background=http://evil.example/8>",
    "&lt;img src=http://evil.example/9&gt;",
    "<!--<img src=x>--><base href=http://evil.example/>",
)


def pages() -> list[str]:
    """The HTML of mails whose every text is markup."""
    (ann,) = parse_mail("mailto://127.0.0.1/?from=l@example.org&to=ann@example.org")
    mails = [
        mail_message(
            message(
                clean_words(
                    one,
                    [one],
                    f"https://x.example/{one}",
                    "warning",
                    [Quote(one, f"https://x.example/{one}")],
                )
            ),
            sender=ann.sender,
            name=one,
            to=ann.recipient,
            now=NOW,
        )
        for one in MARKUP
    ]
    bodies = [parsed_mail(raw).get_body(("html",)) for raw in (*mails, *hostile_mails(20, seed=3))]
    return [body.get_content() for body in bodies if body is not None]


def test_hostile_mails_fetch_nothing_and_run_nothing(chromium: Any) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/seen"):
        page.set_content("<img src='http://127.0.0.1:9/seen'>", wait_until="commit")
    assert asked == ["http://127.0.0.1:9/seen"], "the check itself sees what is fetched"
    asked.clear()
    for html in pages():
        page.set_content(html, wait_until="load")
        assert page.locator("img, script, iframe, svg, link, style, base").count() == 0
        assert page.locator("a").count() <= 2
    page.wait_for_timeout(200)
    page.close()
    assert asked == []
