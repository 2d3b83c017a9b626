"""Influencers in imported facts: one figure stays one, one name is one account or none, and who is forgotten is nowhere by name."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from storage import migrations
from storage.db import Database, open_database
from storage.erase import forget_author
from storage.facts import MILLION, FactKey, facts, forget_influencers, overlaps, save_facts
from storage.influencers import ANYWHERE, accounts_called, name_key
from storage.posts import save
from storage.told_apart import ToldOtherwise
from storage.types import Batch, NewAuthor
from tests.storage.older import take_back
from tests.storage.posts import NOON, named, one, post, rows

DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
WHOLE = FactKey("delta", "spend", DAY, "x", "Spring", currency="EUR")
ADA, BO = WHOLE._replace(influencer="Ada_K"), WHOLE._replace(influencer="bo")


def stored(db: Database) -> dict[tuple[str, str, str], int]:
    """Amounts by fact, channel and influencer."""
    wanted = select(facts.c.fact, facts.c.channel, facts.c.influencer, facts.c.amount)
    with db.read() as connection:
        return {(fact, channel, name): amount for fact, channel, name, amount in connection.execute(wanted)}


def test_an_influencer_is_part_of_what_a_figure_is_known_by(db: Database) -> None:
    told = {ADA: 5, BO: 7, WHOLE: 11}
    assert save_facts(db, "meta", told).new == 3
    assert save_facts(db, "meta", told).unchanged == 3
    assert save_facts(db, "meta", {BO: 8}).changed == 1
    assert stored(db) == {("spend", "x", "Ada_K"): 5, ("spend", "x", "bo"): 8, ("spend", "x", ""): 11}


def test_a_name_in_another_spelling_is_the_figure_that_is_there(db: Database) -> None:
    save_facts(db, "meta", {ADA: 5})
    again = save_facts(db, "meta", {WHOLE._replace(influencer="@ada_k"): 5})
    assert (again.new, again.unchanged) == (0, 1)
    twice = {WHOLE._replace(influencer=name): 2 for name in ("ADA_K", "ada_k\u200b")}
    assert save_facts(db, "meta", twice).changed == 1
    assert stored(db) == {("spend", "x", "Ada_K"): 4}


def test_what_was_stored_without_influencers_gives_way_to_the_same_sum_told_apart(db: Database) -> None:
    save_facts(db, "meta", {WHOLE: 12, WHOLE._replace(day=NEXT): 3})
    saved = save_facts(db, "meta", {ADA: 5, BO: 7})
    assert (saved.new, saved.removed) == (2, 1)
    assert saved.first[0].key == WHOLE
    assert sum(stored(db).values()) == 15
    assert save_facts(db, "meta", {ADA: 5, BO: 7}).unchanged == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_another_sum_told_apart_is_refused_until_somebody_says_replace(db: Database, dry_run: bool) -> None:
    save_facts(db, "meta", {WHOLE: 12 * MILLION})
    with pytest.raises(
        ToldOtherwise,
        match=r"spend of 2026-11-01 \(x / Spring\) without influencers, 12.00 EUR.*--replace.*--as NAME",
    ):
        save_facts(db, "meta", {ADA: 5 * MILLION}, dry_run=dry_run)
    assert stored(db) == {("spend", "x", ""): 12 * MILLION}
    assert save_facts(db, "meta", {ADA: 5}, replace=True).removed == 1
    assert stored(db) == {("spend", "x", "Ada_K"): 5}
    assert save_facts(db, "other", {WHOLE: 12}).new == 1


def test_figures_by_influencer_do_not_give_way_to_a_file_without_them(db: Database) -> None:
    save_facts(db, "meta", {ADA: 5, BO: 7})
    with pytest.raises(ToldOtherwise, match=r"by influencer.*--map influencer=COLUMN"):
        save_facts(db, "meta", {WHOLE: 12})
    assert save_facts(db, "meta", {WHOLE: 12}, replace=True).removed == 2
    assert stored(db) == {("spend", "x", ""): 12}


def test_a_part_of_nobody_and_an_influencer_more_are_kept_beside_the_others(db: Database) -> None:
    save_facts(db, "meta", {WHOLE: 12})
    assert save_facts(db, "meta", {WHOLE: 4, ADA: 8}).changed == 1
    save_facts(db, "meta", {BO: 1})
    save_facts(db, "meta", {WHOLE: 5})
    assert stored(db) == {("spend", "x", ""): 5, ("spend", "x", "Ada_K"): 8, ("spend", "x", "bo"): 1}


def test_a_name_written_otherwise_on_another_day_is_the_figure_of_that_day(db: Database) -> None:
    later = ADA._replace(day=NEXT, influencer="ADA_K")
    save_facts(db, "meta", {ADA: 5})
    save_facts(db, "meta", {later: 6})
    again = save_facts(db, "meta", {ADA: 5, later._replace(influencer="@ada_k"): 6})
    assert (again.new, again.unchanged) == (0, 2)


def test_what_comes_to_all_that_is_there_is_not_added_to_the_influencers(db: Database) -> None:
    save_facts(db, "meta", {WHOLE: 4, ADA: 8})
    with pytest.raises(ToldOtherwise, match="it would count twice"):
        save_facts(db, "meta", {WHOLE: 12})
    assert save_facts(db, "meta", {WHOLE: 12}, replace=True).removed == 1
    assert stored(db) == {("spend", "x", ""): 12}


def test_a_channel_that_addresses_tell_is_no_reason_to_count_twice(db: Database) -> None:
    nowhere = WHOLE._replace(channel="")
    told = {ADA: 5, BO._replace(channel="youtube"): 7}
    save_facts(db, "meta", {nowhere: 13})
    with pytest.raises(ToldOtherwise, match="it would count twice"):
        save_facts(db, "meta", told)
    save_facts(db, "meta", {nowhere: 12})
    assert save_facts(db, "meta", told).removed == 1
    assert stored(db) == {("spend", "x", "Ada_K"): 5, ("spend", "youtube", "bo"): 7}
    assert save_facts(db, "meta", told).unchanged == 2


def test_two_imports_count_twice_what_is_of_the_same_influencer_or_comes_to_the_same(db: Database) -> None:
    save_facts(db, "ads", {WHOLE: 1})
    save_facts(db, "creators", {ADA: 1})
    assert [both.other for both in overlaps(db, "creators", DAY, DAY)] == ["ads"], "the same sum"
    save_facts(db, "ads", {WHOLE: 9})
    assert overlaps(db, "creators", DAY, DAY) == []
    save_facts(db, "shop", {ADA: 2})
    assert [(both.other, both.days) for both in overlaps(db, "creators", DAY, DAY)] == [("shop", 1)]


AUTHOR = NewAuthor(source_author_id="u1", handle="Ada_K")


def test_a_forgotten_author_is_no_influencer_any_more_and_the_sums_stay(db: Database) -> None:
    save(db, Batch("a", [named(post("1", author=AUTHOR))]), now=NOON)
    mine = {ADA: 5, ADA._replace(channel=""): 3, ADA._replace(channel="shop"): 2, BO: 7, WHOLE: 11}
    save_facts(db, "meta", mine)
    erased = forget_author(db, "x:@ada_k", now=NOON)
    assert (erased.authors, erased.figures, erased.figures_elsewhere) == (1, 2, 1)
    assert stored(db)["spend", "x", ""] == 16
    assert forget_author(db, "ada_k", now=NOON).figures == 1
    assert {name for _, _, name in stored(db)} == {"", "bo"}
    assert sum(stored(db).values()) == sum(mine.values())


def test_who_was_forgotten_does_not_come_back_with_the_next_file(db: Database) -> None:
    save_facts(db, "meta", {ADA: 5, BO: 7})
    before = one(db, "SELECT sum(amount) FROM facts")
    assert forget_author(db, "@ADA_K", now=NOON).figures == 1
    again = save_facts(db, "meta", {ADA: 5, BO: 7})
    assert (again.unchanged, again.new, again.nameless) == (2, 0, 1)
    assert save_facts(db, "shop", {ADA._replace(channel="shop"): 5, ADA: 1}).nameless == 2
    assert {name for _, _, name in stored(db)} == {"", "bo"}
    assert one(db, "SELECT sum(amount) FROM facts WHERE import_name = 'meta'") == before


def test_a_forgotten_author_without_facts_is_not_named_by_a_later_file(db: Database) -> None:
    save(db, Batch("a", [named(post("1", author=AUTHOR))]), now=NOON)
    forget_author(db, "u1", now=NOON)
    saved = save_facts(db, "meta", {ADA: 5, ADA._replace(channel="youtube"): 5})
    assert saved.nameless == 1
    assert stored(db) == {("spend", "x", ""): 5, ("spend", "youtube", "Ada_K"): 5}


def test_forgetting_nobody_changes_nothing_and_buries_nobody(db: Database) -> None:
    save_facts(db, "meta", {ADA: 5})
    assert forget_author(db, "somebody", now=NOON).figures == 0
    assert rows(db, "SELECT digest FROM tombstones") == []
    with db.write() as connection:
        assert forget_influencers(connection, {("y", "ada_k")}) == (0, 1)
        assert forget_influencers(connection, {(ANYWHERE, "ada_k")}) == (1, 0)


def test_nothing_of_a_forgotten_name_stays_in_the_file(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path}/l.db")
    save_facts(db, "meta", {WHOLE._replace(influencer=f"canarybird{n}"): n + 1 for n in range(200)})
    for n in range(200):
        forget_author(db, f"canarybird{n}", now=NOON)
    db.close()
    assert not [path.name for path in tmp_path.iterdir() if b"canarybird" in path.read_bytes()]


def test_a_handle_is_one_account_on_its_network_or_none(db: Database) -> None:
    others = (
        NewAuthor(source_author_id="u2", handle="twice"),
        NewAuthor(source_author_id="u3", handle="Twice"),
    )
    save(
        db, Batch("a", [named(post(str(n), author=who)) for n, who in enumerate((AUTHOR, *others))]), now=NOON
    )
    source = one(db, "SELECT DISTINCT source FROM authors")
    asked = [
        (source, "@ada_k"),
        (source, "u2"),
        (source, "twice"),
        ("elsewhere", "ada_k"),
        (source, "nobody"),
    ]
    with db.read() as connection:
        found = accounts_called(connection, asked)
        assert accounts_called(connection, []) == {}
    ids = {own: number for number, own in rows(db, "SELECT id, source_author_id FROM authors")}
    assert found == {("x", "ada_k"): ids["u1"], ("x", "u2"): ids["u2"]}


def test_a_database_from_before_keeps_its_facts(db: Database, database_url: str, tmp_path: Path) -> None:
    save_facts(db, "meta", {WHOLE: 12, WHOLE._replace(day=NEXT): 3})
    take_back(db, "0009", tmp_path)
    db.close()
    again = open_database(database_url)
    assert one(again, "SELECT version_num FROM alembic_version") == migrations.HEAD
    assert save_facts(again, "meta", {WHOLE: 12}).unchanged == 1
    assert save_facts(again, "meta", {ADA: 5, BO: 7}).removed == 1
    with again.read() as connection:
        assert connection.scalar(text("SELECT sum(amount) FROM facts")) == 15
    again.close()


@given(st.text())
def test_a_name_is_one_whatever_its_case_and_however_often_it_is_simplified(name: str) -> None:
    key = name_key(name)
    assert name_key(f"\u202e{name}\u200b") == key
    assert name_key(f"  {name}\n") == key
    assert key == " ".join(key.split())
