"""Broken files: how they are cut into top-level blocks, and what a fault says."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

import libcst as cst

from wsaudit.syntax import nodes

# libcst makes sure of some rules of the language after parsing.
FAILURES = (cst.ParserSyntaxError, cst.CSTValidationError, cst.CSTLogicError)

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
_LOOSE = re.compile(r"[@#]")
_AT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_LAST_TOKEN = re.compile(r"""(?:\w+|"[^"]*"|'[^']*'|[^\w\s])\Z""")
_STATEMENT = "break"
"""What the parser wants, among other things, where a statement may begin."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]*\Z")
_LONGEST_SEARCH = 3_000
"""Lines of a block in which to look for the one that cannot be cut into tokens."""


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the top-level statements of a text begin and end, in characters.

    Decorators and comments belong to what follows them.
    """
    starts = [0]
    depth = 0
    loose = bool(_LOOSE.match(text))
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
            if _GOES_ON.match(text, at):
                if loose and len(starts) > 1:
                    starts.pop()
            elif not loose:
                starts.append(at)
            loose = bool(_LOOSE.match(text, at))
    yield from pairwise([*starts, len(text)])


def fault(error: Exception, text: str, base: int) -> nodes.Fault:
    """What the parser said of a text that begins at byte ``base`` of its file."""
    lines = _LINE.findall(text)
    message = _said(error)
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


def _said(error: Exception) -> str:
    return error.message if isinstance(error, cst.ParserSyntaxError) else str(error)


def _unexpected(lines: list[str], row: int, at: int, wanted: str) -> tuple[str, int]:
    """A message and its line; the parser names the place behind the wrong token."""
    row = min(row, len(lines) - 1)
    token = _LAST_TOKEN.search(lines[row][:at].rstrip())
    if token and wanted != "INDENT":
        return f"unexpected `{token[0][:40]}`", row
    if _STATEMENT in wanted.split(", "):
        return "unexpected indentation", row
    while row and not lines[row][:at].strip():
        row, at = row - 1, len(lines[row - 1])
    if wanted == "INDENT":
        return "expected an indented block", row
    return "syntax error at the end of the line", row


def _first_bad_line(lines: list[str], message: str) -> int:
    """The line after which the parser begins to say so; it names no place itself."""
    if len(lines) > _LONGEST_SEARCH:
        return 0

    def says_so(count: int) -> bool:
        try:
            cst.parse_module("".join(lines[:count]))
        except FAILURES as error:
            return _said(error) == message
        return False

    count = bisect_left(range(1, len(lines)), x=True, key=says_so)
    return min(count, len(lines) - 1)
