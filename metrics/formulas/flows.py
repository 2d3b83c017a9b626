"""Figures that imports and the own accounts both tell: impressions, reach, clicks, saves, visits to the profile.

One rule: the imported figure of a channel wins, because it is what the account's owner vouches for; posts of the channels without one are
added to it. An import of less than half of the period's days says less than posts that tell of all of them, and is left out for these. A row
without a channel is of all channels. So nothing counts twice. A ratio takes both its parts from one side.
"""

from metrics.facts import Facts, Imported
from metrics.inputs import Figure, Inputs
from metrics.missing import needs, none_of, read
from metrics.own import OwnPost
from metrics.saying import Listed, Said

RULE = "imported figures of a channel win over what its posts tell; the two are never added"


def own_posts(i: Inputs) -> tuple[OwnPost, ...]:
    return i.own.posts if i.own else ()


def told(i: Inputs, fact: str, on_posts: str) -> Figure:
    """A flow of the bucket: what was imported as `fact`, and what the own posts of other channels tell as `on_posts`.

        imported + sum over own posts of channels without an import

    A channel whose import has rows on less than half of the period's days counts as one without, where its own posts tell the figure.
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
    thin = _thin(i.facts, fact, {post.source for post in posts})
    channels = imported_channels(i.facts, fact) - thin.keys()
    rest = [post for post in posts if "" not in channels and post.source not in channels]
    imported = i.facts.values[fact] - sum(one.amount for one in thin.values())
    notes = [_left_for_posts(i.facts, fact, channel, one) for channel, one in thin.items()]
    if len(rest) < len(posts):
        where = Listed(sorted(channels - {""}) or [Said("all channels")])
        notes.append(Said("imported for {where}: what its posts tell is not added", where=where))
    value = imported + sum(getattr(post, on_posts) for post in rest)
    return Figure(value, len(rest) or round(imported), notes=tuple(notes))


def _thin(facts: Facts, fact: str, told: set[str]) -> dict[str, Imported]:
    """The imports of less than half of the days, of channels whose own posts tell the figure too."""
    return {
        channel: one
        for channel, one in sorted(facts.of.get(fact, {}).items())
        if 2 * one.days < facts.whole_days and (channel in told if channel else told)
    }


def _left_for_posts(facts: Facts, fact: str, channel: str, one: Imported) -> Said:
    return Said(
        "{fact} of {channel} imported for {n} of {of} days only: what its posts tell is taken in their place",
        fact=Said(fact.replace("_", " ")),
        channel=channel or Said("all channels"),
        n=one.days,
        of=facts.whole_days,
    )


def channels_of(i: Inputs, fact: str, on_posts: str) -> frozenset[str]:
    """The channels that `told` knows the flow of, "" for all of them."""
    of_posts = {post.source for post in own_posts(i) if getattr(post, on_posts) is not None}
    if i.facts is None or fact not in i.facts.values:
        return frozenset(of_posts)
    return imported_channels(i.facts, fact) - _thin(i.facts, fact, of_posts).keys() | of_posts


def imported_channels(facts: Facts, fact: str) -> frozenset[str]:
    """The channels that a fact was imported for; where nobody says, it is of all."""
    return facts.channels.get(fact) or frozenset({""})


def _of_posts(i: Inputs, posts: list[OwnPost], fact: str, on_posts: str) -> Figure:
    everything = len(own_posts(i))
    name = Said(fact.replace("_", " "))
    silent = Said("{fact} as told of {n} of {of} own posts", fact=name, n=len(posts), of=everything)
    value = sum(getattr(post, on_posts) for post in posts)
    return Figure(value, len(posts), notes=(silent,) if len(posts) < everything else ())


def _untold(i: Inputs, fact: str) -> str:
    """No import and no post tells it: what could be mended of either."""
    imported = none_of(i, [fact])
    if i.role == "competitor":
        return imported
    if i.own is None:
        return Said(
            "{needs}; or own accounts in [[brands]] accounts, whose posts may tell it", needs=imported
        )
    names, why = read(imported)
    if i.own.posts:
        return needs(names, Said("{why}, and the own posts' networks do not tell it", why=why))
    return needs(names, Said("{why}, and there is no own post in this time", why=why))
