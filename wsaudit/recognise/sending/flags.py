"""Flags: variables that are written as a socket opens and closes, and so tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given, parameter_of
from wsaudit.analysis.runs import below
from wsaudit.model import Event, Seen
from wsaudit.program import folding, stores, tree, values
from wsaudit.program.cells import Cell
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.names import Binding
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

TRUE = object()
"""Stands for "any true value" where a flag is asked about."""
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Written:
    """One write of a variable: where it stands and what is written."""

    at: Node
    value: nodes.Expression


def follows(
    scene: Scene, node: nodes.Expression, sockets: Iterable[Socket], wanted: object
) -> Seen:
    """Whether a variable has the wanted value only while one of the sockets is open.

    It is given that value in open handlers alone, and another one as the socket closes.
    Unknown when something is written that does not fold.
    """
    found = writes(scene, node)
    if not found:
        return Seen.UNKNOWN
    opened = _reached(scene, sockets, Event.OPEN)
    closed = _reached(scene, sockets, Event.CLOSE)
    on = off = unknown = False
    for written in found:
        function = scene.program.function_of(written.at)
        match _is(scene, written.value, wanted):
            case Seen.ABSENT:
                off = off or function in closed
            case Seen.PRESENT if function in opened:
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
    closed = _reached(scene, sockets, Event.CLOSE)
    return any(
        scene.program.function_of(written.at) in closed
        and _is(scene, written.value, TRUE) is Seen.ABSENT
        for written in writes(scene, node)
    )


def _reached(
    scene: Scene, sockets: Iterable[Socket], event: Event
) -> frozenset[nodes.Function | None]:
    found: set[nodes.Function | None] = set()
    for socket in sockets:
        for attached in scene.handlers(socket, event):
            for function in attached.functions:
                found |= below(scene, function)
        if event is Event.OPEN and socket.endpoint is not None:
            found.add(socket.entry)
    return frozenset(found - {None})


def _is(scene: Scene, node: nodes.Expression, wanted: object) -> Seen:
    """Whether an expression is the wanted value (any true one for `TRUE`)."""
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


def writes(scene: Scene, node: nodes.Expression, depth: int = 0) -> list[Written]:
    """Everything written to what an expression reads; none when that is not known.

    Follows aliases, React state and refs, fields, keys of a Zustand store, and what is
    passed to a function that does the writing.
    """
    if depth > _DEPTH:
        return []
    match tree.strip(node):
        case nodes.Name() as name:
            binding = scene.program.origin(name)
            found = _of_binding(scene, binding, depth) if binding else []
        case nodes.Member() as member:
            found = _of_member(scene, member)
        case nodes.Call() as call:
            found = _of_selector(scene, call, depth)
        case _:
            return []
    return [each for one in found for each in _passed(scene, one, depth)]


def _of_binding(scene: Scene, binding: Binding, depth: int) -> list[Written]:
    made = [w for w in binding.writes if w.kind == "assign" and w.value is not None]
    if len(made) != len(binding.writes):
        return []
    if len(made) == 1 and made[0].value is not None:
        value, path = made[0].value, made[0].path
        if path == (0,):
            return list(_of_hook(scene, value))
        if len(path) == 1 and isinstance(path[0], str):
            return _of_key(scene, value, path[0], depth)
        if not path and isinstance(
            tree.strip(value), nodes.Name | nodes.Member | nodes.Call
        ):
            return writes(scene, value, depth + 1)
    return [Written(w.at, w.value) for w in made if w.value is not None and not w.path]


def _of_hook(scene: Scene, node: nodes.Expression) -> Iterator[Written]:
    """What the setter of ``const [x, setX] = useState(…)`` is given."""
    for value in scene.program.values(node):
        if isinstance(value, values.Instance) and value.of in stores.STATE_HOOKS:
            for call in stores.setter_calls(scene.program, value):
                if call.arguments:
                    yield Written(call, call.arguments[0].value)


def _of_key(
    scene: Scene, node: nodes.Expression, key: str, depth: int
) -> list[Written]:
    """The writes of what a record has under a key: ``const { open } = useSocket()``."""
    found: list[Written] = []
    for value in scene.program.values(node):
        if isinstance(value, values.Rec):
            for entry in value.node.entries:
                if tree.key_of(entry) == key:
                    found += writes(scene, entry.value, depth + 1)
        elif isinstance(value, values.Instance) and value.of == stores.SLICE:
            found += _of_store(scene, value.site, key)
    return found


def _of_member(scene: Scene, member: nodes.Member) -> list[Written]:
    cell = scene.program.cell(member)
    match cell:
        case Cell(kind="slot", owner=nodes.Node() as site, name=key):
            return _of_store(scene, site, key)
        case None:
            return []
        case _:
            return [
                Written(target, value)
                for target, value in scene.program.attribute_writes(member.name)
                if scene.program.cell(target) == cell
            ]


def _of_store(scene: Scene, site: Node, key: str) -> list[Written]:
    found: list[Written] = []
    store = values.Instance(stores.STORE, site)
    for update in stores.updates(scene.program, store):
        for value in scene.program.values(update):
            given: tuple[values.Value, ...] = (value,)
            if isinstance(value, values.Func):
                given = values.results(scene.program, value.function)
            for each in given:
                if isinstance(each, values.Rec):
                    found += [
                        Written(entry, entry.value)
                        for entry in each.node.entries
                        if tree.key_of(entry) == key
                    ]
    return found


def _of_selector(scene: Scene, call: nodes.Call, depth: int) -> list[Written]:
    """``useStore((s) => s.connected)``: the writes of what the selector returns."""
    found: list[Written] = []
    for function in (
        *scene.program.callees(call),
        *(f for a in call.arguments[:1] for f in scene.functions_of(a.value)),
    ):
        for node in tree.own_of(function):
            if isinstance(node, nodes.Return) and node.value is not None:
                found += writes(scene, node.value, depth + 1)
    return found


def _passed(scene: Scene, written: Written, depth: int) -> Iterator[Written]:
    """A write of a parameter is a write wherever its function is called."""
    function = scene.program.function_of(written.at)
    parameter = parameter_of(scene.program, written.value)
    own = function is not None and parameter in function.parameters
    if parameter is None or not own or depth >= _DEPTH:
        yield written
        return
    for one in given(scene.program, parameter):
        if one.value is not None:
            yield from _passed(scene, Written(one.site, one.value), depth + 1)
