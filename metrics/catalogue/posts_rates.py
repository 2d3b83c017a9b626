"""Rates of the brand's own posts: per person reached and per follower."""

from collections.abc import Callable, Sequence

from metrics.catalogue.accounts import ADDED_UP, no_followers
from metrics.catalogue.of_facts import nothing
from metrics.formulas import rates
from metrics.formulas.audience import Following, following
from metrics.formulas.flows import imported_channels, own_posts, told
from metrics.inputs import Figure, Inputs
from metrics.interval import Interval, mean_interval
from metrics.metric import Metric
from metrics.missing import needs, no_accounts
from metrics.own import OwnPost
from metrics.saying import Listed, Said

SPREAD = "95 % for the mean of posts like these (Student's t), never below 0; rather less of few posts with a long tail"


def no_posts(i: Inputs) -> Figure | None:
    """That there is no own post to compute a figure from, None where there is one."""
    if i.own is None:
        return no_accounts(i)
    return None if i.own.posts else Figure(None, 0, missing=needs(["own posts"], "none in this time"))


def _sum(posts: Sequence[OwnPost], *names: str) -> list[int]:
    """The sums of these figures; one that no post tells is 0."""
    return [sum(getattr(post, name) or 0 for post in posts) for name in names]


def _silent(posts: Sequence[OwnPost], *names: str) -> list[str]:
    return [name for name in names if all(getattr(post, name) is None for post in posts)]


def _by_reach(i: Inputs) -> Figure:
    """Over the own posts that tell their reach, else against the imported reach of their channels."""
    if (none := no_posts(i)) is not None:
        return none
    posts, clicked = [post for post in own_posts(i) if post.reach is not None], None
    notes: list[str] = [ADDED_UP]
    reach = float(sum(post.reach or 0 for post in posts))
    if not posts:
        imported = told(i, "reach", "reach")
        if imported.value is None or i.facts is None:
            return imported
        channels = imported_channels(i.facts, "reach")
        posts = [post for post in own_posts(i) if "" in channels or post.source in channels]
        if not posts:
            return Figure(
                None, 0, missing=needs(["own posts"], "none on the channels whose reach is imported")
            )
        same = imported_channels(i.facts, "clicks") == channels
        reach, clicked = imported.value, i.facts.values.get("clicks") if same else None
        notes.append(Said("imported reach against {n} own posts: is it of the same posts?", n=len(posts)))
    names = ("likes", "comments", "shares", "clicks")
    silent = [name for name in _silent(posts, *names) if name != "clicks" or clicked is None]
    if len(silent) == len(names):
        return Figure(None, 0, missing=needs(["interactions"], "the posts whose reach is known tell none"))
    likes, comments, shares, clicks = _sum(posts, *names)
    value = rates.engagement_rate_by_reach(
        likes, comments, shares, clicks if clicked is None else clicked, reach
    )
    if value is None:
        return Figure(None, 0, missing=nothing("reach"))
    notes += _untold(silent)
    return Figure(value, round(reach), notes=tuple(notes))


def _average(i: Inputs) -> Figure:
    if (none := no_posts(i)) is not None:
        return none
    told_of = [(k, p.followers) for p in own_posts(i) if (k := rates.interactions(p)) is not None]
    pairs = [(float(k), float(followers)) for k, followers in told_of if followers]
    if not told_of:
        return no_interactions()
    if not pairs:
        return no_followers(i) if following(i) is None else _no_followers_then()
    value, left = rates.average_engagement_rate(pairs), len(own_posts(i)) - len(pairs)
    line = "{n} of {of} own posts are left out: interactions or followers at that time not known"
    notes = (Said(line, n=left, of=len(own_posts(i))),)
    return Figure(
        value,
        len(pairs),
        above_nought(mean_interval(rates.per_follower(pairs))),
        notes=notes if left else (),
    )


def no_interactions() -> Figure:
    return Figure(None, 0, missing=needs(["interactions"], "no own post's network tells them"))


def _no_followers_then() -> Figure:
    return Figure(
        None, 0, missing=needs(["followers when posted"], "the accounts were not read near those posts")
    )


def above_nought(found: Interval | None) -> Interval | None:
    return found and (max(0.0, found[0]), found[1])


def _per_follower(formula: Callable[..., float | None], *names: str) -> Callable[[Inputs], Figure]:
    """The window's sums of these figures over the followers at its end, of the channels whose followers are known."""

    def compute(i: Inputs) -> Figure:
        if (none := no_posts(i)) is not None:
            return none
        found = following(i)
        if found is None:
            return no_followers(i)
        posts = [post for post in own_posts(i) if found.covers(post.source)]
        silent = _silent(posts, *names)
        if len(silent) == len(names):
            return Figure(
                None,
                0,
                missing=needs(list(names), "no own post of an account with known followers tells them"),
            )
        value = formula(*_sum(posts, *names), found.now)
        if value is None:
            return no_followers(i)
        return Figure(value, len(posts), notes=tuple(_left_out(i, posts, silent, found)))

    return compute


def _left_out(i: Inputs, posts: Sequence[OwnPost], silent: Sequence[str], found: Following) -> list[str]:
    notes = _untold(silent)
    if len(posts) < len(own_posts(i)):
        others = {post.source for post in own_posts(i) if not found.covers(post.source)}
        line = "without the posts on {names}: its followers are not known"
        notes.append(Said(line, names=Listed(sorted(others))))
    return notes


def _untold(silent: Sequence[str]) -> list[str]:
    return [Said("without {names}: not told", names=Listed(map(Said, silent)))] if silent else []


_KAUSHIK = 'A. Kaushik, "Best Social Media Metrics: Conversation, Amplification, Applause, Economic Value" (2011), there per post'


def _rate(id: str, title: str, formula: str, compute: Callable[[Inputs], Figure], *inputs: str) -> Metric:
    return Metric(
        id,
        title,
        formula,
        "%",
        "up",
        compute,
        frozenset({"own", "facts"}),
        area="engagement",
        inputs=(*inputs, "followers"),
        source=_KAUSHIK,
    )


METRICS = (
    Metric(
        "engagement_rate_by_reach",
        "Engagement rate by reach",
        "(likes + comments + shares + clicks) / reach x 100, over the own posts whose reach is known",
        "%",
        "up",
        _by_reach,
        frozenset({"own", "facts"}),
        area="engagement",
        inputs=("likes", "comments", "shares", "clicks", "reach"),
        data=("O", "I"),
    ),
    Metric(
        "average_engagement_rate",
        "Average engagement rate",
        "mean over own posts of all public interactions / followers when posted x 100",
        "%",
        "up",
        _average,
        frozenset({"own", "facts"}),
        area="engagement",
        inputs=("interactions with own posts", "followers"),
        interval=SPREAD,
        source="the usual definition of the field (engagement rate by followers, averaged over posts)",
    ),
    _rate(
        "applause_rate",
        "Applause rate",
        "approving actions (likes, saves, shares) on own posts / followers x 100",
        _per_follower(rates.applause_rate, "likes", "saves", "shares"),
        "likes",
        "saves",
        "shares",
    ),
    _rate(
        "amplification_rate",
        "Amplification rate",
        "shares of own posts / followers x 100",
        _per_follower(rates.amplification_rate, "shares"),
        "shares",
    ),
    _rate(
        "conversation_rate",
        "Conversation rate",
        "comments on own posts / followers x 100",
        _per_follower(rates.conversation_rate, "comments"),
        "comments",
    ),
)
