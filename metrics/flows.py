"""Figures that imports and the own accounts both tell: impressions, reach, clicks, saves, visits to the profile.

One rule: the imported figure of a channel wins, because it is what the account's owner vouches for; posts of the channels without one are
added to it. A row without a channel is of all channels. So nothing counts twice. A ratio takes both its parts from one side.
"""

from metrics.facts import Facts
from metrics.inputs import Figure, Inputs
from metrics.missing import none_of
from metrics.own import OwnPost

RULE = "imported figures of a channel win over what its posts tell; the two are never added"


def own_posts(i: Inputs) -> tuple[OwnPost, ...]:
    return i.own.posts if i.own else ()


def told(i: Inputs, fact: str, on_posts: str) -> Figure:
    """A flow of the bucket: what was imported as `fact`, and what the own posts of other channels tell as `on_posts`.

        imported + sum over own posts of channels without an import

    `n` is how many own posts are in it, where there are any. Where neither tells anything there is no value.

    Source: own rule.

    >>> from datetime import UTC, datetime
    >>> from metrics.own import Own
    >>> posts = [OwnPost(source, "1", datetime(2027, 3, 1, tzinfo=UTC), clicks=5) for source in ("x", "mastodon")]
    >>> facts = Facts({"clicks": 40.0}, channels={"clicks": frozenset({"x"})})
    >>> told(Inputs(own=Own(posts=tuple(posts)), facts=facts), "clicks", "clicks").value
    45.0
    """
    posts = [post for post in own_posts(i) if getattr(post, on_posts) is not None]
    if i.facts is None or fact not in i.facts.values:
        return _of_posts(i, posts, fact, on_posts) if posts else Figure(None, 0, missing=_untold(i, fact))
    channels = imported_channels(i.facts, fact)
    rest = [post for post in posts if "" not in channels and post.source not in channels]
    value = i.facts.values[fact] + sum(getattr(post, on_posts) for post in rest)
    where = ", ".join(sorted(channels - {""})) or "all channels"
    notes = (f"imported for {where}: what its posts tell is not added",) if len(rest) < len(posts) else ()
    return Figure(value, len(rest) or round(i.facts.values[fact]), notes=notes)


def channels_of(i: Inputs, fact: str, on_posts: str) -> frozenset[str]:
    """The channels that `told` knows the flow of, "" for all of them."""
    imported = imported_channels(i.facts, fact) if i.facts and fact in i.facts.values else frozenset()
    return imported | {post.source for post in own_posts(i) if getattr(post, on_posts) is not None}


def imported_channels(facts: Facts, fact: str) -> frozenset[str]:
    """The channels that a fact was imported for; where nobody says, it is of all."""
    return facts.channels.get(fact) or frozenset({""})


def _of_posts(i: Inputs, posts: list[OwnPost], fact: str, on_posts: str) -> Figure:
    everything = len(own_posts(i))
    silent = f"{fact.replace('_', ' ')} as told of {len(posts)} of {everything} own posts"
    value = sum(getattr(post, on_posts) for post in posts)
    return Figure(value, len(posts), notes=(silent,) if len(posts) < everything else ())


def _untold(i: Inputs, fact: str) -> str:
    """No import and no post tells it: what could be mended of either."""
    imported = none_of(i, [fact])
    if i.role == "competitor":
        return imported
    if i.own is None:
        return f"{imported}; or own accounts in [[brands]] accounts, whose posts may tell it"
    told = (
        "there is no own post in this time" if not i.own.posts else "the own posts' networks do not tell it"
    )
    return f"{imported}, and {told}"
