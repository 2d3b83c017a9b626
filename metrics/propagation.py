"""Who is passed on by those whom others listen to: a walk along who responded to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAMPING = 0.5
STEPS = 30
"""What is left of a walk after so many steps is less than a billionth."""
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Graph:
    """`size` authors of on-brand posts, numbered from 0, and edges between them: `sources[i]` responded to `targets[i]`, to the post `posts[i]`.

    One edge for each pair of authors and day, however often one responds to the other on it.
    """

    size: int
    sources: Ints
    targets: Ints
    posts: Ints


def graph(authors: Sequence[int], edges: Sequence[tuple[int, int, int]]) -> Graph:
    """The graph of these (who responded, who was responded to, post); edges of accounts that are none of `authors` are left out.

    >>> graph([7, 9], [(9, 7, 100), (8, 7, 100)]).sources.tolist()
    [1]
    """
    place = {author: number for number, author in enumerate(authors)}
    kept = [(place[a], place[b], post) for a, b, post in edges if a in place and b in place]
    table = np.array(kept, dtype=np.int64).reshape(-1, 3)
    return Graph(len(place), table[:, 0], table[:, 1], table[:, 2])


def propagation(of: Graph, weights: Floats | None = None) -> Floats:
    """How much attention comes to each author through those who respond: 1 for an author to whom nobody who is heard responded.

        x = 1 + 0.5 * sum over those who responded of x * their responses to this author / all their responses

    Every author of an on-brand post begins with 1, and hands half of what he or she has to those responded to. Divided by its sum
    it is personalised PageRank with damping 0.5, personalised on the authors of on-brand posts; it is left undivided so that an
    author's figure does not fall when strangers join. Who was never responded to has nothing to hand on: two hundred new accounts
    that respond to one author move `response`, and not this. Accounts that respond to each other in a ring do move it.

    `weights` count how often each edge is there, once each for None. Nobody gives an empty array.

    Source: L. Page, S. Brin, R. Motwani and T. Winograd, "The PageRank Citation Ranking", 1999; damping 0.5 as for citations, whose chains are
    short too: P. Chen, H. Xie, S. Maslov and S. Redner, "Finding scientific gems with Google's PageRank algorithm", Journal of Informetrics 1
    (2007). The condition on who hands on is our own.

    >>> a_to_b_to_c_and_c_to_a = graph([0, 1, 2], [(0, 1, 10), (1, 2, 11), (2, 0, 12)])
    >>> propagation(a_to_b_to_c_and_c_to_a).round(3).tolist()
    [2.0, 2.0, 2.0]
    >>> unheard_to_a_to_b = graph([0, 1, 2], [(2, 0, 10), (0, 1, 11)])
    >>> propagation(unheard_to_a_to_b).tolist()
    [1.0, 1.5, 1.0]
    """
    often = np.ones(len(of.sources)) if weights is None else weights
    heard = np.bincount(of.targets, often, of.size) > 0
    often = np.where(heard[of.sources], often, 0.0)
    given = np.bincount(of.sources, often, of.size)[of.sources]
    handed = DAMPING * np.divide(often, given, out=np.zeros(len(often)), where=given > 0)
    found: Floats = np.ones(of.size)
    for _ in range(STEPS):
        found = np.asarray(
            1.0 + np.bincount(of.targets, handed * found[of.sources], of.size), dtype=np.float64
        )
    return found


def resampled(of: Graph, chance: np.random.Generator, times: int = RESAMPLES) -> Floats:
    """The figures of every author (columns) had the posts been drawn anew, `times` over: a post drawn twice counts its edges twice.

    Posts are drawn with replacement from those that anybody responded to (bootstrap); the authors stay who they are.
    """
    names, which = np.unique(of.posts, return_inverse=True)
    if not len(names):
        return np.ones((1, of.size))
    drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), size=times)
    return np.array([propagation(of, row[which].astype(np.float64)) for row in drawn])
