"""How many people the posts could have come before."""

from metrics.interval import Interval

SEEN_AT_LEAST, SEEN_AT_MOST = 0.02, 0.05
FORMULA = "followers-2-5-v1"


def potential_reach(followers: int) -> int:
    """Followers of everybody who mentioned or passed on the brand, each author once in the window.

        sum over distinct authors of their followers

    Followers as seen with the posts, the largest number where it changed; authors whose followers the network
    does not say add nothing. It is what could be, not what was: most followers never see a post, and one
    person may follow many. Nobody gives 0.

    Source: the usual definition of the field, each author once.

    >>> potential_reach(1_500_000)
    1500000
    """
    return followers


def reach_interval(followers: int) -> Interval:
    """The part of the potential that a post usually comes before: 2 % to 5 % of it, formula
    `followers-2-5-v1`.

        0.02 * followers .. 0.05 * followers

    A rule of thumb, not a measurement and not an error bar: `reach` proper comes only from the account's
    owner.

    >>> reach_interval(1_500_000)
    (30000.0, 75000.0)
    """
    return SEEN_AT_LEAST * followers, SEEN_AT_MOST * followers
