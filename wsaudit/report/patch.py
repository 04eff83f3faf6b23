"""Changed files as a patch that ``git apply`` takes, byte for byte."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

CONTEXT = 3
_NO_NEWLINE = b"\\ No newline at end of file\n"
_QUOTED = {ord('"'): b'\\"', ord("\\"): b"\\\\", 9: b"\\t", 10: b"\\n", 13: b"\\r"}


def patch(changes: Iterable[tuple[str, bytes | None, bytes]]) -> bytes:
    """The patch of some files: the path of each, what it holds, and what it will.

    A file that is not there yet holds None.
    """
    return b"".join(
        part for path, before, after in changes for part in _file(path, before, after)
    )


def _file(path: str, before: bytes | None, after: bytes) -> Iterator[bytes]:
    if before == after:
        return
    old, new = _name(b"a/", path), _name(b"b/", path)
    yield b"diff --git %s %s\n" % (old, new)
    # A tab ends a name in which there are spaces.
    end = b"\t" if b" " in old else b""
    if before is None:
        yield b"new file mode 100644\n--- /dev/null\n+++ %s%s\n" % (new, end)
    else:
        yield b"--- %s%s\n+++ %s%s\n" % (old, end, new, end)
    one, other = _lines(before or b""), _lines(after)
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        yield from _hunk(group, one, other)


def _lines(data: bytes) -> list[bytes]:
    """Lines as git counts them: a line feed ends one, and nothing else does."""
    lines = data.split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]]
    return [*whole, lines[-1]] if lines[-1] else whole


def _hunk(
    group: list[tuple[str, int, int, int, int]], one: list[bytes], other: list[bytes]
) -> Iterator[bytes]:
    first, last = group[0], group[-1]
    old, new = _range(first[1], last[2]), _range(first[3], last[4])
    yield b"@@ -%s +%s @@\n" % (old, new)
    for kind, start, end, new_start, new_end in group:
        if kind == "equal":
            yield from (_line(b" ", line) for line in one[start:end])
            continue
        yield from (_line(b"-", line) for line in one[start:end])
        yield from (_line(b"+", line) for line in other[new_start:new_end])


def _range(start: int, end: int) -> bytes:
    """Line numbers from 1 on; an empty range names the line before it."""
    length = end - start
    first = start + 1 if length else start
    return b"%d" % first if length == 1 else b"%d,%d" % (first, length)


def _line(mark: bytes, line: bytes) -> bytes:
    ending = b"" if line.endswith(b"\n") else b"\n" + _NO_NEWLINE
    return mark + line + ending


def _name(prefix: bytes, path: str) -> bytes:
    """A path as git writes it, in quotes where it holds what would confuse."""
    raw = prefix + path.encode("utf-8", "surrogateescape")
    if not any(byte < 32 or byte in {34, 92, 127} for byte in raw):
        return raw
    quoted = (_QUOTED.get(byte) or _plain(byte) for byte in raw)
    return b'"' + b"".join(quoted) + b'"'


def _plain(byte: int) -> bytes:
    return b"\\%03o" % byte if byte < 32 or byte == 127 else bytes((byte,))
