"""Sentences that are said in another language when they are shown.

What is computed speaks English; a `Said` knows what it was made from, so it goes through points, caches and JSON as the English text it is, and
`say` says it in the language spoken where it is shown. Translations stand beside the English in `metrics.texts`.
"""

import string
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self

from metrics.language import Language, spoken

AND: Mapping[Language, str] = {"en": "and", "nb": "og", "nl": "en"}
_SIGNS: Mapping[Language, dict[int, str]] = {
    "en": {},
    "nb": str.maketrans({",": "\u00a0", ".": ",", "-": "\u2212"}),
    "nl": str.maketrans({",": ".", ".": ",", "-": "\u2212"}),
}
"""How the signs of a figure are written. The digits stay, so that all languages round alike."""


class Said(str):
    """An English text made from a template of `str.format`; equal to it as a plain str.

    Values are figures, days, other texts that are Said, `Listed` ones, and plain text, which stays as it is in every language.

    >>> from metrics.language import speaking
    >>> warning = Said("rests on {n} only", n=1234)
    >>> warning, isinstance(warning, str)
    ('rests on 1234 only', True)
    >>> with speaking("nb"):
    ...     say(warning).replace(chr(160), " ")
    'bygger på bare 1 234'
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, /, **values: object) -> Self:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], Mapping[str, object]]:
        return (self.template,), self.values


class Listed(tuple[Any, ...]):
    """Several texts in a row: `{names}` has commas between them, `{names:and}` a word before the last, `{names:all}` before each,
    `{names:;}` semicolons.

    >>> "{0}, {0:and}, {0:;}".format(Listed(["a", "b", "c"]))
    'a, b, c, a, b and c, a; b; c'
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return _joined([f"{one}" for one in self], spec, "en")


def say(text: str) -> str:
    """A text in the language spoken: a Said, or plain words that are translated as they are, such as a title. Others come back unchanged."""
    language = spoken()
    if language == "en":
        return str(text)
    return _said(text, language)


def told(template: str, /, **values: object) -> str:
    """A template with its values, in the language spoken.

    >>> told("rests on {n} only", n=3)
    'rests on 3 only'
    """
    language = spoken()
    return template.format(**values) if language == "en" else _written(template, values, language)


def figure(value: float, spec: str = ",") -> str:
    """A figure in the signs of the language spoken; `spec` as of `format`.

    >>> from metrics.language import speaking
    >>> with speaking("nl"):
    ...     figure(-1234.56, ",.1f")
    '−1.234,6'
    """
    return format(value, spec).translate(_SIGNS[spoken()])


def day(at: date, language: Language) -> str:
    """A day as the language writes it; in English as ISO 8601 does.

    >>> [day(date(2026, 11, 22), language) for language in ("en", "nb", "nl")]
    ['2026-11-22', '22. nov. 2026', '22 nov 2026']
    """
    if language == "en":
        return at.strftime("%Y-%m-%d")
    from babel.dates import format_date  # what speaks English alone need not load it

    return format_date(at, "medium", locale=language)


def _said(text: str, language: Language) -> str:
    if isinstance(text, Said):
        return _written(text.template, text.values, language)
    return _translated(text, language)


def _written(template: str, values: Mapping[str, Any], language: Language) -> str:
    return _Writer(language).vformat(_translated(template, language), (), values)


def _translated(template: str, language: Language) -> str:
    from metrics.texts import translation

    return translation(template, language)


def _joined(texts: list[str], spec: str, language: Language) -> str:
    if spec == "all":
        return f" {AND[language]} ".join(texts)
    if spec == "and" and len(texts) > 1:
        return f"{', '.join(texts[:-1])} {AND[language]} {texts[-1]}"
    return f"{spec if spec == ';' else ','} ".join(texts)


class _Writer(string.Formatter):
    """Fills a template in as a language writes it."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        match value:
            case Said():
                return _said(value, self.language)
            case str():
                return format(value, format_spec)
            case Listed():
                return _joined([self.format_field(one, "") for one in value], format_spec, self.language)
            case int() | float():
                written = format(value, format_spec or ("," if isinstance(value, int) else ""))
                return written.translate(_SIGNS[self.language])
            case date():
                spec = format_spec or ("%Y-%m-%d %H:%M" if isinstance(value, datetime) else "%Y-%m-%d")
                return value.strftime(spec.replace("%Y-%m-%d", day(value, self.language)))
        return format(value, format_spec)
