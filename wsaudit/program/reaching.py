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
    rounds = [
        loop
        for loop in tree.loops(node, parents)
        if last is None or not loop.start <= last.at.start < loop.end
    ]
    found = tuple(
        each for each in writes if _reaches(each, last, node, parents, rounds)
    )
    return found or writes


def _last(writes: Iterable[Write], node: Node, parents: Parents) -> Write | None:
    """The latest write that has happened on every way to a node."""
    latest_first = sorted(writes, key=lambda each: each.at.start, reverse=True)
    for each in latest_first:
        if (
            each.kind == "assign"
            and each.value is not None
            and _ends(each, parents) <= node.start
            and isinstance(tree.statement_of(each.at, parents), nodes.Bind)
            and _precedes(tree.statement_of(each.at, parents), node, parents)
        ):
            return each
    return None


def _precedes(statement: Node, node: Node, parents: Parents) -> bool:
    """Whether a node stands behind a statement in the list that holds this."""
    holder = parents.get(statement)
    if holder is None:
        return False
    for each in tree.within(node, parents):
        if parents.get(each) is holder and each.start > statement.start:
            return any(
                block[0].start <= statement.start and each.start <= block[-1].start
                for block in tree.blocks(holder)
                if block and each.start >= block[0].start
            )
    return False


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


def _reaches(
    write: Write,
    last: Write | None,
    node: Node,
    parents: Parents,
    rounds: list[nodes.Loop],
) -> bool:
    """Whether a write leads to a node, past nothing that writes anew.

    ``rounds`` are the loops around the node in which nothing certainly does.
    """
    if write is last:
        return True
    after = last is None or write.at.start > last.at.start
    if (
        after
        and _ends(write, parents) <= node.start
        and not _is_apart(write.at, node, parents)
    ):
        return True
    return bool(rounds) and not set(rounds).isdisjoint(tree.loops(write.at, parents))


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
