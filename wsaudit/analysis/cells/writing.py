"""Writing: everything that gives a cell another value, and everything that reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import given
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program import Program, names
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Named = nodes.Name | nodes.Member
EACH = "each"
"""The operator of a loop that counts: ``for attempt in range(5)``."""
STEPS = frozenset({"++", "--", EACH})
_COUNTING = frozenset({"range", "count"})


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One way a cell gets a value.

    ``node`` is the statement, call or parameter that gives it, ``function`` the one it
    is in; ``value`` is the new value (of ``+=`` and its like what is added; None for
    ``++`` and for what is not written out). ``first`` is true of the value that the
    cell starts with. ``previous`` is the parameter of an updater function that holds
    the value before. Where a pattern takes the value out of another, ``whole`` is that
    and ``path`` the steps into it.
    """

    node: Node
    function: nodes.Function | None
    value: nodes.Expression | None
    op: str = "="
    first: bool = False
    previous: nodes.Parameter | None = None
    whole: nodes.Expression | None = None
    path: tuple[names.Step, ...] = ()


def cell(scene: Scene, node: nodes.Expression) -> Cell | None:
    """The cell that an expression reads or writes; None when it cannot be told."""
    return scene.program.cell(node)


@asked
def writes(scene: Scene, of: Cell) -> tuple[Write, ...]:
    """Everything that gives a cell a value, in order of place."""
    found = _writes(scene.program, of)
    return tuple(sorted(found, key=lambda one: scene.place(one.node)))


@asked
def reads(scene: Scene, of: Cell) -> tuple[Named, ...]:
    """Every name and member that reads a cell, in order of place."""
    found = [
        node
        for name in _last_names(scene.program, of)
        for node in named(scene, name)
        if scene.program.cell(node) == of and not _is_target(scene.program, node)
    ]
    return tuple(sorted(found, key=scene.place))


@asked
def kept_in(scene: Scene, made: nodes.Expression | None) -> tuple[Cell, ...]:
    """The cells that a value is put into where it is made, by a local name too."""
    if made is None:
        return ()
    targets = [*_targets(scene.program, made)]
    names = {scene.program.binding(n) for n in targets if isinstance(n, nodes.Name)}
    function = scene.program.function_of(made)
    inside: dict[Cell, None] = {}
    for node in tree.walk(function) if function is not None else ():
        match node:
            case (
                nodes.Bind(target=target, value=nodes.Name() as value)
                | nodes.Assign(target=target, value=nodes.Name() as value)
            ) if scene.program.binding(value) in names - {None}:
                targets.append(target)
            case nodes.Call(function=nodes.Member(object=inner, name=name)) if any(
                isinstance(each.value, nodes.Name)
                and scene.program.binding(each.value) in names - {None}
                for each in node.arguments
            ):
                held = scene.program.cell(inner) if name in values.ADDERS else None
                if held is not None:
                    inside[Cell("content", held, held.name)] = None
            case _:
                continue
    found = dict.fromkeys(scene.program.cell(target) for target in targets)
    return tuple(each for each in (*found, *inside) if each is not None)


def _targets(program: Program, made: Node) -> Iterator[nodes.Expression]:
    for around in tree.ancestors(made, program.parents):
        match around:
            case nodes.Bind(target=target) | nodes.Assign(target=target):
                yield target
            case nodes.Cast() | nodes.Await() | nodes.Logical() | nodes.Conditional():
                continue
            case _:
                return


def mentions(scene: Scene, node: Node, of: Cell) -> bool:
    """Whether anything in a node reads or writes a cell."""
    return any(
        isinstance(part, nodes.Name | nodes.Member | nodes.Index)
        and scene.program.cell(part) == of
        for part in tree.walk(node)
    )


def name_of(scene: Scene, of: Cell, otherwise: str) -> str:
    """What the code calls a cell; ``otherwise`` where it has no name of its own."""
    if isinstance(of.owner, nodes.Call) and of.kind == "ref":
        bind = scene.program.parents.get(of.owner)
        match bind:
            case nodes.Bind(target=nodes.Name(id=name)):
                return name
            case _:
                return otherwise
    return of.name or otherwise


def counting(loop: nodes.Loop) -> str:
    """``range`` or ``count`` for a loop over such numbers, "" for any other."""
    source = loop.source
    name = tree.last_name(source.function) if isinstance(source, nodes.Call) else ""
    return name if name in _COUNTING else ""


def sets_up(program: Program, node: Node) -> bool:
    """Whether a node is part of a constructor."""
    function = program.function_of(node)
    definition = program.parents.get(function) if function else None
    return isinstance(definition, nodes.FunctionDef) and (
        definition.kind == "constructor" or definition.name == "__init__"
    )


# -- each kind of cell -------------------------------------------------------------


def _writes(program: Program, of: Cell) -> Iterator[Write]:
    match of:
        case Cell(owner=Binding() as binding):
            yield from _of_binding(program, binding)
            yield from _increments(program, of)
            return
        case Cell(kind="slot", owner=nodes.Call() as store, name=name):
            yield from _of_store(program, store, name)
            return
        case Cell(kind="content"):
            for target, value in program.index_writes():
                if program.cell(target) == of:
                    yield _stated(program, target, value)
            return
        case Cell(kind="ref", owner=nodes.Call() as call):
            first = call.arguments[0].value if call.arguments else None
            yield Write(call, program.function_of(call), first, first=True)
        case Cell(kind="field", owner=nodes.ClassDef() as cls, name=name):
            yield from _declared(cls, name)
        case Cell(kind="entry", owner=nodes.Record() as record, name=name):
            for entry in record.entries:
                if tree.key_of(entry) == name:
                    function = program.function_of(entry)
                    yield Write(entry, function, entry.value, first=True)
        case _:
            pass
    yield from _assigned(program, of)
    yield from _increments(program, of)


def _of_binding(program: Program, binding: Binding) -> Iterator[Write]:
    hook = _state_hook(program, binding)
    if hook is not None:
        yield from _of_state(program, hook)
        return
    for write in binding.writes:
        yield from _of_write(program, binding, write)


def _of_write(
    program: Program, binding: Binding, write: names.Write
) -> Iterator[Write]:
    declares = write is binding.writes[0]
    function = program.function_of(write.at)
    if write.path:
        whole, path = write.value, write.path
        yield Write(write.at, function, None, first=declares, whole=whole, path=path)
    elif write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
        passed = tuple(_passed(program, write.source))
        if write.value is not None or not passed:
            yield Write(write.source, function, write.value, first=True)
        yield from passed
    else:
        statement = program.parents.get(write.at, write.at)
        if isinstance(statement, nodes.Bind | nodes.Assign):
            op = statement.op
            yield Write(statement, function, write.value, op, first=declares)
        elif isinstance(statement, nodes.Loop) and counting(statement):
            yield Write(statement, function, write.value, EACH)
        else:
            yield Write(write.at, function, None, first=declares)


def _passed(program: Program, parameter: nodes.Parameter) -> Iterator[Write]:
    """What the callers hand over: ``connect(attempt + 1)`` changes ``attempt``."""
    for one in given(program, parameter):
        if one.value is not None and one.value is not parameter.default:
            function = program.function_of(one.site)
            yield Write(one.site, function, one.value, first=True)


def _state_hook(program: Program, binding: Binding) -> values.Instance | None:
    """The ``useState`` call whose state a variable is."""
    if len(binding.writes) != 1 or binding.writes[0].path != (0,):
        return None
    value = binding.writes[0].value
    for found in program.values(value) if value is not None else ():
        if isinstance(found, values.Instance) and found.of in stores.STATE_HOOKS:
            return found
    return None


def _of_state(program: Program, hook: values.Instance) -> Iterator[Write]:
    if isinstance(hook.site, nodes.Call) and hook.site.arguments:
        function = program.function_of(hook.site)
        yield Write(hook.site, function, hook.site.arguments[0].value, first=True)
    for call in stores.setter_calls(program, hook):
        if call.arguments:
            yield from _updated(program, call, call.arguments[0].value)


def _updated(program: Program, at: Node, value: nodes.Expression) -> Iterator[Write]:
    """The new value, or what an updater function makes of the one before."""
    where = program.function_of(at)
    functions = [
        v.function for v in program.values(value) if isinstance(v, values.Func)
    ]
    if not functions:
        yield Write(at, where, value)
    for function in functions:
        previous = function.parameters[0] if function.parameters else None
        for node in tree.own_of(function):
            if isinstance(node, nodes.Return):
                yield Write(at, where, node.value, previous=previous)


def _of_store(program: Program, call: nodes.Call, name: str) -> Iterator[Write]:
    """A slot of a store: its first value, and what ``set`` puts there."""
    store = values.Instance(stores.STORE, call)
    made = stores.creator(store)
    for value in program.results(made) if made is not None else ():
        yield from _slot(program, value, name, first=True)
    for update in stores.updates(program, store):
        for value in program.values(update):
            if isinstance(value, values.Func):
                for result in program.results(value.function):
                    yield from _slot(program, result, name)
            else:
                yield from _slot(program, value, name)


def _slot(
    program: Program, value: values.Value, name: str, *, first: bool = False
) -> Iterator[Write]:
    if isinstance(value, values.Rec):
        for entry in value.node.entries:
            if tree.key_of(entry) == name:
                function = program.function_of(entry)
                yield Write(entry, function, entry.value, first=first)


def _declared(cls: nodes.ClassDef, name: str) -> Iterator[Write]:
    for member in cls.members:
        match member:
            case nodes.Bind(target=nodes.Name(id=own), value=value) if (
                own == name and value is not None
            ):
                yield Write(member, None, value, first=True)
            case _:
                continue


def _assigned(program: Program, of: Cell) -> Iterator[Write]:
    """``this.n = …``, ``ref.current += …``."""
    for name in _last_names(program, of):
        for target, value in program.attribute_writes(name):
            if program.cell(target) == of:
                yield _stated(program, target, value)


def _stated(program: Program, target: Node, value: nodes.Expression) -> Write:
    """The write of a statement that assigns to a member or a subscript."""
    statement = program.parents[target]
    op = statement.op if isinstance(statement, nodes.Bind | nodes.Assign) else "="
    at = statement if isinstance(statement, nodes.Node) else target
    function = program.function_of(target)
    return Write(at, function, value, op, first=sets_up(program, target))


def _increments(program: Program, of: Cell) -> Iterator[Write]:
    for name in _last_names(program, of):
        for node in program.increments(name):
            if program.cell(node.value) == of:
                yield Write(node, program.function_of(node), None, node.op)


# -- reading ---------------------------------------------------------------------------


def _last_names(program: Program, of: Cell) -> tuple[str, ...]:
    """The identifiers that an expression for a cell may end in."""
    boxes = program.library.spoken("boxes") if of.kind == "ref" else {of.name}
    return tuple(sorted(boxes))


def named(scene: Scene, name: str) -> list[Named]:
    """Every name and member whose last identifier is this."""
    return _named(scene).get(name, [])


@asked
def _named(scene: Scene) -> Mapping[str, list[Named]]:
    """Every name and member, by its last identifier."""
    found: dict[str, list[Named]] = defaultdict(list)
    for module in scene.program.modules.values():
        both: list[Named] = [*scene.program.every(nodes.Name, module)]
        both += scene.program.every(nodes.Member, module)
        for node in sorted(both, key=lambda node: node.start):
            found[node.id if isinstance(node, nodes.Name) else node.name].append(node)
    return found


def _is_target(program: Program, node: Node) -> bool:
    """Whether an assignment writes a node, by itself or in a pattern."""
    at = node
    for around in tree.within(node, program.parents):
        match around:
            case nodes.Bind(target=target) | nodes.Assign(target=target, op="="):
                return target is at
            case nodes.Sequence() | nodes.Record() | nodes.Entry() | nodes.Spread():
                at = around
            case _:
                return False
    return False


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The cell that a name or member reads or writes, and what writes it."""
    if isinstance(node, nodes.Name | nodes.Member):
        found = cell(scene, node)
        if found is not None:
            yield (f"kept in the {found.kind} `{name_of(scene, found, '…')}`",)
            for write in writes(scene, found):
                yield "  written at ", scene.place(write.node)
