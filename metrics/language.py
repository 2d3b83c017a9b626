"""The language in which words and figures are written for people: English unless somebody says another for what runs inside it.

Data (JSON, CSV, logs, the command line) stay English; pages, reports and messages are written inside `speaking(...)`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Literal, get_args

Language = Literal["en", "nb", "nl"]
NAMES: Mapping[Language, str] = {"en": "English", "nb": "Norsk bokmål", "nl": "Nederlands"}
"""Each language by its own name, in the order of a menu."""
LANGUAGES: tuple[Language, ...] = get_args(Language)

_SPOKEN: ContextVar[Language] = ContextVar("language", default="en")


def spoken() -> Language:
    """The language of this thread or task."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """What is written inside is written in this language.

    >>> with speaking("nb"):
    ...     spoken()
    'nb'
    >>> spoken()
    'en'
    """
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def best(wanted: str) -> Language | None:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); None where it names none of them.

    Norwegian by its old or its general name is bokmål here.

    >>> best("nb-NO,nb;q=0.9,en;q=0.8"), best("fr, nl;q=0.5, en;q=0.7"), best("no"), best("fr"), best(";;q=x")
    ('nb', 'en', 'nb', None, None)
    """
    found: list[tuple[float, Language]] = []
    for part in wanted.split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        short = tag.strip().split("-")[0].lower()
        short = "nb" if short in ("no", "nn") else short
        if short in LANGUAGES and quality > 0:
            found.append((quality, short))
    return max(found, key=lambda one: one[0])[1] if found else None


def named(code: str) -> str:
    """What a language is called inside a sentence of the language spoken, as CLDR has it; the code where it has no name.

    >>> named("no"), named("xx")
    ('Norwegian', 'xx')
    >>> with speaking("nb"):
    ...     named("no")
    'norsk'
    """
    return _named(code, spoken())


@lru_cache(1024)  # codes come from addresses, too
def _named(code: str, language: Language) -> str:
    from babel import Locale  # what names no language need not load it

    return str(Locale(language).languages.get(code, code))
