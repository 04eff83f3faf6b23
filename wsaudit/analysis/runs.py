"""Runs: which functions run because another one does, and how each comes to run.

`edges` is what a function runs itself, or has run later; `woken` the effects that the
state it writes makes run again; `below` everything that runs in the end; `callers_of`
and `above` the same upwards; `paths` the ways from a function to a node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from typing import Literal as Only

from wsaudit.analysis import emitters
from wsaudit.analysis.cells import writes
from wsaudit.analysis.components import effects_by_callback
from wsaudit.analysis.outcomes import comes_out
from wsaudit.analysis.states import effects_on, handed_on, write_of, written_cells
from wsaudit.flow.conditions import known
from wsaudit.limits import DEEP, MANY, ROUNDS, STEPS_IN_ALL
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.components import Effect
    from wsaudit.analysis.states import StateWrite
    from wsaudit.connections.scene import Scene
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

How = Only[
    "call", "await", "task", "callback", "promise", "timer", "interval", "event",
    "effect", "cleanup", "state", "later", "kept", "made",
]  # fmt: skip
"""How a function comes to run: it is called, or awaited; it is started as a task; it is
handed to what calls it at once (``forEach``), in a promise, after a time, again and
again, at an event, as an effect, as what ends one; it is an effect that sees other
state; it is handed to what is not followed, or to what only keeps it; it is made, for
others to call."""

S = TypeVar("S")
Chain = tuple["Node", ...]
"""Nodes from the outside in: each runs the function that the next one is in."""

DIRECT: frozenset[How] = frozenset({"call", "await", "task"})
AT_ONCE: frozenset[How] = frozenset({"call", "await", "callback", "promise"})
RUN: frozenset[How] = DIRECT | AT_ONCE | {"timer", "interval", "event", "later"}
"""Every way but by being made, kept, or left to the life of a component."""
GIVEN: frozenset[How] = RUN | {"effect", "cleanup", "kept"}
"""Every way but by being made, and by state."""

TOO_FAR = "too far to follow"
TIMED: frozenset[How] = frozenset({"timer", "interval"})
_SPOKEN: tuple[tuple[str, How], ...] = (
    ("repeats", "interval"),
    ("starts-timer", "timer"),
    ("runs-after", "timer"),
    ("keeps", "kept"),
    ("adds", "kept"),
    ("stops-timer", "kept"),
    ("unlistens", "kept"),
    ("runs-each", "callback"),
    ("runs-at-once", "callback"),
    ("runs-then", "promise"),
    ("promises", "promise"),
    ("runs-later", "task"),
    ("starts-task", "task"),
    ("awaits-all", "task"),
    ("listens", "event"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A node that runs a function, now or some time; ``how`` says in which way."""

    how: How
    site: Node
    function: nodes.Function


@dataclass(frozen=True, slots=True, eq=False)
class Below(AbstractSet[nodes.Function]):
    """The functions that run when some do, nearest first, each with its last edge.

    ``steps`` is how many edges lead to each.
    ``whole`` is false where there are more than were followed: what is not in it may
    still run.
    """

    edges: dict[nodes.Function, Edge | None]
    steps: dict[nodes.Function, int]
    whole: bool

    def near(self, steps: int) -> tuple[nodes.Function, ...]:
        """Those that no more than some edges lead to."""
        return tuple(each for each in self.edges if self.steps[each] <= steps)

    def __contains__(self, function: object) -> bool:
        return function in self.edges

    def __iter__(self) -> Iterator[nodes.Function]:
        return iter(self.edges)

    def __len__(self) -> int:
        return len(self.edges)

    @classmethod
    def _from_iterable(cls, it: Iterable[S]) -> frozenset[S]:
        return frozenset(it)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way from a function or block to a node, by the edges from the outside in."""

    edges: tuple[Edge, ...]
    goal: Node

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The sites of its edges, and its goal."""
        return (*(edge.site for edge in self.edges), self.goal)

    def has(self, *hows: How) -> bool:
        """Whether one of its edges is of one of the kinds."""
        return any(edge.how in hows for edge in self.edges)


# -- what a function runs ------------------------------------------------------------


@asked
def edges(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """What a function runs, or has run later, in order of place."""
    return tuple(_edges(scene, tree.own_of(function)))


def _edges(scene: Scene, inside: Iterable[Node]) -> Iterator[Edge]:
    for node in inside:
        match node:
            case nodes.Function():
                yield _made(scene, node)
            case nodes.WithItem(value=value):
                for method in values.managing(scene.program, value):
                    leaves = scene.program.name_of(method).endswith("exit__")
                    yield Edge("cleanup" if leaves else "call", value, method)
            case nodes.Call():
                yield from _called(scene, node)
            case _:
                continue


def _called(scene: Scene, call: nodes.Call) -> Iterator[Edge]:
    """What a call runs, and the functions by name that it is given."""
    if _ways(scene).get(last_name(call.function)) not in TIMED:
        # What an application's own ``setTimeout`` does says less than its name.
        for function in scene.program.callees(call):
            yield Edge(started(scene, call, function), call, function)
    for function in emitters.heard(scene, call) or ():
        yield Edge("callback", call, function)
    for function in emitters.continued(scene, call) or ():
        yield Edge("promise", call, function)
    given = [
        function
        for argument in call.arguments
        if _may_be_function(scene, argument.value)
        for function in scene.functions_of(argument.value)
    ]
    way = handed(scene, call) if given else "later"
    for function in given:
        yield Edge(way, call, function)


def _may_be_function(scene: Scene, node: nodes.Expression) -> bool:
    """A name, or a call that hands back what it is given: ``this.run.bind(this)``."""
    if isinstance(node, nodes.Call):
        return scene.dialects.speaks("keeps", last_name(node.function))
    return isinstance(node, nodes.Name | nodes.Member)


def _made(scene: Scene, function: nodes.Function) -> Edge:
    """How a function runs that is written where it is used."""
    parents = scene.program.parents
    holder = parents.get(function)
    if isinstance(holder, nodes.Entry):
        record = parents.get(holder)
        if isinstance(record, nodes.Markup) and _is_event(tree.key_of(holder) or ""):
            return Edge("event", holder, function)
        holder = parents.get(record) if isinstance(record, nodes.Record) else None
    match holder:
        case nodes.Argument():
            call = parents.get(holder)
            if isinstance(call, nodes.Call):
                return Edge(handed(scene, call), call, function)
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ) if _is_event(name):
            return Edge("event", holder, function)
        case nodes.Return():
            around = scene.program.function_of(holder)
            effect = effects_by_callback(scene).get(around) if around else None
            if effect is not None and function in effect.cleanups:
                return Edge("cleanup", holder, function)
        case _:
            pass
    return Edge("made", function, function)


def _is_event(name: str) -> bool:
    return name.startswith("on") and len(name) > len("on")


def started(scene: Scene, call: nodes.Call, function: nodes.Function) -> How:
    """Whether a call of a function is awaited, makes a task of it, or neither."""
    if not function.is_async or function.is_generator:
        return "call"
    for around in tree.within(call, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Yield(delegates=True) | nodes.WithItem():
                return "await"
            case nodes.Call() if scene.word("task", around) is not None:
                return "task"
            case _ if isinstance(around, nodes.Statement):
                return "call"
            case _:
                continue
    return "call"


@asked
def _ways(scene: Scene) -> dict[str, How]:
    """How calls run the functions that they are given, by the calls' last names."""
    return {
        name: way
        for kind, way in reversed(_SPOKEN)
        for name in scene.dialects.spoken(kind)
    }


def handed(scene: Scene, call: nodes.Call) -> How:
    """How a call runs the functions that it is given, by what it is called."""
    if scene.word("effect", call) or scene.word("mount", call):
        return "effect"
    if scene.word("teardown", call):
        return "cleanup"
    way = _ways(scene).get(last_name(call.function), "later")
    if way == "kept" and write_of(scene, call) is not None:
        return "callback"  # The updater that a store's ``set`` is given.
    return way


def how(scene: Scene, site: Node, function: nodes.Function) -> How:
    """How one site runs one function."""
    if not isinstance(site, nodes.Call):
        return "event"
    given = any(argument.value is function for argument in site.arguments)
    if not given or function in scene.program.callees(site):
        return started(scene, site, function)
    return handed(scene, site)


@asked
def woken(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """The effects that run again because of the state that a function writes.

    An effect that does nothing with what is written is left out.
    """
    found: list[Edge] = []
    for call in scene.calls_in((function,)):
        write = write_of(scene, call)
        if write is not None:
            found += _waking(scene, write, "state")
        for given in handed_on(scene, call):
            timed = handed(scene, call)
            found += _waking(scene, given, timed if timed in TIMED else "state")
    return tuple(found)


def _waking(scene: Scene, write: StateWrite, way: How) -> Iterator[Edge]:
    for cell, value in written_cells(scene, write):
        for effect in effects_on(scene).get(cell, ()):
            idle = _refused(scene, effect, cell, value) or _unchanged(
                scene, effect, write.call, cell, value
            )
            if not idle:
                yield Edge(way, write.call, effect.callback)


def _refused(
    scene: Scene, effect: Effect, cell: Cell, value: nodes.Expression | None
) -> bool:
    """Whether an effect does nothing once the state in a cell has a value."""
    if isinstance(value, nodes.Conditional):
        return all(
            _refused(scene, effect, cell, each) for each in (value.then, value.other)
        )
    if value is None or folding.fold(scene.program, value) is None:
        return False
    calls = scene.calls_in((effect.callback,))
    acting = [call for call in calls if scene.program.callees(call) or call.new]
    return bool(acting) and all(
        any(
            comes_out(scene, one, cell, value) is False
            for one in known(scene.program, call)
        )
        for call in acting
    )


def _unchanged(
    scene: Scene,
    effect: Effect,
    write: nodes.Call,
    cell: Cell,
    value: nodes.Expression | None,
) -> bool:
    """Whether a state is set to what it was when the effect made what sets it.

    And to nothing else, by anybody.
    """
    constant = folding.fold(scene.program, value) if value is not None else None
    made: Node | None = None
    for around in tree.ancestors(write, scene.program.parents):
        if around is effect.callback:
            break
        if isinstance(around, nodes.Function):
            made = around
    else:
        return False
    if constant is None or made is None:
        return False
    plain = constant.value is None or isinstance(constant.value, bool)
    return any(
        comes_out(scene, one, cell, value) is True
        and all(
            comes_out(scene, one, cell, other.value) is True
            for other in writes(scene, cell)
            if not other.first
        )
        for one in known(scene.program, made)
        if plain or isinstance(one.test, nodes.Binary)
    )


# -- downwards -----------------------------------------------------------------------


@asked
def below(
    scene: Scene, function: nodes.Function, but: nodes.Function | None = None
) -> Below:
    """The functions that run when a function runs, itself the first of them.

    Also those that it only makes, or keeps for others; not by way of ``but``.
    """
    return spread(scene, (function,), but=but)


def spread(
    scene: Scene,
    starts: Iterable[nodes.Function],
    *,
    hows: AbstractSet[How] | None = None,
    states: bool = False,
    but: nodes.Function | None = None,
    deep: int = DEEP,
) -> Below:
    """The functions that run when some do, by edges of these kinds (all, if None).

    With ``states`` also by the effects that see the state change.
    """
    seen: dict[nodes.Function, Edge | None] = dict.fromkeys(starts)
    steps = dict.fromkeys(seen, 0)
    level = list(seen)
    for step in range(1, deep + 1):
        following: list[nodes.Function] = []
        for function in level:
            further = woken(scene, function) if states else ()
            for edge in (*edges(scene, function), *further):
                if edge.function in seen or edge.function is but:
                    continue
                if hows is None or edge.how in hows or edge.how == "state":
                    seen[edge.function] = edge
                    steps[edge.function] = step
                    following.append(edge.function)
        if len(seen) >= MANY:
            return Below(seen, steps, whole=False)
        level = following
    return Below(seen, steps, whole=not level)


def paths(
    scene: Scene,
    start: nodes.Function | tuple[nodes.Statement, ...],
    goal: Node,
    *,
    hows: AbstractSet[How] = GIVEN,
    states: bool = False,
) -> tuple[Path, ...]:
    """The ways from a function, or from a block, to a node, the shortest first.

    A node of the start itself is reached by the path of it alone. No function is
    entered twice on one way.
    """
    search = _Search(scene, goal, hows, states=states)
    if isinstance(start, nodes.Function):
        search.from_function(start, (), frozenset({start}))
    elif start:
        search.from_block(start)
    found = sorted(search.found, key=len)
    return tuple(Path(each, goal) for each in found[:ROUNDS])


def chains(
    scene: Scene, start: nodes.Function | tuple[nodes.Statement, ...], goal: Node
) -> tuple[Chain, ...]:
    """The nodes of each of the `paths` from a function or block to a node."""
    return tuple(path.nodes for path in paths(scene, start, goal))


class _Search:
    """One search for a node; it may not take for ever."""

    def __init__(
        self, scene: Scene, goal: Node, hows: AbstractSet[How], *, states: bool
    ) -> None:
        self._scene = scene
        is_function = isinstance(goal, nodes.Function)
        self._home = goal if is_function else scene.program.function_of(goal)
        self._hows = hows
        self._states = states
        self._left = STEPS_IN_ALL
        self.found: list[tuple[Edge, ...]] = []

    def from_block(self, block: tuple[nodes.Statement, ...]) -> None:
        around = self._scene.program.function_of(block[0])
        if around is self._home:
            self.found.append(())
        elif self._home is not None:
            self._beyond(_edges(self._scene, tree.own_in(block)), (), frozenset())

    def from_function(
        self,
        at: nodes.Function,
        above: tuple[Edge, ...],
        entered: frozenset[nodes.Function],
    ) -> None:
        if at is self._home:
            self.found.append(above)
            return
        if self._home is None or len(above) >= DEEP:
            return
        further = woken(self._scene, at) if self._states else ()
        self._beyond((*edges(self._scene, at), *further), above, entered)

    def _beyond(
        self,
        following: Iterable[Edge],
        above: tuple[Edge, ...],
        entered: frozenset[nodes.Function],
    ) -> None:
        for edge in following:
            if self._left <= 0:
                return
            self._left -= 1
            if edge.function not in entered and self._leads(edge):
                self.from_function(
                    edge.function, (*above, edge), entered | {edge.function}
                )

    def _leads(self, edge: Edge) -> bool:
        """Whether it is worth looking further: state may lead anywhere."""
        if edge.how not in self._hows | {"state"}:
            return False
        if edge.how not in DIRECT | TIMED and _run_inside(self._scene, edge):
            return False
        return self._states or self._home in below(self._scene, edge.function)


def _run_inside(scene: Scene, edge: Edge) -> bool:
    """Whether what is given to a function of the project is run by that one."""
    return isinstance(edge.site, nodes.Call) and any(
        edge.function in below(scene, callee)
        for callee in scene.program.callees(edge.site)
    )


# -- upwards -------------------------------------------------------------------------


@asked
def givers(scene: Scene, function: nodes.Function) -> tuple[Edge, ...]:
    """What a function is given to, where it is written or by a name of it."""
    own = _made(scene, function)
    found = [] if own.how == "made" else [own]
    name = scene.program.name_of(function)
    for held, node in scene.program.handed.given_at(scene.program, function, (name,)):
        edge = _given(scene, node, function)
        if edge is None or edge.how == "kept":
            continue
        if function in scene.functions_of(held):
            found.append(edge)
    return tuple(found)


def _given(scene: Scene, node: Node, function: nodes.Function) -> Edge | None:
    """The call or element that an argument or attribute hands a function to."""
    holder = scene.program.parents.get(node)
    if isinstance(node, nodes.Argument) and isinstance(holder, nodes.Call):
        return Edge(handed(scene, holder), holder, function)
    if not isinstance(holder, nodes.Markup) or not isinstance(node, nodes.Entry):
        return None
    if _is_event(tree.key_of(node) or ""):
        return Edge("event", node, function)
    return None


@asked
def callers_of(scene: Scene, function: nodes.Function) -> tuple[nodes.Call, ...]:
    """The calls that run a function, in the code that is not there for tests.

    Also where a class calls a method of itself that a class derived from it overrides,
    and the calls that the function is handed to.
    """
    given = [edge.site for edge in givers(scene, function)]
    known = [*scene.program.callers(function), *_own_calls(scene, function), *given]
    return tuple(
        each
        for each in dict.fromkeys(known)
        if isinstance(each, nodes.Call) and not is_test_path(scene.place(each).path)
    )


def _own_calls(scene: Scene, function: nodes.Function) -> Iterator[nodes.Call]:
    """``self.connect()`` in a base class, where the method is overridden here."""
    program = scene.program
    definition = program.parents.get(function)
    cls = program.class_around(function)
    if not isinstance(definition, nodes.FunctionDef) or cls is None:
        return
    bases = set(program.lineage(cls)) - {cls}
    for call in program.calls_named(definition.name) if bases else ():
        match call.function:
            case nodes.Member(object=nodes.Name(id="self" | "this")):
                if program.class_around(call) in bases:
                    yield call
            case _:
                continue


@asked
def above(scene: Scene, node: Node) -> Below:
    """The functions that lead to a node: those around it, and what runs them."""
    seen: dict[nodes.Function, Edge | None] = {}
    steps: dict[nodes.Function, int] = {}
    level: list[Node] = [node]
    for step in range(DEEP):
        following: list[Node] = []
        for each in level:
            for around in (each, *tree.ancestors(each, scene.program.parents)):
                if isinstance(around, nodes.Function) and around not in seen:
                    seen[around] = None
                    steps[around] = step
                    following += callers_of(scene, around)
        level = following
    return Below(seen, steps, whole=not level)
