"""Registries: collections that outlive a connection, what is put in and taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.model import Role, Side
from wsaudit.model.registry import Container, Held
from wsaudit.program import tree, values
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.recognise.lifetimes import outlives
from wsaudit.recognise.origins import first_role
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_ADDERS = {
    name: position
    for name, position in values.ADDERS.items()
    if name not in {"put", "put_nowait", "extend"}
}
_REMOVERS = (
    "remove", "discard", "pop", "popleft", "popitem", "clear", "delete", "splice",
    "shift", "difference_update",
)  # fmt: skip
_WEAK = frozenset(
    {
        "weakref.WeakSet", "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary",
        "global#WeakSet", "global#WeakMap",
    }
)  # fmt: skip
_SETS = frozenset(
    {
        "builtins.set", "typing.Set", "collections.abc.MutableSet", "global#Set",
        "typing.MutableSet", "weakref.WeakSet", "collections.abc.Set",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A collection changes in place, or (``replace``) another takes its place.

    ``node`` is the call, the subscript that is assigned or deleted, or the target that
    is assigned anew.
    """

    place: object
    kind: Only["add", "remove", "replace"]
    node: Node
    value: nodes.Expression | None = None
    key: nodes.Expression | None = None


class Changes:
    """Every change of every collection of a program whose place can be told."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._at: dict[object, list[Change]] = defaultdict(list)
        self.unplaced: list[nodes.Call] = []
        """Removals from something that could not be followed."""
        for change in (*_adding(scene), *_removing(scene, self.unplaced)):
            self._at[change.place].append(change)
        for found in self._at.values():
            found.sort(key=lambda change: scene.place(change.node))

    def added(self) -> Iterator[Change]:
        """Everything that is put into a collection."""
        for found in self._at.values():
            yield from (change for change in found if change.kind == "add")

    def removed(self) -> Iterator[Change]:
        """Everything that is taken out of a collection."""
        for found in self._at.values():
            yield from (change for change in found if change.kind == "remove")

    def of(self, place: object) -> tuple[Change, ...]:
        """What changes the collection at a place, the replacements of it included."""
        return (*self._at.get(place, ()), *self._replacements(place))

    def removals(self, place: object) -> tuple[Change, ...]:
        """What takes elements out of a collection, or out of what holds it."""
        found: list[Change] = []
        while True:
            found.extend(change for change in self.of(place) if change.kind != "add")
            if not (isinstance(place, tuple) and place[0] == "e"):
                return tuple(found)
            place = place[1]

    def _replacements(self, place: object) -> Iterator[Change]:
        match place:
            case ("f", _, str() as name):
                for target, value in self._scene.program.attribute_writes(name):
                    if self._scene.program.place(target) == place and _again(
                        self._scene, target
                    ):
                        yield Change(place, "replace", target, value)
            case ("b", Binding() as binding):
                yield from _rebound(self._scene, place, binding)
            case _:
                return


def changes(scene: Scene) -> Changes:
    """The changes of a scene's program, found once."""
    return scene.once("changes", lambda: Changes(scene))


def _adding(scene: Scene) -> Iterator[Change]:
    program = scene.program
    for name, position in _ADDERS.items():
        for call in program.calls_named(name):
            plain = [a.value for a in call.arguments if a.keyword is None]
            if len(plain) <= position or not isinstance(call.function, nodes.Member):
                continue
            place = program.place(call.function.object)
            if place is not None:
                key = plain[0] if position == 1 and name != "insert" else None
                yield Change(place, "add", call, plain[position], key)
    for target, value in program.index_writes():
        place = program.place(target.object)
        if place is not None:
            yield Change(place, "add", target, value, target.index)


def _removing(scene: Scene, unplaced: list[nodes.Call]) -> Iterator[Change]:
    program = scene.program
    for name in _REMOVERS:
        for call in program.calls_named(name):
            if not isinstance(call.function, nodes.Member):
                continue
            place = program.place(call.function.object)
            if place is None:
                unplaced.append(call)
                continue
            key = call.arguments[0].value if call.arguments else None
            yield Change(place, "remove", call, key=key)
    for deletion in program.deletions():
        for target in _targets(deletion.value):
            place = program.place(target.object)
            if place is not None:
                key = target.index if isinstance(target, nodes.Index) else None
                yield Change(place, "remove", target, key=key)


def _targets(value: nodes.Expression) -> Iterator[nodes.Index | nodes.Member]:
    match value:
        case nodes.Index() | nodes.Member():
            yield value
        case nodes.Sequence(items=items):
            for item in items:
                yield from _targets(item)
        case _:
            return


def _again(scene: Scene, target: Node) -> bool:
    """Whether an assignment comes later than the first one, in a constructor."""
    function = scene.program.function_of(target)
    if function is None:
        return False
    definition = scene.program.parents.get(function)
    return not (
        isinstance(definition, nodes.FunctionDef)
        and (definition.kind == "constructor" or definition.name == "__init__")
    )


def _rebound(scene: Scene, place: object, binding: Binding) -> Iterator[Change]:
    for write in binding.writes:
        inside = scene.program.function_of(write.at)
        if write.kind in {"assign", "augmented"} and inside is not None:
            home = binding.scope.node
            if inside is not home:
                yield Change(place, "replace", write.at, write.value)


# -- registrations -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A change that puts a socket into a collection that outlives it."""

    socket: Socket
    change: Change
    held: Held


def registrations(scene: Scene) -> tuple[Registered, ...]:
    """Every registration of a server's socket, in order of place; found once."""
    return scene.once("registrations", lambda: tuple(_registrations(scene)))


def _registrations(scene: Scene) -> Iterator[Registered]:
    served = [
        socket
        for socket in scene.sockets
        if socket.fact.side is Side.SERVER
        and socket.endpoint is not None
        and socket.fact.role is not Role.TEST
    ]
    if not served:
        return
    found: list[Registered] = []
    for change in changes(scene).added():
        function = scene.program.function_of(change.node)
        for socket in served:
            if function is None or function not in socket.unit:
                continue
            held = _held(scene, socket, change)
            if held is not None and outlives(scene, change.place, socket):
                found.append(Registered(socket, change, held))
    yield from sorted(found, key=lambda one: scene.place(one.change.node))


def _held(scene: Scene, socket: Socket, change: Change) -> Held | None:
    """What a change puts into a collection that has to do with a socket."""
    if change.value is not None:
        held = _holds(scene, socket, change.value)
        if held is not None:
            return held
    if change.key is not None and socket in scene.sockets_of(change.key):
        return Held.SIDE_TABLE
    return None


def _holds(
    scene: Scene, socket: Socket, value: nodes.Expression, depth: int = 0
) -> Held | None:
    if socket in scene.sockets_of(value):
        return Held.SOCKET
    if depth > 2:
        return None
    for made in _made(scene, value):
        match made:
            case nodes.Record(entries=entries):
                parts = [entry.value for entry in entries]
            case nodes.Sequence(items=items):
                parts = list(items)
            case nodes.Call(arguments=arguments) if _makes_object(scene, made):
                parts = [argument.value for argument in arguments]
            case nodes.Call(arguments=arguments) if _partial(scene, made):
                if any(socket in scene.sockets_of(a.value) for a in arguments):
                    return Held.CALLBACK
                continue
            case nodes.Function():
                if _uses(scene, socket, made):
                    return Held.CALLBACK
                continue
            case _:
                continue
        inner = [_holds(scene, socket, part, depth + 1) for part in parts]
        if any(held in {Held.SOCKET, Held.RECORD} for held in inner):
            return Held.RECORD
    return None


def _made(scene: Scene, value: nodes.Expression) -> Iterator[Node]:
    """The display, call or function that gives a value, through a local name."""
    inner = tree.strip(value)
    if isinstance(inner, nodes.Record | nodes.Sequence | nodes.Call | nodes.Function):
        yield inner
        return
    if not isinstance(inner, nodes.Name):
        return
    binding = scene.program.binding(inner)
    for write in binding.writes if binding else ():
        if write.kind == "assign" and write.value is not None and not write.path:
            source = tree.strip(write.value)
            if isinstance(source, nodes.Record | nodes.Sequence | nodes.Call):
                yield source
        elif write.kind == "function" and isinstance(write.source, nodes.Function):
            yield write.source
        elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
            function = scene.program.function_of(write.at)
            if function is None:
                continue
            for site in scene.program.callers(function):
                given = scene.program.argument_for(site, function, write.source)
                if isinstance(given, nodes.Name) and given.id != inner.id:
                    yield from _made(scene, given)
                elif isinstance(given, nodes.Name):
                    yield from _local(scene, given)


def _local(scene: Scene, name: nodes.Name) -> Iterator[Node]:
    binding = scene.program.binding(name)
    for write in binding.writes if binding else ():
        if write.kind == "function" and isinstance(write.source, nodes.Function):
            yield write.source


def _makes_object(scene: Scene, call: nodes.Call) -> bool:
    return any(
        isinstance(value, values.ClassRef)
        for value in scene.program.values(call.function)
    )


def _partial(scene: Scene, call: nodes.Call) -> bool:
    return "functools.partial" in scene.names(call)


def _uses(scene: Scene, socket: Socket, function: nodes.Function) -> bool:
    """Whether a nested function does something with a socket of the code around it."""
    return any(
        isinstance(node, nodes.Name | nodes.Member) and socket in scene.sockets_of(node)
        for node in tree.walk(function)
        if node is not function
    )


# -- what a collection is ----------------------------------------------------------


def name_of(place: object) -> str:
    """What a collection is called."""
    match place:
        case ("e", inner):
            return name_of(inner)
        case ("b", binding):
            return str(getattr(binding, "name", ""))
        case ("f", _, str() as name) | ("k", _, str() as name):
            return name
        case ("i", _, _, str() as name) | ("s", _, str() as name):
            return name
        case _:
            return "the collection"


def forgets(scene: Scene, change: Change) -> bool:
    """Whether a collection lets its elements go by itself: weak, or bounded."""
    container = _container(change)
    for value in scene.program.values(container) if container is not None else ():
        if isinstance(value, values.Instance):
            if scene.program.canonical(value.of) in _WEAK:
                return True
            if isinstance(value.site, nodes.Call) and any(
                argument.keyword in {"maxlen", "maxsize", "max", "ttl"}
                for argument in value.site.arguments
            ):
                return True
    return False


def _container(change: Change) -> nodes.Expression | None:
    match change.node:
        case nodes.Call(function=nodes.Member(object=inner)):
            return inner
        case nodes.Index(object=inner):
            return inner
        case _:
            return None


def container_of(scene: Scene, source: nodes.Expression) -> Container:
    """The kind of collection that is iterated over."""
    if isinstance(source, nodes.Call) and last_name(source.function) in {
        "items", "values", "keys", "entries",
    }:  # fmt: skip
        return Container.DICT
    found = {_kind(scene, value) for value in scene.program.values(source)}
    found.discard(Container.OTHER)
    return found.pop() if len(found) == 1 else Container.OTHER


def _kind(scene: Scene, value: values.Value) -> Container:
    match value:
        case values.Rec():
            return Container.DICT
        case values.Seq(node=sequence):
            return Container.SET if sequence.kind == "set" else Container.LIST
        case values.Instance(of=of):
            name = scene.program.canonical(of)
            if name in values.DICT_LIKE:
                return Container.DICT
            if name in _SETS:
                return Container.SET
            return Container.LIST if name in values.LIST_LIKE else Container.OTHER
        case _:
            return Container.OTHER


def matters(scene: Scene, node: Node) -> bool:
    """Whether a change is of production code, and not made once at import."""
    if scene.program.function_of(node) is None:
        return False
    return first_role(scene, node) is not Role.TEST
