"""Whose voice is heard: one brand's part of what is said about all tracked brands."""

from metrics.interval import Interval, share_interval


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


def share_of_voice_interval(brand: int, all_brands: int) -> Interval | None:
    """Where chance alone puts the share, in percent: `metrics.interval.share_interval` of mentions.

    >>> [round(bound, 1) for bound in share_of_voice_interval(brand=30, all_brands=120)]
    [18.1, 33.4]
    """
    return share_interval(brand, all_brands)


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


def lead_is_real(first: int, second: int) -> bool | None:
    """Whether one brand's count is ahead of another's by more than chance, at 95 %; None where both are 0.

    Each of the mentions of the two is taken as a fair coin's throw: the lead is real where the interval of
    first / (first + second) leaves 50 % out.

    >>> lead_is_real(120, 115), lead_is_real(150, 100), lead_is_real(0, 0)
    (False, True, None)
    """
    found = share_interval(first, first + second)
    return None if found is None else not found[0] <= 50 <= found[1]
