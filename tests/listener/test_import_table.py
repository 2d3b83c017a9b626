"""Tables: every bad row at its exact line, no good row lost, whatever the encoding and the delimiter."""

import contextlib
import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.collectors.files import PostFile, read_posts
from listener.errors import FileError, UsageError
from listener.importing.columns import choose, parse_mapping
from listener.importing.rows import Rejected, Row
from listener.importing.table import open_table, records
from storage.cells import guarded, restored
from storage.types import NewPost

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAPPING = {"source_id": "tweet_id", "text": "text", "author": "name", "published_at": "tweet_created"}
HEADER = "tweet_id,name,text,tweet_created"


def read(path: Path, mapping: dict[str, str] | None = None, **more: str) -> PostFile:
    return read_posts(path, source=None, mapping=mapping or {}, now=NOW, **more)


def halves(file: PostFile) -> tuple[list[NewPost], list[Rejected]]:
    rows = list(file)
    good = [row for row in rows if isinstance(row, NewPost)]
    return good, [row for row in rows if isinstance(row, Rejected)]


def write(folder: Path, content: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def a_line(number: int, text: str = "all fine") -> str:
    return f"57030613367776{number:04},ann{number},{text},2015-02-24 11:35:52 -0800"


def test_a_mapped_table_gives_whole_posts(tmp_path: Path) -> None:
    row = a_line(1, '"late, ""again"""')
    path = write(tmp_path, f"{HEADER},retweet_count\n{row},7\n")
    (post,), bad = halves(read(path, MAPPING | {"shares": "retweet_count"}))
    assert bad == []
    assert post.source == "file"
    assert post.source_id == "570306133677760001"
    assert post.text == 'late, "again"'
    assert post.published_at == datetime(2015, 2, 24, 19, 35, 52, tzinfo=UTC)
    assert post.author is not None
    assert post.author.handle == "ann1"
    assert post.stats is not None
    assert post.stats.shares == 7


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_every_encoding_gives_the_same_text(tmp_path: Path, encoding: str) -> None:
    text = "café à Zürich – très “bien”"
    path = write(tmp_path, f"{HEADER}\n{a_line(1, text)}\n{a_line(2, text)}\n".encode(encoding))
    good, bad = halves(read(path, MAPPING))
    assert [post.text for post in good] == [text, text]
    assert bad == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, ending: str) -> None:
    lines = ["id,text,likes".replace(",", delimiter)]
    lines += [delimiter.join((str(i), '"a, b; c|d"', str(i))) for i in range(1, 5)]
    good, bad = halves(read(write(tmp_path, ending.join(lines) + ending)))
    assert [post.text for post in good] == ["a, b; c|d"] * 4
    assert bad == []


def test_the_line_that_spreadsheets_put_first_names_the_delimiter(tmp_path: Path) -> None:
    good, bad = halves(read(write(tmp_path, "sep=;\nid;text\n1;a,b\nx\n")))
    assert [post.text for post in good] == ["a,b"]
    assert [row.line for row in bad] == [4]


BAD_ROWS: dict[str, str | bytes] = {
    "too few cells": "5,ann,short",
    "too many cells": a_line(5) + ",more",
    "no text key": "5,ann,fine,soon",
    "id rounded by a spreadsheet": a_line(5).replace("570306133677760005", "5.70306E+17"),
    "id with a decimal comma": a_line(5).replace("570306133677760005", '"5,70306E+17"'),
    "lone quote that opens": '5,ann,"never closed,2015-02-24 11:35:52 -0800',
    "quote inside a quoted cell": '5,ann,"he said "no" twice",2015-02-24 11:35:52 -0800',
    "impossible day": "5,ann,fine,2015-02-31 11:35:52 -0800",
    "bytes that are no text": b"5,ann,f\xff\x81ne,2015-02-24 11:35:52 -0800",
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_is_named_by_its_line_and_costs_no_other(tmp_path: Path, kind: str) -> None:
    bad_row = BAD_ROWS[kind]
    before = [HEADER, a_line(1), a_line(2, '"two\nlines, ""and"" a comma"'), "", a_line(3, "naïve ☕")]
    after = [a_line(6, '"quoted, again"'), a_line(7), a_line(8, '"x\ny\nz"'), a_line(9)]
    raw = bad_row if isinstance(bad_row, bytes) else bad_row.encode()
    content = "\n".join(before).encode() + b"\n" + raw + b"\n" + "\n".join(after).encode() + b"\n"
    good, bad = halves(read(write(tmp_path, content), MAPPING))
    assert [post.source_id[-1] for post in good] == list("1236789")
    assert [row.line for row in bad] == [7]
    assert bad[0].file.endswith("posts.csv")
    assert bad[0].reason
    assert bad[0].raw.startswith(raw.decode("utf-8", "replace")[:5])


def test_a_lone_quote_swallows_nothing_even_far_from_the_next(tmp_path: Path) -> None:
    lines = [HEADER, *(a_line(i) for i in range(1, 3000))]
    lines[1500] = '1500,ann,"oops,2015-02-24 11:35:52 -0800'
    good, bad = halves(read(write(tmp_path, "\n".join(lines)), MAPPING))
    assert len(good) == 2998
    assert [row.line for row in bad] == [1501]
    assert "never closed" in bad[0].reason


def test_a_record_is_named_by_the_line_it_starts_on(tmp_path: Path) -> None:
    content = (
        f'{HEADER}\n{a_line(1, chr(34) + "a" + chr(10) * 3 + "b" + chr(34))}\n5,x,"a\n\nb"\n{a_line(2)}\n'
    )
    good, bad = halves(read(write(tmp_path, content), MAPPING))
    assert len(good) == 2
    assert bad[0].line == 6


def test_long_cells_nul_bytes_and_odd_separators_are_text(tmp_path: Path) -> None:
    odd = "a\u2028b\u0085c\x0bd"
    content = f"{HEADER}\n{a_line(1, 'y' * 500_000)}\n{a_line(2, 'nu' + chr(0) + 'l')}\n{a_line(3, odd)}\n"
    good, bad = halves(read(write(tmp_path, content), MAPPING))
    assert [post.text for post in good] == ["y" * 500_000, "nul", odd]
    assert bad == []


def test_a_line_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    content = f"{HEADER}\n{a_line(1)}\n2,ann,".encode() + b"z" * (17 << 20) + b"\n" + a_line(3).encode()
    good, bad = halves(read(write(tmp_path, content), MAPPING))
    assert [post.source_id[-1] for post in good] == ["1", "3"]
    assert [row.line for row in bad] == [3]
    assert len(bad[0].raw) < 100_000


def test_rows_of_empty_cells_are_no_rows(tmp_path: Path) -> None:
    good, bad = halves(read(write(tmp_path, "id,text,likes\n1,a,2\n,,\n\n2,b,3,,,\n")))
    assert len(good) == 2
    assert bad == []


def test_a_missing_column_is_one_error_with_the_header_and_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}\n{a_line(1)}\n")
    with pytest.raises(UsageError, match=r"tweet_creatd.*did you mean 'tweet_created'.*'tweet_id', 'name'"):
        read(path, MAPPING | {"published_at": "tweet_creatd"})


def test_a_name_that_two_columns_have_asks_which(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,text\n1,a,b\n")
    with pytest.raises(UsageError, match="2 columns are called so; say which: #2 or #3"):
        read(path, {"text": "text"})
    for number, text in (("#2", "a"), ("#3", "b")):
        (post,), _ = halves(read(path, {"text": number, "source_id": "id"}))
        assert post.text == text


def test_a_table_without_a_header_is_read_by_column_number(tmp_path: Path) -> None:
    path = write(tmp_path, "11,hello,3\n12,goodbye,4\n")
    with pytest.raises(UsageError, match="--map text=#3"):
        read(path)
    good, bad = halves(read(path, {"source_id": "#1", "text": "#2", "likes": "#3"}))
    assert [(post.source_id, post.text) for post in good] == [("11", "hello"), ("12", "goodbye")]
    assert bad == []


def test_well_known_names_are_guessed_and_said(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'Tweet ID,Screen Name,Full-Text,Created At,Like Count\n9,ann,hi,2026-01-02T03:04:05Z,"1,234"\n',
    )
    file = read(path)
    (post,), _ = halves(file)
    assert (post.source_id, post.text) == ("9", "hi")
    assert post.stats is not None
    assert post.stats.likes == 1234
    assert any("source_id from Tweet ID" in note and "--map" in note for note in file.notes)


def test_the_file_tells_which_of_day_and_month_comes_first(tmp_path: Path) -> None:
    days = write(tmp_path, "id,text,date\n1,a,03/04/2026\n2,b,25/04/2026\n", "d.csv")
    months = write(tmp_path, "id,text,date\n1,a,03/04/2026\n2,b,04/25/2026\n", "m.csv")
    assert [p.published_at.month for p in halves(read(days))[0]] == [4, 4]
    assert [p.published_at.month for p in halves(read(months))[0]] == [3, 4]
    unclear = write(tmp_path, "id,text,date\n1,a,03/04/2026\n", "u.csv")
    good, bad = halves(read(unclear))
    assert good == []
    assert bad[0].field == "published_at"
    assert "column 'date'" in bad[0].reason


def test_a_time_without_zone_is_local_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,date\n1,a,2026-07-01 12:00\n2,b,2026-07-01 12:00+00:00\n")
    local, exact = halves(read(path, zone="Europe/Oslo"))[0]
    assert local.published_at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert (local.time_quality, exact.time_quality) == ("zone_assumed", "exact")


def test_columns_called_as_a_networks_keys_stay_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,public_metrics,did,kind,commit,content,account,uri\n1,hi,,,,,,,\n")
    assert [(post.source, post.text) for post in halves(read(path))[0]] == [("file", "hi")]


def test_a_row_without_an_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    path = write(
        tmp_path, "text,author,date\nhello,ann,2026-01-01T00:00:00Z\nhello,bob,2026-01-01T00:00:00Z\n"
    )
    first, again = (halves(read(path))[0] for _ in range(2))
    assert [post.source_id for post in first] == [post.source_id for post in again]
    assert first[0].source_id != first[1].source_id


def test_the_platform_is_the_mapped_column_else_the_source_given_else_file(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text,source\n1,a,forum\n2,b,<a href='x'>Some App</a>\n")
    assert [post.source for post in halves(read(path))[0]] == ["forum", "file"]
    given_source = read_posts(path, source="shop", mapping={}, now=NOW)
    assert {post.source for post in halves(given_source)[0]} == {"shop"}


@pytest.mark.parametrize("item", ["text", "text=", "=a", "a=b=c", "txet=body"])
def test_a_mapping_of_another_form_lists_the_fields(item: str) -> None:
    with pytest.raises(UsageError, match="source_id"):
        parse_mapping([item])


def test_an_unknown_field_is_refused_by_the_reader_too(tmp_path: Path) -> None:
    path = write(tmp_path, "id,text\n1,a\n")
    with pytest.raises(UsageError, match="did you mean likes"):
        read(path, {"like": "id"})


def test_a_field_mapped_twice_is_an_error() -> None:
    with pytest.raises(UsageError, match="twice"):
        parse_mapping(["text=a", "text=b"])


def test_fourteen_thousand_rows_with_repeated_ids_lose_none(tmp_path: Path) -> None:
    """The shape of a public file of airline tweets: 15 columns, quotes, newlines and emoji in cells, 155 ids
    twice.
    """
    names = [
        "tweet_id",
        "airline_sentiment",
        "airline_sentiment_confidence",
        "negativereason",
        "negativereason_confidence",
        "airline",
        "airline_sentiment_gold",
        "name",
        "negativereason_gold",
        "retweet_count",
        "text",
        "tweet_coord",
        "tweet_created",
        "tweet_location",
        "user_timezone",
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    unique = 14_640 - 155
    for i in range(14_640):
        text = (
            f'@skyblue "row" {i % unique}, thanks 🛫\nreally' if i % 7 == 0 else f"@skyblue bag {i % unique}"
        )
        cells = {"tweet_id": 570306133677760513 + i % unique, "name": f"ann{i % 999}", "text": text}
        cells |= {"retweet_count": i % 3, "tweet_created": "2015-02-24 11:35:52 -0800"}
        cells |= {"tweet_location": 'Oslo, "Norway"', "user_timezone": "Eastern Time (US & Canada)"}
        writer.writerow([cells.get(name, "") for name in names])
    mapping = MAPPING | {"shares": "retweet_count"}
    good, bad = halves(read(write(tmp_path, out.getvalue()), mapping))
    assert bad == []
    assert len(good) == 14_640
    assert len({post.source_id for post in good}) == unique


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("first", "second", "third"), *rows])
    read_back = list(records(open_table(path)))
    wanted = [row for row in rows if any(row)]
    assert [tuple(row.value.values()) for row in read_back if isinstance(row, Row)] == wanted
    assert len(read_back) == len(wanted)


@given(st.text(max_size=20), st.sampled_from("=+-@\t\r'＝＋－＠ "))
def test_a_guarded_cell_runs_nowhere_and_comes_back(text: str, start: str) -> None:
    for cell in (text, start + text, "'" + start + text, " " + start + text):
        assert restored(guarded(cell)) == cell
        assert guarded(cell).lstrip()[:1] not in tuple("=+-@＝＋－＠")
        assert guarded(cell)[:1] not in ("\t", "\r")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("f") / "f.csv"
    path.write_bytes(content)
    with contextlib.suppress(FileError, UsageError):
        assert all(isinstance(row, NewPost | Rejected) for row in read(path))


def test_another_tool_s_reach_is_an_estimate_and_is_taken_only_where_a_person_says_so() -> None:
    assert "reach" not in choose(["text", "Reach", "Clicks"], {}, file="their.csv")
    assert choose(["text", "Reach", "Bookmarks"], {}, file="their.csv")["saves"] == "Bookmarks"
    assert choose(["text", "reach"], {}, file="ours.csv")["reach"] == "reach"
    mapped = choose(["text", "Reach"], {"text": "text", "reach": "Reach"}, file="their.csv")
    assert mapped["reach"] == "Reach"
