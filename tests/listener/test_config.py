"""Configurations that can stand, and what is said of those that cannot."""

import os
from datetime import date
from pathlib import Path

import pytest

from listener.config import Config, load, parse
from listener.errors import ConfigError

FILE = Path("config.toml")
BRAND = '[[brands]]\nname = "Delta"\nquery = "delta"\n'


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    assert caught.value.exit_code == 2
    return str(caught.value).split("\n")


def test_every_section_is_read() -> None:
    config = parse(
        """
timezone = "Asia/Kathmandu"
[storage]
url = "postgresql://ann@db/listener"
[[brands]]
id = "delta"
name = "Delta"
role = "own"
accounts = { x = "@Delta", mastodon = "@delta@example.social" }
query = '(delta OR @delta) (flight OR airline) NOT "delta force"'
[[brands]]
name = "Jet Blue"
role = "competitor"
query = "jetblue"
[[campaigns]]
id = "spring"
query = "#springsale"
from = 2027-03-01
to = 2027-04-30
[sources.press]
type = "feeds"
every = "10m"
urls = ["https://www.example.org/feed.xml"]
[nlp]
model = "embedded"
threads = 2
[alerts]
false_alarms_per_month = 1
notify = ["slack://token-in-here"]
quiet_hours = "22:00-06:00"
[[goals]]
kpi = "average_engagement_rate"
brand = "jet-blue"
change = "+35 %"
by = 2027-03-31
[retention]
days = 400
""",
        FILE,
    )
    assert (config.timezone, config.storage.url) == ("Asia/Kathmandu", "postgresql://ann@db/listener")
    assert [(b.id, b.role) for b in config.brands] == [("delta", "own"), ("jet-blue", "competitor")]
    assert config.brands[0].as_query().accounts == {"x": "@Delta", "mastodon": "@delta@example.social"}
    assert (config.campaigns[0].first_day, config.campaigns[0].last_day) == (
        date(2027, 3, 1),
        date(2027, 4, 30),
    )
    assert (config.sources["press"].type, config.sources["press"].every) == ("feeds", "10m")
    assert (config.nlp.threads, config.alerts.false_alarms_per_month, config.retention.days) == (2, 1.0, 400)
    assert (config.goals[0].change, config.goals[0].by) == ("+35 %", date(2027, 3, 31))
    assert config.source_path == FILE
    assert "token-in-here" not in repr(config)


def test_a_brand_alone_is_a_configuration_with_every_default() -> None:
    config = parse(BRAND, FILE)
    assert (config.timezone, config.nlp.model, config.retention.closes_after_hours) == ("UTC", "embedded", 48)
    assert config.sources == {}
    assert config.campaigns == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('querry = "a"\n', 'config.toml:4: brands[0].querry: unknown key "querry"; did you mean "query"?'),
        ("name = 3\n", "config.toml:4: column 9: not valid TOML: cannot overwrite a value"),
        ("accounts = 3\n", "config.toml:4: brands[0].accounts: 3 must be a table"),
        ("accounts = { x = 1 }\n", "config.toml:4: brands[0].accounts.x: 1 must be text in quotes"),
        ('accounts = { x = " " }\n', "config.toml:4: brands[0].accounts.x: is empty; write some text"),
        ('role = "owm"\n', 'brands[0].role: "owm" must be "own" or "competitor"; did you mean "own"?'),
        ('id = "Delta Air"\n', 'brands[0].id: "Delta Air" must be lower-case letters, digits, - and _'),
        ('[[brands]]\nname = ""\nquery = "a"\n', "config.toml:5: brands[1].name: is empty; write some text"),
        ('[[brands]]\nname = "B"\n', 'config.toml:4: brands[1].query: is missing; add "query" to this table'),
        ('[[brands]]\nname = "DELTA "\nquery = "a"\n', 'brands[1].name: "delta" is already that of line 1'),
        (
            '[[brands]]\nname = "B"\nid = "delta"\nquery = "a"\n',
            'brands[1].id: "delta" is already that of line 1',
        ),
        ('[[brands]]\nname = "B"\nquery = "(a"\n', "config.toml:6: brands[1].query: "),
        (
            '[[brands]]\nname = "B"\nquery = 2027-01-01\n',
            "brands[1].query: 2027-01-01 is a date; text needs quotes",
        ),
        (
            '[[brands]]\nname = "B\\u0000"\nquery = "a"\n',
            'brands[1].name: "B\\x00" holds a control character',
        ),
        ("[storag]\n", 'config.toml:4: storag: unknown key "storag"; did you mean "storage"?'),
        ('[storage]\nurl = "mysql://db"\n', 'storage.url: must begin with "sqlite:///" or "postgresql://"'),
        ("[storage]\nurl = 1\n", "config.toml:5: storage.url: must be text in quotes"),
        ('[nlp]\nthreads = "1_000"\n', 'config.toml:5: nlp.threads: "1_000" must be a whole number'),
        ('[nlp]\nthreads = "\u0663"\n', 'nlp.threads: "\u0663" must be a whole number'),
        ("[nlp]\nthreads = -1\n", "nlp.threads: -1 must be 1 or more"),
        ("[web]\nport = 65536\n", "web.port: 65536 must be 65535 or less"),
        ("[alerts]\nfalse_alarms_per_month = 0\n", "false_alarms_per_month: 0 must be more than 0"),
        ('[sources.press]\ntype = "feeds"\nurls = []\n', "urls: a list must have 1 or more entries"),
        (f'[[campaigns]]\nquery = "a"\nid = "{"s" * 99}"\n', "must be lower-case letters, digits"),
        (f'[[brands]]\nname = "{"B" * 201}"\nquery = "b"\n', 'B…" must have at most 200 characters'),
        (
            'timezone = "UTC"\n',
            'config.toml:4: brands[0].timezone: unknown key "timezone" in this table; write it at the top',
        ),
        ("[nlp]\nthreads = true\n", "nlp.threads: true must be a whole number"),
        ("[nlp]\nthreads = 1.5\n", "nlp.threads: 1.5 must be a whole number"),
        ('[nlp]\ndownload = "no"\n', 'nlp.download: "no" must be true or false'),
        ("[nlp]\nmodel = []\n", "nlp.model: a list must be text in quotes"),
        (
            "[alerts]\nfalse_alarms_per_month = nan\n",
            "alerts.false_alarms_per_month: nan is no number to count with",
        ),
        (
            "[alerts]\nfalse_alarms_per_month = 1e999\n",
            "alerts.false_alarms_per_month: inf is no number to count with",
        ),
        ('[alerts]\nquiet_hours = "22-6"\n', 'quiet_hours: "22-6" must be two times, as in "22:00-06:00"'),
        ("[alerts]\nnotify = [1]\n", "config.toml:5: alerts.notify[0]: must be text in quotes"),
        (
            "[campaigns]\nid = 1\n",
            "campaigns: a table must be a list of tables; write [[campaigns]] above each",
        ),
        (
            '[[campaigns]]\nid = "s"\nquery = "a"\nfrom = 2027-03-02\nto = 2027-03-01\n',
            'config.toml:4: campaigns[0]: "to" (2027-03-01) lies before "from" (2027-03-02)',
        ),
        (
            '[[campaigns]]\nid = "s"\nquery = "a"\nfrom = 2027-03-02T10:00:00Z\nto = 2027-03-01\n',
            "config.toml:7: campaigns[0].from: 2027-03-02T10:00:00+00:00 must be a date without a time",
        ),
        (
            '[[goals]]\nkpi = "mentions"\nbrand = "delt"\ntarget = 5\nby = 2027-03-01\n',
            'config.toml:6: goals[0].brand: no brand has the id "delt"; did you mean "delta"?',
        ),
        (
            '[[goals]]\nkpi = "m"\nbrand = "delta"\nby = 2027-03-01\n',
            'goals[0]: needs either "change" or "target"',
        ),
        ('[sources.press]\ntype = "fedes"\n', '"fedes" is no type of source; known are '),
        ('[sources.press]\ntype = "fedes"\n', 'did you mean "feeds"?'),
        ("[sources.press]\n", "config.toml:4: sources.press.type: is missing; add one of "),
        ("[sources]\npress = 1\n", "config.toml:5: sources.press: 1 must be a table"),
        ('[sources."a b"]\ntype = "feeds"\n', "a source's name is letters, digits, - and _"),
        ('[sources.import]\ntype = "feeds"\n', '"import" has a meaning of its own; choose another name'),
        ('[sources.press]\ntype = "feeds"\nurls = "https://a.example"\n', "sources.press.urls: "),
        (
            '[sources.press]\ntype = "feeds"\nurls = []\nevery = "2 min"\n',
            'every: "2 min" must be a whole number and a unit',
        ),
        (
            '[sources.a-b]\ntype = "feeds"\n[sources.a_b]\ntype = "feeds"\n',
            "reads the same secrets (LISTENER_A_B_...)",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_its_key_and_what_to_write(text: str, expected: str) -> None:
    lines = complaints(BRAND + text)
    assert any(expected in line for line in lines), lines
    assert all(line.startswith("config.toml:") for line in lines)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Olso", 'did you mean "Europe/Oslo"?'),
        ("europe/oslo", 'did you mean "Europe/Oslo"?'),
        ("../../etc/passwd", 'write one as in "Europe/Oslo"'),
        ("/etc/localtime", "is no time zone"),
        ("Europe", "is no time zone"),
        ("x" * 5000, "is no time zone"),
        ("", "is no time zone"),
    ],
)
def test_only_a_zone_of_the_iana_database_is_a_time_zone(zone: str, hint: str) -> None:
    (line,) = complaints(f'timezone = "{zone}"\n{BRAND}')
    assert line.startswith("config.toml:1: timezone: ")
    assert hint in line
    assert len(line) < 200


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    lines = complaints(
        'zone = "UTC"\n' + BRAND + 'rol = "own"\n[nlp]\nthreads = 0\n[sources.a]\n[sources.b]\n'
    )
    assert [int(line.split(":")[1]) for line in lines] == [1, 5, 7, 8, 9]


def test_a_name_is_one_line_however_it_was_written() -> None:
    config = parse(
        '[[brands]]\nname = "Delta\\r\\nBcc: all@example.org\\u2028Air"\nquery = "delta"\n', Path("c")
    )
    assert config.brands[0].name == "Delta Bcc: all@example.org Air"


def test_no_brand_at_all_says_what_to_add() -> None:
    assert complaints("") == [
        'config.toml:1: brands: is missing; add a [[brands]] table with "name" and "query"'
    ]
    assert complaints("brands = []") == [
        'config.toml:1: brands: is empty; add a [[brands]] table with "name" and "query"'
    ]


@pytest.mark.parametrize(
    "url", ["postgresql://ann:s3cr3t-pw@db/x", "postgresql://ann@db/x?password=s3cr3t-pw"]
)
def test_a_password_in_the_file_is_refused_without_being_repeated(url: str) -> None:
    (line,) = complaints(f'[storage]\nurl = "{url}"\n{BRAND}')
    assert "LISTENER_STORAGE_URL_FILE" in line
    assert "s3cr3t-pw" not in line


def test_a_secret_written_into_a_sources_table_is_sent_to_its_variable() -> None:
    lines = complaints(BRAND + '[sources.my-x]\ntype = "x"\nbearer_token = "AAAA-s3cr3t"\n')
    assert any("sources.my-x.bearer_token: secrets do not belong in this file" in line for line in lines)
    assert any("set LISTENER_MY_X_BEARER_TOKEN, or its file's name in" in line for line in lines)
    assert "AAAA-s3cr3t" not in "".join(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b", "config.toml:1: column 5: not valid TOML: invalid value; text needs quotes"),
        ("\n\na = [1,", "config.toml:3: not valid TOML: "),
        ("x = " + "[" * 3000, "config.toml:1: lists or tables are nested too deeply"),
        ("\nx = " + "[" * 60 + "]" * 60, "nested too deeply"),
        ("\n\nx = " + "9" * 5000, "config.toml:3: a number has too many digits"),
        ("x = 2027-02-30", "config.toml:1: column 5: not valid TOML: invalid date or datetime"),
    ],
)
def test_what_is_no_toml_is_said_with_line_and_column(text: str, expected: str) -> None:
    (line,) = complaints(text)
    assert expected in line


def test_a_key_or_value_cannot_forge_lines_of_the_message() -> None:
    lines = complaints(BRAND + '"a\\nconfig.toml:1: forged" = 1\n[nlp]\n"\\u001b[31m" = 1\nmodel = "\\n"\n')
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_a_byte_order_mark_tabs_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + BRAND.replace("\n", "\r\n").replace(" = ", "\t=\t").encode())
    assert load(path).brands[0].name == "Delta"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a = 1\nb = '\xff'", ":2: byte 0xff is not UTF-8; save the file as UTF-8"),
        (BRAND.encode("utf-16"), ":1: byte 0xff is not UTF-8"),
        (b"#" * 10_000_000, ":1: is 10,000,000 bytes long; a configuration has at most 1,000,000"),
    ],
)
def test_a_file_of_other_content_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}{expected}")


def test_a_path_that_is_no_readable_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, expected in [
        (tmp_path / "none.toml", 'no such file; "listener init" writes one'),
        (tmp_path, "is a directory; name the file, as in"),
        (pipe, "is not a regular file"),
        (tmp_path / "none.toml" / "x", "no such file"),
        (Path("a\0b"), "cannot be read"),
        (Path("x" * 5000), "cannot be read: File name too long"),
    ]:
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert expected in str(caught.value)
        assert str(caught.value).isprintable()


def test_the_database_lies_beside_the_configuration_wherever_the_command_starts(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BRAND)
    config: Config = load(path)
    assert config.database_url({}) == f"sqlite:///{tmp_path}/listener.db"
    assert (
        config.database_url({"LISTENER_STORAGE_URL": "postgresql://a:pw-1234@db/x"})
        == "postgresql://a:pw-1234@db/x"
    )


def test_a_model_folder_beside_the_configuration_is_named_whole(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BRAND + '[nlp]\nmodel = "mine"\n')
    assert load(path).model_name() == "mine"
    (tmp_path / "mine").mkdir()
    assert load(path).model_name() == str(tmp_path / "mine")


def test_an_id_is_made_from_the_name_and_stays_when_other_brands_move() -> None:
    brands = ["Café Ole", "ソニー", "AT&T"]
    text = "".join(f'[[brands]]\nname = "{name}"\nquery = "a"\n' for name in brands)
    ids = [brand.id for brand in parse(text, FILE).brands]
    assert ids == ["cafe-ole", "brand-778e3bea", "at-t"]
    last = f'[[brands]]\nname = "{brands[2]}"\nquery = "a"\n'
    assert parse(last, FILE).brands[0].id == "at-t"
