"""Files as well-known tools export them, with invented figures: what is taken from them, and what is refused, by line and column."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.errors import UsageError
from listener.importing.facts.mapping import parse_mapping
from listener.importing.facts.reading import FactFile, Said, read_facts
from storage.db import Database
from storage.facts import MILLION, FactKey, forget_import, save_facts, stored_imports

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BRANDS = {"delta": "delta", "delta air": "delta", "jetblue": "jetblue"}
META = """\
Reporting starts,Reporting ends,Campaign name,Platform,Impressions,Reach,Link clicks,Amount spent (EUR),Results
2026-11-01,2026-11-01,Spring,facebook,"12,345",9000,321,45.60,3
2026-11-01,2026-11-01,Spring,instagram,"2,345",2000,21,15.60,1
2026-11-02,2026-11-02,Spring,facebook,"11,345",abc,301,44.60,3
2026-11-01,2026-11-30,Spring,facebook,100,10,301,44.60,3
2026-11-03,2026-11-03,Spring,facebook,100,-5,3,1.20,3
2026-11-23,2026-11-23,Spring,facebook,100,5,3,1.20,3
1989-12-31,1989-12-31,Spring,facebook,100,5,3,1.20,3
2026-11-03,2026-11-03,Spring,facebook,NaN,5,3,1.20,3
2026-11-03,2026-11-03,Spring,facebook,12.5,5,3,1.20,3
2026-11-03,2026-11-03,Spring,facebook,12 %,5,3,1.20,3
,,,,"26,035",11000,643,105.80,7
"""


def read(
    path: Path,
    text: str | bytes,
    *maps: str,
    name: str | None = None,
    own: str | None = "delta",
    at: datetime | None = None,
    **said: Any,
) -> tuple[FactFile, list[str]]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rejected: list[str] = []
    made = read_facts(
        path,
        Said(parse_mapping(maps), **said),
        name=name,
        saved=False,
        brands=BRANDS,
        own=own,
        zone=ZoneInfo("Europe/Oslo"),
        now=NOW,
        at=at,
        on_rejected=lambda row: rejected.append(str(row)),
    )
    return made, rejected


def plain(made: FactFile) -> dict[tuple[Any, ...], float]:
    """The figures by what tells them apart, without the empty parts."""
    return {
        tuple(str(part) for part in (key.fact, key.day.day, *key[3:]) if part): amount / MILLION
        for key, amount in made.amounts.items()
    }


def test_an_ad_managers_export_is_understood_and_each_bad_row_named_by_line_and_column(
    tmp_path: Path,
) -> None:
    made, rejected = read(tmp_path / "meta.csv", META)
    assert made.name == "meta-ads"
    assert plain(made) == {
        ("impressions", "1", "facebook", "Spring"): 12345.0,
        ("reach", "1", "facebook", "Spring"): 9000.0,
        ("clicks", "1", "facebook", "Spring"): 321.0,
        ("spend", "1", "facebook", "Spring", "EUR"): 45.6,
        ("impressions", "1", "instagram", "Spring"): 2345.0,
        ("reach", "1", "instagram", "Spring"): 2000.0,
        ("clicks", "1", "instagram", "Spring"): 21.0,
        ("spend", "1", "instagram", "Spring", "EUR"): 15.6,
    }
    assert rejected == [
        'meta.csv line 4, column Reach: "abc" is not a number',
        "meta.csv line 5, column Reporting ends: the row is of 2026-11-01 to 2026-11-30; export by day, so that each row is of one",
        'meta.csv line 6, column Reach: "-5" is below 0',
        "meta.csv line 7, column Reporting starts: 2026-11-23 lies in the future",
        "meta.csv line 8, column Reporting starts: 1989-12-31 lies before 1990",
        'meta.csv line 9, column Impressions: "NaN" is not a number',
        'meta.csv line 10, column Impressions: "12.5" is no whole number of impressions',
        'meta.csv line 11, column Impressions: "12 %" is a percentage and no count',
        "meta.csv line 12, column Reporting starts: no day; a row without one is mostly a total of the others",
    ]
    assert (made.rows, made.rejected) == (11, 9)


def test_a_title_above_the_header_is_passed_over_and_totals_are_not_counted(tmp_path: Path) -> None:
    text = (
        'Campaign report\n"November 1, 2026 - November 2, 2026"\n'
        "Day,Campaign,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"
        '"Nov 1, 2026",Brand,USD,"1,204",33,"1,012.50",2.50,300.00\n'
        '"Nov 2, 2026",Total Recall,USD,"1,104",31,11.50,1.00, --\n'
        'Total: Account, --,USD,"2,308",64,"1,024.00",3.50,300.00\n'
    )
    made, rejected = read(tmp_path / "google.csv", text)
    assert made.name == "google-ads"
    assert plain(made)["conversions", "1", "google", "Brand"] == 2.5
    assert plain(made)["spend", "1", "google", "Brand", "USD"] == 1012.5
    assert ("revenue", "2", "google", "Total Recall", "USD") not in plain(made)
    assert rejected == ['google.csv line 6: a total of other rows ("Total: Account"): counted already']


def test_web_analytics_count_what_came_from_social_networks_by_their_one_name(tmp_path: Path) -> None:
    text = (
        "# Traffic acquisition\n# 20261101-20261102\n\n"
        "Date,Session source / medium,Sessions,Engaged sessions\n"
        "20261101,google / organic,120,80\n"
        "20261101,l.facebook.com / referral,20,8\n"
        "20261101,m.facebook.com / referral,1,1\n"
        "20261102,t.co / referral,10,4\n"
        "20261102,t.co / referral,1,4\n"
    )
    made, rejected = read(tmp_path / "ga4.csv", text)
    assert plain(made) == {
        ("sessions", "1", "facebook"): 21.0,
        ("bounced_sessions", "1", "facebook"): 12.0,
        ("sessions", "2", "x"): 10.0,
        ("bounced_sessions", "2", "x"): 6.0,
    }
    assert made.not_asked == {"google": 1}
    assert rejected == ["ga4.csv line 9, column Engaged sessions: are more than the sessions"]
    everything, _ = read(tmp_path / "ga4.csv", text, only=("all",))
    assert plain(everything)["sessions", "1", "google"] == 120.0


TICKETS = """\
Ticket ID;Ticket channel;Created at;First reply at;Solved at
1;Twitter;2026-11-01 10:00;2026-11-01 10:30;2026-11-01 12:00
2;Twitter;2026-11-01 11:00;2026-11-01 11:45;
3;Email;2026-11-02 09:00;;
4;Email;2026-11-02 09:00;2026-11-02 08:00;
"""


def test_cases_of_a_help_desk_are_answered_or_wait_until_the_time_of_the_export(tmp_path: Path) -> None:
    made, rejected = read(tmp_path / "tickets.csv", TICKETS)
    assert plain(made) == {
        ("answered", "1", "x", "30"): 1.0,
        ("answered", "1", "x", "45"): 1.0,
        ("resolved", "1", "x", "120"): 1.0,
        ("unresolved", "1", "x", "1320"): 1.0,
        ("unanswered", "2", "email", "0"): 1.0,
        ("unresolved", "2", "email", "0"): 1.0,
    }
    assert rejected == ["tickets.csv line 5, column First reply at: lies before the case was created"]
    later, _ = read(tmp_path / "tickets.csv", TICKETS, at=datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert plain(later)["unanswered", "2", "email", "60"] == 1.0


def test_a_case_answered_since_the_last_export_waits_no_longer(tmp_path: Path, db: Database) -> None:
    path = tmp_path / "tickets.csv"
    for text, unanswered in (
        (TICKETS, 1),
        (TICKETS.replace("2026-11-02 09:00;;", "2026-11-02 09:00;2026-11-02 10:00;"), 0),
    ):
        made, _ = read(path, text)
        save_facts(db, made.name, made.amounts, whole=made.whole)
        assert sum(row.fact == "unanswered" for row in stored_imports(db)) == unanswered


def test_durations_may_stand_in_place_of_times(tmp_path: Path) -> None:
    text = "Created at,First reply time (minutes),Full resolution time (minutes)\n2026-11-01,30,\n2026-11-01,,01:30:59\n"
    made, rejected = read(tmp_path / "t.csv", text, at=datetime(2026, 11, 1, 1, tzinfo=UTC))
    assert rejected == []
    assert sorted(plain(made)) == [
        ("answered", "1", "30"),
        ("resolved", "1", "90"),
        ("unanswered", "1", "90"),
        ("unresolved", "1", "120"),
    ]


def test_answers_to_surveys_are_counted_by_their_score(tmp_path: Path) -> None:
    question = "How likely are you to recommend us to a friend or colleague?"
    made, rejected = read(
        tmp_path / "nps.csv",
        f"#,{question},Submit Date (UTC)\n1,9,2026-11-01 10:00\n2,9,2026-11-01 11:00\n3,11,2026-11-02\n4,,2026-11-02\n",
    )
    assert plain(made) == {("nps", "1", "9"): 2.0}
    assert rejected == [f'nps.csv line 4, column {question}: "11" is no score from 0 to 10']
    assert made.empty == 1
    text = "date,csat,answers\n2026-11-01,4/5,3\n2026-11-01,4 out of 5,\n2026-11-01,80 %,2\n2026-11-01,Good,1\n2026-11-01,3,1\n"
    made, rejected = read(tmp_path / "csat.csv", text)
    assert plain(made) == {("csat", "1", "4/5"): 4.0, ("csat", "1", "80/100"): 2.0, ("csat", "1", "1/1"): 1.0}
    assert rejected == [
        'csat.csv line 6, column csat: "3": of how many? Say the top of the scale with --scale, as in --scale 5'
    ]
    made, rejected = read(tmp_path / "csat.csv", text, scale=5)
    assert (plain(made)["csat", "1", "3/5"], rejected) == (1.0, [])


def test_rows_that_name_their_fact_and_brand_are_read_from_json_and_lines(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "date": "2026-11-01",
            "channel": "x",
            "brand": "JetBlue",
            "fact": "Revenue",
            "value": 100.5,
            "currency": "EUR",
        },
        {"date": "2026-11-01", "channel": "x", "brand": "Delta Air", "fact": "followers", "value": 1000},
        {"date": "2026-11-01", "brand": "delta", "fact": "audience", "value": 7, "detail": "country=NO"},
        {"date": "2026-11-01", "brand": "delta", "fact": "revenu", "value": 7, "currency": "EUR"},
        {"date": "2026-11-01", "brand": "united", "fact": "clicks", "value": 7},
        {"date": "2026-11-01", "brand": "delta", "fact": "revenue", "value": 7},
        {"date": "2026-11-01", "brand": "delta", "fact": "revenue", "value": 7, "currency": "kr"},
        {"date": "2026-11-01", "brand": "delta", "fact": "clicks", "value": True},
    ]
    expected = [
        'column fact: "revenu" is no fact; did you mean "revenue"?',
        'column brand: "united" is no brand of config.toml; it has delta, jetblue',
        'column value: "7": in which currency? Say with --currency',
        'column currency: "kr" is no currency of ISO 4217, such as EUR',
        'column value: "True" is not a number',
    ]
    shapes = {
        "a.jsonl": "\n".join(map(json.dumps, rows)),
        "a.json": "[" + ",\n".join(map(json.dumps, rows)) + "]",
        "b.json": json.dumps({"count": 8, "rows": rows}),
    }
    for name, text in shapes.items():
        made, rejected = read(tmp_path / name, text)
        assert {
            (key.brand_id, key.fact, key.detail, key.currency): amount / MILLION
            for key, amount in made.amounts.items()
        } == {
            ("jetblue", "revenue", "", "EUR"): 100.5,
            ("delta", "followers", "", ""): 1000.0,
            ("delta", "audience", "country=NO", ""): 7.0,
        }
        assert [line.partition(", ")[2] for line in rejected] == expected
    assert [row.partition(", ")[0] for row in read(tmp_path / "a.json", shapes["a.json"])[1]] == [
        f"a.json line {n}" for n in range(4, 9)
    ]


def test_each_row_may_count_as_one_and_an_audience_by_its_parts(tmp_path: Path) -> None:
    made, _ = read(
        tmp_path / "crm.csv",
        "Create date,Name\n2026-11-01,a\n2026-11-01,b\n",
        "leads=*",
        "date=Create date",
        channel="X",
    )
    assert plain(made) == {("leads", "1", "x"): 2.0}
    made, _ = read(
        tmp_path / "who.csv",
        "Day,Country,Age,Count\n2026-11-01,NO,18-24,5\n",
        "audience=Count",
        "country=Country",
        "age=Age",
    )
    assert plain(made) == {("audience", "1", "country=NO"): 5.0, ("audience", "1", "age=18-24"): 5.0}


def test_a_standing_said_twice_is_refused_and_never_added_up(tmp_path: Path) -> None:
    made, rejected = read(tmp_path / "f.csv", "date,followers\n2026-11-01,5\n2026-11-01,5\n2026-11-01,6\n")
    assert plain(made) == {("followers", "1"): 5.0}
    assert rejected == [
        "f.csv line 4: followers of 2026-11-01 stand in an earlier row with another value, and are not added up"
    ]


@pytest.mark.parametrize(
    ("text", "said", "message"),
    [
        (
            "date,clicks\n03/04/2026,1\n05/04/2026,1\n",
            {},
            r'f\.csv line 2, column date: "03/04/2026" could be two dates.*--dates day-first',
        ),
        (
            "date,clicks\n13/04/2026,1\n04/13/2026,1\n03/04/2026,1\n",
            {},
            r"line 4.*line 2.*puts the day first and line 3",
        ),
        (
            'date,clicks\n2026-11-01,"1,234"\n',
            {},
            r'f\.csv line 2, column clicks: "1,234" could have.*--decimal',
        ),
        (
            'date,spend\n2026-11-01,"1,5"\n2026-11-01,1.5\n',
            {"currency": "EUR"},
            r"line 3, column spend.*line 2.*--decimal",
        ),
        (
            "date,cost\n2026-11-01,5\n",
            {},
            r"column cost holds money, and nothing says in which currency; say with --currency",
        ),
        ("date,cost\n2026-11-01,5 kr\n", {}, r'"kr" is NOK, SEK, DKK or ISK'),
        ("date,cost\n2026-11-01,$5\n", {}, r'"\$" is USD, CAD'),
        ("clicks\n5\n", {}, r"no column holds the day"),
        ("date,text\n2026-11-01,a\n", {}, r"no column holds a fact"),
        ("date,fact\n2026-11-01,a\n", {}, r"no column holds a fact"),
    ],
)
def test_a_file_that_could_mean_two_things_is_refused_with_the_way_out(
    tmp_path: Path, text: str, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        read(tmp_path / "f.csv", text, **said)


def test_what_was_said_settles_what_the_file_leaves_open(tmp_path: Path) -> None:
    text = 'date;clicks;cost\n03/04/2026;"1.234";"5,5 kr"\n'
    made, _ = read(tmp_path / "f.csv", text, dates="day-first", currency="NOK")
    assert {key.day for key in made.amounts} == {date(2026, 4, 3)}
    assert sorted(made.amounts.values()) == [5_500_000, 1234 * MILLION]
    made, _ = read(tmp_path / "f.csv", text, dates="month-first", currency="NOK")
    assert {key.day for key in made.amounts} == {date(2026, 3, 4)}


@pytest.mark.parametrize(
    ("heading", "cell", "currency", "reason"),
    [
        ("Cost (EUR)", "5 USD", None, "is said to be in EUR and in USD"),
        ("Cost (EUR)", "5", "USD", "is said to be in EUR and in USD"),
        ("Cost", "5 ducats", "EUR", "is no currency"),
        ("Cost (EUR)", "2000000000000", None, "is larger than 1,000,000,000,000"),
    ],
)
def test_money_in_two_currencies_or_none_is_refused(
    tmp_path: Path, heading: str, cell: str, currency: str | None, reason: str
) -> None:
    _, rejected = read(tmp_path / "f.csv", f"date,{heading}\n2026-11-01,{cell}\n", currency=currency)
    assert len(rejected) == 1
    assert f"f.csv line 2, column {heading}: " in rejected[0]
    assert reason in rejected[0]


def test_no_brand_of_ones_own_and_none_said_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="of which brand"):
        read(tmp_path / "f.csv", "date,clicks\n2026-11-01,5\n", own=None)


def test_a_mapping_is_checked_word_for_word(tmp_path: Path) -> None:
    for item, message in (
        ("spend", "write FIELD=COLUMN"),
        ("spnd=Cost", "did you mean spend"),
        ("=x", "write FIELD"),
    ):
        with pytest.raises(UsageError, match=message):
            parse_mapping([item])
    with pytest.raises(UsageError, match=r"there is no such column; did you mean 'Clicks'"):
        read(tmp_path / "f.csv", "Day,Clicks\n2026-11-01,5\n", "clicks=Clickz")
    made, _ = read(tmp_path / "f.csv", "Day,Clicks,Reach\n2026-11-01,5,3\n", "reach=")
    assert plain(made) == {("clicks", "1"): 5.0}


ROW = st.tuples(
    st.integers(1, 20), st.sampled_from(["x", "facebook", "E-mail"]), st.sampled_from(["", "Spring", 'odd; "name"', "=1+1", "日本"]),
    st.integers(0, 10**9), st.decimals(0, 10**6, places=2), st.sampled_from(["EUR", "USD"]),
)  # fmt: skip


def csv_of(rows: list[Any]) -> str:
    quoted = [[str(cell).replace('"', '""') for cell in (f"2026-11-{row[0]:02}", *row[1:])] for row in rows]
    return (
        "\n".join(
            ["date,channel,campaign,clicks,spend,currency", *('"' + '","'.join(row) + '"' for row in quoted)]
        )
        + "\n"
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(ROW, min_size=1, max_size=25), data=st.data())
def test_any_file_twice_and_by_days_in_any_parts_is_the_same_as_once(
    sqlite_db: Database, tmp_path: Path, rows: list[Any], data: st.DataObject
) -> None:
    """Also that its sums are those of its rows, to the cent."""
    forget_import(sqlite_db, "any")
    once, rejected = read(tmp_path / "f.csv", csv_of(rows))
    assert rejected == []
    assert (
        sum(v for k, v in once.amounts.items() if k.fact == "clicks") == sum(row[3] for row in rows) * MILLION
    )
    assert (
        sum(v for k, v in once.amounts.items() if k.fact == "spend") == sum(row[4] for row in rows) * MILLION
    )
    first = save_facts(sqlite_db, "any", once.amounts, whole=once.whole)
    assert first.new == len(once.amounts)
    again = save_facts(sqlite_db, "any", once.amounts, whole=once.whole)
    assert (again.new, again.changed, again.removed, again.unchanged) == (0, 0, 0, len(once.amounts))
    part_of = {day: data.draw(st.integers(0, 2)) for day in {row[0] for row in rows}}
    for number in data.draw(st.permutations(sorted(set(part_of.values())))):
        part, _ = read(tmp_path / "f.csv", csv_of([row for row in rows if part_of[row[0]] == number]))
        saved = save_facts(sqlite_db, "any", part.amounts, whole=part.whole)
        assert (saved.new, saved.changed, saved.removed) == (0, 0, 0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    cells=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12)), max_size=6)
)
def test_whatever_stands_in_the_cells_is_read_or_refused_by_line(
    tmp_path: Path, cells: list[tuple[str, str, str]]
) -> None:
    rows = [{"date": a, "clicks": b, "campaign": c, "channel": a} for a, b, c in cells] + [
        {"date": "2026-11-01", "clicks": 1}
    ]
    try:
        made, rejected = read(tmp_path / "f.json", json.dumps(rows))
    except UsageError:
        return
    assert made.rejected == len(rejected)
    assert made.rows == len(rows)
    for key, amount in made.amounts.items():
        assert isinstance(key, FactKey)
        assert 0 <= amount <= 10**18
        assert key.day <= (NOW + timedelta(days=1)).date()
