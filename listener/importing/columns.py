"""From the columns of a table, or the keys of unknown JSON, to the fields of our own format.

`--map FIELD=COLUMN` says which column feeds which field; where nothing is said, well-known names are
recognised.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from listener.collectors.own_format import COUNTS, FIELDS, parse
from listener.errors import PostRefused, UsageError
from listener.importing.times import Time, day_comes_first, read_time
from listener.suggestion import nearest
from storage.types import NewPost

_KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "source_id": (
        "id_str", "id", "tweet_id", "post_id", "status_id", "comment_id", "review_id", "message_id",
    ),
    "text": (
        "full_text", "content", "body", "message", "tweet", "post", "comment", "review", "review_text",
        "caption",
    ),
    "published_at": (
        "created_at", "created", "date", "datetime", "time", "timestamp", "published", "pubdate", "posted_at",
        "created_utc", "tweet_created", "review_date",
    ),
    "author": (
        "username", "user_name", "screen_name", "handle", "user", "author_username", "account",
        "user.screen_name", "user.username", "author.username",
    ),
    "author_id": ("user_id", "account_id", "from_user_id", "user.id_str", "user.id"),
    "author_name": ("display_name", "name", "user_display_name", "user.name"),
    "followers": (
        "followers_count", "user_followers", "author_followers", "follower_count", "user.followers_count",
    ),
    "likes": ("like_count", "favorite_count", "favourites_count", "favorites", "favourites", "upvotes"),
    "shares": ("share_count", "retweet_count", "retweets", "reposts", "repost_count", "reblogs_count"),
    "comments": ("comment_count", "reply_count", "replies", "replies_count", "num_comments"),
    "quotes": ("quote_count",),
    "views": ("view_count", "impressions", "impression_count"),
    "saves": ("save_count", "saved", "bookmarks", "bookmark_count"),
    "clicks": ("click_count", "link_clicks", "url_link_clicks"),
    "visits": ("profile_visits", "user_profile_clicks"),
    "lang": ("language", "tweet_lang"),
    "url": ("link", "permalink", "tweet_url", "post_url"),
    "rating": ("stars", "star_rating"),
    "source": ("platform", "network"),
    "reply_to": ("in_reply_to_status_id", "in_reply_to_id"),
}  # fmt: skip
_PLATFORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
_POSITION = re.compile(r"#[1-9]\d{0,3}", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[, \u00a0\u202f'][0-9]{3})+", re.ASCII)
_COUNTED = frozenset({*COUNTS, "followers"})
_AS_WRITTEN = frozenset({"reach"})
"""Taken without a mapping only from a column that our own export wrote: other tools call an estimate from followers "Reach"."""


def parse_mapping(items: Sequence[str]) -> dict[str, str]:
    """`--map FIELD=COLUMN` arguments as a mapping. Raises UsageError for another form, an unknown field, or a
    field given twice.

    >>> parse_mapping(["text=Post text", "source_id=#3"])
    {'text': 'Post text', 'source_id': '#3'}
    """
    mapping: dict[str, str] = {}
    for item in items:
        name, equals, column = (part.strip() for part in item.partition("="))
        if not equals or not name or not column or "=" in column:
            raise UsageError(f"--map {item!r}: write FIELD=COLUMN; the fields are {', '.join(FIELDS)}")
        _check_field(name, column)
        if name in mapping:
            raise UsageError(f"--map {item!r}: {name} is mapped twice, to {mapping[name]!r} and {column!r}")
        mapping[name] = column
    return mapping


def _check_field(name: str, column: str) -> None:
    if name not in FIELDS:
        close = nearest(name, FIELDS)
        hint = f"did you mean {close}? " if close else ""
        raise UsageError(
            f"--map {name}={column}: there is no field {name!r}; {hint}the fields are {', '.join(FIELDS)}"
        )


def positional(mapping: Mapping[str, str]) -> bool:
    """Whether the mapping names columns by number (`text=#3`), as for a table without a header."""
    return bool(mapping) and all(_POSITION.fullmatch(column) for column in mapping.values())


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column feeds which field, and how the file writes its dates.

    `mapped` are the fields whose column a person named. `platform` is the source of rows that name none.
    """

    by_field: Mapping[str, str]
    mapped: frozenset[str]
    zone: tzinfo
    platform: str
    day_first: bool | None = None

    def post(self, row: Mapping[str, Any], *, observed_at: datetime) -> NewPost:
        """The row as a post. Raises PostRefused naming our field and the column that feeds it."""
        made: dict[str, Any] = {}
        for name, column in self.by_field.items():
            value = row.get(column)
            if value is None and "." in column and column not in row:
                value = _inside(row, column)
            if value is not None and (name != "source" or self._is_platform(value)):
                made[name] = value if type(value) is str and name not in _COUNTED else _plain(value, name)
        if self.day_first is not None and (time := self._slashed(made.get("published_at"))):
            made |= {"published_at": time.at.isoformat()} | (
                {} if time.zoned else {"time_quality": "zone_assumed"}
            )
        try:
            return parse(made, source=self.platform, observed_at=observed_at, zone=self.zone)
        except PostRefused as error:
            column = self.by_field.get(error.field, error.field)
            where = "" if column == error.field else f"column {column!r}: "
            raise PostRefused(error.field, where + error.reason) from error

    def _slashed(self, value: object) -> Time | None:
        return read_time(value, zone=self.zone, day_first=self.day_first)

    def _is_platform(self, value: object) -> bool:
        """A column that merely is called "source" may hold anything, such as the program a post was written
        with.
        """
        return "source" in self.mapped or (isinstance(value, str) and _PLATFORM.fullmatch(value) is not None)


def choose(
    columns: Sequence[str], mapping: Mapping[str, str], *, file: str, skip: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The column of each field: the mapping, or without one the names that are well known. Columns named as
    our fields always count.

    `skip` are fields not to be guessed. Raises UsageError naming a mapped column that is not there, or there
    twice, and the nearest; and when no column holds the text.
    """
    chosen = {name: _resolved(name, column, columns, file) for name, column in mapping.items()}
    simple = {re.sub(r"[\s\-]+", "_", column.strip().lower()): column for column in reversed(columns)}
    taken = set(chosen.values())
    for name in FIELDS:
        if name in chosen or name in skip:
            continue
        for known in (name,) if mapping else (name, *_KNOWN_NAMES.get(name, ())):
            column = simple.get(known)
            if column is not None and column not in taken and (name not in _AS_WRITTEN or column == name):
                chosen[name] = column
                taken.add(column)
                break
    if "text" not in chosen:
        raise UsageError(
            f"{file}: no column holds the text; the columns are {_listed(columns)}. Say which with --map "
            "text=COLUMN; if the first line is a post and no header, name columns by number: --map text=#3"
        )
    return chosen


def described(chosen: Mapping[str, str]) -> str:
    """One line for a person: which column feeds which field.

    >>> described({"text": "body", "source_id": "id"})
    'text from body, source_id from id'
    """
    return ", ".join(f"{name} from {column}" for name, column in chosen.items())


def date_order(rows: Iterable[Mapping[str, Any]], chosen: Mapping[str, str]) -> bool | None:
    """Whether the file writes the day before the month, told from a sample of its rows."""
    column = chosen.get("published_at")
    return None if column is None else day_comes_first(row.get(column) for row in rows)


def _resolved(name: str, column: str, columns: Sequence[str], file: str) -> str:
    _check_field(name, column)
    if _POSITION.fullmatch(column) and column not in columns:
        at = int(column[1:])
        if at > len(columns):
            raise UsageError(f"{file}: --map {name}={column}: there are only {len(columns)} columns")
        return columns[at - 1]
    same = [known for known in columns if known == column] or [
        known for known in columns if known.strip().lower() == column.lower()
    ]
    if len(same) == 1:
        return same[0]
    twice = [i for i, known in enumerate(columns, 1) if known == f"{column} (#{i})"]
    if twice or len(same) > 1:
        places = " or ".join(f"#{i}" for i in twice or (columns.index(known) + 1 for known in same))
        raise UsageError(
            f"{file}: --map {name}={column}: {len(twice or same)} columns are called so; say which: {places}"
        )
    if "." in column and column.split(".")[0] in columns:
        return column
    close = nearest(column, columns)
    hint = f"did you mean {close!r}? " if close else ""
    raise UsageError(
        f"{file}: --map {name}={column}: there is no such column; {hint}the columns are {_listed(columns)}"
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(column[:40]) for column in columns[:40])
    return shown + (f" and {len(columns) - 40} more" if len(columns) > 40 else "")


def _inside(row: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path such as user.name, None where there is none."""
    value: Any = row
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _plain(value: Any, name: str) -> Any:
    """What our own format takes: Parquet's decimals and bytes as numbers and text, figures without thousands
    separators.
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if name in _COUNTED and isinstance(value, str) and _GROUPED.fullmatch(value.strip()):
        return re.sub(r"[^0-9]", "", value)
    return value
