"""How alerts have done: what people said of them, brand by brand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from storage.alerts import alerts_table
from storage.db import Database


@dataclass(frozen=True, slots=True)
class SpikeRecord:
    """Of one brand: `alerts` for spikes, of which people called `false` false alarms and `real` real; `latest` is the newest one's finding, JSON."""

    alerts: int
    false: int
    real: int
    latest: Mapping[str, Any]


def spike_records(db: Database, *, since: datetime) -> dict[str, SpikeRecord]:
    """By brand, over the alerts that opened from `since` on; a brand without any is not in it."""
    its = alerts_table.c
    these = its.rule == "spike", its.brand_id.is_not(None), its.opened_at >= since.astimezone(UTC)
    counted = select(
        its.brand_id,
        func.count(),
        func.count().filter(its.real.is_(False)),
        func.count().filter(its.real.is_(True)),
        func.max(its.id),
    )
    with db.read() as connection:
        rows = connection.execute(counted.where(*these).group_by(its.brand_id)).all()
        newest = select(its.id, its.finding).where(its.id.in_([row[4] for row in rows]))
        findings = {row.id: row.finding for row in connection.execute(newest)}
    return {
        brand: SpikeRecord(count, false, real, findings[last]) for brand, count, false, real, last in rows
    }
