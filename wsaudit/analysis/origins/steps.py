"""Steps: what an expression is taken from, with the way back so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.program.names import Step
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program

Path = tuple[Step, ...]
ELEMENT = "[]"
"""The step to an item of a container, whichever it is."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value begins: the part at ``path`` of what ``node`` is.

    ``via`` are the expressions it went through, the one asked about first. ``lost``
    says why it may begin further back, "" where this is its beginning. ``calls`` are
    the calls whose results it was found in, the innermost last.
    """

    node: nodes.Expression
    path: Path = ()
    via: tuple[nodes.Expression, ...] = ()
    lost: str = ""
    calls: tuple[nodes.Call, ...] = ()

    def back(self, node: nodes.Expression, path: Path | None = None) -> Origin:
        """One step further back."""
        path = self.path if path is None else path
        return Origin(node, path, (*self.via, self.node), "", self.calls)


def key_step(program: Program, key: nodes.Expression) -> Step:
    """The step that a key stands for."""
    for value in program.values(key):
        if isinstance(value, values.Const) and isinstance(value.value, str | int):
            return value.value
    return ELEMENT
