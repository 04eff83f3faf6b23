"""By code: after which ends of its connection a client comes back.

The ways back are gone along under the assumption that the connection was closed with
one code: a test that the code decides lets them through or not. What else they depend
on, such as a limit of attempts, is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.messages.held import EVENT
from wsaudit.analysis.messages.kinds import bound_value
from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.triggers import after
from wsaudit.connections.capabilities import capability
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.lifecycle.closecodes import is_close_code, members
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

LOST = 1006
_CLOSE = f"{EVENT}{Event.CLOSE.value}."
_COMPARES = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Closed:
    """That a socket was closed with a code.

    ``decides`` is a function that a library asks whether to come back, and gives the
    event to; ``given`` a parameter that is given the code.
    """

    scene: Scene
    socket: Socket
    code: int
    decides: nodes.Function | None = None
    given: nodes.Parameter | None = None

    def part(self, node: nodes.Expression, name: str) -> bool:
        """Whether an expression is a member of the event, such as ``code``."""
        if self.decides is None or not self.decides.parameters:
            return False
        target = self.decides.parameters[0].target
        return (
            isinstance(node, nodes.Member)
            and isinstance(node.object, nodes.Name)
            and isinstance(target, nodes.Name)
            and node.name == name
            and node.object.id == target.id
        )

    def is_code(self, node: nodes.Expression) -> bool:
        """Whether an expression is the code."""
        if self.given is not None:
            return parameter_of(self.scene.program, node) is self.given
        return is_close_code(self.scene, node) or self.part(node, "code")

    def is_told_by(self, test: Node) -> bool:
        """Whether a test is about the end, by what a library or a call hands over."""
        return any(
            self.is_code(part) or self.part(part, "wasClean")
            for part in tree.walk(test)
            if isinstance(part, nodes.Name | nodes.Member)
        )


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
        told = [
            (test, so, found)
            for test, so in _tests(closed, use.call)
            if (found := _holds(closed, test, 0)) is not None or _is_about(scene, test)
        ]
        if told and all(found is so for _, so, found in told):
            at = scene.place(told[0][0])
            return Evidence(Seen.ABSENT, _guard(told[0][0]), at)
        if any(found is None for _, _, found in told):
            why = "what it is closed for after some codes"
            unsure = Evidence(Seen.UNKNOWN, why, scene.place(use.call))
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
    unsure = None
    for test, needed in _tests(closed, site):
        found = _holds(closed, test, 0)
        if found is not None and found is not needed:
            return test, True
        if found is None and _asks(closed, test):
            unsure = unsure or (test, False)
    return unsure


def _tests(closed: Closed, site: Node) -> Iterator[tuple[Node, bool]]:
    """The tests that must hold, or not, for a node to run, up to its function."""
    inner = site
    for around in tree.ancestors(site, closed.scene.program.parents):
        match around:
            case nodes.If(test=test, then=then, other=other):
                if inner in then or inner in other:
                    yield test, inner in then
            case nodes.Conditional(test=test, then=then):
                if inner is not test:
                    yield test, inner is then
            case nodes.Logical(op=op, operands=operands) if inner in operands:
                for operand in operands[: operands.index(inner)]:
                    yield operand, op == "and"
            case nodes.Case():
                yield around, True
            case _:
                pass
        yield from _before(closed, around, inner)
        if isinstance(around, nodes.Function):
            return
        inner = around


def _before(closed: Closed, around: Node, inner: Node) -> Iterator[tuple[Node, bool]]:
    """The tests before a statement that leave where they hold, or do not."""
    program = closed.scene.program
    for block in tree.blocks(around):
        if inner not in block:
            continue
        for statement in block[: block.index(inner)]:
            match statement:
                case nodes.If(test=test, then=then, other=other):
                    if breaks_off(program, then):
                        yield test, False
                    elif other and breaks_off(program, other):
                        yield test, True
                case nodes.Switch(cases=cases):
                    for case in cases:
                        if any(isinstance(s, nodes.Return) for s in case.body):
                            yield case, False
                case _:
                    continue


# -- what a test says ------------------------------------------------------------------


def _holds(closed: Closed, test: Node, depth: int) -> bool | None:
    """How a test comes out after an end with the code, None where it cannot say."""
    match test:
        case nodes.Case():
            return _is_case(closed, test)
        case nodes.Not(value=inner):
            found = _holds(closed, inner, depth)
            return None if found is None else not found
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            told = [(each, _holds(closed, each, depth)) for each in operands]
            parts = [
                part for each, part in told if part is not None or _asks(closed, each)
            ]
            if not parts or (op == "or") in parts:
                return op == "or" if parts else None
            return None if None in parts else op == "and"
        case nodes.Cast(value=inner):
            return _holds(closed, inner, depth)
        case nodes.Literal(value=bool() as value):
            return value
        case nodes.Binary():
            return _compared(closed, test)
        case nodes.Call():
            return _called(closed, test, depth)
        case nodes.Name() | nodes.Member():
            return _named(closed, test, depth)
        case _:
            return None


def _compared(closed: Closed, test: nodes.Binary) -> bool | None:
    scene, op = closed.scene, test.op
    if op in {"in", "not in"} and closed.is_code(test.left):
        return _among(closed, test.right, so=op == "in")
    for one, other, how in (
        (test.left, test.right, op),
        (test.right, test.left, _MIRRORED.get(op, op)),
    ):
        number = folding.fold_number(scene.program, other)
        if how in _COMPARES and number is not None and closed.is_code(one):
            return bool(_COMPARES[how](closed.code, number))
    return None


def _among(
    closed: Closed, collection: nodes.Expression, *, so: bool = True
) -> bool | None:
    found = {number for number, _ in members(closed.scene, collection)}
    return (closed.code in found) is so if found else None


def _called(closed: Closed, call: nodes.Call, depth: int) -> bool | None:
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
    if depth > NEAR or len(functions) != 1 or not _asks(closed, call):
        return None
    inside = replace(closed, decides=None, given=None)
    for argument, parameter in zip(
        call.arguments, functions[0].parameters, strict=False
    ):
        if closed.is_code(argument.value):
            inside = replace(closed, decides=None, given=parameter)
    return gives(inside, functions[0], depth + 1)


def _asks(closed: Closed, test: Node) -> bool:
    return _is_about(closed.scene, test) or closed.is_told_by(test)


def gives(closed: Closed, function: nodes.Function, depth: int = 0) -> bool | None:
    """What a function returns after an end with the code, where that is one thing."""
    found = set()
    for node in tree.own_of(function):
        if isinstance(node, nodes.Return) and node.value is not None:
            stop = _stopped(closed, node)
            if stop is None or not stop[1]:
                found.add(_holds(closed, node.value, depth))
    return next(iter(found)) if len(found) == 1 else None


def _named(closed: Closed, node: nodes.Name | nodes.Member, depth: int) -> bool | None:
    """``wasClean``, a name for another test, or a flag that the code has set before."""
    scene = closed.scene
    if closed.part(node, "wasClean") or _says_clean(scene, node):
        return closed.code != LOST
    value = bound_value(scene, node) if isinstance(node, nodes.Name) else None
    if value is not None:
        return _holds(closed, value, depth)
    cell = scene.program.cell(node)
    if cell is None or depth > NEAR:
        return None
    handling = after(scene, closed.socket, Event.CLOSE)
    for write in writes(scene, cell):
        if write.first or write.value is None or write.function not in handling:
            continue
        if _is_about(scene, write.value):
            return _holds(closed, write.value, depth + 1)
        known = folding.fold(scene.program, write.value)
        tests = list(_tests(closed, write.node)) if known is not None else []
        about = any(_is_about(scene, test) for test, _ in tests)
        if about and all(_holds(closed, test, depth + 1) is so for test, so in tests):
            return known is not None and bool(known.value)
    return None


def _is_case(closed: Closed, case: nodes.Case) -> bool | None:
    """Whether a case is the one that runs, by falling through to it as well."""
    switch = closed.scene.program.parents.get(case)
    if not isinstance(switch, nodes.Switch) or not closed.is_code(switch.subject):
        return None
    falling = False
    for each in switch.cases:
        numbers = [folding.fold_number(closed.scene.program, p) for p in each.patterns]
        taken = falling or closed.code in numbers
        if each is case and (taken or not each.default):
            return taken
        falling = taken and each.falls_through
    return not any(
        closed.code == folding.fold_number(closed.scene.program, pattern)
        for each in switch.cases
        for pattern in each.patterns
    )


def _says_clean(scene: Scene, node: nodes.Expression) -> bool:
    for value in scene.program.values(node):
        match value:
            case values.External(name=name, receiver=values.Instance(of=of)):
                if of.startswith(_CLOSE) and name == f"{of}.wasClean":
                    return True
            case _:
                continue
    return False


def _is_about(scene: Scene, test: Node) -> bool:
    """Whether a test is about the end: its code, its reason, or the whole event."""
    if isinstance(test, nodes.Case):
        switch = scene.program.parents.get(test)
        return isinstance(switch, nodes.Switch) and _is_about(scene, switch.subject)
    return any(
        _is_of_close(scene, part)
        for part in tree.walk(test)
        if isinstance(part, nodes.Name | nodes.Member)
    )


def _is_of_close(scene: Scene, node: nodes.Expression) -> bool:
    for value in scene.program.values(node):
        match value:
            case (
                values.Instance(of=of)
                | values.External(receiver=values.Instance(of=of))
            ) if of.startswith(_CLOSE):
                return True
            case _:
                continue
    return False
