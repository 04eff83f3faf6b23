"""The Python reader: the text of one file becomes one Module.

It parses with libcst and leaves the constructs to ``cst``, one short function a
construct. Trees die here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from wsaudit.syntax import nodes

_RECURSION_LIMIT = 20_000
"""Frames for what the gate lets through, and to spare."""


def read_python(path: str, text: str) -> nodes.Module:
    """Read one Python file.

    ``text`` has no byte order mark; all offsets count the bytes of its UTF-8. A syntax
    error becomes a Fault, and the top-level statements around it are read. What
    ``gate.too_deep`` stops must not come here: libcst can crash on it.
    """
    # libcst takes a third of a second to import: only who reads Python pays for it.
    from wsaudit.syntax.cst import modules

    with _deep_recursion():
        found = modules.read(text)
    return nodes.Module(path, "python", found.body, found.comments, found.faults)


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Let Python functions nest as deeply as the source may."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
