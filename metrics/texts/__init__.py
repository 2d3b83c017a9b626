"""Translations: each English template with the same in the other languages, (Norwegian bokmål, Dutch), for `metrics.saying`.

The English text is its own key, so a translation cannot stand beside words that it does not say. Alerts are by name, a table for each language.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from metrics.language import LANGUAGES, Language

Translations = Mapping[str, tuple[str, str]]


def tables() -> tuple[Translations, ...]:
    from metrics.texts import figures, goals, intervals, lacking, reports, titles, voices

    found = titles, lacking, figures, voices, goals, reports, intervals
    return tuple(table.TEXTS for table in found)


@cache
def translations() -> Translations:
    """All texts; loaded where another language is spoken."""
    return dict(_names()) | {english: said for table in tables() for english, said in table.items()}


def _names() -> Iterator[tuple[str, tuple[str, str]]]:
    """A figure by its short title, and as a sentence has it, by its title and its id."""
    from metrics.registry import METRICS
    from metrics.texts.titles import TEXTS

    for metric in METRICS.values():
        short, nb, nl = (re.sub(r"\s*\(.*?\)", "", one) for one in (metric.title, *TEXTS[metric.title]))
        yield short, (nb, nl)
        for name in (metric.id, _in_a_sentence(short), metric.title.lower()):
            yield name, (_in_a_sentence(nb), _in_a_sentence(nl))


def _in_a_sentence(title: str) -> str:
    return title if title.isupper() else title[:1].lower() + title[1:]


def translation(template: str, language: Language) -> str:
    """The template in this language; itself where there is no translation, as of a name."""
    found = translations().get(template)
    return template if found is None or language == "en" else found[LANGUAGES.index(language) - 1]
