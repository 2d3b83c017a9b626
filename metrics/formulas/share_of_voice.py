"""Whose voice is heard: one brand's part of what is said about all tracked brands."""

from metrics.interval import Interval, share_interval
from metrics.voice.clusters import LEVEL, Loudness, chance_of_gap_of_sums, clustered_interval, ratio_of_sums


def share_of_voice(brand: int, all_brands: int) -> float | None:
    """The brand's part of all mentions of tracked brands, in percent, 0..100.

        100 * brand / all_brands

    Mentions without reposts, in the same window and of the same networks; a post that names two brands counts
    once for each, so the shares of all brands add up to 100. What is not tracked is not in the whole: the
    share says nothing about a market. No mention of any brand gives None, not 0.

    Source: the usual definition of the field, with the tracked brands as the whole.

    >>> share_of_voice(brand=30, all_brands=120)
    25.0
    >>> share_of_voice(brand=0, all_brands=0) is None
    True
    """
    return 100 * brand / all_brands if all_brands else None


def share_of_voice_interval(brand: Loudness, others: Loudness) -> Interval | None:
    """Where the share lies, in percent, with authors drawn with all that they say: `metrics.voice.clusters.clustered_interval`.

    >>> [round(bound, 1) for bound in share_of_voice_interval(Loudness(30, 30, 30), Loudness(90, 90, 90))]
    [18.1, 33.5]
    >>> [round(bound, 1) for bound in share_of_voice_interval(Loudness(30, 300, 3e4), Loudness(90, 90, 90))]
    [11.0, 55.0]
    >>> share_of_voice_interval(Loudness(), Loudness()) is None
    True
    """
    found = ratio_of_sums(brand, others)
    return None if found is None else clustered_interval(found)


def share_of_voice_people(brand: int, sum_over_brands: int) -> float | None:
    """The brand's part of the people who speak of tracked brands, in percent, 0..100.

        100 * distinct authors naming the brand / sum over brands of their distinct authors

    An author who writes a hundred posts counts once for a brand, so one loud account does not make a leader.
    Somebody who names two brands counts once for each, so the shares add up to 100. Posts whose author is not
    known are left out. Nobody at all gives None.

    Source: own definition.

    >>> share_of_voice_people(brand=45, sum_over_brands=60)
    75.0
    >>> share_of_voice_people(brand=0, sum_over_brands=0) is None
    True
    """
    return 100 * brand / sum_over_brands if sum_over_brands else None


def lead_is_real(first: int, second: int, loudness: Loudness | None = None) -> bool | None:
    """Whether one brand's count is ahead of another's by more than chance, at 95 %; None where both are 0.

    `loudness` is how unevenly the authors of both speak: `metrics.voice.clusters.chance_of_gap_of_sums` is below 0.05. Without it each of the
    mentions is taken as a fair coin's throw: the lead is real where the interval of first / (first + second) leaves 50 % out.

    >>> lead_is_real(120, 115), lead_is_real(150, 100), lead_is_real(0, 0)
    (False, True, None)
    >>> lead_is_real(150, 100, Loudness(250, 60**2 + 190, 60**4 + 190))
    False
    """
    if loudness is not None and first + second:
        return chance_of_gap_of_sums(first - second, loudness) < 1 - LEVEL
    found = share_interval(first, first + second)
    return None if found is None else not found[0] <= 50 <= found[1]
