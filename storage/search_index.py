"""The full-text index: the folded words of every post that is not mere context, kept in the transaction of the post itself.

Both engines index the tokens of `folding.fold` exactly as they are, parted by single spaces: SQLite's FTS5 keeps no copy of the text, so taking
a post out needs its words again; PostgreSQL keeps each post's
different words as a tsvector in a table of its own.
"""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from storage.folding import fold

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


def scrub(connection: Connection) -> None:
    """Rewrite SQLite's index without what was taken out of it; until then removed words still stand in its older segments."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO post_search (post_search) VALUES ('optimize')")


def tsvector(folded: str) -> str:
    """The different words of a folded text in PostgreSQL's notation; words too long for it are left out.

    >>> tsvector("delta force delta")
    "'delta' 'force'"
    """
    words = (word for word in dict.fromkeys(folded.split(" ")) if word and len(word.encode()) <= _LEXEME_BYTES)
    return " ".join(f"'{_escape(word)}'" for word in words)


def _escape(word: str) -> str:
    return re.sub(r"(['\\])", r"\1\1", word)
