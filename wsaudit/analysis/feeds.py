"""Feeds: the client state that messages write, and which part of a state is meant.

`feeds` are the state writes that run because of messages, `part` the part of a state
that an expression reads, whatever gives it: a selector, an updater's parameter, the
state variable, a name for any of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.components import effects, given_to
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import given, parameter_of, returned
from wsaudit.analysis.origins.steps import key_step
from wsaudit.analysis.runs import Below
from wsaudit.analysis.states import StateWrite, write_of, writes_in
from wsaudit.analysis.triggers import handlers_of, run_after
from wsaudit.dialects.tables import last_of
from wsaudit.model import Event, Side
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.names import Write
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Path = tuple[str, ...]
ANY = "[]"
"""The step to what a container holds under a key that is not known."""
_DEEP = 4
_SAME = frozenset({"sort", "reverse", "fill"})
"""Methods that give the very array that they are called on."""


@dataclass(frozen=True, slots=True)
class StatePart:
    """A part of a state: ``state`` is the call that makes it, ``path`` leads to it."""

    state: Node
    path: Path = ()

    def then(self, *steps: str) -> StatePart:
        """A part of this part."""
        return replace(self, path=(*self.path, *steps))

    def meets(self, other: StatePart) -> bool:
        """Whether one is a part of the other."""
        return self.state is other.state and all(
            one == two or ANY in {one, two}
            for one, two in zip(self.path, other.path, strict=False)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A state write that runs because of messages of ``socket``."""

    write: StateWrite
    socket: Socket


@asked
def message_runs(scene: Scene) -> tuple[tuple[Socket, Below], ...]:
    """What the messages of each client in production run."""
    return tuple(
        (socket, run_after(scene, starts))
        for socket in scene.sockets
        if socket.fact.side is Side.CLIENT and socket.fact.judged
        for starts in (_started(scene, socket),)
    )


def _started(scene: Scene, socket: Socket) -> tuple[nodes.Function, ...]:
    """The handlers of messages, and the effects that see the last one change."""
    watching = [
        effect.callback
        for effect in effects(scene)
        for node in effect.dependencies or ()
        if any(is_last(scene, socket, value) for value in scene.program.values(node))
    ]
    return (*handlers_of(scene, socket, Event.MESSAGE), *watching)


def is_last(scene: Scene, socket: Socket, value: values.Value) -> bool:
    """Whether a value is the last message that a hook keeps of its socket."""
    if not isinstance(value, values.External) or value.receiver is None:
        return False
    if scene.by_site.get(value.receiver.site) is not socket:
        return False
    op = scene.dialects.op(socket.dialect, last_of(value.name), "result")
    return op is not None and op.means == "last_message"


@asked
def feeds(scene: Scene) -> tuple[Feed, ...]:
    """The writes that run because of messages to clients, in order of place."""
    found: dict[nodes.Call, Feed] = {}
    for socket, runs in message_runs(scene):
        for write in writes_in(scene, runs):
            found.setdefault(write.call, Feed(write, socket))
    return tuple(sorted(found.values(), key=lambda feed: scene.place(feed.write.call)))


# -- states ----------------------------------------------------------------------------


@asked
def writes_to(scene: Scene, state: Node) -> tuple[StateWrite, ...]:
    """Every write of a state in the program, whatever runs it."""
    calls: dict[nodes.Call, None] = {}
    for of in sorted(stores.STATE_HOOKS):
        hook = values.Instance(of, state)
        calls.update(dict.fromkeys(stores.setter_calls(scene.program, hook)))
    for value in stores.updates(scene.program, values.Instance(stores.STORE, state)):
        calls.update((call, None) for call in _calls_with(scene, value))
    found = (write_of(scene, call) for call in calls)
    return tuple(write for write in found if write is not None)


def _calls_with(scene: Scene, argument: nodes.Expression) -> Iterator[nodes.Call]:
    holder = scene.program.parents.get(argument)
    call = scene.program.parents.get(holder) if isinstance(holder, nodes.Node) else None
    if isinstance(call, nodes.Call):
        yield call


@asked
def written_to(scene: Scene, state: Node) -> tuple[tuple[Path, nodes.Expression], ...]:
    """What the writes of a state give its parts, as far as that is written out."""
    return tuple(
        each
        for write in writes_to(scene, state)
        for value in write_values(scene, write)
        if isinstance(value, values.Rec) and not value.shape
        for each in _entries(scene, value.node, ())
    )


def _entries(
    scene: Scene, record: nodes.Record, path: Path
) -> Iterator[tuple[Path, nodes.Expression]]:
    for entry in record.entries:
        key = tree.key_of(entry)
        if key is not None and len(path) < _DEEP:
            yield (*path, key), entry.value
            inner = tree.strip(entry.value)
            if isinstance(inner, nodes.Record):
                yield from _entries(scene, inner, (*path, key))


def write_values(scene: Scene, write: StateWrite) -> tuple[values.Value, ...]:
    """What a write may give its state: by itself, an updater function or a reducer."""
    if write.kind == "reducer":
        return tuple(
            value
            for function, call in reducers(scene).items()
            if isinstance(write.key, values.Instance) and call is write.key.site
            for value in values.results(scene.program, function)
        )
    found: list[values.Value] = []
    for value in scene.program.values(write.value) if write.value is not None else ():
        if isinstance(value, values.Func):
            found += values.results(scene.program, value.function)
        else:
            found.append(value)
    return tuple(found)


@asked
def made_with(
    scene: Scene, state: Node
) -> tuple[tuple[nodes.Record, ...], tuple[nodes.Record, ...]]:
    """The records that a state starts as, and those that its type declares."""
    if not isinstance(state, nodes.Call):
        return (), ()
    first: list[nodes.Expression] = []
    store = values.Instance(stores.STORE, state)
    creator = stores.creator(store)
    if creator is not None:
        first = list(returned(creator))
    elif state.arguments:
        position = int(last_name(state.function) in _reducing(scene))
        first = [each.value for each in state.arguments[position : position + 1]]
    records = [
        value.node
        for node in first
        for value in _made(scene, node)
        if isinstance(value, values.Rec)
    ]
    types = [
        value.node
        for node in _declared(state)
        for value in values.typed(scene.program, node)
        if isinstance(value, values.Rec)
    ]
    return tuple(records), tuple(types)


def _reducing(scene: Scene) -> frozenset[str]:
    return scene.dialects.flow_ends("reducer")


def _made(scene: Scene, node: nodes.Expression) -> Iterator[values.Value]:
    for value in scene.program.values(node):
        if isinstance(value, values.Func):
            yield from values.results(scene.program, value.function)
        else:
            yield value


def _declared(state: nodes.Call) -> tuple[nodes.Expression, ...]:
    """The type of a state: of ``create<T>()(…)`` that of the inner call."""
    arguments = state.type_arguments
    if not arguments and isinstance(state.function, nodes.Call):
        arguments = state.function.type_arguments
    return arguments[:1]


@asked
def hooks(scene: Scene) -> tuple[values.Instance, ...]:
    """The states of ``useState`` calls, in order of place."""
    return tuple(
        value
        for name in sorted(scene.dialects.flow_ends("state"))
        for call in scene.program.calls_named(name)
        for value in scene.program.values(call)
        if isinstance(value, values.Instance) and value.of == stores.HELD
    )


def bound_to(scene: Scene, state: Node) -> str:
    """The variable that the state of a hook is bound to, "" for a store."""
    bind = scene.program.parents.get(state)
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and bind.target.items
        and isinstance(bind.target.items[0], nodes.Name)
    ):
        return bind.target.items[0].id
    return ""


def written_entries(
    scene: Scene, write: StateWrite
) -> Iterator[tuple[StatePart, nodes.Expression | None]]:
    """The parts that a write gives another value, each with that as far as it is known.

    Of a record that is spread into a new one only the other keys are.
    """
    if not isinstance(write.key, values.Instance):
        return
    root = StatePart(write.key.site)
    if write.kind != "store":
        yield root, write.value
        return
    for value in write_values(scene, write):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            key = tree.key_of(entry)
            if key is not None:
                yield root.then(key), entry.value


def hands_out_drafts(scene: Scene, state: Node) -> bool:
    """Whether what the updaters of a state are given may be changed in place."""
    return any(scene.word("drafts", call) is not None for call in makers(state))


def makers(state: Node) -> Iterator[nodes.Call]:
    """The calls that make a store, from the outside in: its middleware."""
    node: Node = state
    while isinstance(node, nodes.Call) and node.arguments:
        yield node
        node = tree.strip(node.arguments[0].value)


def brings(scene: Scene, value: nodes.Expression, depth: int = 0) -> bool:
    """Whether something of a message is in a value, or in what is passed for it."""
    for node in tree.walk(value):
        if not isinstance(node, nodes.Name | nodes.Member | nodes.Call):
            continue
        if messages(scene, node):
            return True
        parameter = parameter_of(scene.program, node)
        if parameter is not None and depth < _DEEP:
            passed = [one.value for one in given(scene.program, parameter)]
            if any(each and brings(scene, each, depth + 1) for each in passed):
                return True
    return False


# -- selections ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """A call that takes a part of a store's state and shows it: ``useDocs(select)``.

    ``function`` is None where the whole state is taken, or what selects is not known;
    ``given`` is the argument that it is given by.
    """

    call: nodes.Call
    state: Node
    function: nodes.Function | None = None
    given: nodes.Argument | None = None


@asked
def selections(scene: Scene) -> tuple[Selection, ...]:
    """The places at which components take something from a store."""
    return tuple(
        found
        for name in sorted(_hooks(scene))
        for call in scene.program.calls_named(name)
        if (found := _selection(scene, call)) is not None
    )


def _hooks(scene: Scene) -> frozenset[str]:
    """The names under which stores are called, and what selects from them."""
    found = set(scene.dialects.flow_ends("select"))
    for name in sorted(scene.dialects.flow_ends("store")):
        for call in scene.program.calls_named(name):
            node: Node | nodes.Module | None = call
            while isinstance(node, nodes.Call | nodes.Cast | nodes.Argument):
                node = scene.program.parents.get(node)
            if isinstance(node, nodes.Bind) and isinstance(node.target, nodes.Name):
                # Much is called `create` that makes no store.
                made = scene.program.values(node.value) if node.value else ()
                if not any(stores.is_store(value) for value in made):
                    continue
                binding = scene.program.binding(node.target)
                if binding is not None:
                    found |= scene.program.handed.names_of(scene.program, binding)
                    found.add(node.target.id)
    return frozenset(found)


def _selection(scene: Scene, call: nodes.Call) -> Selection | None:
    for callee in scene.program.values(call.function):
        if not stores.selects(scene.program, callee):
            continue
        for argument in call.arguments:
            for function in scene.functions_of(argument.value):
                return Selection(call, _state_of(callee, call), function, argument)
        return Selection(call, _state_of(callee, call))
    return None


def _state_of(callee: values.Value, call: nodes.Call) -> Node:
    return callee.site if isinstance(callee, values.Instance) else call


def is_shown(scene: Scene, wanted: StatePart) -> bool:
    """Whether a component takes a part of a state; a hook's own state it shows."""
    taken = [each for each in selections(scene) if each.state is wanted.state]
    if not stores.creator(values.Instance(stores.STORE, wanted.state)):
        return True
    return any(
        each.function is None
        or any(
            one.meets(wanted)
            for result in returned(each.function)
            for node in tree.walk(result)
            if isinstance(node, nodes.Name | nodes.Member)
            for one in parts(scene, node)
            if one.path
        )
        for each in taken
    )


# -- parts of states -------------------------------------------------------------------


@asked_in_circles
def parts(scene: Scene, node: nodes.Expression) -> tuple[StatePart, ...]:
    """The part of a state that an expression is: none, or the one it is."""
    return tuple(dict.fromkeys(_parts(scene, tree.strip(node))))


def _parts(scene: Scene, node: nodes.Expression) -> Iterator[StatePart]:
    for value in scene.program.values(node):
        if isinstance(value, values.Instance) and value.of == stores.SLICE:
            yield StatePart(value.site)
            return
    match node:
        case nodes.Name():
            yield from _of_name(scene, node)
        case nodes.Member(object=inner, name=name):
            yield from _below(scene, inner, name)
        case nodes.Index(object=inner, index=index):
            yield from _below(scene, inner, step_of(scene, index))
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
            name in _SAME or scene.dialects.speaks("gives-one", name)
        ):
            yield from _below(scene, inner, *(() if name in _SAME else (ANY,)))
        case nodes.Call():
            chosen = _selection(scene, node)
            if chosen is not None and chosen.function is not None:
                for result in returned(chosen.function):
                    yield from parts(scene, result)
        case nodes.Logical(op="or" | "??", operands=operands):
            yield from parts(scene, operands[0])
        case _:
            return


def _below(scene: Scene, inner: nodes.Expression, *steps: str) -> Iterator[StatePart]:
    for one in parts(scene, inner):
        yield one.then(*steps)


def step_of(scene: Scene, key: nodes.Expression) -> str:
    """The step to what stands under a key."""
    step = key_step(scene.program, key)
    return step if isinstance(step, str) else ANY


def _of_name(scene: Scene, name: nodes.Name) -> Iterator[StatePart]:
    binding = scene.program.binding(name)
    if binding is not None and len(binding.writes) == 1:
        yield from _of_write(scene, binding.writes[0])


def _of_write(scene: Scene, write: Write) -> Iterator[StatePart]:
    path = [step if isinstance(step, str) else ANY for step in write.path]
    if write.kind == "assign" and write.value is not None:
        for value in scene.program.values(write.value):
            if isinstance(value, values.Instance) and value.of in stores.STATE_HOOKS:
                if write.path[:1] == (0,):
                    yield StatePart(value.site).then(*path[1:])
                return
        yield from _below(scene, write.value, *path)
    elif write.kind == "each" and write.value is not None:
        yield from _below(scene, write.value, ANY, *path)
    elif isinstance(write.source, nodes.Parameter):
        for one in _of_parameter(scene, write.source):
            yield one.then(*path)


def _of_parameter(scene: Scene, parameter: nodes.Parameter) -> Iterator[StatePart]:
    """What an updater, a reducer, a callback over items is given, or any function."""
    function = scene.program.function_of(parameter)
    if function is None:
        return
    first = function.parameters[:1] == (parameter,)
    call = given_to(scene.program, function)
    if call is not None and first:
        write = write_of(scene, call)
        if write is not None and isinstance(write.key, values.Instance):
            yield StatePart(write.key.site)
        elif isinstance(call.function, nodes.Member) and scene.dialects.speaks(
            "runs-each", call.function.name
        ):
            yield from _below(scene, call.function.object, ANY)
        return
    if first and function in reducers(scene):
        yield StatePart(reducers(scene)[function])
        return
    passed = [
        parts(scene, one.value) if one.value is not None else ()
        for one in given(scene.program, parameter)
    ]
    if passed and all(found == passed[0] for found in passed):
        yield from passed[0]


@asked
def reducers(scene: Scene) -> dict[nodes.Function, nodes.Call]:
    """The functions that work out the next state of ``useReducer``, with its call."""
    return {
        function: call
        for name in sorted(scene.dialects.flow_ends("reducer"))
        for call in scene.program.calls_named(name)
        if call.arguments
        and any(
            isinstance(value, values.Instance) and value.of == stores.REDUCED
            for value in scene.program.values(call)
        )
        for function in scene.functions_of(call.arguments[0].value)
    }


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The part of a state that an expression is."""
    if isinstance(node, nodes.Name | nodes.Member | nodes.Index):
        for one in parts(scene, node):
            path = ".".join(one.path) or "the whole"
            yield f"a part of a state ({path}), made at ", scene.place(one.state)
