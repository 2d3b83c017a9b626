"""Where the watch could not look, and why, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from listener.alerts.memory import Memory, Plan
from metrics.read.quarters import PUSHED, start_of
from metrics.spikes.baseline import Flags
from metrics.spikes.watch import DAY, HOLD, KINDS
from storage.quarters import last_collected

if TYPE_CHECKING:
    from listener.alerts.watch import Ahead


@dataclass(frozen=True)
class Blind:
    """Why a brand is not seen on a network, by (brand, network) as they are counted in the plan."""

    why: Mapping[tuple[int, int], str]

    def words(self, plan: Plan, memory: Memory, lately: Flags) -> dict[str, str]:
        """By the key of the brand where it cannot be seen anywhere, or not where its event was told: that alert must stay.

        A network that is blind alone has a key of its own, "spike:BRAND:NETWORK": alerts of the brand end without it.
        """
        rows, names, found = plan.rows, list(plan.watched.networks), {}
        for brand, brand_id in enumerate(plan.watched.ids):
            mine = {
                network: self.why[brand, network]
                for network in range(len(names))
                if (brand, network) in self.why
            }
            if not mine:
                continue
            told = {network for network in mine if lately[brand] and _told(memory, rows.row(brand, network))}
            if told or len(mine) == len(names):
                found[f"spike:{brand_id}"] = "; ".join(mine[network] for network in sorted(told or mine))
            else:
                found |= {f"spike:{brand_id}:{names[network]}": why for network, why in mine.items()}
        return found


def _told(memory: Memory, row: int) -> bool:
    return any(memory.slot - memory.states[kind].records["alerted"][row] < HOLD for kind in KINDS)


def blind(
    connection: Connection, plan: Plan, memory: Memory, ahead: "Sequence[Ahead]", now: datetime
) -> Blind:
    """A network is not seen where a source of it has collected nothing of the brand for longer than the plan waits, where it has been silent
    for longer than chance allows, and in its first day."""
    found: dict[tuple[int, int], str] = {}
    rows, networks = plan.rows, list(plan.watched.networks.items())
    shape = rows.brands, rows.networks
    late = np.array([one.now.coverage for one in ahead]).max(axis=0) <= 0
    late &= np.array([origins != PUSHED for _, origins in networks])
    volume, apart = memory.states["volume"].records, slice(max(rows.apart, rows.brands))
    silent = ~ahead[-2 if len(ahead) > 1 else -1].said["volume"].looked[apart].reshape(shape)
    new = volume["fed"][apart].reshape(shape) < DAY
    known = last_collected(connection, plan.watched.brands) if late.any() else {}
    for brand, at in np.argwhere(late | silent | new).tolist():
        name, origins = networks[at]
        ends = {origin: known.get((origin, plan.watched.ids[brand])) for origin in origins}
        gone = [origin for origin, end in ends.items() if end is None or now - end > plan.lag]
        if late[brand, at] and gone:
            found[brand, at] = "; ".join(_gone(origin, name, ends[origin]) for origin in gone)
        elif silent[brand, at]:
            quiet = _quiet(volume[rows.row(brand, at)])
            found[brand, at] = f"nothing at all came from {name} {quiet}, which chance does not explain"
        elif new[brand, at]:
            found[brand, at] = f"{name} has been watched for less than a day: what is usual is not known yet"
    return Blind(found)


def _gone(origin: str, network: str, end: datetime | None) -> str:
    named = origin if origin == network else f"{origin} ({network})"
    if end is None:
        return f"{named} has not been collected yet"
    return f"{named} has not been collected since {end:%Y-%m-%d %H:%M} UTC"


def _quiet(record: np.void) -> str:
    seen = np.flatnonzero(record["counts"])
    if not len(seen):
        return "for more than a day"
    since = start_of(int(record["slot"]) - (DAY - 1 - int(seen[-1])) + 1)
    return f"since {since:%Y-%m-%d %H:%M} UTC"
