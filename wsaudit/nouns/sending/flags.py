"""Flags: variables that are written as a socket opens and closes, and so tell of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis import cells
from wsaudit.analysis.cells import Cell, Write
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.origins import given, parameter_of, returned
from wsaudit.analysis.paths import Path, paths
from wsaudit.analysis.runs import below
from wsaudit.analysis.triggers import handlers_of, handling
from wsaudit.flow.conditions import ORDERED, deciding
from wsaudit.limits import STEPS
from wsaudit.model import Event, Seen
from wsaudit.program import folding, stores, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program import names
    from wsaudit.syntax.nodes import Node

TRUE = object()
"""Stands for "any true value" where a flag is asked about."""


def follows(
    scene: Scene, node: nodes.Expression, sockets: Collection[Socket], wanted: object
) -> Seen:
    """Whether a variable has the wanted value only while one of the sockets is open.

    It is given that value in open handlers alone, and another one as the socket closes.
    Unknown when something is written that does not fold.
    """
    found = writes(scene, node)
    if not found:
        return Seen.UNKNOWN
    # What makes a socket runs before that opens, though opening may lead there again.
    entries = {s.entry for s in sockets if s.endpoint is not None}
    opened = handling(scene, sockets, Event.OPEN) | entries
    opened -= {s.creator for s in sockets}
    on = off = unknown = False
    for written in found:
        match _is(scene, written.value, wanted):
            case Seen.ABSENT:
                off = off or _as_it_closes(scene, sockets, written)
            case Seen.PRESENT if written.function in opened:
                on = True
            case Seen.PRESENT:
                return Seen.ABSENT
            case _:
                unknown = True
    if on and off:
        return Seen.PRESENT
    return Seen.UNKNOWN if unknown else Seen.ABSENT


def emptied(scene: Scene, node: nodes.Expression, sockets: Iterable[Socket]) -> bool:
    """Whether a variable is cleared as one of the sockets closes."""
    return any(
        _is(scene, written.value, TRUE) is Seen.ABSENT
        and _as_it_closes(scene, sockets, written)
        for written in writes(scene, node)
    )


def _as_it_closes(scene: Scene, sockets: Iterable[Socket], written: Write) -> bool:
    """Whether something is written however a socket closes, by all that is seen.

    What depends on which kind of end it was, or on how often, is not written at each.
    """
    for socket in sockets:
        for handler in handlers_of(scene, socket, Event.CLOSE):
            if written.function in below(scene, handler):
                ways = paths(scene, handler, written.node, hows=RUN)
                if not ways or not all(_tells_apart(scene, handler, w) for w in ways):
                    return True
    return False


def _tells_apart(scene: Scene, handler: nodes.Function, way: Path) -> bool:
    """Whether a way from a close handler is taken after some ends only."""
    told = {scene.program.binding(name) for name in _names(handler.parameters)}
    return any(
        (isinstance(test, nodes.Binary) and test.op in ORDERED)
        or any(scene.program.binding(name) in told for name in _names((test,)))
        for step in way.nodes
        for test in deciding(scene.program, step)
    )


def _names(parts: Iterable[Node]) -> Iterator[nodes.Name]:
    for part in parts:
        for node in tree.walk(part):
            if isinstance(node, nodes.Name):
                yield node


def _is(scene: Scene, node: nodes.Expression | None, wanted: object) -> Seen:
    """Whether an expression is the wanted value (any true one for `TRUE`)."""
    if node is None:
        return Seen.UNKNOWN
    constant = folding.fold(scene.program, node)
    if constant is not None:
        same = bool(constant.value) if wanted is TRUE else constant.value == wanted
        return Seen.PRESENT if same else Seen.ABSENT
    found = scene.program.values(node)
    if wanted is TRUE and any(_is_thing(value) for value in found):
        return Seen.PRESENT
    return Seen.UNKNOWN


def _is_thing(value: values.Value) -> bool:
    return isinstance(
        value, values.Instance | values.Object | values.Func | values.Rec | values.Seq
    )


def writes(scene: Scene, node: nodes.Expression) -> tuple[Write, ...]:
    """Everything written to what an expression reads; none when that is not known.

    What a function writes that was passed to it is written where it is called.
    """
    return tuple(
        each
        for cell in dict.fromkeys(_cells(scene, node, 0))
        for one in cells.writes(scene, cell)
        if one.op == "="
        for each in _passed(scene, one, 0)
    )


def _cells(scene: Scene, node: nodes.Expression, depth: int) -> Iterator[Cell]:
    """The cell that an expression reads, by what hooks and selectors hand out too."""
    node = tree.strip(node)
    write = _only_write(scene, node)
    if depth > STEPS:
        return
    match node:
        case nodes.Name() if write and write.value and _is_key(write.path):
            yield from _under_key(scene, write.value, str(write.path[0]), depth)
        case nodes.Name() if write and _selects(write):
            yield from _cells(scene, write.value, depth + 1) if write.value else ()
        case nodes.Call(arguments=arguments):
            selectors = [f for a in arguments[:1] for f in scene.functions_of(a.value)]
            for function in (*scene.program.callees(node), *selectors):
                for value in returned(function):
                    yield from _cells(scene, value, depth + 1)
        case _:
            found = scene.program.cell(node)
            if found is not None:
                yield found


def _only_write(scene: Scene, node: nodes.Expression) -> names.Write | None:
    if not isinstance(node, nodes.Name):
        return None
    binding = scene.program.exports.origin(node)
    if binding is None or len(binding.writes) != 1:
        return None
    write = binding.writes[0]
    return write if write.kind == "assign" else None


def _is_key(path: tuple[object, ...]) -> bool:
    """Whether a pattern takes one key: ``const { open } = useSocket()``."""
    return len(path) == 1 and isinstance(path[0], str)


def _selects(write: names.Write) -> bool:
    """``const open = useStore((state) => state.open)``."""
    return (
        not write.path
        and write.value is not None
        and isinstance(tree.strip(write.value), nodes.Call | nodes.Name)
    )


def _under_key(
    scene: Scene, node: nodes.Expression, key: str, depth: int
) -> Iterator[Cell]:
    """The cells of what a record, or a store, has under a key."""
    for value in scene.program.values(node):
        if isinstance(value, values.Rec):
            for entry in value.node.entries:
                if tree.key_of(entry) == key:
                    yield from _cells(scene, entry.value, depth + 1)
        elif isinstance(value, values.Instance) and value.of == stores.SLICE:
            yield Cell("slot", value.site, key)


def _passed(scene: Scene, written: Write, depth: int) -> Iterator[Write]:
    value = written.value
    parameter = parameter_of(scene.program, value) if value is not None else None
    own = written.function is not None and parameter in written.function.parameters
    if parameter is None or not own or depth >= STEPS:
        yield written
        return
    for one in given(scene.program, parameter):
        if one.value is not None:
            function = scene.program.function_of(one.site)
            yield from _passed(scene, Write(one.site, function, one.value), depth + 1)
