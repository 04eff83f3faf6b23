"""Fixes of the chapter hazards: loops over connections, and ends that go unnoticed."""

from __future__ import annotations

from wsaudit.edits import Applicability, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import layout_of
from wsaudit.outcome import Finding
from wsaudit.syntax import nodes

COPY = "go over a copy"


@fixes("WS181")
def broadcast_over_live_collection(finding: Finding, ground: Ground) -> Fix | None:
    """Put ``list(…)`` around what the loop goes over."""
    layout = layout_of(ground, finding.at.path)
    found = ground.nodes_at(finding.at, nodes.Node)
    whole = [node for node in found if node.end == finding.at.end]
    if layout is None or not layout.python or not whole:
        return None
    plain = ground.scene.program.binding_named("list", whole[0]) is None
    before, after = ("list(", ")") if plain else ("[*", "]")
    edits = (
        layout.insert(finding.at.start, before),
        layout.insert(finding.at.end, after),
    )
    return Fix(COPY, Applicability.SAFE, edits)
