"""Rates of the brand's own posts: per person reached, per follower, per format and per tag."""

from collections.abc import Callable, Sequence
from statistics import fmean

from metrics import rates
from metrics.audience import Following, following
from metrics.catalogue.accounts import ADDED_UP, no_followers
from metrics.catalogue.of_facts import nothing
from metrics.flows import imported_channels, own_posts, told
from metrics.inputs import Figure, Inputs
from metrics.interval import Interval, mean_interval, ratio_interval
from metrics.metric import Metric
from metrics.missing import needs, no_accounts
from metrics.own import OwnPost
from metrics.types import Part

MOST_TAGS = 20
_SPREAD = "95 % for the mean of posts like these (Student's t), never below 0; rather less of few posts with a long tail"


def _no_posts(i: Inputs) -> Figure | None:
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
    if (none := _no_posts(i)) is not None:
        return none
    posts, clicked, notes = [post for post in own_posts(i) if post.reach is not None], None, [ADDED_UP]
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
        notes.append(f"imported reach against {len(posts)} own posts: is it of the same posts?")
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
    if silent:
        notes.append(f"without {', '.join(silent)}: not told")
    return Figure(value, round(reach), notes=tuple(notes))


def _average(i: Inputs) -> Figure:
    if (none := _no_posts(i)) is not None:
        return none
    told_of = [(k, p.followers) for p in own_posts(i) if (k := rates.interactions(p)) is not None]
    pairs = [(float(k), float(followers)) for k, followers in told_of if followers]
    if not told_of:
        return _no_interactions()
    if not pairs:
        return no_followers(i) if following(i) is None else _no_followers_then()
    value, left = rates.average_engagement_rate(pairs), len(own_posts(i)) - len(pairs)
    notes = (
        f"{left} of {len(own_posts(i))} own posts are left out: interactions or followers at that time not known",
    )
    return Figure(
        value,
        len(pairs),
        _above_nought(mean_interval(rates.per_follower(pairs))),
        notes=notes if left else (),
    )


def _no_interactions() -> Figure:
    return Figure(None, 0, missing=needs(["interactions"], "no own post's network tells them"))


def _no_followers_then() -> Figure:
    return Figure(
        None, 0, missing=needs(["followers when posted"], "the accounts were not read near those posts")
    )


def _above_nought(found: Interval | None) -> Interval | None:
    return found and (max(0.0, found[0]), found[1])


def _per_follower(formula: Callable[..., float | None], *names: str) -> Callable[[Inputs], Figure]:
    """The window's sums of these figures over the followers at its end, of the channels whose followers are known."""

    def compute(i: Inputs) -> Figure:
        if (none := _no_posts(i)) is not None:
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
    notes = [f"without {', '.join(silent)}: not told"] if silent else []
    if len(posts) < len(own_posts(i)):
        others = {post.source for post in own_posts(i) if not found.covers(post.source)}
        notes.append(f"without the posts on {', '.join(sorted(others))}: its followers are not known")
    return notes


def _measured(i: Inputs) -> list[tuple[OwnPost, float]]:
    return [(post, float(k)) for post in own_posts(i) if (k := rates.interactions(post)) is not None]


def _by_type(i: Inputs) -> Figure:
    """The mean over all posts, and of each format as a part."""
    if (none := _no_posts(i)) is not None:
        return none
    measured = _measured(i)
    if not measured:
        return _no_interactions()
    everything = [k for _, k in measured]
    pairs = (
        [(post.format or "unknown", k) for post, k in measured]
        if any(post.format for post, _ in measured)
        else []
    )
    of = {name: [k for format, k in pairs if format == name] for name, _ in pairs}
    parts = tuple(
        Part(name, value, len(of[name]), _above_nought(mean_interval(of[name])))
        for name, value in rates.engagement_by_content_type(pairs).items()
    )
    notes = () if parts else ("no own post's network tells its format",)
    return Figure(
        fmean(everything),
        len(everything),
        _above_nought(mean_interval(everything)),
        parts=parts,
        notes=notes,
    )


def _lift(i: Inputs) -> Figure:
    """Posts with any tag against those with none, and of each tag against those without it."""
    if (none := _no_posts(i)) is not None:
        return none
    posts = _measured(i)
    if not posts:
        return _no_interactions()
    tagged, plain = [k for post, k in posts if post.tags], [k for post, k in posts if not post.tags]
    used: dict[str, int] = {}
    for post, _ in posts:
        for tag in post.tags:
            used[tag] = used.get(tag, 0) + 1
    parts = tuple(_tag(tag, posts) for tag in sorted(used, key=lambda tag: (-used[tag], tag))[:MOST_TAGS])
    value = rates.hashtag_lift(tagged, plain)
    if value is None:
        counts = (
            f"{len(tagged)} with and {len(plain)} without"
            if not (tagged and plain)
            else "none without a tag has any interaction"
        )
        return Figure(None, len(posts), missing=needs(["own posts to compare"], counts), parts=parts)
    notes = ("what goes together, not what tags do",)
    many = (
        (f"of {len(used)} tags those used most; one in twenty intervals misses by chance",)
        if len(used) > MOST_TAGS
        else ()
    )
    return Figure(value, len(posts), ratio_interval(tagged, plain), parts=parts, notes=(*notes, *many))


def _tag(tag: str, posts: Sequence[tuple[OwnPost, float]]) -> Part:
    having = [k for post, k in posts if tag in post.tags]
    others = [k for post, k in posts if tag not in post.tags]
    value = rates.hashtag_lift(having, others)
    return Part(f"#{tag}", value, len(having), None if value is None else ratio_interval(having, others))


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
        interval=_SPREAD,
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
    Metric(
        "engagement_by_content_type",
        "Engagement per own post, by format",
        "mean public interactions of an own post; of each format (text, image, video, story, link) beside it",
        "count",
        "up",
        _by_type,
        frozenset({"own"}),
        area="engagement",
        inputs=("interactions with own posts", "their formats"),
        interval=_SPREAD,
        source="own definition",
    ),
    Metric(
        "hashtag_lift",
        "Hashtag lift",
        "mean interactions of own posts with a hashtag / of those without; of each tag beside it",
        "ratio",
        "up",
        _lift,
        frozenset({"own"}),
        area="engagement",
        inputs=("interactions with own posts", "their tags"),
        interval="95 % for the ratio of the two means (log response ratio, Student's t)",
        source="own definition; interval by Hedges, Gurevitch and Curtis, Ecology 80 (1999)",
    ),
)
