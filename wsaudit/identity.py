"""What makes a finding the same finding after its code has moved or was reformatted."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from wsaudit.program.tree import children
from wsaudit.source import Place, Source
from wsaudit.syntax import nodes

# What formatters set as they like: space, quotes, parentheses, commas, line endings.
_LAYOUT = re.compile(r"[\s\"'`(),;]+")
_DIGITS = 16
_COPIED = 200
"""Bytes from which a definition that is the same twice is taken for a copy."""


@dataclass(frozen=True, slots=True)
class Identity:
    """``symbol`` is the definition around a place, ``shape`` a digest of its code.

    ``copy`` is a digest of the whole outermost definition, the same in copies of it; ""
    for code that is too short to be a copy of anything.
    """

    symbol: str
    shape: str
    copy: str = ""


def identities(
    modules: Mapping[str, nodes.Module], source: Callable[[str], Source]
) -> Callable[[Place], Identity]:
    """The identity of each place of some modules, found out when it is asked for."""

    @cache
    def outline(path: str) -> _Outline | None:
        module = modules.get(path)
        return _Outline.of(module) if module else None

    @cache
    def digest(at: Place) -> str:
        found = outline(at.path)
        return _digest(_code(source(at.path).data, at, found.comments if found else ()))

    @cache
    def identity(at: Place) -> Identity:
        found = outline(at.path)
        shape = digest(at)
        if found is None:
            return Identity("", shape)
        span = found.outermost(at.start)
        whole = Place(at.path, *span) if span[1] - span[0] >= _COPIED else None
        copy = digest(whole) if whole else ""
        return Identity(found.around(at.start), shape, copy)

    return identity


def _digest(parts: Iterable[str]) -> str:
    code = _LAYOUT.sub("", "".join(parts))
    return sha256(code.encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def _code(
    text: bytes, at: Place, comments: tuple[tuple[int, int], ...]
) -> Iterator[str]:
    """The text of a place without the comments in it."""
    start = at.start
    for index in range(bisect_right(comments, (start, 0)), len(comments)):
        first, last = comments[index]
        if first >= at.end:
            break
        yield text[start:first].decode("utf-8", "replace")
        start = last
    yield text[start : at.end].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Outline:
    """The definitions of a module, outer ones first, and where its comments are."""

    starts: list[int]
    definitions: list[tuple[int, int, str, int]]
    comments: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, module: nodes.Module) -> _Outline:
        found: list[tuple[int, int, str, int]] = []
        pending = [(node, "", -1) for node in reversed(children(module))]
        while pending:
            node, outer, above = pending.pop()
            name = _name(node)
            if name:
                outer = f"{outer}.{name}" if outer else name
                found.append((node.start, node.end, outer, above))
                above = len(found) - 1
            pending += [(child, outer, above) for child in reversed(children(node))]
        comments = tuple(sorted((one.start, one.end) for one in module.comments))
        return cls([one[0] for one in found], found, comments)

    def outermost(self, offset: int) -> tuple[int, int]:
        """Where the outermost definition around an offset begins and ends."""
        index = bisect_right(self.starts, offset) - 1
        span = (offset, offset)
        while index >= 0:
            start, end, _, above = self.definitions[index]
            if offset < end:
                span = (start, end)
            index = above
        return span

    def around(self, offset: int) -> str:
        """The full name of the innermost definition around an offset."""
        index = bisect_right(self.starts, offset) - 1
        while index >= 0:
            _, end, name, above = self.definitions[index]
            if offset < end:
                return name
            index = above
        return ""


def _name(node: nodes.Node) -> str:
    match node:
        case nodes.FunctionDef(name=name) | nodes.ClassDef(name=name):
            return name
        case nodes.Bind(target=nodes.Name(id=name), value=nodes.Function()):
            return name
        case _:
            return ""
