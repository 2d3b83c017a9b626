"""The full-text index: the folded words of every post that is not mere context, kept in the transaction of the post itself.

Both engines index the tokens of `folding.fold` exactly as they are, parted by single spaces: SQLite's FTS5 keeps no copy of the text, so taking
a post out needs its words again; PostgreSQL keeps each post's
different words as a tsvector in a table of its own.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256

from sqlalchemy import Connection, select, text

from storage.db import Database
from storage.folding import fold
from storage.rows import table_of
from storage.settings import FOLDING, put_setting, setting
from storage.tables import Post

posts = table_of(Post)

_LEXEME_BYTES = 2_000

Words = tuple[int, str]
"""A post's id and its text."""


def add(connection: Connection, posts: Iterable[Words]) -> None:
    """Index posts that are not in the index."""
    if connection.dialect.name == "sqlite":
        rows = [(post_id, fold(words)) for post_id, words in posts]
        if rows:
            connection.exec_driver_sql("INSERT INTO post_search (rowid, words) VALUES (?, ?)", rows)
        return
    rows = [(post_id, tsvector(fold(words))) for post_id, words in posts]
    if rows:
        driver = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("COPY post_search (post_id, words) FROM STDIN") as copy:  # type: ignore[union-attr]
            for row in rows:
                copy.write_row(row)


def remove(connection: Connection, posts: Sequence[Words]) -> None:
    """Take posts out; the texts must be those that were indexed."""
    if not posts:
        return
    if connection.dialect.name == "sqlite":
        rows = [(post_id, fold(words)) for post_id, words in posts]
        connection.exec_driver_sql(
            "INSERT INTO post_search (post_search, rowid, words) VALUES ('delete', ?, ?)", rows
        )
    else:
        connection.execute(
            text("DELETE FROM post_search WHERE post_id = ANY(:ids)"),
            {"ids": [post_id for post_id, _ in posts]},
        )


def refresh(db: Database) -> None:
    """Index everything anew when words are folded otherwise than when they were indexed: a new version of us, or of Unicode."""
    now = sha256(f"{unicodedata.unidata_version} {fold(_SAMPLE)}".encode()).hexdigest()
    with db.read() as connection:
        if setting(connection, FOLDING) == now:
            return

    def work(connection: Connection) -> None:
        if setting(connection, FOLDING) is not None:
            _rebuild(connection)
        put_setting(connection, FOLDING, now)

    db.do(work)


_SAMPLE = "Zoë’s Dеlta\u200b-flight ｆｕｌｌ C++ & 50 % @Delta.x@host #Täg_1 https://a.example/b 苹果 とうきょう ไทย 한국어 🇳🇴👍🏽 ﷺ İıſß"


def _rebuild(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO post_search (post_search) VALUES ('delete-all')")
    else:
        connection.exec_driver_sql("DELETE FROM post_search")
    after = 0
    page = select(posts.c.id, posts.c.text).where(posts.c.context.is_(False)).order_by(posts.c.id).limit(1000)
    while rows := [tuple(row) for row in connection.execute(page.where(posts.c.id > after))]:
        add(connection, rows)
        after = rows[-1][0]


def scrub(connection: Connection) -> None:
    """Rewrite SQLite's index without what was taken out of it; until then removed words still stand in its older segments."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO post_search (post_search) VALUES ('optimize')")


def tsvector(folded: str) -> str:
    """The different words of a folded text in PostgreSQL's notation; words too long for it are left out.

    >>> tsvector("delta force delta")
    "'delta' 'force'"
    """
    words = (
        word for word in dict.fromkeys(folded.split(" ")) if word and len(word.encode()) <= _LEXEME_BYTES
    )
    return " ".join(f"'{_escape(word)}'" for word in words)


def _escape(word: str) -> str:
    return re.sub(r"(['\\])", r"\1\1", word)
