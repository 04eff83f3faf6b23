"""The configuration of nginx: its blocks, and which of them pass WebSockets on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.deployment.commands import line_at
from wsaudit.limits import NEAR
from wsaudit.model.deployment import Proxy

if TYPE_CHECKING:
    from wsaudit.program.modules import Files
    from wsaudit.source import Place

_TOKEN = re.compile(
    r"""\#[^\n]* | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [{};]
      | (?:\$\{\w*\}|[^\s{};"'])+""",
    re.VERBOSE | re.DOTALL,
)
_TIME = re.compile(r"(\d+)(ms|[smhdwMy]?)")
_SECONDS = {"ms": 0.001, "": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_MODIFIERS = frozenset({"=", "^~"})


@dataclass(slots=True, eq=False)
class _Block:
    """A block with the words before it; ``lines`` are its directives, in order."""

    words: tuple[str, ...]
    outer: _Block | None
    lines: list[tuple[tuple[str, ...], Place]] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)

    def said(self, name: str) -> list[tuple[tuple[str, ...], Place]]:
        """The directives of a name that hold here: the nearest that has any."""
        block: _Block | None = self
        while block is not None:
            found = [line for line in block.lines if line[0][0] == name]
            if found:
                return found
            block = block.outer
        return []


def passages(files: Files, path: str) -> Iterator[Proxy]:
    """The locations in a file that pass WebSockets on, with how long each waits.

    They are those that pass the header on by which a client asks for one.
    """
    pending = [_read(files, path, _Block((), None), NEAR)]
    while pending:
        block = pending.pop()
        pending += block.blocks
        passed = [line for line in block.lines if line[0][0] == "proxy_pass"]
        if block.words[:1] != ("location",) or not passed:
            continue
        if not any(
            words[1:2] and words[1].lower() == "upgrade"
            for words, _ in block.said("proxy_set_header")
        ):
            continue
        words, at = (block.said("proxy_read_timeout") or [((), passed[0][1])])[-1]
        seconds = (
            _seconds(words[1]) if words[1:] else _SECONDS["m"]
        )  # nginx waits for a minute
        if seconds is not None:
            yield Proxy(at, "nginx", seconds, bool(words), _prefix(block.words[1:]))


def _prefix(words: tuple[str, ...]) -> str:
    """The beginning of the paths that a location is for; "" for a pattern."""
    if words[:1] and words[0] in _MODIFIERS:
        words = words[1:]
    return words[0] if len(words) == 1 and not words[0].startswith("@") else ""


def _seconds(text: str) -> float | None:
    """``1h 30m`` in seconds; None where it is a variable."""
    parts = _TIME.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(int(number) * _SECONDS.get(unit, 86400) for number, unit in parts)


def _read(files: Files, path: str, into: _Block, depth: int) -> _Block:
    """What a file says, put into a block; what it includes is read in its place."""
    text = files.support(path) or ""
    block, words, start = into, list[str](), 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{":
                inner = _Block(tuple(words), block)
                block.blocks.append(inner)
                block, words = inner, []
            case "}":
                block = block.outer if block.outer and block is not into else block
                words = []
            case ";":
                if words[:1] == ["include"] and depth:
                    for found in _included(files, path, words[-1]):
                        _read(files, found, block, depth - 1)
                elif words:
                    line = tuple(words), line_at(path, text, start)
                    block.lines.append(line)
                words = []
            case other if not other.startswith("#"):
                start = start if words else token.start()
                words.append(other.strip("\"'"))
            case _:
                continue
    return into


def _included(files: Files, path: str, name: str) -> Iterator[str]:
    """The file that an ``include`` is for: the one of its name in the same folder."""
    wanted = posixpath.join(posixpath.dirname(path), posixpath.basename(name))
    if wanted != path and wanted in files.support_paths:
        yield wanted
