"""Hostile words in every place that a page shows: what people post, who they are, and what people of ours type."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from dashboard.actions import PostSeen, Preview, SourceHealth, Told
from metrics.alerts.alert import Finding
from storage import workflow
from storage.alert_types import AlertChange, AlertEvent, StoredAlert
from storage.alerts import note, store
from storage.audits import begin_draw
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database
from storage.labels import save_labels, use_model
from storage.posts import save
from storage.rows import table_of
from storage.tables_running import RunningRow
from storage.types import Batch, BrandQuery, MatchedPost, NewAuthor, NewLabel, NewMention, NewPost, Stats
from tests.dashboard.conftest import FakeActions
from tests.dashboard.fake_editor import FakeEditor

PAYLOADS = (
    "<script>canary()</script>",
    "<img src=x onerror=canary()>",
    '"><svg onload=canary()>',
    "'><svg onload=canary()>",
    "</title><script>canary()</script>",
    "</textarea><script>canary()</script>",
    "]]></script><script>canary()</script>",
    "' autofocus onfocus=canary() x='",
    '" autofocus onfocus=canary() x="',
    "{{canary()}}",
    "${canary()}",
    "<a href=javascript:canary()>x</a>",
    "<iframe srcdoc='<script>parent.canary()</script>'>",
    "<div hx-on:load='canary()' hx-trigger=load hx-get=/></div>",
    "<x hx-vals='js:{x:canary()}' hx-get=/ hx-trigger=load>",
    "\u2028</script><script>canary()</script>",
    "&lt;img src=x onerror=canary()&gt;",
    "<math><mtext></p><style><img src onerror=canary()></style>",
    "\u202e<img src=x onerror=canary()>\u202c",
    "{a|canary()}<b>",
)
LINKS = (
    "javascript:canary()",
    "JaVaScRiPt:canary()",
    "java\tscript:canary()",
    " javascript:canary()",
    "data:text/html,<script>canary()</script>",
    "vbscript:canary()",
    'https://ok.example/"onmouseover=canary()',
    "//evil.example/x.js",
)


@dataclass
class HostileActions(FakeActions):
    """A service whose sources, previews and channels say hostile things."""

    words: str = ""
    found: list[SourceHealth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.editor = FakeEditor(self.words)

    def sources(self, now: datetime) -> Sequence[SourceHealth]:
        return [
            SourceHealth(
                self.words, "feeds", self.words, "1m", True, "failing", error=self.words, budget=self.words
            )
        ]

    def preview(self, query: str, *, now: datetime) -> Preview:
        if query == "wrong":
            return Preview(self.words, error=self.words, position=1)
        seen = PostSeen(self.words, self.words, self.words, datetime(2026, 11, 21, tzinfo=UTC), self.words)
        return Preview(query, matched=1, looked_at=1, sample=[seen], asked={self.words: self.words})

    def test_notification(self, *, now: datetime) -> Sequence[Told]:
        return [Told(self.words, self.words)]


def fill(db: Database, words: str, link: str, *, now: datetime) -> None:
    """One brand, some posts, their handling and an alert, with these words in every place that takes words."""
    brand = BrandQuery("aurora", f"Aurora {words}", "own", "aurora", 0, accounts={"social": words})
    sync_brands(db, [brand], now=now - timedelta(days=9))
    set_timezone(db, "Europe/Oslo")
    found = []
    for n in range(6):
        who = NewAuthor(source_author_id=str(n), handle=words[:100], name=words, followers=n, url=link)
        at = now - timedelta(hours=n + 1)
        post = NewPost(
            source="social",
            source_id=f"{n}{words}",
            text=f"aurora {words}",
            url=link,
            published_at=at,
            observed_at=at,
            lang="en",
            author=who,
            stats=Stats(likes=1),
        )
        mention = NewMention(brand_id="aurora", query_version=1, target="Aurora", terms=[words])
        found.append(MatchedPost(post, [mention]))
    save(db, Batch("social", found), now=now)
    save_labels(db, [NewLabel(n, 1, words[:60], 8_000, 1_000, 1_000) for n in range(1, 5)], now=now)
    use_model(db, words[:60], now=now)
    workflow.assign(db, [1, 2], words[:100], by=words[:100], now=now)
    workflow.tag(db, [1, 2], words[:60], by=words[:100], now=now)
    workflow.note(db, [1], words, by=words[:100], now=now)
    finding = Finding("keyword", f"keyword:{words}", "aurora", "warning", now, now, details={"word": words}, mention_ids=(1,))  # fmt: skip
    kept = StoredAlert(0, finding.key, "keyword", "aurora", "warning", now, now, now, finding=finding.as_json(), told_to=(words,))  # fmt: skip
    with db.write() as connection:
        store(connection, [AlertChange(replace(kept), [AlertEvent(now, "opened", words, words)], [1, 2])])
        row = RunningRow(kind="rematch", about=words, done=1, total=2, started_at=now, seen_at=now)
        connection.execute(insert(table_of(RunningRow)).values(row.model_dump()))
    note(db, 1, words, by=words, now=now)
    begin_draw(db, "aurora", 4, seed=1, now=now)
