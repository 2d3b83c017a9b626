"""docs/metrics.md is what the code says, and says something of every metric."""

from pathlib import Path

import metrics
from metrics.metric import AREAS
from metrics.reference import page
from metrics.registry import METRICS

PAGE = Path(metrics.__file__).parent.parent / "docs" / "metrics.md"


def test_the_page_on_metrics_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write page() into it"


def test_every_metric_of_the_registry_has_its_entry() -> None:
    text = page()
    for name, metric in METRICS.items():
        assert f"## {name}\n" in text
        assert metric.title in text


def test_the_page_begins_with_a_table_for_each_area() -> None:
    tables, entries = page().split(f"## {next(iter(AREAS.values()))}\n", maxsplit=1)
    for area, title in AREAS.items():
        table = tables.split(f"**{title}**")[1].split("**")[0]
        assert {name for name, metric in METRICS.items() if metric.area == area} == {
            row.split("`")[1] for row in table.splitlines() if row.startswith("| [`")
        }
        assert f"## {title}\n" in f"## {next(iter(AREAS.values()))}\n{entries}"
