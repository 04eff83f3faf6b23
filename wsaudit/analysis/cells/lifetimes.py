"""Lifetimes: whether what is in a cell outlives one run of a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS
from wsaudit.program import tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

Run = nodes.Function | nodes.ClassDef | None
"""What runs or is made anew each time; None for the program itself."""


@asked
def outlives(scene: Scene, of: Cell, run: Run) -> bool:
    """Whether a cell certainly lives longer than one run, of an endpoint for one.

    Module variables do, attributes of classes, and the fields of objects that are made
    at import, or kept in such a variable or collection. What the run makes for itself
    does not, nor does what cannot be told.
    """
    return _outlives(scene, of, run, 0)


def _outlives(scene: Scene, of: Cell | None, run: Run, depth: int) -> bool:
    if depth > STEPS:
        return False
    match of:
        case Cell(owner=Cell() as inner):
            return _outlives(scene, inner, run, depth)
        case Cell(kind="shared"):
            return True
        case Cell(owner=Binding() as binding):
            return _variable(scene, binding, run)
        case Cell(kind="field", owner=nodes.ClassDef() as cls, name=name):
            return (
                _on_class(scene, cls, name)
                or _made_once(scene, cls)
                or _is_a_modules(scene, cls)
                or any(_kept(scene, call, run, depth) for call in _makers(scene, cls))
            )
        case (
            Cell(kind="entry" | "slot", owner=nodes.Node() as made)
            | Cell(kind="attribute", owner=(_, nodes.Node() as made))
        ):
            return scene.program.function_of(made) is None
        case _:
            return False


def _variable(scene: Scene, binding: Binding, run: Run) -> bool:
    """A variable of a module, or of a function around the one that runs."""
    scope = binding.scope.function_scope()
    if scope.kind == "module":
        return True
    return (
        scope.kind == "function"
        and run is not None
        and scope.node is not run
        and scope.node in set(tree.ancestors(run, scene.program.parents))
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


def _made_once(scene: Scene, cls: nodes.ClassDef) -> bool:
    """A class of which a framework makes one object: ``@Injectable()``."""
    return any(
        scene.dialects.match_word("made-once", name) is not None
        for decorator in cls.decorators
        for name in scene.program.canonical_names(
            decorator.function if isinstance(decorator, nodes.Call) else decorator
        )
    )


def _is_a_modules(scene: Scene, cls: nodes.ClassDef) -> bool:
    """Whether a class is the declared type of a module's variable.

    What makes its objects is then out of sight: start-up code hands one over.
    """
    return cls in _of_modules(scene) and not any(True for _ in _makers(scene, cls))


@asked
def _of_modules(scene: Scene) -> frozenset[nodes.ClassDef]:
    return frozenset(
        value.node
        for module in scene.program.primary
        for statement in module.body
        if isinstance(statement, nodes.Bind) and statement.annotation is not None
        for value in scene.program.typed(statement.annotation)
        if isinstance(value, values.Object)
    )


def _makers(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.Call]:
    """The calls that make objects of a class or of one that derives from it."""
    for each in (cls, *scene.program.classes.derived(cls)):
        for call in scene.program.calls_of({each.name}):
            if values.ClassRef(each) in scene.program.values(call.function):
                yield call


def _kept(scene: Scene, made: nodes.Node, run: Run, depth: int) -> bool:
    """Whether an object is certainly kept beyond the run it was made in."""
    program = scene.program
    function = program.function_of(made)
    if function is None:
        return _at_import(scene, made, run, depth)
    for around in tree.within(made, program.parents):
        match around:
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                return _stored(scene, target, run, depth)
            case nodes.Return():
                return any(
                    _kept(scene, site, run, depth + 1)
                    for site in program.callers(function)
                    if depth < STEPS
                )
            case nodes.Argument():
                site = program.parents.get(around)
                return isinstance(site, nodes.Call) and _put(scene, site, run, depth)
            case nodes.Cast() | nodes.Await() | nodes.Logical() | nodes.Conditional():
                continue
            case _:
                return False
    return False


def _at_import(scene: Scene, made: nodes.Node, run: Run, depth: int) -> bool:
    """Whether what is made outside all functions is made once.

    The fields of a TypeScript class are made anew with each of its objects.
    """
    cls = scene.program.class_around(made)
    if cls is None or scene.program.module_of(made).language == "python":
        return True
    return depth < STEPS and any(
        _kept(scene, call, run, depth + 1) for call in _makers(scene, cls)
    )


def _stored(scene: Scene, target: nodes.Expression, run: Run, depth: int) -> bool:
    """Whether an assignment keeps what is assigned."""
    program = scene.program
    match target:
        case nodes.Name():
            binding = program.binding(target)
            if binding is None:
                return False
            return _variable(scene, binding, run) or bool(
                _passed_on(scene, binding, run)
            )
        case nodes.Member(object=inner):
            return any(
                _owner_outlives(scene, owner, run, depth)
                for owner in program.values(inner)
            )
        case nodes.Index(object=inner):
            return _outlives(scene, program.cell(inner), run, depth + 1)
        case _:
            return False


@asked_in_circles
def _passed_on(scene: Scene, binding: Binding, run: Run) -> tuple[nodes.Name, ...]:
    """Where a local variable is certainly kept: elsewhere, or by who is given it."""
    program = scene.program
    function = binding.scope.function_scope().node
    uses = tree.own_of(function) if isinstance(function, nodes.Function) else ()
    written = {write.at for write in binding.writes}
    return tuple(
        node
        for node in uses
        if isinstance(node, nodes.Name)
        and node not in written
        and program.binding(node) is binding
        and isinstance(
            program.parents.get(node),
            nodes.Bind | nodes.Assign | nodes.Return | nodes.Argument,
        )
        and _kept(scene, node, run, 0)
    )


def _owner_outlives(scene: Scene, owner: values.Value, run: Run, depth: int) -> bool:
    match owner:
        case values.ModuleRef() | values.ClassRef():
            return True
        case values.External(name=name):
            return scene.program.shares(name)
        case values.Object(node=cls) if depth < STEPS:
            return _is_a_modules(scene, cls) or any(
                _kept(scene, call, run, depth + 1) for call in _makers(scene, cls)
            )
        case _:
            return False


def _put(scene: Scene, site: nodes.Call, run: Run, depth: int) -> bool:
    """Whether a call puts its argument into a collection that outlives."""
    if not isinstance(site.function, nodes.Member):
        return False
    if not scene.dialects.speaks("adds", site.function.name):
        return False
    cell = scene.program.cell(site.function.object)
    return _outlives(scene, cell, run, depth + 1)
