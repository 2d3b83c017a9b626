"""What the brand's own accounts show: their followers, and what people did with their posts."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One account over one bucket. Followers as last seen before its begin and its end (`start_at`, `end_at`), None where not seen for days.

    `read_at` is when its posts were last read, None where they are not.
    """

    source: str
    handle: str
    followers_start: int | None = None
    followers_end: int | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One post of the brand's own account, with its newest figures; None where the network is silent, which is not 0.

    `followers` are the account's as seen nearest to the post. `views` are impressions where the network publishes them; `saves`,
    `clicks`, `reach` and `visits` (to the profile) come only where the owner's key allows.
    """

    source: str
    source_id: str
    published_at: datetime
    format: str | None = None
    tags: tuple[str, ...] = ()
    followers: int | None = None
    likes: int | None = None
    shares: int | None = None
    comments: int | None = None
    quotes: int | None = None
    saves: int | None = None
    clicks: int | None = None
    views: int | None = None
    reach: int | None = None
    visits: int | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """The brand's accounts, and what they posted in the bucket.

    `replies` are the labelled replies to its posts: negative, neutral, positive. None where none is collected.
    """

    accounts: tuple[OwnAccount, ...] = ()
    posts: tuple[OwnPost, ...] = ()
    replies: tuple[int, int, int] | None = None
