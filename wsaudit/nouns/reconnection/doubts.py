"""Doubts: why it cannot be told that nothing opens a connection again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis import emitters
from wsaudit.analysis.cells import writes
from wsaudit.analysis.edges import RUN
from wsaudit.analysis.messages.dispatches import dispatches_of
from wsaudit.analysis.outcomes import comes_out
from wsaudit.analysis.paths import paths
from wsaudit.analysis.runs import spread
from wsaudit.analysis.triggers import (
    after,
    attributes,
    effects_of,
    listeners,
    triggers,
)
from wsaudit.connections.escapes import escape_of
from wsaudit.dialects.language import words_in
from wsaudit.flow.conditions import Known, known
from wsaudit.model import Event, Role
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.program import tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.nouns.reconnection.climbs import Ascent
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node


def doubt(scene: Scene, socket: Socket, above: Ascent) -> str:
    """Why something may open a lost connection again after all, "" when nothing may.

    ``above`` is what leads to where the socket is made.
    """
    if socket.fact.partly_read:
        return "its file was read in part only"
    if socket.fact.role is Role.LIBRARY:
        return "whoever uses this package may reopen it"
    escape = escape_of(scene, socket)
    if escape:
        return f"the socket is {escape}"
    if any(route.reopens for route in above.routes):
        return "what happens to the exception of a lost one"
    if above.open_ended:
        return f"nothing in sight calls `{above.open_ended}`"
    if scene.program.module_of(socket.site).language == "python":
        return _after_reading(scene, socket)
    return (
        _in_handlers(scene, socket)
        or _signals(scene, socket)
        or _from_outside(scene, socket)
        or by_hand(scene, socket)
    )


def _in_handlers(scene: Scene, socket: Socket) -> str:
    """What the handlers of the end do that may reopen the socket out of sight."""
    for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR):
        if not attached.resolved:
            return f"what `{attached.name}` runs"
    ending = after(scene, socket, Event.CLOSE, Event.ERROR)
    for call in scene.calls_in(ending):
        if unfollowed(scene, call):
            return f"what `{scene.text(call.function)}()` does"
    return ""


def _after_reading(scene: Scene, socket: Socket) -> str:
    """What a Python client does once its reading is over, that may reopen it."""
    for reading in receive_loops(scene):
        function = scene.program.function_of(reading.loop)
        if socket not in reading.sockets or function is None:
            continue
        for call in scene.calls_in((function,)):
            late = call.start > reading.loop.end or any(
                region.part in {"handler", "final"}
                for region in tree.tries(call, scene.program.parents)
            )
            if late and unfollowed(scene, call):
                return f"what `{scene.text(call.function)}()` does"
    return ""


def unfollowed(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call may run code of the project that is not in sight."""
    if scene.use(call) is not None:
        return False
    name = last_name(call.function)
    found = scene.program.values(call.function)
    if any(isinstance(v, values.Func | values.ClassRef) for v in found):
        return False
    if any(of(scene, call) is not None for of in (emitters.heard, emitters.continued)):
        return False
    if name in scene.dialects.spoken("runs-then", "runs-each"):
        return any(_is_unknown(scene, each.value) for each in call.arguments)
    if scene.says("hands-on", name) or scene.dialects.speaks("emits", name):
        return True
    if _opens_nothing(scene, name):
        return False
    return _is_unknown(scene, call.function)


def _is_unknown(scene: Scene, node: nodes.Expression) -> bool:
    found = scene.program.values(node)
    return any(isinstance(value, values.Unknown) for value in found)


def _opens_nothing(scene: Scene, name: str) -> bool:
    """Whether what a call is named opens no connection: `clearTimer`, `MyError`."""
    first = (*words_in(name), "")[0]
    return (
        scene.says("opens-nothing", name.lower())
        or scene.says("ends-something", first)
        or name.endswith("Error")
        or (
            scene.says("reads-something", first)
            and not scene.dialects.sounds("of-connections", name)
        )
    )


# -- calls between peers ---------------------------------------------------------------


def _signals(scene: Scene, socket: Socket) -> str:
    """Whether its messages are for WebRTC, which goes on without the socket.

    Where it tells its messages apart, at least half of the kinds must be.
    """
    incoming = after(scene, socket, Event.MESSAGE, Event.OTHER)
    if not any(_for_peers(scene, call) for call in scene.calls_in(incoming)):
        return ""
    bodies = [
        case.body
        for site in dispatches_of(scene, socket)
        if site.inside is None
        for case in site.cases
        if case.body
    ]
    peers = sum(any(_for_peers(scene, c) for c in _run_by(scene, b)) for b in bodies)
    return (
        "it only sets up a connection between peers" if 2 * peers >= len(bodies) else ""
    )


def _for_peers(scene: Scene, call: nodes.Call) -> bool:
    return scene.dialects.speaks("negotiates", last_name(call.function))


def _run_by(scene: Scene, block: tuple[nodes.Statement, ...]) -> Iterator[nodes.Call]:
    """The calls in some statements, and in what these run."""
    own = [node for node in tree.own_in(block) if isinstance(node, nodes.Call)]
    yield from own
    callees = [function for call in own for function in scene.program.callees(call)]
    yield from scene.calls_in(spread(scene, callees))


# -- what somebody does ----------------------------------------------------------------


def _from_outside(scene: Scene, socket: Socket) -> str:
    """What decides whether a component has a connection, and is set by its parent."""
    for effect in effects_of(scene, socket):
        for one in _known_inside(scene, socket, effect.callback):
            for part in tree.walk(one.test):
                if isinstance(part, nodes.Name) and _is_switch(
                    scene, part, effect.component
                ):
                    return f"only another value of `{part.id}` reopens it"
    return ""


def _known_inside(
    scene: Scene, socket: Socket, callback: nodes.Function
) -> Iterator[Known]:
    """The tests on the way from an effect to the creation of a socket."""
    creation = socket.creation
    for path in paths(scene, callback, creation) if creation is not None else ():
        for node in path.nodes:
            yield from known(scene.program, node)


def _is_switch(
    scene: Scene, name: nodes.Name, component: nodes.Function | None
) -> bool:
    """Whether a name is a prop that says yes or no: by its type, uses, or name."""
    binding = scene.program.binding(name)
    if binding is None or not binding.constant:
        return False
    write = binding.writes[0]
    if (
        write.kind != "parameter"
        or scene.program.function_of(write.at) is not component
    ):
        return False
    return _is_shown(scene, name.id) or any(
        (isinstance(value, values.Const) and isinstance(value.value, bool))
        or (isinstance(value, values.Instance) and value.of == "global#boolean")
        for value in scene.program.values(name)
    )


def _is_shown(scene: Scene, name: str) -> bool:
    """``open``, ``isVisible``."""
    *before, last = ("", *words_in(name))
    return len(before) <= 2 and scene.says("is-shown", last)


def by_hand(scene: Scene, socket: Socket) -> str:
    """What a user does that opens the socket again, by the name of what a click runs.

    A click does nothing for a lost connection while the code takes it for one that is
    there.
    """
    if socket.creator is None:
        return ""
    for one in triggers(scene, socket.creator):
        match one.at:
            case (
                nodes.Bind(target=nodes.Member(name=name))
                | nodes.Assign(target=nodes.Member(name=name))
            ) if name.removeprefix("on") in scene.dialects.spoken("person-acts"):
                return _on_request(name)
            case _:
                continue
    clicks = [one for one in listeners(scene) if scene.says("person-acts", one.event)]
    for path in sorted(_paths(scene, socket)):
        clicks += attributes(scene, path)
    for click in clicks:
        for function in scene.functions_of(click.given):
            if _reaches(scene, socket, function):
                return _on_request(scene.program.name_of(function) or click.event)
    return ""


def _on_request(name: str) -> str:
    return f"only `{name}` reopens it, on request"


def _paths(scene: Scene, socket: Socket) -> set[str]:
    """The files in which a socket is made, used, or its maker is called."""
    found = {socket.fact.at.path}
    functions = {socket.creator, *socket.unit} - {None}
    for function in functions:
        if function is not None:
            found |= {scene.place(s).path for s in scene.program.callers(function)}
    return found


def _reaches(scene: Scene, socket: Socket, function: nodes.Function) -> bool:
    """Whether a function opens the socket when it runs after a loss."""
    if socket.creation is None:
        return False
    return any(
        not any(
            _taken_for_there(scene, socket, one)
            for node in path.nodes
            for one in known(scene.program, node)
        )
        for path in paths(scene, function, socket.creation, hows=RUN, states=True)
    )


def _taken_for_there(scene: Scene, socket: Socket, one: Known) -> bool:
    """Whether a test that a new connection needs fails since there was one.

    What was written when it was made, or opened, is not set back by its end.
    """
    ends = after(scene, socket, Event.CLOSE, Event.ERROR)
    begins = {socket.creator, *after(scene, socket, Event.OPEN)} - {None}
    for cell in _cells(scene, one.test):
        said = [
            (write.function, comes_out(scene, one, cell, write.value))
            for write in writes(scene, cell)
            if not write.first
        ]
        stands = any(so is False and where in begins for where, so in said)
        if stands and not any(so is not False and where in ends for where, so in said):
            return True
    return False


def _cells(scene: Scene, test: Node) -> Iterator[Cell]:
    for part in tree.walk(test):
        if isinstance(part, nodes.Name | nodes.Member):
            cell = scene.program.cell(part)
            if cell is not None:
                yield cell
