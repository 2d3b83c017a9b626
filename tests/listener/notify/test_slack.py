"""Slack: what a post says stays text, no size is refused, and only "ok" is a yes."""

import json

import pytest

from benchmarks.alert_texts import hostile_slack, slack_problems
from listener.notify.channel import BadAddress, GaveUp, Sent, TryAgain, Way
from listener.notify.slack import MOST_BLOCKS, parse_slack, payload
from listener.notify.wording import Quote
from listener.notify.words import clean_words
from tests.listener.collectors.fake_server import Answer, FakeServer
from tests.listener.notify.receivers import NOW, message

ADDRESS = "slack://T0AAAAAAA/B0AAAAAAA/tokencanarytokencanary"


def test_nothing_in_a_post_is_live_and_no_size_is_refused() -> None:
    for sent in hostile_slack(20, seed=9):
        assert slack_problems(sent) == []


def test_the_check_itself_finds_what_is_live() -> None:
    sent = payload(message())
    sent["blocks"][1]["text"]["text"] = "<!channel>"
    assert slack_problems(sent) == ["live"]


def test_a_cut_never_splits_an_emoji() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    (_, section) = payload(message(clean_words("t", [family * 900])))["blocks"]
    text = section["text"]["text"]
    assert set(text.removesuffix("…").split(family)) == {""}
    assert text.endswith("…")


def test_fifty_blocks_keep_the_link_to_the_alert() -> None:
    words = clean_words(
        "t",
        ["l"],
        "https://listener.example.org/alerts/1",
        quotes=[Quote("p" * 99, "https://x.example/1")] * 60,
    )
    blocks = payload(message(words))["blocks"]
    assert len(blocks) == MOST_BLOCKS
    assert "Open in Listener" in blocks[-1]["elements"][0]["text"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(200, b"ok"), Sent),
        (Answer(200, b"no_text"), TryAgain),
        (Answer(200, b"<html>sign in</html>"), TryAgain),
        (Answer(200, b""), TryAgain),
        (Answer(400, b"invalid_blocks"), GaveUp),
        (Answer(404, b"no_service"), GaveUp),
        (Answer(429, b"", {"Retry-After": "90"}), TryAgain),
        (Answer(500, b"rollup_error"), TryAgain),
        (Answer(fault="silent_close"), TryAgain),
    ],
)
def test_only_ok_is_a_yes(answer: Answer, kind: type) -> None:
    with FakeServer(lambda asked: answer) as server:
        way = Way(allow_private=True, timeout_s=30, rewrite={"https://hooks.slack.com": server.url})
        outcome = parse_slack(ADDRESS).send(message(), way, now=NOW)
    assert isinstance(outcome, kind)
    (asked,) = server.asked
    assert asked.path == "/services/T0AAAAAAA/B0AAAAAAA/tokencanarytokencanary"
    assert json.loads(asked.body)["blocks"][0]["block_id"] == message().id
    assert "canary" not in getattr(outcome, "reason", "")


def test_the_address_may_be_written_as_slack_shows_it() -> None:
    shown = parse_slack(ADDRESS.replace("slack://", "https://hooks.slack.com/services/"))
    assert shown == parse_slack(ADDRESS)
    assert "canary" not in repr(shown) + shown.name
    for wrong in ("slack://T0AAAAAAA", "https://evil.example/services/T0AAAAAAA/B0AAAAAAA/tokencanary"):
        with pytest.raises(BadAddress):
            parse_slack(wrong)
