"""Reasons: whether a client asks why its connection was closed.

To write the code into a log or a text asks for nothing: what is done is the same for
every code. `heeded` follows one to what depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import reads as reads_of
from wsaudit.analysis.states import write_of, written_cells
from wsaudit.limits import STEPS
from wsaudit.model import Evidence, Seen
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.cells import Cell
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.syntax.nodes import Node

_SEEN_FIRST = (Seen.PRESENT, Seen.UNKNOWN, Seen.ABSENT)
_COMPARES = frozenset(
    {"==", "!=", "is", "is not", "<", "<=", ">", ">=", "in", "not in"}
)
_IGNORED = Evidence(Seen.ABSENT)


def asked(scene: Scene, socket: Socket, attached: Iterable[Attached]) -> Evidence:
    """Whether one of some handlers looks at the code or the reason."""
    best = _IGNORED
    for one in attached:
        whole, positions = _given(scene, socket, one)
        if not one.resolved:
            best = better(best, Evidence(Seen.UNKNOWN, f"what `{one.name}` runs"))
        for function in one.functions:
            for position in positions:
                best = better(best, reads(scene, function, position, whole=whole))
    return best


def _given(
    scene: Scene, socket: Socket, attached: Attached
) -> tuple[bool, tuple[int, ...]]:
    """Where a handler is given the code: in an event, or as arguments of their own."""
    event = scene.dialects.event(socket.dialect, attached.name)
    if event is not None and event.code and "." not in event.code:
        return False, (int(event.code), int(event.code) + 1)
    code = event.code if event is not None else ""
    return True, (int(code.partition(".")[0] or 0),)


def whys(scene: Scene) -> frozenset[str]:
    """What tells why a connection ended: members of events, and of exceptions."""
    return scene.dialects.spoken("tells-end", "tells-end-raised")


def tells_why(scene: Scene, test: Node) -> bool:
    """Whether a part of a test is called like what tells why a connection ended."""
    return any(
        isinstance(part, nodes.Name | nodes.Member)
        and scene.says("tells-end", last_name(part))
        for part in tree.walk(test)
    )


def better(one: Evidence, other: Evidence) -> Evidence:
    """The evidence that tells more; that a code is only told is more than nothing."""
    return min(
        one,
        other,
        key=lambda evidence: (_SEEN_FIRST.index(evidence.seen), not evidence.why),
    )


def reads(
    scene: Scene,
    function: nodes.Function,
    position: int,
    *,
    whole: bool = True,
    depth: int = 0,
) -> Evidence:
    """Whether a function looks at the reason in one of its parameters.

    ``whole`` when the parameter is an event or exception, of which the reason is a
    member; otherwise it is the reason itself, and any use of it counts.
    """
    parameters = function.parameters
    if any(parameter.kind == "rest" for parameter in parameters[: position + 1]):
        return Evidence(Seen.UNKNOWN, "what is done with the rest of the arguments")
    if position >= len(parameters):
        return _IGNORED
    target = parameters[position].target
    if isinstance(target, nodes.Record):
        return _taken_apart(scene, function, target, depth)
    if not isinstance(target, nodes.Name):
        return _IGNORED
    best = _IGNORED
    for name in _mentions(scene, function, target):
        found = _use(scene, name, depth) if whole else heeded(scene, name, depth)
        best = better(best, found)
    return best


def _present(scene: Scene, node: Node) -> Evidence:
    why = "looks at the close code"
    if isinstance(node, nodes.Member) and node.name == "wasClean":
        why = "looks whether the close was clean"
    return Evidence(Seen.PRESENT, why, scene.place(node))


def _only_told(scene: Scene, node: Node) -> Evidence:
    return Evidence(Seen.ABSENT, "only told to people", scene.place(node))


def _taken_apart(
    scene: Scene, function: nodes.Function, pattern: nodes.Record, depth: int
) -> Evidence:
    best = _IGNORED
    for entry in pattern.entries:
        if entry.kind == "spread":
            why = "what is done with the rest of the event"
            best = better(best, Evidence(Seen.UNKNOWN, why))
        elif tree.key_of(entry) in whys(scene):
            name = entry.value
            if isinstance(name, nodes.Assign):
                name = name.target
            if not isinstance(name, nodes.Name):
                return _present(scene, entry)
            for mention in _mentions(scene, function, name):
                best = better(best, heeded(scene, mention, depth))
    return best


def _mentions(
    scene: Scene, function: nodes.Function, target: nodes.Name
) -> Iterator[nodes.Name]:
    """The places where a parameter is used, also in functions inside."""
    wanted = scene.program.binding(target)
    for statement in function.body:
        for node in tree.walk(statement):
            if (
                isinstance(node, nodes.Name)
                and node.id == target.id
                and node is not target
                and scene.program.binding(node) is wanted
            ):
                yield node


def _use(scene: Scene, name: nodes.Name, depth: int) -> Evidence:
    """What one use of the whole event tells."""
    around: Node | nodes.Module | None = scene.program.parents.get(name)
    while isinstance(around, nodes.Cast):
        around = scene.program.parents.get(around)
    function = scene.program.function_of(name)
    match around:
        case nodes.Member(name=member):
            return heeded(scene, around, depth) if member in whys(scene) else _IGNORED
        case nodes.Index():
            return heeded(scene, around, depth)
        case nodes.Bind(target=nodes.Record() as pattern) if function is not None:
            return _taken_apart(scene, function, pattern, depth)
        case nodes.Argument():
            return _handed_on(scene, around, depth)
        case nodes.Template() | nodes.Binary() | nodes.Logical() | nodes.Expr():
            return _IGNORED
        case nodes.If() | nodes.Not() | nodes.Conditional() | nodes.Raise():
            return _IGNORED
        case _:
            return Evidence(Seen.UNKNOWN, f"what becomes of `{name.id}`")


def _handed_on(
    scene: Scene, argument: nodes.Argument, depth: int, *, whole: bool = True
) -> Evidence:
    """What a function does with the event, or with the code, that it is given."""
    call = scene.program.parents.get(argument)
    if not isinstance(call, nodes.Call):
        return Evidence(Seen.UNKNOWN, "where the event is handed to")
    if tells(scene, call):
        return _IGNORED if whole else _only_told(scene, argument)
    functions = scene.program.callees(call)
    if not functions or depth > STEPS:
        return Evidence(Seen.UNKNOWN, f"what `{scene.text(call.function)}()` does")
    best = _IGNORED
    for function in functions:
        for position, parameter in enumerate(function.parameters):
            given = scene.program.argument_for(call, function, parameter)
            if (
                given is ...
                and parameter.kind == "rest"
                and _only_tells(scene, function.body)
            ):
                best = better(best, _only_told(scene, argument))
            elif given is argument.value:
                found = reads(scene, function, position, whole=whole, depth=depth + 1)
                best = better(best, found)
            elif given is ...:
                return Evidence(Seen.UNKNOWN, "what is done with spread arguments")
    return best


# -- what depends on a code ------------------------------------------------------------


def heeded(scene: Scene, code: nodes.Expression, depth: int = 0) -> Evidence:
    """Whether something depends on a code or reason, or people are told of it."""
    at: Node = code
    chosen = False
    for around in tree.within(code, scene.program.parents):
        match around:
            case nodes.Binary(op=op) if op in _COMPARES:
                chosen = True
            case nodes.Conditional(test=test):
                chosen = chosen or test is at
            case nodes.If(test=test) | nodes.Switch(subject=test) if test is at:
                return _of_branches(scene, code, around)
            case nodes.Argument(value=value):
                call = scene.program.parents.get(around)
                plain = value is code and not chosen
                return _of_argument(scene, code, around, call, depth, plain=plain)
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                return _of_kept(scene, code, target, depth, chosen=chosen)
            case nodes.Expr() | nodes.Function():
                return _present(scene, code) if chosen else _IGNORED
            case nodes.Raise():
                return _only_told(scene, code)
            case nodes.Return():
                return _present(scene, code)
            case _:
                pass
        at = around
    return _present(scene, code)


def _of_branches(scene: Scene, code: Node, branch: nodes.If | nodes.Switch) -> Evidence:
    blocks = (
        [case.body for case in branch.cases]
        if isinstance(branch, nodes.Switch)
        else [branch.then, branch.other]
    )
    if all(_only_tells(scene, block) for block in blocks):
        return _only_told(scene, code)
    return _present(scene, code)


def _only_tells(scene: Scene, block: tuple[nodes.Statement, ...]) -> bool:
    """Whether a block does nothing but tell people."""
    return all(
        isinstance(each, nodes.Break)
        or (
            isinstance(each, nodes.Expr)
            and isinstance(tree.strip(each.value), nodes.Call)
            and tells(scene, tree.strip(each.value))
        )
        for each in block
    )


def tells(scene: Scene, call: nodes.Expression) -> bool:
    """Whether a call writes a log line, shows something or makes an error's text."""
    if not isinstance(call, nodes.Call):
        return False
    name = last_name(call.function)
    return (
        any(scene.dialects.speaks(kind, name) for kind in ("logs", "shows"))
        or name in {"str", "repr", "String"}
        or (call.new and name.endswith("Error"))
    )


def _of_argument(
    scene: Scene,
    code: nodes.Expression,
    argument: nodes.Argument,
    call: Node | nodes.Module | None,
    depth: int,
    *,
    plain: bool,
) -> Evidence:
    """What becomes of a code, or of something made with it, that is given to a call."""
    if not isinstance(call, nodes.Call):
        return _present(scene, code)
    if scene.says("holds-it", last_name(call.function)):
        return heeded(scene, call, depth) if depth < STEPS else _present(scene, code)
    if tells(scene, call):
        return _only_told(scene, code)
    write = write_of(scene, call)
    if write is not None:
        cells = [cell for cell, _ in written_cells(scene, write)]
        return _of_cells(scene, code, cells, plain=plain)
    if plain:
        return _handed_on(scene, argument, depth, whole=False)
    return Evidence(Seen.UNKNOWN, f"what `{scene.text(call.function)}()` does")


def _of_kept(
    scene: Scene,
    code: nodes.Expression,
    target: nodes.Expression,
    depth: int,
    *,
    chosen: bool,
) -> Evidence:
    """What becomes of a code that is given a name, or kept in a field."""
    if isinstance(target, nodes.Name) and depth <= STEPS:
        function = scene.program.function_of(code)
        best = _IGNORED
        for name in _mentions(scene, function, target) if function else ():
            best = better(best, heeded(scene, name, depth + 1))
        return best
    cell = scene.program.cell(target)
    return _of_cells(scene, code, [cell] if cell else [], plain=not chosen)


def _of_cells(
    scene: Scene, code: nodes.Expression, cells: Iterable[Cell], *, plain: bool
) -> Evidence:
    """What is done with a code that is kept: something compares it, or it is shown."""
    cells = list(cells)
    if not plain or not cells:
        return _present(scene, code)
    asked = any(
        isinstance(
            scene.program.parents.get(read),
            nodes.Binary | nodes.If | nodes.Conditional | nodes.Switch | nodes.Argument,
        )
        for cell in cells
        for read in reads_of(scene, cell)
    )
    return _present(scene, code) if asked else _only_told(scene, code)
