"""JSON in every shape: lines, documents, and each network's own, with bad lines named and good ones kept."""

import contextlib
import gzip
import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.files import PostFile, read_posts
from listener.errors import FileError, UsageError
from listener.importing.rejects import RejectsFile
from listener.importing.rows import Rejected
from storage.types import NewPost

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TWARC = Path(__file__).parents[3] / "shared" / "data" / "api" / "twarc-csv" / "test-data"


def read(path: Path, mapping: dict[str, str] | None = None, source: str | None = None) -> PostFile:
    return read_posts(path, source=source, mapping=mapping or {}, now=NOW)


def halves(file: PostFile) -> tuple[list[NewPost], list[Rejected]]:
    rows = list(file)
    good = [row for row in rows if isinstance(row, NewPost)]
    return good, [row for row in rows if isinstance(row, Rejected)]


def write(folder: Path, content: str | bytes, name: str = "posts.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


BAD_LINES = {
    "not json": b"{nope}",
    "cut": b'{"source_id": "5", "te',
    "not a number": b'{"source_id": "5", "text": "a", "rating": NaN}',
    "infinite": b'{"source_id": "5", "text": "a", "rating": 1e999}',
    "5,000 digits": b'{"source_id": "5", "text": "a", "likes": ' + b"9" * 5000 + b"}",
    "30 digits": b'{"source_id": "5", "text": "a", "likes": ' + b"9" * 30 + b"}",
    "nesting": b'{"source_id": "5", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a key twice": b'{"source_id": "5", "text": "a", "text": "b"}',
    "bytes that are no text": b'{"source_id": "5", "text": "caf\xe9"}',
    "a number": b"5",
    "no text": b'{"source_id": "5"}',
    "text is no text": b'{"source_id": "5", "text": {"a": 1}}',
    "a rounded id": b'{"source_id": 1.23e+18, "text": "a"}',
    "likes below zero": b'{"source_id": "5", "text": "a", "likes": -1}',
    "a time that is none": b'{"source_id": "5", "text": "a", "published_at": "soon"}',
}


@pytest.mark.parametrize("kind", BAD_LINES)
def test_a_bad_line_is_named_and_costs_no_other(tmp_path: Path, kind: str) -> None:
    lines = [b'{"source_id": "1", "text": "one"}', b"", b'{"source_id": "2", "text": "tv\xc3\xa5"}']
    content = b"\n".join([*lines, BAD_LINES[kind], b'{"source_id": "3", "text": "three"}'])
    good, bad = halves(read(write(tmp_path, content)))
    assert [post.source_id for post in good] == ["1", "2", "3"]
    assert [row.line for row in bad] == [4]
    assert bad[0].reason
    assert len(bad[0].raw) <= 64 * 1024


def test_line_separators_inside_text_split_no_line(tmp_path: Path) -> None:
    text = "one\u2028two\u2029three\u0085four"
    path = write(tmp_path, json.dumps({"text": text}, ensure_ascii=False) + "\n{bad\n")
    good, bad = halves(read(path))
    assert [post.text for post in good] == [text]
    assert [row.line for row in bad] == [2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_lines_in_every_unicode_encoding(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, '{"text": "tvåhundra 🛫"}\n{"text": "b"}\n'.encode(encoding))
    assert [post.text for post in halves(read(path))[0]] == ["tvåhundra 🛫", "b"]


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("count", [1, 3, 2000])
def test_an_array_is_read_element_by_element(tmp_path: Path, indent: int | None, count: int) -> None:
    values = [{"source_id": str(i), "text": "word " * (i % 90)} for i in range(1, count + 1)]
    good, bad = halves(read(write(tmp_path, json.dumps(values, indent=indent), "posts.json")))
    assert [post.source_id for post in good] == [value["source_id"] for value in values]
    assert bad == []


def test_a_bad_element_of_an_array_is_named_by_its_line(tmp_path: Path) -> None:
    lines = [
        '{"text": "a"}',
        '{"text": "b", "likes": NaN}',
        '{"text": "c"}',
        '{"text": broken}',
        '{"text": "d"}',
    ]
    text = "[\n" + ",\n".join(lines) + "\n]"
    good, bad = halves(read(write(tmp_path, text, "posts.json")))
    assert [post.text for post in good] == ["a", "c"]
    assert [row.line for row in bad] == [3, 5]
    assert "rest of the file" in bad[1].reason


def tweet(number: int, **more: Any) -> dict[str, Any]:
    time = "2026-11-01T10:00:00.000Z"
    return {
        "id": f"18500000000000000{number:02}",
        "text": f"post {number}",
        "author_id": "7",
        "created_at": time,
    } | more


PAGE = {
    "data": [tweet(1, public_metrics={"like_count": 3, "retweet_count": 1}), tweet(2)],
    "includes": {"users": [{"id": "7", "username": "ann", "public_metrics": {"followers_count": 12}}]},
    "meta": {"result_count": 2},
}
STATUS = {
    "id": "1", "uri": "https://social.example/users/bo/statuses/1", "created_at": "2026-11-01T10:00:00Z",
    "visibility": "public", "content": "<p>Hei <b>du</b></p>", "language": "no", "reblog": None,
    "account": {"id": "4", "acct": "bo", "username": "bo", "url": "https://social.example/@bo"},
}  # fmt: skip
EVENT = {
    "did": "did:plc:abc", "time_us": 1793527200000000, "kind": "commit",
    "commit": {
        "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "cid": "c",
        "record": {"$type": "app.bsky.feed.post", "text": "hello sky", "createdAt": "2026-11-01T10:00:00Z"},
    },
}  # fmt: skip
VIEW = {
    "uri": "at://did:plc:abc/app.bsky.feed.post/3k", "cid": "c",
    "author": {"did": "did:plc:abc", "handle": "a.example"},
    "record": EVENT["commit"]["record"], "likeCount": 2, "indexedAt": "2026-11-01T10:00:01Z",  # type: ignore[index]
}  # fmt: skip


def test_pages_of_x_give_each_post_its_author_and_figures(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(PAGE) + "\n" + json.dumps({"data": tweet(3), "includes": {}}) + "\n")
    good, bad = halves(read(path, source="x"))
    assert [post.text for post in good] == ["post 1", "post 2", "post 3"]
    assert {post.source for post in good} == {"x"}
    assert good[0].author is not None
    assert (good[0].author.handle, good[0].author.followers) == ("ann", 12)
    assert bad == []


def test_one_refused_post_of_a_page_costs_no_other(tmp_path: Path) -> None:
    page = {"data": [tweet(1), {"id": "x", "text": "?"}, tweet(2)], "includes": {}}
    good, bad = halves(read(write(tmp_path, json.dumps(page))))
    assert [post.text for post in good] == ["post 1", "post 2"]
    assert [(row.line, row.field) for row in bad] == [(1, "id")]


@pytest.mark.parametrize(
    ("value", "platform", "text"),
    [(STATUS, "mastodon", "Hei du"), (EVENT, "bluesky", "hello sky"), (VIEW, "bluesky", "hello sky"),
     ({"post": VIEW}, "bluesky", "hello sky"), ({"feed": [{"post": VIEW}]}, "bluesky", "hello sky"),
     ({"statuses": [STATUS]}, "mastodon", "Hei du"), ([STATUS], "mastodon", "Hei du"),
     ({"data": tweet(1), "includes": {}}, "x", "post 1"),
     (tweet(1, edit_history_tweet_ids=["1"]), "x", "post 1")],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_each_networks_json_is_told_by_its_shape(
    tmp_path: Path, value: object, platform: str, text: str, indent: int | None
) -> None:
    good, bad = halves(read(write(tmp_path, json.dumps(value, indent=indent), "saved.json")))
    assert [(post.source, post.text) for post in good] == [(platform, text)]
    assert bad == []


def test_what_is_no_post_is_counted_by_kind(tmp_path: Path) -> None:
    like = EVENT | {"commit": {"operation": "create", "collection": "app.bsky.feed.like", "rkey": "3"}}
    private = STATUS | {"visibility": "private"}
    file = read(
        write(tmp_path, "\n".join(map(json.dumps, (like, EVENT, private, {"meta": {"result_count": 0}}))))
    )
    good, bad = halves(file)
    assert (len(good), bad) == (1, [])
    assert file.not_posts == {"create app.bsky.feed.like": 1, "private post": 1, "answer without posts": 1}


def test_compliance_objects_are_rejected(tmp_path: Path) -> None:
    line = '{"id": "117", "action": "delete", "created_at": "2026-09-06T17:25:54Z", "reason": "protected"}'
    good, bad = halves(read(write(tmp_path, f"\n{line}\n{line}\n")))
    assert good == []
    assert [row.line for row in bad] == [2, 3]
    assert "compliance" in bad[0].reason


def test_json_of_unknown_shape_is_read_by_well_known_and_by_mapped_keys(tmp_path: Path) -> None:
    rows = [
        {"id": 5, "body": "hi", "user": {"screen_name": "ann", "id_str": "9"}},
        {"id": 6, "body": "ho", "likes": 2},
    ]
    path = write(tmp_path, "\n".join(map(json.dumps, rows)))
    good, bad = halves(read(path))
    assert [(post.source_id, post.text) for post in good] == [("5", "hi"), ("6", "ho")]
    assert good[0].author is not None
    assert (good[0].author.handle, good[0].author.source_author_id) == ("ann", "9")
    assert bad == []
    mapped, _ = halves(read(path, {"text": "user.screen_name"}))
    assert [post.text for post in mapped] == ["ann"]
    with pytest.raises(UsageError, match=r"bdy: there is no such column; did you mean 'body'"):
        read(path, {"text": "bdy"})


def test_a_key_that_comes_late_in_the_file_counts(tmp_path: Path) -> None:
    lines = [json.dumps({"text": str(i)}) for i in range(1500)] + [
        json.dumps({"text": "last", "rating": 4.5})
    ]
    assert halves(read(write(tmp_path, "\n".join(lines))))[0][-1].rating == 4.5


def test_gzip_is_unpacked_and_a_cut_one_keeps_what_came_before(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"source_id": str(i), "text": os.urandom(40).hex()}) + "\n" for i in range(5000)
    )
    packed = gzip.compress(lines.encode())
    good, bad = halves(read(write(tmp_path, packed, "posts.jsonl.gz")))
    assert (len(good), bad) == (5000, [])
    good, bad = halves(read(write(tmp_path, packed[: len(packed) // 2], "cut.jsonl.gz")))
    assert 1000 < len(good) < 5000
    assert "cut or damaged" in bad[-1].reason


def test_a_gzip_bomb_ends_in_an_error_of_ours(tmp_path: Path) -> None:
    content = gzip.compress(b'{"text": "a"}\n' + b" " * (80 << 20) + b"\n", 9)
    good, bad = halves(read(write(tmp_path, content * 3, "bomb.jsonl.gz")))
    assert len(good) <= 3
    assert all(len(row.raw) <= 64 * 1024 for row in bad)
    assert "times its size" in bad[-1].reason


def test_what_is_appended_while_reading_waits_for_the_next_import(tmp_path: Path) -> None:
    path = write(tmp_path, '{"text": "a"}\n' * 50)
    file = read(path)
    next(file)
    with path.open("ab") as more:
        more.write(b'{"text": "late"}\n{"te')
    assert "late" not in {post.text for post in halves(file)[0]}


def refuse(path: Path, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_special_and_foreign_files_are_refused_with_a_way_out(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../../evil.csv", "id,text\n1,a\n")
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / "pipe", "not a regular file")
    refuse(Path("/dev/zero"), "not a regular file")
    refuse(tmp_path, "is a folder; name the files in it")
    refuse(tmp_path / "none.csv", "no such file")
    refuse(write(tmp_path, b"", "empty.csv"), "is empty")
    refuse(write(tmp_path, b"\n \n", "blank.csv"), "only blanks")
    refuse(write(tmp_path, archive.getvalue(), "posts.csv"), "zip archive")
    refuse(write(tmp_path, b"<!doctype html>", "page.csv"), "HTML")
    refuse(write(tmp_path, b"\x00\x01\x02\x03" * 99, "binary.csv"), "binary")
    refuse(write(tmp_path, Random(1).randbytes(3000), "noise.csv"), "binary")
    refuse(write(tmp_path, b"PAR1 and then nothing", "cut.parquet"), "not a whole Parquet file")
    assert not (tmp_path.parent.parent / "evil.csv").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "{}")
    path.chmod(0)
    refuse(path, "no permission")


def test_parquet_is_read_with_row_numbers(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    times = [datetime(2026, 11, 1, 10, tzinfo=UTC), None, datetime(2026, 11, 2, tzinfo=UTC)]
    table = {"id": [1, 2, 3], "content": ["a", None, "c"], "created_at": times, "likes": [1, 2, None]}
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "p.parquet")
    good, bad = halves(read(tmp_path / "p.parquet"))
    assert [(post.source_id, post.published_at) for post in good] == [("1", times[0]), ("3", times[2])]
    assert [(row.line, row.field) for row in bad] == [(2, "text")]


def test_rejects_stand_in_a_file_of_their_own_and_none_leave_none(tmp_path: Path) -> None:
    path = write(tmp_path, '{"text": "a"}\n{bad\n')
    with RejectsFile(path) as rejects:
        for row in read(path):
            if isinstance(row, Rejected):
                rejects.add(row)
        assert not rejects.path.exists()
    (entry,) = map(json.loads, rejects.path.read_text().splitlines())
    assert entry == {"file": str(path), "line": 2, "field": "row", "reason": entry["reason"], "raw": "{bad"}
    with RejectsFile(write(tmp_path, "x", "clean.csv")) as none:
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "clean.csv",
        "posts.jsonl",
        "posts.jsonl.rejects.jsonl",
    ]
    assert none.likely_cause(good=5) is None


def test_a_wrong_mapping_is_named_as_the_likely_cause(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,mood,date\n" + "1,a,sad,2026-01-01T00:00:00Z\n" * 30, "m.csv")
    with RejectsFile(path) as rejects:
        good = 0
        for row in read(path, {"text": "text", "published_at": "mood"}):
            if isinstance(row, Rejected):
                rejects.add(row)
            else:
                good += 1
    assert good == 0
    cause = rejects.likely_cause(good)
    assert cause is not None
    assert "30 of 30 rows" in cause
    assert "--map published_at=COLUMN" in cause


@pytest.mark.skipif(
    not TWARC.is_dir(), reason=f"{TWARC} is not here: recorded X responses are not part of the project"
)
def test_recorded_x_responses_give_every_post_once() -> None:
    wanted: set[str] = set()
    for path in TWARC.glob("*.jsonl"):
        for line in path.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError):
                data = json.loads(line).get("data") or []
                for one in data if isinstance(data, list) else [data]:
                    wanted.add(min(one.get("edit_history_tweet_ids", [one["id"]]), key=int))
    found: set[str] = set()
    bad: list[tuple[str, int]] = []
    for path in sorted(TWARC.glob("*.jsonl")):
        good, rejected = halves(read(path, source="x"))
        found |= {post.source_id for post in good}
        bad += [(path.name, row.line) for row in rejected]
    assert found == wanted
    assert len(found) > 400
    compliance = [("tweets_compliance.jsonl", 2), ("tweets_compliance.jsonl", 3)]
    compliance += [("users_compliance.jsonl", 1), ("users_compliance.jsonl", 2)]
    assert bad == [("streaming_output_with_error.jsonl", 8), *compliance]


KEYS = st.sampled_from(
    ["data", "id", "text", "content", "account", "uri", "did", "commit", "post", "record", "author", "meta"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_any_json_gives_rows_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    path = tmp_path_factory.mktemp("j") / "j.jsonl"
    path.write_text("{}\n" + json.dumps(value) + "\n")
    with contextlib.suppress(FileError, UsageError):
        assert all(isinstance(row, NewPost | Rejected) for row in read(path))
