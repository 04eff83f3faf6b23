"""Values: what an expression may be, across names, fields, calls and files.

The answer is always a tuple of alternatives. `Unknown` among them means that there may
be others: what only a complete answer proves must then not be concluded.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from wsaudit.limits import CONSTANTS, DEEP, MANY, SOME
from wsaudit.program import folding, options, promises, stores, subjects
from wsaudit.program.reaching import reaching
from wsaudit.program.tree import ancestors, key_of, last_name, own_of
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsaudit.program.names import Binding, Step, Write
    from wsaudit.program.program import Program


Scalar = str | int | float | bool | None


class Const(msgspec.Struct, frozen=True, cache_hash=True):
    """A string, number, boolean or None known at reading time."""

    value: Scalar


class External(msgspec.Struct, frozen=True, cache_hash=True):
    """Something of a library, by its canonical name, not called yet.

    ``asyncio.create_task``, ``react#useEffect``, ``global#WebSocket``, or a member of
    an instance: ``sqlite3.Connection.execute`` with ``receiver`` set.
    """

    name: str
    receiver: Instance | None = None


class Instance(msgspec.Struct, frozen=True, cache_hash=True):
    """What a call or annotation of a library name gives: ``of`` is that name.

    ``site`` is the creating Call, the annotation or the parameter. A call on a member
    gives ``of="sqlite3.Connection.execute()"``. ``receiver`` is what it was called on.
    """

    of: str
    site: Node
    receiver: Instance | None = None


class Func(msgspec.Struct, frozen=True, cache_hash=True):
    """A function of the project; ``owner`` is what a method is bound to."""

    function: nodes.Function
    owner: Object | ClassRef | None = None


class ClassRef(msgspec.Struct, frozen=True, cache_hash=True):
    """A class of the project, not an instance of it."""

    node: nodes.ClassDef


class Object(msgspec.Struct, frozen=True, cache_hash=True):
    """An instance of a class of the project."""

    node: nodes.ClassDef


class Rec(msgspec.Struct, frozen=True, cache_hash=True):
    """A dict display, object literal, enum, or (``shape``) an object type's value."""

    node: nodes.Record
    shape: bool = False


class Seq(msgspec.Struct, frozen=True, cache_hash=True):
    """A list, tuple, set or array display."""

    node: nodes.Sequence


class ModuleRef(msgspec.Struct, frozen=True, cache_hash=True):
    """A module of the project."""

    path: str


class Unknown(msgspec.Struct, frozen=True, cache_hash=True):
    """What could not be followed, and why."""

    reason: str


Value = (
    Const
    | External
    | Instance
    | Func
    | ClassRef
    | Object
    | Rec
    | Seq
    | ModuleRef
    | Unknown
)
Values = tuple[Value, ...]

LIST_LIKE = frozenset(
    {
        "builtins.list", "builtins.set", "builtins.tuple", "builtins.frozenset",
        "typing.List", "typing.Set", "typing.Tuple", "typing.Sequence",
        "typing.Iterable", "typing.FrozenSet", "typing.Deque", "typing.Collection",
        "collections.abc.Iterable", "collections.abc.Sequence", "collections.abc.Set",
        "collections.abc.Collection", "collections.abc.MutableSet",
        "collections.deque", "weakref.WeakSet", "global#Array", "global#Set",
        "global#ReadonlyArray", "global#WeakSet", "global#Iterable",
        "global#ReadonlySet", "typing.MutableSet", "asyncio.Queue", "queue.Queue",
    }
)  # fmt: skip
DICT_LIKE = frozenset(
    {
        "builtins.dict", "typing.Dict", "typing.Mapping", "typing.MutableMapping",
        "typing.DefaultDict", "collections.defaultdict", "collections.OrderedDict",
        "collections.abc.Mapping", "collections.abc.MutableMapping",
        "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary", "global#Map",
        "global#Record", "global#WeakMap", "global#ReadonlyMap", "typing.OrderedDict",
    }
)  # fmt: skip
CONTAINERS = LIST_LIKE | DICT_LIKE

ADDERS = {
    "add": 0, "append": 0, "appendleft": 0, "push": 0, "unshift": 0, "insert": 1,
    "set": 1, "setdefault": 1, "put": 0, "put_nowait": 0, "extend": 0, "update": 0,
}  # fmt: skip
_SAME = {
    "copy",
    "filter",
    "slice",
    "reverse",
    "sort",
    "toReversed",
    "toSorted",
    "concat",
}
_ITEM = {
    "get",
    "pop",
    "popleft",
    "shift",
    "at",
    "find",
    "get_nowait",
    "popitem",
    "peek",
}
_EACH = {"values", "items", "entries", "keys"}
_COPIES = {
    "builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted",
    "builtins.reversed", "builtins.frozenset", "global#Array.from", "builtins.iter",
    "global#Object.values", "builtins.next", "copy.copy", "builtins.filter",
    "global#Set", "global#Map", "global#Object.entries", "builtins.enumerate",
}  # fmt: skip
_UNWRAPPED = {
    "typing.Annotated", "typing.Optional", "typing.ClassVar", "typing.Final",
    "typing.Required", "typing.NotRequired", "typing_extensions.Annotated",
    "global#Readonly", "global#Partial", "global#Required", "global#NonNullable",
    "global#Promise", "global#Awaited", "typing.Awaitable", "typing.Coroutine",
    "collections.abc.Awaitable", "builtins.type", "global#PromiseLike",
}  # fmt: skip
_LITERAL = {"typing.Literal", "typing_extensions.Literal"}
CALLBACK_EACH = {
    "forEach", "map", "filter", "some", "every", "find", "flatMap", "findIndex",
}  # fmt: skip
_ENUM_BASES = {"Enum", "StrEnum", "IntEnum", "Flag"}


def merge(*groups: Values) -> Values:
    """The alternatives of several answers, each once, in order.

    More than a few are no answer: beyond `SOME` (`CONSTANTS` for constants, as a
    large enum has) the rest is unknown.
    """
    given = [group for group in groups if group]
    if len(given) < 2:
        return given[0] if given else ()
    seen = tuple(dict.fromkeys(chain.from_iterable(given)))
    return seen if len(seen) <= SOME else _cropped(seen)


def _cropped(found: Values) -> Values:
    constants = [value for value in found if isinstance(value, Const)]
    others = [value for value in found if not isinstance(value, Const)]
    if len(others) <= SOME and len(constants) <= CONSTANTS:
        return found
    rest = Unknown("too many values")
    kept = (*constants[:CONSTANTS], *others[:SOME], rest)
    return tuple(dict.fromkeys(kept))


def made(of: str, site: Node, receiver: Instance | None) -> Values:
    """An instance that something gives, unless it lies too far from its origin.

    A program such as ``node = node.next`` would otherwise have endless values.
    """
    if _too_far(of, receiver):
        return (Unknown("too long a chain"),)
    return (Instance(of, site, receiver),)


def below(name: str, receiver: Instance | None) -> Values:
    """A member of a library's thing, unless it lies too far from its origin."""
    if _too_far(name, receiver):
        return (Unknown("too long a chain"),)
    return (External(name, receiver),)


def _too_far(name: str, receiver: Instance | None) -> bool:
    for _ in range(DEEP):
        if receiver is None:
            return len(name) > MANY
        receiver = receiver.receiver
    return True


def known(values: Values) -> bool:
    """True when there is an answer and nothing in it is unknown."""
    return bool(values) and not any(isinstance(value, Unknown) for value in values)


def told(values: Values) -> bool:
    """True when an answer is known and tells more than an annotation would.

    Of a container that is made empty its annotation tells what will be in it.
    """
    return known(values) and not all(_made_empty(value) for value in values)


def _made_empty(value: Value) -> bool:
    match value:
        case Seq(node=nodes.Sequence(items=())) | Rec(node=nodes.Record(entries=())):
            return True
        case Instance(of=of, site=nodes.Call(arguments=arguments)):
            return of in CONTAINERS and (
                not arguments or of == "collections.defaultdict"
            )
        case _:
            return False


def evaluate(program: Program, node: nodes.Expression) -> Values:  # noqa: C901, PLR0912
    """What an expression may be (without memory; ask `Program.values`)."""
    seeded = program.seeds.get(node)
    if seeded is not None:
        return seeded
    match node:
        case nodes.Literal(kind="null" | "undefined"):
            return (Const(None),)
        case nodes.Literal(kind="string" | "number" | "boolean", value=value):
            return (Const(value),)
        case nodes.Name():
            return _name(program, node)
        case nodes.Member():
            found = _member(program, program.values(node.object), node.name, node)
            return (
                _put_in(program, node) if any(map(_keyless, found)) else ()
            ) or found
        case nodes.Index(index=nodes.Opaque(what="Slice"), object=sliced):
            return program.values(sliced)
        case nodes.Index():
            return _index(program, node)
        case nodes.Call():
            return call_result(program, node)
        case nodes.Yield(value=nodes.Call() as value) if (
            program.module_of(node).language == "typescript"
        ):
            return program.values(value)
        case nodes.Await(value=value):
            return promises.settled(program, program.values(value))
        case nodes.Cast(value=value, annotation=annotation):
            found = program.values(value)
            if annotation is None or known(found):
                return found
            return merge(typed(program, annotation), found)
        case nodes.Function():
            return (Func(node),)
        case nodes.Record():
            return (Rec(node),)
        case nodes.Sequence():
            return (Seq(node),)
        case nodes.Conditional(then=then, other=other):
            return merge(program.values(then), program.values(other))
        case nodes.Logical(operands=operands):
            return merge(*(program.values(operand) for operand in operands))
        case nodes.Assign(value=value, op="=" | "??=" | "||="):
            return program.values(value)
        case nodes.Template() | nodes.Binary() | nodes.Unary():
            constant = folding.fold(program, node)
            return (constant,) if constant else (Unknown("computed"),)
        case nodes.Comprehension(kind="dict"):
            return (Instance("builtins.dict", node),)
        case nodes.Comprehension():
            return (Instance("builtins.list", node),)
        case nodes.Not():
            return (Unknown("a test"),)
        case _:
            return (Unknown(type(node).__name__.lower()),)


# -- names ---------------------------------------------------------------------


def _name(program: Program, node: nodes.Name) -> Values:
    binding = program.binding(node)
    if binding is None:
        return _unbound(program, node)
    found = [
        written_values(program, binding, write)
        for write in reaching(binding, node, program.parents)
    ]
    return merge(*found) if found else (Unknown("never assigned"),)


def _unbound(program: Program, node: nodes.Name) -> Values:
    if node.id in {"this", "super"}:
        owner = program.class_around(node)
        return (Object(owner),) if owner else _record_around(program, node)
    if node.id == "undefined":
        return (Const(None),)
    if program.module_of(node).language == "python":
        return (External(f"builtins.{node.id}"),)
    return (External(f"global#{node.id}"),)


def _record_around(program: Program, node: Node) -> Values:
    """The object literal whose method a ``this`` stands in."""
    for around in ancestors(node, program.parents):
        if isinstance(around, nodes.Function) and around.kind != "arrow":
            entry = program.parents.get(around)
            record = program.parents.get(entry) if isinstance(entry, Node) else None
            if isinstance(entry, nodes.Entry) and isinstance(record, nodes.Record):
                whole = options.around(program, record)
                return options.made(whole) if whole is not None else (Rec(record),)
            break
    return (Unknown("this"),)


def binding_values(program: Program, binding: Binding) -> Values:
    """Everything that may be bound to a name."""
    found = [written_values(program, binding, write) for write in binding.writes]
    return merge(*found) if found else (Unknown("never assigned"),)


def written_values(program: Program, binding: Binding, write: Write) -> Values:
    """What one write gives its binding, found once for all that read it."""
    return program.remember(
        "write", write, lambda: _write_values(program, binding, write)
    )


def _write_values(  # noqa: C901, PLR0912 - one case a kind of write
    program: Program, binding: Binding, write: Write
) -> Values:
    """What one write gives its binding."""
    match write.kind, write.source:
        case "import", nodes.Import() as statement:
            return program.exports.imported(statement, write.at)  # type: ignore[arg-type]
        case "function", nodes.Function() as function:
            return _decorated(program, write, Func(function))
        case "class", nodes.ClassDef() as node:
            return (ClassRef(node),)
        case "type", nodes.TypeDef() as node:
            return _type_value(node)
        case "parameter", nodes.Parameter() as parameter:
            return parameter_values(program, parameter, write)
        case "each", _ if write.value is not None:
            path = write.path
            if path and gives_pairs(program, write.value):
                if path[0] != 1:
                    return (Unknown("key"),)
                path = path[1:]
            return project(program, elements(program, write.value), path)
        case "with", _ if write.value is not None:
            return project(program, entered(program, write.value), write.path)
        case "assign", _ if write.value is not None:
            found = project(program, program.values(write.value), write.path)
            if write.annotation is not None and not told(found):
                return merge(
                    project(program, typed(program, write.annotation), write.path),
                    found,
                )
            return found
        case "assign", _ if write.annotation is not None:
            return typed(program, write.annotation)
        case "assign", _:
            return ()
        case "augmented", _:
            return (Unknown("augmented assignment"),)
        case _:
            return (Unknown(write.kind),)


def gives_pairs(program: Program, node: nodes.Expression) -> bool:
    """True when iterating gives (key, value) pairs; `elements` has the values."""
    if isinstance(node, nodes.Call):
        if last_name(node.function) in {"list", "tuple", "from", "sorted", "copy"}:
            inner = [argument.value for argument in node.arguments[:1]]
            if isinstance(node.function, nodes.Member) and not inner:
                inner = [node.function.object]
            return any(gives_pairs(program, each) for each in inner)
        return last_name(node.function) in {"items", "entries", "enumerate"}
    if program.module_of(node).language == "python":
        return False
    return any(
        isinstance(value, Instance) and value.of in {"global#Map", "global#ReadonlyMap"}
        for value in program.values(node)
    )


def _type_value(node: nodes.TypeDef) -> Values:
    if node.kind == "enum" and isinstance(node.shape, nodes.Record):
        return (Rec(node.shape),)
    return (Unknown("a type"),)


def _decorated(program: Program, write: Write, function: Func) -> Values:
    """A function as its decorators leave it: library decorators are transparent."""
    definition = write.at
    owner = program.class_around(definition)
    if (
        owner is not None
        and isinstance(definition, nodes.FunctionDef)
        and definition in owner.members
    ):
        return (Func(function.function, Object(owner)),)
    return (function,)


# -- parameters ----------------------------------------------------------------


def parameter_values(
    program: Program, parameter: nodes.Parameter, write: Write
) -> Values:
    """What a parameter may be: seeds, callers, its annotation, its default."""
    seeded = program.seeds.get(parameter)
    if seeded is not None:
        return project(program, seeded, write.path)
    program.unseeded.add(parameter)
    function = program.function_of(parameter)
    if function is None:
        return (Unknown("parameter"),)
    receiver = _receiver(program, parameter, function)
    if receiver:
        return receiver
    found: Values = ()
    if write.value is not None:
        found = stores.injected(program, write.value) or project(
            program, program.values(write.value), write.path
        )
    passed = passed_values(program, function, parameter)
    found = merge(found, project(program, passed, write.path))
    useful = tuple(v for v in found if not isinstance(v, Unknown) and v != Const(None))
    if useful:
        return found
    if parameter.annotation is not None:
        shaped = project(program, typed(program, parameter.annotation), write.path)
        return merge(shaped, tuple(v for v in found if v == Const(None)))
    return merge(found, (Unknown("parameter"),))


def _receiver(
    program: Program, parameter: nodes.Parameter, function: nodes.Function
) -> Values:
    """``self`` or ``cls`` of a Python method."""
    definition = program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef) or definition.kind == "function":
        return ()
    if program.module_of(function).language != "python":
        return ()
    if not function.parameters or function.parameters[0] is not parameter:
        return ()
    owner = program.class_around(definition)
    if owner is None or any(
        last_name(d) == "staticmethod" for d in definition.decorators
    ):
        return ()
    if any(last_name(d) == "classmethod" for d in definition.decorators):
        return (ClassRef(owner),)
    return (Object(owner),)


def passed_values(
    program: Program, function: nodes.Function, parameter: nodes.Parameter
) -> Values:
    """What the callers in the project pass for a parameter."""
    found: list[Values] = [_by_position(program, function, parameter)]
    found += _set(program, function)
    for site in program.callers(function):
        if program.tests_only(site, function):
            continue
        argument = program.argument_for(site, function, parameter)
        if isinstance(argument, nodes.Node):
            found.append(program.values(argument))
        elif argument is None and parameter.kind == "plain":
            continue
        elif argument is ...:
            found.append(_spread(program, site, function, parameter))
    return merge(*found)


def _spread(
    program: Program,
    site: nodes.Call | nodes.Markup,
    function: nodes.Function,
    parameter: nodes.Parameter,
) -> Values:
    """What ``slice(...args)`` passes on, where ``args`` is a rest of parameters."""
    if isinstance(site, nodes.Call) and len(site.arguments) == 1:
        name = site.arguments[0].value
        binding = program.binding(name) if isinstance(name, nodes.Name) else None
        rest = binding.writes[0].source if binding and binding.constant else None
        outer = program.function_of(rest) if isinstance(rest, nodes.Parameter) else None
        if isinstance(rest, nodes.Parameter) and rest.kind == "rest" and outer:
            position = function.parameters.index(parameter)
            found = _by_position(program, outer, rest, position)
            if found:
                return found
    return (Unknown("spread arguments"),)


def _set(program: Program, function: nodes.Function) -> Iterator[Values]:
    """What is assigned to the property whose setter a function is."""
    definition = program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef) or definition.kind != "setter":
        return
    cls = program.parents.get(definition)
    for target, value in program.attribute_writes(definition.name):
        owners = program.values(target.object)
        if any(
            isinstance(owner, Object) and cls in program.classes.lineage(owner.node)
            for owner in owners
        ):
            yield program.values(value)


def _by_position(
    program: Program,
    function: nodes.Function,
    parameter: nodes.Parameter,
    beyond: int = 0,
) -> Values:
    """A callback's parameter where the function itself is the argument of a call.

    ``beyond`` is how many of a rest of parameters come before the one that is meant.
    """
    argument = program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return ()
    call = program.parents.get(argument)
    if not isinstance(call, nodes.Call):
        return ()
    position = function.parameters.index(parameter) + beyond
    stored = stores.callback_parameter(program, call, argument, position)
    if stored is not None or not isinstance(call.function, nodes.Member):
        return stored or ()
    if call.function.name in CALLBACK_EACH and position == 0:
        return elements(program, call.function.object)
    if call.function.name in program.library.spoken("listens"):
        return subjects.told(program, call, position)
    if call.function.name == "then" and position == 0:
        return promises.settled(program, program.values(call.function.object))
    return ()


# -- members -------------------------------------------------------------------


def _member(program: Program, owners: Values, name: str, node: nodes.Member) -> Values:
    return merge(*(member_of(program, owner, name, node) for owner in owners))


def _keyless(value: Value) -> bool:
    """Whether a member is of a record that has no such key as it is made."""
    match value:
        case Unknown(reason="no such key"):
            return True
        case External(receiver=Instance(of="global#Record")):
            return True
        case _:
            return False


def _put_in(program: Program, node: nodes.Member) -> Values:
    """What is put into a record under a key that it is not made with."""
    cell = program.cell(node.object)
    return () if cell is None else program.under_key(cell, node.name)


def _assigned(program: Program, node: nodes.Member, found: Values) -> Values:
    """What is assigned to a member of a record that is made with nothing there."""
    if any(not isinstance(value, Unknown | Const) for value in found):
        return ()
    records = [v for v in program.values(node.object) if isinstance(v, Rec)]
    if not records:
        return ()
    return merge(
        *(
            program.values(value)
            for target, value in program.attribute_writes(node.name)
            if any(owner in records for owner in program.values(target.object))
        )
    )


def under_key(
    program: Program, index: nodes.Expression, value: nodes.Expression, key: str
) -> Values:
    """What ``x[index] = value`` puts there under one key.

    Where both are what a function is given, each caller's value goes with its own key.
    """
    found = program.values(index)
    if known(found) and Const(key) not in found:
        return ()
    function = program.function_of(index)
    own = function.parameters if function is not None else ()
    keys, given = (_parameter(program, each, own) for each in (index, value))
    if function is None or keys is None or given is None:
        return program.values(value)
    passed: list[Values] = []
    for site in program.callers(function):
        name, at = (program.argument_for(site, function, p) for p in (keys, given))
        if not isinstance(name, nodes.Node) or not isinstance(at, nodes.Node):
            continue
        names = program.values(name)
        if not known(names) or Const(key) in names:
            passed.append(program.values(at))
    return merge(*passed)


def _parameter(
    program: Program, node: nodes.Expression, own: tuple[nodes.Parameter, ...]
) -> nodes.Parameter | None:
    binding = program.binding(node) if isinstance(node, nodes.Name) else None
    source = binding.writes[0].source if binding and binding.constant else None
    return source if isinstance(source, nodes.Parameter) and source in own else None


def member_of(  # noqa: C901, PLR0912
    program: Program, owner: Value, name: str, node: nodes.Member | None = None
) -> Values:
    """What ``owner.name`` may be; ``node`` is the access, when there is one."""
    match owner:
        case Unknown():
            return (Unknown("member of unknown"),)
        case ModuleRef(path=path):
            return program.exports.exported(path, name)
        case External(name=outer, receiver=receiver):
            kept = program.classes.shared(outer, name)
            return kept or below(_join(outer, name), receiver)
        case Instance(of=of):
            return _instance_member(program, owner, name, node)
        case Const() if name == "value":
            return (owner,)
        case Const(value=None):
            return ()
        case Const(value=value):
            of = "builtins.str" if isinstance(value, str) else "builtins.object"
            return (External(f"{of}.{name}"),)
        case Rec(node=record):
            return record_entry(program, record, name, shape=owner.shape)
        case Object(node=cls):
            return program.classes.member(cls, name, bound=True)
        case ClassRef(node=cls):
            return program.classes.member(cls, name, bound=False)
        case Func():
            if name in {"bind", "delay", "call", "apply"}:
                return (External(f"global#Function.{name}"),)
            return (Unknown("member of a function"),)
        case Seq():
            return (External(f"builtins.list.{name}"),)


def _join(outer: str, name: str) -> str:
    if outer.endswith(("#default", "#*")):
        return f"{outer.rpartition('#')[0]}#{name}"
    if outer in {"global#window", "global#globalThis", "global#self", "global#global"}:
        return f"global#{name}"
    return f"{outer}.{name}"


def _instance_member(
    program: Program, owner: Instance, name: str, node: nodes.Member | None
) -> Values:
    if node is not None and name in program.library.spoken("boxes"):
        held = stores.ref_values(program, owner)
        if held is not None:
            return held
    stored = stores.member(program, owner, name) or options.member(program, owner, name)
    if stored is not None:
        return stored
    if program.makes(f"{owner.of}.{name}") == "whole":
        return (owner,)
    written = program.classes.expando(owner, name)
    return merge(written, below(f"{owner.of}.{name}", owner))


def record_entry(
    program: Program, record: nodes.Record, name: str, *, shape: bool = False
) -> Values:
    """What a key of a record holds; unknown when a spread may hold it."""
    return program.remember(
        f"{'type' if shape else 'entry'} {name}",
        record,
        lambda: _record_entry(program, record, name, shape=shape),
    )


def _record_entry(
    program: Program, record: nodes.Record, name: str, *, shape: bool
) -> Values:
    found: Values = ()
    open_ended = False
    for entry in record.entries:
        if entry.kind == "spread":
            for value in program.values(entry.value):
                found = merge(found, member_of(program, value, name))
        elif key_of(entry) == name:
            found = (
                typed(program, entry.value) if shape else program.values(entry.value)
            )
        elif key_of(entry) is None:
            open_ended = True
    if not found:
        return (Unknown("computed keys" if open_ended else "no such key"),)
    return found


def _index(program: Program, node: nodes.Index) -> Values:
    keys = program.values(node.index)
    found: list[Values] = []
    for owner in program.values(node.object):
        for key in keys:
            match owner, key:
                case (Rec(), Const(value=str() as name)):
                    found.append(member_of(program, owner, name))
                case (Seq(node=sequence), Const(value=int() as at)) if (
                    -len(sequence.items) <= at < len(sequence.items)
                ):
                    found.append(program.values(sequence.items[at]))
                case (Instance(of=of), Const(value=str() as name)) if (
                    of not in CONTAINERS
                ):
                    found.append(below(f"{of}.{name}", owner))
                case (
                    External(name=outer, receiver=receiver),
                    Const(value=str() as name),
                ):
                    found.append(below(_join(outer, name), receiver))
                case (External(name=name, receiver=receiver), _):
                    found.append(made(f"{name}[]", node, receiver))
                case _:
                    continue
    return merge(*found) or elements(program, node.object)


# -- elements ------------------------------------------------------------------


def elements(program: Program, node: nodes.Expression) -> Values:
    """What iterating over (or indexing) an expression may give."""
    return program.remember("elements", node, lambda: _elements(program, node))


def _elements(program: Program, node: nodes.Expression) -> Values:  # noqa: C901, PLR0912
    found: list[Values] = []
    match node:
        case nodes.Comprehension(element=element):
            return program.values(element)
        case nodes.Call() if (copied := _copied(program, node)) is not None:
            return copied
        case nodes.Await(value=inner) if not _iterates_itself(program, inner):
            return _elements(program, inner)
        case nodes.Cast(value=inner):
            return _elements(program, inner)
        case nodes.Index(index=nodes.Opaque(what="Slice"), object=sliced):
            return elements(program, sliced)
        case _:
            pass
    for value in program.values(node):
        match value:
            case Seq(node=sequence):
                for item in sequence.items:
                    if isinstance(item, nodes.Spread):
                        found.append(elements(program, item.value))
                    else:
                        found.append(program.values(item))
            case Rec(node=record):
                found.extend(
                    program.values(entry.value)
                    for entry in record.entries
                    if entry.kind == "pair"
                )
            case Instance(site=nodes.Index() as annotation, of=of) if of in CONTAINERS:
                found.append(_element_type(program, annotation))
            case Instance(site=nodes.Call() as call, of=of) if of in CONTAINERS:
                if call.type_arguments:
                    found.append(typed(program, call.type_arguments[-1]))
                if call.arguments and of != "collections.defaultdict":
                    found.append(elements(program, call.arguments[0].value))
            case Instance(site=nodes.Comprehension() as listed):
                found.append(program.values(listed.element))
            case Instance(of=of, site=site, receiver=receiver) if (
                of in program.iterates_itself and not _opened(program, node, 0)
            ):
                found.append((Instance(of, site, receiver),))
            case Instance(of=of, site=site) if of not in CONTAINERS:
                found.append(made(f"{of}[]", site, value))
            case External(name=name, receiver=Instance() as receiver) if (
                given := program.makes(f"{program.canonical(name)}[]")
            ):
                found.append((Instance(given, node, receiver),))
            case Func(function=function) if function.is_generator:
                found.append(yielded(program, function))
            case Unknown():
                found.append((value,))
            case _:
                continue
    cell = program.cell(node)
    if cell is not None:
        found.append(program.element_writes(cell))
    return merge(*found) if found else (Unknown("elements"),)


def _iterates_itself(program: Program, node: nodes.Expression) -> bool:
    return any(
        isinstance(value, Instance) and value.of in program.iterates_itself
        for value in program.values(node)
    )


def _opened(program: Program, node: nodes.Expression, depth: int) -> bool:
    """True for what ``await connect(…)`` or a ``with`` gave, not for ``connect(…)``.

    Iterating the former gives messages, iterating the latter connections.
    """
    match node:
        case nodes.Call():
            return False
        case nodes.Cast(value=inner):
            return _opened(program, inner, depth)
        case nodes.Name():
            binding = program.binding(node)
            return binding is None or any(
                write.kind != "assign"
                or write.value is None
                or (depth < 4 and _opened(program, write.value, depth + 1))
                for write in binding.writes
            )
        case _:
            return True


def _copied(program: Program, call: nodes.Call) -> Values | None:
    """Elements of ``list(x)``, ``x.values()``, ``Array.from(x)`` are those of x."""
    if isinstance(call.function, nodes.Member):
        name = call.function.name
        if name in _SAME | _EACH and not call.new:
            return elements(program, call.function.object)
        if name in {"map", "flatMap"} and call.arguments:
            return callback_results(program, call.arguments[0].value)
        if name in _ITEM:
            inner = elements(program, call.function.object)
            cell = program.cell(call)
            put = program.element_writes(cell) if cell is not None else ()
            return merge(*(_value_elements(program, value) for value in inner), put)
    if not call.arguments or last_name(call.function) == "":
        return None
    callees = program.values(call.function)
    if any(isinstance(v, External) and v.name in _COPIES for v in callees):
        return elements(program, call.arguments[0].value)
    if any(
        isinstance(v, External) and v.name in {"builtins.zip", "itertools.chain"}
        for v in callees
    ):
        return merge(*(elements(program, a.value) for a in call.arguments))
    return None


def _value_elements(program: Program, value: Value) -> Values:
    """Elements of a value that is itself a container: ``dict[str, set[WebSocket]]``."""
    match value:
        case Instance(site=nodes.Index() as annotation, of=of) if of in CONTAINERS:
            return _element_type(program, annotation)
        case Seq(node=sequence):
            return merge(*(program.values(item) for item in sequence.items))
        case Instance(site=nodes.Call() as call, of=of) if (
            of in CONTAINERS and call.arguments
        ):
            return elements(program, call.arguments[0].value)
        case _:
            return ()


def _element_type(program: Program, annotation: nodes.Index) -> Values:
    index = annotation.index
    last = index
    if isinstance(index, nodes.Sequence) and index.items:
        items = [i for i in index.items if not _is_ellipsis(i)]
        last = items[-1] if items else index
    return typed(program, last)


def _is_ellipsis(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Literal) and node.kind == "ellipsis"


def project(program: Program, values: Values, path: tuple[Step, ...]) -> Values:
    """What is found at some steps into a value."""
    for step in path:
        values = merge(*(_step(program, value, step) for value in values))
    return values


def _step(program: Program, value: Value, step: Step) -> Values:
    if step == "...":
        return (value,)
    if step == "?":
        return (Unknown("computed key"),)
    if isinstance(step, str):
        return member_of(program, value, step)
    match value:
        case Seq(node=sequence) if step < len(sequence.items):
            item = sequence.items[step]
            return program.values(item)
        case Instance(of=of) if of in stores.STATE_HOOKS:
            return stores.state_part(program, value, step)
        case Instance(of=of, site=nodes.Index() as annotation) if of in {
            "typing.Tuple", "builtins.tuple",
        }:  # fmt: skip
            index = annotation.index
            if isinstance(index, nodes.Sequence) and step < len(index.items):
                return typed(program, index.items[step])
            return typed(program, index)
        case Instance(of=of, site=site) if of in CONTAINERS:
            return _value_elements(program, value) or (Unknown("element"),)
        case Instance(of=of, site=site):
            return made(f"{of}[{step}]", site, value)
        case Unknown():
            return (value,)
        case _:
            # Pairs of ``items()`` and ``entries()``: elements() gives the values.
            return (value,) if step == 1 else (Unknown("key"),)


# -- types ---------------------------------------------------------------------


def typed(program: Program, annotation: nodes.Expression) -> Values:
    """What a value of an annotated type may be."""
    return program.remember("typed", annotation, lambda: _typed(program, annotation))


def _typed(program: Program, node: nodes.Expression) -> Values:
    match node:
        case nodes.Literal(kind="null" | "undefined"):
            return (Const(None),)
        case nodes.Literal(kind="string", value=str() as text) if (
            program.module_of(node).language == "python"
        ):
            return _forward(program, node, text)
        case nodes.Literal(value=value):
            return (Const(value),)
        case nodes.Binary(op="|" | "&", left=left, right=right):
            return merge(typed(program, left), typed(program, right))
        case nodes.Record():
            return (Rec(node, shape=True),)
        case nodes.Index(object=outer, index=index):
            return _generic(program, node, outer, index)
        case nodes.Name(id="any" | "unknown" | "object" | "Any" | "never" | "void"):
            return (Unknown("any"),)
        case nodes.Name() | nodes.Member():
            return _named_type(program, node)
        case nodes.Function():
            return (Unknown("a function type"),)
        case nodes.Call(function=function, arguments=arguments) if (
            last_name(function) == "NewType" and len(arguments) == 2
        ):
            return typed(program, arguments[1].value)
        case _:
            return (Unknown("a type"),)


def _forward(program: Program, node: Node, text: str) -> Values:
    binding = program.binding_named(text.strip(), node)
    if binding is None:
        return (Unknown("a forward reference"),)
    return merge(
        *(_as_instance(program, v, node) for v in binding_values(program, binding))
    )


def _named_type(program: Program, node: nodes.Name | nodes.Member) -> Values:
    definition = program.exports.type_definition(node)
    if definition is not None:
        if definition.kind == "enum" and isinstance(definition.shape, nodes.Record):
            return merge(*(program.values(e.value) for e in definition.shape.entries))
        own = typed(program, definition.shape)
        return merge(own, *(typed(program, base) for base in definition.bases))
    found: Values = ()
    for value in program.values(node):
        if isinstance(value, ClassRef) and is_enum(program, value.node):
            found = merge(found, enum_members(program, value.node))
        elif isinstance(value, Instance | Rec | Seq):
            # A Python type alias: ``Rooms = dict[str, WebSocket]``.
            continue
        else:
            found = merge(found, _as_instance(program, value, node))
    if found:
        return found
    alias = program.exports.alias_value(node)
    return typed(program, alias) if alias is not None else (Unknown("a type"),)


def _as_instance(program: Program, value: Value, site: Node) -> Values:
    match value:
        case ClassRef(node=cls):
            return (Object(cls),)
        case External(name=name):
            return (Instance(program.canonical(name), site),)
        case Unknown() | Object() | Instance():
            return (value,)
        case _:
            return (Unknown("a type"),)


def _generic(
    program: Program,
    node: nodes.Index,
    outer: nodes.Expression,
    index: nodes.Expression,
) -> Values:
    first = index
    if isinstance(index, nodes.Sequence) and index.items:
        first = index.items[0]
    found: Values = ()
    for value in program.values(outer):
        match value:
            case External(name=name) if name in _LITERAL:
                items = index.items if isinstance(index, nodes.Sequence) else (index,)
                found = merge(
                    found,
                    *(
                        (Const(item.value),)
                        if isinstance(item, nodes.Literal)
                        else program.values(item)
                        for item in items
                    ),
                )
            case External(name="typing.Union"):
                items = index.items if isinstance(index, nodes.Sequence) else (index,)
                found = merge(found, *(typed(program, item) for item in items))
            case External(name=name) if name in _UNWRAPPED:
                found = merge(found, _annotated(program, name, index, first))
            case External(name=name) if stores.is_ref_type(program, name):
                found = merge(found, (Instance(stores.REF, node),))
            case External(name=name):
                found = merge(found, (Instance(program.canonical(name), node),))
            case ClassRef(node=cls):
                found = merge(found, (Object(cls),))
            case _:
                continue
    if found:
        return found
    definition = program.exports.type_definition(outer)
    return typed(program, definition.shape) if definition else (Unknown("a generic"),)


def _annotated(
    program: Program, name: str, index: nodes.Expression, first: nodes.Expression
) -> Values:
    if name.endswith("Annotated") and isinstance(index, nodes.Sequence):
        for extra in index.items[1:]:
            injected = stores.injected(program, extra)
            if injected and known(injected):
                return injected
    if name == "typing.Coroutine" and isinstance(index, nodes.Sequence):
        return typed(program, index.items[-1])
    return typed(program, first)


def is_enum(program: Program, cls: nodes.ClassDef) -> bool:
    """True for a class whose bases end in one of Python's enums."""
    return any(last_name(base) in _ENUM_BASES for base in cls.bases)


def enum_members(program: Program, cls: nodes.ClassDef) -> Values:
    """The values of the members of an enum class."""
    found: Values = ()
    for member in cls.members:
        if isinstance(member, nodes.Bind) and member.value is not None:
            found = merge(found, program.values(member.value))
    return found or (Unknown("an enum"),)


# -- calls ---------------------------------------------------------------------


def call_result(program: Program, call: nodes.Call) -> Values:
    """What a call gives, over everything it may call."""
    if isinstance(call.function, nodes.Member) and not call.new:
        special = _container_call(program, call, call.function)
        if special is not None:
            return special
    found = merge(
        *(
            _call_value(program, call, callee)
            for callee in program.values(call.function)
        )
    )
    return found or (Unknown("call"),)


def _container_call(
    program: Program, call: nodes.Call, function: nodes.Member
) -> Values | None:
    if function.name not in _ITEM | _SAME | {"bind", "setdefault"}:
        return None
    if function.name == "bind":
        bound = program.values(function.object)
        return bound if any(isinstance(v, Func | External) for v in bound) else None
    owners = program.values(function.object)
    container = any(
        (isinstance(v, Instance) and v.of in CONTAINERS) or isinstance(v, Seq | Rec)
        for v in owners
    )
    if not container:
        return None
    if function.name in _SAME:
        return owners
    found = _looked_up(program, call, function, owners)
    default = call.arguments[1:2]
    return merge(found, *(program.values(argument.value) for argument in default))


def _looked_up(
    program: Program, call: nodes.Call, function: nodes.Member, owners: Values
) -> Values:
    """What ``x.get(k)`` gives where x may be a container, or a library's own thing.

    Of parsed data that is ``{}`` when it cannot be parsed, it is a key all the same.
    """
    others = tuple(
        v for v in owners if isinstance(v, Instance) and v.of not in CONTAINERS
    )
    found = tuple(
        value
        for value in elements(program, function.object)
        if not (isinstance(value, Instance) and value.receiver in others)
    )
    called = (
        _call_value(program, call, External(f"{v.of}.{function.name}", v))
        for v in others
    )
    return merge(found, *called)


def _call_value(program: Program, call: nodes.Call, callee: Value) -> Values:
    match callee:
        case Func(function=function):
            return results(program, function)
        case ClassRef(node=cls):
            return (Object(cls),)
        case Object(node=cls):
            invoked = program.classes.member(cls, "__call__", bound=True)
            return merge(
                *(results(program, v.function) for v in invoked if isinstance(v, Func))
            ) or (Unknown("a called object"),)
        case External():
            return _external_result(program, call, callee)
        case Instance(of=of):
            stored = stores.called(program, callee, call) or options.called(
                program, callee
            )
            if stored is not None:
                return stored
            kind = program.makes(f"{of}()") or f"{of}()"
            return made(kind, call, callee)
        case _:
            return (Unknown("call of unknown"),)


def _external_result(program: Program, call: nodes.Call, callee: External) -> Values:
    name = program.canonical(callee.name)
    position = program.transparent(name)
    if position is not None and len(call.arguments) > position:
        return program.values(call.arguments[position].value)
    if name in {"global#require", "global#import"} and call.arguments:
        return program.exports.required(call)
    if name in {
        "global#String",
        "builtins.str",
        "typing.cast",
        "global#structuredClone",
    }:
        at = 1 if name == "typing.cast" else 0
        if len(call.arguments) > at:
            return program.values(call.arguments[at].value)
    if name == "global#Object.freeze" and call.arguments:
        return program.values(call.arguments[0].value)
    stored = stores.external_called(program, callee, call)
    if stored is not None:
        return stored
    suffix = "()" if callee.receiver is not None else ""
    kind = program.makes(name) or f"{name}{suffix}"
    if kind == "receiver" and callee.receiver is not None:
        return (callee.receiver,)
    return made(kind, call, callee.receiver)


def results(program: Program, function: nodes.Function) -> Values:
    """What a call of a project function gives: returns, yields, or its annotation."""
    return program.remember("results", function, lambda: _results(program, function))


def _results(program: Program, function: nodes.Function) -> Values:
    found = [
        program.values(node.value)
        for node in own_of(function)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    if function.is_generator:
        found.append(yielded(program, function))
    merged = merge(*found)
    if function.returns is not None and not known(merged):
        return merge(typed(program, function.returns), merged)
    return merged or (Const(None),)


def yielded(program: Program, function: nodes.Function) -> Values:
    """What a generator function yields."""
    found: list[Values] = []
    for node in own_of(function):
        if isinstance(node, nodes.Yield) and node.value is not None:
            if node.delegates:
                found.append(elements(program, node.value))
            else:
                found.append(program.values(node.value))
    return merge(*found) if found else (Unknown("yields"),)


def callback_results(program: Program, callback: nodes.Expression) -> Values:
    """What the functions that an expression may be give when called."""
    return merge(
        *(
            results(program, value.function)
            if isinstance(value, Func)
            else (Unknown("callback"),)
            for value in program.values(callback)
        )
    )


def managing(program: Program, node: nodes.Expression) -> tuple[nodes.Function, ...]:
    """The methods of the project that ``with node`` runs: entering, then leaving."""
    found: dict[nodes.Function, None] = {}
    for value in program.values(node):
        if not isinstance(value, Object):
            continue
        for name in ("__aenter__", "__enter__", "__aexit__", "__exit__"):
            for method in program.classes.member(value.node, name, bound=True):
                if isinstance(method, Func):
                    found[method.function] = None
    return tuple(found)


def entered(program: Program, node: nodes.Expression) -> Values:
    """What ``with node as x`` gives x: what ``__enter__`` gives, or the value."""
    found: list[Values] = []
    for value in program.values(node):
        if isinstance(value, Object):
            for name in ("__aenter__", "__enter__"):
                methods = program.classes.member(value.node, name, bound=True)
                inner = [
                    results(program, m.function) for m in methods if isinstance(m, Func)
                ]
                if inner:
                    found.extend(inner)
                    break
            else:
                found.append((value,))
        else:
            found.append((value,))
    return merge(*found)
