"""Hostile values in every parameter of the API: SQL, LIKE, full-text and JSON syntax. What do they find, break or slow down?

    python -m benchmarks.injections --payloads 5000
    python -m benchmarks.injections --payloads 5000 --url postgresql://...     an empty database

Each payload goes through one parameter of one answer. A value that filters by a name must find exactly the mentions that a plain comparison
with that name finds; anything else must be answered or refused by name. Nothing stored may change, nothing may fail (500), and nothing may take
longer than an honest request does by more than `SLOWER_S`, as an injected sleep would.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import SQLModel

from dashboard.site import Settings, Site
from storage.db import Database, open_database
from tests.dashboard.conftest import NOW, Clock, FakeActions, asking, fill, posts

PARTS = (
    "' OR 1=1 --", '" OR ""="', "1; DROP TABLE mentions;--", "%", "_", "%' ESCAPE '", "') UNION SELECT 1--", "\\", "MATCH *", "NEAR(", "*",
    "a* OR b*", "words:", "{x}: y", "$$", "\ud7ff", "🛫", "-1", "0x10", "1e309", "NaN", "null", "[]", "{}", "../..", "Z" * 201, "'", '"', ";", "--",
    "/*", "*/", "|| pg_sleep(5) ||", "'; SELECT pg_sleep(5); --", "randomblob(500000000)", "AND 1=(SELECT COUNT(*) FROM users)", "CAST(1 AS text)",
    "\x00", "\n", "\r\n", "%00", "%27", "ʼ", "＇", "ａ", "aurora", "social", "en", "@ada3", "1", "2026-11-01", "$1", ":words", "?1", "{{7*7}}",
    "(SELECT password FROM users LIMIT 1)", "') OR words MATCH 'aurora", "x' || 'y", "'aurora':*", "!aurora", "aurora<->late", "E'\\x41'",
)  # fmt: skip
COMPARED: dict[str, Callable[[Any], str | None]] = {
    "source": lambda item: item.post.source,
    "lang": lambda item: item.post.lang,
}
OTHERS = (
    "author",
    "assignee",
    "tag",
    "period",
    "brand",
    "campaign",
    "q",
    "sort",
    "cursor",
    "limit",
    "label",
    "resolved",
    "corrected",
)
FILTERS = ("period", "brand", "source", "lang", "campaign", "q")
OF_EVERY_PAGE = ("overview", "sentiment", "share-of-voice", "kpis", "influence", "metrics", "sources")
SLOWER_S = 4.0


def payload(chance: random.Random) -> str:
    """One to four hostile parts, one after the other."""
    return chance.choice(("", " ")).join(chance.choices(PARTS, k=chance.randint(1, 4)))


def question(chance: random.Random) -> tuple[str, str]:
    """An answer of the API and one of its parameters; the mentions most often, as they take the most."""
    if chance.random() < 0.7:
        name = chance.choice((*COMPARED, *COMPARED, *OTHERS))
        return chance.choice(("mentions", "mentions", "mentions/facets")), name
    path = chance.choice(OF_EVERY_PAGE)
    more = ("every", "names", "against") if path == "metrics" else ()
    return path, chance.choice((*FILTERS, *more))


def stored(db: Database) -> dict[str, int]:
    """How many rows each table has."""
    with db.read() as connection:
        tables = [table for table in SQLModel.metadata.sorted_tables if table.name != "running_work"]
        return {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def walk(site: Site, payloads: int, seed: int) -> tuple[Counter[str], list[str], float]:
    """Send them; statuses, what went wrong, and the longest time."""
    chance, clock, known = random.Random(seed), site.clock, posts()
    statuses, wrong, longest = Counter[str](), list[str](), 0.0
    with asking(site) as client:
        for _ in range(payloads):
            (path, name), value = question(chance), payload(chance)
            clock.now = NOW  # type: ignore[attr-defined]
            client.app.state.__dict__.pop("_limiter", None)  # type: ignore[attr-defined]
            begun = time.perf_counter()
            answer = client.get(f"/api/v1/{path}", params={name: value})
            took = time.perf_counter() - begun
            longest = max(longest, took)
            statuses[str(answer.status_code)] += 1
            said = f"{path}?{name}={value!r}: {answer.status_code} in {took:.1f} s"
            if answer.status_code not in (200, 400, 422) or took > SLOWER_S:
                wrong.append(said)
            elif answer.status_code == 200 and path == "mentions" and name in COMPARED:
                found = sorted(row["source_id"] for row in answer.json()["mentions"])
                meant = sorted(expected(known, name, value))
                if set(found) - set(meant) or bool(found) != bool(meant):
                    wrong.append(f"{said}, and {len(found)} mentions where a comparison finds {len(meant)}")
    return statuses, wrong, longest


def expected(known: Sequence[Any], name: str, value: str) -> list[str]:
    """The ids that a plain comparison finds; all for an empty value, which is no filter."""
    of = COMPARED[name]
    return [item.post.source_id for item in known if not value or of(item) == value]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--payloads", type=int, default=5_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--url", default="")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(given.url or f"sqlite:///{folder}/listener.db")
        fill(db)
        before = stored(db)
        site = Site(db, Settings("Europe/Oslo", "0"), FakeActions(), Clock())
        statuses, wrong, longest = walk(site, given.payloads, given.seed)
        after = stored(db)
        changed = [name for name in before if before[name] != after[name]]
        print(
            f"{given.payloads:,} payloads on {db.dialect}: answered {dict(sorted(statuses.items()))}, longest {longest:.2f} s, "
            f"{len(wrong)} wrong, tables changed: {', '.join(changed) or 'none'}"
        )
        for line in wrong[:20]:
            print(" ", ascii(line))
        db.close()


if __name__ == "__main__":
    main()
