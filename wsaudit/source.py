"""One file's text, and byte offsets as what people and formats count."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property


class Language(StrEnum):
    """The two families of syntax that are read."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a file: ``path`` relative to the run's root, byte offsets.

    Offsets count UTF-8 bytes of the decoded text without its byte order mark.
    """

    path: str
    start: int
    end: int


Sentence = tuple[str | Place, ...]
"""A sentence in parts: what is said, and the places that are shown as path and line."""


@dataclass(frozen=True, slots=True)
class Position:
    """A 1-based line and column."""

    line: int
    column: int


_ENDING = re.compile(rb"\r\n?|\n")


@dataclass(frozen=True)
class Source:
    """The decoded text of one file; ``path`` uses ``/``.

    ``raw`` is the file as on disk, byte order mark and all (fingerprints need it).
    ``guessed`` is true when nothing declared the encoding and the bytes are not UTF-8.
    """

    path: str
    text: str
    raw: bytes = field(repr=False, default=b"")
    encoding: str = "utf-8"
    guessed: bool = False

    @cached_property
    def data(self) -> bytes:
        """The text as UTF-8, what all offsets count."""
        return self.text.encode("utf-8", "surrogatepass")

    @cached_property
    def line_starts(self) -> list[int]:
        """Byte offset of the first byte of each line; CR, LF and CRLF end lines."""
        return [0, *(found.end() for found in _ENDING.finditer(self.data))]

    def line_of(self, offset: int) -> int:
        """The 1-based line that holds a byte offset."""
        return bisect_right(self.line_starts, offset)

    def line_text(self, line: int) -> str:
        """One line (1-based) without its ending."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.data)
        return self.data[start:end].decode("utf-8", "replace").rstrip("\r\n")

    def indent(self, line: int) -> str:
        """The spaces and tabs that a line (1-based) begins with."""
        text = self.line_text(line)
        return text[: len(text) - len(text.lstrip(" \t"))]

    def newline(self, line: int) -> str:
        """The ending of a line (1-based), or of the one before the last."""
        data, starts = self.data, self.line_starts
        for end in (*starts[line : line + 1], starts[line - 1]):
            if end:
                return "\r\n" if data[end - 2 : end] == b"\r\n" else chr(data[end - 1])
        return "\n"

    def position(self, offset: int) -> Position:
        """Line and column of a byte offset, the column in code points."""
        line = self.line_of(offset)
        before = self.data[self.line_starts[line - 1] : offset]
        return Position(line, len(before.decode("utf-8", "replace")) + 1)

    def position_utf16(self, offset: int) -> Position:
        """Line and column of a byte offset, the column in UTF-16 code units."""
        line = self.line_of(offset)
        before = self.data[self.line_starts[line - 1] : offset]
        units = before.decode("utf-8", "replace").encode("utf-16-le", "surrogatepass")
        return Position(line, len(units) // 2 + 1)

    def slice(self, place: Place) -> str:
        """The text of a place."""
        return self.data[place.start : place.end].decode("utf-8", "replace")


LANGUAGES = {
    ".py": Language.PYTHON,
    ".ts": Language.TYPESCRIPT,
    ".tsx": Language.TYPESCRIPT,
    ".mts": Language.TYPESCRIPT,
    ".cts": Language.TYPESCRIPT,
    ".js": Language.TYPESCRIPT,
    ".jsx": Language.TYPESCRIPT,
    ".mjs": Language.TYPESCRIPT,
    ".cjs": Language.TYPESCRIPT,
    ".vue": Language.TYPESCRIPT,
    ".svelte": Language.TYPESCRIPT,
}


_TEST = re.compile(
    r"(^|/)(tests?|__tests__|__mocks__|mocks?|e2e|cypress|playwright|"
    r"([^/]*-)?test-suites?)/|"
    r"(^|/)(test_[^/]*|conftest|[^/]*_test)\.py$|"
    r"\.(test|spec|mock|e2e)\.[cm]?[jt]sx?$"
)

_SHOWN = re.compile(
    r"(^|/)(examples?|samples?|stories|benchmarks?|experiments)/|\.stories\.[cm]?[jt]sx?$"
)


@cache
def is_test(path: str) -> bool:
    """Whether a file is named, or lies, as tests and their doubles do."""
    return bool(_TEST.search(path))


def is_test_path(path: str) -> bool:
    """Whether a file is test, mock or example code by its path."""
    return is_test(path) or _SHOWN.search(path) is not None


def language_of(path: str) -> Language | None:
    """The language a path's suffix stands for; None when it is not code we read."""
    dot = path.rfind(".")
    return LANGUAGES.get(path[dot:].lower()) if dot > path.rfind("/") + 1 else None


class NotTextError(ValueError):
    """The bytes of a file are no text in any encoding that is declared or likely."""


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?\r?\Z")

# Codecs that can yield lone surrogates, or take time quadratic in the length.
_NEVER = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}


def decode_source(raw: bytes, path: str) -> Source:
    """The text of a file's bytes.

    A byte order mark decides, then in Python a PEP 263 cookie, then UTF-8; what is
    left is read as Latin-1 and marked as guessed. Raises NotTextError for bytes with
    NUL, and for bytes that break the encoding their mark promises.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            text = _strict(raw, encoding)
            if text is None:
                message = f"not valid {encoding.removesuffix('-sig').upper()}"
                raise NotTextError(message)
            return Source(path, _no_nul(text), raw, encoding)
    cookie = _declared(raw) if language_of(path) is Language.PYTHON else ""
    for encoding in filter(None, (cookie, "utf-8")):
        text = _strict(raw, encoding)
        if text is not None:
            return Source(path, _no_nul(text), raw, encoding)
    return Source(path, _no_nul(raw.decode("latin-1")), raw, "latin-1", guessed=True)


def _declared(raw: bytes) -> str:
    """The PEP 263 cookie of a Python file: on line one, or two if one is blank."""
    for line in raw[:1000].split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found[1].decode("ascii", "replace")
        if not _BLANK.match(line):
            break
    return ""


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        name = codecs.lookup(encoding).name
        text = raw.decode(encoding) if name not in _NEVER else None
        if text is not None:
            text.encode("utf-8")
    except (LookupError, ValueError):
        return None
    return text


def _no_nul(text: str) -> str:
    if "\0" in text:
        message = "holds NUL bytes"
        raise NotTextError(message)
    return text
