"""Exports: whole, the same in every form, safe in a spreadsheet, read back by our own importer, and no more than ids where that is the rule."""

import asyncio
import csv
import gc
import io
import json
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.errors import TooMuch
from dashboard.export import IDS, MENTION_COLUMNS
from dashboard.handing_on import Bounded
from dashboard.site import Site
from listener.collectors.files import read_posts
from storage.cells import restored
from storage.handed_on import room
from storage.mentions import MentionFilter, find
from storage.posts import save
from storage.tokens import add_token
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost
from tests.dashboard.conftest import Clock

STARTS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "'",
    "''=",
    " =",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    '"',
    ",",
    ";",
    "\u202e",
    "a",
]
ENDS = [
    "1+1",
    "cmd|' /C calc'!A0",
    "SUM(A1:A9)",
    'HYPERLINK("https://a.example","b")',
    "x\r\ny",
    "",
    "\x00z",
    "\U0001f6eb",
]
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def hostile(site: Site, number: int = 1_000, source: str = "forum") -> dict[str, str]:
    """That many posts whose text and author a spreadsheet might run; their texts by id."""
    texts = {
        f"h{source}{n}": f"{STARTS[n % len(STARTS)]}{ENDS[n // len(STARTS) % len(ENDS)]} aurora {n}"
        for n in range(number)
    }
    at = site.clock() - timedelta(hours=3)
    posts = [
        MatchedPost(
            NewPost(
                source=source, source_id=name, text=text, published_at=at + timedelta(seconds=n), observed_at=at, lang="en",
                author=NewAuthor(source_author_id=f"a{n}", handle=f"{STARTS[n % len(STARTS)]}h{n}", name="=1+1"),
            ),
            [NewMention(brand_id="aurora", query_version=1, target="aurora")],
        )
        for n, (name, text) in enumerate(texts.items())
    ]  # fmt: skip
    save(site.db, Batch("import", posts), now=site.clock())
    return {post.post.source_id: post.post.text for post in posts}


def exported(client: TestClient, form: str, **given: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/export/mentions", params={"format": form, "period": "90d", **given})
    assert answer.status_code == 200, answer.text
    assert f'.{form}"' in answer.headers["content-disposition"]
    if form == "csv":
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))
    if form == "jsonl":
        return [json.loads(line) for line in answer.text.split("\n") if line]
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    return rows


def test_a_thousand_cells_are_safe_and_come_back_as_they_were(
    site: Site, client: TestClient, tmp_path: Path
) -> None:
    """W05."""
    texts = hostile(site)
    answer = client.get("/api/v1/export/mentions", params={"source": "forum"})
    rows = [row for row in csv.DictReader(io.StringIO(answer.text, newline="")) if row["source_id"] in texts]
    assert len(rows) == 1_000
    assert not [
        cell
        for row in rows
        for name, cell in row.items()
        if name != "mention_id" and cell.lstrip().startswith(TRIGGERS)
    ]
    assert {row["source_id"]: restored(row["text"]) for row in rows} == texts
    path = tmp_path / "mentions.csv"
    path.write_bytes(answer.content)
    mapping = {name: name for name in ("source_id", "text", "published_at", "author", "lang")}
    read = {
        post.source_id: post.text
        for post in read_posts(path, source="forum", mapping=mapping, now=site.clock())
        if isinstance(post, NewPost)
    }
    assert {name: read[name] for name in texts if texts[name].strip()} == {
        name: text for name, text in texts.items() if text.strip()
    }


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_every_mention_is_in_every_form_once(site: Site, client: TestClient, form: str) -> None:
    hostile(site, 700)
    rows = exported(client, form)
    known = list(find(site.db, MentionFilter(reposts=False), newest_first=False))
    assert [int(row["mention_id"]) for row in rows] == [row.id for row in known]
    told = [restored(row["text"]) if form == "csv" else row["text"] for row in rows]
    assert told == [row.text for row in known]
    assert [row.get("label") or None for row in rows] == [row.label for row in known]
    assert list(rows[0]) == list(MENTION_COLUMNS) or form == "jsonl"


def test_filters_hold_in_an_export(client: TestClient) -> None:
    rows = exported(client, "jsonl", brand="borealis", label="negative", q="late OR oslo OR crew")
    assert {(row["brand_id"], row["label"]) for row in rows} == {("borealis", "negative")} or not rows
    assert len(rows) == client.get("/api/v1/mentions?brand=borealis&label=negative").json()["total"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_of_x_only_ids_and_labels_go_out(site: Site, client: TestClient, form: str) -> None:
    """P10: X's terms forbid handing on more, whatever is asked for."""
    hostile(site, 40, "x")
    rows = exported(client, form)
    ours = [row for row in rows if row["source"] == "x"]
    assert len(ours) == 40
    for row in ours:
        assert {name for name, value in row.items() if value not in ("", None)} <= set(IDS)
    assert any(row["text"] for row in rows if row["source"] != "x")
    for row in exported(client, form, ids_only="true"):
        assert {name for name, value in row.items() if value not in ("", None)} <= set(IDS)


def test_of_x_no_thirty_days_hold_more_than_its_terms_allow(site: Site, clock: Clock) -> None:
    """P10: over all exports, and never by half: an export that would be too much is refused with the time at which it is not."""
    hostile(site, 40, "x")
    capped = replace(site, settings=replace(site.settings, most_exported=100))
    with TestClient(create_app(capped), base_url="http://127.0.0.1:8765", client=("127.0.0.1", 1)) as client:
        asked = {"period": "2026-11-01..2026-11-30", "format": "csv"}
        for _ in range(2):
            assert sum(row["source"] == "x" for row in exported(client, "csv")) == 40
            clock.now += timedelta(days=1)
        assert room(site.db, "x", 0, most=100, now=clock()).left == 20
        refused = client.get("/api/v1/export/mentions", params=asked)
        assert refused.status_code == 429
        assert "20 more may leave now" in refused.json()["detail"]
        assert "2026-12-22 00:00 UTC" in refused.json()["detail"]
        others = client.get("/api/v1/export/mentions", params=asked | {"source": "social"})
        assert others.status_code == 200
        clock.now += timedelta(seconds=int(refused.headers["retry-after"]))
        assert client.get("/api/v1/export/mentions", params=asked).status_code == 200


def test_what_a_program_reads_page_by_page_counts_as_exported_and_what_people_look_at_does_not(
    site: Site, clock: Clock
) -> None:
    hostile(site, 40, "x")
    capped = replace(site, settings=replace(site.settings, most_exported=45))
    secret = add_token(site.db, "notebook", "read", by="Ada", now=clock(), expires_at=None)
    pages = "/api/v1/mentions?period=2026-11-01..2026-11-30&source=x&limit=20"

    def left() -> int:
        return room(site.db, "x", 0, most=45, now=clock()).left

    app = create_app(capped)
    with TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 1)) as person:
        assert len(person.get(pages).json()["mentions"]) == 20
        assert left() == 45
    program_has = {"base_url": "http://127.0.0.1:8765", "headers": {"authorization": f"Bearer {secret}"}}
    with TestClient(app, **program_has) as program:  # type: ignore[arg-type]
        first = program.get(pages).json()
        assert left() == 25
        one = first["mentions"][0]["id"]
        assert program.get(f"/api/v1/mentions/{one}").status_code == 200
        assert left() == 24
        assert program.get(pages + f"&cursor={first['next']}").status_code == 200
        refused = program.get(pages)
        assert refused.status_code == 429
        assert "4 more may leave now: all exports and what tokens read" in refused.json()["detail"]
        assert "ask for a shorter period, or for other networks with source=" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        assert left() == 4
        assert program.get(pages.replace("source=x", "source=social")).status_code == 200


def test_what_does_not_leave_does_not_count(site: Site, clock: Clock) -> None:
    hostile(site, 40, "x")
    wanted = MentionFilter(sources=["x", "social"])
    bounded = Bounded(site, "session:ann", wanted)
    bounded.check()
    rows = bounded.counted(find(site.db, wanted))
    while next(rows).source != "x":
        pass
    assert room(site.db, "x", 0, most=100, now=clock()).left == 60
    rows.close()  # type: ignore[attr-defined]
    assert room(site.db, "x", 0, most=100, now=clock()).left == 99


def test_what_nobody_waits_for_any_more_is_taken_back_at_once(site: Site, clock: Clock) -> None:
    hostile(site, 1_200, "x")
    path = "/api/v1/export/mentions"
    scope = {
        "type": "http", "asgi": {"spec_version": "2.4"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "root_path": "", "query_string": b"source=x", "headers": [(b"host", b"127.0.0.1:8765")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the line is cut")

    gc.disable()  # what it left to the collector would come back too late, and in any thread
    try:
        with suppress(ClientDisconnect, OSError):
            asyncio.run(create_app(site)(scope, receive, send))
        left = room(site.db, "x", 0, most=1_200, now=clock()).left
    finally:
        gc.enable()
    assert left == 1_200 - 500


def test_two_who_ask_at_the_same_time_do_not_both_get_what_is_left(site: Site) -> None:
    hostile(site, 40, "x")
    capped = replace(site, settings=replace(site.settings, most_exported=60))
    wanted = MentionFilter(sources=["x"])
    Bounded(capped, "session:ann", wanted).check()
    with pytest.raises(TooMuch, match="20 more may leave now"):
        Bounded(capped, "session:ben", wanted).check()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_figures_are_the_same_as_a_file(client: TestClient, form: str) -> None:
    asked = {"names": ["mentions,negative_share"], "every": "week"}
    told = client.get("/api/v1/metrics", params=asked).json()
    answer = client.get("/api/v1/metrics", params=asked | {"format": form})
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["value"] for row in rows] == [
            "" if p["value"] is None else repr(p["value"]) for p in told
        ]
    else:
        rows = pyarrow.parquet.read_table(io.BytesIO(answer.content)).to_pylist()
        assert [row["value"] for row in rows] == [p["value"] for p in told]
    assert [row["bucket_start"] for row in rows] == [point["bucket_start"] for point in told]
