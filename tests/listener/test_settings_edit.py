"""Brands and goals edited from a page: written into config.toml by its own rules, taken while the service runs, told in the log."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.editing import BrandWritten, ChangedMeanwhile, GoalWritten, NotSaved, NotWritable
from dashboard.errors import NotFound
from listener import pipeline
from listener.alerts.jobs import Watching
from listener.commands import users
from listener.config import load
from listener.errors import UsageError
from listener.following import Following
from listener.service import Service, open_service
from listener.service_run import jobs
from listener.settings_edit import ServiceEditor
from listener.settings_goals import as_written
from listener.web import site_of
from listener.web_actions import ServiceActions
from metrics.goals.goal import Aim, AimKind
from metrics.goals.words import read_change
from storage.brands import not_rematched
from storage.changes import changes
from storage.goals import PlannedGoal, StoredGoal, add_goal, stored_goals
from storage.mentions import MentionFilter, find
from storage.types import NewAuthor, NewPost

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8765"
TEXT = """\
# who we are
timezone = "Europe/Oslo"

[[brands]]
name = "Aurora"   # ours
query = 'aurora'

[[brands]]
name = "Borealis"
role = "competitor"
query = 'borealis'

[alerts]
notify = ["slack://tokenA/tokenB/tokenC"]
"""
KVARTO = BrandWritten("", "Kvarto", "competitor", "kvarto OR @kvarto", {"mastodon": "@kvarto@social.example"})
POSTS = ("aurora was late", "kvarto sounds good", "aurora and kvarto", "nothing of that", "borealis!")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Two brands, and five posts of which one names none."""
    (tmp_path / "config.toml").write_text(TEXT)
    made = open_service(tmp_path / "config.toml", now=NOW, environ={})
    posts = [
        NewPost(
            source="social",
            source_id=str(n),
            text=text,
            published_at=NOW - timedelta(hours=n),
            observed_at=NOW,
            author=NewAuthor(source_author_id=str(n), handle=f"ada{n}"),
        )
        for n, text in enumerate(POSTS)
    ]
    pipeline.import_posts(made, posts, keep_unmatched=True, on_rejected=print, clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def editor(service: Service) -> ServiceEditor:
    return ServiceEditor(service)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Somebody at this machine, in a page of ours."""
    app = create_app(site_of(service))
    given = {"base_url": ADDRESS, "headers": {"origin": ADDRESS}, "client": ("127.0.0.1", 50_000)}
    with TestClient(app, follow_redirects=False, **given) as made:  # type: ignore[arg-type]
        yield made


def text_of(service: Service) -> str:
    return service.config.source_path.read_text()


def mentions(service: Service, brand: str) -> list[str]:
    return sorted(row.text for row in find(service.db, MentionFilter(brands=[brand])))


def test_a_new_brand_is_written_followed_and_matched_while_the_service_runs(editor: ServiceEditor) -> None:
    service, before = editor.service, text_of(editor.service)
    done = editor.put("brands", None, KVARTO, seen=editor.file().version, now=NOW)
    assert done.key == "kvarto"
    assert [line for line in before.splitlines() if line not in text_of(service).splitlines()] == []
    assert load(service.config.source_path).brands[2].accounts == {"mastodon": "@kvarto@social.example"}
    assert editor.rematching.wait(20)
    assert mentions(service, "kvarto") == ["aurora and kvarto", "kvarto sounds good"]
    assert [brand.id for brand in service.tracked] == ["aurora", "borealis", "kvarto"]
    assert not editor.file().not_taken
    assert editor.matching(now=NOW).waiting == []


def test_another_query_is_matched_again_and_another_name_is_the_same_brand(editor: ServiceEditor) -> None:
    editor.put("brands", "aurora", BrandWritten("", "Aurora Air", "own", "late"), seen=None, now=NOW)
    assert editor.rematching.wait(20)
    assert mentions(editor.service, "aurora") == ["aurora was late"]
    brand = next(one for one in editor.service.brands if one.id == "aurora")
    assert (brand.name, brand.version) == ("Aurora Air", 2)
    assert 'name = "Aurora Air"   # ours' in text_of(editor.service)


def test_a_brand_that_is_taken_out_keeps_its_mentions_until_it_comes_back(editor: ServiceEditor) -> None:
    service = editor.service
    editor.remove("brands", "borealis", seen=None, now=NOW)
    assert [brand.id for brand in service.brands] == ["aurora"]
    late = NewPost(source="social", source_id="9", text="borealis again", published_at=NOW, observed_at=NOW)
    pipeline.import_posts(service, [late], keep_unmatched=True, on_rejected=print, clock=lambda: NOW)
    again = BrandWritten("borealis", "Borealis", "competitor", "borealis")
    editor.put("brands", None, again, seen=None, now=NOW)
    assert editor.rematching.wait(20)
    assert mentions(service, "borealis") == ["borealis again", "borealis!"]


def test_what_is_wrong_is_said_of_its_field_and_nothing_is_written(editor: ServiceEditor) -> None:
    before = text_of(editor.service)
    wrong = BrandWritten("", "borealis", "ours", "aurora (", {"x": "  "}, 2.0)
    with pytest.raises(NotSaved) as caught:
        editor.put("brands", None, wrong, seen=None, now=NOW)
    assert set(caught.value.fields) == {"name", "id", "role", "query", "accounts", "relevance"}
    assert "at character" in caught.value.fields["query"]
    for goal, field in (
        (GoalWritten(words="+5 % mentoins in 4 months"), "words"),
        (GoalWritten(words="+5 % mentions in 4 months", brand="nobody"), "brand"),
        (GoalWritten(words="+5 % mentions by 2020-01-01"), "words"),
        (GoalWritten(words="+5 % mentions in 4 months", campaign="none"), "campaign"),
        (GoalWritten(kpi="mentions", brand="aurora", target=9.0, by=date(9999, 12, 31)), "by"),
        (GoalWritten(kpi="mentions", brand="aurora", target=9.0, by=NOW.date(), since=date(1, 1, 1)), "by"),
        (GoalWritten(kpi="mentions", brand="aurora", target=float("nan"), by=date(2027, 1, 1)), "target"),
    ):
        with pytest.raises(NotSaved) as caught:
            editor.put("goals", None, goal, seen=None, now=NOW)
        assert list(caught.value.fields) == [field]
    assert text_of(editor.service) == before


def test_a_brand_that_a_goal_names_and_the_last_one_stay(editor: ServiceEditor) -> None:
    editor.put(
        "goals", None, GoalWritten(words="+5 % mentions in 4 months", brand="aurora"), seen=None, now=NOW
    )
    with pytest.raises(NotSaved, match=r"goals\[0\]\.brand: no brand has the id"):
        editor.remove("brands", "aurora", seen=None, now=NOW)
    editor.remove("brands", "borealis", seen=None, now=NOW)
    with pytest.raises(NotSaved):
        editor.remove("brands", "aurora", seen=None, now=NOW)


def test_a_file_that_was_changed_by_hand_is_not_overwritten_and_the_difference_is_told(
    editor: ServiceEditor,
) -> None:
    seen, path = editor.file().version, editor.path
    by_hand = TEXT.replace("'aurora'", "'aurora OR aurorae'").replace("tokenB", "tokenD")
    path.write_text(by_hand)
    with pytest.raises(ChangedMeanwhile) as caught:
        editor.put("brands", None, KVARTO, seen=seen, now=NOW)
    assert path.read_text() == by_hand
    assert caught.value.diff == (
        "- query = 'aurora'",
        "+ query = 'aurora OR aurorae'",
        "- [alerts] …",
        "+ [alerts] …",
    )
    assert "token" not in "".join(caught.value.diff)
    editor.put("brands", None, KVARTO, seen=caught.value.version, now=NOW)
    assert "aurorae" in path.read_text()
    assert "tokenD" in path.read_text()


def test_a_difference_shows_no_section_that_is_commented_out_below_a_brand(editor: ServiceEditor) -> None:
    seen = editor.file().version
    editor.path.write_text(
        TEXT.replace("[alerts]", '# [alerts]\n# notify = ["slack://tokenX"]\n# [[brands]]\n[alerts]')
    )
    with pytest.raises(ChangedMeanwhile) as caught:
        editor.put("brands", None, KVARTO, seen=seen, now=NOW)
    assert caught.value.diff == ("+ [alerts] …",)


def test_a_file_changed_by_hand_waits_until_it_is_asked_for(editor: ServiceEditor) -> None:
    editor.path.write_text(TEXT.replace("'aurora'", "'late'").replace("Europe/Oslo", "UTC"))
    said = editor.file()
    assert said.not_taken
    assert list(said.restart) == ["timezone"]
    editor.take(now=NOW)
    said = editor.file()
    assert not said.not_taken
    assert list(said.restart) == ["timezone"]
    assert editor.service.config.timezone == "Europe/Oslo"
    assert editor.service.brands[0].query == "late"


def test_a_broken_or_locked_file_is_left_alone_and_says_why(editor: ServiceEditor, tmp_path: Path) -> None:
    editor.path.write_text(TEXT + "\nbroken")
    assert "not valid TOML" in editor.file().refusal
    with pytest.raises(NotWritable, match="mend it by hand"):
        editor.put("brands", None, KVARTO, seen=None, now=NOW)
    assert editor.path.read_text() == TEXT + "\nbroken"
    editor.path.unlink()
    assert "cannot be read" in editor.file().refusal


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_only_be_read_says_so(editor: ServiceEditor) -> None:
    editor.path.chmod(0o400)
    assert "may only be read" in editor.file().refusal
    with pytest.raises(NotWritable, match="may only be read"):
        editor.put("brands", None, KVARTO, seen=None, now=NOW)


def test_a_goal_stays_the_goal_that_it_is_while_only_its_owner_changes(editor: ServiceEditor) -> None:
    first = editor.put("goals", None, GoalWritten(words="+5 % mentions in 4 months"), seen=None, now=NOW)
    owned = GoalWritten(words="+5 % mentions in 4 months", owner="Ada", review="weekly")
    second = editor.put("goals", first.key, owned, seen=None, now=NOW)
    assert second.key == first.key
    assert dict(second.changes) == {"owner": (None, "Ada"), "review": ("monthly", "weekly")}
    third = editor.put("goals", first.key, GoalWritten(words="+9 % mentions in 4 months"), seen=None, now=NOW)
    assert third.key != first.key
    with pytest.raises(NotFound):
        editor.remove("goals", first.key, seen=None, now=NOW)


def test_another_process_of_the_service_takes_what_a_page_saved(service: Service) -> None:
    other = open_service(service.config.source_path, now=NOW, environ={})
    following = Following(other, lambda: NOW)
    editor = ServiceEditor(service)
    editor.put("brands", None, KVARTO, seen=None, now=NOW)
    following()
    assert [brand.id for brand in other.brands] == ["aurora", "borealis", "kvarto"]
    assert "settings" in [job.id for job in jobs(other, "scheduler")]
    editor.path.write_text(TEXT)  # by hand: nobody asked for it
    following()
    assert len(other.brands) == 3
    assert editor.rematching.wait(20)
    other.close()


def test_the_api_adds_changes_and_removes_brands_and_logs_before_and_after(
    client: TestClient, service: Service
) -> None:
    body = {"name": "Kvarto", "role": "competitor", "query": "kvarto"}
    made = client.post("/api/v1/brands", json=body)
    assert made.status_code == 201
    assert made.json()["id"] == "kvarto"
    tag = made.headers["etag"]
    assert client.get("/api/v1/brands/kvarto").headers["etag"] == tag
    changed = client.put(
        "/api/v1/brands/kvarto", json=body | {"query": "kvarto NOT mini"}, headers={"if-match": tag}
    )
    assert changed.json()["query"] == "kvarto NOT mini"
    stale = client.put("/api/v1/brands/kvarto", json=body, headers={"if-match": tag})
    assert stale.status_code == 409
    assert '- query = "kvarto"' in stale.json()["diff"]
    wrong = client.post("/api/v1/brands", json=body | {"name": "Other", "query": "(", "role": "own"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["where"] == "query"
    assert client.delete("/api/v1/brands/kvarto").json() == {"removed": "kvarto"}
    assert client.delete("/api/v1/brands/kvarto").status_code == 404
    said = [(line.what, line.about) for line in changes(service.db)]
    assert ("change brand", "brand kvarto, query: kvarto -> kvarto NOT mini") in said
    assert ("remove brand", "brand kvarto, name: Kvarto -> nothing") in said


def test_the_api_sets_goals_and_shows_those_of_the_file_alone(client: TestClient) -> None:
    body = {"words": "+35 % mentions in 4 months", "brand": "aurora", "owner": "Ada"}
    made = client.post("/api/v1/goals", json=body).json()
    assert made["owner"] == "Ada"
    assert [one["number"] for one in client.get("/api/v1/goals").json()["goals"]] == [made["number"]]
    other = client.put(
        f"/api/v1/goals/{made['number']}", json=body | {"words": "+9 % mentions in 4 months"}
    ).json()
    assert [one["number"] for one in client.get("/api/v1/goals").json()["goals"]] == [other["number"]]
    assert client.delete(f"/api/v1/goals/{other['number']}").status_code == 200
    assert client.get("/api/v1/goals").json()["goals"] == []
    assert client.delete(f"/api/v1/goals/{other['number']}").status_code == 404


def goal_by_command(service: Service, **said: Any) -> int:
    plan = PlannedGoal("mentions", "aurora", "percent", 20.0, NOW.date(), date(2027, 3, 31), **said)
    return add_goal(service.db, plan, now=NOW)[0]


def test_a_goal_set_by_command_is_edited_by_the_same_rules_and_stays_out_of_the_file(
    client: TestClient, service: Service
) -> None:
    number, text = goal_by_command(service, owner="Ada"), text_of(service)
    body = {
        "kpi": "mentions",
        "brand": "aurora",
        "change": "+20 %",
        "by": "2027-03-31",
        "since": str(NOW.date()),
    }
    same = client.put(f"/api/v1/goals/{number}", json=body | {"owner": "Bo", "review": "weekly"}).json()
    assert (same["number"], same["owner"]) == (number, "Bo")
    wrong = client.put(f"/api/v1/goals/{number}", json=body | {"change": "20"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["where"] == "change"
    assert client.put(f"/api/v1/goals/{number}", json=body | {"by": "2020-01-01"}).status_code == 422
    other = client.put(f"/api/v1/goals/{number}", json=body | {"change": "+30 %"}).json()["number"]
    assert [one["number"] for one in client.get("/api/v1/goals").json()["goals"]] == [other]
    assert client.put(f"/api/v1/goals/{number}", json=body).status_code == 404
    assert client.delete(f"/api/v1/goals/{other}").json() == {"removed": str(other)}
    assert client.get("/api/v1/goals").json()["goals"] == []
    assert client.delete(f"/api/v1/goals/{other}").status_code == 404
    assert {one.ended for one in stored_goals(service.db)} == {"dropped"}
    assert text_of(service) == text
    said = [(line.what, line.about) for line in changes(service.db)]
    assert ("change goal", f"goal set-{number}, owner: Ada -> Bo") in said


def test_a_goal_set_by_command_has_a_form_even_where_the_file_may_only_be_read(
    client: TestClient, service: Service
) -> None:
    number = goal_by_command(service)
    service.config.source_path.chmod(0o444)
    assert "set by command" in client.get("/settings").text
    form = client.get(f"/settings/goal?key=set-{number}").text
    assert 'value="+20 %"' in form
    assert "listener goals add" in form
    typed = {
        "kpi": "mentions",
        "change": "+20 %",
        "by": "2027-03-31",
        "since": str(NOW.date()),
        "brand": "aurora",
    }
    saved = client.post(
        f"/settings/goal?key=set-{number}", data=typed | {"owner": "Cy"}, follow_redirects=False
    )
    assert saved.status_code == 303
    assert [(one.number, one.plan.owner) for one in stored_goals(service.db)] == [(number, "Cy")]
    share = PlannedGoal("share_of_voice", "aurora", "to", 40.0, NOW.date(), date(2027, 3, 31))
    other, _ = add_goal(service.db, share, now=NOW)
    assert 'name="target" type="text" value="40"' in client.get(f"/settings/goal?key=set-{other}").text
    assert client.post(f"/settings/goal/remove?key=set-{other}", follow_redirects=False).status_code == 303
    gone = add_goal(service.db, replace(share, brand_id="gone"), now=NOW)[0]
    assert '<option value="gone" selected>' in client.get(f"/settings/goal?key=set-{gone}").text
    refused = client.post(f"/settings/goal?key=set-{gone}", data=typed | {"brand": "gone"})
    assert refused.status_code == 422
    assert "no brand has the id" in refused.text
    assert client.post(f"/settings/goal/remove?key=set-{gone}", follow_redirects=False).status_code == 303
    assert client.post(f"/settings/goal/remove?key=set-{number}", follow_redirects=False).status_code == 303
    assert "set by command" not in client.get("/settings").text
    assert client.get(f"/settings/goal?key=set-{number}").status_code == 404


@given(
    st.sampled_from(["percent", "points", "amount"]),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4)),
)
def test_a_change_is_written_as_it_is_read(kind: AimKind, amount: float) -> None:
    kept = StoredGoal(1, PlannedGoal("mentions", "aurora", kind, amount, NOW.date(), NOW.date()))
    assert read_change(as_written(kept).change or "") == Aim(kind, amount)


def test_a_form_that_is_refused_keeps_all_that_was_typed(client: TestClient, service: Service) -> None:
    seen = ServiceEditor(service).file().version
    typed = {
        "name": "Kvarto & co",
        "query": "kvarto (",
        "role": "competitor",
        "relevance": "0,3",
        "id": "kv",
        "seen": seen,
    }
    page = client.post(
        "/settings/brand",
        data=typed | {"network": ["mastodon", "x"], "handle": ["@kvarto@social.example", ""]},
    )
    assert page.status_code == 422
    for kept in (
        "Kvarto &amp; co",
        "kvarto (",
        "0,3",
        'value="kv"',
        "@kvarto@social.example",
        "a word is missing",
    ):
        assert kept in page.text
    fixed = client.post("/settings/brand", data=typed | {"query": "kvarto"})
    assert fixed.status_code == 303
    assert load(service.config.source_path).brands[2].relevance == 0.3
    stale = client.post("/settings/brand?key=kv", data=typed | {"query": "kvarto mini", "seen": seen})
    assert stale.status_code == 409
    assert "Kvarto &amp; co" in stale.text
    new = ServiceEditor(service).file().version
    assert f'name="seen" value="{new}"' in stale.text


def test_secrets_of_the_file_are_on_no_page_of_its_settings(client: TestClient) -> None:
    for address in (
        "/settings",
        "/settings/brand",
        "/settings/brand?key=aurora",
        "/settings/goal",
        "/api/v1/brands",
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "tokenA" not in answer.text


def test_a_preview_looks_at_posts_that_name_no_brand_too(service: Service) -> None:
    found = ServiceActions(service).preview("nothing", now=NOW)
    assert (found.matched, found.looked_at, found.nameless) == (1, 5, 2)
    assert [post.text for post in found.sample] == ["nothing of that"]
    assert not_rematched(service.db) == []


def test_alerts_watch_a_brand_from_the_tick_after_it_was_added(editor: ServiceEditor) -> None:
    watching = Watching(editor.service, lambda: NOW)
    watching()
    before = watching.looks
    watching()
    assert watching.looks is before
    editor.put("brands", None, KVARTO, seen=None, now=NOW)
    watching()
    assert watching.looks is not before
    assert editor.rematching.wait(20)


def test_a_token_for_a_brand_is_made_by_command_and_an_unknown_brand_is_refused(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    path = service.config.source_path
    users.add_token(path, "agency", "read", 9, ["Aurora"])
    said = capsys.readouterr()
    assert said.out.startswith("lst_")
    assert "for aurora, until" in said.err
    users.listed_tokens(path, "json")
    assert '"brands": "aurora"' in capsys.readouterr().out
    with pytest.raises(UsageError, match="no brand 'auroro'; did you mean"):
        users.add_token(path, "other", "read", 9, ["auroro"])
