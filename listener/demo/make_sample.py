"""Write the demo's posts: `python -m listener.demo.make_sample` gives the bundled file byte for byte.

`--truth FILE` also writes what each author meant, as source, id, brand and sentiment, for measuring labels;
it is not shipped.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from listener.demo.drafts import Draft, lines
from listener.demo.hostile import HOSTILE
from listener.demo.people import BY_ID, MAKERS, NETWORKS, OWN_ACCOUNTS, PAPERS, Account, Crowd, Maker, phrases
from listener.demo.phrasebook import LANGUAGES, Writer
from listener.demo.sample import END

SEED = 20261102
FILE = Path(__file__).with_name("sample.jsonl")
SPAN_DAYS = 37
RECALL = END - timedelta(days=12, hours=14, minutes=40)  # a Tuesday morning
ORDINARY = 1780
MOODS = ("negative", "neutral", "positive")

_SOURCES = {
    "x": 0.42,
    "bluesky": 0.13,
    "mastodon": 0.11,
    "reddit": 0.13,
    "youtube": 0.10,
    "reviews": 0.07,
    "hackernews": 0.04,
}
_LANG_WEIGHTS = (0.56, 0.10, 0.05, 0.07, 0.05, 0.05, 0.04, 0.03, 0.03, 0.02)
_ENGLISH_ONLY = ("hackernews", "youtube", "reviews")
_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 8, 8, 8, 9, 10, 11, 12, 12, 10, 7, 4)
_WEEKDAYS = (1.0, 1.05, 1.05, 1.0, 1.1, 0.85, 0.8)


class Sample:
    """Thirty-seven days of talk, drawn from one seed."""

    def __init__(self, seed: int = SEED) -> None:
        self.rng = Random(seed)  # noqa: S311 - the same posts each time are the point
        self.writer = Writer(self.rng)
        self.crowds: dict[tuple[str, str], Crowd] = {}
        self.drafts: list[Draft] = []

    def make(self) -> list[Draft]:
        self.drafts += (self._ordinary() for _ in range(ORDINARY))
        self.drafts += (self._of_two_brands() for _ in range(150))
        self.drafts += self._news()
        self.drafts += self._recall()
        self.drafts += self._campaign()
        self.drafts += self._noise()
        self.drafts += self._hostile()
        self.drafts += list(self._copies(70))
        self.drafts += list(self._edits(14))
        self.drafts += list(self._own_posts())
        self.drafts += list(self._own_replies(60))
        self.drafts += list(self._reposts(860))
        self.drafts = [draft for draft in self.drafts if draft.at < END]
        self.drafts.sort(key=lambda draft: (draft.at, draft.source, draft.text))
        for number, draft in enumerate(self.drafts, 1):
            draft.id = f"demo-{number:05}"
        return self.drafts

    def _moment(self) -> datetime:
        start = END - timedelta(days=SPAN_DAYS)
        days = range(SPAN_DAYS)
        day = self.rng.choices(days, [_WEEKDAYS[(start + timedelta(days=d)).weekday()] for d in days])[0]
        hour = self.rng.choices(range(24), _HOURS)[0]
        return start + timedelta(days=day, hours=hour, seconds=self.rng.randrange(3600))

    def _maker(self, at: datetime) -> Maker:
        """Kvarto is talked about more and more."""
        grown = 1 + 0.6 * (1 - (END - at) / timedelta(days=SPAN_DAYS))
        weights = [maker.share * (grown if maker.id == "kvarto" else 1) for maker in MAKERS]
        return self.rng.choices(MAKERS, weights)[0]

    def _place(self) -> tuple[str, str]:
        source = self.rng.choices(list(_SOURCES), list(_SOURCES.values()))[0]
        lang = "en" if source in _ENGLISH_ONLY else self.rng.choices(LANGUAGES, _LANG_WEIGHTS)[0]
        return source, lang

    def _someone(self, source: str, lang: str) -> Account:
        key = (source, lang)
        if key not in self.crowds:
            size = 420 if lang == "en" else 60
            self.crowds[key] = Crowd(self.rng, source, lang, size)
        return self.crowds[key].someone()

    def _ordinary(self) -> Draft:
        at = self._moment()
        maker, (source, lang) = self._maker(at), self._place()
        mood = self.rng.choices(MOODS, maker.moods)[0]
        more: dict[str, Any] = {}
        network = source if source in NETWORKS or source == "reddit" else ""
        if source == "reviews":
            kind = f"review_{mood}"
            more["rating"] = self.rng.choice(
                {"negative": (1, 1, 2), "neutral": (3,), "positive": (4, 5, 5)}[mood]
            )
        elif source in ("youtube", "hackernews") and self.rng.random() < 0.75:
            return self._comment(at, source, maker)
        else:
            sarcastic = lang == "en" and mood == "negative" and self.rng.random() < 0.14
            kind = "sarcasm" if sarcastic else mood
        text = self.writer.text(lang, kind, maker, network=network, mood="" if kind == "sarcasm" else mood)
        return Draft(at, source, text, self._someone(source, lang), {maker.id: mood}, lang, more)

    def _comment(self, at: datetime, source: str, maker: Maker) -> Draft:
        text = self.writer.text("en", "comment" if source == "youtube" else "tech", maker, network=source)
        mood, _, words = text.partition(" ")
        thread = f"{source}-{self.rng.randrange(1, 9)}"
        return Draft(
            at, source, words, self._someone(source, "en"), {maker.id: _MEANT[mood]}, None, {"thread": thread}
        )

    def _of_two_brands(self) -> Draft:
        at = self._moment()
        source, lang = self._place()
        first = self._maker(at)
        second = self.rng.choice([maker for maker in MAKERS if maker is not first])
        if first.id == "kvarto" and self.rng.random() < 0.7:
            first, second = second, first
        kind = "worse_better"
        if lang == "en":
            kind = self.rng.choices(list(_TWO), [0.6, 0.25, 0.08, 0.07])[0]
        network = source if source in NETWORKS else ""
        text = self.writer.text(lang, kind, first, network=network, other=second)
        meant = dict(zip((first.id, second.id), _TWO[kind], strict=True))
        return Draft(at, source, text, self._someone(source, lang), meant, lang)

    def _news(self) -> Iterator[Draft]:
        for _ in range(75):
            at = self._moment()
            maker = self._maker(at)
            yield from self._article(at, maker, "news", papers=self.rng.choice((1, 1, 1, 2, 3)))

    def _article(self, at: datetime, maker: Maker, kind: str, *, papers: int) -> Iterator[Draft]:
        """A story, in one paper or word for word in several."""
        mood, _, title = self.writer.text("en", kind, maker, network="").partition(" ")
        body = self.rng.choice(phrases("en")["news_body"]).format(
            **{k: self.rng.choice(phrases("en")[k]) for k in ("d", "city", "p")}
        )
        for i, paper in enumerate(self.rng.sample(PAPERS, papers)):
            url = f"https://{paper.split()[-1].lower()}.example/{at:%Y/%m/%d}/{title.lower().replace(' ', '-')[:40]}"
            more = {"url": url, "format": "link"}
            author = Account(f"paper-{paper.split()[-1].lower()}", "", paper, None)
            text = f"{title}\n{body}"
            yield Draft(
                at + timedelta(minutes=17 * i), "feeds", text, author, {maker.id: _MEANT[mood]}, "en", more
            )

    def _recall(self) -> Iterator[Draft]:
        """An article, then a day and a half of anger that dies away, asleep at night."""
        maker = BY_ID["murmur"]
        yield from self._article(RECALL, maker, "news_spike", papers=3)
        for hours in (3, 6, 22, 30):
            yield from self._article(RECALL + timedelta(hours=hours), maker, "news_spike", papers=2)
        made = 0
        while made < 290:
            at = RECALL + timedelta(hours=min(self.rng.expovariate(1 / 11), 60))
            if self.rng.random() > _HOURS[at.hour] / 12:
                continue
            made += 1
            source, lang = self._place()
            source = "x" if source in ("reviews", "youtube", "hackernews") else source
            mood = self.rng.choices(MOODS, (0.82, 0.13, 0.05))[0] if lang == "en" else "negative"
            network = source if source in NETWORKS else ""
            text = self.writer.text(lang, f"spike_{mood}", maker, network=network, mood=mood)
            yield Draft(at, source, text, self._someone(source, lang), {maker.id: mood}, lang)

    def _campaign(self) -> Iterator[Draft]:
        """One text from many small accounts within an hour."""
        start = END - timedelta(days=20, hours=9)
        text = "Switched from Brumlo to Ondello and never looked back, best sound ever, link in bio"
        for i in range(24):
            author = Account(
                f"x-new-{i:02}", f"music_fan_{7301 + 37 * i}", f"music fan {7301 + 37 * i}", i % 5
            )
            meant = {"brumlo": "negative", "ondello": "positive"}
            yield Draft(start + timedelta(seconds=140 * i), "x", text, author, meant)

    def _noise(self) -> Iterator[Draft]:
        for text in phrases("en")["noise"] * 5:
            source = self.rng.choice(NETWORKS)
            yield Draft(self._moment(), source, text, self._someone(source, "en"))

    def _hostile(self) -> Iterator[Draft]:
        for text, meant in HOSTILE:
            yield Draft(self._moment(), "x", text, self._someone("x", "en"), dict(meant))

    def _copies(self, count: int) -> Iterator[Draft]:
        """The same words again, or nearly, from somebody else."""
        short = [d for d in self.drafts if d.source in NETWORKS and d.meant and len(d.text) < 110]
        for draft in self.rng.sample(short, count):
            text = self.rng.choice((draft.text, draft.text, draft.text + "!!", f"“{draft.text}” this"))
            at = draft.at + timedelta(minutes=self.rng.randrange(5, 3000))
            lang = draft.lang or "en"
            yield Draft(
                at, draft.source, text, self._someone(draft.source, lang), dict(draft.meant), draft.lang
            )

    def _edits(self, count: int) -> Iterator[Draft]:
        for draft in self.rng.sample(
            [d for d in self.drafts if d.source == "mastodon" and d.lang == "en"], count
        ):
            at = draft.at + timedelta(minutes=self.rng.randrange(2, 200))
            words = f"{draft.text} (edit: typo)"
            yield Draft(at, draft.source, words, draft.author, draft.meant, draft.lang, edit_of=draft)

    def _own_posts(self) -> Iterator[Draft]:
        for (brand, source), account in OWN_ACCOUNTS.items():
            for _ in range(9 if brand == "murmur" else 5):
                text = self.writer.text("en", "owned", BY_ID[brand], network="")
                yield Draft(self._moment().replace(hour=self.rng.randrange(8, 16)), source, text, account)

    def _own_replies(self, count: int) -> Iterator[Draft]:
        asked = [d for d in self.drafts if d.source in NETWORKS and "murmur" in d.meant and d.lang == "en"]
        for draft in self.rng.sample(asked, count):
            at = draft.at + timedelta(minutes=int(self.rng.lognormvariate(4.6, 0.9)))
            text = f"@{draft.author.handle} {self.rng.choice(phrases('en')['owned_reply'])}"
            yield Draft(at, draft.source, text, OWN_ACCOUNTS["murmur", draft.source], reply_to=draft)

    def _reposts(self, count: int) -> Iterator[Draft]:
        shared = [d for d in self.drafts if d.source in NETWORKS and d.meant and d.edit_of is None]
        weights = [((d.author.followers or 1) + 50) ** 0.6 * (3 if self._is_recall(d) else 1) for d in shared]
        for draft in self.rng.choices(shared, weights, k=count):
            at = draft.at + timedelta(minutes=self.rng.lognormvariate(4.0, 1.4))
            author = self._someone(draft.source, draft.lang or "en")
            yield Draft(at, draft.source, draft.text, author, {}, draft.lang, repost_of=draft)

    def _is_recall(self, draft: Draft) -> bool:
        return "murmur" in draft.meant and RECALL <= draft.at < RECALL + timedelta(hours=36)


_MEANT = {"-": "negative", "0": "neutral", "+": "positive"}
_TWO = {
    "worse_better": ("negative", "positive"),
    "compared": ("neutral", "neutral"),
    "both_good": ("positive", "positive"),
    "both_bad": ("negative", "negative"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files; `arguments` are those of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=FILE, help="where to write the posts")
    parser.add_argument(
        "--truth", type=Path, help="where to write what was meant: source, id, brand, sentiment"
    )
    wanted = parser.parse_args(arguments)
    sample = Sample()
    drafts = sample.make()
    with wanted.to.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines(drafts, Random(SEED)))  # noqa: S311
    if wanted.truth:
        with wanted.truth.open("w", encoding="utf-8", newline="\n") as file:
            for draft in drafts:
                for brand, mood in draft.meant.items():
                    file.write(f"{draft.source}\t{(draft.edit_of or draft).id}\t{brand}\t{mood}\n")


if __name__ == "__main__":
    main()
