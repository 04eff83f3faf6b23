"""Fixes: edits that mend a finding, made from the code around its place.

Each module here answers for the rules of a chapter and is found by walking the folder.
A fixer is a function over a finding: it says what to change, and gives None wherever
the code has not the shape that it knows how to mend. Whether the change does mend it
is not its business: `wsaudit.mending` tries that.
"""

from __future__ import annotations

import pkgutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TypeVar

from wsaudit.connections.scene import Scene
from wsaudit.edits import Fix
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.source import Place, Source
from wsaudit.syntax import nodes

N = TypeVar("N", bound=nodes.Node)


@dataclass(frozen=True, slots=True)
class Ground:
    """What fixers know: the program as it was recognised, and the text of its files."""

    scene: Scene
    source: Callable[[str], Source]
    _starting: dict[str, dict[int, list[nodes.Node]]] = field(default_factory=dict)
    """The nodes of files by where they start: each file is gone through once."""

    def module(self, path: str) -> nodes.Module | None:
        """A file in the common syntax; None for one that was not wholly understood."""
        module = self.scene.program.module(path)
        return None if module is None or module.faults else module

    def nodes_at(self, at: Place, kind: type[N]) -> list[N]:
        """The nodes of a kind that start where a place does, the widest first."""
        if at.path not in self._starting:
            found: dict[int, list[nodes.Node]] = defaultdict(list)
            self._starting[at.path] = found
            module = self.module(at.path)
            for node in tree.walk(module) if module else ():
                found[node.start].append(node)
        starting = self._starting[at.path].get(at.start, ())
        return [node for node in starting if isinstance(node, kind)]

    def node_at(self, at: Place, kind: type[N]) -> N | None:
        """The node of a kind that is a place to the byte."""
        found = [node for node in self.nodes_at(at, kind) if node.end == at.end]
        return found[0] if found else None

    def text(self, node: nodes.Node) -> str:
        """The code of a node."""
        return self.source(self.scene.place(node).path).slice(self.scene.place(node))


Fixer = Callable[[Finding, Ground], Fix | None]


@dataclass(frozen=True, slots=True)
class Fixes:
    """A fixer and the code of the rule that it answers for."""

    code: str
    fix: Fixer


def fixes(code: str) -> Callable[[Fixer], Fixes]:
    """Make a function the fixer of a rule."""

    def join(fix: Fixer) -> Fixes:
        return Fixes(code, fix)

    return join


@cache
def fixers() -> dict[str, Fixer]:
    """Every fixer by the code of its rule."""
    found: dict[str, Fixer] = {}
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        for each in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(each, Fixes):
                found[each.code] = each.fix
    return found


def fix_of(finding: Finding, ground: Ground) -> Fix | None:
    """How to mend a finding; None where no edit is known that would."""
    fixer = fixers().get(finding.code)
    if fixer is None or ground.module(finding.at.path) is None:
        return None
    return fixer(finding, ground)
