"""Damaged configurations: whatever is done to a file, it is read or refused by line, and nothing else
happens.
"""

import random
import re
from pathlib import Path

from listener.collectors.registry import TYPES
from listener.config import Config, load
from listener.errors import ConfigError
from listener.init import Answers, render

ROUNDS = 500
WORDS = [
    *(
        '""',
        "'",
        '"""',
        "[",
        "[[",
        "]",
        "{",
        "}",
        "=",
        "#",
        ".",
        ",",
        "\n",
        "\r",
        "\t",
        "\x00",
        "\ufeff",
        "\u2028",
    ),
    *(
        "nan",
        "-inf",
        "-1",
        "1_000",
        "\u0661",
        "1e999",
        "9" * 4500,
        "0x",
        "true",
        "no",
        "2027-02-30",
        "2027-01-01",
        "07:32:00",
    ),
    *(
        "[brands]\n",
        "[[storage]]\n",
        "[sources]\n",
        '[sources."../x"]\n',
        "brands = 3\n",
        '"\\u0000" = 1\n',
        'type = "x"\n',
    ),
    *("{" * 200, "[" * 200, '"../../etc/passwd"', '"postgresql://a:b@c/d"', "\\", '"\\ud800"', "é" * 50),
]


def mutated(text: str, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        how = chance.randrange(7)
        end = min(len(text), at + chance.choice([1, 3, 20, 200]))
        lines = text.split("\n")
        row = chance.randrange(len(lines))
        match how:
            case 0:
                text = text[:at] + text[end:]
            case 1:
                text = text[:at] + chance.choice(WORDS) + text[at:]
            case 2:
                text = text[:at] + text[at:end] * 2 + text[end:]
            case 3:
                text = "\n".join([*lines[:row], *lines[row + 1 :]])
            case 4:
                lines[row] = re.sub(r"=.*", lambda _m: "= " + chance.choice(WORDS), lines[row])
                text = "\n".join(lines)
            case 5:
                lines[row] = lines[row].removeprefix("# ")
                text = "\n".join(lines)
            case _:
                other = chance.randrange(len(lines))
                lines[row], lines[other] = lines[other], lines[row]
                text = "\n".join(lines)
    raw = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.1:
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at:]
    return raw


def test_a_damaged_file_is_a_configuration_or_an_error_that_names_file_and_line(tmp_path: Path) -> None:
    good = render(Answers("Delta", competitors=("JetBlue",), sources=tuple(TYPES)))
    chance = random.Random(20270301)
    path = tmp_path / "config.toml"
    refused = 0
    for round_ in range(ROUNDS):
        path.write_bytes(mutated(good, chance))
        try:
            assert isinstance(load(path), Config)
        except ConfigError as error:
            refused += 1
            for line in str(error).split("\n"):
                assert re.match(re.escape(str(path)) + r":\d+: .", line), (round_, line)
                assert line.isprintable(), (round_, line)
    assert ROUNDS * 0.3 < refused < ROUNDS
