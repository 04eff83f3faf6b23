"""Outcomes: how a test comes out, by what may be in what it reads.

* ``comes_out(scene, known, cell, value)``: whether a test that is known to have come
  out one way comes out so again once a cell has been given a value,
* ``may_be(scene, test, holds=…)``: whether a test can come out one way at all, by all
  that is ever given to what it reads,
* ``truth(value)``: whether a value counts as true.

None is the answer where it may be either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsaudit.flow.conditions import Known, about
from wsaudit.limits import STEPS
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell

_UNSET = values.Unknown("no such key")


def truth(value: values.Value) -> bool | None:
    """Whether a value counts as true; None when it may be either."""
    match value:
        case values.Const(value=constant):
            return bool(constant)
        case values.Unknown(reason="no such key"):
            return False
        case values.Unknown() | values.External():
            return None
        case values.Instance(site=site):
            return True if isinstance(site, nodes.Call) and site.new else None
        case _:
            return True


def comes_out(
    scene: Scene, known: Known, cell: Cell, value: nodes.Expression | None
) -> bool | None:
    """Whether a test comes out as is known once a cell has been given a value."""
    if value is None:
        return None
    program = scene.program

    def reads(node: nodes.Expression) -> bool:
        return _reads(scene, node, cell)

    told: list[bool | None] = []
    for said in about(program, known, reads):
        so = _is_so(scene, value, said.of, said.other, cell)
        told.append(None if so is None or said.op != "==" else so is said.so)
    return _all(told)


def _reads(scene: Scene, node: nodes.Expression, cell: Cell) -> bool:
    """Whether an expression is a cell, or a part of what is in it."""
    inner = tree.strip(node)
    while True:
        named = isinstance(inner, nodes.Name | nodes.Member)
        if named and scene.program.cell(inner) == cell:
            return True
        if not isinstance(inner, nodes.Member | nodes.Index):
            return False
        inner = tree.strip(inner.object)


def _is_so(
    scene: Scene,
    value: nodes.Expression,
    of: nodes.Expression,
    other: nodes.Expression | None,
    cell: Cell,
) -> bool | None:
    """Whether what is read of a value is true, or equal to another."""
    found = scene.program.values(value)
    if scene.program.cell(tree.strip(of)) != cell:
        # A part of what is in the cell: of nothing there is none.
        if found != (values.Const(None),):
            return None
        return False if other is None else _is_nothing(scene, other)
    if other is None:
        return _all(map(truth, found))
    wanted = folding.fold(scene.program, other)
    if wanted is None:
        return None
    if wanted.value is None and all(truth(each) for each in found):
        return False
    written = folding.fold(scene.program, value)
    return None if written is None else written.value == wanted.value


def _is_nothing(scene: Scene, node: nodes.Expression) -> bool | None:
    folded = folding.fold(scene.program, node)
    return None if folded is None else folded.value is None


def _all(told: Iterable[bool | None]) -> bool | None:
    found = set(told)
    return found.pop() if len(found) == 1 else None


# -- at all ----------------------------------------------------------------------------


def may_be(
    scene: Scene, test: nodes.Expression, *, holds: bool, depth: int = 0
) -> bool:
    """Whether a simple test may come out one way, by all that is given to it."""
    match test:
        case nodes.Logical(op="??" | "or", operands=operands) if holds:
            return any(
                may_be(scene, each, holds=True, depth=depth) for each in operands
            )
        case nodes.Literal(value=value):
            return bool(value) is holds
        case nodes.Name() | nodes.Member():
            pass
        case _:
            return True
    meant = _meant(scene, test)
    if meant is not None and depth < STEPS:
        return may_be(scene, meant, holds=holds, depth=depth + 1)
    if _is_unset(scene, test):
        return not holds
    if not holds and not _is_fixed(scene, test):
        # A variable or field may still be unset, whatever it is set to later.
        return True
    return any(truth(value) in {None, holds} for value in scene.program.values(test))


def _is_unset(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a member is certainly undefined: of options that nobody gives it."""
    if not isinstance(node, nodes.Member):
        return False
    if all(value == _UNSET for value in scene.program.values(node)):
        return True
    return _is_unset(scene, node.object)


def _is_fixed(scene: Scene, test: nodes.Name | nodes.Member) -> bool:
    """Whether a name is given its only value where it is declared."""
    binding = scene.program.binding(test) if isinstance(test, nodes.Name) else None
    return binding is not None and binding.constant


def _meant(
    scene: Scene, test: nodes.Name | nodes.Member
) -> nodes.Logical | nodes.Name | nodes.Member | None:
    """What a name stands for that is only another name for it."""
    binding = scene.program.binding(test) if isinstance(test, nodes.Name) else None
    if binding is None or not binding.constant:
        return None
    write = binding.writes[0]
    if write.kind != "assign" or write.path:
        return None
    value = write.value
    return (
        value if isinstance(value, nodes.Logical | nodes.Name | nodes.Member) else None
    )
