"""Where the keys of a TOML text stand, which its parser does not tell."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""The keys that lead to a value, and indexes where there are lists."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''[\s\S]*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_places(text: str) -> dict[Path, int]:
    """The offset of each key, of each table by its header, and of each list's items.

    ``text`` is TOML that was parsed without an error; of any other the answer is what
    was understood up to where it ends.
    """
    scan = _Scan(text)
    with suppress(_LostError, RecursionError):
        scan.document()
    return scan.found


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Both 1-based, the column in code points."""
    begin = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - begin + 1


class _LostError(Exception):
    """What stands here is none of what TOML allows."""


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    found: dict[Path, int] = field(default_factory=dict)
    lists: dict[Path, int] = field(default_factory=dict)
    """How many tables of each list of tables were seen."""

    def document(self) -> None:
        base: Path = ()
        self._blank()
        while self.at < len(self.text):
            if self._is("["):
                base = self._header()
            else:
                self._pair(base)
            self._blank()

    def _header(self) -> Path:
        begin = self.at
        several = self.text.startswith("[[", begin)
        self.at += 2 if several else 1
        keys = self._keys()
        self.at += 2 if several else 1
        path: Path = ()
        for number, (key, _) in enumerate(keys):
            path = (*path, key)
            if several and number == len(keys) - 1:
                self.lists[path] = self.lists.get(path, 0) + 1
                self.found.setdefault(path, begin)
            if path in self.lists:
                path = (*path, self.lists[path] - 1)
        self.found.setdefault(path, begin)
        return path

    def _pair(self, base: Path) -> None:
        path = base
        for key, begin in self._keys():
            path = (*path, key)
            self.found.setdefault(path, begin)
        self._need("=")
        self._value(path)

    def _keys(self) -> list[tuple[str, int]]:
        keys = []
        while True:
            self._blank()
            begin = self.at
            raw = self._match(_BARE) or self._match(_STRING)
            if not raw:
                raise _LostError
            quoted = raw[0] in "\"'"
            key = tomllib.loads(f"x = {raw}")["x"] if quoted else raw
            keys.append((key, begin))
            self._blank()
            if not self._is("."):
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        self._blank()
        if self._is("["):
            self._items(path)
        elif self._is("{"):
            self._inline(path)
        elif not self._match(_STRING) and not self._match(_SCALAR):
            raise _LostError

    def _items(self, path: Path) -> None:
        self.at += 1
        self._blank()
        number = 0
        while not self._is("]"):
            self.found[(*path, number)] = self.at
            self._value((*path, number))
            number += 1
            self._comma()
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        self._blank()
        while not self._is("}"):
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._blank()
        if self._is(","):
            self.at += 1
            self._blank()
        elif not (self._is("]") or self._is("}")):
            raise _LostError

    def _blank(self) -> None:
        self._match(_BLANK)

    def _need(self, mark: str) -> None:
        if not self._is(mark):
            raise _LostError
        self.at += 1

    def _is(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if not match:
            return ""
        self.at = match.end()
        return match[0]
