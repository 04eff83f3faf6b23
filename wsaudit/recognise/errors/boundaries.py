"""Boundaries: what an exception in the processing of one message costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    OS_ERROR,
    Catcher,
    Thrown,
    caught_names,
    handlers,
    is_end_of_connection,
)
from wsaudit.analysis.exceptions import Ends, caught_further_out, ends
from wsaudit.analysis.runs import below
from wsaudit.model.receiving import Boundary
from wsaudit.program import flow, folding
from wsaudit.recognise.connections.origins import argument_of
from wsaudit.recognise.errors.processing import Work, raised_at, work_in
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

_REFUSALS = frozenset({1002, 1003, 1007, 1008, 1009})


@dataclass(frozen=True, slots=True)
class Found:
    """The boundary of a piece of work."""

    boundary: Boundary
    work: Work


def boundary_of(
    scene: Scene,
    block: tuple[nodes.Statement, ...],
    own: tuple[Socket, ...],
    inside: Node | None,
) -> Found | None:
    """The weakest boundary around the work of a block; None when there is no work.

    ``inside`` is the loop that must outlive an exception; without it, the function.
    """
    worst: Found | None = None
    for work in work_in(scene, block, own):
        found = Found(_of_work(scene, work, inside), work)
        if worst is None or _rank(found) > _rank(worst):
            worst = found
    return worst


def _rank(found: Found) -> tuple[float, int]:
    """How bad a boundary is, then how likely to be needed.

    What does not resolve is worse than what is kept, and better than all the rest.
    """
    order = list(Boundary)
    bad: float = order.index(found.boundary)
    if found.boundary is Boundary.UNKNOWN or (
        found.boundary is not Boundary.KEPT and not found.work.sure
    ):
        bad = 0.5
    return bad, found.work.weight


def _of_work(scene: Scene, work: Work, inside: Node | None) -> Boundary:
    node = work.node
    exception = raised_at(scene, node)
    found = ends(scene, (node,), exception, inside)
    if found.how is Ends.DETACHED:
        python = scene.program.module_of(node).language == "python"
        return Boundary.KEPT if python else Boundary.NONE
    if found.how is Ends.UNKNOWN:
        return Boundary.UNKNOWN
    if exception == OS_ERROR and any(
        OS_ERROR in caught_names(scene, one) for one in handlers(scene, node, inside)
    ):
        # Whoever tells the system's errors apart has decided which end the session.
        return Boundary.KEPT
    if found.caught and found.catcher is not None:
        return _of_handler(scene, found.catcher, inside)
    return further_out(scene, node, inside, exception, narrow=exception == EXCEPTION)


def _of_handler(scene: Scene, catcher: Catcher, inside: Node | None) -> Boundary:
    leaves = isinstance(inside, nodes.Loop) and flow.leaves(
        catcher.body, loop_only=True
    )
    closed = _closes(scene, catcher)
    if closed is not None:
        return closed
    return Boundary.NONE if leaves else Boundary.KEPT


def further_out(
    scene: Scene,
    node: Node,
    inside: Node | None,
    exception: Thrown = EXCEPTION,
    *,
    narrow: bool = True,
) -> Boundary:
    """The boundary of what leaves the loop: handlers outside of it, or narrow ones."""
    outer = caught_further_out(scene, inside or node, exception)
    if outer is not None and outer.catcher is not None:
        closed = _closes(scene, outer.catcher)
        if closed is not None:
            return closed
    if narrow and any(
        catcher.types and not is_end_of_connection(scene, catcher)
        for catcher in handlers(scene, node, inside)
    ):
        return Boundary.NARROW
    return Boundary.NONE


def _closes(scene: Scene, catcher: Catcher) -> Boundary | None:
    """Whether a handler closes the connection on purpose, and as what."""
    found: Boundary | None = None
    for use in uses_in(scene, catcher.body, "close"):
        code = close_code(scene, use)
        if code is None or code == 1000:
            continue
        if code in _REFUSALS or code >= 4000:
            return Boundary.REFUSED
        found = Boundary.CLOSED
    return found


def uses_in(
    scene: Scene, block: tuple[nodes.Statement, ...], *means: str
) -> Iterator[Use]:
    """The operations of some meanings in a block and in what it calls."""
    for call in flow.block_calls(block):
        use = scene.use(call)
        if use is not None:
            if use.op.means in means:
                yield use
            continue
        for callee in scene.program.callees(call):
            for inner in scene.calls_in(below(scene, callee).near(2)):
                use = scene.use(inner)
                if use is not None and use.op.means in means:
                    yield use


def close_code(scene: Scene, use: Use) -> int | None:
    """The code that a close sends; 0 when one is given that does not fold."""
    given = argument_of(use.call, use.op.code, "code")
    if given is None:
        return None
    constant = folding.fold(scene.program, given)
    if constant is not None and isinstance(constant.value, int):
        return int(constant.value)
    return 0
