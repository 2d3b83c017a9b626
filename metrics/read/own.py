"""What the brands' own accounts show: followers at the ends of each bucket, and the posts of it.

Followers at an instant are those of the last snapshot at or before it, not older than `STALE`; with a post go those of the snapshot nearest to it,
before or after, within the same time, and without one those that the network sent with the post, where it was read that soon. Replies and
reposts are no posts here: `storage.own_posts` says why.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from metrics.errors import MetricError
from metrics.own import Own, OwnAccount, OwnPost
from metrics.periods import Bucket
from metrics.read.question import Reading, quarter
from storage.accounts import Snapshot, bare, known_accounts, snapshots
from storage.brands import active_brands
from storage.folding import fold
from storage.own_posts import OwnedPost, owned_posts
from storage.types import Stats

STALE = timedelta(days=3)
MOST_POSTS = 20_000

Key = tuple[str, str]
"""brand, network"""


class History(NamedTuple):
    """What was seen of one account, oldest first."""

    times: list[datetime]
    seen: list[Snapshot]

    def at(self, instant: datetime) -> Snapshot | None:
        """The last snapshot with followers at or before this instant, None where it is older than `STALE`."""
        for index in range(bisect_right(self.times, instant) - 1, -1, -1):
            if instant - self.times[index] > STALE:
                break
            if self.seen[index].followers is not None:
                return self.seen[index]
        return None

    def near(self, instant: datetime) -> int | None:
        """The followers seen nearest to this instant, None where nothing was within `STALE`."""
        index = bisect_left(self.times, instant)
        around = [
            seen
            for seen in self.seen[max(0, index - 1) : index + 1]
            if seen.followers is not None and abs(seen.observed_at - instant) <= STALE
        ]
        nearest = min(around, key=lambda seen: abs(seen.observed_at - instant), default=None)
        return nearest.followers if nearest else None


def add_own(reading: Reading) -> None:
    """Raises MetricError for more own posts than can be read at once."""
    since, until = min(span.start for span in reading.spans), max(span.end for span in reading.spans)
    histories = _histories(reading, since - STALE, min(until + STALE, reading.asked.now))
    until = min(until, reading.asked.now)
    active = active_brands(reading.db)
    configured = {brand.id for brand in active if brand.accounts}
    handles = {
        (brand.id, source): handle
        for brand in active
        for source, handle in brand.accounts.items()
        if not reading.asked.sources or source in reading.asked.sources
    }
    known = {(row.brand_id, row.source): row for row in known_accounts(reading.db)}
    ids = {key: row.account_id for key, row in known.items()}
    posts = _posts(reading)
    told = {brand_id: [_post(post, histories, ids) for post in found] for brand_id, found in posts.items()}
    times = {brand_id: [post.counted_at for post in found] for brand_id, found in posts.items()}
    for span in reading.spans:
        for brand_id in reading.brand_ids:
            keys = sorted({*handles, *(key[:2] for key in histories)})
            accounts = [
                replace(account, read_at=known[key].read_at if key in known else None)
                for key in keys
                if key[0] == brand_id and (account := _account(key, span, until, histories, handles, ids))
            ]
            counted = times.get(brand_id, [])
            low, high = (bisect_left(counted, quarter(end)) for end in (span.start, span.end))
            found = told.get(brand_id, [])[low:high]
            if accounts or found or brand_id in configured:
                reading.add(brand_id, span, own=Own(tuple(accounts), tuple(found)))


def _histories(reading: Reading, since: datetime, until: datetime) -> Mapping[tuple[str, str, str], History]:
    """By brand, network and account id."""
    found: dict[tuple[str, str, str], History] = defaultdict(lambda: History([], []))
    seen = snapshots(
        reading.db,
        brands=reading.brand_ids,
        since=since,
        until=max(until, since),
        sources=reading.asked.sources,
    )
    for row in seen:
        history = found[row.brand_id, row.source, row.account_id]
        history.times.append(row.observed_at)
        history.seen.append(row)
    return dict(found)


def _posts(reading: Reading) -> Mapping[str, Sequence[OwnedPost]]:
    found: dict[str, list[OwnedPost]] = defaultdict(list)
    posts = owned_posts(
        reading.db,
        brands=reading.brand_ids,
        since=quarter(min(span.start for span in reading.spans)),
        until=quarter(max(span.end for span in reading.spans)),
        sources=reading.asked.sources,
        langs=reading.asked.langs,
        limit=MOST_POSTS + 1,
    )
    if len(posts) > MOST_POSTS:
        raise MetricError(
            f"the brands' own accounts have more than {MOST_POSTS:,} posts then: ask for a shorter period or fewer networks"
        )
    for post in posts:
        found[post.brand_id].append(post)
    return found


def _account(
    key: Key,
    span: Bucket,
    until: datetime,
    histories: Mapping[tuple[str, str, str], History],
    handles: Mapping[Key, str],
    ids: Mapping[Key, str | None],
) -> OwnAccount | None:
    """The account of the network: of several in turn, the one seen last before the bucket's end. Two together would count followers twice."""
    seen = []
    for (*of, account_id), history in histories.items():
        start, end = history.at(span.start), history.at(min(span.end, until))
        if tuple(of) == key and (start or end):
            last = max(one.observed_at for one in (start, end) if one)
            seen.append(((end is not None, last, account_id == ids.get(key)), history, start, end))
    if not seen:
        return OwnAccount(source=key[1], handle=bare(handles[key])) if key in handles else None
    _, history, start, end = max(seen, key=lambda one: one[0])
    return OwnAccount(
        source=key[1],
        handle=history.seen[-1].handle,
        followers_start=start.followers if start else None,
        followers_end=end.followers if end else None,
        start_at=start.observed_at if start else None,
        end_at=end.observed_at if end else None,
    )


def _post(
    post: OwnedPost,
    histories: Mapping[tuple[str, str, str], History],
    ids: Mapping[Key, str | None],
) -> OwnPost:
    key = post.brand_id, post.source
    account_id = ids.get(key)
    history = histories.get((*key, account_id)) if account_id else None
    followers = history.near(post.published_at) if history else None
    if followers is None and post.first_seen_at - post.published_at <= STALE:
        followers = post.followers
    stats = post.stats or Stats()
    return OwnPost(
        source=post.source,
        source_id=post.source_id,
        published_at=post.published_at,
        format=post.format,
        tags=tags(post.text),
        followers=followers,
        **stats.model_dump(),
    )


def tags(text: str) -> tuple[str, ...]:
    """The hashtags of a text as the query language finds them: without #, in its plain letters, each once.

    >>> tags("Fly to #Oslo or #São_Paulo, not C# #oslo")
    ('oslo', 'sao_paulo')
    """
    return tuple(dict.fromkeys(word[1:] for word in fold(text).split() if word[0] == "#" and len(word) > 1))
