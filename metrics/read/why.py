"""A change read network by network, for the brand and for all others, and split into parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from metrics import saying
from metrics.decomposition import Network, Said, Split, split_count, split_mean
from metrics.errors import MetricError
from metrics.inputs import Inputs
from metrics.missing import needs
from metrics.periods import Bucket, day_start
from metrics.read.compare import references
from metrics.read.holes import holes_of
from metrics.read.question import Question
from metrics.read.sums import counts_of, ledger_of, picked_of, stored_in
from metrics.stretches import BEGINNING, Earlier, Stretches
from metrics.warnings import hole_lines, so_far
from metrics.windows import NOTHING, Ledger, counted, total
from storage.brands import active_brands
from storage.counts import Sums, first_day, sums
from storage.db import Database

SCORES: Mapping[str, tuple[float, float, float]] = {
    "negative_share_raw": (1, 0, 0),
    "neutral_share_raw": (0, 1, 0),
    "positive_share_raw": (0, 0, 1),
    "net_sentiment_raw": (-1, 0, 1),
}
"""What a mention labelled negative, neutral or positive scores."""
AS_COUNTED = {name.removesuffix("_raw"): name for name in SCORES}
COUNT = "mentions"


@dataclass(frozen=True, slots=True)
class Why:
    """One brand's change over `span`, split: of what is known of the period, against `before`; `missing` says why there is no split."""

    metric: str
    brand: str
    brand_id: str
    span: Bucket
    before: Bucket
    split: Split | None
    warnings: tuple[str, ...]
    missing: str = ""


def why(
    db: Database, name: str, brand_ids: Sequence[str], asked: Question, to: Earlier = "previous"
) -> list[Why]:
    """The change of a metric of each of these brands between the question's period and the one that it is set against.

    Corrected shares do not add up over networks, so the counted ones are split in their place. Raises MetricError for a metric that cannot be
    split.
    """
    metric = AS_COUNTED.get(name, name)
    if metric != COUNT and metric not in SCORES:
        known = [COUNT, *SCORES]
        near = get_close_matches(name[:100], known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"split are {', '.join(known)}"
        raise MetricError(f'a change in "{name[:100]}" cannot be split; {hint}')
    whole = Bucket(asked.since, asked.until)
    pair = references(db, to, [whole], asked)[whole]
    span, before = pair.here, pair.there
    tracked = active_brands(db)
    ids = [brand.id for brand in tracked]
    shown = [brand for brand in tracked if brand.id in brand_ids]
    if not pair.begun:
        return [Why(metric, brand.name, brand.id, whole, before, None, (), BEGINNING) for brand in shown]
    by_source = _by_source(db, ids, asked, span, before)
    as_labelled = saying.Said(
        "split as labelled ({metric}): corrected shares do not add up over networks", metric=metric
    )
    notes: list[str] = [] if metric == name else [as_labelled]
    notes += [so_far(pair, ZoneInfo(asked.timezone))] if span != whole else []
    notes += _notes(db, ids, asked, span, before)
    split = split_count if metric == COUNT else split_mean
    found = []
    for brand in shown:
        rows = {source: _network(inputs, brand.id, metric) for source, inputs in by_source.items()}
        result = split(rows) if len(ids) > 1 else None
        lines = list(notes)
        if result and result.unknown:
            line = "too little is said of the others on {names} to tell the platform from the category"
            lines.append(saying.Said(line, names=saying.Listed(result.unknown)))
        missing = "" if result else _missing(ids)
        found.append(Why(metric, brand.name, brand.id, span, before, result, tuple(lines), missing))
    return found


def _missing(ids: Sequence[str]) -> str:
    if len(ids) < 2:
        return needs(["another tracked brand"], "what everyone did is known from the others alone")
    return needs(["mentions of the other brands"], "none in one of the two periods")


def _by_source(
    db: Database, ids: Sequence[str], asked: Question, span: Bucket, before: Bucket
) -> dict[str, Mapping[str, Inputs]]:
    """The sums of every brand in both windows, network by network; each window's whole days are one sum, however many they are."""
    if asked.query is not None:
        names = _sources(db, ids, asked, (span, before))
        return {name: _of_query(db, ids, replace(asked, sources=[name]), span, before) for name in names}
    zone = ZoneInfo(asked.timezone)
    whole = Ledger(zone, stored_in(db, asked.timezone))
    ledgers: dict[str, Ledger] = {}
    for window in (span, before):
        for row in _sums(db, ids, asked, window, whole):
            ledger = ledgers.setdefault(row.source or "", Ledger(zone, in_days=False))
            at = ledger.quarters.setdefault(row.brand_id, {})
            at[window.start] = total([at.get(window.start, NOTHING), counts_of(row)])
    return {name: _told(ledgers[name], ids, span, before) for name in sorted(ledgers)}


def _sums(db: Database, ids: Sequence[str], asked: Question, window: Bucket, whole: Ledger) -> Sequence[Sums]:
    """A row for each brand and network of the window's whole days, and one for each of the stretches at its edges."""
    cut = whole.cut(window)
    return [
        row
        for since, until in [*([cut.days] if cut.days else []), *cut.edges]
        for row in sums(
            db,
            brands=ids,
            since=since,
            until=until,
            every="all",
            sources=asked.sources,
            langs=asked.langs,
            by=["source"],
        )
    ]


def _sources(db: Database, ids: Sequence[str], asked: Question, windows: Sequence[Bucket]) -> list[str]:
    whole = Ledger(ZoneInfo(asked.timezone), in_days=False)
    return sorted(
        {row.source for window in windows for row in _sums(db, ids, asked, window, whole) if row.source}
    )


def _of_query(
    db: Database, ids: Sequence[str], asked: Question, span: Bucket, before: Bucket
) -> Mapping[str, Inputs]:
    picked = picked_of(db, ids, [span, before], asked)
    return _told(ledger_of(db, ids, [span, before], asked, picked), ids, span, before)


def _told(ledger: Ledger, ids: Sequence[str], span: Bucket, before: Bucket) -> Mapping[str, Inputs]:
    names = {brand_id: brand_id for brand_id in ids}
    found = counted(ledger, names, [span], {span: Stretches(span, before)})
    return {brand_id: found[brand_id, span] for brand_id in ids}


def _network(inputs: Mapping[str, Inputs], brand_id: str, metric: str) -> Network:
    def said(of: Inputs | None) -> Said:
        if of is None:
            return Said(0, 0, 0)
        if metric == COUNT:
            return Said(of.mentions, of.mentions, of.mentions)
        scores = [
            (of.negative, SCORES[metric][0]),
            (of.neutral, SCORES[metric][1]),
            (of.positive, SCORES[metric][2]),
        ]
        return Said(
            of.labelled, sum(n * score for n, score in scores), sum(n * score**2 for n, score in scores)
        )

    others = [of for other, of in inputs.items() if other != brand_id]
    own, nobody = inputs[brand_id], Said(0, 0, 0)
    return Network(
        said(own.before),
        said(own),
        sum((said(of.before) for of in others), nobody),
        sum((said(of) for of in others), nobody),
    )


def _notes(db: Database, ids: Sequence[str], asked: Question, span: Bucket, before: Bucket) -> list[str]:
    """What of the two periods was not collected whole, of any brand: the others are what everyone is known from."""
    zone = ZoneInfo(asked.timezone)
    holes = holes_of(db, before.start, asked)
    lines: list[str] = [
        saying.Said("before: {line}", line=line) for line in hole_lines(holes, before, asked.now, zone)
    ]
    lines += hole_lines(holes, span, asked.now, zone)
    begun = first_day(db, ids, asked.sources)
    if begun is None or before.start < day_start(begun, zone):
        stored = saying.Said("before: nothing is stored from before {day}", day=begun)
        lines.append(stored if begun else "nothing is stored")
    return lines
