"""Own posts compared with each other, network by network: format by format, and with a tag and without."""

from collections.abc import Callable, Sequence
from statistics import fmean

from metrics.catalogue.posts_rates import SPREAD, above_nought, no_interactions, no_posts
from metrics.formulas import rates
from metrics.formulas.flows import own_posts
from metrics.inputs import Figure, Inputs
from metrics.interval import mean_interval, ratio_interval
from metrics.metric import Metric
from metrics.missing import needs
from metrics.own import OwnPost
from metrics.saying import Said
from metrics.types import Part

MOST_TAGS = 20


def _measured(i: Inputs) -> list[tuple[OwnPost, float]]:
    return [(post, float(k)) for post in own_posts(i) if (k := rates.interactions(post)) is not None]


def _by_type(i: Inputs) -> Figure:
    """The mean over all posts, and of each format as a part; of several networks each by itself, since they count in other orders."""
    if (none := no_posts(i)) is not None:
        return none
    measured = _measured(i)
    if not measured:
        return no_interactions()
    everything = [k for _, k in measured]
    several = len({post.source for post, _ in measured}) > 1
    pairs = (
        [(_format(post, several), k) for post, k in measured]
        if any(post.format for post, _ in measured)
        else []
    )
    of = {name: [k for format, k in pairs if format == name] for name, _ in pairs}
    parts = tuple(
        Part(name, value, len(of[name]), above_nought(mean_interval(of[name])))
        for name, value in rates.engagement_by_content_type(pairs).items()
    )
    notes = () if parts else ("no own post's network tells its format",)
    return Figure(
        fmean(everything),
        len(everything),
        above_nought(mean_interval(everything)),
        parts=parts,
        notes=notes,
    )


def _format(post: OwnPost, several: bool) -> str:
    name = Said(post.format or "unknown")
    return Said("{format} on {network}", format=name, network=post.source) if several else name


def _against(
    posts: Sequence[tuple[OwnPost, float]], tagged: Callable[[OwnPost], bool]
) -> tuple[list[float], list[float]]:
    """The interactions of posts with a tag and of those without, each by the mean of those without on its network.

    So a tag that is used where interactions are many is not taken for what makes them many. Networks without posts of both kinds are left out.
    """
    having: list[float] = []
    others: list[float] = []
    for source in sorted({post.source for post, _ in posts}):
        here = [(tagged(post), k) for post, k in posts if post.source == source]
        plain = [k for tag, k in here if not tag]
        usual = fmean(plain) if plain else 0.0
        if usual and len(plain) < len(here):
            having += [k / usual for tag, k in here if tag]
            others += [k / usual for k in plain]
    return having, others


def _lift(i: Inputs) -> Figure:
    """Posts with any tag against those with none, and of each tag against those without it, on the same network."""
    if (none := no_posts(i)) is not None:
        return none
    posts = _measured(i)
    if not posts:
        return no_interactions()
    tagged, plain = _against(posts, lambda post: bool(post.tags))
    used: dict[str, int] = {}
    for post, _ in posts:
        for tag in post.tags:
            used[tag] = used.get(tag, 0) + 1
    parts = tuple(_tag(tag, posts) for tag in sorted(used, key=lambda tag: (-used[tag], tag))[:MOST_TAGS])
    value = rates.hashtag_lift(tagged, plain)
    if value is None:
        having = sum(bool(post.tags) for post, _ in posts)
        counts = (
            "none without a tag has any interaction on a network where some have one"
            if 0 < having < len(posts)
            else Said("{n} with and {others} without", n=having, others=len(posts) - having)
        )
        return Figure(None, len(posts), missing=needs(["own posts to compare"], counts), parts=parts)
    left = len(posts) - len(tagged) - len(plain)
    one_kind = Said("{n} own posts are left out, on networks that have none to compare them with", n=left)
    notes = ("what goes together, not what tags do", *([one_kind] if left else []))
    many = (
        (Said("of {n} tags those used most; one in twenty intervals misses by chance", n=len(used)),)
        if len(used) > MOST_TAGS
        else ()
    )
    n = len(tagged) + len(plain)
    return Figure(value, n, ratio_interval(tagged, plain), parts=parts, notes=(*notes, *many))


def _tag(tag: str, posts: Sequence[tuple[OwnPost, float]]) -> Part:
    having, others = _against(posts, lambda post: tag in post.tags)
    value = rates.hashtag_lift(having, others)
    return Part(f"#{tag}", value, len(having), None if value is None else ratio_interval(having, others))


METRICS = (
    Metric(
        "engagement_by_content_type",
        "Engagement per own post, by format",
        "mean public interactions of an own post; of each format (text, image, video, story, link) and network beside it",
        "count",
        "up",
        _by_type,
        frozenset({"own"}),
        area="engagement",
        inputs=("interactions with own posts", "their formats"),
        interval=SPREAD,
        version=2,
        source="own definition",
    ),
    Metric(
        "hashtag_lift",
        "Hashtag lift",
        "mean interactions of own posts with a hashtag / of those without on the same network; of each tag beside it",
        "ratio",
        "up",
        _lift,
        frozenset({"own"}),
        area="engagement",
        inputs=("interactions with own posts", "their tags"),
        interval="95 % for the ratio of the two means (log response ratio, Student's t)",
        version=2,
        source="own definition; interval by Hedges, Gurevitch and Curtis, Ecology 80 (1999)",
    ),
)
