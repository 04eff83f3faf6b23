"""Cells: where values are kept, one identity for all names of one variable or slot."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.limits import STEPS
from wsaudit.program import items, stores, values
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name, own_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.names import Write
    from wsaudit.program.program import Program
    from wsaudit.program.values import Values

ITEM = frozenset({"get", "setdefault", "pop", "at"})
"""Methods that hand out what a container holds under a key."""
_GETTERS = frozenset({"property", "cached_property"})

Kind = Only[
    "variable", "field", "attribute", "entry", "slot", "ref", "shared", "content"
]


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value is kept: equal for all the names and ways that lead there.

    ``owner`` is the Binding of a "variable", the class of a "field", the type and the
    site of a library's object that has an "attribute", the record of an "entry", the
    store of a "slot", the call that makes a "ref", None for what is "shared" by the
    whole program, and the container of "content": whatever it holds under any key.
    """

    kind: Kind
    owner: Binding | nodes.Node | tuple[str, nodes.Node] | Cell | None
    name: str = ""

    @property
    def container(self) -> Cell:
        """The cell that a name leads to: itself, or what holds the content."""
        cell = self
        while isinstance(cell.owner, Cell):
            cell = cell.owner
        return cell


def variable(binding: Binding) -> Cell:
    """The cell of a variable that is no other name of anything."""
    return Cell("variable", binding, binding.name)


class Cells:
    """The cells of a program, each found when it is asked about."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._of_binding: dict[Binding, Cell] = {}
        self._finding: set[Binding | nodes.Function] = set()
        self._table: dict[Cell, list[tuple[nodes.Expression, bool]]] | None = None
        self._keyed: dict[Cell, list[tuple[nodes.Expression, nodes.Expression]]] = {}
        self._building = False

    def of(self, node: nodes.Expression) -> Cell | None:
        """The cell that an expression reads; None when that cannot be told."""
        match node:
            case nodes.Name():
                binding = self._program.binding(node)
                return None if binding is None else self._binding(binding)
            case nodes.Member(object=inner, name=name):
                return self._member(inner, name)
            case nodes.Index(index=nodes.Opaque(what="Slice")):
                return None
            case nodes.Index(object=inner):
                return _inside(self.of(inner))
            case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
                name in ITEM
            ):
                return _inside(self.of(inner))
            case nodes.Call():
                return self._given(self._program.callees(node))
            case nodes.Cast(value=inner) | nodes.Await(value=inner):
                return self.of(inner)
            case nodes.Assign(target=target):
                return self.of(target)
            case nodes.Logical(operands=operands):
                found = (self.of(operand) for operand in operands)
                return next((cell for cell in found if cell is not None), None)
            case _:
                return None

    def written(self, cell: Cell) -> Values | None:
        """What is put into the container in a cell; None while that is found out."""
        put = self.put_into(cell)
        if put is None:
            return None
        program = self._program
        found = [
            items.elements(program, node) if spread else program.values(node)
            for node, spread in put
        ]
        return values.merge(*found)

    def put_into(self, cell: Cell) -> tuple[tuple[nodes.Expression, bool], ...] | None:
        """The expressions put into a container, and whether all that they hold is."""
        if self._table is None:
            if self._building:
                return None
            self._building = True
            try:
                with self._program.aside():
                    self._table = self._build()
            finally:
                self._building = False
        return tuple(self._table.get(cell, ()))

    def under_keys(
        self, cell: Cell
    ) -> tuple[tuple[nodes.Expression, nodes.Expression], ...]:
        """What is assigned to subscripts of a container: each key and its value."""
        self.put_into(cell)
        return tuple(self._keyed.get(cell, ()))

    # -- variables ---------------------------------------------------------------

    def _binding(self, binding: Binding) -> Cell:
        """The cell of a variable; its own where it is passed round in a circle."""
        if binding in self._of_binding:
            return self._of_binding[binding]
        if binding in self._finding:
            return variable(binding)
        self._finding.add(binding)
        try:
            found = self._follow(binding)
        finally:
            self._finding.discard(binding)
        if not self._finding:
            self._of_binding[binding] = found
        return found

    def _follow(self, binding: Binding) -> Cell:
        for _ in range(STEPS):
            assigned = [w for w in binding.writes if w.kind != "augmented"]
            if len(assigned) != 1:
                return self._agreed(assigned) or variable(binding)
            write = assigned[0]
            if not isinstance(write.source, nodes.Import):
                return self._written(write) or variable(binding)
            target = self._program.exports.import_target(write.source, write.at)
            if target is None:
                break
            binding = target
        return variable(binding)

    def _written(self, write: Write) -> Cell | None:
        """The cell that one write makes a variable another name of."""
        if write.kind == "assign" and write.value is not None and not write.path:
            return self._alias(write.value)
        if write.kind == "each" and write.value is not None:
            return self._each(write.value, write)
        if write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
            return self._passed(write, write.source)
        return None

    def _agreed(self, writes: list[Write]) -> Cell | None:
        """The cell of ``room = rooms.get(k)`` or else ``room = set()``."""
        if not writes or any(write.kind != "assign" or write.path for write in writes):
            return None
        found = {
            self._alias(write.value)
            for write in writes
            if write.value is not None and not self._fresh(write.value)
        }
        return found.pop() if len(found) == 1 else None

    def _fresh(self, value: nodes.Expression) -> bool:
        """Whether an expression makes a new container."""
        return isinstance(value, nodes.Sequence | nodes.Record) or (
            isinstance(value, nodes.Call)
            and all(
                isinstance(made, values.Instance)
                and made.of in values.CONTAINERS
                and made.site is value
                for made in self._program.values(value)
            )
        )

    def _alias(self, value: nodes.Expression) -> Cell | None:
        if isinstance(
            value,
            nodes.Name
            | nodes.Member
            | nodes.Index
            | nodes.Call
            | nodes.Cast
            | nodes.Await
            | nodes.Assign
            | nodes.Logical,
        ):
            return self.of(value)
        return None

    def _each(self, source: nodes.Expression, write: Write) -> Cell | None:
        """The cell of ``room`` in ``for key, room in rooms.items()``."""
        pairs = items.gives_pairs(self._program, source)
        while isinstance(source, nodes.Call):
            if isinstance(source.function, nodes.Member) and not source.arguments:
                source = source.function.object
            elif len(source.arguments) == 1:
                source = source.arguments[0].value
            else:
                return None
        if write.path != ((1,) if pairs else ()):
            return None
        return _inside(self.of(source))

    def _passed(self, write: Write, parameter: nodes.Parameter) -> Cell | None:
        """The cell of what all callers pass for a parameter."""
        function = self._program.function_of(write.at)
        if function is None or write.path:
            return None
        cell: Cell | None = None
        for site in self._program.callers(function):
            argument = self._program.argument_for(site, function, parameter)
            if not isinstance(argument, nodes.Node):
                continue
            passed = self.of(argument)
            if passed is None or cell not in {None, passed}:
                return None
            cell = passed
        return cell

    # -- fields and functions ----------------------------------------------------

    def _member(self, inner: nodes.Expression, name: str) -> Cell | None:
        boxes = self._program.library.spoken("boxes")
        for owner in self._program.values(inner):
            match owner:
                case values.Object(node=cls) | values.ClassRef(node=cls):
                    return self.field(cls, name)
                case values.Instance(of=stores.REF, site=site) if name in boxes:
                    return Cell("ref", site)
                case values.Instance(of=stores.SLICE, site=site):
                    return Cell("slot", site, name)
                case values.Instance(of=of, site=site):
                    return Cell("attribute", (of, site), name)
                case values.ModuleRef(path=path):
                    found = self._program.exports.export_binding(path, name)
                    return None if found is None else self._binding(found)
                case values.Rec(node=record):
                    return Cell("entry", record, name)
                case values.External(name=outer) if self._program.shares(outer):
                    return Cell("shared", None, name)
                case _:
                    continue
        return None

    def field(self, cls: nodes.ClassDef, name: str) -> Cell:
        """A field of the class that first has it, or what its getter gives."""
        home, getter = cls, None
        for each in self._program.classes.lineage(cls):
            if self._program.classes.has_own(each, name):
                home = each
                getter = _getter(each, name) or getter
        if getter is not None:
            return self._given((getter,)) or Cell("field", home, name)
        return Cell("field", home, name)

    def _given(self, functions: tuple[nodes.Function, ...]) -> Cell | None:
        """The cell of the container that functions of the project hand out."""
        found = set()
        for function in functions:
            if function in self._finding or len(self._finding) > STEPS:
                return None
            self._finding.add(function)
            try:
                for node in own_of(function):
                    if isinstance(node, nodes.Return) and node.value is not None:
                        found.add(self._alias(node.value))
            finally:
                self._finding.discard(function)
        return found.pop() if len(found) == 1 else None

    # -- what is put in ----------------------------------------------------------

    def _build(self) -> dict[Cell, list[tuple[nodes.Expression, bool]]]:
        table: dict[Cell, list[tuple[nodes.Expression, bool]]] = defaultdict(list)
        for name, position in values.ADDERS.items():
            for call in self._program.calls_named(name):
                arguments = [a for a in call.arguments if a.keyword is None]
                if not isinstance(call.function, nodes.Member):
                    continue
                if len(arguments) <= position:
                    continue
                cell = self.of(call.function.object)
                if cell is not None:
                    argument = arguments[position]
                    spread = name in {"extend", "update"} or bool(argument.spread)
                    table[cell].append((argument.value, spread))
        for target, value in self._program.index_writes():
            cell = self.of(target.object)
            if cell is not None:
                table[cell].append((value, False))
                self._keyed.setdefault(cell, []).append((target.index, value))
        return table


def _inside(cell: Cell | None) -> Cell | None:
    return None if cell is None else Cell("content", cell, cell.name)


def _getter(cls: nodes.ClassDef, name: str) -> nodes.Function | None:
    """The getter or property of a class that gives a field."""
    for member in cls.members:
        if isinstance(member, nodes.FunctionDef) and member.name == name:
            decorators = {last_name(decorator) for decorator in member.decorators}
            if member.kind == "getter" or decorators & _GETTERS:
                return member.function
    return None
