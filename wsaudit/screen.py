"""Which files can matter: one look at their bytes for the words of the dialects."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.outcome import Skip
from wsaudit.source import Language

if TYPE_CHECKING:
    from wsaudit.cache import Cache
    from wsaudit.discover import File

SIZE_LIMIT = 1 << 20
ADDRESS = b"wsaudit:"
"""How a comment to wsaudit starts; it has to be judged wherever it stands."""

# UTF-32 first: its mark starts with that of UTF-16.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# A Python file that only mentions the words (a comment, a setting) need not be read:
# it must import a library that is known, or hold one of these constructs.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^\n#;]+))", re.MULTILINE
)
# What was matched is never given back: a line may be a megabyte long.
_CONSTRUCT = re.compile(
    rb"\.websocket(?:_route)?\(|^[ \t]*+class[ \t]++\w[^\n:]*(?:websocket|consumer)"
    rb"|^(?>.*?\bwebsocket\b).*\b(?:accept|send_json|send_text|receive_\w+)\b"
    rb"|:[ \t]*[\"']?(?:\w+\.)?websocket\b"
    rb"|\.send_(?:json|text|bytes)\(",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Screened:
    """The files whose bytes say that they can matter, the others, and the unread."""

    hits: tuple[File, ...]
    others: tuple[File, ...]
    skipped: tuple[Skip, ...]


def screen(
    files: Iterable[File],
    words: frozenset[bytes],
    packages: frozenset[str],
    *,
    root: str,
    cache: Cache | None = None,
    overlay: Mapping[str, bytes] | None = None,
) -> Screened:
    """Sort files by whether they hold one of ``words`` (lower case).

    ``packages`` are the top-level Python packages of the dialects. Files that are too
    large or cannot be read come back as skips. What ``cache`` knows is not read, nor
    what ``overlay`` has the content of.
    """
    hits: list[File] = []
    others: list[File] = []
    skipped: list[Skip] = []
    known = frozenset(name.encode() for name in packages)
    words = _shortest(words)
    buffer = memoryview(bytearray(SIZE_LIMIT + 1))
    for file in files:
        try:
            laid = overlay.get(file.path) if overlay else None
            answer = (
                _look(file, words, known, root, cache, buffer)
                if laid is None
                else matters(laid, file.language, words, known)
            )
        except OSError as error:
            skipped.append(Skip(file.path, "unreadable", error.strerror or ""))
            continue
        if answer is None:
            skipped.append(Skip(file.path, "too large", f"over {SIZE_LIMIT} bytes"))
        else:
            (hits if answer else others).append(file)
    return Screened(tuple(hits), tuple(others), tuple(skipped))


def _look(
    file: File,
    words: frozenset[bytes],
    packages: frozenset[bytes],
    root: str,
    cache: Cache | None,
    buffer: memoryview,
) -> bool | None:
    """Whether a file can matter; None when it is too large. Raises OSError."""
    path = os.path.join(root, file.path)
    status = os.stat(path) if cache else None
    if cache and status:
        found = cache.matters(file.path, status)
        if found is not None:
            return found
    # One buffer for all is the cheapest way to read many small files.
    handle = os.open(path, os.O_RDONLY)
    try:
        size = _fill(handle, buffer)
    finally:
        os.close(handle)
    if size > SIZE_LIMIT:
        return None
    answer = matters(bytes(buffer[:size]), file.language, words, packages)
    if cache and status:
        cache.note(file.path, status, matters=answer)
    return answer


def matters(
    data: bytes,
    language: Language,
    words: frozenset[bytes],
    packages: frozenset[bytes],
) -> bool:
    """Whether a file's bytes say that it can hold one end of a WebSocket."""
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            data = data.decode(encoding, "replace").encode("utf-8", "replace")
            break
    low = data.lower()
    if ADDRESS in low:
        return True
    if not any(word in low for word in words):
        return False
    if language is not Language.PYTHON:
        return True
    return imports(low, packages) or _constructs(low)


def _shortest(words: frozenset[bytes]) -> frozenset[bytes]:
    """Words without those that hold another one, which say nothing more."""
    return frozenset(
        word
        for word in words
        if not any(other in word for other in words if other != word)
    )


def imports(low: bytes, packages: frozenset[bytes]) -> bool:
    """Whether a Python file, in lower case, imports one of some top-level packages."""
    for found in _IMPORT.finditer(low):
        names = [found[1]] if found[1] else found[2].split(b",")
        if any(_top(name) in packages for name in names):
            return True
    return False


def _constructs(low: bytes) -> bool:
    """Whether a Python file, in lower case, has an endpoint, a consumer or a socket.

    A socket taken from a registry is known by what is sent over it alone.
    """
    lines = [
        line
        for line in low.split(b"\n")
        if b"websocket" in line or b"consumer" in line or b".send_" in line
    ]
    return any(_CONSTRUCT.search(line) for line in lines)


def _top(name: bytes) -> bytes:
    return name.strip().split(b" ")[0].split(b".")[0]


if hasattr(os, "readv"):

    def _fill(handle: int, view: memoryview) -> int:
        return os.readv(handle, [view])

else:  # pragma: no cover - Windows

    def _fill(handle: int, view: memoryview) -> int:
        data = os.read(handle, len(view))
        view[: len(data)] = data
        return len(data)
