"""What the spike detector remembers, one row for each brand, network and kind of count."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from storage.rows import table_of, upsert_rows
from storage.tables_alerts import SpikeStateRow

spike_states = table_of(SpikeStateRow)


class StoredState(NamedTuple):
    """As of quarter hour `slot`. `source` "": all networks together. `setup` says what it was learned from: where that is another one now,
    it is worth nothing."""

    brand_id: str
    source: str
    kind: str
    setup: str
    slot: int
    record: bytes


Key = tuple[str, str, str]
"""brand, source, kind"""


def spike_state_rows(connection: Connection) -> dict[Key, StoredState]:
    """All of them."""
    rows = (StoredState(*row) for row in connection.execute(select(spike_states)))
    return {row[:3]: row for row in rows}


def put_spike_states(connection: Connection, states: Iterable[StoredState]) -> None:
    """Write these in place of what was kept of the same series."""
    merging = {name: f"new.{name}" for name in ("setup", "slot", "record")}
    upsert_rows(connection, SpikeStateRow, StoredState._fields, states, merging=merging)


def forget_spike_states(connection: Connection, gone: Mapping[Key, object]) -> None:
    """Drop what is kept of these series."""
    for brand_id, source, kind in gone:
        c = spike_states.c
        these = c.brand_id == brand_id, c.source == source, c.kind == kind
        connection.execute(delete(spike_states).where(*these))
