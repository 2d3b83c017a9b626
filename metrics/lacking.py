"""Figures without a value, brought together by what they lack."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from metrics.facts import FACTS
from metrics.missing import IMPORT, read
from metrics.registry import METRICS
from metrics.types import MetricPoint

NOTHING = "nothing to compute it from in this time"


@dataclass(frozen=True, slots=True)
class Lack:
    """Figures without a value for one reason: what they need, why there is none of it, and which figures of which brands.

    Of the brands those in `alike` have the same reason with other numbers.
    """

    needs: list[str]
    why: str
    titles: dict[str, list[str]]
    alike: set[str] = field(default_factory=set)

    @property
    def what(self) -> str:
        imported = [name for name in self.needs if name in FACTS]
        if len(imported) > 1:
            return f"imported facts ({IMPORT})"
        return ", ".join(self.needs) + (f" ({IMPORT})" if imported else "")


def lacking(points: Iterable[MetricPoint]) -> list[Lack]:
    """What has no value, by reason; whatever imported facts would give is taken together where it lacks them for the same reason.

    Reasons that differ in their figures alone are one, told in the words of the first.
    """
    found: dict[tuple[str, tuple[str, ...]], Lack] = {}
    for point in points:
        if point.value is None:
            names, why = read((point.missing or NOTHING).replace(point.brand, "the brand"))
            key = re.sub(r"\d[\d,.]*", "0", why), () if set(names) & set(FACTS) else tuple(names)
            lack = found.setdefault(key, Lack([], why, {}))
            lack.needs.extend(name for name in names if name not in lack.needs)
            lack.titles.setdefault(point.brand, []).append(METRICS[point.metric].title)
            if why != lack.why:
                lack.alike.add(point.brand)
    return list(found.values())
