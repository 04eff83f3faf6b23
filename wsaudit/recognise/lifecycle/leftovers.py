"""Leftovers: timers, listeners and requests that a connection starts beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import kept_in
from wsaudit.analysis.runs import below
from wsaudit.analysis.timers import clears_of, dropped, timers_in
from wsaudit.model import Event, Evidence, Seen
from wsaudit.model.lifecycle import Leftover
from wsaudit.program import flow, folding, tree
from wsaudit.recognise.connections.capabilities import capability
from wsaudit.recognise.lifecycle import asides
from wsaudit.recognise.lifecycle.closings import closing, ending, unmounting
from wsaudit.recognise.sending.flags import writes
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.timers import Timer
    from wsaudit.analysis.triggers import Mount
    from wsaudit.program.cells import Cell
    from wsaudit.recognise.scene import Scene, Socket

Functions = frozenset[nodes.Function]


def leftovers(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> Iterator[Leftover]:
    """The work beside a socket that should end with it, where the code ends it."""
    ends = tuple(_ends(scene, socket, mounted))
    over = (*ends, *unmounting(scene, mounted)) if ends else ()
    after: Functions = frozenset().union(*(below(scene, each) for each in over))
    for timer in timers_in(scene, socket.unit):
        yield from _timer(scene, socket, timer, ends, after)
    yield from asides.asides(scene, socket, mounted, after)


def _ends(
    scene: Scene, socket: Socket, mounted: tuple[Mount, ...]
) -> Iterator[nodes.Function]:
    """The functions that end a connection on purpose: unmounts, ``disconnect()``."""
    yield from (
        function
        for function in dict.fromkeys(ending(scene, mounted))
        if closing(scene, socket, function) is not None
    )
    own = _handlers(scene, socket, *Event) | {socket.creator}
    own |= {f for timer in timers_in(scene, socket.unit) for f in timer.functions}
    for use in scene.uses_of(socket, "close"):
        function = scene.program.function_of(use.call)
        if function is None:
            continue
        if function not in own:
            yield function
            continue
        # What a handler closes with may also be what the outside calls.
        for site in scene.program.callers(function):
            caller = scene.program.function_of(site)
            if caller is not None and caller not in own:
                yield caller


def _handlers(scene: Scene, socket: Socket, *events: Event) -> Functions:
    found: set[nodes.Function] = set()
    for attached in scene.handlers(socket, *events):
        for function in attached.functions:
            found |= below(scene, function)
    return frozenset(found)


def _timer(
    scene: Scene,
    socket: Socket,
    timer: Timer,
    ends: tuple[nodes.Function, ...],
    after: Functions,
) -> Iterator[Leftover]:
    """A timer that reconnects, or an interval that uses the socket."""
    if timer.repeats:
        if not _uses(scene, socket, timer):
            return
        evidence = _cleared(scene, socket, timer, ends, after)
        kind = "interval"
        if evidence is None or evidence.present:
            again = _started_again(scene, socket, timer)
            if again is not None and not again.present:
                evidence, kind = again, "stacked"
    elif _reconnects(scene, socket, timer):
        evidence, kind = _cleared(scene, socket, timer, ends, after), "reconnect"
    else:
        return
    if evidence is not None:
        yield Leftover(
            at=scene.callee_place(timer.call),
            connections=(socket.fact,),
            kind=kind,  # type: ignore[arg-type]
            text=scene.text(timer.call.function),
            stopped=evidence,
            ends_at=scene.place(ends[0]) if ends else None,
        )


def _uses(scene: Scene, socket: Socket, timer: Timer) -> bool:
    run = _run_by(scene, timer)
    return any(scene.program.function_of(use.call) in run for use in socket.uses)


def _reconnects(scene: Scene, socket: Socket, timer: Timer) -> bool:
    """Whether a timer leads back to where the socket is made.

    A timer that runs what its own function was given is somebody's tool: a debounce,
    a retry. Who uses it to reconnect may keep the tool's handle, not the timer's.
    """
    if socket.creator not in _run_by(scene, timer):
        return False
    tool = scene.program.function_of(timer.call)
    leading = [
        call.function
        for call in scene.calls_in(timer.functions)
        if call is socket.creation or _leads(scene, call, socket)
    ]
    callees = [*leading, timer.call.arguments[0].value]
    return not any(_parameter_of(scene, callee, tool) for callee in callees)


def _leads(scene: Scene, call: nodes.Call, socket: Socket) -> bool:
    return any(
        socket.creator in below(scene, function)
        for function in scene.program.callees(call)
    )


def _parameter_of(
    scene: Scene, node: nodes.Expression, function: nodes.Function | None
) -> bool:
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    return binding is not None and any(
        write.kind == "parameter" and scene.program.function_of(write.at) is function
        for write in binding.writes
    )


def _run_by(scene: Scene, timer: Timer) -> Functions:
    return frozenset().union(*(below(scene, each) for each in timer.functions))


# -- whether the end of the connection ends a timer ----------------------------------


def _cleared(
    scene: Scene,
    socket: Socket,
    timer: Timer,
    ends: tuple[nodes.Function, ...],
    after: Functions,
) -> Evidence | None:
    """Whether a timer is over when the connection is; None when nothing ends one."""
    if not ends:
        return None
    for call in clears_of(scene, timer):
        if scene.program.function_of(call) in after:
            return Evidence(Seen.PRESENT, "cleared at the end", scene.place(call))
    if timer.repeats:
        clear = _cleared_on_close(scene, socket, timer, after)
        if clear is not None:
            return Evidence(Seen.PRESENT, "cleared on close", scene.place(clear))
    test = _tested(scene, socket, timer, after)
    if test is not None:
        why = "it tests whether the connection was ended"
        return Evidence(Seen.PRESENT, why, scene.place(test))
    why = _hidden(scene, timer, after)
    return Evidence(Seen.UNKNOWN, why) if why else Evidence(Seen.ABSENT)


def _cleared_on_close(
    scene: Scene, socket: Socket, timer: Timer, after: Functions
) -> nodes.Call | None:
    """A clear that the close brings about, unless the handler is taken off first."""
    detached = any(
        attached.detaches
        and attached.event is Event.CLOSE
        and scene.program.function_of(attached.at) in after
        for attached in socket.attached
    )
    run = _run_by(scene, timer)
    if not detached:
        run |= _handlers(scene, socket, Event.CLOSE)
    for call in clears_of(scene, timer):
        if scene.program.function_of(call) in run:
            return call
    return None


def _tested(
    scene: Scene, socket: Socket, timer: Timer, after: Functions
) -> nodes.Expression | None:
    """A test on the way from a timer to what it does, of what the end writes."""
    run = _run_by(scene, timer)
    held = frozenset(kept_in(scene, socket.creation))
    for call in scene.calls_in(sorted(run, key=scene.place)):
        if (
            call is socket.creation
            or call in scene.use_of_call
            or run & set(scene.program.callees(call))
        ):
            for guard in flow.guards(call, scene.program.parents):
                for test, holds in flow.facts_of(guard.test, holds=guard.holds):
                    if _fails(scene, test, holds=holds, after=after, held=held):
                        return test
    return None


def _fails(
    scene: Scene,
    test: nodes.Expression,
    *,
    holds: bool,
    after: Functions,
    held: frozenset[Cell],
) -> bool:
    """Whether a test that must hold to go on may fail after what the end writes."""
    inner = tree.strip(test)
    for part in tree.walk(inner):
        if not isinstance(part, nodes.Name | nodes.Member):
            continue
        for written in writes(scene, part):
            if written.function not in after or written.value is None:
                continue
            value = folding.fold(scene.program, written.value)
            if part is inner and value is not None:
                if bool(value.value) is not holds:
                    return True
            elif scene.program.cell(part) not in held:
                return True
    return False


def _hidden(scene: Scene, timer: Timer, after: Functions) -> str:
    """Why a timer may be cleared although that was not seen, "" when nothing hides."""
    if not timer.resolved:
        return "what the timer runs was not followed"
    if timer.cell is None and not dropped(scene, timer):
        return "where the timer's handle is kept was not followed"
    clears = scene.dialects.spoken("stops-timer")
    for call in scene.calls_in(after):
        if tree.last_name(call.function) in clears and call.arguments:
            if scene.program.cell(call.arguments[0].value) is None:
                return "which timer is cleared at the end was not followed"
        elif any(tree.last_name(each.value) in clears for each in call.arguments):
            return "which timers are cleared at the end was not followed"
    return ""


# -- whether each connection starts an interval of its own ---------------------------


def _started_again(scene: Scene, socket: Socket, timer: Timer) -> Evidence | None:
    """Whether an interval is cleared before the next one; None when there is one only.

    Each connection starts one where it starts in the open handler or where the socket
    is made, and the socket is made again by its own handlers or by its library.
    """
    opened = _handlers(scene, socket, Event.OPEN)
    started = scene.program.function_of(timer.call)
    made = below(scene, socket.creator) if socket.creator else frozenset()
    closing_down = _handlers(scene, socket, Event.CLOSE, Event.ERROR)
    library = capability(scene, socket, "reconnect")
    again = library is not None and library.seen is Seen.PRESENT
    if again and started not in opened:
        return None
    reopened = socket.creator in closing_down
    if not again and (started not in opened | made or not reopened):
        return None
    before = opened | made | closing_down | _run_by(scene, timer)
    for call in clears_of(scene, timer):
        if scene.program.function_of(call) in before:
            return Evidence(
                Seen.PRESENT, "cleared before the next one", scene.place(call)
            )
    if timer.cell is None and not dropped(scene, timer):
        return Evidence(
            Seen.UNKNOWN, "where the timer's handle is kept was not followed"
        )
    return Evidence(Seen.ABSENT)
