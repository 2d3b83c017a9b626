"""The counts that the spike detector is fed: per brand and network, by quarter hours, with how much of each was looked at.

* Mentions are those that count everywhere else: no reposts, nothing irrelevant, nothing that a brand said itself.
* Negative ones are as labelled: by the model in use, and by people where they corrected it.
* A quarter hour of a network was looked at as far as every source that collects the network has collected it whole for the brand's
  present query: where one of two sources was down, half of the posts would look like quiet.
* What is pushed (a webhook) states no coverage: it counts as looked at from its first mention on, and the detector takes an unlikely
  silence for an outage.
* A network that no source collects is never watched. Of the past, imports count as looked at from a brand's first imported mention on a
  network to its last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from metrics.spikes.tails import Floats
from metrics.spikes.watch import QUARTER_S, Counts
from storage.coverage import BrandVersion
from storage.quarters import Voice, collected, imported, quarter_sums

PUSHED: tuple[str, ...] = ()
"""The sources of a network whose posts are sent to us."""


@dataclass(frozen=True)
class Watched:
    """Brands with the versions of their queries, by id, and networks with the configured names of the sources that collect them."""

    brands: tuple[BrandVersion, ...]
    networks: Mapping[str, tuple[str, ...]]

    @cached_property
    def ids(self) -> list[str]:
        return [brand_id for brand_id, _ in self.brands]

    def only(self, brands: Sequence[str]) -> "Watched":
        return Watched(tuple(one for one in self.brands if one[0] in brands), self.networks)


class Span(NamedTuple):
    """[since, until) that was looked at of a brand on a network."""

    brand_id: str
    network: str
    since: datetime
    until: datetime


def start_of(slot: int) -> datetime:
    """The first instant of a quarter hour."""
    return datetime.fromtimestamp(slot * QUARTER_S, UTC)


def counts_of(
    connection: Connection, watched: Watched, first: int, after: int, *, past: bool = False
) -> Counts:
    """Quarter hours [first, after), arrays of [brand, network, quarter hour] in the order of `watched`.

    `past`: imports count as looked at; so does a pushed network only from its first mention in this stretch on.
    """
    brands = {brand_id: at for at, brand_id in enumerate(watched.ids)}
    networks = {network: at for at, network in enumerate(watched.networks)}
    shape = len(brands), len(networks), max(after - first, 0)
    mentions, negative, labelled = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row in quarter_sums(connection, watched.ids, list(networks), first, after):
        at = brands[row.brand_id], networks[row.network], row.quarter - first
        mentions[at], negative[at], labelled[at] = row.mentions, row.negative, row.labelled
    coverage = looked_at(connection, watched, first, after)
    if past:
        spans = (
            Span(brand_id, network, low, high)
            for (brand_id, network), (low, high) in imported(connection, watched.ids, start_of(first)).items()
        )
        coverage = np.maximum(coverage, _covered(spans, brands, networks, first, after))
    for network, origins in watched.networks.items():
        if origins == PUSHED:
            began = np.maximum.accumulate(mentions[:, networks[network]] > 0, axis=1) if past else 1.0
            coverage[:, networks[network]] = np.maximum(coverage[:, networks[network]], began)
    return Counts(mentions, negative, labelled, coverage)


def looked_at(connection: Connection, watched: Watched, first: int, after: int) -> Floats:
    """The part of each quarter hour that all sources of a network have collected whole, [brand, network, quarter hour]."""
    brands = {brand_id: at for at, brand_id in enumerate(watched.ids)}
    networks = {network: at for at, network in enumerate(watched.networks)}
    by_origin: dict[str, list[Span]] = {}
    for one in collected(connection, watched.brands, start_of(first), start_of(after)):
        by_origin.setdefault(one.origin, []).append(Span(one.brand_id, one.origin, one.since, one.until))
    found = np.zeros((len(brands), len(networks), max(after - first, 0)))
    for network, origins in watched.networks.items():
        parts = [
            _covered(by_origin.get(origin, ()), brands, {origin: 0}, first, after)[:, 0] for origin in origins
        ]
        if parts:
            found[:, networks[network]] = np.min(parts, axis=0)
    return found


def _covered(
    spans: Iterable[Span], brands: Mapping[str, int], networks: Mapping[str, int], first: int, after: int
) -> Floats:
    """The part of each quarter hour that these stretches, which do not overlap, make up."""
    found = np.zeros((len(brands), len(networks), max(after - first, 0)))
    for brand_id, network, since, until in spans:
        if brand_id not in brands or network not in networks:
            continue
        low = max(since.timestamp() / QUARTER_S - first, 0.0)
        high = min(until.timestamp() / QUARTER_S - first, float(found.shape[2]))
        if low >= high:
            continue
        row, begins, ends = found[brands[brand_id], networks[network]], int(low), int(high)
        row[begins:ends] += 1
        row[begins] -= low - begins
        if ends < len(row):
            row[ends] += high - ends
    return np.minimum(found, 1)


def spread_out(voices: Iterable[Voice], networks: Sequence[str], first: int, after: int, most: int) -> Counts:
    """Mentions as counts of one brand, [1, network, quarter hour], of each author's newest `most` only.

    In every stretch of time that ends with the newest mention, an author then counts at most so often. Voices come newest first;
    those without an author count one by one. Coverage is left at 1.
    """
    at = {network: place for place, network in enumerate(networks)}
    shape = 1, len(at), max(after - first, 0)
    mentions, negative, labelled = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    said: dict[int, int] = {}
    for one in voices:
        if one.network not in at or not first <= one.quarter < after:
            continue
        if one.author_id is not None:
            said[one.author_id] = said.get(one.author_id, 0) + 1
            if said[one.author_id] > most:
                continue
        where = 0, at[one.network], one.quarter - first
        mentions[where] += 1
        negative[where] += one.negative
        labelled[where] += one.labelled
    return Counts(mentions, negative, labelled, np.ones(shape))
