"""What people did with the brand's own posts, set against who follows it or saw them."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from metrics.formulas.engagement import Seen, engagement
from metrics.own import OwnPost


def interactions(post: OwnPost) -> int | None:
    """All public interactions with one own post, by its network's formula (`metrics.engagement.engagement`); None where none is told.

    >>> from datetime import UTC, datetime
    >>> interactions(OwnPost("x", "1", datetime(2027, 3, 1, tzinfo=UTC), likes=8, shares=2, clicks=40))
    10
    """
    return engagement([Seen(post.source, post.likes, post.shares, post.comments, post.quotes)])


def engagement_rate_by_reach(
    likes: float, comments: float, shares: float, clicks: float, reach: float
) -> float | None:
    """Interactions and clicks per hundred people reached, in percent.

        100 * (likes + comments + shares + clicks) / reach

    Over the own posts whose reach is told; a figure that a network keeps to itself adds nothing. One person may do several
    things, so it may pass 100. Nobody reached gives None.

    Source: the usual definition of the field (engagement rate by reach, ERR), with clicks.

    >>> engagement_rate_by_reach(likes=60, comments=12, shares=8, clicks=40, reach=4_000)
    3.0
    >>> engagement_rate_by_reach(0, 0, 0, 0, reach=0) is None
    True
    """
    return 100 * (likes + comments + shares + clicks) / reach if reach > 0 else None


def average_engagement_rate(posts: Sequence[tuple[float, float]]) -> float | None:
    """Mean over own posts of their interactions per hundred followers, in percent.

        mean over posts of 100 * interactions / followers

    Pairs of a post's public interactions and the account's followers when it was posted; posts of an account without
    followers say nothing. Every post weighs the same, so a post that went round moves it: the interval says how much.
    No post gives None.

    Source: the usual definition of the field (engagement rate by followers, averaged over posts).

    >>> average_engagement_rate([(30, 1_000), (10, 1_000), (40, 2_000)])
    2.0
    >>> average_engagement_rate([]) is None
    True
    """
    rates = per_follower(posts)
    return fmean(rates) if rates else None


def per_follower(posts: Sequence[tuple[float, float]]) -> list[float]:
    """Each post's interactions per hundred followers, where there are any.

    >>> per_follower([(30, 1_000), (3, 0)])
    [3.0]
    """
    return [100 * done / followers for done, followers in posts if followers]


def applause_rate(likes: float, saves: float, shares: float, followers: float) -> float | None:
    """Approving actions of the window per hundred followers, in percent: comments, which may be angry, are not in it.

        100 * (likes + saves + shares) / followers

    Nobody following gives None.

    Source: A. Kaushik, "Best Social Media Metrics: Conversation, Amplification, Applause, Economic Value" (2011), counts
    likes per post; here all approving actions per follower, so that accounts of different size compare.

    >>> applause_rate(likes=70, saves=20, shares=10, followers=4_000)
    2.5
    >>> applause_rate(1, 0, 0, followers=0) is None
    True
    """
    return 100 * (likes + saves + shares) / followers if followers > 0 else None


def amplification_rate(shares: float, followers: float) -> float | None:
    """Times the window's own posts were passed on, per hundred followers, in percent.

        100 * shares / followers

    Nobody following gives None.

    Source: A. Kaushik, as for `applause_rate`, there per post.

    >>> amplification_rate(shares=10, followers=4_000)
    0.25
    >>> amplification_rate(1, followers=0) is None
    True
    """
    return 100 * shares / followers if followers > 0 else None


def conversation_rate(comments: float, followers: float) -> float | None:
    """Comments on the window's own posts per hundred followers, in percent. Many can be bad news: see who says what.

        100 * comments / followers

    Nobody following gives None.

    Source: A. Kaushik, as for `applause_rate`, there per post.

    >>> conversation_rate(comments=20, followers=4_000)
    0.5
    >>> conversation_rate(1, followers=0) is None
    True
    """
    return 100 * comments / followers if followers > 0 else None


def engagement_by_content_type(posts: Sequence[tuple[str, float]]) -> Mapping[str, float]:
    """Mean interactions of one own post, for each format, the best first.

        of each format: sum of its posts' interactions / number of them

    Pairs of a post's format and its public interactions. Formats are used for different things and on different networks,
    so that one does better does not say that the next post in it will.

    Source: own definition.

    >>> engagement_by_content_type([("image", 10), ("image", 20), ("video", 40)])
    {'video': 40.0, 'image': 15.0}
    """
    means = {name: fmean(done for format, done in posts if format == name) for name in {f for f, _ in posts}}
    return dict(sorted(means.items(), key=lambda item: (-item[1], item[0])))


def hashtag_lift(with_tag: Sequence[float], without: Sequence[float]) -> float | None:
    """How many times the interactions of a post without the tag one with it has: 1 is no difference.

        mean interactions of own posts with it / mean of those without

    Of several networks each post's interactions are first divided by the mean of those without on its own network.
    It says what goes together, not what the tag does: who tags a launch tags what people like anyway. None where one side
    has no post, or posts without it had no interaction at all.

    Source: own definition.

    >>> hashtag_lift([30, 50], [10, 20, 30])
    2.0
    >>> hashtag_lift([30, 50], []) is None
    True
    """
    if not with_tag or not without or not fmean(without):
        return None
    return fmean(with_tag) / fmean(without)
