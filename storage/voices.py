"""Every mention and repost of a window as a line of numbers: who spoke, to how many, when, and roughly in which words.

What weighs each voice (a share adjusted for copies, an interval that knows that authors repeat themselves) is computed from these, with no text
in sight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from storage.db import Database
from storage.packs import VOICE, Names, Table, live_voices, packed, stretches
from storage.sums import calendar, quarter_of


@dataclass(frozen=True)
class Voices:
    """The mentions and reposts of one brand that count, one place in each array for each, in no particular order.

    `author` is the author's row number and `followers` their followers as seen with the post, both -1 where unknown. `sketch` is n x 4
    uint32, what `storage.sketch` makes of the text (zeros where it makes nothing). `at` is when the post counts, in whole seconds since
    1970; `source` the place of its network in `names`.
    """

    author: NDArray[np.int64]
    followers: NDArray[np.int64]
    sketch: NDArray[np.uint32]
    at: NDArray[np.int64]
    repost: NDArray[np.bool_]
    source: NDArray[np.int64]
    names: tuple[str, ...] = ()


def voices(
    db: Database,
    *,
    brands: Sequence[str],
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None = None,
    langs: Sequence[str] | None = None,
) -> dict[str, Voices]:
    """Who speaks of each brand in [since, until), bounds in whole seconds; a brand without any mention has empty arrays."""
    with db.read() as connection:
        return {brand: _voices(connection, brand, since, until, sources, langs) for brand in brands}


def _voices(
    connection: Connection,
    brand: str,
    since: datetime,
    until: datetime,
    sources: Sequence[str] | None,
    langs: Sequence[str] | None,
) -> Voices:
    names = Names()
    found = list(voice_tables(connection, brand, since, until, names))
    kept = [narrowed(table, names, sources, langs) for table in found]
    columns = {
        name: np.concatenate(
            [np.empty((0, *VOICE[name].shape), VOICE[name].base), *(table[name] for table in kept)]
        )
        for name in ("author", "followers", "sketch", "at", "repost", "source")
    }
    columns["source"] = columns["source"].astype(np.int64)
    return Voices(**columns, names=tuple(names.sources))


def voice_tables(
    connection: Connection,
    brand: str,
    since: datetime,
    until: datetime,
    names: Names,
    *,
    words: bool = True,
) -> Iterator[Table]:
    """The voices of [since, until) as tables like `VOICE`, the packed days first."""
    days = calendar(connection)
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    about = [days.day(quarter_of(at)) + timedelta(days=more) for at, more in ((since, -1), (until, 2))]
    low, high = ceil(since.timestamp()), ceil(until.timestamp())
    tables, unpacked = packed(connection, [brand], about[0], about[1], "voices", VOICE, names)
    for _, table in tables:
        yield table[(table["at"] >= low) & (table["at"] < high)]
    for start, end in stretches(days, unpacked):
        if start < until and end > since:
            yield live_voices(connection, brand, max(start, since), min(end, until), names, words=words)


def narrowed(
    table: Table, names: Names, sources: Sequence[str] | None, langs: Sequence[str] | None = None
) -> Table:
    """The rows of these networks and languages, None for all."""
    for column, wanted, numbers in (("source", sources, names.sources), ("lang", langs, names.langs)):
        if wanted is not None:
            table = table[np.isin(table[column], [numbers[name] for name in wanted if name in numbers])]
    return table
