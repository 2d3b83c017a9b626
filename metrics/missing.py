"""Which input there is none of, in words: "needs leads: none imported since 2026-10-01"."""

from collections.abc import Iterable, Sequence

from metrics.facts import FACTS, NO_LANGUAGE, Facts
from metrics.inputs import Figure, Inputs
from metrics.saying import Listed, Said

IMPORT = "listener import-facts FILE"
_NEEDS, _SEVERAL = "needs {names:and}: {why}", "{needs:;}"


def needs(names: Sequence[str], why: str) -> Said:
    """That a figure needs these inputs, and why it has none of them; `read` parts it again.

    >>> needs(["spend", "clicks", "leads"], "none imported yet")
    'needs spend, clicks and leads: none imported yet'
    """
    return Said(_NEEDS, names=Listed(_words(name) for name in names), why=_words(why))


def _words(text: str) -> Said:
    return text if isinstance(text, Said) else Said(text)


def none_of(i: Inputs, names: Iterable[str]) -> str:
    """What to say of imported facts, those of them that the bucket has none of; "" where it has them all.

    >>> from datetime import date
    >>> none_of(Inputs(facts=Facts({"spend": 10.0}, last_day={"leads": date(2026, 10, 1)})), ["spend", "leads"])
    'needs leads: none imported since 2026-10-01'
    >>> none_of(Inputs(), ["leads"])
    'needs leads: none imported yet'
    """
    facts = i.facts or Facts()
    absent = [name for name in names if name not in facts.values and name not in facts.details]
    by_reason: dict[str, list[str]] = {}
    for name in absent:
        by_reason.setdefault(_why(i, facts, name), []).append(name)
    found = [needs(names, why) for why, names in by_reason.items()]
    if len(found) < 2:
        return found[0] if found else ""
    return Said(_SEVERAL, needs=Listed(found))


def _why(i: Inputs, facts: Facts, name: str) -> str:
    if NO_LANGUAGE in facts.left_out:
        return "imported facts tell no language"
    if FACTS[name].unit == "money" and facts.no_rate and name in facts.last_day:
        currencies = Listed(sorted(facts.no_rate))
        return Said("imported in {currencies}, for which no rate is configured", currencies=currencies)
    if name in facts.last_day:
        return Said("none imported since {day}", day=facts.last_day[name])
    return "none imported yet" if i.role == "own" else "a competitor's are known only where imported"


def no_accounts(i: Inputs) -> Figure:
    """No figure, for want of own accounts.

    >>> no_accounts(Inputs(brand="Delta")).missing
    'needs own accounts: none configured for Delta in [[brands]] accounts'
    """
    why = Said("none configured for {brand} in [[brands]] accounts", brand=i.brand)
    return Figure(None, 0, missing=needs(["own accounts"], why))


def read(missing: str) -> tuple[list[str], str]:
    """What is needed and why there is none of it, of words that `needs` made, the first where they are of several; of others nothing, and the words.

    >>> read(needs(["spend", "clicks"], "none imported yet"))
    (['spend', 'clicks'], 'none imported yet')
    >>> read("other words")
    ([], 'other words')
    """
    if isinstance(missing, Said):
        if missing.template == _NEEDS:
            return list(missing.values["names"]), missing.values["why"]
        if missing.template.startswith(("{needs}", _SEVERAL)):
            first = missing.values["needs"]
            return read(first[0] if isinstance(first, Listed) else first)
    return [], missing
