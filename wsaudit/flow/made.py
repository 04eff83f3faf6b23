"""The graph of a function or module: built when it is first asked for, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.flow.graph import Graph, Home
from wsaudit.flow.statements import build
from wsaudit.program.asked import asked
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program import Program


def graph_of(program: Program, home: Home) -> Graph:
    """The graph of a function, or of a module's own code; made once."""
    if isinstance(home, nodes.Module):
        return _of_module(program, home)
    kept: Graph | None = home.__dict__.get("graph")
    if kept is None:
        kept = build(home, program.module_of(home).language)
        home.__dict__["graph"] = kept
    return kept


@asked
def _of_module(program: Program, module: nodes.Module) -> Graph:
    return build(module, module.language)


def graph_at(program: Program, node: Node) -> Graph:
    """The graph of the function that a node runs in."""
    home = program.function_of(node)
    return graph_of(program, home if home is not None else program.module_of(node))
