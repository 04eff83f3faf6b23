"""Broken files: how they are cut into top-level blocks, and what a fault says."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

import libcst as cst

from wsaudit.syntax import nodes

# Strings and comments are passed over, brackets counted; what is left are the lines
# that begin in the first column.
_TOKEN = re.compile(
    r"""
      (?P<skip> (?P<quote>'{3}|"{3}) (?:\\.|[^\\])*? (?P=quote)
              | "(?:\\.|[^"\\\r\n])*"? | '(?:\\.|[^'\\\r\n])*'?
              | \#[^\r\n]* | \\(?:\r\n|.) )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?:\r\n?|\n) (?P<line> (?=[^\s)\]}]) )
    """,
    re.VERBOSE | re.DOTALL,
)
# No bracket is open on a line that begins like this, whatever was counted.
_SURE = re.compile(r"@|(?:async[ \t]+def|def|class|import|while|with|try)\b")
_GOES_ON = re.compile(r"(?:elif|else|except|finally)\b")
_COMPOUND = re.compile(r"(?:if|for|while|try|async[ \t]+for)\b")
_LOOSE = re.compile(r"[@#]")
_AT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_LAST_TOKEN = re.compile(r"""(?:\w+|"[^"]*"|'[^']*'|[^\w\s])\Z""")
_STATEMENT = "break"
"""What the parser wants, among other things, where a statement may begin."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]*\Z")
_LONGEST_SEARCH = 3_000
"""Lines of a block in which to look for the one that cannot be cut into tokens."""


def parse(text: str) -> cst.Module | str:
    """The tree of a text, or what libcst says against it."""
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        return error.message
    except cst.CSTValidationError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - it stumbles over some valid code
        return f"the parser failed ({type(error).__name__})"


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the top-level statements of a text begin and end, in characters.

    Decorators and comments belong to what follows them.
    """
    starts = [0]
    depth = 0
    loose = bool(_LOOSE.match(text))
    compound = bool(_COMPOUND.match(text))
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "line":
            at = found.end()
            if depth and not _SURE.match(text, at):
                continue
            depth = 0
            goes_on = compound and bool(_GOES_ON.match(text, at))
            if goes_on and loose:
                starts.pop()
            elif not goes_on and not loose:
                starts.append(at)
            loose = bool(_LOOSE.match(text, at))
            if not loose and not goes_on:
                compound = bool(_COMPOUND.match(text, at))
    yield from pairwise([*starts, len(text)])


def fault(message: str, text: str, base: int) -> nodes.Fault:
    """What ``parse`` said of a text that begins at byte ``base`` of its file."""
    lines = _LINE.findall(text)
    found = _AT.search(message)
    if found is None:
        row = _first_bad_line(lines, message)
        message = message.removeprefix("tokenizer error: ")
    else:
        message, row = _unexpected(lines, int(found[1]) - 1, int(found[2]), found[3])
    start = base + len("".join(lines[:row]).encode())
    line = lines[row].rstrip()
    indent = len(line) - len(line.lstrip())
    return nodes.Fault(start + indent, start + len(line.encode()), message)


def _unexpected(lines: list[str], row: int, at: int, wanted: str) -> tuple[str, int]:
    """A message and its line; the parser names the place behind the wrong token."""
    row = min(row, len(lines) - 1)
    token = _LAST_TOKEN.search(lines[row][:at].rstrip())
    if token and wanted != "INDENT":
        return f"unexpected `{token[0][:40]}`", row
    if _STATEMENT in wanted.split(", "):
        return "unexpected indentation", row
    while row and not lines[row][:at].partition("#")[0].strip():
        row, at = row - 1, len(lines[row - 1])
    if wanted == "INDENT":
        return "expected an indented block", row
    return "syntax error at the end of the line", row


def _first_bad_line(lines: list[str], message: str) -> int:
    """The line after which the parser begins to say so; it names no place itself."""
    if len(lines) > _LONGEST_SEARCH:
        return 0

    def says_so(count: int) -> bool:
        return parse("".join(lines[:count])) == message

    count = bisect_left(range(1, len(lines)), x=True, key=says_so)
    return min(count, len(lines) - 1)
