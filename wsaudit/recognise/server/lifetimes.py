"""Lifetimes: whether a collection outlives the connection that is put into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree, values
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket

_DEPTH = 4


def outlives(scene: Scene, cell: Cell | None, socket: Socket, depth: int = 0) -> bool:
    """Whether a collection certainly lives longer than one connection.

    Module variables do, attributes of classes, and the fields of objects that are made
    at import, or kept in such a variable or collection. What one connection's own code
    makes for itself does not, nor does what cannot be told.
    """
    if depth > _DEPTH:
        return False
    match cell:
        case Cell(owner=Cell() as inner):
            return outlives(scene, inner, socket, depth)
        case Cell(kind="shared"):
            return True
        case Cell(owner=Binding() as binding):
            return _variable(scene, binding, socket)
        case Cell(kind="field", owner=nodes.ClassDef() as cls, name=name):
            return _on_class(scene, cls, name) or any(
                _kept(scene, call, socket, depth) for call in _makers(scene, cls)
            )
        case Cell(kind="entry", owner=made) | Cell(kind="attribute", owner=(_, made)):
            return (
                isinstance(made, nodes.Node) and scene.program.function_of(made) is None
            )
        case _:
            return False


def _variable(scene: Scene, binding: Binding, socket: Socket) -> bool:
    """A variable of a module, or of a function around the endpoint's."""
    scope = binding.scope.function_scope()
    if scope.kind == "module":
        return True
    entry = socket.entry or socket.cls
    return (
        scope.kind == "function"
        and entry is not None
        and scope.node is not entry
        and scope.node in set(flow.ancestors(entry, scene.program.parents))
    )


def _on_class(scene: Scene, cls: nodes.ClassDef, name: str) -> bool:
    """An attribute of the class itself: ``clients: ClassVar[set] = set()``."""
    if cls.decorators:
        # The fields of a dataclass are its instances' own.
        return False
    made = nodes.Sequence | nodes.Record | nodes.Call | nodes.Comprehension
    return any(
        isinstance(member, nodes.Bind)
        and isinstance(member.target, nodes.Name)
        and member.target.id == name
        and isinstance(member.value, made)
        and (member.static or scene.program.module_of(cls).language == "python")
        for member in cls.members
    )


def _makers(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.Call]:
    """The calls that make objects of a class or of one that derives from it."""
    for each in (cls, *scene.program.derived(cls)):
        for call in scene.program.calls_of({each.name}):
            if values.ClassRef(each) in scene.program.values(call.function):
                yield call


def _kept(scene: Scene, made: nodes.Node, socket: Socket, depth: int) -> bool:
    """Whether an object is certainly kept beyond the connection it was made for."""
    program = scene.program
    function = program.function_of(made)
    if function is None:
        return _at_import(scene, made, socket, depth)
    for around in flow.within(made, program.parents):
        match around:
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                return _stored(scene, target, socket, depth)
            case nodes.Return():
                return any(
                    _kept(scene, site, socket, depth + 1)
                    for site in program.callers(function)
                    if depth < _DEPTH
                )
            case nodes.Argument():
                site = program.parents.get(around)
                return isinstance(site, nodes.Call) and _put(scene, site, socket, depth)
            case nodes.Cast() | nodes.Await() | nodes.Logical() | nodes.Conditional():
                continue
            case _:
                return False
    return False


def _at_import(scene: Scene, made: nodes.Node, socket: Socket, depth: int) -> bool:
    """Whether what is made outside all functions is made once.

    The fields of a TypeScript class are made anew with each of its objects.
    """
    cls = scene.program.class_around(made)
    if cls is None or scene.program.module_of(made).language == "python":
        return True
    return depth < _DEPTH and any(
        _kept(scene, call, socket, depth + 1) for call in _makers(scene, cls)
    )


def _stored(scene: Scene, target: nodes.Expression, socket: Socket, depth: int) -> bool:
    """Whether an assignment keeps what is assigned."""
    program = scene.program
    match target:
        case nodes.Name():
            binding = program.binding(target)
            if binding is None:
                return False
            return _variable(scene, binding, socket) or any(
                _kept(scene, use, socket, depth + 1)
                for use in _passed_on(scene, target, binding)
                if depth < _DEPTH
            )
        case nodes.Member(object=inner):
            return any(
                _owner_outlives(scene, owner, socket, depth)
                for owner in program.values(inner)
            )
        case nodes.Index(object=inner):
            return outlives(scene, program.cell(inner), socket, depth + 1)
        case _:
            return False


def _passed_on(
    scene: Scene, target: nodes.Name, binding: Binding
) -> Iterator[nodes.Name]:
    """Where a local variable is stored elsewhere, put somewhere or returned."""
    function = scene.program.function_of(target)
    for node in tree.own_of(function) if function else ():
        if (
            isinstance(node, nodes.Name)
            and node.id == target.id
            and node is not target
            and scene.program.binding(node) is binding
            and isinstance(
                scene.program.parents.get(node),
                nodes.Bind | nodes.Assign | nodes.Return | nodes.Argument,
            )
        ):
            yield node


def _owner_outlives(
    scene: Scene, owner: values.Value, socket: Socket, depth: int
) -> bool:
    match owner:
        case values.ModuleRef() | values.ClassRef():
            return True
        case values.External(name=name):
            return scene.program.shares(name)
        case values.Object(node=cls) if depth < _DEPTH:
            return any(
                _kept(scene, call, socket, depth + 1) for call in _makers(scene, cls)
            )
        case _:
            return False


def _put(scene: Scene, site: nodes.Call, socket: Socket, depth: int) -> bool:
    """Whether a call puts its argument into a collection that outlives."""
    if not isinstance(site.function, nodes.Member):
        return False
    if site.function.name not in values.ADDERS:
        return False
    cell = scene.program.cell(site.function.object)
    return outlives(scene, cell, socket, depth + 1)
