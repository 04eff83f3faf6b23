"""Functions handed on: by which other names a function is called in the end.

A callback is called by the name of the parameter, key, variable or ref that holds it.
The names found here are candidates: whether a call runs the function is asked of the
call's value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.limits import ALIKE, SOME, STEPS
from wsaudit.program.tree import key_of, last_name, strip
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.program.names import Binding, Write
    from wsaudit.program.program import Program

Held = nodes.Name | nodes.Member
_GIVEN = nodes.Argument | nodes.Entry


@dataclass(frozen=True, slots=True)
class _Known:
    """A name that holds a function; ``binding`` where it is a variable's."""

    name: str
    binding: Binding | None = None


class Handed:
    """What is handed on under which name, and to what."""

    def __init__(self) -> None:
        self._noted: dict[str, list[tuple[Held, Node]]] = defaultdict(list)
        self._methods: dict[str, list[nodes.Function]] = defaultdict(list)
        self._names: dict[nodes.Function, frozenset[str]] = {}

    def note(self, node: Node) -> None:
        """Note what a node of the program hands on."""
        match node:
            case nodes.FunctionDef(name=name, function=function):
                self._methods[name].append(function)
                return
            case nodes.Entry(value=nodes.Function() as function):
                self._methods[key_of(node) or ""].append(function)
                return
            case nodes.Argument(value=value) | nodes.Entry(value=value):
                pass
            case (
                nodes.Bind(target=target, value=value)
                | nodes.Assign(target=target, value=value)
            ) if value is not None and isinstance(target, nodes.Name | nodes.Member):
                pass
            case _:
                return
        for held in _held(value):
            self._noted[last_name(held)].append((held, node))
        if isinstance(node, nodes.Entry):
            # In a pattern the key is what is read, and the name holds it from there.
            key = key_of(node)
            if key is not None and isinstance(value, nodes.Name):
                self._noted[key].append((value, node))

    def names(
        self, program: Program, function: nodes.Function, known: Iterable[str]
    ) -> frozenset[str]:
        """The names that a function with some known names may be called by."""
        if function not in self._names:
            self._names[function] = self._find(program, function)
        return self._names[function] | frozenset(known)

    def names_of(self, program: Program, binding: Binding) -> frozenset[str]:
        """The names that what a variable holds may be called by."""
        return self._spread(program, [_Known(binding.name, binding)])

    def given_at(
        self, program: Program, function: nodes.Function, known: Iterable[str]
    ) -> Iterator[tuple[Held, Node]]:
        """The arguments and entries that may hand a function on, by its names."""
        for name in sorted(self.names(program, function, known)):
            noted = self._noted.get(name, ())
            if len(noted) <= SOME:
                yield from (each for each in noted if isinstance(each[1], _GIVEN))

    def called(self, program: Program, call: nodes.Call) -> Iterator[nodes.Function]:
        """The functions that a call may run by its callee's name alone."""
        match strip(call.function):
            case nodes.Name() as name:
                binding = program.exports.origin(name)
                for write in binding.writes if binding is not None else ():
                    for found in _written_as(write):
                        if isinstance(found, nodes.ClassDef):
                            yield from _constructors(found)
                        else:
                            yield found
            case nodes.Member(name=name):
                methods = self._methods.get(name, ())
                if len(methods) <= ALIKE:
                    yield from methods
            case _:
                return

    def _find(self, program: Program, function: nodes.Function) -> frozenset[str]:
        return self._spread(program, list(_first(program, function)))

    def _spread(self, program: Program, level: list[_Known]) -> frozenset[str]:
        seen: dict[_Known, None] = {}
        for _ in range(STEPS):
            following: list[_Known] = []
            for item in level:
                if item not in seen and len(seen) < SOME:
                    seen[item] = None
                    following.extend(self._next(program, item))
            level = following
        return frozenset({item.name for item in (*seen, *level[:SOME])} - {""})

    def _next(self, program: Program, item: _Known) -> Iterator[_Known]:
        if item.name in program.library.spoken("boxes"):
            # Every ref has one: what is read from it is followed by value alone.
            return
        noted = self._noted.get(item.name, ())
        if item.binding is None and len(noted) > SOME:
            # A key or field such as ``name`` says nothing any more.
            return
        for held, node in noted:
            if isinstance(node, nodes.Entry):
                yield from _entered(program, item, held, node)
            elif _matches(program, item, held):
                yield from _received(program, node)


def _held(node: nodes.Expression) -> Iterator[Held]:
    """The names of the functions that an expression may hand on."""
    match strip(node):
        case (nodes.Name() | nodes.Member()) as held:
            yield held
        case nodes.Logical(operands=operands):
            for operand in operands:
                yield from _held(operand)
        case nodes.Conditional(then=then, other=other):
            yield from _held(then)
            yield from _held(other)
        case nodes.Call(function=nodes.Member(object=inner, name="bind")):
            yield from _held(inner)
        case _:
            return


def _first(program: Program, function: nodes.Function) -> Iterator[_Known]:
    """What holds a function where it is written."""
    at: Node = function
    parent = program.parents.get(at)
    while isinstance(parent, nodes.Cast | nodes.Logical | nodes.Conditional):
        at, parent = parent, program.parents.get(parent)
    match parent:
        case nodes.FunctionDef(name=name, kind=kind):
            python = program.module_of(parent).language == "python"
            method = kind != "function" or (
                python and isinstance(program.parents.get(parent), nodes.ClassDef)
            )
            yield _Known(name, None if method else program.binding_named(name, parent))
        case nodes.Argument() | nodes.Bind() | nodes.Assign():
            yield from _received(program, parent)
        case nodes.Entry():
            yield _Known(key_of(parent) or "")
        case _:
            return


def _matches(program: Program, item: _Known, held: Held) -> bool:
    """Whether a name that is handed on is the one that is known to hold a function."""
    if item.binding is None:
        return True
    if not isinstance(held, nodes.Name):
        return False
    return program.binding(held) is item.binding or (
        program.exports.origin(held) is item.binding
    )


def _entered(
    program: Program, item: _Known, held: Held, entry: nodes.Entry
) -> Iterator[_Known]:
    """From a value to its key in a record, or from a key to its name in a pattern."""
    key = key_of(entry) or ""
    if item.binding is None and key == item.name and isinstance(held, nodes.Name):
        yield _Known(held.id, program.binding(held))
    if last_name(held) == item.name and _matches(program, item, held):
        yield _Known(key)


def _received(program: Program, node: Node) -> Iterator[_Known]:
    """What holds a function that an argument or an assignment hands on."""
    match node:
        case (
            nodes.Bind(target=nodes.Name() as target)
            | nodes.Assign(target=nodes.Name() as target)
        ):
            yield _Known(target.id, program.binding(target))
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ):
            yield _Known(name)
        case nodes.Argument():
            call = program.parents.get(node)
            if isinstance(call, nodes.Call):
                yield from _as_parameter(program, call, node)
        case _:
            return


def _as_parameter(
    program: Program, call: nodes.Call, argument: nodes.Argument
) -> Iterator[_Known]:
    """The parameters that an argument fills, and what holds a wrapper's result."""
    holder = program.parents.get(call)
    if isinstance(holder, nodes.Bind | nodes.Assign):
        yield from _received(program, holder)
    if last_name(call.function) in program.library.flow_ends("ref"):
        yield from map(_Known, sorted(program.library.spoken("boxes")))
    plain = [each for each in call.arguments if each.keyword is None]
    for function in program.handed.called(program, call):
        parameters = _own_parameters(program, function)
        for index, parameter in enumerate(parameters):
            target = parameter.target
            if not isinstance(target, nodes.Name):
                continue
            if argument.keyword is not None:
                fills = target.id == argument.keyword
            else:
                fills = index < len(plain) and plain[index] is argument
            if fills:
                yield _Known(target.id, program.binding(target))


def _own_parameters(
    program: Program, function: nodes.Function
) -> tuple[nodes.Parameter, ...]:
    """The parameters that a caller writes: without Python's ``self``."""
    definition = program.parents.get(function)
    method = (
        isinstance(definition, nodes.FunctionDef)
        and isinstance(program.parents.get(definition), nodes.ClassDef)
        and program.module_of(function).language == "python"
        and not any(last_name(d) == "staticmethod" for d in definition.decorators)
    )
    return function.parameters[1:] if method else function.parameters


def _written_as(write: Write) -> Iterator[nodes.Function | nodes.ClassDef]:
    """The function or class that a variable is written with, as far as it is seen."""
    match write.source, write.value:
        case (nodes.Function() | nodes.ClassDef()) as source, _:
            yield source
        case _, nodes.Function() as function if not write.path:
            yield function
        case _, nodes.Call(arguments=arguments) if not write.path:
            # ``useCallback((cb) => …)`` and its like hand back what they are given.
            for argument in arguments[:1]:
                if isinstance(argument.value, nodes.Function):
                    yield argument.value
        case _:
            return


def _constructors(cls: nodes.ClassDef) -> Iterator[nodes.Function]:
    for member in cls.members:
        if isinstance(member, nodes.FunctionDef) and member.name in {
            "__init__",
            "constructor",
        }:
            yield member.function
