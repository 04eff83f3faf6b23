"""Fixes of the chapter lifecycle: handshakes that end before they began."""

from __future__ import annotations

from wsaudit.edits import Applicability, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import layout_of
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.syntax import nodes


@fixes("WS112")
def close_code_before_accept(finding: Finding, ground: Ground) -> Fix | None:
    """Complete the handshake right before the close, so that its code arrives."""
    layout = layout_of(ground, finding.at.path)
    scene = ground.scene
    call = next(
        (
            one
            for one in ground.nodes_at(finding.at, nodes.Call)
            if finding.at.end in (one.end, one.function.end)
            and one in scene.use_of_call
        ),
        None,
    )
    if layout is None or not layout.python or call is None:
        return None
    statement = tree.statement_of(call, scene.program.parents)
    accepts = [
        use.op.name
        for socket in scene.use_of_call[call].sockets
        for use in socket.uses
        if use.op.means == "accept"
    ]
    match call.function:
        case nodes.Member(object=receiver) if (
            accepts
            and isinstance(statement, nodes.Expr)
            and isinstance(statement.value, nodes.Await)
            and layout.begins_line(statement)
        ):
            line = f"await {ground.text(receiver)}.{accepts[0]}()"
            edits = (layout.before(statement, line),)
            return Fix("accept, then close", Applicability.SUGGEST, edits)
        case _:
            return None
