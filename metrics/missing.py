"""Which input there is none of, in words: "needs leads: none imported since 2026-10-01"."""

from collections.abc import Iterable, Sequence

from metrics.facts import FACTS, NO_LANGUAGE, Facts
from metrics.inputs import Figure, Inputs

IMPORT = "listener import-facts FILE"


def needs(names: Sequence[str], why: str) -> str:
    """That a figure needs these inputs, and why it has none of them; a reader may part it at the first ": ".

    >>> needs(["spend", "clicks", "leads"], "none imported yet")
    'needs spend, clicks and leads: none imported yet'
    """
    *most, last = names
    return f"needs {', '.join(most) + ' and ' if most else ''}{last}: {why}"


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
    return "; ".join(needs(found, why) for why, found in by_reason.items())


def _why(i: Inputs, facts: Facts, name: str) -> str:
    if NO_LANGUAGE in facts.left_out:
        return "imported facts tell no language"
    if FACTS[name].unit == "money" and facts.no_rate and name in facts.last_day:
        return f"imported in {', '.join(sorted(facts.no_rate))}, for which no rate is configured"
    if name in facts.last_day:
        return f"none imported since {facts.last_day[name]}"
    return "none imported yet" if i.role == "own" else "a competitor's are known only where imported"


def no_accounts(i: Inputs) -> Figure:
    """No figure, for want of own accounts.

    >>> no_accounts(Inputs(brand="Delta")).missing
    'needs own accounts: none configured for Delta in [[brands]] accounts'
    """
    return Figure(
        None, 0, missing=needs(["own accounts"], f"none configured for {i.brand} in [[brands]] accounts")
    )


def read(missing: str) -> tuple[list[str], str]:
    """What is needed and why there is none of it, of words that `needs` made; of any others nothing, and the words.

    >>> read("needs spend, clicks and leads: none imported yet; or more")
    (['spend', 'clicks', 'leads'], 'none imported yet')
    >>> read("other words")
    ([], 'other words')
    """
    names, _, why = missing.partition("; ")[0].partition(": ")
    if not why or not names.startswith("needs "):
        return [], missing
    return names.removeprefix("needs ").replace(" and ", ", ").split(", "), why
