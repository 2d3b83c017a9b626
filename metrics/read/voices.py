"""Who says what of every brand, read for the shares of voice that are adjusted for copies, and for the table that shows all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from metrics.periods import Bucket
from metrics.read.compare import references
from metrics.read.question import Question, Reading, quarter
from metrics.voice.heard import Heard, heard
from metrics.voice.tally import WAYS, Copies, Lead, Spoken, Tally, Way, copies, overtook, pairwise, tally
from storage.brands import active_brands
from storage.db import Database
from storage.mentions import MentionFilter, MentionRow, find
from storage.sketch import sketch
from storage.voices import voices

MOST_COPIED = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """A text that is said again and again of a brand: how often, by how many accounts, over what time; `example` is the first mention with it."""

    brand: str
    mentions: int
    authors: int
    lasted: timedelta
    burst: bool
    example: MentionRow | None


@dataclass(frozen=True)
class VoiceTable:
    """The share of voice of every brand in every way of counting, by brand name; `pairs` compare every two.

    `overtaken` are (overtaker, overtaken) since the period before.
    """

    period: Bucket
    before: Bucket
    brands: Mapping[str, str]
    heard: Heard
    pairs: Mapping[Way, Sequence[Lead]]
    overtaken: Mapping[Way, Sequence[tuple[str, str]]]
    copied: Sequence[Copied]


def add_voices(reading: Reading) -> None:
    """Shares in every way of counting, for every brand and bucket."""
    names = {brand.id: brand.name for brand in active_brands(reading.db) if brand.id in reading.brand_ids}
    for span in reading.spans:
        found = heard(_spoken(reading.db, names, span, reading.asked.sources, reading.asked.langs))[0]
        for brand_id in reading.brand_ids:
            reading.add(brand_id, span, heard=found)


def voice_table(
    db: Database,
    *,
    since: datetime,
    until: datetime,
    timezone: str,
    now: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> VoiceTable:
    """Every brand's share of voice over [since, until) in five ways, set beside the period before it, or as much of that as is known of this.

    Raises MetricError for an empty period, StorageError.
    """
    names = {brand.id: brand.name for brand in active_brands(db)}
    period = Bucket(since, until)
    asked = Question(since, until, "all", timezone, now, sources=sources, langs=langs)
    before = references(db, "previous", [period], asked)[period].there
    spoken = _spoken(db, names, period, sources, langs)
    found, repeated, tallies = heard(spoken)
    earlier: Mapping[Way, Tally] = heard(_spoken(db, names, before, sources, langs))[2]
    overtaken = {way: overtook(earlier[way], tallies[way]) for way in WAYS}
    pairs = {way: pairwise(tallies[way]) for way in WAYS}
    ids = {name: brand_id for brand_id, name in names.items()}
    return VoiceTable(period, before, ids, found, pairs, overtaken, _copied(db, spoken, repeated, ids))


def said(db: Database, brands: Sequence[str], *, since: datetime, until: datetime, way: Way) -> Tally:
    """What every author said of these brands, by id, over [since, until), in one way of counting."""
    spoken = _spoken(db, {brand: brand for brand in brands}, Bucket(since, until), None, None)
    return tally(spoken, way, copies(spoken))


def _spoken(
    db: Database,
    names: Mapping[str, str],
    span: Bucket,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
) -> Spoken:
    """The mentions of all brands (names by id) that begin in the bucket's quarter hours, as every other figure counts them."""
    read = voices(
        db,
        brands=list(names),
        since=quarter(span.start),
        until=quarter(span.end),
        sources=sources,
        langs=langs,
    )
    kept = {brand_id: ~read[brand_id].repost for brand_id in names}
    sizes = [int(kept[brand_id].sum()) for brand_id in names]
    return Spoken(
        tuple(names.values()),
        np.repeat(np.arange(len(sizes)), sizes),
        np.concatenate(
            [read[brand_id].author[kept[brand_id]] for brand_id in names] or [np.zeros(0, np.int64)]
        ),
        np.concatenate(
            [read[brand_id].sketch[kept[brand_id]] for brand_id in names] or [np.zeros((0, 4), np.uint32)]
        ),
        np.concatenate([read[brand_id].at[kept[brand_id]] for brand_id in names] or [np.zeros(0, np.int64)]),
    )


def _copied(db: Database, spoken: Spoken, found: Copies, ids: Mapping[str, str]) -> list[Copied]:
    """The texts that are said most often, with the mention that said each first."""
    sizes = np.bincount(found.text)
    order = np.argsort(-sizes, kind="stable")[:MOST_COPIED]
    shown = []
    for text in order[sizes[order] > 1]:
        places = np.flatnonzero(found.text == text)
        first = places[found.first[places]][0]
        at, author = spoken.at[places], spoken.author[places]
        brand = spoken.brands[spoken.brand[first]]
        accounts = len(np.unique(author[author >= 0])) + int((author < 0).sum())
        shown.append(
            Copied(
                brand,
                len(places),
                accounts,
                timedelta(seconds=int(at.max() - at.min())),
                bool((found.burst[places] >= 0).any()),
                _mention(db, ids[brand], int(spoken.at[first]), spoken.sketch[first].astype("<u4").tobytes()),
            )
        )
    return shown


def _mention(db: Database, brand_id: str, at: int, marks: bytes) -> MentionRow | None:
    """The mention of that second with that sketch."""
    since = datetime.fromtimestamp(at, UTC)
    wanted = MentionFilter(brands=[brand_id], since=since, until=since + timedelta(seconds=1))
    return next((row for row in find(db, wanted) if sketch(row.text) == marks), None)
