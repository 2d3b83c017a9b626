"""What people did with posts: interactions with the mentions and with the brand's own posts."""

from metrics.catalogue import posts_compared, posts_rates
from metrics.formulas import engagement
from metrics.formulas.flows import RULE, own_posts, told
from metrics.inputs import Figure, Inputs
from metrics.interval import share_interval
from metrics.metric import Metric
from metrics.missing import needs, no_accounts
from metrics.saying import Said
from metrics.types import Part


def _mentions(i: Inputs) -> Figure:
    value = engagement.engagement(i.seen)
    if value is None:
        why = "no network tells them of these mentions" if i.mentions else "no mention in this time"
        return Figure(None, i.seen_posts, missing=needs(["interactions"], why))
    parts = engagement.by_kind(i.seen)
    return Figure(value, i.seen_posts, parts=tuple(Part(name, k, i.seen_posts) for name, k in parts.items()))


def _own(i: Inputs, name: str) -> Figure:
    """The sum of one public figure over the own posts that tell it."""
    if i.own is None:
        return no_accounts(i)
    if not i.own.posts:
        return Figure(None, 0, missing=needs(["own posts"], "none in this time"))
    figures = [figure for post in own_posts(i) if (figure := getattr(post, name)) is not None]
    if not figures:
        return Figure(None, 0, missing=needs([name], "no own post's network tells them"))
    partly = (
        Said("{fact} as told of {n} of {of} own posts", fact=Said(name), n=len(figures), of=len(i.own.posts)),
    )
    return Figure(sum(figures), len(figures), notes=partly if len(figures) < len(i.own.posts) else ())


def _comments(i: Inputs) -> Figure:
    """Split by what the collected ones among them say, since many comments can be bad news."""
    found = _own(i, "comments")
    if found.value is None or i.own is None:
        return found
    replies = i.own.replies
    if replies is None or not sum(replies):
        unsplit = "not split by sentiment: no labelled reply to these posts is among the mentions"
        return Figure(found.value, found.n, notes=(*found.notes, unsplit))
    n = sum(replies)
    parts = tuple(
        Part(f"{name} replies", 100 * k / n, n, share_interval(k, n), "%")
        for name, k in zip(("negative", "neutral", "positive"), replies, strict=True)
    )
    return Figure(found.value, found.n, parts=parts, notes=found.notes)


def _public(name: str, title: str, *, vanity: bool = False) -> Metric:
    return Metric(
        name,
        title,
        f"sum of the {name} of the brand's own posts in the window, as last read",
        "count",
        "up",
        _comments if name == "comments" else lambda i: _own(i, name),
        frozenset({"own", "replies"}) if name == "comments" else frozenset({"own"}),
        area="engagement",
        inputs=(f"{name} of own posts", *(["labelled replies to them"] if name == "comments" else [])),
        vanity=vanity,
    )


def _private(name: str, title: str) -> Metric:
    return Metric(
        name,
        title,
        f"sum of the {name} of the brand's own posts in the window; {RULE}",
        "count",
        "up",
        lambda i: told(i, name, name),
        frozenset({"own", "facts"}),
        area="engagement",
        inputs=(name,),
        data=("O", "I"),
    )


METRICS = (
    Metric(
        "engagement",
        "Engagement with mentions",
        "likes, shares, comments and quotes of the posts that name the brand, by each network's own formula, as last read",
        "count",
        "up",
        _mentions,
        frozenset({"sums", "engagement"}),
        area="engagement",
        inputs=("likes, shares, comments and quotes of the mentions",),
        source="own choice of formulas, named and dated: metrics.formulas.engagement.FORMULAS",
    ),
    _public("likes", "Likes of own posts", vanity=True),
    _public("comments", "Comments on own posts"),
    _public("shares", "Shares of own posts"),
    _private("saves", "Saves of own posts"),
    _private("clicks", "Clicks"),
    *posts_rates.METRICS,
    *posts_compared.METRICS,
)
