"""Where each key of a TOML text stands: the standard library's reader says what is written, not on which
line.
"""

import re
import tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """Line, from 1, of every table, key and array element of a TOML text that `tomllib.loads` accepts.

    A path holds keys and, for elements of arrays and arrays of tables, their index. A table that is only
    implied by a longer key stands where it is first named. The whole document is the empty path, on line 1.

    >>> lines = lines_of('zone = "UTC"\\n[[brands]]\\nname = "A"\\n[[brands]]\\nurls = [\\n  "u",\\n]')
    >>> lines["zone",], lines["brands", 0, "name"], lines["brands", 1], lines["brands", 1, "urls", 0]
    (1, 3, 4, 6)
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """One pass over text already known to be valid, so it checks nothing and only keeps count."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Path, int] = {(): 1}
        self.tables: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.take("[["):
                table = self.next_of(self.key())
            elif self.take("["):
                table = self.resolve(self.key())
                self.found(table)
            else:
                self.pair(table)
            while self.take("]"):
                pass
            self.blank()

    def pair(self, table: Path) -> None:
        path = table
        for key in self.key():
            path = (*path, key)
            self.found(path)
        self.take("=")
        self.value(path)

    def key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self.blank()
            if string := _STRING.match(self.text, self.at):
                keys.append(str(tomllib.loads(f"k = {string[0]}")["k"]))
                self.advance(string.end())
            elif bare := _BARE_KEY.match(self.text, self.at):
                keys.append(bare[0])
                self.advance(bare.end())
            self.blank()
            if not self.take("."):
                return keys

    def value(self, path: Path) -> None:
        """Step over a value, noting what is inside arrays and inline tables."""
        self.blank()
        if string := _STRING.match(self.text, self.at):
            self.advance(string.end())
        elif self.take("["):
            self.elements(path)
        elif self.take("{"):
            self.blank()
            while not self.take("}"):
                self.pair(path)
                self.blank()
                self.take(",")
                self.blank()
        elif scalar := _SCALAR.match(self.text, self.at):
            self.advance(scalar.end())

    def elements(self, path: Path) -> None:
        index = 0
        self.blank()
        while not self.take("]"):
            self.found((*path, index))
            self.value((*path, index))
            self.blank()
            self.take(",")
            self.blank()
            index += 1

    def resolve(self, keys: list[str]) -> Path:
        """The path of a table header: a key that is an array of tables means its last table."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.tables:
                path = (*path, self.tables[path])
            self.found(path)
        return path

    def next_of(self, keys: list[str]) -> Path:
        """The path of the next table of an array of tables."""
        array = (*self.resolve(keys[:-1]), keys[-1])
        self.tables[array] = self.tables.get(array, -1) + 1
        self.found(array)
        table = (*array, self.tables[array])
        self.found(table)
        return table

    def found(self, path: Path) -> None:
        self.lines.setdefault(path, self.line)

    def blank(self) -> None:
        if match := _BLANK.match(self.text, self.at):
            self.advance(match.end())

    def take(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def advance(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end
