"""Figures told by influencer: one figure stays one, however a file writes the name, and whether or not an earlier file told the names."""

from collections.abc import Collection, Mapping, Set

from sqlalchemy import Connection

from storage.errors import StorageError
from storage.influencers import buried_names, name_key
from storage.tables_facts import MILLION, FactKey


class ToldOtherwise(StorageError):
    """An import holds a figure for all influencers together, and a file tells it apart with another sum, or the other way round."""


def as_stored(
    connection: Connection, given: Mapping[FactKey, int], stored: Collection[FactKey]
) -> tuple[Mapping[FactKey, int], int]:
    """The figures with every influencer as written where the import has the same one, without those who are forgotten; how many are theirs."""
    if not any(key.influencer for key in given):
        return given, 0
    erased = buried_names(connection, {(key.channel, key.influencer) for key in given if key.influencer})
    written = {"": ""}
    for key in (*stored, *given):
        written.setdefault(name_key(key.influencer), key.influencer)
    there = {_folded(key): key.influencer for key in stored}
    found: dict[FactKey, int] = {}
    nameless = 0
    for key, amount in given.items():
        forgotten = (key.channel, key.influencer) in erased
        nameless += forgotten
        folded = _folded(key)
        key = key._replace(influencer="" if forgotten else there.get(folded, written[folded.influencer]))
        found[key] = found.get(key, 0) + amount
    return found, nameless


def _folded(key: FactKey) -> FactKey:
    return key._replace(influencer=name_key(key.influencer))


def told_otherwise(
    name: str, stored: Mapping[FactKey, int], amounts: Mapping[FactKey, int], replace: bool
) -> list[FactKey]:
    """The stored figures that these are again, told by influencer where those are not or the other way round: kept, they would count twice."""
    before = _by_influencer(stored)
    now = _by_influencer(amounts, _unplaced(stored, amounts))
    gone = []
    for key, file in now.items():
        had = before.get(key, {})
        apart = had.keys() == {""} and "" not in file
        whole = "" not in had or had[""] != file.get("") == sum(had.values())
        together = file.keys() == {""} and any(had) and whole
        if not apart and not together:
            continue
        if (together or sum(file.values()) != had[""]) and not replace:
            raise _otherwise(name, key, sum(had.values()), sum(file.values()), apart)
        gone += [key._replace(influencer=influencer) for influencer in had]
    return [key for key in gone if key not in amounts]


def _unplaced(stored: Mapping[FactKey, int], amounts: Mapping[FactKey, int]) -> Set[FactKey]:
    """The stored figures of no channel and no influencer that the file does not have: the address of an account tells its channel, too."""
    return {key for key in stored if not key.channel and not key.influencer and key not in amounts}


def _by_influencer(
    amounts: Mapping[FactKey, int], unplaced: Set[FactKey] = frozenset()
) -> dict[FactKey, dict[str, int]]:
    found: dict[FactKey, dict[str, int]] = {}
    for key, amount in amounts.items():
        nobody = key._replace(influencer="")
        anywhere = nobody._replace(channel="")
        of = found.setdefault(anywhere if key.influencer and anywhere in unplaced else nobody, {})
        of[key.influencer] = of.get(key.influencer, 0) + amount
    return found


def _otherwise(name: str, key: FactKey, stored: int, now: int, apart: bool) -> ToldOtherwise:
    place = " / ".join(filter(None, (key.channel, key.campaign)))
    of = f"{key.fact} of {key.day}{f' ({place})' if place else ''}"
    amounts = [
        f"{amount / MILLION:,.{2 * bool(key.currency)}f} {key.currency}".strip() for amount in (stored, now)
    ]
    how = (
        f"holds {of} without influencers, {amounts[0]}, and the file tells {amounts[1]} of it by influencer"
        if apart
        else f"holds {of} by influencer, {amounts[0]}, and the file tells {amounts[1]} without them"
    )
    column = "" if apart else "; --map influencer=COLUMN names the column that tells them"
    return ToldOtherwise(
        f"the import {name} {how}: kept both, it would count twice. --replace puts the file's figures in the place of those stored, "
        f"--as NAME keeps both as figures of two imports{column}"
    )
