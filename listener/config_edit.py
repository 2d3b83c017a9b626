"""One table written into config.toml, whole or not at all; every other byte, comments too, stays as it is."""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from listener.config import parse
from listener.errors import ConfigError, FileError
from listener.redaction import one_line


def put_table(path: Path, section: str, name: str, values: Mapping[str, Any]) -> bool:
    """Make [section.name] of the configuration at `path` hold these values; False where it did already.

    Written beside it, to the disk, and renamed, with the mode that it had; a link stays a link. Raises ConfigError where the configuration
    is broken, before or after, and FileError where it cannot be written.
    """
    target = path.resolve()
    try:
        text = target.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{one_line(str(path))}: cannot be read: {error}") from error
    parse(text, path)
    changed = with_table(text, section, name, values)
    if changed is None:
        raise ConfigError(
            f"{one_line(str(path))}: [{section}.{name}] cannot be put in without a change to other lines; write it yourself"
        )
    if changed == text:
        return False
    parse(changed, path)
    _replace(target, text, changed)
    return True


def with_table(text: str, section: str, name: str, values: Mapping[str, Any]) -> str | None:
    """The TOML text with [section.name] holding these values, None where nothing but them could not be changed.

    >>> print(with_table('zone = "UTC"  # ours\\n', "imports", "meta", {"columns": {"date": "Day"}}))
    zone = "UTC"  # ours
    <BLANKLINE>
    [imports.meta]
    columns = {date = "Day"}
    <BLANKLINE>
    """
    text, mark = text.removeprefix("\ufeff"), "\ufeff" * text.startswith("\ufeff")
    before = tomllib.loads(text)
    wanted = {**before, section: {**before.get(section, {}), name: dict(values)}}
    if before == wanted:
        return mark + text
    for put in (_appended, _edited):
        try:
            changed = put(text, section, name, values)
            if tomllib.loads(changed) == wanted:
                return mark + changed
        except (tomllib.TOMLDecodeError, TOMLKitError, TypeError, AttributeError):
            continue
    return None


def _appended(text: str, section: str, name: str, values: Mapping[str, Any]) -> str:
    """A new table at the end of the file."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else end
    table = "".join(f"{line}{end}" for line in (f"[{section}.{_key(name)}]", *_lines(values)))
    return f"{text}{gap}{end}{table}"


def _edited(text: str, section: str, name: str, values: Mapping[str, Any]) -> str:
    """The keys of the table that is there, where their values are others."""
    document = tomlkit.parse(text)
    tables: Any = document[section]
    if name not in tables:
        tables[name] = _item(values)
        return tomlkit.dumps(document)
    table = tables[name]
    for key in [key for key in table if key not in values]:
        del table[key]
    for key, value in values.items():
        if key not in table:
            table[key] = _item(value)
        elif isinstance(value, Mapping):
            for inner in [inner for inner in table[key] if inner not in value]:
                del table[key][inner]
            for inner, one in value.items():
                if table[key].get(inner) != one:
                    table[key][inner] = one
        elif table[key] != value:
            table[key] = _item(value)
    return tomlkit.dumps(document)


def _lines(values: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_item(value).as_string()}" for key, value in values.items()]


def _key(name: str) -> str:
    return tomlkit.key(name).as_string()


def _item(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    return tomlkit.item(value)


def _replace(target: Path, before: str, after: str) -> None:
    try:
        status = target.stat()
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=".config-", suffix=".part", delete=False
        ) as file:
            part = Path(file.name)
            try:
                os.fchmod(file.fileno(), status.st_mode & 0o7777)
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                file.write(after.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
                if target.read_bytes().decode("utf-8") != before:
                    raise FileError(f"{target}: was changed meanwhile; nothing was saved, save again")
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise FileError(
            f"{target}: cannot be written ({error.strerror}); the mapping was not saved"
        ) from error
