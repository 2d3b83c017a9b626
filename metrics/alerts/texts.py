"""What alerts say, by name, in the language spoken: a table for each language in `metrics.texts`."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple

from metrics.language import Language, spoken
from metrics.saying import figure


class Texts(NamedTuple):
    """One language's: templates of `str.format`, those that count with a form for one and a form for more, and the months' short names."""

    texts: Mapping[str, str]
    counted: Mapping[str, tuple[str, str]]
    months: Sequence[str]


@cache
def texts_of(language: Language) -> Texts:
    """The table of a language."""
    table = import_module(f"metrics.texts.alerts_{language}")
    return Texts(table.TEXTS, table.COUNTED, table.MONTHS)


def text(name: str, /, **values: object) -> str:
    """A text with its values.

    >>> text("rare", often=text("often once", span="3 years"))
    'By itself this comes about once in 3 years.'
    """
    return texts_of(spoken()).texts[name].format(**values)


def counted(n: float, what: str, shown: str | None = None) -> str:
    """A number of things, `shown` as it is to be read.

    >>> counted(1, "mention"), counted(0, "repost"), counted(1, "hour"), counted(1_000_000, "follower", "1 million")
    ('1 mention', '0 reposts', 'an hour', '1 million followers')
    """
    one, many = texts_of(spoken()).counted[what]
    return (one if n == 1 else many).format(n=shown if shown is not None else figure(n, ",.0f"))


def month(number: int) -> str:
    """The short name of a month.

    >>> month(3)
    'Mar'
    """
    return texts_of(spoken()).months[number - 1]
