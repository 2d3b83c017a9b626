"""Who follows the brand: how many, how much faster than before, who they say they are, and whether they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from metrics.facts import FRESH, Facts
from metrics.formulas.flows import imported_channels
from metrics.inputs import Inputs
from metrics.own import OwnAccount
from metrics.saying import Said


@dataclass(frozen=True, slots=True)
class Following:
    """Followers at the end of the bucket; `channels` are those that are in it, "" for all of them.

    `start` and `end` are of the channels known at both ends, None where there is none, and `days` those that they were read on, the
    oldest of either. `unseen` are own accounts that nobody told the followers of, `once` those known at one end only.
    """

    now: float
    channels: frozenset[str]
    start: float | None = None
    end: float | None = None
    days: tuple[date, date] | None = None
    unseen: tuple[str, ...] = ()
    once: tuple[str, ...] = ()

    def covers(self, source: str) -> bool:
        return "" in self.channels or source in self.channels


def following(i: Inputs) -> Following | None:
    """The followers of every channel, imported where they were and else as the own accounts were seen; None where nobody told any.

        imported + sum over own accounts of channels without an import

    Somebody who follows on two networks counts twice.

    Source: the usual definition of the field.

    >>> from metrics.own import Own
    >>> accounts = (OwnAccount("x", "@delta", followers_start=900, followers_end=1_000), OwnAccount("bluesky", "@delta"))
    >>> following(Inputs(own=Own(accounts)))
    Following(now=1000, channels=frozenset({'x'}), start=900, end=1000, days=None, unseen=('bluesky',), once=())
    """
    imported = i.facts.values.get("followers") if i.facts else None
    channels = imported_channels(i.facts, "followers") if i.facts and imported is not None else frozenset()
    ends: list[tuple[str, float | None, float]] = []
    read: list[tuple[date, date]] = []
    if i.facts and imported is not None:
        name, start = ", ".join(sorted(channels - {""})) or Said("the import"), _imported_start(i.facts)
        ends.append((name, start, imported))
        if start is not None and i.facts.start_read_on is not None:
            read.append((i.facts.start_read_on, i.facts.read_on["followers"]))
    unseen: list[str] = []
    for account in i.own.accounts if i.own and "" not in channels else ():
        if account.source in channels:
            continue
        if account.followers_end is None:
            unseen.append(account.source)
        else:
            ends.append((account.source, _start(account), account.followers_end))
            if _start(account) is not None and account.start_at and account.end_at:
                read.append((account.start_at.date(), account.end_at.date()))
    if not ends:
        return None
    both = [(start, end) for _, start, end in ends if start is not None]
    return Following(
        now=sum(end for *_, end in ends),
        channels=channels | {source for source, *_ in ends},
        start=sum(start for start, _ in both) if both else None,
        end=sum(end for _, end in both) if both else None,
        days=(min(first for first, _ in read), min(last for _, last in read)) if read else None,
        unseen=tuple(dict.fromkeys(unseen)),
        once=tuple(dict.fromkeys(source for source, start, _ in ends if start is None)),
    )


def _imported_start(facts: Facts) -> float | None:
    """The followers imported for the begin, None where either end was read so long before that the growth is of another time.

    A reading may be as old as a quarter of the bucket is long, and three days at least: of a month a week, of a week three days.
    """
    if facts.span is None or facts.start_read_on is None:
        return facts.followers_start
    first, after = facts.span
    oldest = max(FRESH, (after - first) / 4)
    ages = first - facts.start_read_on, after - facts.read_on["followers"]
    return facts.followers_start if all(age - timedelta(days=1) <= oldest for age in ages) else None


def _start(account: OwnAccount) -> int | None:
    """None also where both ends are one and the same look at the account: that is no growth of 0."""
    once = account.start_at is not None and account.start_at == account.end_at
    return None if once else account.followers_start


def audience_growth_rate(end: float, start: float) -> float | None:
    """Followers won over the window, in percent of what they were, from -100 upward.

        100 * (end - start) / start

    Of the same accounts at both ends. Nobody at the start gives None.

    Source: the usual definition of the field.

    >>> audience_growth_rate(end=1_050, start=1_000)
    5.0
    >>> audience_growth_rate(end=10, start=0) is None
    True
    """
    return 100 * (end - start) / start if start > 0 else None


def reach_rate(reach: float, followers: float) -> float | None:
    """People reached per hundred followers, in percent; above 100 where posts went beyond them.

        100 * reach / followers

    Nobody following gives None.

    Source: the usual definition of the field.

    >>> reach_rate(reach=1_200, followers=4_000)
    30.0
    >>> reach_rate(reach=5, followers=0) is None
    True
    """
    return 100 * reach / followers if followers > 0 else None


def audience_demographics(groups: Mapping[str, float]) -> Mapping[str, float]:
    """Each group's share of those of whom the same thing is known, in percent, the largest of each kind first.

        100 * group / sum over the groups of its kind

    Groups are named KIND=GROUP, as in country=NO or age=25-34, and counted as people declared it or a network reported it:
    nothing is ever inferred from a name or a picture. The shares of one kind add up to 100; those who declared nothing
    are in none.

    Source: the usual definition of the field.

    >>> audience_demographics({"country=NO": 30, "country=SE": 90, "age=25-34": 10})
    {'age=25-34': 100.0, 'country=SE': 75.0, 'country=NO': 25.0}
    """
    totals: dict[str, float] = {}
    for group, people in groups.items():
        kind = group.partition("=")[0]
        totals[kind] = totals.get(kind, 0) + people
    shares = {
        group: 100 * people / totals[kind]
        for group, people in groups.items()
        if totals[kind := group.partition("=")[0]]
    }
    return dict(sorted(shares.items(), key=lambda item: (item[0].partition("=")[0], -item[1], item[0])))


def follower_quality(engagements: float, followers: float) -> float | None:
    """Interactions with the window's own posts per hundred followers, in percent: followers who are none do not answer.

        100 * engagements / followers

    Nobody following gives None.

    Source: own definition; the share of suspicious followers stands beside it where it was imported.

    >>> follower_quality(engagements=120, followers=4_000)
    3.0
    >>> follower_quality(engagements=1, followers=0) is None
    True
    """
    return 100 * engagements / followers if followers > 0 else None
