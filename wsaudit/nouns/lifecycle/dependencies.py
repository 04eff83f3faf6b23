"""Dependencies: those by which an effect opens its socket again and again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.components import Effect, is_component
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.origins import given
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import (
    StateWrite,
    sources,
    write_of,
    writes_in,
    written_cells,
)
from wsaudit.analysis.triggers import handlers_of
from wsaudit.analysis.waking import woken
from wsaudit.flow.conditions import holding
from wsaudit.limits import STEPS
from wsaudit.model import Event
from wsaudit.model.lifecycle import Unstable
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell
    from wsaudit.program.names import Write
    from wsaudit.syntax.nodes import Node

_Found = tuple[str, Only["made", "passed", "default", "set"], "Node"]


def unstable(scene: Scene, socket: Socket, effect: Effect) -> Iterator[Unstable]:
    """The dependencies of an effect that are other values than in the last render."""
    for dependency in effect.dependencies or ():
        found = _found(scene, dependency, 0) or _set(scene, socket, effect, dependency)
        if found is not None:
            name, how, because = found
            at = scene.place(dependency)
            yield Unstable(at, name, how, scene.place(because))


def _found(scene: Scene, node: nodes.Expression, depth: int) -> _Found | None:
    """What makes an expression another value in each render, through memos."""
    node = tree.strip(node)
    if not isinstance(node, nodes.Name) or depth > STEPS:
        return None
    binding = scene.program.binding(node)
    if binding is None or not binding.writes:
        return None
    write, *more = binding.writes
    if any(
        each.value is None or each.value is not _default(scene, write) for each in more
    ):
        return None
    function = scene.program.function_of(write.at)
    if write.kind == "function" and isinstance(write.source, nodes.Function):
        function = scene.program.function_of(write.source)
        inside = function is not None and is_component(scene, function)
        return (node.id, "made", write.source) if inside else None
    if function is None or not is_component(scene, function):
        return None
    if write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
        return _of_parameter(scene, node.id, write, write.source)
    if write.kind != "assign" or write.path or write.value is None:
        return None
    value = tree.strip(write.value)
    if _is_new(value):
        return node.id, "made", value
    if isinstance(value, nodes.Call) and _memoises(scene, value):
        listed = value.arguments[1].value if len(value.arguments) > 1 else None
        for item in listed.items if isinstance(listed, nodes.Sequence) else ():
            found = _found(scene, item, depth + 1)
            if found is not None:
                return found
    return None


def _is_new(value: nodes.Expression) -> bool:
    """Whether an expression gives a new object each time."""
    value = tree.strip(value)
    return isinstance(value, nodes.Record | nodes.Sequence | nodes.Function) or (
        isinstance(value, nodes.Call) and value.new
    )


def _memoises(scene: Scene, call: nodes.Call) -> bool:
    return scene.word("memoises", call) is not None


def _of_parameter(
    scene: Scene, name: str, write: Write, parameter: nodes.Parameter
) -> _Found | None:
    """A new value that a component passes, or that stands in for one not passed."""
    for one in given(scene.program, parameter):
        if one.value is None:
            continue
        value = _at(one.value, write.path)
        around = scene.program.function_of(one.site)
        if value is not None and around is not None and is_component(scene, around):
            if _is_new(value):
                return name, "passed", value
            made = _found(scene, value, STEPS)
            if made is not None and made[1] == "made":
                return name, "passed", made[2]
    default = _default(scene, write)
    if (
        default is not None
        and _is_new(default)
        and _is_left_out(scene, write, parameter)
    ):
        return name, "default", default
    return None


def _default(scene: Scene, write: Write) -> nodes.Expression | None:
    """What a parameter, or a part of it, is when nothing is passed for it."""
    holder = scene.program.parents.get(write.at)
    if isinstance(holder, nodes.Assign):
        return holder.value
    source = write.source
    return source.default if isinstance(source, nodes.Parameter) else None


def _at(node: nodes.Expression, path: tuple[str | int, ...]) -> nodes.Expression | None:
    """What lies at a path in a record that is written out."""
    for step in path:
        node = tree.strip(node)
        found = [
            entry.value
            for entry in (node.entries if isinstance(node, nodes.Record) else ())
            if tree.key_of(entry) == step
        ]
        if not found:
            return None
        node = found[-1]
    return node


def _is_left_out(scene: Scene, write: Write, parameter: nodes.Parameter) -> bool:
    """Whether some caller does not pass what a parameter has a default for."""
    passed = [one.value for one in given(scene.program, parameter)]
    return any(
        value is parameter.default
        or (isinstance(value, nodes.Record) and _at(value, write.path) is None)
        for value in passed
    )


def _set(
    scene: Scene, socket: Socket, effect: Effect, dependency: nodes.Expression
) -> _Found | None:
    """A dependency that handlers of messages or of the opening set at once."""
    starts = handlers_of(scene, socket, Event.MESSAGE, Event.OPEN)
    cells = set(sources(scene, dependency))
    if _waits_for_the_end(scene, socket, effect, cells) or _switched(scene, dependency):
        return None
    for function in spread(scene, starts, hows=RUN - {"timer", "interval"}):
        if all(edge.function is not effect.callback for edge in woken(scene, function)):
            continue
        for call in scene.calls_in((function,)):
            write = write_of(scene, call)
            written = written_cells(scene, write) if write is not None else ()
            if any(cell in cells for cell, _ in written) and not _emptied(write):
                return scene.text(dependency), "set", call
    return None


def _emptied(write: StateWrite | None) -> bool:
    """``setJob(null)``: what asks for it opens nothing then."""
    value = write.value if write is not None else None
    return isinstance(value, nodes.Literal) and not value.value


def _switched(scene: Scene, dependency: nodes.Expression) -> bool:
    """Whether a caller passes nothing at times: ``job: running ? id : null``."""
    name = tree.strip(dependency)
    binding = scene.program.binding(name) if isinstance(name, nodes.Name) else None
    for write in binding.writes if binding is not None else ():
        if not isinstance(write.source, nodes.Parameter):
            continue
        for one in given(scene.program, write.source):
            value = _at(one.value, write.path) if one.value is not None else None
            if isinstance(value, nodes.Conditional) and any(
                isinstance(side, nodes.Literal) and not side.value
                for side in (value.then, value.other)
            ):
                return True
    return False


def _waits_for_the_end(
    scene: Scene, socket: Socket, effect: Effect, cells: set[Cell]
) -> bool:
    """Whether an effect opens only while a state of the connection itself allows it.

    ``if (!loading) ask()``, where the close says that nothing is loading any more.
    """
    ending = handlers_of(scene, socket, Event.CLOSE, Event.ERROR)
    written = {
        cell
        for write in writes_in(scene, spread(scene, ending))
        for cell, _ in written_cells(scene, write)
    }
    asked = {
        cell
        for test in _tests(scene, socket, effect)
        for part in tree.walk(test)
        if isinstance(part, nodes.Name | nodes.Member)
        for cell in sources(scene, part)
    }
    return bool(asked & written - cells)


def _tests(scene: Scene, socket: Socket, effect: Effect) -> Iterator[nodes.Expression]:
    """What holds where an effect comes to open a socket."""
    for call in tree.walk(effect.callback):
        if not isinstance(call, nodes.Call):
            continue
        callees = scene.program.callees(call)
        if call is socket.creation or socket.creator in spread(scene, callees):
            around = (call, *tree.ancestors(call, scene.program.parents))
            for node in around[: around.index(effect.callback)]:
                if node is call or isinstance(node, nodes.Function):
                    yield from (test for test, _ in holding(scene.program, node))
