"""Secrets, which come from the environment or from files it names, and from nowhere else.

A secret `token` of the source `[sources.press]` is read from LISTENER_PRESS_TOKEN or, where a file holds it,
from the file named in LISTENER_PRESS_TOKEN_FILE. Whatever is read here is masked in everything that is logged
from then on.
"""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr

from listener.collectors.base import Secret
from listener.errors import ConfigError, SecretMissing
from listener.redaction import one_line, redact

LARGEST_BYTES = 65_536

log = structlog.get_logger()


def variable(source_name: str, secret_name: str) -> str:
    """The environment variable that holds a source's secret.

    >>> variable("my-social.net", "access_token")
    'LISTENER_MY_SOCIAL_NET_ACCESS_TOKEN'
    """
    return f"LISTENER_{_upper(source_name)}_{_upper(secret_name)}"


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def secret(environ: Mapping[str, str], source_name: str, wanted: Secret) -> SecretStr | None:
    """A source's secret; None for an optional one that is not set. A variable set to nothing counts as not
    set.

    Raises SecretMissing for a required secret that is not set and for a file that is empty or cannot be read,
    ConfigError where both the variable and its `_FILE` form are set. No message holds the secret.
    """
    name = variable(source_name, wanted.name)
    value = read_variable(environ, name)
    if value is None and wanted.required:
        meaning = f" ({wanted.meaning})" if wanted.meaning else ""
        raise SecretMissing(
            f"source {source_name}: {wanted.name} is not set{meaning}; set {name}, or its file's name in "
            f"{name}_FILE"
        )
    return None if value is None else SecretStr(value)


def read_variable(environ: Mapping[str, str], name: str) -> str | None:
    """The secret in a variable, or in the file that its `_FILE` form names; None where neither is set. Raises
    as `secret` does.
    """
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and file:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one")
    if file:
        value = _content(Path(file), f"{name}_FILE")
        if loose := others_may_read(Path(file)):
            log.warning("secret file is open to others", variable=f"{name}_FILE", advice=loose)
    if not value:
        return None
    redact(value)
    if not value.strip():
        raise SecretMissing(f"{name} holds nothing but spaces")
    if not value.isprintable():
        raise SecretMissing(f"{name} holds a line break or another control character; a secret is one line")
    return value


def _content(path: Path, name: str) -> str:
    """One line from a secret's file, without its line break."""
    shown = one_line(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SecretMissing(f"{name}: {shown} is not a regular file")
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise SecretMissing(f"{name}: {shown} cannot be read: {reason}") from None
    if len(content) > LARGEST_BYTES:
        raise SecretMissing(
            f"{name}: {shown} is longer than {LARGEST_BYTES:,} bytes; it should hold one secret"
        )
    try:
        value = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretMissing(f"{name}: {shown} is not UTF-8 text") from None
    if not value.strip():
        raise SecretMissing(f"{name}: {shown} is empty; write the secret into it")
    return value


def others_may_read(path: Path) -> str | None:
    """What to do about a secret's file that others than its owner may read or write; None where nobody else
    may.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError):
        return None
    return (
        f"{one_line(str(path))} has mode {mode:04o}; run: chmod 600 {one_line(str(path))}"
        if mode & 0o077
        else None
    )


def database_address(environ: Mapping[str, str], configured: str, folder: Path) -> str:
    """The database's address from LISTENER_STORAGE_URL (or its `_FILE`), else as configured, a relative
    SQLite file put in `folder`.

    >>> database_address({}, "sqlite:///listener.db", Path("/srv/listener"))
    'sqlite:////srv/listener/listener.db'
    """
    address = read_variable(environ, "LISTENER_STORAGE_URL") or configured
    if password := _password(address):
        redact(unquote(password))
    scheme, separator, file = address.partition(":///")
    if not separator or not scheme.startswith("sqlite") or file in ("", ":memory:") or file.startswith("/"):
        return address
    return f"{scheme}:///{folder / file}"


def _password(address: str) -> str | None:
    try:
        return urlsplit(address).password
    except ValueError:
        return None
