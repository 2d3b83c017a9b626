"""Figures without a value, brought together by what they lack."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from metrics.facts import FACTS
from metrics.missing import IMPORT, read
from metrics.registry import METRICS
from metrics.saying import Listed, Said
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
            return Said("imported facts ({command})", command=IMPORT)
        template = "{needs} ({command})" if imported else "{needs}"
        return Said(template, needs=Listed(self.needs), command=IMPORT)


def lacking(points: Iterable[MetricPoint]) -> list[Lack]:
    """What has no value, by reason; whatever imported facts would give is taken together where it lacks them for the same reason.

    Reasons that differ in their figures alone are one, told in the words of the first.
    """
    found: dict[tuple[str, tuple[str, ...]], Lack] = {}
    for point in points:
        if point.value is None:
            names, why = read(_of_any(point.missing or NOTHING, point.brand))
            key = re.sub(r"\d[\d,.]*", "0", why), () if set(names) & set(FACTS) else tuple(names)
            lack = found.setdefault(key, Lack([], why, {}))
            lack.needs.extend(name for name in names if name not in lack.needs)
            lack.titles.setdefault(point.brand, []).append(METRICS[point.metric].title)
            if why != lack.why:
                lack.alike.add(point.brand)
    return list(found.values())


def _of_any(text: str, brand: str) -> str:
    """The same of whatever brand, so that brands which lack the same are told of at once.

    >>> _of_any(Said("none configured for {brand} in [[brands]] accounts", brand="Delta"), "Delta")
    'none configured for the brand in [[brands]] accounts'
    """

    def of_any(value: Any) -> Any:
        if isinstance(value, Listed):
            return Listed(map(of_any, value))
        if isinstance(value, Said):
            return _of_any(value, brand)
        return Said("the brand") if value == brand else value

    if not isinstance(text, Said):
        return text
    return Said(text.template, **{name: of_any(value) for name, value in text.values.items()})
