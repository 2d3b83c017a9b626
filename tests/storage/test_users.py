"""Users, sessions, tokens, tries to log in: only hashes are kept, what has ended lets nobody in, and tries get rarer across restarts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.changes import changes, changes_of, note_change
from storage.db import Database, open_database
from storage.hook_ids import hook_seen, remember_hook
from storage.login_tries import FREE, LONGEST, login_worked, try_login, wait_after
from storage.tokens import add_token, remove_token, stale, token, token_used, tokens
from storage.users import (
    IDLE,
    NotAccepted,
    User,
    add_user,
    any_user,
    remove_user,
    session,
    set_disabled,
    set_password,
    set_role,
    start_session,
    touch,
    users,
    verified,
)
from tests.storage.posts import NOON, later, one, rows

PASSWORD = "four words will do"
MONTH = timedelta(days=30)
NONE = timedelta(0)


def ada(db: Database) -> User:
    return add_user(db, " Ada ", PASSWORD, "editor", now=NOON)


def test_a_user_is_known_by_name_in_any_case_and_by_password(db: Database) -> None:
    assert not any_user(db)
    user = ada(db)
    assert any_user(db)
    assert users(db) == [user] == [User(1, "Ada", "editor", False, NOON)]
    assert verified(db, "aDA", PASSWORD) == user
    assert verified(db, "ada", PASSWORD.upper()) is None
    assert verified(db, "grace", PASSWORD) is None
    assert verified(db, "ada", "x" * 100_000) is None
    assert set_role(db, "ADA", "admin")
    assert [found.role for found in users(db)] == ["admin"]


@pytest.mark.parametrize(
    ("name", "password", "role", "why"),
    [
        ("ADA", PASSWORD, "viewer", "already"),
        ("", PASSWORD, "viewer", "1 to 100"),
        ("a\x1b[2J", PASSWORD, "viewer", "printable"),
        ("Grace", "short", "viewer", "10 to 1000"),
        ("Grace", "x" * 1001, "viewer", "10 to 1000"),
        ("Grace", PASSWORD, "owner", "viewer, editor, admin"),
    ],
)
def test_what_makes_no_user_is_refused_with_the_reason(
    db: Database, name: str, password: str, role: str, why: str
) -> None:
    ada(db)
    with pytest.raises(NotAccepted, match=why):
        add_user(db, name, password, role, now=NOON)
    assert len(users(db)) == 1


def test_a_session_is_used_until_it_ends(db: Database) -> None:
    user = ada(db)
    secret = start_session(db, user, now=NOON, lasts=MONTH)
    found = session(db, secret, now=later(1))
    assert found is not None
    assert (found.user, found.stale) == (user, False)
    assert (found := session(db, secret, now=later(6))) is not None
    assert found.stale
    assert session(db, secret + "x", now=NOON) is None
    assert session(db, secret, now=NOON + IDLE) is None
    touch(db, secret, now=NOON + IDLE)
    assert session(db, secret, now=NOON + IDLE) is not None
    touch(db, secret, now=NOON + MONTH)
    assert session(db, secret, now=NOON + MONTH) is None
    assert secret not in str(rows(db, "SELECT * FROM web_sessions"))


def test_sessions_that_are_over_go_at_the_next_login(db: Database) -> None:
    user = ada(db)
    for _ in range(3):
        start_session(db, user, now=NOON, lasts=MONTH)
    start_session(db, user, now=NOON + IDLE, lasts=MONTH)
    assert one(db, "SELECT count(*) FROM web_sessions") == 1


@pytest.mark.parametrize("end", ["password", "disabled", "removed"])
def test_a_users_sessions_end_with_what_they_stood_on(db: Database, end: str) -> None:
    user, other = ada(db), add_user(db, "Grace", PASSWORD, "viewer", now=NOON)
    first, second = (start_session(db, user, now=NOON, lasts=MONTH) for _ in range(2))
    kept = start_session(db, other, now=NOON, lasts=MONTH)
    if end == "password":
        assert set_password(db, "Ada", "another long one")
    elif end == "disabled":
        assert set_disabled(db, "Ada", True)
        assert verified(db, "Ada", PASSWORD) is None
    else:
        assert remove_user(db, "Ada")
    assert session(db, first, now=NOON) is None
    assert session(db, second, now=NOON) is None
    assert session(db, kept, now=NOON) is not None
    assert not remove_user(db, "Nobody")


def test_a_token_is_shown_once_and_ends(db: Database) -> None:
    secret = add_token(db, "notebook", "read", by="Ada", now=NOON, expires_at=later(days=90))
    found = token(db, secret, now=NOON)
    assert found is not None
    assert (found.name, found.scope, found.prefix) == ("notebook", "read", secret[:10])
    assert secret.startswith("lst_")
    assert secret not in str(rows(db, "SELECT * FROM api_tokens"))
    assert token(db, secret[:-1], now=NOON) is None
    assert token(db, secret, now=later(days=90)) is None
    with pytest.raises(NotAccepted, match="already"):
        add_token(db, "notebook", "read", by="Ada", now=NOON, expires_at=None)
    with pytest.raises(NotAccepted, match="read, write, admin"):
        add_token(db, "other", "all", by="Ada", now=NOON, expires_at=None)
    assert remove_token(db, "notebook")
    assert token(db, secret, now=NOON) is None
    assert not remove_token(db, "notebook")


def test_when_a_token_was_used_last_is_known_to_five_minutes(db: Database) -> None:
    secret = add_token(db, "notebook", "read", by="Ada", now=NOON, expires_at=None)
    (found,) = tokens(db)
    assert found.used_at is None
    assert stale(found, now=NOON)
    token_used(db, found.id, now=NOON)
    found = token(db, secret, now=NOON) or found
    assert found.used_at == NOON
    assert (stale(found, now=later(4)), stale(found, now=later(5))) == (False, True)


def test_tries_get_rarer_and_a_restart_changes_nothing(database_url: str) -> None:
    now, waits = NOON, []
    for n in range(18):
        db = open_database(database_url)
        wait = try_login(db, ("Ada", "ADA ")[n % 2], f"192.0.2.{n}", now=now)
        while wait:
            waits.append(wait.total_seconds())
            now += wait
            wait = try_login(db, "ada", "192.0.2.200", now=now)
        db.close()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60]


def test_a_try_that_has_to_wait_makes_nobody_wait_longer(db: Database) -> None:
    for _ in range(FREE["account"]):
        assert try_login(db, "Ada", "192.0.2.7", now=NOON) == NONE
    for _ in range(50):
        assert try_login(db, "Ada", "192.0.2.7", now=NOON).total_seconds() == 1
    assert try_login(db, "Ada", "192.0.2.7", now=later(1)) == NONE


def test_a_login_forgets_the_accounts_tries_and_a_day_forgets_all(db: Database) -> None:
    for _ in range(FREE["account"]):
        try_login(db, "Ada", "192.0.2.7", now=NOON)
    login_worked(db, "Ada", "192.0.2.7")
    assert try_login(db, "Ada", "192.0.2.7", now=NOON) == NONE
    for n in range(FREE["address"] - 5):
        assert try_login(db, f"name {n}", "192.0.2.7", now=NOON) == NONE
    assert try_login(db, "name", "192.0.2.7", now=NOON) > NONE
    assert try_login(db, "name", "192.0.2.70", now=NOON) == NONE
    assert try_login(db, "name", "192.0.2.7", now=later(days=1)) == NONE
    assert one(db, "SELECT count(*) FROM login_tries") == 2
    assert "Ada" not in str(rows(db, "SELECT * FROM login_tries"))


@given(st.sampled_from(["account", "address"]), st.integers(0, 100_000))
def test_waits_only_grow_and_have_an_end(kind: str, failures: int) -> None:
    assert NONE <= wait_after(kind, failures) <= wait_after(kind, failures + 1) <= LONGEST[kind]


def test_a_request_is_remembered_once_per_source_for_its_time(db: Database) -> None:
    keep = timedelta(minutes=10)
    assert not hook_seen(db, "partner", "msg_1")
    assert remember_hook(db, "partner", "msg_1", now=NOON, keep=keep)
    assert hook_seen(db, "partner", "msg_1")
    assert not remember_hook(db, "partner", "msg_1", now=later(9), keep=keep)
    assert remember_hook(db, "other", "msg_1", now=later(9), keep=keep)
    assert remember_hook(db, "partner", "msg_1", now=later(10), keep=keep)


def test_changes_are_read_newest_first(db: Database) -> None:
    note_change(db, "Ada", "corrected", "mention 12", now=NOON)
    note_change(db, "Grace", "acknowledged", "alert 3", now=later(1))
    assert [(line.who, line.what) for line in changes_of(db, "mention 12")] == [("Ada", "corrected")]
    assert changes_of(db, "mention 1") == []
    assert [(line.who, line.what, line.about) for line in changes(db)] == [
        ("Grace", "acknowledged", "alert 3"), ("Ada", "corrected", "mention 12"),
    ]  # fmt: skip
