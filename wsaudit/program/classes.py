"""Classes: what they derive from, and what their members may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.program.tree import last_name
from wsaudit.program.values import ClassRef, Instance, Object, Unknown, Values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program


class Classes:
    """The classes of a program, and what is kept in attributes of other objects."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._declared: dict[nodes.ClassDef, frozenset[str]] = {}
        self._assigned_to: dict[str, frozenset[nodes.ClassDef | None]] = {}

    def lineage(self, cls: nodes.ClassDef) -> tuple[nodes.ClassDef, ...]:
        """A class and the classes of the project that it derives from, nearest first.

        Cut after eight of them.
        """
        found: dict[nodes.ClassDef, None] = {cls: None}
        queue = [cls]
        while queue and len(found) < 8:
            for base in queue.pop(0).bases:
                for value in self._program.values(base):
                    if isinstance(value, ClassRef) and value.node not in found:
                        found[value.node] = None
                        queue.append(value.node)
        return tuple(found)

    def derived(self, cls: nodes.ClassDef) -> tuple[nodes.ClassDef, ...]:
        """The classes of the modules read so far that derive from a class."""
        return tuple(
            each
            for each in self._program.every(nodes.ClassDef)
            if each is not cls and each.bases and cls in self.lineage(each)
        )

    def has_own(self, cls: nodes.ClassDef, name: str) -> bool:
        """Whether a class itself declares a member, or assigns it to its instances."""
        return name in self._declared_in(cls) or cls in self._assigned_in(name)

    def _declared_in(self, cls: nodes.ClassDef) -> frozenset[str]:
        if cls not in self._declared:
            found: set[str] = set()
            for member in cls.members:
                match member:
                    case (
                        nodes.FunctionDef(name=name)
                        | nodes.Bind(target=nodes.Name(id=name))
                    ):
                        found.add(name)
                    case _:
                        continue
            self._declared[cls] = frozenset(found)
        return self._declared[cls]

    def _assigned_in(self, name: str) -> frozenset[nodes.ClassDef | None]:
        if name not in self._assigned_to:
            self._assigned_to[name] = frozenset(
                self._program.class_around(target)
                for target, _ in self._program.attribute_writes(name)
                if isinstance(target.object, nodes.Name)
                and target.object.id in {"this", "self", "cls"}
            )
        return self._assigned_to[name]

    def member(self, cls: nodes.ClassDef, name: str, *, bound: bool) -> Values:
        """What a member of a class or of its instances may be, own or inherited."""
        return self._program.remember(
            f"{'bound' if bound else 'class'} {name}",
            cls,
            lambda: self._member(cls, name, bound=bound),
        )

    def _member(self, cls: nodes.ClassDef, name: str, *, bound: bool) -> Values:
        found = self._own_member(cls, name, bound=bound)
        if found:
            return found
        inherited: list[Values] = []
        for base in cls.bases:
            for value in self._program.values(base):
                if isinstance(value, values.ClassRef) and value.node is not cls:
                    inherited.append(self.member(value.node, name, bound=bound))
                elif isinstance(value, values.External):
                    of = self._program.canonical(value.name)
                    receiver = values.Instance(of, cls)
                    inherited.append((values.External(f"{of}.{name}", receiver),))
        return values.merge(*inherited) or (Unknown(f"no member {name}"),)

    def _own_member(self, cls: nodes.ClassDef, name: str, *, bound: bool) -> Values:
        found: list[Values] = []
        declared: list[Values] = []
        for member in cls.members:
            match member:
                case nodes.FunctionDef(name=own) if own == name:
                    owner = values.Object(cls) if bound else values.ClassRef(cls)
                    found.append(self._method(member, owner))
                case nodes.Bind(target=nodes.Name(id=own), value=None) if own == name:
                    declared.append(self._field(member))
                case nodes.Bind(target=nodes.Name(id=own)) if own == name:
                    found.append(self._field(member))
                case nodes.FunctionDef(kind="constructor", function=function):
                    found += self._parameters(function, name)
                case _:
                    continue
        found += (
            self._assigned(target, value)
            for target, value in self._program.attribute_writes(name)
            if self._writes_to(target, cls)
            if not self._program.tests_only(target, cls)
        )
        if not any(
            not isinstance(v, Unknown) and v != values.Const(None)
            for group in found
            for v in group
        ):
            return values.merge(*declared, *found)
        return values.merge(*found)

    def _parameters(self, constructor: nodes.Function, name: str) -> Iterator[Values]:
        """What a field gets that a parameter of a constructor declares."""
        for parameter in constructor.parameters:
            match parameter:
                case nodes.Parameter(
                    field=True, target=nodes.Name(id=own) as target
                ) if own == name:
                    binding = self._program.binding(target)
                    if binding is not None:
                        yield self._program.bound(binding)
                case _:
                    continue

    def _assigned(self, target: nodes.Member, value: nodes.Expression) -> Values:
        """What ``self.x: T = value`` gives the field."""
        found = self._program.values(value)
        bind = self._program.parents.get(target)
        if (
            isinstance(bind, nodes.Bind)
            and bind.annotation is not None
            and not values.told(found)
        ):
            return values.merge(self._program.typed(bind.annotation), found)
        return found

    def _writes_to(self, target: nodes.Member, cls: nodes.ClassDef) -> bool:
        receiver = target.object
        if isinstance(receiver, nodes.Name) and receiver.id in {"this", "self", "cls"}:
            return self._program.class_around(target) is cls
        if isinstance(receiver, nodes.Name | nodes.Member):
            owners = self._program.values(receiver)
            return values.Object(cls) in owners or values.ClassRef(cls) in owners
        return False

    def _method(self, member: nodes.FunctionDef, owner: Object | ClassRef) -> Values:
        decorators = {last_name(decorator) for decorator in member.decorators}
        if member.kind == "getter" or decorators & {"property", "cached_property"}:
            return self._program.results(member.function)
        return (values.Func(member.function, owner),)

    def _field(self, member: nodes.Bind) -> Values:
        program, annotation = self._program, member.annotation
        if member.value is None:
            return program.typed(annotation) if annotation else ()
        found = program.values(member.value)
        useful = [v for v in found if not isinstance(v, Unknown | values.Const)]
        if annotation is not None and not useful:
            declared = program.typed(annotation)
            constants = tuple(v for v in found if isinstance(v, values.Const))
            return (
                values.merge(constants, declared)
                if constants != (values.Const(None),)
                else values.merge(declared, constants)
            )
        if annotation is not None and not values.told(found):
            return values.merge(program.typed(annotation), found)
        return found

    def expando(self, owner: Instance, name: str) -> Values:
        """What the project itself stores on a library object (``app.state.x = …``)."""
        if name.startswith("on"):
            return ()
        program = self._program
        return values.merge(
            *(
                program.values(value)
                for target, value in program.attribute_writes(name)
                if owner in program.values(target.object)
            )
        )

    def shared(self, outer: str, name: str) -> Values:
        """What the project keeps in an attribute that is one for all of it."""
        program = self._program
        if not program.shares(outer):
            return ()
        return values.merge(
            *(
                program.values(value)
                for target, value in program.attribute_writes(name)
                if any(
                    isinstance(each, values.External) and program.shares(each.name)
                    for each in program.values(target.object)
                )
            )
        )
