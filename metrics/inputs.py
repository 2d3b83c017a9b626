"""What the figures are computed from, for one brand and one bucket, and what a computation gives."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from metrics.facts import Facts
from metrics.formulas.engagement import Seen
from metrics.formulas.impact import Impact
from metrics.formulas.satisfaction import Ratings
from metrics.formulas.waiting import Service
from metrics.interval import Interval
from metrics.own import Own
from metrics.types import Part
from metrics.voice.clusters import Loudness
from metrics.voice.heard import Heard
from nlp.types import Confusion, Line


@dataclass(frozen=True, slots=True)
class Inputs:
    """Sums of one brand over one bucket, beside what they are set against; None where nothing is known.

    `all_mentions` and `all_authors` are over every tracked brand; `runner_up` is, of a brand that leads, the next one's
    name and mentions. `authors` wrote, and the tracked brands that each named add up to `named`, over every brand to `all_named`;
    `reached` wrote or reposted, and of these
    `unmeasured` have followers that nobody told. `seen` are the interactions of each network's posts, read
    `settled` after publication on average. `before` is the same for the previous period; of one that still runs,
    for as much of it as `so_far`, the mentions until what is known of it ends (`metrics.stretches`).

    `sums` are the model's probabilities summed over the mentions it labelled, `known` those that people labelled, both in the order
    negative, neutral, positive. `confusion` is what the model's own test sets say of its errors, None where nobody measured it;
    `audit` its probabilities summed over the brand's audited posts by true class, of which there are `audited`.

    `own` is what the brand's own accounts show (None: it has none), `facts` what was imported (None: never anything),
    `service` how it answers, `impact` what its mentions set in motion.
    `ratings` are the public reviews among its mentions, `heard` every brand's voice without copies.
    `loudness` is how unevenly its authors speak, `others_loudness` those of the other brands,
    `lead_loudness` those of a brand that leads and the next one's.
    `brand` is its name and `role` whose it is, for what is said where an input is missing.
    """

    mentions: int = 0
    reposts: int = 0
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    failed: int = 0
    sums: Line = (0.0, 0.0, 0.0)
    known: Line = (0.0, 0.0, 0.0)
    confusion: Confusion | None = None
    audit: Confusion | None = None
    audited: tuple[int, int, int] = (0, 0, 0)
    all_mentions: int = 0
    runner_up: tuple[str, int] | None = None
    authors: int | None = None
    all_authors: int | None = None
    named: int = 0
    all_named: int = 0
    reached: int | None = None
    unmeasured: int = 0
    followers: int | None = None
    seen: tuple[Seen, ...] = ()
    seen_posts: int = 0
    settled: timedelta | None = None
    own: Own | None = None
    facts: Facts | None = None
    impact: Impact | None = None
    service: Service | None = None
    heard: Heard | None = None
    loudness: Loudness | None = None
    others_loudness: Loudness | None = None
    lead_loudness: Loudness | None = None
    ratings: Ratings | None = None
    brand: str = "the brand"
    role: Literal["own", "competitor"] = "own"
    before: "Inputs | None" = field(default=None)
    so_far: int | None = None

    @property
    def labelled(self) -> int:
        return self.negative + self.neutral + self.positive

    @property
    def unlabelled(self) -> int:
        return self.mentions - self.labelled - self.failed


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed value, how many observations it rests on, and its interval where it has one.

    `missing` says in words which input there is none of, where that is why there is no value: "needs leads: none imported since 2027-03-01"
    (`metrics.missing`). `parts` are the figure's own for each format, tag or group. `notes` are lines for a person that
    the computation alone can say, beside the warnings: what was taken for what, and what was left out.
    """

    value: float | None
    n: int
    interval: Interval | None = None
    missing: str = ""
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
