"""The innermost of nested nodes around a place, found without a walk for each place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True)
class Nested:
    """Nodes by where they start, the widest first; ``above`` is the one around each."""

    nodes: Sequence[Node]
    starts: Sequence[int]
    above: Sequence[int]

    @classmethod
    def of(cls, nodes: Iterable[Node]) -> Nested:
        """Some nodes of one file, in any order."""
        begun = sorted(nodes, key=lambda node: (node.start, -node.end))
        return cls(begun, [node.start for node in begun], _above(begun))

    def around(self, first: int, last: int) -> Node | None:
        """The innermost that holds the bytes from the first to the last of some."""
        index = bisect_right(self.starts, first) - 1
        while index >= 0 and self.nodes[index].end <= last:
            index = self.above[index]
        return self.nodes[index] if index >= 0 else None

    def following(self, offset: int) -> Node | None:
        """The next that starts at an offset or behind it, the widest of several."""
        index = bisect_left(self.starts, offset)
        return self.nodes[index] if index < len(self.nodes) else None


def _above(begun: Sequence[Node]) -> list[int]:
    """For each node in the order of their starts the one around it, or -1."""
    above: list[int] = []
    open_: list[int] = []
    for index, node in enumerate(begun):
        while open_ and begun[open_[-1]].end <= node.start:
            open_.pop()
        above.append(open_[-1] if open_ else -1)
        open_.append(index)
    return above
