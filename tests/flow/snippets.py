"""Snippets of both languages for the tests of flow: a function and its named calls."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from wsaudit.flow.graph import Graph
from wsaudit.flow.made import graph_of
from wsaudit.program import Program, tree
from wsaudit.syntax import nodes
from wsaudit.syntax.python import read_python
from wsaudit.syntax.typescript import read_typescript


@dataclass(frozen=True)
class Snippet:
    """The first function of a snippet, with its program."""

    program: Program
    home: nodes.Function

    @property
    def graph(self) -> Graph:
        """Its control flow."""
        return graph_of(self.program, self.home)

    def call(self, name: str) -> nodes.Call:
        """Its only call of a name."""
        (found,) = self.calls(name)
        return found

    def calls(self, name: str) -> list[nodes.Call]:
        """Its calls of a name, in order."""
        return [
            node
            for node in tree.own_of(self.home)
            if isinstance(node, nodes.Call) and tree.last_name(node.function) == name
        ]


def python(text: str) -> Snippet:
    """The first function of a Python snippet; a bare block is put into one."""
    text = dedent(text).strip("\n")
    if "def f(" not in text:
        text = "async def f():\n" + "".join(f"    {x}\n" for x in text.splitlines())
    return _snippet(read_python("server.py", text))


def typescript(text: str) -> Snippet:
    """The first function of a TypeScript snippet; a bare block is put into one."""
    text = dedent(text)
    if "function f(" not in text:
        text = f"async function f() {{\n{text}\n}}\n"
    return _snippet(read_typescript("client.ts", text))


def _snippet(module: nodes.Module) -> Snippet:
    assert not module.faults
    program = Program([module])
    homes = [node for node in tree.walk(module) if isinstance(node, nodes.Function)]
    return Snippet(program, homes[0])
