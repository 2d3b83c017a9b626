"""Pages of mentions: every one once, in order, while others arrive; what is seldom is looked for in bounds that are told."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import BadFilter, NotFound
from dashboard.filters import filters_of
from dashboard.site import Site
from dashboard.views.mentions import SORTS, Mention, Sort, Which, mention, mentions, safe_link, which
from storage import workflow
from storage.labels import correct
from storage.paging import page
from storage.posts import save
from storage.types import Batch, MatchedPost, NewAuthor, NewMention, NewPost, Stats


def arriving(site: Site, number: int, chance: random.Random) -> None:
    """One more post, somewhere in the last ten days, with figures as high as any."""
    at = site.clock() - timedelta(minutes=chance.randrange(14_400))
    brand = chance.choice(["aurora", "borealis"])
    who = NewAuthor(source_author_id=f"new{number}", handle=f"new{number}", followers=chance.randrange(3_000))
    post = NewPost(
        source="social", source_id=f"late{number}", text=f"{brand} crew again", published_at=at, observed_at=at, lang="en", author=who,
        stats=Stats(likes=chance.randrange(40)),
    )  # fmt: skip
    named = [NewMention(brand_id=brand, query_version=1, target=brand)]
    save(site.db, Batch("social", [MatchedPost(post, named)]), now=site.clock())


def pages(site: Site, asked: Which, limit: int, **given: str) -> Iterator[tuple[Mention, ...]]:
    cursor = None
    while True:
        filters = filters_of(site, {name: [value] for name, value in given.items()}, now=site.clock())
        found = mentions(site, filters, asked, now=site.clock(), cursor=cursor, limit=limit)
        yield found.mentions
        cursor = found.next
        if cursor is None:
            return


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", ["", "crew OR late"])
def test_each_mention_comes_once_while_others_arrive(site: Site, sort: Sort, q: str) -> None:
    chance = random.Random(7)
    more = {"q": q} if q else {}
    before = {row.id for some in pages(site, Which(sort=sort), 200, **more) for row in some}
    seen: list[int] = []
    for number, some in enumerate(pages(site, Which(sort=sort), 7, **more)):
        seen += [row.id for row in some]
        arriving(site, number, chance)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert len(before) > 50


def test_each_order_is_that_order(site: Site) -> None:
    def rows(sort: Sort) -> list[Mention]:
        return [row for some in pages(site, Which(sort=sort), 11) for row in some]

    newest = rows("newest")
    assert newest == sorted(newest, key=lambda row: (row.counted_at, row.id), reverse=True)
    followers = [row.followers or 0 for row in rows("reach")]
    assert followers == sorted(followers, reverse=True)
    likes = [(r.figures.likes or 0) + (r.figures.shares or 0) for r in rows("engagement") if r.figures]
    assert likes == sorted(likes, reverse=True)
    negative = [-1.0 if row.p_negative is None else row.p_negative for row in rows("negative")]
    assert negative == sorted(negative, reverse=True)
    assert len(newest) == len(followers) == len(negative) == 120


def test_the_total_is_told_where_sums_tell_it(site: Site) -> None:
    filters = filters_of(site, {}, now=site.clock())
    assert mentions(site, filters, now=site.clock()).total == 120
    negative = Which(labels=("negative",))
    rows = [row for some in pages(site, negative, 50) for row in some]
    assert mentions(site, filters, negative, now=site.clock()).total == len(rows)
    assert mentions(site, filters, Which(author="ada3"), now=site.clock()).total is None


def test_a_cursor_is_good_for_its_own_question_only(site: Site) -> None:
    now = site.clock()
    filters, other = (filters_of(site, given, now=now) for given in ({}, {"brand": ["aurora"]}))
    cursor = mentions(site, filters, now=now, limit=5).next
    assert cursor is not None
    for changed in (cursor[:-2] + "AA", "x", "", "é", cursor + "AAAA"):
        if changed:
            with pytest.raises(BadFilter, match="cursor"):
                mentions(site, filters, now=now, cursor=changed)
    with pytest.raises(BadFilter, match="cursor"):
        mentions(site, other, now=now, cursor=cursor)
    with pytest.raises(BadFilter, match="cursor"):
        mentions(site, filters, Which(sort="reach"), now=now, cursor=cursor)


def test_what_is_seldom_is_looked_for_in_bounds_and_found_in_the_end(site: Site) -> None:
    workflow.tag(site.db, [120], "old", by="ann", now=site.clock())  # the oldest of all
    wanted = Which(tags=("old",)).of(filters_of(site, {}, now=site.clock()))
    found, after = [], None
    for _ in range(20):
        some = page(site.db, wanted, limit=50, after=after, most=10)
        found.append([row.id for row in some.rows])
        after = some.next
        if after is None:
            break
        assert some.searched_to == after[0]
    assert len(found) > 5
    assert [number for some in found for number in some] == [120]


def test_people_s_work_is_told_beside_a_mention(site: Site) -> None:
    now = site.clock()
    workflow.assign(site.db, [5], "ann", by="eve", now=now)
    workflow.tag(site.db, [5], "billing", by="eve", now=now)
    workflow.resolve(site.db, [5], by="ann", now=now)
    correct(site.db, 5, "positive", now=now)
    found = mention(site, 5)
    row = found.mention
    assert (row.assignee, row.tags, row.resolved_at, row.label, row.corrected) == (
        "ann",
        ("billing",),
        now,
        "positive",
        True,
    )
    assert [(line.by, line.action) for line in found.log] == [
        ("eve", "assigned"),
        ("eve", "tagged"),
        ("ann", "resolved"),
    ]
    assert [
        row.id for some in pages(site, which({"assignee": ["ANN"], "resolved": ["yes"]}), 50) for row in some
    ] == [5]
    with pytest.raises(NotFound):
        mention(site, 10_000)


@given(
    st.text(max_size=40)
    | st.builds("{}:{}".format, st.sampled_from(["javascript", "data", "https", "HTTP", "ftp"]), st.text())
)
def test_only_web_addresses_are_links(link: str) -> None:
    found = safe_link(link)
    assert found is None or found.lower().startswith(("http://", "https://"))
    assert found is None or not any(ord(c) <= 32 for c in found)


@pytest.mark.parametrize(
    "given", [{"label": ["bad"]}, {"sort": ["text"]}, {"resolved": ["maybe"]}, {"author": ["a", "b"]}, {"tag": ["x" * 201]}]
)  # fmt: skip
def test_what_says_nothing_names_the_parameter(given: dict[str, list[str]]) -> None:
    with pytest.raises(BadFilter) as caught:
        which(given)
    assert caught.value.parameter == next(iter(given))
