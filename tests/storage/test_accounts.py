"""The brands' own accounts in the database: figures that changed, whose account it is, what it cost, and forgetting."""

from datetime import timedelta

import pytest

from storage import sources
from storage.accounts import (
    known_accounts,
    latest_snapshots,
    note_problem,
    note_read,
    save_account,
    snapshots,
)
from storage.db import Database
from storage.erase import forget_author
from storage.own_posts import owned_among, owned_posts
from storage.posts import save
from storage.types import AccountSeen, Batch, MatchedPost, NewAuthor, Stats
from tests.storage.posts import ADA, NOON, later, named, one, post, rows

DELTA = NewAuthor(source_author_id="500", handle="Delta", followers=900)


def seen(
    db: Database, hours: float, followers: int | None = 900, *, brand: str = "delta", key: str = "500"
) -> str:
    account = AccountSeen(account_id=key, handle="Delta", followers=followers, posts=7)
    return save_account(db, brand, "x", "@Delta", account, origin="birds", now=later(hours=hours))


def test_a_row_only_where_a_figure_changed_or_a_day_has_passed(db: Database) -> None:
    for hours, followers in ((0, 900), (6, 900), (12, 901), (18, 901), (36, 901), (42, 901), (48, None)):
        assert seen(db, hours, followers) == ""
    found = snapshots(db, brands=["delta"], since=NOON, until=later(days=9))
    assert [(row.observed_at, row.followers) for row in found] == [
        (NOON, 900),
        (later(hours=12), 901),
        (later(hours=36), 901),
        (later(hours=48), None),
    ]
    (account,) = known_accounts(db, "x")
    assert (account.handle, account.account_id, account.asked_at) == ("delta", "500", later(hours=48))


def test_what_comes_late_or_twice_changes_nothing(db: Database) -> None:
    for hours in (5, 5, 1):
        seen(db, hours, 900 + int(hours))
    assert one(db, "SELECT count(*) FROM account_snapshots") == 1


def test_snapshots_are_told_apart_by_brand_network_and_account(db: Database) -> None:
    seen(db, 0, 10)
    seen(db, 0, 20, brand="jetblue", key="600")
    seen(db, 1, 30, key="501")  # another account took the handle
    assert [(row.brand_id, row.account_id, row.followers) for row in latest_snapshots(db)] == [
        ("delta", "500", 10),
        ("delta", "501", 30),
        ("jetblue", "600", 20),
    ]
    assert snapshots(db, brands=["delta"], since=NOON, until=NOON, sources=["mastodon"]) == []


def test_an_account_that_is_not_there_is_a_problem_that_names_brand_network_and_handle(db: Database) -> None:
    said = save_account(db, "delta", "x", "@Dleta", None, origin="birds", now=NOON)
    assert all(part in said for part in ("delta", "x", "dleta"))
    (account,) = known_accounts(db)
    assert (account.account_id, account.problem) == (None, said)
    assert seen(db, 1) == ""
    assert [(row.handle, row.problem) for row in known_accounts(db)] == [("delta", "")]


def test_another_handle_is_another_account(db: Database) -> None:
    seen(db, 0)
    note_read(db, "delta", "x", "Delta", now=later(hours=1))
    note_problem(db, "delta", "x", "@delta_air", "no answer", retry_at=later(hours=3))
    (account,) = known_accounts(db)
    assert (account.handle, account.account_id, account.read_at) == ("delta_air", None, None)
    assert (account.problem, account.retry_at) == ("no answer", later(hours=3))


def test_what_own_accounts_cost_is_in_the_source_s_sum_and_told_apart(db: Database) -> None:
    save(db, Batch("birds", spent_units=2, spent_usd=0.5), now=NOON)
    save(db, Batch("birds", spent_units=3, spent_usd=0.25, own=True), now=NOON)
    save_account(db, "delta", "x", "d", None, origin="birds", spent_units=1, spent_usd=0.01, now=NOON)
    assert sources.spent(db, "birds", NOON) == (6, pytest.approx(0.76))
    assert sources.spent(db, "birds", NOON, own=True) == (4, pytest.approx(0.26))
    assert sources.spent(db, "other", NOON) == (0, 0.0)


@pytest.mark.parametrize("called", ["@delta", "x:Delta", "500", "x:500"])
def test_an_account_that_is_forgotten_takes_its_figures_along_and_is_not_asked_again(
    db: Database, called: str
) -> None:
    seen(db, 0)
    seen(db, 0, brand="jetblue", key="600")
    own = MatchedPost(post("o1", "we fly", author=DELTA), owned_by="delta")
    save(db, Batch("birds", [own, named(post("1"))]), now=NOON)
    erased = forget_author(db, called, now=later(hours=1))
    assert (erased.authors, erased.posts) == (1, 1)
    assert "500" not in {row.account_id for row in latest_snapshots(db)}
    assert "forgotten" in seen(db, 9)
    assert "500" not in {row.account_id for row in latest_snapshots(db)}
    save(db, Batch("birds", [own]), now=later(hours=10))
    assert one(db, "SELECT count(*) FROM posts WHERE owned_by IS NOT NULL") == 0


def test_an_account_that_never_posted_is_forgotten_too(db: Database) -> None:
    seen(db, 0)
    erased = forget_author(db, "Delta", "x", now=later(hours=1))
    assert (erased.authors, erased.posts, erased.accounts) == (1, 0, ["x:500"])
    assert rows(db, "SELECT * FROM account_snapshots") == rows(db, "SELECT * FROM accounts") == []
    assert forget_author(db, "Delta", "x", now=later(hours=2)).authors == 0


def test_forgetting_somebody_else_leaves_the_accounts(db: Database) -> None:
    seen(db, 0)
    save(db, Batch("birds", [named(post("1"))]), now=NOON)
    assert forget_author(db, ADA.handle or "", now=NOON).authors == 1
    assert len(latest_snapshots(db)) == 1


def test_own_posts_are_those_of_the_account_without_reposts_and_replies(db: Database) -> None:
    def own(key: str, minutes: float = 0, **fields: object) -> MatchedPost:
        item = post(key, f"we fly {key}", author=DELTA, published_at=later(minutes), **fields)
        return MatchedPost(item, owned_by="delta")

    figures = Stats(likes=1, saves=2, clicks=3, reach=4, visits=5)
    batch = [
        own("late", 5, observed_at=later(9)),
        own("first", 1, stats=figures, format="image", observed_at=later(9)),
        own("boost", repost_of="9"),
        own("answer", reply_to="9"),
        own("german", 2, lang="de", observed_at=later(9)),
        named(post("mention")),
    ]
    save(db, Batch("birds", batch), now=later(9))
    asked = {"brands": ["delta", "jetblue"], "since": NOON, "until": later(60), "limit": 10}
    found = owned_posts(db, **asked)
    assert [row.source_id for row in found] == ["first", "german", "late"]
    assert (found[0].stats, found[0].format, found[0].followers) == (figures, "image", 900)
    assert found[1].stats is None
    assert [row.source_id for row in owned_posts(db, **asked | {"langs": ["de"]})] == ["german"]
    assert owned_posts(db, **asked | {"sources": ["mastodon"]}) == []
    assert [row.source_id for row in owned_posts(db, **asked | {"until": later(2)})] == ["first"]
    assert [row.source_id for row in owned_posts(db, **asked | {"limit": 1})] == ["first"]
    assert owned_among(db, "x", ["first", "mention", "unknown"]) == {"first"}


def test_a_post_that_is_found_to_be_a_brand_s_own_is_no_mention_of_it_any_more(db: Database) -> None:
    item = post("o", "delta and jetblue", author=DELTA)
    save(db, Batch("a", [named(item, "delta", "jetblue")]), now=NOON)
    assert one(db, "SELECT sum(mentions) FROM counts") == 2
    again = item.model_copy(update={"observed_at": later(5)})
    for _ in range(2):
        saved = save(db, Batch("a", [named(again, "jetblue", owned_by="delta")]), now=later(5))
    assert (saved.known_posts, saved.removed_mentions) == (1, 0)
    assert rows(db, "SELECT brand_id FROM mentions") == [("jetblue",)]
    assert rows(
        db, "SELECT brand_id, sum(mentions) FROM counts GROUP BY brand_id HAVING sum(mentions) > 0"
    ) == [("jetblue", 1)]
    assert one(db, "SELECT owned_by FROM posts") == "delta"
    save(db, Batch("a", [named(item, "delta", "jetblue")]), now=later(9))  # by a process that does not know
    assert one(db, "SELECT owned_by FROM posts") == "delta"
    assert rows(db, "SELECT brand_id FROM mentions") == [("jetblue",)]


def test_a_silent_network_leaves_the_figures_that_were_told_before(db: Database) -> None:
    for minutes, stats in ((0, Stats(likes=1, clicks=3)), (60, Stats(likes=2)), (120, Stats(likes=2))):
        item = post("o", "we fly", author=DELTA, observed_at=later(minutes), stats=stats)
        save(db, Batch("birds", [MatchedPost(item, owned_by="delta")]), now=later(minutes))
    (found,) = owned_posts(db, brands=["delta"], since=NOON, until=NOON + timedelta(hours=1), limit=9)
    assert found.stats == Stats(likes=2, clicks=3)
    assert one(db, "SELECT count(*) FROM post_stats") == 2
