"""Workbooks and other files as tables: what lies above the header, which sheet, and what is too large to be taken."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from listener.errors import FileError, UsageError
from listener.importing.facts.mapping import known_headings
from listener.importing.facts.reading import FactFile, Said, read_facts
from listener.importing.facts.sheets import bounded, open_sheet
from listener.importing.rows import Row

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def book(path: Path, *named: tuple[str, list[list[Any]]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in named:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def read(path: Path, **said: Any) -> tuple[FactFile, list[str]]:
    rejected: list[str] = []
    made = read_facts(
        path, Said(**said), name="any", saved=False, brands={"delta": "delta"}, own="delta", zone=UTC, now=NOW,
        on_rejected=lambda row: rejected.append(str(row)),
    )  # fmt: skip
    return made, rejected


def known(cells: Any) -> int:
    return known_headings(cells, {})


ROWS: list[list[Any]] = [
    ["Weekly report"],
    [],
    ["Day", "Campaign", "Clicks", "Cost (EUR)"],
    [date(2026, 11, 1), "Spring", 1234, 12.5],
    [datetime(2026, 11, 2, 23, 30), 2027, "1.234", "7,25"],
    [],
    [46327, "Spring", 5, 1],
    [date(2026, 11, 3), "Spring", True, 1],
    ["Total", None, 2468, 19.75],
]


def test_a_workbook_is_read_below_its_title_with_dates_and_numbers_as_they_are(tmp_path: Path) -> None:
    made, rejected = read(book(tmp_path / "a.xlsx", ("Data", ROWS)))
    assert {
        (key.fact, key.day.day, key.campaign): amount / 1_000_000 for key, amount in made.amounts.items()
    } == {
        ("clicks", 1, "Spring"): 1234.0,
        ("spend", 1, "Spring"): 12.5,
        ("clicks", 2, "2027"): 1234.0,
        ("spend", 2, "2027"): 7.25,
    }
    assert rejected == [
        'a.xlsx line 7, column Day: "46327.0" is a number; format the column as a date in the spreadsheet',
        'a.xlsx line 8, column Clicks: "True" is not a number',
        'a.xlsx line 9: a total of other rows ("Total"): counted already',
    ]


def test_the_first_sheet_is_read_unless_another_is_named(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        ("Notes", [["date", "clicks"], ["2026-11-01", 1]]),
        ("Data", [["date", "clicks"], ["2026-11-01", 2]]),
    )
    assert list(read(path)[0].amounts.values()) == [1_000_000]
    assert list(read(path, sheet="Data")[0].amounts.values()) == [2_000_000]
    with pytest.raises(
        UsageError, match=r"no sheet 'Dada'; did you mean \"Data\"\?; sheets are 'Notes', 'Data'"
    ):
        read(path, sheet="Dada")
    (tmp_path / "a.csv").write_text("date,clicks\n2026-11-01,1\n")
    with pytest.raises(UsageError, match=r"--sheet is for \.xlsx"):
        read(tmp_path / "a.csv", sheet="Data")


def test_columns_called_alike_or_not_at_all_get_their_number(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("Data", [["date", "clicks", None, "clicks"], ["2026-11-01", 1, 2, 3]]))
    assert open_sheet(path, known=known).columns == ["date", "clicks (#2)", "#3", "clicks (#4)"]
    with pytest.raises(
        UsageError, match=r"2 columns are called so; say which: clicks \(#2\) or clicks \(#4\)"
    ):
        read(path, columns={"clicks": "clicks"})
    assert list(read(path, columns={"clicks": "#4"})[0].amounts.values()) == [3_000_000]


def test_rows_can_be_gone_through_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,clicks\n2026-11-01,1\n")
    for path in (book(tmp_path / "a.xlsx", ("Data", ROWS)), tmp_path / "a.csv"):
        sheet = open_sheet(path, known=known)
        assert [row.line for row in sheet.rows()] == [
            row.line for row in sheet.rows() if isinstance(row, Row)
        ]


def far_cell(path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"], made.active["XFD1048576"] = "date", 1
    made.save(path)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (300 << 20))


def cut(path: Path) -> None:
    book(path, ("Data", ROWS))
    path.write_bytes(path.read_bytes()[:-700])


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.csv", "date,clicks\n")


def nonsense(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook><sheets><sheet name='a' r:id='x'/></sheets></workbook>")


def old(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))


def blank(path: Path) -> None:
    book(path, ("Data", []))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (far_cell, "reaches over 1,048,576 rows and 16,384 columns"),
        (bomb, "unpacks to more than 256 MiB"),
        (cut, "cannot be read"),
        (other_zip, "is a zip archive and no workbook"),
        (nonsense, "cannot be read"),
        (old, "save the sheet as CSV"),
        (blank, "is empty"),
    ],
)
def test_what_is_no_workbook_or_too_large_is_refused_with_the_way_out(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    make(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match=message):
        read(tmp_path / "a.xlsx")


def test_a_file_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    rows = [Row(line, {}, "") for line in range(4)]
    assert len(list(bounded(tmp_path, iter(rows), most=4))) == 4
    with pytest.raises(FileError, match="more than 3 rows"):
        list(bounded(tmp_path, iter(rows), most=3))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_any_encoding_and_delimiter_are_read_as_posts_are(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    lines = [["date", "campaign", "clicks"], ["2026-11-01", "Frühling", "5"]]
    (tmp_path / "a.csv").write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    made, rejected = read(tmp_path / "a.csv")
    assert [(key.campaign, amount) for key, amount in made.amounts.items()] == [("Frühling", 5_000_000)]
    assert rejected == []


def test_a_workbook_cut_or_changed_anywhere_never_ends_in_anything_but_our_errors(tmp_path: Path) -> None:
    whole = book(tmp_path / "a.xlsx", ("Data", ROWS)).read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        parts = {entry.filename: packed.read(entry) for entry in packed.infolist()}
    for name, content in parts.items():
        for changed in (b"", content[: len(content) // 2], content.replace(b'"', b"'", 3)[::-1]):
            with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as packed:
                for other, kept in parts.items():
                    packed.writestr(other, changed if other == name else kept)
            with suppress(FileError, UsageError):
                assert read(tmp_path / "b.xlsx", currency="EUR")[0].rows < len(ROWS)
