"""Posts with nearly the same words, and copies by many accounts within minutes, found in arrays of sketches.

A sketch is four numbers of a text, its bands (`storage.sketch`): texts that share a band are near-duplicates. Three bands of 0 mark a
text too short to be called a copy of somebody else's; four, one without words.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Marks = NDArray[np.uint32]

BURST_ACCOUNTS = 10
BURST_MINUTES = 10
QUIET_MINUTES = 60
BURST_PART = 0.5
"""A burst is a text that at least `BURST_ACCOUNTS` accounts post within `BURST_MINUTES`, if these are at least `BURST_PART` of all who
post it before `QUIET_MINUTES` go by without it.

Independent people who pass a headline on do so for hours, fast at first and ever slower: few of them fall into any ten minutes, and the
rest follow without a pause. Accounts that are run together post and stop. Of simulated headlines that 10 to 3,000 people pass on, half
of them within 30 minutes or more, at most 3 % are taken for bursts; where half do so within 15 minutes, up to a third of the small
ones; within 5 minutes nearly all from 20 on. Of coordinated ones over up to 20 minutes nearly all are found, over 40 few
(`python -m benchmarks.voice`, docs/benchmarks.md): what is spread evenly over an hour is no burst, and counting texts once is what
helps there.
"""


def families(sketches: Marks, author: Ints) -> Ints:
    """A number for each post, the same for near-duplicates: posts that share a band, also by way of others between them.

    `sketches` is n x 4, `author` -1 where unknown. A short text is a near-duplicate only of the same author's same
    words, one without words of none. The numbers run from 0 and mean nothing else; the order of the posts does not change who belongs together.

    >>> far, near = [[1, 2, 3, 4], [5, 6, 7, 8]], [[5, 9, 9, 9]]
    >>> families(np.array(far + near, np.uint32), np.array([1, 2, 3])).tolist()
    [0, 1, 1]
    >>> short = np.array([[0, 0, 0, 7]] * 3, np.uint32)
    >>> families(short, np.array([1, 1, 2])).tolist()
    [0, 0, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(sketches)
    if not count:
        return np.zeros(0, np.int64)
    short = ~sketches[:, :3].any(axis=1)
    posts, keys, after = [np.arange(count)[~short]] * 4, [], count
    for band in range(4):
        values, place = np.unique(sketches[~short, band], return_inverse=True)
        keys.append(place + after)
        after += len(values)
    same = np.flatnonzero(short & (sketches[:, 3] > 0) & (author >= 0))
    if len(same):
        place = groups(author[same], sketches[same, 3].astype(np.int64))
        posts, keys, after = [*posts, same], [*keys, place + after], after + len(same)
    ends = np.concatenate(posts), np.concatenate(keys)
    graph = coo_matrix((np.ones(len(ends[0]), np.bool_), ends), shape=(after, after))
    found = connected_components(graph, directed=False)[1][:count]
    return groups(found.astype(np.int64))


def groups(*keys: Ints) -> Ints:
    """A number for each place, from 0, the same where all keys are the same.

    >>> groups(np.array([5, 5, 7]), np.array([1, 1, 1])).tolist()
    [0, 0, 1]
    """
    found: Any = np.unique(keys[0], return_inverse=True)[1]
    for key in keys[1:]:
        values, place = np.unique(key, return_inverse=True)
        found = np.unique(found.astype(np.int64) * len(values) + place, return_inverse=True)[1]
    return np.asarray(found, np.int64)


def firsts(group: Ints, at: Ints, author: Ints) -> NDArray[np.bool_]:
    """Which post of each group came first; of several at once that of the author with the smallest number.

    >>> firsts(np.array([0, 0, 1]), np.array([9, 8, 9]), np.array([1, 2, 3])).tolist()
    [False, True, True]
    """
    order = np.lexsort((author, at, group))
    ordered = group[order]
    found = np.zeros(len(group), np.bool_)
    found[order] = np.append(True, ordered[1:] != ordered[:-1])[: len(group)]
    return found


def bursts(group: Ints, at: Ints) -> Ints:
    """Which burst each post is part of, from 0, and -1 for none.

    `group` is the text that a post belongs to, `at` its time in seconds; each account is there once for each text.

    >>> minutes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 300]
    >>> bursts(np.zeros(11, np.int64), 60 * np.array(minutes)).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1]
    >>> every_five_minutes = 300 * np.arange(40)
    >>> set(bursts(np.zeros(40, np.int64), every_five_minutes).tolist())
    {-1}
    """
    found = np.full(len(group), -1, np.int64)
    if not len(group):
        return found
    order = np.lexsort((at, group))
    group, at = group[order], at[order]
    begins = np.append(True, (np.diff(group) != 0) | (np.diff(at) > 60 * QUIET_MINUTES))
    run = np.cumsum(begins) - 1
    window = 60 * BURST_MINUTES
    place = at - at.min() + run * (int(at.max() - at.min()) + window + 1)
    within = np.searchsorted(place, place + window, side="right") - np.arange(len(place))
    starts = np.flatnonzero(begins)
    most = np.maximum.reduceat(within, starts)
    size = np.diff(np.append(starts, len(group)))
    sudden = (most >= BURST_ACCOUNTS) & (most >= BURST_PART * size)
    numbers = np.where(sudden, np.cumsum(sudden) - 1, -1)
    found[order] = numbers[run]
    return found
