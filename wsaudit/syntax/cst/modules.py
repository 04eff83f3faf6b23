"""From the text of one file to its statements, comments and faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst import (
    expressions,
    functions,
    imports,
    literals,
    operators,
    patterns,
    recovery,
    statements,
)
from wsaudit.syntax.cst.positions import Positions, positions
from wsaudit.syntax.cst.reading import Reading

EXPRESSIONS = {
    **expressions.EXPRESSIONS,
    **functions.EXPRESSIONS,
    **literals.EXPRESSIONS,
    **operators.EXPRESSIONS,
    **patterns.EXPRESSIONS,
}
STATEMENTS = {
    **functions.STATEMENTS,
    **imports.STATEMENTS,
    **patterns.STATEMENTS,
    **statements.STATEMENTS,
}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text, or a part of it, holds."""

    body: tuple[nodes.Statement, ...] = ()
    comments: tuple[nodes.Comment, ...] = ()
    faults: tuple[nodes.Fault, ...] = ()


def read(text: str) -> Parsed:
    """Read a whole file; of a broken one, each top-level block that is not broken."""
    text = _SURROGATE.sub("\ufffd", text)  # as many bytes, and libcst accepts them
    module = recovery.parse(text)
    if not isinstance(module, str):
        return _convert(module, text, 0)
    parts = list(_read_blocks(text))
    faults = [fault for part in parts for fault in part.faults]
    return Parsed(
        tuple([statement for part in parts for statement in part.body]),
        tuple([comment for part in parts for comment in part.comments]),
        tuple(faults or [recovery.fault(module, text, 0)]),
    )


def _read_blocks(text: str) -> Iterator[Parsed]:
    base = 0
    for start, end in recovery.blocks(text):
        block = text[start:end]
        module = recovery.parse(block)
        if isinstance(module, str):
            yield Parsed(faults=(recovery.fault(module, block, base),))
        else:
            yield _convert(module, block, base)
        base += len(block.encode())


def _convert(module: cst.Module, text: str, base: int) -> Parsed:
    """The insides of a tree whose text begins at byte ``base`` of its file."""
    data = text.encode()
    places = positions(module, data, base)
    reading = Reading(data, places.spans, places.begins, EXPRESSIONS, STATEMENTS, base)
    comments = _comments(places, data, base)
    return Parsed(reading.body(module.body), comments)


def _comments(places: Positions, data: bytes, base: int) -> tuple[nodes.Comment, ...]:
    found = []
    for comment in places.comments:
        start, end = places.spans[id(comment)]
        at = start - base
        line = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
        alone = not data[line:at].strip()
        found.append(nodes.Comment(start, end, comment.value, alone))
    return tuple(found)
