"""By code: after which ends of its connection a client comes back.

The ways back are gone along under the assumption that the connection was closed with
one code: a test that the code decides lets them through or not. What else they depend
on, such as a limit of attempts, is not asked here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.messages.kinds import bound_value
from wsaudit.analysis.numbers.arithmetic import COMPARISONS, MIRRORED
from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.triggers import after
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import deciding, known
from wsaudit.flow.ways import may_reach
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.lifecycle.closecodes import close_parts, members
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

LOST = 1006
_PARTS = frozenset({"code", "reason", "wasClean"})


@dataclass(frozen=True, slots=True)
class Closed:
    """That a socket was closed with a code.

    ``decides`` is a function that a library asks whether to come back, and gives the
    event to; ``given`` a parameter that is given the code, in a function that is
    called, ``depth`` calls deep.
    """

    scene: Scene
    socket: Socket
    code: int
    decides: nodes.Function | None = None
    given: nodes.Parameter | None = None
    depth: int = 0

    def parts(self, node: Node) -> frozenset[str]:
        """The members of the event that an expression may be; "" is the event."""
        if not isinstance(node, nodes.Name | nodes.Member):
            return frozenset()
        if self.given and parameter_of(self.scene.program, node) is self.given:
            return frozenset({"code"})
        found = frozenset(close_parts(self.scene, node))
        first = self.decides.parameters[:1] if self.decides is not None else ()
        match node:
            case nodes.Member(object=nodes.Name(id=name), name=part) if part in _PARTS:
                handed = any(tree.dotted(each.target) == name for each in first)
                return found | {part} if handed else found
            case _:
                return found

    def is_code(self, node: nodes.Expression) -> bool:
        """Whether an expression is the code."""
        return "code" in self.parts(node)


def comes_back(scene: Scene, socket: Socket, code: int) -> Evidence:
    """Whether a client comes back after an end with a code.

    Absent says which test is in the way, and where.
    """
    found = reopening(scene, socket)
    if found.library:
        return _asked(scene, socket, code)
    closed = Closed(scene, socket, code)
    guards: list[Node] = []
    unsure: list[Node] = []
    ended = [route for route in found.routes if route.how == "end"]
    direct = [route for route in ended if not route.has("event", "state", "effect")]
    for route in direct or ended:
        stops = [_stopped(closed, site) for site in route.sites]
        told = [stop for stop in stops if stop is not None]
        if not told:
            at = scene.callee_place(route.sites[0])
            return Evidence(Seen.PRESENT, "comes back", at)
        sure = [test for test, certain in told if certain]
        (guards if sure else unsure).append((sure or [told[0][0]])[0])
    if unsure or not guards:
        why = "it cannot be told which codes it comes back after"
        return Evidence(Seen.UNKNOWN, why)
    return Evidence(Seen.ABSENT, _guard(guards[0]), scene.place(guards[0]))


def _asked(scene: Scene, socket: Socket, code: int) -> Evidence:
    """What a library does, and what it is told by a function that it asks."""
    cap = capability(scene, socket, "reconnect")
    option = cap.option if cap is not None else None
    for function in scene.functions_of(option) if option is not None else ():
        at = scene.place(function)
        match gives(Closed(scene, socket, code, function), function):
            case True:
                return Evidence(Seen.PRESENT, "comes back", at)
            case False:
                return Evidence(Seen.ABSENT, _guard(function), at)
            case _:
                return Evidence(Seen.UNKNOWN, "what decides whether it comes back", at)
    stop = _closed_then(Closed(scene, socket, code))
    if stop is not None:
        return stop
    clean = capability(scene, socket, "reconnect_clean")
    if clean is not None and clean.seen is Seen.ABSENT and code != LOST:
        at = scene.place(option) if option is not None else socket.fact.at
        return Evidence(Seen.ABSENT, "errors", at)
    gate = capability(scene, socket, "close_code_gate")
    title = scene.dialects.dialect(socket.dialect).dialect.title
    if gate is not None and gate.seen is not Seen.ABSENT:
        return Evidence(Seen.UNKNOWN, f"{title} decides by the code")
    at = scene.place(option) if option is not None else socket.fact.at
    return Evidence(Seen.PRESENT, f"{title} comes back", at)


def _closed_then(closed: Closed) -> Evidence | None:
    """What a close handler says that closes for good after some codes, if one does."""
    scene = closed.scene
    handling = after(scene, closed.socket, Event.CLOSE)
    unsure = None
    for use in scene.uses_of(closed.socket, "close"):
        if scene.program.function_of(use.call) not in handling:
            continue
        told = {
            test: so
            for test in _tests(closed, use.call)
            if (so := holds(closed, test)) is not None or _asks(closed, test)
        }
        if None in told.values():
            why = "what it is closed for after some codes"
            unsure = Evidence(Seen.UNKNOWN, why, scene.place(use.call))
        elif told and _runs(closed, use.call):
            test = _whole(scene, next(iter(told)), use.call)
            return Evidence(Seen.ABSENT, _guard(test), scene.place(test))
    return unsure


def _guard(test: Node) -> str:
    clean = any(
        isinstance(part, nodes.Member | nodes.Name)
        and "wasClean" in {getattr(part, "name", ""), getattr(part, "id", "")}
        for part in tree.walk(test)
    )
    return "unclean closes" if clean else "certain codes"


def _stopped(closed: Closed, site: Node) -> tuple[Node, bool] | None:
    """The test about the code that keeps a node from running, and whether it must."""
    told = {test: holds(closed, test) for test in _tests(closed, site)}
    if not _runs(closed, site):
        decided = [test for test, so in told.items() if so is not None]
        alone = (t for t in decided if _runs(closed, site, t, so=not told[t]))
        return _whole(closed.scene, next(alone, decided[0]), site), True
    for test, so in told.items():
        if so is None and _asks(closed, test):
            runs = (_runs(closed, site, test, so=each) for each in (True, False))
            if not all(runs):
                return test, False
    return None


def _tests(closed: Closed, site: Node) -> tuple[Node, ...]:
    """The tests on whose outcome it depends whether a node runs."""
    program = closed.scene.program
    certain = (one.test for one in known(program, site))
    return tuple(dict.fromkeys((*certain, *deciding(program, site))))


def _runs(
    closed: Closed, site: Node, test: Node | None = None, *, so: bool = False
) -> bool:
    """Whether a function may come to a node after the end, once a test came out so."""
    return may_reach(
        closed.scene.program,
        site,
        lambda node: so if node is test else holds(closed, node),
    )


def _whole(scene: Scene, test: Node, site: Node) -> Node:
    """The whole test that a simple one is part of, without the node that it guards."""
    for around in tree.within(test, scene.program.parents):
        if not isinstance(around, nodes.Logical | nodes.Not | nodes.Cast) or (
            around.start <= site.start and site.end <= around.end
        ):
            break
        test = around
    return test


# -- what a test says ------------------------------------------------------------------


def holds(closed: Closed, test: Node) -> bool | None:
    """How a test comes out after an end with the code, None where it cannot say."""
    match test:
        case nodes.Case():
            return _is_case(closed, test)
        case nodes.Not(value=inner):
            found = holds(closed, inner)
            return None if found is None else not found
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            told = [(each, holds(closed, each)) for each in operands]
            parts = [
                part for each, part in told if part is not None or _asks(closed, each)
            ]
            if not parts or (op == "or") in parts:
                return op == "or" if parts else None
            return None if None in parts else op == "and"
        case nodes.Cast(value=inner):
            return holds(closed, inner)
        case nodes.Literal(value=bool() as value):
            return value
        case nodes.Binary():
            return _compared(closed, test)
        case nodes.Call():
            return _called(closed, test)
        case nodes.Name() | nodes.Member():
            return _named(closed, test)
        case _:
            return None


def _compared(closed: Closed, test: nodes.Binary) -> bool | None:
    scene, op = closed.scene, test.op
    if op in {"in", "not in"} and closed.is_code(test.left):
        return _among(closed, test.right, so=op == "in")
    for one, other, how in (
        (test.left, test.right, op),
        (test.right, test.left, MIRRORED.get(op, op)),
    ):
        number = folding.fold_number(scene.program, other)
        if how in COMPARISONS and number is not None and closed.is_code(one):
            return COMPARISONS[how](closed.code, number)
    return None


def _among(
    closed: Closed, collection: nodes.Expression, *, so: bool = True
) -> bool | None:
    found = {number for number, _ in members(closed.scene, collection)}
    return (closed.code in found) is so if found else None


def _called(closed: Closed, call: nodes.Call) -> bool | None:
    """``FINAL.has(event.code)``, or a function of the project that decides."""
    scene = closed.scene
    match call:
        case nodes.Call(
            function=nodes.Member(object=collection, name=name), arguments=(first, *_)
        ) if scene.says("holds-it", name) and closed.is_code(first.value):
            return _among(closed, collection)
        case _:
            pass
    functions = scene.functions_of(call.function)
    if closed.depth > NEAR or len(functions) != 1 or not _asks(closed, call):
        return None
    inside = replace(closed, decides=None, given=None, depth=closed.depth + 1)
    for argument, parameter in zip(
        call.arguments, functions[0].parameters, strict=False
    ):
        if closed.is_code(argument.value):
            inside = replace(inside, given=parameter)
    return gives(inside, functions[0])


def _asks(closed: Closed, test: Node) -> bool:
    """Whether a test is about the end: its code, its reason, or the whole event."""
    switch = closed.scene.program.parents.get(test)
    if isinstance(test, nodes.Case) and isinstance(switch, nodes.Switch):
        test = switch.subject
    return any(closed.parts(part) for part in tree.walk(test))


def gives(closed: Closed, function: nodes.Function) -> bool | None:
    """What a function returns after an end with the code, where that is one thing."""
    found = {
        holds(closed, node.value)
        for node in tree.own_of(function)
        if isinstance(node, nodes.Return)
        and node.value is not None
        and _runs(closed, node)
    }
    return next(iter(found)) if len(found) == 1 else None


def _named(closed: Closed, node: nodes.Name | nodes.Member) -> bool | None:
    """``wasClean``, a name for another test, or a flag that the code has set before."""
    scene = closed.scene
    if "wasClean" in closed.parts(node):
        return closed.code != LOST
    value = bound_value(scene, node) if isinstance(node, nodes.Name) else None
    if value is not None:
        return holds(closed, value)
    cell = scene.program.cell(node)
    if cell is None or closed.depth > NEAR:
        return None
    further = replace(closed, depth=closed.depth + 1)
    handling = after(scene, closed.socket, Event.CLOSE)
    for write in writes(scene, cell):
        if write.first or write.value is None or write.function not in handling:
            continue
        if _asks(closed, write.value):
            return holds(further, write.value)
        given = folding.fold(scene.program, write.value)
        tests = _tests(closed, write.node) if given is not None else ()
        if (
            given is not None
            and any(_asks(closed, test) for test in tests)
            and all(holds(further, test) is not None for test in tests)
            and _runs(further, write.node)
        ):
            return bool(given.value)
    return None


def _is_case(closed: Closed, case: nodes.Case) -> bool | None:
    """Whether a case is the one of the code."""
    switch = closed.scene.program.parents.get(case)
    if not isinstance(switch, nodes.Switch) or not closed.is_code(switch.subject):
        return None
    numbers = [folding.fold_number(closed.scene.program, p) for p in case.patterns]
    return closed.code in numbers if numbers else None
