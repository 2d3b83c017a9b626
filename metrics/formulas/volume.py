"""How much is said: posts that name a brand, and how many of them wait for a label."""


def mentions(originals: int) -> int:
    """Posts that name the brand, each once, reposts apart.

        the count of them

    Tagged or not; an edited post is one, near-duplicates are each one, the brand's own posts are none. No
    post gives 0, which says "nobody" only where collection was complete: see the warnings.

    Source: the usual definition of the field.

    >>> mentions(12)
    12
    """
    return originals


def reposts(copies: int) -> int:
    """Times that posts naming the brand were passed on unchanged: shown beside the mentions, never added to
    them.

        the count of them

    No repost gives 0.

    Source: own choice; tools that add reposts to mentions show larger counts.

    >>> reposts(3)
    3
    """
    return copies


def unlabelled(mentions: int, labelled: int, failed: int) -> int:
    """Mentions that wait for a label: no sentiment figure counts them yet.

        mentions - labelled - failed

    `failed` are those that cannot be labelled, such as posts without any text. No mention gives 0.

    Source: own definition.

    >>> unlabelled(mentions=120, labelled=80, failed=3)
    37
    """
    return mentions - labelled - failed
