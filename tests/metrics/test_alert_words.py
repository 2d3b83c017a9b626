"""Alerts in words: what they say and in which order, what is gone is not said, and nothing hostile gets through."""

import random
import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.alerts import words as alert_words
from metrics.alerts.alert import RULES, Finding, Rule
from metrics.alerts.cause import Cause
from metrics.alerts.phrases import often, percent, span
from metrics.alerts.story import Told
from metrics.alerts.words import evidence_line, told_test
from metrics.language import Language, speaking
from metrics.plain_text import cut, harmless, own_line, web_link
from metrics.read.alert_words import LISTED, told, told_digest
from metrics.read.cause import cause_of
from metrics.texts import alerts_en
from storage.alert_types import AlertEvent, StoredAlert
from storage.db import Database
from storage.erase import forget_author
from storage.mentions import MentionFilter, find
from storage.types import NewAuthor
from tests.metrics.alert_world import HOUR, SINCE, UNTIL, Town, kept, spike

DETAILS: dict[str, Any] = {
    "budget": 1.0,
    "achieved_per_month": 0.7,
    "months": 8.0,
    "delay_minutes": 28.0,
    "found_share": 0.93,
}


def words(db: Database, alert: StoredAlert, **asked: object) -> Told:
    given = {"timezone": "Europe/Oslo", "address": "https://listen.example.org/", "now": UNTIL}
    return told(db, alert, **(given | asked))  # type: ignore[arg-type]


def line(made: Told, begins: str) -> str:
    (found,) = [one for one in made.lines if one.startswith(begins)]
    return found


RECALL = (
    (
        "So angry.",
        "Angry again.",
        "Angry does not say it.",
        "I am angry and tired.",
        "The kids cry and I am angry.",
        "Angry, and so is mum.",
    ),
    (
        "Two hours on hold and then the line went dead",
        "Our kettle melted on the stove this morning",
        "The shop knows nothing and sends us home",
        "Nobody answers my mails",
        "They sold it for years and never checked",
        "Grandma used hers every single day",
    ),
    (
        "what now?",
        "I want my money back",
        "never again",
        "is anybody there?",
        "read this before you switch it on",
        "and no word of sorry",
    ),
)
USUAL = (
    ("Angry with this kettle.", "Hm.", "My Delta again.", "Day three.", "To whom it may concern.", "Well."),
    (
        "The lid is stuck and the handle gets hot",
        "It takes ages to boil, I am late for work",
        "Parcel came with a dent and no receipt",
        "They sent the blue one, I wanted green",
        "The app does not find it on my phone",
        "It is loud like a train and never stops",
    ),
    (
        "angry.",
        "angry, a little.",
        "that makes me angry",
        "not amused but angry",
        "angry customer here",
        "quite angry now",
    ),
)


def one_of(parts: Sequence[Sequence[str]]) -> Callable[[random.Random], str]:
    """A text of one of each."""
    return lambda chance: "{} {}, {}".format(*map(chance.choice, parts))


def crisis(db: Database) -> tuple[Finding, Cause]:
    """84 negative mentions where 6 were to be expected, 60 of them with a link, and a post of them that is passed on."""
    town = Town()
    town.usual(each=60, whole=one_of(USUAL))
    town.usual(each=40, text="angry", brand="jet-blue")
    town.say(44, text="angry", brand="jet-blue")
    town.say(24, whole=one_of(USUAL))
    names = town.say(60, whole=one_of(RECALL), links=["https://news.example/recall"])
    town.say(30, repost_of=names[0])
    town.settle(db)
    finding = spike(84, 6, kind="negative", **DETAILS)
    return finding, cause_of(db, finding, timezone="Europe/Oslo", now=UNTIL)


def test_an_alert_says_what_a_busy_person_must_know(db: Database) -> None:
    finding, cause = crisis(db)
    made = words(db, kept(db, finding, cause, severity="critical"))
    assert made.title == "Delta: 84 negative mentions in an hour, 6 expected"
    assert made.link == "https://listen.example.org/alerts/1"
    assert made.severity == "critical"
    assert made.lines[:4] == (
        "Since 18 May 2027, 13:00 (Europe/Oslo).",
        "Seen: 84 negative mentions in an hour to 18 May 2027, 14:00. Expected: 6, and 95 times in 100 between 1.1 and 11.",
        "By itself this comes about once in 3 years.",
        made.lines[3],
    )
    drives = line(made, "What drives it: the link news.example/recall, in 60 of 84 mentions.")
    assert "explains 77\u00a0%" in drives
    assert "before, none had it" in drives
    assert "a post by" not in drives
    line(made, "Also: one post by h_a468 passed on again and again, in 30 of 114 posts")
    line(made, "Only you: the 2 other brands together had 44, 40 to be expected.")
    line(made, "Written by 84 accounts; the loudest wrote 1 of 84 posts.")
    reach = line(
        made, "So far: 84 negative mentions and 30 reposts by 114 accounts with 11,400 followers together"
    )
    assert reach.endswith("2 to 5\u00a0% of them see it: 228 to 570.")
    assert line(made, "Severity: critical").startswith(
        "Severity: critical (5 points: rarity 1, size 2, negative 2"
    )
    line(
        made,
        "You accept 1 false alarm a month for this brand; in its last 8 months this setting would have brought 0.7",
    )
    line(
        made,
        "Of bursts of three times the usual, set into its own past, 93\u00a0% were noticed within 75 minutes, half of them within 28",
    )
    assert len(made.posts) == 5
    assert made.posts[0].author == "h_a468"
    assert len({post.text for post in made.posts}) == 5
    assert all(post.link and post.link.startswith("https://social.example/p") for post in made.posts)


@pytest.mark.parametrize("language", ["nb", "nl"])
def test_an_alert_says_the_same_in_every_language(sqlite_db: Database, language: Language) -> None:
    finding, cause = crisis(sqlite_db)
    alert = kept(sqlite_db, finding, cause, severity="critical")
    english = words(sqlite_db, alert)
    with speaking(language):
        other = words(sqlite_db, alert)
    assert other.title == TITLES[language]
    assert [post.text for post in other.posts] == [post.text for post in english.posts]
    assert len(other.lines) == len(english.lines)
    for said, same in zip(other.lines, english.lines, strict=True):
        assert said != same
        assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", same)), said
        assert "{" not in said


TITLES = {
    "nb": "Delta: 84 negative omtaler på én time, 6 ventet",
    "nl": "Delta: 84 negatieve vermeldingen in een uur, 6 verwacht",
}


def test_the_page_shows_what_is_really_said(sqlite_db: Database) -> None:
    finding, cause = crisis(sqlite_db)
    made = words(sqlite_db, kept(sqlite_db, finding, cause, severity="critical"))
    shown = "\n".join([made.title, "", *made.lines, "", *(f"» {evidence_line(post)}" for post in made.posts)])
    page = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")
    assert shown.replace("\u00a0", " ") in page.replace("\u00a0", " "), shown


def test_a_rise_is_told_as_one_and_says_what_got_worse(sqlite_db: Database) -> None:
    finding, cause = crisis(sqlite_db)
    rose = (AlertEvent(UNTIL, "opened"), AlertEvent(UNTIL, "escalated", note="warning -> critical"))
    made = words(
        sqlite_db, kept(sqlite_db, finding, cause, severity="critical", events=rose), kind="escalated"
    )
    assert made.title.startswith("Delta: worse now: 84 negative mentions")
    assert "It was warning" in made.lines[0]
    assert "now it is critical" in made.lines[0]
    more = AlertEvent(UNTIL, "escalated", note="far more than was told")
    again = kept(sqlite_db, replace(finding, key="other"), cause, events=(more,))
    assert words(sqlite_db, again, kind="escalated").lines[0] == "It is far more than what was told before."


def test_the_end_tells_how_long_how_much_and_the_peak(sqlite_db: Database) -> None:
    finding, cause = crisis(sqlite_db)
    over: dict[str, Any] = {
        "state": "resolved",
        "calm_since": UNTIL,
        "resolved_at": UNTIL + 3 * HOUR,
        "resolved_by": "kim",
        "real": False,
    }
    made = words(sqlite_db, kept(sqlite_db, finding, cause, **over), kind="resolved", now=UNTIL + 4 * HOUR)
    assert made.title == "Delta: closed by kim after an hour, a false alarm"
    assert made.lines[:5] == (
        "It lasted an hour, from 18 May 2027, 13:00 to 18 May 2027, 14:00 (Europe/Oslo).",
        "In that time: 84 negative mentions.",
        "The most in an hour: 84 negative mentions, from 18 May 2027, 13:00.",
        "Closed by kim.",
        "It was called a false alarm.",
    )
    line(made, "In all: 84 negative mentions and 30 reposts by 114 accounts")


def test_what_could_not_be_looked_at_is_said(sqlite_db: Database) -> None:
    alert = kept(sqlite_db, spike(20, 2), unseen="x was not collected since 12:40")
    assert (
        line(words(sqlite_db, alert), "Could not")
        == "Could not be looked at: x was not collected since 12:40."
    )


def test_mentions_without_a_label_yet_are_told_of_a_negative_spike(sqlite_db: Database) -> None:
    town = Town()
    town.say(9)
    town.settle(sqlite_db, labelled=False)
    finding = spike(9, 1, kind="negative")
    alert = kept(sqlite_db, finding, cause_of(sqlite_db, finding, timezone="UTC", now=UNTIL))
    line(words(sqlite_db, alert), "Not labelled yet: 9 mentions of that time")


def test_without_a_cause_or_an_address_it_is_told_all_the_same(sqlite_db: Database) -> None:
    made = words(sqlite_db, kept(sqlite_db, spike(20, 2)), address=None)
    assert (made.title, made.link, made.posts) == (
        "delta: 20 mentions in an hour, 2 expected",
        None,
        (),
    )


def test_erased_people_are_in_no_words_any_more(sqlite_db: Database) -> None:
    town = Town()
    town.usual()
    town.say(100)
    town.say(60, author="loud", text="sale shop now")
    town.settle(sqlite_db)
    finding = spike(160, 100)
    alert = kept(sqlite_db, finding, cause_of(sqlite_db, finding, timezone="UTC", now=UNTIL))
    before = words(sqlite_db, alert)
    line(before, "What drives it: posts by h_loud, in 60 of 160 mentions.")
    assert any(post.author == "h_loud" for post in before.posts)
    forget_author(sqlite_db, "h_loud", now=UNTIL)
    after = words(sqlite_db, alert)
    assert "h_loud" not in repr(after)
    assert len(after.posts) < len(before.posts)
    line(after, "What drives it: nothing stands out.")


RULE_CASES: list[tuple[Rule, dict[str, object], str, str]] = [
    (
        "influential_author",
        {"author_id": 1, "network": "x", "followers": 1_234_567, "named": True, "mentions": 2, "negative": 1, "label": "negative"},
        "Delta: h_star wrote something negative (1.23 million followers)",
        "2 mentions in the last day, 1 of them negative.",
    ),
    (
        "keyword",
        {"name": "recall", "query": "recall OR lawsuit", "mentions": 3, "at_least": 2, "within_s": 7200},
        "Delta: 3 mentions of “recall” within 2 hours",
        "What was looked for: recall OR lawsuit. It takes 2 within 2 hours to raise an alert.",
    ),
    (
        "overtaken",
        {"other": "jet-blue", "first": "2027-05-01", "after": "2027-05-08", "share": 31.25, "share_other": 35.5,
         "share_before": 36.0, "share_other_before": 30.0, "chance": 0.004, "led": True},
        "Delta: Jet Blue has overtaken it in share of voice",
        "Delta has 31.2\u00a0% of all mentions from 1 May 2027 to 7 May 2027, Jet Blue 35.5\u00a0%.",
    ),
    (
        "overtaken",
        {"other": "quiet", "first": None, "after": "soon", "share": None, "share_other": 40.0, "led": False},
        "Delta: Quiet now leads it in share of voice",
        "Delta has unknown of all mentions from unknown to unknown, Quiet 40.0\u00a0%.",
    ),
    (
        "goal",
        {"goal": 3, "kpi": "net_sentiment", "state": "at risk", "chance": 0.12, "now": 4.5, "target": 20, "unit": "points",
         "by": "2027-06-30", "owner": "Kim", "review_due": "2027-05-10"},
        "Delta: the goal “net sentiment” is at risk",
        "The chance to reach it is 12\u00a0%.",
    ),
    (
        "source_down",
        {"source": "press", "problem": "down", "error": "no answer\nfor 30 s", "last_ok_at": "2027-05-18T09:00:00+00:00",
         "retry_at": None, "patience_s": 3600},
        "Delta: press cannot be collected",
        "What it says: no answer for 30 s",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "details", "title", "says"), RULE_CASES)
def test_every_other_rule_has_its_words(
    sqlite_db: Database, rule: Rule, details: dict[str, object], title: str, says: str
) -> None:
    town = Town()
    town.say(1, author="star", text="angry")
    town.settle(sqlite_db)
    (row,) = find(sqlite_db, MentionFilter())
    about = details | ({"author_id": row.author_id} if "author_id" in details else {})
    ids = (row.id,) if rule in ("influential_author", "keyword") else ()
    finding = Finding(rule, f"{rule}:1", "delta", "warning", SINCE, UNTIL, details=about, mention_ids=ids)
    alert = kept(sqlite_db, finding)
    made = words(sqlite_db, alert)
    assert made.title == title
    assert says in made.lines
    assert line(made, "Severity: warning")
    assert [post.author for post in made.posts] == ["h_star"] * len(ids)
    over = replace(alert, state="resolved", resolved_at=UNTIL + HOUR)
    assert words(sqlite_db, over, kind="resolved").title == title.replace("Delta: ", "Delta: over: ")
    bare = replace(alert, finding={**alert.finding, "details": {}})
    assert words(sqlite_db, bare).lines


def test_all_rules_have_words() -> None:
    assert {case[0] for case in RULE_CASES} | {"spike"} == set(RULES)


def test_a_network_of_its_own_and_a_share_are_told_as_such(sqlite_db: Database) -> None:
    finding = spike(30, 12, kind="negative_share", source="x")
    share = replace(finding.signals[0], of=60.0)
    made = words(sqlite_db, kept(sqlite_db, replace(finding, signals=(share,))))
    assert made.title == "delta: 50\u00a0% of mentions on x negative in an hour, 20\u00a0% expected"
    line(made, "On x. Seen: 30 of 60 mentions negative in an hour")


def test_a_digest_names_the_most_serious_first_and_counts_the_rest(sqlite_db: Database) -> None:
    Town().settle(sqlite_db)
    ids = [
        kept(
            sqlite_db,
            replace(spike(20 + n, 2), key=f"spike:{n}"),
            severity="critical" if n == 7 else "notice",
        ).id
        for n in range(LISTED + 5)
    ]
    made = told_digest(sqlite_db, [*ids, 10**9], timezone="UTC", address="https://l.example", now=UNTIL)
    assert made.title == f"{LISTED + 5} alerts: 1 critical, {LISTED + 4} notice"
    assert (made.severity, made.link, len(made.alert_ids)) == (
        "critical",
        "https://l.example/alerts",
        LISTED + 5,
    )
    assert (
        made.lines[0] == "critical: Delta: 27 mentions in an hour, 2 expected (open since 18 May 2027, 11:00)"
    )
    assert made.lines[-1] == "And 5 alerts more: 5 notice."
    empty = told_digest(sqlite_db, [], timezone="UTC", address=None, now=UNTIL, since=SINCE)
    assert (empty.title, empty.lines) == (
        "No alerts",
        ("From 18 May 2027, 11:00 to 18 May 2027, 12:00 (UTC).",),
    )


def test_a_test_message_says_that_it_is_one() -> None:
    made = told_test(timezone="Asia/Kathmandu", address=None, now=UNTIL)
    assert made.title == "Test message of Listener"
    assert made.lines[0].endswith("at 18 May 2027, 17:45 (Asia/Kathmandu).")


# What comes from outside


def clean(text: str) -> bool:
    return not any(
        unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") and c not in "\u200c\u200d"
        for c in text
    )


ODD = [
    "\r\n",
    "\u2028",
    "\u202e",
    "\x1b[2J",
    "\x00",
    "\u200b",
    "<!channel>",
    "@everyone",
    "{0}",
    "{name}",
    "%s",
    "👩‍👩‍👧‍👦",
    "e\u0301" * 9,
    "नमस्ते",
    "\u2066",
]


def test_a_thousand_hostile_posts_are_told_on_one_line_each(sqlite_db: Database) -> None:
    chance = random.Random(3)

    def odd(parts: int) -> str:
        some = [chance.choice([*ODD, chance.choice(string.printable) * 3]) for _ in range(parts)]
        return "".join(some) or "x"

    town = Town()
    town.usual(each=50)
    for number in range(1000):
        author = NewAuthor(source_author_id=f"o{number}", handle=odd(3), name=odd(2))
        url = chance.choice(
            [
                "javascript:alert(1)",
                "https://a.example/ x",
                "https://b@c.example/",
                "https://ok.example/1",
                odd(3),
            ]
        )
        town.say(
            1,
            whole=f"{odd(chance.randrange(90))} #Outage\u202e {number}",
            author=author,
            url=url,
            links=[f"https://n.example/{odd(1)}"],
        )
    town.settle(sqlite_db)
    finding = spike(1000, 50)
    cause = cause_of(sqlite_db, finding, timezone="UTC", now=UNTIL)
    ids = [row.id for row in find(sqlite_db, MentionFilter(since=SINCE))]
    alert = kept(sqlite_db, finding, cause, unseen=odd(9))
    for start in range(0, 1000, 5):
        made = words(
            sqlite_db, replace(alert, id=0, cause=cause.as_json() | {"evidence": ids[start : start + 5]})
        )
        assert len(made.posts) == 5
        for post in made.posts:
            assert clean(post.text + post.author)
            assert len(post.text) <= 200
            assert post.link in (None, "https://ok.example/1")
            assert clean(evidence_line(post))
        if not start:
            assert all(map(clean, (made.title, *made.lines)))
            assert any("#outage" in one for one in made.lines)


@given(st.text(st.characters(), max_size=300), st.integers(1, 60))
def test_harmless_text_is_one_line_however_often_it_is_made_so(text: str, limit: int) -> None:
    for made in (harmless, own_line):
        once = made(text, limit)
        assert clean(once)
        assert len(once) <= limit
        assert "\n" not in once
        assert clean(made(text))
    assert not {"\u00a0", "\u202f"} & set(harmless(text))


def test_a_figure_and_its_unit_stay_on_one_line_in_every_language() -> None:
    for language in get_args(Language):
        with speaking(language):
            said = percent(0.93)
        assert said == ("93%" if language == "nl" else "93\u00a0%")
        assert own_line(f" {said} of\u00a0 \u00a0them\n") == f"{said} of them"


def test_a_cut_leaves_whole_what_a_reader_sees_as_one() -> None:
    family = "👩‍👩‍👧‍👦"
    assert cut(f"we {family}{family}", 12) == f"we {family}…"
    assert cut("e\u0301" * 10, 5) == "e\u0301" * 2 + "…"
    assert cut("a" * 300, 200) == "a" * 199 + "…"


@given(st.text(max_size=60))
def test_a_link_is_of_the_web_or_none(url: str) -> None:
    for one in (url, f"https://{url}", f"javascript:{url}"):
        found = web_link(one)
        assert found is None or (found == one and one.startswith(("http://", "https://")) and clean(one))


# Phrases


@given(st.floats(0, 1e9, allow_nan=False), st.floats(0, 1), st.floats(0, 1e9))
def test_any_figure_can_be_said(a_month: float, share: float, seconds: float) -> None:
    assert all((often(a_month), percent(share), span(seconds)))


def test_what_is_rarer_is_never_said_to_be_commoner() -> None:
    said = [often(10.0**-n) for n in range(7)]
    assert len(set(said)) > 4
    assert said[-1] == "less than once in 100 years"


def test_no_text_is_left_over() -> None:
    """Whoever translates the catalogue translates what is used."""
    folder = Path(alert_words.__file__).parents[1]
    files = [*(folder / "alerts").glob("*.py"), folder / "read" / "alert_words.py"]
    code = "".join(file.read_text("utf-8") for file in files)
    made = {
        "goal at risk",
        "goal missed",
        "alert",
        "open",
        "severity influential_author",
        "severity keyword",
        "notice",
        "warning",
        "critical",
    }
    made |= {"link", "hashtag", "term", "source", "language", "only", "more", "everyone", "unclear"}
    left = [
        name
        for name in (*alerts_en.TEXTS, *alerts_en.COUNTED)
        if f'"{name}"' not in code and name not in made
    ]
    assert left == []
