"""Links: how a call runs a function that it calls or is given."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

Link = Only["call", "callback", "promise", "later"]
"""How a node runs a function: by calling it, by handing it to something that runs it at
once (``forEach``), that runs it in a promise (``then``), or at another time."""


def link_of(scene: Scene, site: nodes.Call, function: nodes.Function) -> Link:
    """How a call runs a function."""
    given = any(argument.value is function for argument in site.arguments)
    if not given or function in scene.program.callees(site):
        return "call"
    return handed(scene, site)


def handed(scene: Scene, call: nodes.Call) -> Link:
    """How a call runs the functions that it is given, by what it is called."""
    name = last_name(call.function)
    if name in scene.dialects.spoken("runs-each", "runs-at-once"):
        return "callback"
    if name == "Promise" or scene.dialects.speaks("runs-then", name):
        return "promise"
    return "later"
