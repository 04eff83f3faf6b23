"""Constructs that libcst will know one day and the reader does not."""

from __future__ import annotations

import libcst as cst

from tests.syntax.sketches import sketch
from wsaudit.syntax.cst import modules
from wsaudit.syntax.cst.positions import positions
from wsaudit.syntax.cst.reading import Reading, opaque

SOURCE = "while a(b):\n  c()\nelse:\n  d = lambda e=f(), *g: h\n"


def reading(tree: cst.Module, *unknown: type[cst.CSTNode]) -> Reading:
    """A reading of ``SOURCE`` without the functions for some kinds of node."""
    places = positions(tree, SOURCE.encode())
    known = {
        kind: read for kind, read in modules.STATEMENTS.items() if kind not in unknown
    }
    return Reading(
        SOURCE.encode(), places.spans, places.begins, modules.EXPRESSIONS, known
    )


def test_unknown_statement() -> None:
    """Such a statement is Opaque, and what is nested in it follows."""
    tree = cst.parse_module(SOURCE)
    body = reading(tree, cst.While).body(tree.body)

    assert [sketch(one) for one in body][:2] == [
        "Opaque(children=[Call(a, arguments=[b])], what=While)",
        "Call(c)",
    ]
    assert sketch(body[2]).startswith("Bind(d, value=Function(")


def test_unmeasured_expression() -> None:
    """An Opaque of which libcst says no place covers what is in it."""
    tree = cst.parse_module(SOURCE)
    loop = cst.ensure_type(tree.body[0], cst.While)
    (line,) = cst.ensure_type(loop.orelse, cst.Else).body.body
    bind = cst.ensure_type(
        cst.ensure_type(line, cst.SimpleStatementLine).body[0], cst.Assign
    )
    parameters = cst.ensure_type(bind.value, cst.Lambda).params
    found = opaque(reading(tree), parameters)

    assert SOURCE[found.start : found.end] == "e=f(), *g"
    assert sketch(found) == "Opaque(children=[e, Call(f), g], what=Parameters)"


def test_unmeasured_and_empty() -> None:
    """One without anything in it stands at the beginning."""
    tree = cst.parse_module(SOURCE)
    found = opaque(reading(tree), cst.Parameters())

    assert (found.start, found.end, found.children) == (0, 0, ())
