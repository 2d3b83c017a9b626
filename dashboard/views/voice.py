"""Share of voice: counted in five ways, who leads and whether that is more than chance, who overtook whom, and what is said again and again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dashboard.filters import Filters
from dashboard.site import Site
from dashboard.views.lines import Trend, over_time
from dashboard.views.mentions import Mention, rows_of
from dashboard.views.view import Asked, View, Words, asked
from metrics.read.voices import Copied, VoiceTable, voice_table
from metrics.voice.heard import TITLES, verdict
from metrics.voice.tally import WAYS, Lead, Share, Way


class ShareSaid(View):
    """One brand's share in one way of counting, in percent; `smallest_change` is the least that would be noticed, in points."""

    brand: str
    brand_id: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    smallest_change: float | None


class LeadSaid(View):
    """Who is ahead of whom. `p_value`: how often chance alone would put it so far ahead; `real`: in less than 5 %."""

    brand: str
    rival: str
    p_value: float
    real: bool


class WaySaid(View):
    """A way of counting. `overtaken`: who overtook whom since the period before."""

    way: Way
    title: str
    shares: tuple[ShareSaid, ...]
    lead: LeadSaid | None
    pairs: tuple[LeadSaid, ...]
    overtaken: tuple[tuple[str, str], ...]


class AsideSaid(View):
    """What ways of counting leave out of a brand's mentions: near-duplicates, an author's repeats, bursts, and mentions of unknown authors."""

    brand: str
    copies: int
    repeats: int
    bursts: int
    in_bursts: int
    nameless: int


class CopiedSaid(View):
    """A text that is said again and again, within `minutes`; `example` said it first, None where it is not there any more."""

    brand: str
    mentions: int
    accounts: int
    minutes: float
    burst: bool
    example: Mention | None


class Voice(View):
    """The share of voice over the period. All tracked brands are in it, whichever are shown; `verdict` says in words who leads.

    `warnings`: a query and a campaign are left aside, since shares are of whole brands.
    """

    asked: Asked
    before_since: datetime
    ways: tuple[WaySaid, ...]
    leader_changes: bool
    verdict: tuple[Words, ...]
    aside: tuple[AsideSaid, ...]
    copied: tuple[CopiedSaid, ...]
    warnings: tuple[Words, ...]


def voice(site: Site, filters: Filters, *, now: datetime) -> Voice:
    """All ways of counting, side by side. Every mention of the period is read: its cost grows with the period."""
    found = voice_table(
        site.db,
        since=filters.since,
        until=filters.until,
        timezone=filters.timezone,
        now=now,
        sources=list(filters.sources) or None,
        langs=list(filters.langs) or None,
    )
    aside = (
        AsideSaid(brand=brand, copies=a.copies, repeats=a.repeats, bursts=a.bursts, in_bursts=a.in_bursts, nameless=a.nameless)
        for brand, a in found.heard.aside.items()
    )  # fmt: skip
    return Voice(
        asked=asked(filters),
        before_since=found.before.start,
        ways=tuple(_way(found, way) for way in WAYS),
        leader_changes=found.heard.leader_changes,
        verdict=tuple(verdict(found.heard)),
        aside=tuple(aside),
        copied=tuple(_copied(site, one) for one in found.copied),
        warnings=("shares are of whole brands: the query is left aside",) if filters.query else (),
    )


def trend(site: Site, filters: Filters, *, now: datetime) -> Trend:
    """Every brand's share of voice over time."""
    return over_time(site, filters, ["share_of_voice"], now=now)


def _way(found: VoiceTable, way: Way) -> WaySaid:
    lead = found.heard.leads[way]
    return WaySaid(
        way=way,
        title=TITLES[way],
        shares=tuple(_share(found, brand, share) for brand, share in found.heard.shares[way].items()),
        lead=_lead(lead) if lead else None,
        pairs=tuple(map(_lead, found.pairs[way])),
        overtaken=tuple(found.overtaken[way]),
    )


def _share(found: VoiceTable, brand: str, share: Share | None) -> ShareSaid:
    low, high = share.interval if share else (None, None)
    return ShareSaid(
        brand=brand,
        brand_id=found.brands[brand],
        value=share.value if share else None,
        low=low,
        high=high,
        n=share.n if share else 0,
        smallest_change=share.smallest if share else None,
    )


def _lead(lead: Lead) -> LeadSaid:
    return LeadSaid(brand=lead.brand, rival=lead.rival, p_value=lead.chance, real=lead.real)


def _copied(site: Site, one: Copied) -> CopiedSaid:
    rows: Iterator[Mention] = iter(rows_of(site, [one.example] if one.example else []))
    return CopiedSaid(
        brand=one.brand,
        mentions=one.mentions,
        accounts=one.authors,
        minutes=round(one.lasted / timedelta(minutes=1), 1),
        burst=one.burst,
        example=next(rows, None),
    )
