"""What a report holds, before it is a page: plain values and text, not escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from dashboard import format
from dashboard.names import network_name
from metrics.language import Language
from metrics.saying import figure, told
from metrics.types import MetricPoint

Audience = Literal["executive", "team", "analyst"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
"""executive: the summary, headline figures and goals. team: what drives them and the posts, too. analyst: every network, language and receipt."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the summary and the numbers of the receipts that it rests on."""

    text: str
    receipts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A figure that the report states, and the command that computes it again and shows its posts."""

    number: int
    figure: str
    brand: str
    value: str
    n: int
    command: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text as it is read; `numeric` columns are set to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One brand's figures in a chart, a value (None: not known) for each of the chart's buckets, with their intervals where drawn."""

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time. `partial`: numbers of the buckets that were not collected whole."""

    title: str
    unit: str
    days: Sequence[date]
    lines: Sequence[Line]
    partial: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A post, shown with its source; `url` is http or https, or None."""

    brand: str
    label: str
    network: str
    author: str
    at: datetime
    text: str
    url: str | None
    why: str


def source_of(one: Quote, timezone: str) -> str:
    """Whose post it is, when it was written, and why it is shown."""
    template = {
        "positive": "{author} on {network}, {at} · positive toward {brand} · {why}",
        "neutral": "{author} on {network}, {at} · neutral toward {brand} · {why}",
        "negative": "{author} on {network}, {at} · negative toward {brand} · {why}",
    }[one.label]
    at = format.moment(one.at, timezone)
    return told(
        template, author=one.author, network=network_name(one.network), at=at, brand=one.brand, why=one.why
    )


def under(chart: Chart) -> str:
    """What is said under a chart."""
    return " ".join(filter(None, [chart.note, told("Grey: not collected whole.") if chart.partial else ""]))


def receipt_words(one: ReceiptLine) -> str:
    """The figure of a receipt, in words."""
    return ", ".join(filter(None, [one.figure, one.brand, one.value])) + f"; n = {figure(one.n)}"


@dataclass(frozen=True, slots=True)
class Report:
    """All texts are in `language`.

    `points` are the headline figures that the tables print, for the workbook and for whoever checks them against the API."""

    title: str
    period: str
    audience: Audience
    timezone: str
    first_day: date
    last_day: date
    brands: Sequence[str]
    summary: Sequence[Sentence]
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    quotes: Sequence[Quote] = ()
    method: Sequence[str] = ()
    definitions: Sequence[Table] = ()
    coverage: Sequence[str] = ()
    receipts: Sequence[ReceiptLine] = ()
    points: Sequence[MetricPoint] = field(default=(), repr=False)
    language: Language = "en"
