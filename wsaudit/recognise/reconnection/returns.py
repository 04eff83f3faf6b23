"""Routes: how the end of a connection leads to the code that opens it again.

A route starts in a handler of the close or error event and goes through calls, timers,
promises and the state that an effect depends on, to the function that creates the
socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.model import Event
from wsaudit.program import flow, folding, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.recognise.components.effects import effects_of
from wsaudit.recognise.components.sources import effects_on, written_cells
from wsaudit.recognise.components.state import StateWrite, handed_on, write_of
from wsaudit.recognise.connections.origins import is_test_path
from wsaudit.recognise.timers import STARTS
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.cells import Cell
    from wsaudit.recognise.components.effects import Effect
    from wsaudit.recognise.scene import Attached, Scene, Socket

Kind = Only["call", "timer", "interval", "event", "state", "later"]
"""How a step runs the next function: at once, after a time, again and again, when the
browser says so, when React sees other state, or when something that is not followed
does."""

NAMELESS = "the socket"
DEPTH = 8
_MANY = 12
_BUDGET = 600
_AT_ONCE = frozenset(
    {
        "then", "catch", "finally", "Promise", "forEach", "map", "some", "every",
        "filter", "find", "flatMap", "reduce", "queueMicrotask", "nextTick",
        "setImmediate", "requestAnimationFrame", "flushSync", "startTransition",
        "batch", "unstable_batchedUpdates", "create_task", "ensure_future", "gather",
    }
)  # fmt: skip
_LISTENS = frozenset({"addEventListener", "on", "once", "addListener", "subscribe"})
_KEEPS = frozenset(
    {
        "useEffect", "useLayoutEffect", "useCallback", "useMemo", "useRef", "useState",
        "useInsertionEffect", "useEffectEvent", "memo", "push", "add", "set", "bind",
        "clearTimeout", "clearInterval", "removeEventListener", "off",
    }
)  # fmt: skip
"""Calls that are given a function and do not run it."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A call (or write of state) that runs a function, now or some time."""

    kind: Kind
    site: nodes.Call
    function: nodes.Function


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A way from a handler (or another start) to where a socket is created.

    ``start`` is the function it starts in, ``attached`` the event that runs it, if an
    event does. ``end`` is the creating call.
    """

    start: nodes.Function
    steps: tuple[Step, ...]
    end: nodes.Call
    attached: Attached | None = None

    def has(self, *kinds: Kind) -> bool:
        """Whether a step is of one of the kinds."""
        return any(step.kind in kinds for step in self.steps)

    @property
    def sites(self) -> tuple[nodes.Call, ...]:
        """The calls on the way, the creation last."""
        return (*(step.site for step in self.steps), self.end)

    @property
    def functions(self) -> tuple[nodes.Function, ...]:
        """The functions entered on the way, without the start."""
        return tuple(step.function for step in self.steps)


def routes_back(scene: Scene, socket: Socket) -> tuple[Route, ...]:
    """The routes from the end of a connection to the creation of one like it."""
    found: list[Route] = []
    for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR):
        for function in attached.functions:
            if is_test_path(scene.place(function).path):
                continue
            for twin in twins(scene, socket):
                found.extend(routes(scene, function, twin, attached))
    return tuple(found)


def twins(scene: Scene, socket: Socket) -> tuple[Socket, ...]:
    """The client sockets that stand in for one another: they share their handlers."""
    others = {
        other
        for attached in socket.attached
        for other in attached.sockets
        if other.creation is not None
    }
    named = socket.fact.name != NAMELESS
    others |= {
        other
        for other in scene.sockets
        if named
        and other.creation is not None
        and other.fact.at.path == socket.fact.at.path
        and other.fact.name == socket.fact.name
        and other.dialect == socket.dialect
    }
    if socket.creation is not None:
        others.add(socket)
    return tuple(sorted(others, key=lambda one: one.fact.at))


def routes(
    scene: Scene,
    start: nodes.Function,
    socket: Socket,
    attached: Attached | None = None,
) -> Iterator[Route]:
    """The routes from a function to the creation of a socket, shortest first."""
    if socket.creation is None or socket.creator is None:
        return
    search = _Search(scene, socket)
    found = sorted(filter(search.is_way, search.from_function(start)), key=len)
    for steps in found[:_MANY]:
        yield Route(start, steps, socket.creation, attached)


class _Search:
    """One search for a socket's creation; it may not take for ever."""

    def __init__(self, scene: Scene, socket: Socket) -> None:
        self._scene = scene
        self._goal = socket.creator
        self._left = _BUDGET
        self._waking = tuple(effects_of(scene, socket))

    def from_function(self, start: nodes.Function) -> Iterator[tuple[Step, ...]]:
        yield from self._beyond(start, (), frozenset({start}))

    def _beyond(
        self,
        at: nodes.Function,
        above: tuple[Step, ...],
        entered: frozenset[nodes.Function],
    ) -> Iterator[tuple[Step, ...]]:
        if at is self._goal:
            yield above
            return
        if len(above) >= DEPTH or self._left <= 0:
            return
        for step in self._steps(at):
            self._left -= 1
            if step.function not in entered and self._leads(step.function):
                yield from self._beyond(
                    step.function, (*above, step), entered | {step.function}
                )

    def _steps(self, at: nodes.Function) -> Iterator[Step]:
        yield from steps_of(self._scene, at)
        if self._waking:
            yield from self._woken(at)

    def _leads(self, function: nodes.Function) -> bool:
        """Whether it is worth looking further: state may lead anywhere."""
        return (
            bool(self._waking)
            or function is self._goal
            or self._goal in self._scene.reaches(function, DEPTH)
        )

    def _woken(self, at: nodes.Function) -> Iterator[Step]:
        """Effects that run again because of what a function writes."""
        for call in self._scene.calls_in((at,)):
            write = write_of(self._scene, call)
            if write is not None:
                yield from self._effects_of(write, "state")
            for handed in handed_on(self._scene, call):
                yield from self._effects_of(handed, _timed(call) or "state")

    def _effects_of(self, write: StateWrite, kind: Kind) -> Iterator[Step]:
        for cell, value in written_cells(self._scene, write):
            for effect in effects_on(self._scene).get(cell, ()):
                if not _refused(self._scene, effect, cell, value):
                    yield Step(kind, write.call, effect.callback)

    def is_way(self, steps: tuple[Step, ...]) -> bool:
        """Whether a way is one: by effects that do not open the socket with a timer.

        What these do at once depends on too much that is not followed.
        """
        own = {effect.callback for effect in self._waking}
        return all(
            step.kind != "state" or step.function in own for step in steps
        ) or any(step.kind in {"timer", "interval"} for step in steps)


def _refused(
    scene: Scene, effect: Effect, cell: Cell, value: nodes.Expression | None
) -> bool:
    """Whether an effect does nothing once the state in a cell has a value."""
    if isinstance(value, nodes.Conditional):
        return all(
            _refused(scene, effect, cell, each) for each in (value.then, value.other)
        )
    constant = folding.fold(scene.program, value) if value is not None else None
    if constant is None:
        return False
    calls = scene.calls_in((effect.callback,))
    acting = [call for call in calls if scene.program.callees(call) or call.new]
    return bool(acting) and all(
        any(
            _denies(scene, test, cell, constant, holds=holds)
            for guard in flow.guards(call, scene.program.parents)
            for test, holds in flow.facts_of(guard.test, holds=guard.holds)
        )
        for call in acting
    )


def _denies(
    scene: Scene,
    test: nodes.Expression,
    cell: Cell,
    constant: values.Const,
    *,
    holds: bool,
) -> bool:
    match test:
        case nodes.Name() | nodes.Member():
            same = scene.program.cell(test) == cell
            return same and bool(constant.value) is not holds
        case nodes.Binary(op="==" | "!=" as op, left=left, right=right):
            if scene.program.cell(left) != cell:
                return False
            wanted = folding.fold(scene.program, right)
            equal = holds is (op == "==")
            return wanted is not None and (wanted == constant) is not equal
        case _:
            return False


# -- steps ---------------------------------------------------------------------------


@asked
def steps_of(scene: Scene, function: nodes.Function) -> tuple[Step, ...]:
    """What a function runs, or has run later, in order of place."""
    calls = scene.calls_in((function,))
    return tuple(step for call in calls for step in _steps(scene, call))


def _steps(scene: Scene, call: nodes.Call) -> Iterator[Step]:
    name = last_name(call.function)
    kind = _timed(call)
    if kind is not None:
        for function in _given(scene, call.arguments[:1]):
            yield Step(kind, call, function)
        return
    callees = scene.program.callees(call)
    for function in callees:
        yield Step("call", call, function)
    if name in _KEEPS:
        return
    kind = "later"
    if name in _AT_ONCE:
        kind = "call"
    elif name in _LISTENS:
        kind = "event"
    for function in _given(scene, call.arguments):
        if not any(function in scene.reaches(callee, 2) for callee in callees):
            yield Step(kind, call, function)


def _timed(call: nodes.Call) -> Kind | None:
    """How a call that starts a timer runs what it is given; None for others."""
    name = last_name(call.function)
    if name not in STARTS:
        return None
    return "interval" if name == "setInterval" else "timer"


def _given(
    scene: Scene, arguments: tuple[nodes.Argument, ...]
) -> Iterator[nodes.Function]:
    """The functions handed over as arguments, or as options in a record."""
    for argument in arguments:
        match argument.value:
            case nodes.Function() as function:
                yield function
            case nodes.Record(entries=entries):
                for entry in entries:
                    if isinstance(entry.value, nodes.Function):
                        yield entry.value
            case nodes.Name() | nodes.Member() | nodes.Call() as value:
                yield from scene.functions_of(value)
            case _:
                continue
