"""What was heard of every brand in one window, counted in each way, and the plain sentences that say who leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from metrics.saying import Listed, Said
from metrics.voice.tally import WAYS, Copies, Lead, Share, Spoken, Tally, Way, copies, lead, share, tally

TITLES: Mapping[Way, str] = {
    "mentions": "by mentions",
    "people": "by people",
    "distinct": "without near-duplicates",
    "one_voice": "by one voice per author",
    "organic": "without repeats and bursts",
}


@dataclass(frozen=True, slots=True)
class SetAside:
    """What the ways of counting leave out of one brand's mentions: near-duplicates of earlier ones; an author's own repeats; bursts, and
    the mentions in them; those whose author is not known.
    """

    copies: int
    repeats: int
    bursts: int
    in_bursts: int
    nameless: int


@dataclass(frozen=True)
class Heard:
    """Every brand's share and what was set aside, by the brand's name; the share is None where nothing is said of any brand, the lead also where
    there are not two brands.
    """

    shares: Mapping[Way, Mapping[str, Share | None]]
    leads: Mapping[Way, Lead | None]
    aside: Mapping[str, SetAside]

    @property
    def leader_changes(self) -> bool:
        """Whether another brand is ahead by another way of counting."""
        return len({found.brand for found in self.leads.values() if found is not None}) > 1


def heard(spoken: Spoken) -> tuple[Heard, Copies, Mapping[Way, Tally]]:
    """All of it for one window, with what it was counted from."""
    found = copies(spoken)
    tallies = {way: tally(spoken, way, found) for way in WAYS}
    shares = {way: {brand: share(said, brand) for brand in spoken.brands} for way, said in tallies.items()}
    leads = {way: lead(said) for way, said in tallies.items()}
    aside = {brand: _aside(spoken, found, place) for place, brand in enumerate(spoken.brands)}
    return Heard(shares, leads, aside), found, tallies


def _aside(spoken: Spoken, found: Copies, place: int) -> SetAside:
    own = spoken.brand == place
    burst = found.burst[own]
    return SetAside(
        int((own & ~found.first).sum()),
        int((own & ~found.own).sum()),
        len(np.unique(burst[burst >= 0])),
        int((burst >= 0).sum()),
        int((own & (spoken.author < 0)).sum()),
    )


def lead_words(found: Lead | None, way: Way) -> Said:
    """Who leads in one way of counting, and whether it is more than chance.

    >>> lead_words(Lead("Delta", "JetBlue", 0.003), "mentions")
    'Delta leads by mentions, by more than chance (nearest: JetBlue, p = 0.003)'
    >>> lead_words(Lead("Delta", "JetBlue", 0.21), "people")
    'Delta is ahead by people, but its lead over JetBlue may be chance (p = 0.21)'
    >>> lead_words(Lead("Delta", "JetBlue", 1.0), "distinct")
    'Delta and JetBlue are level without near-duplicates'
    """
    if found is None:
        return Said("There are not two brands to compare {way}", way=Said(TITLES[way]))
    p = Said("p < 0.001") if found.chance < 0.001 else Said("p = {p:.2g}", p=found.chance)
    said = {"brand": found.brand, "rival": found.rival, "way": Said(TITLES[way])}
    if found.chance >= 1:
        return Said("{brand} and {rival} are level {way}", **said)
    if found.real:
        return Said("{brand} leads {way}, by more than chance (nearest: {rival}, {p})", **said, p=p)
    return Said("{brand} is ahead {way}, but its lead over {rival} may be chance ({p})", **said, p=p)


def verdict(heard: Heard) -> Iterator[str]:
    """Who leads, whether the lead is real, and whether the leader changes with the way of counting: a sentence each.

    >>> leads = dict.fromkeys(WAYS, Lead("Delta", "JetBlue", 0.001)) | {"distinct": Lead("JetBlue", "Delta", 0.3)}
    >>> for sentence in verdict(Heard({}, leads, {})):
    ...     print(sentence)
    Delta leads by mentions, by more than chance (nearest: JetBlue, p = 0.001).
    The leader changes with the way of counting: JetBlue is ahead without near-duplicates, but its lead over Delta may be chance (p = 0.3).
    """
    first = heard.leads["mentions"]
    yield Said("{lead}.", lead=lead_words(first, "mentions"))
    if first is None:
        return
    others = {way: found for way, found in heard.leads.items() if found is not None and way != "mentions"}
    changed = [lead_words(found, way) for way, found in others.items() if found.brand != first.brand]
    unsure = [
        Said(TITLES[way]) for way, found in others.items() if found.brand == first.brand and not found.real
    ]
    if changed:
        yield Said("The leader changes with the way of counting: {leads:;}.", leads=Listed(changed))
    else:
        yield Said("{brand} is ahead in every way of counting.", brand=first.brand)
    if first.real and unsure:
        yield Said("The lead may be chance {ways}.", ways=Listed(unsure))


def notes(heard: Heard, brand: str, way: Way) -> tuple[str, ...]:
    """The lines beside one brand's share: whether its lead is real, whether another way gives another leader, and what was set aside."""
    lines: list[str] = []
    now, raw, aside = heard.leads[way], heard.leads["mentions"], heard.aside[brand]
    if now is not None and brand == now.brand and not now.real:
        lines.append(lead_words(now, way))
    if now is not None and raw is not None and brand in (now.brand, raw.brand) and now.brand != raw.brand:
        line = "the leader changes: {first} by mentions, {brand} {way}"
        lines.append(Said(line, first=raw.brand, brand=now.brand, way=Said(TITLES[way])))
    if way in ("distinct", "one_voice") and aside.copies:
        lines.append(Said("{n} mentions that repeat an earlier one are set aside", n=aside.copies))
    if way == "organic" and aside.repeats:
        lines.append(Said("{n} mentions in which authors repeat themselves are set aside", n=aside.repeats))
    if way == "organic" and aside.bursts:
        line = "{n} mentions are counted as {bursts}: copies by many accounts within minutes"
        lines.append(Said(line, n=aside.in_bursts, bursts=aside.bursts))
    if way == "one_voice" and aside.nameless:
        lines.append(Said("{n} mentions have no known author and are left out", n=aside.nameless))
    return tuple(lines)
