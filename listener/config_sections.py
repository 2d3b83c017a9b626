"""The sections of config.toml: what each key means, what it may hold, and what holds when it is not written.

docs/config.md is written from these classes.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field, model_validator

from listener.config_alerts import Alerts
from listener.config_reports import ScheduledReport
from listener.config_types import CHANGE, ID, Id, Line, QueryText, Section, Zone, made_id
from listener.config_web import Web
from listener.importing.facts.currencies import CODES
from listener.importing.facts.mapping import FIELDS
from listener.redaction import shown
from listener.suggestion import nearest
from metrics.facts import FACTS
from metrics.language import Language
from storage.types import BrandQuery

RELEVANCE = 0.05
"""The least probability of being about a brand with which a mention counts, where the configuration does not say."""
_DATABASES = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")


def _some(brands: "tuple[Brand, ...]") -> "tuple[Brand, ...]":
    if not brands:
        raise ValueError('is empty; add a [[brands]] table with "name" and "query"')
    return brands


def _database(value: str) -> str:
    """A database's address without a password, which belongs into the environment."""
    try:
        address = urlsplit(value)
        password = address.password is not None
    except ValueError:
        raise ValueError('is no address; write one as in "sqlite:///listener.db"') from None
    keys = {key.lower() for key, _ in parse_qsl(address.query)}
    if password or keys & {"password", "passfile", "sslpassword"}:
        raise ValueError(
            "holds a password, which does not belong in this file; take the line out and set the whole "
            "address in LISTENER_STORAGE_URL, or its file's name in LISTENER_STORAGE_URL_FILE"
        )
    if address.scheme not in _DATABASES:
        raise ValueError(
            'must begin with "sqlite:///" or "postgresql://", as in "sqlite:///listener.db" or "postgresql://ann@db/listener"'
        )
    return value


class Storage(Section):
    """The database."""

    url: Annotated[
        str,
        AfterValidator(_database),
        Field(
            description='"sqlite:///FILE", beside this file unless FILE begins with "/", or '
            '"postgresql://USER@HOST/NAME". An address with a password is given as LISTENER_STORAGE_URL or '
            "LISTENER_STORAGE_URL_FILE, which comes first."
        ),
    ] = "sqlite:///listener.db"


class Brand(Section):
    """One table for each brand to follow: your own and its competitors."""

    id: Annotated[
        Id, Field(description="stays the same when the name changes; made from the name if not written")
    ] = ""
    name: Annotated[Line, Field(description="as people read it in tables and reports")]
    role: Annotated[
        Literal["own", "competitor"], Field(description="whether the brand is yours or one to compare with")
    ] = "own"
    query: Annotated[QueryText, Field(description="which posts are about the brand: docs/queries.md")]
    accounts: Annotated[
        Mapping[Line, Line],
        Field(description="the brand's own accounts, by network: what they post is no mention"),
    ] = {}
    relevance: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="mentions less likely than this to be about the brand are left out of the figures: docs/queries.md. "
            "0 leaves none out.",
        ),
    ] = RELEVANCE

    @model_validator(mode="before")
    @classmethod
    def _with_id(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" not in data and isinstance(data.get("name"), str):
            return {**data, "id": made_id(data["name"])}
        return data

    def as_query(self) -> BrandQuery:
        """The brand as the database takes it, which alone knows the query's version."""
        threshold = round(self.relevance * 10_000)
        return BrandQuery(self.id, self.name, self.role, self.query, 0, dict(self.accounts), threshold)


class Campaign(Section):
    """One table for each campaign: a slice of the posts by query and days."""

    id: Annotated[Id, Field(description="the campaign's name in commands and figures")]
    query: Annotated[QueryText, Field(description="which posts belong to it: docs/queries.md")]
    first_day: Annotated[date, Field(alias="from", description="first day, as in 2027-03-01")]
    last_day: Annotated[date, Field(alias="to", description="last day, counted in")]

    @model_validator(mode="after")
    def _ordered(self) -> "Campaign":
        if self.last_day < self.first_day:
            raise ValueError(f'"to" ({self.last_day}) lies before "from" ({self.first_day})')
        return self


class Nlp(Section):
    """The model that labels how a post feels about a brand."""

    model: Annotated[
        Line, Field(description='"embedded", a folder, or a Hugging Face id such as "ann/model"')
    ] = "embedded"
    revision: Annotated[
        Line | None,
        Field(description="the commit of a Hugging Face model to use; fixed, so that labels stay comparable"),
    ] = None
    download: Annotated[bool, Field(description="true: a model that is not here may be fetched once")] = False
    threads: Annotated[
        int | None,
        Field(ge=1, le=1024, description="processor threads for labelling; all cores if not written"),
    ] = None


class Goal(Section):
    """One table for each goal, in words or by its parts: docs/goals.md. `listener goals` shows how they stand."""

    words: Annotated[
        str | None,
        Field(
            max_length=300,
            description='the goal in words, as in "+35 % average engagement rate in 4 months"; instead of `kpi`, `change` or `target`, and `by`',
        ),
    ] = None
    kpi: Annotated[str | None, Field(pattern=ID, description="the figure, by its id in docs/metrics.md")] = (
        None
    )
    brand: Annotated[
        Id | None,
        Field(
            description="the brand's id; not needed where the words name it, or only one brand is your own"
        ),
    ] = None
    change: Annotated[
        str | None,
        Field(
            pattern=CHANGE,
            description='the change wanted, as in "+35 %" (of what it is), "-10 points" or "+500"',
        ),
    ] = None
    target: Annotated[float | None, Field(description="the value wanted, instead of a change")] = None
    by: Annotated[date | None, Field(description="the last day, counted in")] = None
    since: Annotated[
        date | None,
        Field(description="the first day; the day on which Listener first sees the goal if not written"),
    ] = None
    channel: Annotated[Line | None, Field(description="one network only, such as x")] = None
    campaign: Annotated[Id | None, Field(description="one campaign only, by its id")] = None
    owner: Annotated[Line | None, Field(description="who answers for it")] = None
    reason: Annotated[Line | None, Field(description="why it matters")] = None
    review: Annotated[
        Literal["weekly", "monthly", "two months"], Field(description="how often to look at it again")
    ] = "monthly"

    @model_validator(mode="after")
    def _one_aim(self) -> "Goal":
        parts = {"kpi": self.kpi, "change": self.change, "target": self.target, "by": self.by}
        if self.words is not None:
            if beside := [name for name, value in parts.items() if value is not None]:
                raise ValueError(f'has "words", which say it all; take out "{beside[0]}"')
            return self
        if self.kpi is None:
            raise ValueError('needs "words", or "kpi" with "change" or "target" and "by"')
        if (self.change is None) == (self.target is None):
            raise ValueError('needs either "change" or "target", not both')
        if self.by is None:
            raise ValueError('needs "by", the last day, as in by = 2027-03-31')
        if self.since is not None and self.by < self.since:
            raise ValueError(f'"by" ({self.by}) lies before "since" ({self.since})')
        return self


class ServiceLevel(Section):
    """How soon people are to be answered."""

    within_minutes: Annotated[
        float,
        Field(
            gt=0,
            le=525_600,
            description="a first answer within this time is within the service level: response_within_sla",
        ),
    ] = 60


class Retention(Section):
    """How long things are kept and when a day's figures are final."""

    days: Annotated[
        int | None,
        Field(ge=1, le=100_000, description="posts older than this are erased; kept for ever if not written"),
    ] = None
    closes_after_hours: Annotated[
        int,
        Field(
            ge=0,
            le=8760,
            description="hours after which a day is closed: later changes to it are listed as restatements",
        ),
    ] = 48


def _code(value: str) -> str:
    if value not in CODES:
        near = nearest(value, CODES)
        hint = f'; did you mean "{near}"?' if near else ', as in "EUR"'
        raise ValueError(f"{shown(value)} is no currency of ISO 4217{hint}")
    return value


def _mapped(value: Mapping[str, str]) -> Mapping[str, str]:
    for name in value:
        if name not in FIELDS and name not in FACTS:
            near = nearest(name, (*FIELDS, *FACTS))
            hint = f'; did you mean "{near}"?' if near else "; docs/facts.md lists them"
            raise ValueError(f"{shown(name)} is no field and no fact{hint}")
    return value


Currency = Annotated[str, AfterValidator(_code)]
Rate = Annotated[float, Field(gt=0, le=1_000_000_000)]


class Money(Section):
    """The currency of all figures that are money, and what others are worth in it. Yours to keep current: nothing is fetched."""

    currency: Annotated[Currency, Field(description="what money is converted to")] = "EUR"
    rates: Annotated[
        Mapping[Currency, Rate],
        Field(
            description="what one unit of another currency is worth in it, for all days alike, as in { USD = 0.92 }"
        ),
    ] = {}


class FactImport(Section):
    """One table for each kind of file that `listener import-facts FILE --as NAME` reads; `--save` writes it: docs/facts.md."""

    columns: Annotated[
        Mapping[Line, Line],
        AfterValidator(_mapped),
        Field(
            description='the file\'s column of each field or fact, as in { date = "Day", spend = "Cost" }; "*": each row counts as one'
        ),
    ]
    brand: Annotated[
        Id | None, Field(description="the brand of rows that name none; your own if not written")
    ] = None
    channel: Annotated[
        Line | None, Field(description="the network or other channel of rows that name none")
    ] = None
    currency: Annotated[Currency | None, Field(description="the currency of money that states none")] = None
    dates: Annotated[
        Literal["day-first", "month-first"] | None,
        Field(description="how 03/04/2026 is meant; told from the file if not written"),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None,
        Field(description="what stands before the decimals; told from the file if not written"),
    ] = None
    sheet: Annotated[Line | None, Field(description="the sheet of a workbook; the first if not written")] = (
        None
    )
    zone: Annotated[
        Zone | None, Field(description="the time zone of the file's days; the configured one if not written")
    ] = None
    scale: Annotated[
        int | None, Field(ge=1, le=1000, description="the top of a satisfaction score's scale")
    ] = None
    only: Annotated[
        tuple[Line, ...],
        Field(description='the channels to count, "social" for all social networks; all if empty'),
    ] = ()


class Sections(Section):
    """Top level."""

    timezone: Annotated[Zone, Field(description='where a day begins and ends, as in "Europe/Oslo"')] = "UTC"
    language: Annotated[
        Literal["auto", Language],
        Field(
            description='what people are written to in: English, Norwegian (bokmål) or Dutch. "auto": pages in the language '
            "that the browser asks for, alerts and reports in English"
        ),
    ] = "auto"
    storage: Storage = Storage()
    brands: Annotated[tuple[Brand, ...], AfterValidator(_some)]
    campaigns: Annotated[tuple[Campaign, ...], Field(max_length=1000)] = ()
    nlp: Nlp = Nlp()
    alerts: Alerts = Alerts()
    reports: Annotated[tuple[ScheduledReport, ...], Field(max_length=100)] = ()
    goals: Annotated[tuple[Goal, ...], Field(max_length=1000)] = ()
    service: ServiceLevel = ServiceLevel()
    retention: Retention = Retention()
    money: Money = Money()
    web: Web = Web()
    imports: Mapping[Id, FactImport] = {}
