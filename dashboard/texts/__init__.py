"""Every word of the pages, by name, in each language: one table a language, all with the same names and placeholders.

`{name}` is filled in, and escaped, by the page.
"""

from collections.abc import Mapping

from dashboard.texts import en, nb, nl
from metrics.language import Language, spoken

TEXTS: Mapping[Language, Mapping[str, str]] = {"en": en.TEXTS, "nb": nb.TEXTS, "nl": nl.TEXTS}


def known(name: str) -> str | None:
    """The text of this name in the spoken language; None for a name that there is not."""
    return TEXTS[spoken()].get(name)


def t(name: str, /, **values: object) -> str:
    """The text of this name in the spoken language, filled in. KeyError for a name that there is not.

    >>> t("live.new", number=12)
    '12 new mentions'
    """
    text = TEXTS[spoken()][name]
    return text.format(**values) if values else text
