"""What goes into the database and comes out of it: plain validated types, no rows.

SQLModel does not validate rows of `table=True` models, so everything is validated here, at the border.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
BIGGEST = 2**63 - 1
Mistakes = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
"""A number for each true class (line) and label given, both in the order of SENTIMENTS."""


def _clean(value: object) -> object:
    """Text that both SQLite and PostgreSQL take: NUL removed, lone surrogates replaced by U+FFFD."""
    if not isinstance(value, str):
        return value
    if value.isascii() and "\x00" not in value:
        return value
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        value = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in value)
    return value


def _indexable(value: str) -> str:
    """PostgreSQL keeps at most 2,704 bytes in an index entry."""
    if len(value) > 500 and len(value.encode()) > 2000:
        raise ValueError("longer than 2,000 bytes")
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_clean)]
Key = Annotated[
    str, Field(min_length=1, max_length=1000), BeforeValidator(_clean), AfterValidator(_indexable)
]
Count = Annotated[int, Field(ge=0, le=BIGGEST)]
Utc = Annotated[AwareDatetime, AfterValidator(_utc)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewAuthor(_Value):
    """An account as seen with a post. `source_author_id` is the network's stable id, never the handle, where it has one."""

    source_author_id: Key
    handle: Annotated[str, Field(max_length=500), BeforeValidator(_clean)] | None = None
    name: Text | None = None
    url: Text | None = None
    followers: Count | None = None


class AccountSeen(_Value):
    """An account as the network shows it now. `account_id` is the id that its posts name their author by; None where the network is silent.

    `views` are all times that its posts were ever shown.
    """

    account_id: Key
    handle: Annotated[str, Field(max_length=500), BeforeValidator(_clean)] | None = None
    followers: Count | None = None
    following: Count | None = None
    posts: Count | None = None
    views: Count | None = None


class Stats(_Value):
    """Interactions as seen at one time; None where the network is silent, which is not 0.

    `views` are the times it was shown. `saves`, `clicks` on its links, `reach` (distinct people who saw it) and `visits` to the profile
    from it are told of few networks' posts, and mostly to their owner alone.
    """

    likes: Count | None = None
    shares: Count | None = None
    comments: Count | None = None
    quotes: Count | None = None
    views: Count | None = None
    saves: Count | None = None
    clicks: Count | None = None
    reach: Count | None = None
    visits: Count | None = None


class NewPost(_Value):
    """One post as a network published it, validated, in UTC, with None where the network is silent.

    `source` is the platform ("x", "mastodon", "feeds"), not the configured name, so that a post seen through two
    configured sources is one post. `source_id` is unique within it; for an edit chain it is the id of the first version,
    and `version_id` the id of this one. `edited_at` orders versions (None: the first). A repost carries the original's full
    text and its id in `repost_of`. `referenced` holds posts that are only quoted, reposted or replied to: they are kept as context
    and not counted. `time_quality` says how far to trust `published_at`. `payload` is this post's own part of what the
    network sent, kept so that a parser can be mended and replayed.
    """

    source: Key
    source_id: Key
    text: Text
    published_at: Utc
    observed_at: Utc
    author: NewAuthor | None = None
    version_id: Key | None = None
    edited_at: Utc | None = None
    lang: Annotated[str, Field(max_length=35), BeforeValidator(_clean)] | None = None
    url: Text | None = None
    links: tuple[Text, ...] = ()
    repost_of: Key | None = None
    reply_to: Key | None = None
    quote_of: Key | None = None
    thread: Key | None = None
    format: Literal["text", "image", "video", "link", "story", "audio", "poll"] | None = None
    rating: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    stats: Stats | None = None
    time_quality: Literal["exact", "zone_assumed", "first_seen"] = "exact"
    referenced: tuple["NewPost", ...] = ()
    payload: dict[str, Any] | None = None


class NewMention(_Value):
    """That a post names a brand: the target as it occurs in the text, and the query terms that matched."""

    brand_id: Key
    query_version: Annotated[int, Field(ge=1)]
    target: Text
    terms: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedPost:
    """A post with the brands it names. `owned_by` is the brand whose own account wrote it: then it is no mention of that brand.

    `only_if_known`: it names no brand any more and is stored only to mend a post that is there already (an edit that took the name out).
    """

    post: NewPost
    mentions: Sequence[NewMention] = ()
    owned_by: str | None = None
    only_if_known: bool = False


CoverageState = Literal["complete", "partial", "over_budget", "down", "not_collected"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of one stretch of time [since, until) for a source and the brands asked for.

    `brands` holds (brand id, query version) pairs. A hole in collection is a stretch that is not `complete`.
    """

    since: datetime
    until: datetime
    state: CoverageState
    brands: tuple[tuple[str, int], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A count that the network sold or gave without the posts: `count` posts in [since, until) for a brand's query."""

    brand_id: str
    query_version: int
    since: datetime
    until: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that could not be made into a post; kept raw with the field and the reason."""

    field: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one page brings, stored in one transaction: posts, mentions, deletes, cursor, coverage, volumes and spend.

    `origin` is the configured source's name, or "import" for files; `stream` the key of the cursor within it. `cursor` None
    leaves the stored cursor as it is. `own`: what the brands' own accounts posted, whose spending is told apart.
    """

    origin: str
    posts: Sequence[MatchedPost] = ()
    deleted: Sequence[tuple[str, str]] = ()
    refused: Sequence[Refused] = ()
    stream: str = ""
    cursor: Mapping[str, Any] | None = None
    coverage: Sequence[Coverage] = ()
    volumes: Sequence[Volume] = ()
    spent_units: int = 0
    spent_usd: float = 0.0
    reason: str = "late post"
    own: bool = False


@dataclass(slots=True)
class Saved:
    """What storing a batch changed, in posts and mentions; all 0 when everything was there already."""

    new_posts: int = 0
    edited_posts: int = 0
    known_posts: int = 0
    context_posts: int = 0
    deleted_posts: int = 0
    erased_posts: int = 0
    new_mentions: int = 0
    removed_mentions: int = 0
    refused: int = 0

    def __iadd__(self, other: "Saved") -> "Saved":
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass(frozen=True, slots=True)
class LabelTask:
    """A mention that waits for a label: the text version to be labelled and the target in it."""

    mention_id: int
    text_version: int
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class NewLabel:
    """Probabilities toward the brand, in ten-thousandths that add up to 10,000; `reason` instead where there is no label.

    `relevance` is the probability that the text is about the brand at all, in ten-thousandths; None where it was not judged.
    """

    mention_id: int
    text_version: int
    model_id: str
    p_negative: int = 0
    p_neutral: int = 0
    p_positive: int = 0
    truncated: bool = False
    reason: str | None = None
    relevance: int | None = None

    @property
    def label(self) -> Sentiment | None:
        """The most probable class, None where the text could not be labelled; a tie goes to neutral, then negative.

        >>> NewLabel(1, 1, "m", 2000, 7000, 1000).label
        'neutral'
        >>> NewLabel(1, 1, "m", reason="empty text").label is None
        True
        """
        if self.reason is not None:
            return None
        best = max(self.p_negative, self.p_neutral, self.p_positive)
        if self.p_neutral == best:
            return "neutral"
        return "negative" if self.p_negative == best else "positive"


@dataclass(frozen=True, slots=True)
class BrandQuery:
    """A brand as the database knows it: `version` rises by one each time its query changes.

    `relevance`, in ten-thousandths: a mention that is less relevant is left out of the figures. 0 leaves none out.
    """

    id: str
    name: str
    role: Literal["own", "competitor"]
    query: str
    version: int
    accounts: Mapping[str, str] = field(default_factory=dict)
    relevance: int = 0
