"""Secrets come from the environment or a file it names; no message ever holds one."""

import os
from pathlib import Path

import pytest

from listener.collectors.base import Secret
from listener.errors import ConfigError, SecretMissing
from listener.secrets import database_address, others_may_read, secret, variable

TOKEN = Secret("bearer_token", meaning="from the developer portal")


def kept(folder: Path, content: bytes, mode: int = 0o600) -> str:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def test_a_secret_is_read_from_its_variable_and_hidden_in_its_repr() -> None:
    found = secret({"LISTENER_MY_X_BEARER_TOKEN": "AAAA0123"}, "my-x", TOKEN)
    assert found is not None
    assert found.get_secret_value() == "AAAA0123"
    assert "AAAA0123" not in f"{found} {found!r}"


@pytest.mark.parametrize(
    "content", [b"AAAA0123\n", b"AAAA0123\r\n", b"AAAA0123", b"\xef\xbb\xbfAAAA0123\n\n"]
)
def test_a_secret_is_read_from_the_file_its_variable_names_without_the_line_break(
    tmp_path: Path, content: bytes
) -> None:
    found = secret({"LISTENER_MY_X_BEARER_TOKEN_FILE": kept(tmp_path, content)}, "my-x", TOKEN)
    assert found is not None
    assert found.get_secret_value() == "AAAA0123"


def test_a_missing_secret_names_both_variables_and_what_it_is() -> None:
    with pytest.raises(SecretMissing) as caught:
        secret({"LISTENER_MY_X_BEARER_TOKEN": ""}, "my-x", TOKEN)
    assert str(caught.value) == (
        "source my-x: bearer_token is not set (from the developer portal); set LISTENER_MY_X_BEARER_TOKEN, "
        "or its file's name in LISTENER_MY_X_BEARER_TOKEN_FILE"
    )
    assert caught.value.exit_code == 2


def test_an_optional_secret_that_is_not_set_is_none() -> None:
    assert secret({}, "press", Secret("token", required=False)) is None


def test_a_variable_and_its_file_together_are_an_error(tmp_path: Path) -> None:
    env = {"LISTENER_X_BEARER_TOKEN": "AAAA0123", "LISTENER_X_BEARER_TOKEN_FILE": kept(tmp_path, b"BBBB4567")}
    with pytest.raises(
        ConfigError, match="LISTENER_X_BEARER_TOKEN and LISTENER_X_BEARER_TOKEN_FILE are both set"
    ):
        secret(env, "x", TOKEN)


def test_a_file_that_gives_no_secret_is_named_with_its_variable_and_never_its_content(tmp_path: Path) -> None:
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "fifo")
    cases = [
        (kept(tmp_path, b"\n"), "is empty; write the secret into it"),
        (str(tmp_path / "none"), "cannot be read: No such file or directory"),
        (str(tmp_path), "is not a regular file"),
        (str(tmp_path / "pipe" / "fifo"), "is not a regular file"),
        ("a\0b", "cannot be read: not a file name"),
    ]
    for path, expected in cases:
        with pytest.raises(SecretMissing) as caught:
            secret({"LISTENER_X_BEARER_TOKEN_FILE": path}, "x", TOKEN)
        assert str(caught.value).startswith("LISTENER_X_BEARER_TOKEN_FILE: ")
        assert expected in str(caught.value)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "content", [b"s3cr3t\nsecond line", b"s3cr3t\x1b[31m", b"s3cr3t\xff", b"s3cr3t" * 20_000]
)
def test_a_secret_that_is_no_single_line_of_text_is_refused_unseen(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SecretMissing) as caught:
        secret({"LISTENER_X_BEARER_TOKEN_FILE": kept(tmp_path, content)}, "x", TOKEN)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "open_"), [(0o600, False), (0o400, False), (0o644, True), (0o660, True), (0o602, True)]
)
def test_a_file_that_others_may_use_gets_advice(tmp_path: Path, mode: int, open_: bool) -> None:
    advice = others_may_read(Path(kept(tmp_path, b"AAAA0123", mode)))
    assert (advice is not None) is open_
    assert advice is None or advice.endswith(f"chmod 600 {tmp_path}/token")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x", "LISTENER_X_KEY"),
        ("My-Feed", "LISTENER_MY_FEED_KEY"),
        ("a_b2", "LISTENER_A_B2_KEY"),
        ("é", "LISTENER___KEY"),
    ],
)
def test_a_variable_is_upper_case_with_everything_else_as_underscores(source: str, expected: str) -> None:
    assert variable(source, "key") == expected


def test_the_database_address_of_the_environment_comes_before_the_configured_one(tmp_path: Path) -> None:
    env = {"LISTENER_STORAGE_URL_FILE": kept(tmp_path, b"postgresql://ann:s3cr3t-pw@db/listener\n")}
    assert database_address(env, "sqlite:///a.db", tmp_path) == "postgresql://ann:s3cr3t-pw@db/listener"
    assert database_address({}, "sqlite:///a.db", tmp_path) == f"sqlite:///{tmp_path}/a.db"
    assert database_address({}, "sqlite:////srv/a.db", tmp_path) == "sqlite:////srv/a.db"
