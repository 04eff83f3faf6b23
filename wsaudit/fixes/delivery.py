"""Fixes of the chapter delivery: sends on sockets that may not be open."""

from __future__ import annotations

from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import GONE, Layout, caught, layout_of, tells
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.syntax import nodes

LOST = "not sent: the socket is not open"


@fixes("WS130")
def send_without_ready_check(finding: Finding, ground: Ground) -> Fix | None:
    """Send where the socket is open, and say so where it is not."""
    layout = layout_of(ground, finding.at.path)
    call = next(
        (
            one
            for one in ground.nodes_at(finding.at, nodes.Call)
            if one.function.end == finding.at.end
        ),
        None,
    )
    if layout is None or call is None or not isinstance(call.function, nodes.Member):
        return None
    if finding.variant == "guard-falls-through":
        return _leaving(finding, layout, ground)
    if layout.python:
        return _caught(call, layout, ground)
    return _tested(call, call.function.object, layout, ground)


def _leaving(finding: Finding, layout: Layout, ground: Ground) -> Fix | None:
    """A ``return`` at the end of the check that does not leave."""
    parents = ground.scene.program.parents
    for related in finding.related:
        for test in ground.nodes_at(related.at, nodes.Node):
            check = test if isinstance(test, nodes.If) else parents.get(test)
            if not isinstance(check, nodes.If) or not check.then:
                continue
            last = check.then[-1]
            if not layout.has_lines(last):
                return None
            leave = f"return{layout.stop}"
            edit = layout.after(last, layout.indent(last.start), leave)
            return Fix("leave after the check", Applicability.SUGGEST, (edit,))
    return None


def _caught(call: nodes.Call, layout: Layout, ground: Ground) -> Fix | None:
    """A ``try`` around a send to another client."""
    statement = tree.statement_of(call, ground.scene.program.parents)
    if not isinstance(statement, nodes.Expr) or not layout.has_lines(statement):
        return None
    edits = caught(ground, layout, statement, GONE)
    title = "catch the failure of a client that has left"
    return Fix(title, Applicability.SUGGEST, edits) if edits else None


def _tested(
    call: nodes.Call, receiver: nodes.Expression, layout: Layout, ground: Ground
) -> Fix | None:
    """An ``if`` around the send that tests the state of its socket."""
    held = tree.dotted(receiver)
    code = ground.text(receiver)
    program = ground.scene.program
    if not held or any(mark in code for mark in "\n()"):
        return None
    function = call.function
    optional = isinstance(function, nodes.Member) and function.optional
    dot = "?." if optional else "."
    told = tells(ground, layout, call, LOST)
    test = f"if ({code}{dot}readyState === {_open(call, code, ground)}) {{"
    around = program.parents.get(call)
    if isinstance(around, nodes.Return) and _is_concise(around, ground):
        edits = _spread_out(call, test, told, layout)
    elif isinstance(around, nodes.Expr) and layout.has_lines(around):
        step = layout.step
        edits = layout.wrap(around, (test,), ("} else {", f"{step}{told}", "}"))
    else:
        return None
    return Fix("send only where it is open", Applicability.SUGGEST, tuple(edits))


def _open(call: nodes.Call, code: str, ground: Ground) -> str:
    """The constant for the open state, as this file can name it."""
    binding = ground.scene.program.binding_named("WebSocket", call)
    if binding is None:
        return "WebSocket.OPEN"
    source = binding.writes[0].source if binding.writes else None
    imported = isinstance(source, nodes.Import) and not source.type_only
    typed = imported and any(
        name.alias == "WebSocket" and name.type_only
        for name in (source.names if isinstance(source, nodes.Import) else ())
    )
    return "WebSocket.OPEN" if imported and not typed else f"{code}.OPEN"


def _is_concise(around: nodes.Return, ground: Ground) -> bool:
    function = ground.scene.program.parents.get(around)
    return isinstance(function, nodes.Function) and function.concise


def _spread_out(call: nodes.Call, test: str, told: str, layout: Layout) -> list[Edit]:
    """An arrow's expression as a block with a test around it."""
    indent, step = layout.indent(call.start), layout.step
    newline = layout.newline(call.start)
    inner = f"{newline}{indent}{step}"
    before = f"{{{inner}{test}{inner}{step}"
    after = (
        f"{layout.stop}{inner}}} else {{{inner}{step}{told}{inner}}}{newline}{indent}}}"
    )
    return [layout.insert(call.start, before), layout.insert(call.end, after)]
