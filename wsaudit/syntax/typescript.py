"""The TypeScript and JavaScript reader: the text of one file becomes one Module.

It parses with tree-sitter, takes comments and faults from the tree, and leaves the
constructs to ``ecmascript``, one short function a construct. Trees die here.
"""

from __future__ import annotations

import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from wsaudit.syntax import nodes
from wsaudit.syntax.ecmascript import (
    chains,
    classes,
    declarations,
    expressions,
    functions,
    imports,
    literals,
    markup,
    reading,
    statements,
    static_types,
)
from wsaudit.syntax.ecmascript.repairs import repaired

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query, Tree

_EXPRESSIONS = {
    **reading.EXPRESSIONS,
    **literals.EXPRESSIONS,
    **chains.EXPRESSIONS,
    **functions.EXPRESSIONS,
    **expressions.EXPRESSIONS,
    **static_types.EXPRESSIONS,
    **markup.EXPRESSIONS,
    **classes.EXPRESSIONS,
}
_STATEMENTS = {
    **reading.STATEMENTS,
    **classes.STATEMENTS,
    **declarations.STATEMENTS,
    **imports.STATEMENTS,
    **statements.STATEMENTS,
}

_CASTS_IN_ANGLES = (".ts", ".mts", ".cts")
_COMMENTS = "[(comment) (html_comment)] @comment"
_ERRORS = """
(ERROR) @error
(MISSING) @missing
(string (ERROR) @quoted)
(export_statement (ERROR) @exporting)
"""
_JSX_COMMENTS = "(jsx_expression (comment) @braced)"
_JSX_ERRORS = "(jsx_element (ERROR) @between)"
_LEFT_OPEN = "not a whole program: something is left open"
_CHUNK = 1 << 16
_RECURSION_LIMIT = 16_000
"""Frames for a thousand nested functions or elements.

Not many more: at twice the depth this admits, msgspec overruns a C stack of 8 MB.
"""


def read_typescript(path: str, text: str, *, seconds: float = 5.0) -> nodes.Module:
    """Read one TypeScript or JavaScript file; ``path`` decides which grammar.

    ``text`` has no byte order mark; all offsets count the bytes of its UTF-8. What
    the parser does not understand becomes a Fault and everything else is read. Raises
    TimeoutError when parsing takes longer than ``seconds``.
    """
    data = text.encode("utf-8", "surrogatepass")
    dialect = "typescript" if path.endswith(_CASTS_IN_ANGLES) else "tsx"
    return read_ecmascript(path, data, dialect, seconds=seconds)


def read_ecmascript(
    path: str, data: bytes, dialect: str, *, seconds: float = 5.0
) -> nodes.Module:
    """Read UTF-8 by a grammar of its own, "typescript" or "tsx"; see the above."""
    tree, errors, missing = _read(data, dialect, seconds)
    root = tree.root_node
    file = reading.Reading(data, _EXPRESSIONS, _STATEMENTS, errors, {root.id})
    comments = tuple(_comments(data, root, dialect))
    try:
        with _deep_recursion():
            body = file.body(root.named_children)
    except RecursionError:
        fault = nodes.Fault(0, len(data), "nested too deeply to be read")
        return nodes.Module(path, "typescript", (), comments, (fault,))
    faults = tuple(_faults(file, root, errors, missing))
    return nodes.Module(path, "typescript", body, comments, faults)


def _read(
    data: bytes, dialect: str, seconds: float
) -> tuple[Tree, list[Node], list[Node]]:
    """The tree with its errors and missing tokens: of the two readings the better."""
    tree = _parse(data, dialect, seconds)
    if not tree.root_node.has_error:
        return tree, [], []
    errors, missing = _errors(data, tree.root_node, dialect)
    again = repaired(data) if errors or missing else None
    if again is None:
        return tree, errors, missing
    other = _parse(again, dialect, seconds)
    fewer, less = _errors(again, other.root_node, dialect)
    if len(fewer) + len(less) < len(errors) + len(missing):
        return other, fewer, less
    return tree, errors, missing


# -- parsing -------------------------------------------------------------------------


@cache
def _grammar(dialect: str) -> tuple[Language, Query, Query]:
    """A language with its two queries; importing tree-sitter waits until here."""
    import tree_sitter
    import tree_sitter_typescript

    if dialect == "typescript":
        language = tree_sitter.Language(tree_sitter_typescript.language_typescript())
        comments, errors = _COMMENTS, _ERRORS
    else:
        language = tree_sitter.Language(tree_sitter_typescript.language_tsx())
        comments, errors = _COMMENTS + _JSX_COMMENTS, _ERRORS + _JSX_ERRORS
    query = tree_sitter.Query
    return language, query(language, comments), query(language, errors)


def _parse(data: bytes, dialect: str, seconds: float) -> Tree:
    import tree_sitter

    deadline = time.monotonic() + seconds

    def read(offset: int, _point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    def late(_offset: int, _has_error: object) -> bool:
        return time.monotonic() > deadline

    # tree-sitter asks the progress callback only when it is fed by a function.
    parser = tree_sitter.Parser(_grammar(dialect)[0])
    try:
        return parser.parse(read, progress_callback=late)
    except ValueError as error:
        raise TimeoutError(f"parsing took more than {seconds:g} seconds") from error


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Let Python functions nest as deeply as the source may."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _captures(query: Query, root: Node) -> dict[str, list[Node]]:
    import tree_sitter

    found = tree_sitter.QueryCursor(query).captures(root)
    return {name: sorted(each, key=_place) for name, each in found.items()}


def _place(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


# -- comments ------------------------------------------------------------------------


def _comments(data: bytes, root: Node, dialect: str) -> Iterator[nodes.Comment]:
    found = _captures(_grammar(dialect)[1], root)
    braced = {node.start_byte for node in found.get("braced", ())}
    for node in found.get("comment", ()):
        start, end = node.start_byte, node.end_byte
        text = data[start:end].decode("utf-8", "replace")
        alone = _is_alone(data, start, end, braced=start in braced)
        yield nodes.Comment(start, end, text, alone)


def _is_alone(data: bytes, start: int, end: int, *, braced: bool) -> bool:
    """True when only white space, and JSX braces, share the lines of a comment."""
    before, after = b" \t\f\v", b" \t\f\v"
    if braced:
        before, after = before + b"{", after + b"}"
    start -= 1
    while start >= 0 and data[start] in before:
        start -= 1
    while end < len(data) and data[end] in after:
        end += 1
    return (start < 0 or data[start] in b"\r\n") and (
        end == len(data) or data[end] in b"\r\n"
    )


# -- faults --------------------------------------------------------------------------


def _errors(data: bytes, root: Node, dialect: str) -> tuple[list[Node], list[Node]]:
    """The errors and the missing tokens, without what is an error to tree-sitter only.

    Its grammar takes each ``&`` in JSX text and strings for the start of an entity,
    and does not know ``export type * from``.
    """
    found = _captures(_grammar(dialect)[2], root)
    harmless = {node.id for node in found.get("quoted", ())}
    for node in found.get("between", ()):
        text = data[node.start_byte : node.end_byte]
        if text.startswith(b"&") and not any(mark in text for mark in (b"<", b"{")):
            harmless.add(node.id)
    for node in found.get("exporting", ()):
        if data[node.start_byte : node.end_byte] == b"type":
            harmless.add(node.id)
    errors = [node for node in found.get("error", ()) if node.id not in harmless]
    # A template with type arguments is read as if a ``!`` stood before it.
    missing = [node for node in found.get("missing", ()) if node.type != "!"]
    return errors, missing


def _faults(
    file: reading.Reading, root: Node, errors: list[Node], missing: list[Node]
) -> list[nodes.Fault]:
    """One fault for each outermost error, and for each missing token outside them."""
    if root.type == "ERROR":
        return [nodes.Fault(root.start_byte, root.end_byte, _LEFT_OPEN)]
    faults: list[nodes.Fault] = []
    end = -1
    for node in errors:
        if node.end_byte > end:
            end = node.end_byte
            text = file.text(node)
            last = not file.data[end:].strip()
            open_ended = last and _is_left_open(text)
            message = _LEFT_OPEN if open_ended else f"unexpected `{_cut(text)}`"
            faults.append(nodes.Fault(node.start_byte, end, message))
    starts = [fault.start for fault in faults]
    for node in missing:
        at = node.start_byte
        before = bisect_right(starts, at) - 1
        if before < 0 or faults[before].end < at:
            faults.append(nodes.Fault(at, node.end_byte, f"missing `{node.type}`"))
    return sorted(faults, key=lambda fault: (fault.start, fault.end))


def _is_left_open(text: str) -> bool:
    """True when more brackets open than close; what is in strings counts as well."""
    opened = sum(map(text.count, "([{"))
    return opened > sum(map(text.count, ")]}"))


def _cut(text: str) -> str:
    """At most forty characters on one line."""
    shown = " ".join(text[:400].split())
    return shown if len(shown) <= 40 else shown[:39] + "…"
