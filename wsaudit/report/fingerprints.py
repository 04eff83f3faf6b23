"""Fingerprints: what makes a finding the same finding after its line has moved."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from hashlib import sha256
from sys import byteorder

_WINDOW = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_OLDEST = pow(_FACTOR, _WINDOW, 1 << 64)
_FEED, _RETURN, _END = 0x0A, 0x0D, 0xFFFF
_BLANK = frozenset({0x20, 0x09})


def line_hashes(raw: bytes) -> list[str]:
    """GitHub's ``primaryLocationLineHash`` of each line of a file as on disk.

    The action that uploads SARIF computes the same value when it is missing (github/
    codeql-action, src/fingerprints.ts): a rolling hash over the first hundred UTF-16
    units from the start of the line on, without spaces and tabs, any line ending
    counted as one line feed; then a colon and how often that hash was seen so far.
    The byte order mark counts.
    """
    window = deque([0] * _WINDOW, maxlen=_WINDOW)
    started: deque[int] = deque()  # at which unit each unfinished line began
    hashes: list[str] = []
    seen: Counter[int] = Counter()
    value = 0
    at_start = True

    for count, unit in enumerate(_units(raw)):
        if at_start:
            started.append(count)
        value = (_FACTOR * value + unit - _OLDEST * window[0]) & _MASK
        window.append(unit)
        at_start = unit == _FEED
        if started and started[0] == count - _WINDOW + 1:
            started.popleft()
            seen[value] += 1
            hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def _units(raw: bytes) -> Iterable[int]:
    order = "le" if byteorder == "little" else "be"
    data = raw.decode("utf-8", "replace").encode(f"utf-16-{order}")
    after_return = False
    for unit in memoryview(data).cast("H"):
        if unit in _BLANK or (unit == _FEED and after_return):
            after_return = False
            continue
        after_return = unit == _RETURN
        yield _FEED if after_return else unit
    yield _END
    yield from [0] * _WINDOW


def fingerprint(code: str, path: str, line: str, nth: int) -> str:
    """Our own fingerprint: rule, path, the line without its spacing, and which of them.

    ``nth`` counts from 1 the findings of one file that agree in the rest.
    """
    normal = "".join(line.split())
    parts = "\0".join((code, path, normal, str(nth)))
    return sha256(parts.encode("utf-8", "replace")).hexdigest()[:32]
