"""Mail: each recipient has an answer of their own, nothing goes out unencrypted, and no post writes a header."""

import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from html.parser import HTMLParser

import pytest

from benchmarks.alert_texts import HEADER_PARTS, hostile_mails, mail_problems
from listener.notify.channel import BadAddress, GaveUp, Sent, TryAgain, Way
from listener.notify.mail import Mail, parse_mail
from listener.notify.mail_message import mail_message
from listener.notify.wording import Quote
from listener.notify.words import clean_words
from tests.listener.notify.receivers import NOW, WORDS, FakeMailServer, message
from tests.patience import FOR_EVER_S, ends

HERE = Way(allow_private=True, timeout_s=30.0)
ELSEWHERE = "127.1"
"""This machine under a name that is not recognised as this machine, so that encryption is demanded."""


def mailboxes(
    port: int, to: str = "ann@example.org", *, host: str = "127.0.0.1", scheme: str = "mailto"
) -> list[Mail]:
    return parse_mail(f"{scheme}://{host}:{port}/?from=listener@example.org&to={to}")


def test_a_mail_says_who_what_and_which_delivery_it_is() -> None:
    with FakeMailServer() as server:
        (ann,) = mailboxes(server.port)
        assert ann.send(message(), HERE, now=NOW) == Sent()
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("listener@example.org", ("ann@example.org",))
    mail = taken.message
    assert mail["Message-ID"] == f"<{message().id}@example.org>"
    assert (mail["X-Listener-Delivery"], mail["Auto-Submitted"]) == (message().id, "auto-generated")
    assert mail["Subject"] == "Delta: far more mentions than usual"
    assert getaddresses([mail["From"]]) == [("Listener", "listener@example.org")]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "212 in the last hour" in text
    assert "https://social.example.org/%40ann/1" in text


def test_three_recipients_are_three_answers_and_one_refused_repeats_no_other() -> None:
    refusing = {"bob@example.org": "550 no such user", "cy@example.org": "451 come back later"}
    with FakeMailServer(rcpt=lambda address: refusing.get(address, "")) as server:
        outcomes = [
            one.send(message(), HERE, now=NOW)
            for one in mailboxes(server.port, "ann@example.org,bob@example.org,cy@example.org")
        ]
    kinds = [type(one) for one in outcomes]
    assert kinds == [Sent, GaveUp, TryAgain]
    assert [one.recipients for one in server.taken] == [("ann@example.org",)]


@pytest.mark.parametrize(
    ("said", "kind"), [("450 busy", TryAgain), ("554 no", GaveUp), ("421 closing", TryAgain)]
)
def test_temporary_refusals_are_tried_again_and_final_ones_are_not(said: str, kind: type) -> None:
    for server in (FakeMailServer(mail=lambda _: said), FakeMailServer(data=lambda: said)):
        with server:
            assert isinstance(mailboxes(server.port)[0].send(message(), HERE, now=NOW), kind)


def test_a_server_without_encryption_gets_nothing() -> None:
    with FakeMailServer() as server:
        outcome = mailboxes(server.port, host=ELSEWHERE)[0].send(message(), HERE, now=NOW)
    assert isinstance(outcome, TryAgain)
    assert "STARTTLS" in outcome.reason
    assert server.taken == []


def test_a_certificate_nobody_vouches_for_gets_nothing(servers_tls: ssl.SSLContext) -> None:
    with FakeMailServer(starttls=servers_tls) as server:
        outcome = mailboxes(server.port, host=ELSEWHERE)[0].send(message(), HERE, now=NOW)
        assert isinstance(outcome, TryAgain)
    assert server.taken == []


def test_mail_is_encrypted_by_starttls_and_from_the_first_byte(
    servers_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    way = Way(allow_private=True, timeout_s=30.0, tls=trusting)
    with FakeMailServer(starttls=servers_tls) as later, FakeMailServer(implicit_tls=servers_tls) as first:
        assert mailboxes(later.port, host=ELSEWHERE)[0].send(message(), way, now=NOW) == Sent()
        assert mailboxes(first.port, scheme="mailtos")[0].send(message(), way, now=NOW) == Sent()
    assert [one.encrypted for one in (*later.taken, *first.taken)] == [True, True]


def test_a_link_cut_after_the_final_dot_is_tried_again_under_the_same_id() -> None:
    with FakeMailServer(cut=True) as server:
        (ann,) = mailboxes(server.port)
        assert isinstance(ann.send(message(), HERE, now=NOW), TryAgain)
        server.cut = False
        assert ann.send(message(), HERE, now=NOW) == Sent()
    assert len(server.taken) == 2
    assert len({one.message["Message-ID"] for one in server.taken}) == 1


def test_nobody_there_is_tried_again_and_a_private_address_is_refused() -> None:
    with FakeMailServer() as server:
        pass
    (ann,) = mailboxes(server.port)
    assert isinstance(ann.send(message(), HERE, now=NOW), TryAgain)
    refused = ann.send(message(), Way(), now=NOW)
    assert isinstance(refused, GaveUp)
    assert "allow_private_addresses" in refused.reason


def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip() -> None:
            link, _ = server.accept()
            with link:
                while not stop.wait(0.05):
                    try:
                        link.sendall(b"220-still here\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        way = Way(allow_private=True, timeout_s=1.0)
        with ends():
            assert isinstance(mailboxes(server.getsockname()[1])[0].send(message(), way, now=NOW), TryAgain)
        stop.set()
        thread.join(FOR_EVER_S)


@pytest.mark.parametrize(
    "address",
    [
        "mailto://",
        "mailtos://smtp.example.org/",
        "mailtos://smtp.example.org/?to=ann@example.org",
        "mailtos://smtp.example.org/?from=listener@example.org&to=ann@example.org%0d%0aBcc:x@example.org",
        "mailtos://smtp.example.org/?from=listener@example.org&to=ann@exam ple.org",
        "mailtos://smtp.example.org/?from=listener@example.org&cc=bob@example.org",
        "mailtos://smtp.example.org/ann?from=listener@example.org",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        parse_mail(address)


def test_no_post_writes_a_header_and_every_alert_goes_out() -> None:
    for raw in hostile_mails(100, seed=8):
        assert mail_problems(raw) == []


def test_the_check_itself_finds_a_header_that_a_post_wrote() -> None:
    (raw,) = hostile_mails(1, seed=8)
    assert mail_problems(raw.replace(b"\r\nTo:", b"\r\nBcc: all@example.org\r\nTo:")) != []


def test_hostile_mails_are_taken_by_a_real_server() -> None:
    with FakeMailServer() as server:
        (ann,) = mailboxes(server.port)
        for number, text in enumerate(HEADER_PARTS):
            words = clean_words(text, [text], text, "critical", [Quote(text, text)])
            assert ann.send(message(words, number=number), HERE, now=NOW) == Sent()
    assert {one.recipients for one in server.taken} == {("ann@example.org",)}
    assert len(server.taken) == len(HEADER_PARTS)


def test_the_html_is_escaped_and_fetches_nothing() -> None:
    evil = "<img src=http://evil.example/x.png><script>1</script>\" onload='x' & </p>"
    link = "https://social.example/'><img src=http://evil.example>"
    words = clean_words(evil, [evil], link, "warning", [Quote(evil, link)])
    (ann,) = mailboxes(25)
    html = parsed_mail(
        mail_message(message(words), sender=ann.sender, name="Listener", to=ann.recipient, now=NOW)
    ).get_body(("html",))
    assert html is not None
    found = Tags(html.get_content())
    assert found.names <= {"html", "head", "meta", "body", "h1", "p", "br", "blockquote", "a"}
    assert found.attributes <= {"charset", "style", "href", "rel"}
    assert len(found.links) == 2
    assert all(one.startswith("https://social.example/%27") for one in found.links)
    assert evil.replace("  ", " ") in found.text


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_words_arrive_as_they_were() -> None:
    (ann,) = mailboxes(25)
    raw = mail_message(message(), sender=ann.sender, name="Listener", to=ann.recipient, now=NOW)
    body = parsed_mail(raw).get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[:3] == [WORDS.title, "", WORDS.lines[0]]


def parsed_mail(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)
