"""Leftovers: timers, listeners and requests that a connection starts beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in
from wsaudit.analysis.lifecycle import Life, ended, life_of, written_at_the_end
from wsaudit.analysis.paths import Path, paths
from wsaudit.analysis.runs import Below, below, spread
from wsaudit.analysis.timers import Timer, cleared_in, dropped, timers_in
from wsaudit.analysis.triggers import Mount, handlers_of
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import holding
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.lifecycle import Leftover
from wsaudit.nouns.lifecycle.asides import aside, leftover
from wsaudit.nouns.reconnection.intents import untold
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


def leftovers(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> Iterator[Leftover]:
    """The work beside a socket that should end with it, where the code ends it."""
    life = life_of(scene, socket, mounted)
    for timer in timers_in(scene, socket.unit):
        yield from _timer(life, timer)
    for effect in {mount.effect: None for mount in mounted if mount.effect}:
        for call in tree.walk(effect.callback) if life.ends else ():
            if isinstance(call, nodes.Call):
                yield from aside(life, effect, call)


def _timer(life: Life, timer: Timer) -> Iterator[Leftover]:
    """A timer that reconnects, or an interval that uses the socket."""
    scene, socket = life.scene, life.socket
    run = spread(scene, timer.functions)
    if timer.repeats:
        if any(scene.program.function_of(use.call) in run for use in socket.uses):
            stopped = _cleared(life, timer, run)
            again = _started_again(life, timer, run)
            if stopped is not None or again is not None:
                yield leftover(life, timer.call, "interval", stopped, again)
    elif _reconnects(life, timer, run) and life.ends:
        stopped = _cleared(life, timer, run)
        vain = cleared_in(scene, timer, life.over) is not None and any(
            timer.call in route.sites for route in untold(scene, socket)
        )
        stopped = Evidence(Seen.ABSENT) if vain else stopped
        yield leftover(life, timer.call, "reconnect", stopped, rearmed=vain)


def _reconnects(life: Life, timer: Timer, run: Below) -> bool:
    """Whether a timer leads back to where the socket is made.

    A timer that runs what its own function was given is somebody's tool: a debounce,
    a retry. Who uses it to reconnect may keep the tool's handle, not the timer's.
    """
    scene, socket = life.scene, life.socket
    if socket.creator not in run:
        return False
    tool = scene.program.function_of(timer.call)
    leading = [
        call.function
        for call in scene.calls_in(timer.functions)
        if call is socket.creation
        or socket.creator in spread(scene, scene.program.callees(call))
    ]
    return not any(
        _parameter_of(scene, callee, tool)
        for callee in (*leading, timer.call.arguments[0].value)
    )


def _parameter_of(
    scene: Scene, node: nodes.Expression, function: nodes.Function | None
) -> bool:
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    return binding is not None and any(
        write.kind == "parameter" and scene.program.function_of(write.at) is function
        for write in binding.writes
    )


def _cleared(life: Life, timer: Timer, run: Below) -> Evidence | None:
    """Whether a timer is over when the connection is; None when nothing ends one."""
    scene = life.scene
    if not life.ends:
        return None
    clear = cleared_in(scene, timer, life.over)
    if clear is not None:
        return Evidence(Seen.PRESENT, "cleared at the end", scene.place(clear))
    if timer.repeats:
        clear = cleared_in(scene, timer, run | _on_close(life))
        if clear is not None:
            return Evidence(Seen.PRESENT, "cleared on close", scene.place(clear))
    test = _tested(life, timer, run)
    if test is not None:
        why = "it tests whether the connection was ended"
        return Evidence(Seen.PRESENT, why, scene.place(test))
    if not timer.resolved:
        return Evidence(Seen.UNKNOWN, "what the timer runs was not followed")
    if timer.cell is None and not dropped(scene, timer):
        why = "where the timer's handle is kept was not followed"
        return Evidence(Seen.UNKNOWN, why)

    def hides(node: Node) -> str | None:
        return _clears_some(scene, node) if isinstance(node, nodes.Call) else None

    return ended(scene, life.over, lambda _node: None, hides)


def _on_close(life: Life) -> frozenset[nodes.Function]:
    """What the close event runs, unless the end takes its handler off first."""
    detached = any(
        attached.detaches
        and attached.event is Event.CLOSE
        and life.scene.program.function_of(attached.at) in life.over
        for attached in life.socket.attached
    )
    if detached:
        return frozenset()
    handlers = handlers_of(life.scene, life.socket, Event.CLOSE)
    return frozenset(spread(life.scene, handlers))


def _clears_some(scene: Scene, call: nodes.Call) -> str | None:
    """How a call may clear a timer, though it cannot be told which."""
    clears = scene.dialects.spoken("stops-timer")
    if tree.last_name(call.function) in clears and call.arguments:
        if scene.program.cell(call.arguments[0].value) is None:
            return "which timer is cleared at the end was not followed"
    elif any(tree.last_name(each.value) in clears for each in call.arguments):
        return "which timers are cleared at the end was not followed"
    return None


def _tested(life: Life, timer: Timer, run: Below) -> nodes.Expression | None:
    """A test on every way from a timer to what it does, of what the end writes."""
    scene, socket = life.scene, life.socket
    goals: list[Node] = [
        use.call for use in socket.uses if scene.program.function_of(use.call) in run
    ]
    if not timer.repeats and socket.creation is not None:
        goals = [socket.creation]
    found: list[nodes.Expression | None] = [
        next((t for t, so in _known_on(scene, path) if _fails(life, t, holds=so)), None)
        for goal in goals
        for function in timer.functions
        for path in paths(scene, function, goal)
    ]
    return found[0] if found and all(found) else None


def _known_on(scene: Scene, path: Path) -> Iterator[tuple[nodes.Expression, bool]]:
    for node in path.nodes:
        yield from holding(scene.program, node)


def _fails(life: Life, test: nodes.Expression, *, holds: bool) -> bool:
    """Whether a test that must hold to go on may fail after what the end writes."""
    scene = life.scene
    inner = tree.strip(test)
    for part in tree.walk(inner):
        for written in written_at_the_end(life, part):
            value = folding.fold(scene.program, written)
            if part is inner and value is not None:
                if bool(value.value) is not holds:
                    return True
            elif not _holds_socket(life, part):
                return True
    return False


def _holds_socket(life: Life, part: Node) -> bool:
    cell = (
        life.scene.program.cell(part)
        if isinstance(part, nodes.Name | nodes.Member)
        else None
    )
    return cell in kept_in(life.scene, life.socket.creation) if cell else False


def _started_again(life: Life, timer: Timer, run: Below) -> Evidence | None:
    """Whether an interval is cleared before the next one; None when there is one only.

    Each connection starts one where it starts in the open handler or where the socket
    is made, and the socket is made again by its own handlers or by its library.
    """
    scene, socket = life.scene, life.socket
    opened = spread(scene, handlers_of(scene, socket, Event.OPEN))
    made = below(scene, socket.creator) if socket.creator else frozenset()
    lost = spread(scene, handlers_of(scene, socket, Event.CLOSE, Event.ERROR))
    started = scene.program.function_of(timer.call)
    library = capability(scene, socket, "reconnect")
    if library is not None and library.seen is Seen.PRESENT:
        if started not in opened:
            return None
    elif started not in opened | made or socket.creator not in lost:
        return None
    clear = cleared_in(scene, timer, opened | made | lost | run)
    if clear is not None:
        return Evidence(Seen.PRESENT, "cleared before the next one", scene.place(clear))
    if timer.cell is None and not dropped(scene, timer):
        why = "where the timer's handle is kept was not followed"
        return Evidence(Seen.UNKNOWN, why)
    return Evidence(Seen.ABSENT)
