"""Tables written into config.toml, whole or not at all; every other byte, comments too, stays as it is.

`put_table` takes a named table, [imports.meta]; `put_entry` one of a list of tables, [[brands]].
"""

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from listener.config import parse
from listener.config_entries import entry_put, fill, item, pairs
from listener.errors import ConfigError, FileError
from listener.redaction import one_line


class FileChanged(FileError):
    """The file is not the one that the change was made for. `text` is what it holds now."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


def text_of(path: Path) -> str:
    """What the file holds. Raises ConfigError where it cannot be read."""
    try:
        return path.resolve().read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{one_line(str(path))}: cannot be read: {error}") from error


def version_of(text: str) -> str:
    """A short name of this text, another for every other text."""
    return sha256(text.encode()).hexdigest()[:16]


def why_not_written(path: Path) -> str:
    """Why the file cannot be written here, "" where it can: a file is replaced whole, so its folder must be open to us as well."""
    target = path.resolve()
    if not os.access(target, os.W_OK):
        return f"{target} may only be read"
    if not os.access(target.parent, os.W_OK):
        return f"nothing may be written into its folder, {target.parent}"
    return f"{target} is mounted alone; mount its folder instead" if os.path.ismount(target) else ""


def put_table(path: Path, section: str, name: str, values: Mapping[str, Any]) -> bool:
    """Make [section.name] of the configuration at `path` hold these values; False where it did already.

    Written beside it, to the disk, and renamed, with the mode that it had; a link stays a link. Raises ConfigError where the configuration
    is broken, before or after, and FileError where it cannot be written.
    """
    before = text_of(path)
    return (
        put(path, before, lambda text: with_table(text, section, name, values), f"[{section}.{name}]")
        != before
    )


def put_entry(
    path: Path, section: str, at: int | None, values: Mapping[str, Any] | None, *, seen: str | None = None
) -> str:
    """Make the table number `at` (from 0; None: a new one) of [[section]] hold these values, or (None) take it out. Returns the text as it is then.

    `seen`: the version (`version_of`) that the change was made for. Raises FileChanged where the file is another by now, and as `put_table` does.
    """
    before = text_of(path)
    if seen is not None and version_of(before) != seen:
        raise FileChanged(f"{path.name} was changed by somebody else meanwhile; nothing was saved", before)
    return put(path, before, lambda text: entry_put(text, section, at, values), f"[[{section}]]")


def put(path: Path, before: str, change: Callable[[str], str | None], what: str) -> str:
    """Write what `change` makes of the text that the file held `before`; it gives None where other lines would have to change, too."""
    parse(before, path)
    changed = change(before)
    if changed is None:
        raise ConfigError(
            f"{one_line(str(path))}: {what} cannot be put in without a change to other lines; write it yourself"
        )
    if changed != before:
        parse(changed, path)
        _replace(path.resolve(), before, changed)
    return changed


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
    for write in (_appended, _edited):
        try:
            changed = write(text, section, name, values)
            if tomllib.loads(changed) == wanted:
                return mark + changed
        except (ValueError, TOMLKitError, TypeError, AttributeError, LookupError):
            continue
    return None


def _appended(text: str, section: str, name: str, values: Mapping[str, Any]) -> str:
    """A new table at the end of the file."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else end
    table = "".join(
        f"{line}{end}" for line in (f"[{section}.{tomlkit.key(name).as_string()}]", *pairs(values))
    )
    return f"{text}{gap}{end}{table}"


def _edited(text: str, section: str, name: str, values: Mapping[str, Any]) -> str:
    """The keys of the table that is there, where their values are others."""
    document = tomlkit.parse(text)
    tables: Any = document[section]
    if name not in tables:
        tables[name] = item(values)
    else:
        fill(tables[name], values)
    return tomlkit.dumps(document)


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
        raise FileError(f"{target}: cannot be written ({error.strerror}); nothing was saved") from error
