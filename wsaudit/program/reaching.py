"""Reaching: which of the values that are written to a local a name may have.

Told by where the writes stand: what is written later on every way takes the place of
what was there, and the other branch of an ``if`` writes nothing for this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsaudit.program.names import Binding, Write
    from wsaudit.program.tree import Parents


def reaching(binding: Binding, node: Node, parents: Parents) -> tuple[Write, ...]:
    """The writes whose value a name may have at a node.

    All of them where some stand in another function, which may run at any time, and
    where the node is itself a target.
    """
    writes = tuple(binding.writes)
    if len(writes) < 2 or any(node is write.at for write in writes):
        return writes
    home = tree.function_of(node, parents)
    if home is None or any(
        tree.function_of(write.at, parents) is not home for write in writes
    ):
        return writes
    last = _last(writes, node, parents)
    found = tuple(each for each in writes if _reaches(each, last, node, parents))
    return found or writes


def _last(writes: Iterable[Write], node: Node, parents: Parents) -> Write | None:
    """The latest write that has happened on every way to a node."""
    certain = (
        each
        for each in writes
        if each.kind == "assign"
        and each.value is not None
        and _ends(each, parents) <= node.start
        and isinstance(tree.statement_of(each.at, parents), nodes.Bind)
        and _precedes(tree.statement_of(each.at, parents), node, parents)
    )
    return max(certain, key=lambda each: each.at.start, default=None)


def _precedes(statement: Node, node: Node, parents: Parents) -> bool:
    """Whether a node stands behind a statement in the list that holds this."""
    block, index = tree.block_of(statement, parents)
    behind = set(block[index + 1 :])
    return any(each in behind for each in tree.within(node, parents))


def _ends(write: Write, parents: Parents) -> int:
    """Where an assignment has happened: behind the value, wherever that stands."""
    at = write.at
    if write.kind in {"assign", "augmented"}:
        for around in tree.within(at, parents):
            if isinstance(around, nodes.Bind | nodes.Assign):
                return around.end
            if isinstance(around, nodes.Statement):
                break
    return at.start


def _reaches(write: Write, last: Write | None, node: Node, parents: Parents) -> bool:
    if write is last:
        return True
    after = last is None or write.at.start > last.at.start
    if after and _ends(write, parents) <= node.start:
        return not _is_apart(write.at, node, parents) or _in_round(
            write, last, node, parents
        )
    return _in_round(write, last, node, parents)


def _in_round(write: Write, last: Write | None, node: Node, parents: Parents) -> bool:
    """Whether a loop leads from a write to a node, past nothing that writes anew."""
    around = set(tree.loops(write.at, parents))
    return any(
        loop in around and (last is None or not loop.start <= last.at.start < loop.end)
        for loop in tree.loops(node, parents)
    )


def _is_apart(one: Node, other: Node, parents: Parents) -> bool:
    """Whether two nodes stand in two branches of an ``if``, of which one runs."""
    around = set(tree.within(one, parents))
    at = other
    for each in tree.within(other, parents):
        if each in around:
            return isinstance(each, nodes.If) and (
                _branch(each, at) is not _branch(each, _child(each, one, parents))
            )
        at = each
    return False


def _child(around: Node, node: Node, parents: Parents) -> Node:
    """What of a node directly below another one holds it."""
    at = node
    for each in tree.within(node, parents):
        if each is around:
            break
        at = each
    return at


def _branch(branch: nodes.If, at: Node) -> object:
    for block in (branch.then, branch.other):
        if any(each is at for each in block):
            return block
    return None
