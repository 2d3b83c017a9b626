"""The receipts of a report: each figure that a sentence states gets a number and the command that computes it again."""

import shlex
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from dashboard import format
from dashboard.filters import Filters
from dashboard.reports.report import ReceiptLine
from metrics.registry import METRICS
from metrics.saying import say
from metrics.types import MetricPoint


class Receipts:
    """Numbered in the order in which they are asked for; the same figure keeps its number."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters
        self.timezone = filters.timezone
        self._lines: dict[tuple[object, ...], ReceiptLine] = {}

    @property
    def lines(self) -> Sequence[ReceiptLine]:
        return tuple(self._lines.values())

    def of(self, point: MetricPoint) -> int:
        """The number of a figure's receipt."""
        key = point.metric, point.brand_id, point.bucket_start, point.bucket_end
        if key not in self._lines:
            value = format.number(point.value, point.unit, point.currency)
            between = format.interval(point)
            self._lines[key] = ReceiptLine(
                len(self._lines) + 1,
                say(METRICS[point.metric].title),
                point.brand,
                f"{value} ({between})" if between else value,
                point.n,
                self._metrics(point),
            )
        return self._lines[key].number

    def posts(self, figure: str, brand: str, value: str, n: int, command: Sequence[str]) -> int:
        """The number of something that is read from posts and is no metric, with the command that prints it."""
        key = figure, brand, tuple(command)
        if key not in self._lines:
            self._lines[key] = ReceiptLine(
                len(self._lines) + 1, figure, brand, value, n, shlex.join(["listener", *command])
            )
        return self._lines[key].number

    def _metrics(self, point: MetricPoint) -> str:
        zone = ZoneInfo(self._filters.timezone)
        words = ["listener", "metrics", point.metric, "--brand", point.brand_id]
        words += ["--since", f"{point.bucket_start.astimezone(zone):%Y-%m-%d}"]
        words += ["--until", f"{point.bucket_end.astimezone(zone):%Y-%m-%d}"]
        for source in self._filters.sources:
            words += ["--source", source]
        for lang in self._filters.langs:
            words += ["--lang", lang]
        if self._filters.campaign:
            words += ["--campaign", self._filters.campaign.id]
        if self._filters.q:
            words += ["--query", self._filters.q]
        return shlex.join([*words, "--receipt"])


def window(filters: Filters) -> list[str]:
    """The options of a command that ask for the report's days."""
    return [
        "--since",
        filters.first_day.isoformat(),
        "--until",
        (filters.last_day + timedelta(days=1)).isoformat(),
    ]
