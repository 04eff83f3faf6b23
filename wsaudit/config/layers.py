"""One source of configuration, a file or a word of the command line, key by key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wsaudit.config.errors import ConfigError
from wsaudit.config.places import Path, key_places, line_and_column
from wsaudit.spelling import nearest


@dataclass(frozen=True)
class Layer:
    """A table of configuration while it is checked, and after: who said what where.

    ``shown`` is the name of the source, ``root`` the folder that paths in it count
    from, ``prefix`` the keys that lead to the table. A ``text`` of the command line has
    no lines to count.
    """

    shown: str
    root: str
    text: str = field(repr=False)
    table: object = field(repr=False)
    prefix: tuple[str, ...] = ()
    counted: bool = True

    @cached_property
    def _places(self) -> Mapping[Path, int]:
        return key_places(self.text)

    def place(self, at: Path) -> str:
        """``file:line:column`` of a key, or of the nearest one around it."""
        if not self.counted:
            return self.shown
        while at and at not in self._places:
            at = at[:-1]
        line, column = line_and_column(self.text, self._places.get(at, 0))
        return f"{self.shown}:{line}:{column}"

    def where(self, key: tuple[str, ...], word: str = "") -> str:
        """The place of what sets a key, or of a word in its list; or nothing."""
        value: Any = self.table
        for each in key:
            if not isinstance(value, dict) or each not in value:
                return ""
            value = value[each]
        if not word:
            return self.place((*self.prefix, *key))
        if isinstance(value, list) and word in value:
            return self.place((*self.prefix, *key, value.index(word)))
        return ""

    def error(self, at: Path, problem: str) -> ConfigError:
        """An error at a key."""
        return ConfigError(f"{self.place(at)}: {problem}")

    def known(
        self, value: object, at: Path, keys: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """A table, all of whose keys are known if these are named."""
        if not isinstance(value, dict):
            raise self.error(at, f"`{_dotted(at)}` must be a table")
        for key in value if keys is not None else ():
            if key not in keys:  # type: ignore[operator]
                hint = nearest(key, keys or ())
                raise self.error((*at, key), f"unknown key `{key}`{hint}")
        return value

    def strings(self, value: object, at: Path) -> tuple[str, ...]:
        """A list of strings."""
        if not isinstance(value, list):
            raise self.error(at, f"`{_last(at)}` must be a list of strings")
        for number, item in enumerate(value):
            if not isinstance(item, str):
                problem = f"`{_last(at)}` must be a list of strings"
                raise self.error((*at, number), problem)
        return tuple(value)

    def string(self, value: object, at: Path) -> str:
        """One string."""
        if isinstance(value, str):
            return value
        raise self.error(at, f"`{_last(at)}` must be a string")

    def flag(self, value: object, at: Path) -> bool:
        """True or false."""
        if isinstance(value, bool):
            return value
        raise self.error(at, f"`{_last(at)}` must be true or false")

    def choice(self, value: object, at: Path, words: Iterable[str]) -> str:
        """One of some words, in any case."""
        word = self.string(value, at)
        words = tuple(words)
        for known in words:
            if word.lower() == known.lower():
                return known
        hint = nearest(word, words)
        listed = ", ".join(words)
        raise self.error(at, f"`{_last(at)}` is one of {listed}, not `{word}`{hint}")

    def within(self, value: object, at: Path) -> tuple[str, ...]:
        """Paths or globs that stay below the root."""
        found = self.strings(value, at)
        root = os.path.realpath(self.root)
        for number, path in enumerate(found):
            target = os.path.realpath(os.path.join(root, path.replace("\0", "")))
            if "\0" in path or os.path.commonpath((root, target)) != root:
                raise self.error((*at, number), f"`{path}` leaves the project")
        return found


def broken(shown: str, error: str) -> str:
    """What is wrong with a text that is no TOML, with its place."""
    found = re.search(r" \(at line (\d+), column (\d+)\)", error)
    where = f"{shown}:{found[1]}:{found[2]}" if found else shown
    what = error.replace(found[0], "") if found else error
    return f"{where}: not TOML: {what[:1].lower()}{what[1:]}"


def _last(at: Path) -> str:
    return next(str(key) for key in reversed(at) if isinstance(key, str))


def _dotted(at: Path) -> str:
    return ".".join(str(key) for key in at if isinstance(key, str)) or "the file"
