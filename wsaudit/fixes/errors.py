"""Fixes of the chapter errors: codes and reasons that can be sent."""

from __future__ import annotations

from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import Layout, layout_of
from wsaudit.model import Side
from wsaudit.model.codes import NEVER_SENT, OWN, Code
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.syntax import nodes

FITS = 60
"""Characters that always fit into a close frame, those of two bytes too."""


@fixes("WS155")
def invalid_close_code(finding: Finding, ground: Ground) -> Fix | None:
    """Another code in the place of one that is wrong; a reason that is cut."""
    layout = layout_of(ground, finding.at.path)
    call = _call_at(finding, ground)
    if layout is None or call is None:
        return None
    if finding.variant == "unbounded-reason":
        return _cut(call, layout, ground)
    use = ground.scene.use_of_call.get(call)
    client = use is not None and use.sockets[0].fact.side is Side.CLIENT
    for node in tree.walk(call):
        if isinstance(node, nodes.Literal) and isinstance(node.value, int):
            code = _instead(node.value, finding.variant, client=client)
            if code is None:
                return None
            title = f"close with {code}"
            edits = (layout.replace(node, str(code)),)
            return Fix(title, Applicability.SUGGEST, edits)
    return None


def _call_at(finding: Finding, ground: Ground) -> nodes.Call | None:
    """The closing call: a place is the whole of it, or its callee."""
    calls = ground.nodes_at(finding.at, nodes.Call)
    return next(
        (
            call
            for call in calls
            if finding.at.end in (call.end, call.function.end)
            and call in ground.scene.use_of_call
        ),
        None,
    )


def _instead(code: int, variant: str, *, client: bool) -> int | None:
    """The code that says what was meant."""
    if variant == "normal-code-for-error":
        return Code.INTERNAL_ERROR
    if code in NEVER_SENT or (client and code == Code.GOING_AWAY):
        return Code.NORMAL if client else Code.INTERNAL_ERROR
    if client and Code.GOING_AWAY < code < Code.TLS_HANDSHAKE:
        return OWN.start - Code.NORMAL + code
    return None


def _cut(call: nodes.Call, layout: Layout, ground: Ground) -> Fix | None:
    """A reason made of an exception, cut to a length that always fits."""
    reason = next(
        (
            one.value
            for one in call.arguments
            if not isinstance(one.value, nodes.Literal)
            and (one.keyword or "reason") == "reason"
            and isinstance(one.value, nodes.Call | nodes.Template)
        ),
        None,
    )
    if reason is None or not layout.python:
        return None
    edits: tuple[Edit, ...] = (layout.insert(reason.end, f"[:{FITS}]"),)
    return Fix("cut the reason", Applicability.SUGGEST, edits)
