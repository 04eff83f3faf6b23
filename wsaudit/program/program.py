"""The program: every module read, and the tables that answer what a node means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from types import EllipsisType
from typing import TypeVar

from wsaudit.limits import TOO_FAR
from wsaudit.program import calling, calls, members, tree, typings, values
from wsaudit.program.answers import Answers
from wsaudit.program.asked import Memory
from wsaudit.program.calls import CallSite
from wsaudit.program.cells import Cell, Cells
from wsaudit.program.classes import Classes
from wsaudit.program.evaluation import binding_values, evaluate, written_values
from wsaudit.program.exports import Exports
from wsaudit.program.handed import Handed
from wsaudit.program.library import Library, Plain
from wsaudit.program.modules import Files
from wsaudit.program.names import Binding, Names, Scope, Write, lookup
from wsaudit.program.tree import children, last_name
from wsaudit.program.values import (
    External,
    Instance,
    Unknown,
    Value,
    Values,
)
from wsaudit.source import Place, is_test
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

_EVERYDAY = (
    "adds", "removes", "gives-one", "gives-all", "runs-each", "runs-then", "logs",
    "harmless",
)  # fmt: skip
_TOO_FAR = (Unknown(TOO_FAR),)
_N = TypeVar("_N", bound=Node)

_NOTED = (
    nodes.Call,
    nodes.Bind,
    nodes.Assign,
    nodes.Markup,
    nodes.ImportName,
    nodes.Unary,
    nodes.ClassDef,
    nodes.Entry,
    nodes.Argument,
    nodes.FunctionDef,
)


class Program:
    """All modules of a run and the answers about them, each computed once.

    ``modules`` are all that is read: a file that is not among them is not in sight.
    ``primary`` are the paths of those in which sockets are looked for, all when not
    given. ``paths`` are all code files; ``support`` gives the text of a configuration
    file by path, ``support_paths`` are the paths of those there are; ``files`` stands
    for these three where it is there already.
    """

    def __init__(
        self,
        modules: Iterable[nodes.Module],
        *,
        primary: Collection[str] | None = None,
        files: Files | None = None,
        paths: Collection[str] = (),
        support: Callable[[str], str | None] = lambda _path: None,
        support_paths: Collection[str] = (),
        library: Library | None = None,
    ) -> None:
        self.modules: dict[str, nodes.Module] = {}
        given = sorted(modules, key=lambda m: m.path)
        self.primary: list[nodes.Module] = [
            module for module in given if primary is None or module.path in primary
        ]
        self._primary = frozenset(module.path for module in self.primary)
        self.definitions: list[nodes.FunctionDef | nodes.ClassDef] = []
        """The classes and the decorated functions of the primary modules, in order."""
        self.parents: dict[Node, Node | nodes.Module] = {}
        self.seeds: dict[Node, Values] = {}
        self.unseeded: set[Node] = set()
        """The parameters that were asked about and had no seed."""
        self._late = False
        self.library: Library = library or Plain()
        self.iterates_itself = self.library.iterates_itself()
        self.everyday = self.library.spoken(*_EVERYDAY)
        code = {*paths, *(m.path for m in given)}
        self.files = files or Files(code, support, support_paths)
        self._names: dict[str, Names] = {}
        self._calls: dict[str, list[nodes.Call]] = defaultdict(list)
        self._markup: dict[str, list[nodes.Markup]] = defaultdict(list)
        self._attributes: dict[str, list[tuple[nodes.Member, nodes.Expression]]] = (
            defaultdict(list)
        )
        self._import_names: dict[str, set[str]] = defaultdict(set)
        self._answers = Answers()
        self.memory = Memory(self._answers)
        self._module_of: dict[Node, nodes.Module] = {}
        self._kinds: dict[str, dict[type[Node], list[Node]]] = {}
        self._records: dict[nodes.Markup, nodes.Record] = {}
        self.handed = Handed()
        self._index_writes: list[tuple[nodes.Index, nodes.Expression]] = []
        self._deletions: list[nodes.Unary] = []
        self._increments: dict[str, list[nodes.Unary]] = defaultdict(list)
        self._cells = Cells(self)
        self.exports = Exports(self)
        self.classes = Classes(self)
        self._classes_around: dict[Node, nodes.ClassDef | None] = {}
        self._functions_around: dict[Node, nodes.Function | None] = {}
        self._bindings: dict[nodes.Name, Binding | None] = {}
        for module in given:
            self._index(module)

    # -- modules -----------------------------------------------------------------

    def module(self, path: str) -> nodes.Module | None:
        """A module by path; None when it is not in sight."""
        return self.modules.get(path)

    def _index(self, module: nodes.Module) -> None:
        self.modules[module.path] = module
        self._names[module.path] = Names(module)
        kinds: dict[type[Node], list[Node]] = defaultdict(list)
        stack: list[Node] = list(reversed(module.body))
        self.parents.update(dict.fromkeys(stack, module))
        while stack:
            node = stack.pop()
            kinds[type(node)].append(node)
            below = children(node)
            self.parents.update(dict.fromkeys(below, node))
            stack += reversed(below)
        self._kinds[module.path] = dict(kinds)
        found = [node for kind in _NOTED for node in kinds.get(kind, ())]
        found.sort(key=lambda node: (node.start, -node.end))
        for node in found:
            self._note(node)
        if module.path in self._primary:
            self.definitions += [
                node
                for node in found
                if isinstance(node, nodes.ClassDef)
                or (isinstance(node, nodes.FunctionDef) and node.decorators)
            ]

    def _note(self, node: Node) -> None:
        self.handed.note(node)
        if isinstance(node, nodes.Bind) and _is_imported(node.value):
            for name, alias in _aliases(node.target):
                self._import_names[name].add(alias)
        match node:
            case nodes.Call():
                self._calls[last_name(node.function)].append(node)
            case (
                nodes.Bind(target=nodes.Member() as target, value=value)
                | nodes.Assign(target=nodes.Member() as target, value=value)
            ) if value is not None:
                self._attributes[target.name].append((target, value))
            case (
                nodes.Bind(target=nodes.Index() as indexed, value=value)
                | nodes.Assign(target=nodes.Index() as indexed, value=value)
            ) if value is not None:
                self._index_writes.append((indexed, value))
            case nodes.Unary(op="delete"):
                self._deletions.append(node)
            case nodes.Unary(op="++" | "--", value=value):
                self._increments[last_name(value)].append(node)
            case nodes.Markup(tag=tag) if tag is not None:
                self._markup[last_name(tag)].append(node)
            case nodes.ImportName(name=name, alias=alias) if name != alias:
                self._import_names[name].add(alias)
            case _:
                return

    def every(self, kind: type[_N], module: nodes.Module | None = None) -> Iterator[_N]:
        """The nodes of one kind in a module, or in all; in the order of their places.

        Whoever looks for a kind of node in all of the program asks here: walking all
        trees once more takes longer than many an analysis.
        """
        for each in self.modules.values() if module is None else (module,):
            yield from self._kinds[each.path].get(kind, ())  # type: ignore[misc]

    def names(self, module: nodes.Module) -> Names:
        """The scopes of a module."""
        return self._names[module.path]

    def module_of(self, node: Node) -> nodes.Module:
        """The module a node stands in; KeyError for a node of no module here."""
        found = self._module_of.get(node)
        if found is None:
            at: Node | nodes.Module = node
            while not isinstance(at, nodes.Module):
                at = self.parents[at]
            found = self._module_of[node] = at
        return found

    def place_of(self, node: Node) -> Place:
        """Where a node stands, for a finding."""
        return Place(self.module_of(node).path, node.start, node.end)

    # -- around a node -----------------------------------------------------------

    def function_of(self, node: Node) -> nodes.Function | None:
        """The function whose body (or parameters) a node stands in."""
        known = self._functions_around
        if node not in known:
            known[node] = tree.function_of(node, self.parents)
        return known[node]

    def class_around(self, node: Node) -> nodes.ClassDef | None:
        """The class a node stands in."""
        known = self._classes_around
        if node not in known:
            known[node] = tree.class_of(node, self.parents)
        return known[node]

    def scope_of(self, node: Node) -> Scope:
        """The innermost scope around a node."""
        module = self.module_of(node)
        names = self._names[module.path]
        at: Node | nodes.Module = node
        while not isinstance(at, nodes.Module):
            if at in names.scopes:
                return names.scopes[at]
            at = self.parents[at]
        return names.top

    def binding(self, node: nodes.Name) -> Binding | None:
        """The declaration that a name means here; None for globals of the language."""
        known = self._bindings
        if node not in known:
            known[node] = self.binding_named(node.id, node)
        return known[node]

    def binding_named(self, name: str, node: Node) -> Binding | None:
        """The declaration that a name would mean where ``node`` stands."""
        python = self.module_of(node).language == "python"
        return lookup(name, self.scope_of(node), python=python)

    # -- values ------------------------------------------------------------------

    def values(self, node: nodes.Expression) -> Values:
        """What an expression may be; never empty."""
        found = self._of_constant(node) if type(node) is nodes.Name else None
        if found is None:
            found = self.remember("values", node, lambda: evaluate(self, node))
        return found or (Unknown("nothing"),)

    def _of_constant(self, node: nodes.Name) -> Values | None:
        """What a name may be that is written once: the same wherever it stands."""
        binding = None if node in self.seeds else self.binding(node)
        if binding is None or len(binding.writes) != 1:
            return None
        return written_values(self, binding, binding.writes[0])

    def bound(self, binding: Binding) -> Values:
        """Everything that may be bound to a name."""
        return binding_values(self, binding)

    def results(self, function: nodes.Function) -> Values:
        """What a call of a project function gives."""
        return calling.results(self, function)

    def callback_results(self, callback: nodes.Expression) -> Values:
        """What the functions that an expression may be give when called."""
        return values.merge(
            *(
                self.results(value.function)
                if isinstance(value, values.Func)
                else (Unknown("callback"),)
                for value in self.values(callback)
            )
        )

    def typed(self, annotation: nodes.Expression) -> Values:
        """What a type says that a value may be."""
        return typings.typed(self, annotation)

    def member(
        self, owner: Value, name: str, node: nodes.Member | None = None
    ) -> Values:
        """What a name gives of a value."""
        return members.member_of(self, owner, name, node)

    def entry(self, record: nodes.Record, name: str, *, shape: bool = False) -> Values:
        """What a record holds under a key; ``shape`` for the record of a type."""
        return members.record_entry(self, record, name, shape=shape)

    def remember(
        self,
        kind: str,
        node: Node | nodes.Module | Write,
        compute: Callable[[], Values],
    ) -> Values:
        """Compute an answer once; a question inside its own answer gives nothing new.

        See `wsaudit.program.answers`.
        """
        return self._answers.of((kind, node), compute, _TOO_FAR)

    def aside(self) -> AbstractContextManager[None]:
        """See `Answers.aside`."""
        return self._answers.aside()

    def seed(self, node: Node, *given: Instance | External) -> None:
        """Tell what code out of sight gives a parameter or a name; then `catch_up`."""
        self.seeds[node] = given
        self._late |= node in self.unseeded or not isinstance(node, nodes.Parameter)

    def catch_up(self) -> bool:
        """Drop all answers if some did not know of a seed yet; whether it did."""
        late, self._late = self._late, False
        if late:
            self._forget()
        return late

    def _forget(self) -> None:
        self.unseeded.clear()
        self._answers.forget()
        self.memory.forget()
        self._cells = Cells(self)

    def canonical(self, name: str) -> str:
        """The main name of a library name."""
        return self.library.canonical(name)

    def transparent(self, name: str) -> int | None:
        """See `Library.transparent`."""
        return self.library.transparent(name)

    def makes(self, name: str) -> str | None:
        """See `Library.makes`."""
        return self.library.makes(name)

    # -- attributes --------------------------------------------------------------

    def tests_only(self, node: Node, home: Node) -> bool:
        """Whether a node is test code that says nothing of the code around ``home``.

        What tests pass and patch in are doubles.
        """
        return is_test(self.module_of(node).path) and not is_test(
            self.module_of(home).path
        )

    def constant(self, name: str) -> str | int | float | None:
        """See `Library.constant`."""
        return self.library.constant(self.canonical(name))

    def shares(self, name: str) -> bool:
        """See `Library.shares`."""
        return self.library.shares(self.canonical(name))

    def attribute_writes(
        self, name: str
    ) -> Iterable[tuple[nodes.Member, nodes.Expression]]:
        """Every assignment to an attribute of this name: its target and value."""
        return tuple(self._attributes.get(name, ()))

    # -- calls -------------------------------------------------------------------

    def calls_named(self, name: str) -> tuple[nodes.Call, ...]:
        """Every call whose callee ends in this identifier."""
        return tuple(self._calls.get(name, ()))

    def markup_named(self, name: str) -> tuple[nodes.Markup, ...]:
        """Every element whose tag ends in this identifier."""
        return tuple(self._markup.get(name, ()))

    def aliases(self, name: str) -> frozenset[str]:
        """What imports call an export of this name, where it is something else."""
        return frozenset(self._import_names.get(name, ()))

    def calls_of(self, names: Iterable[str]) -> tuple[nodes.Call, ...]:
        """Every call of these names, and of what imports call them or a default."""
        wanted = set(names)
        for name in (*wanted, "default", "*"):
            wanted |= self._import_names.get(name, set())
        return tuple(
            call for name in sorted(wanted) for call in self._calls.get(name, ())
        )

    def callees(self, call: nodes.Call) -> tuple[nodes.Function, ...]:
        """The project functions that a call may run, constructors included."""
        found: dict[nodes.Function, None] = {}
        for value in self.values(call.function):
            if isinstance(value, values.Func):
                found[value.function] = None
            elif isinstance(value, values.ClassRef):
                for name in ("__init__", "constructor"):
                    for member in self.classes.member(value.node, name, bound=True):
                        if isinstance(member, values.Func):
                            found[member.function] = None
            elif isinstance(value, values.External) and value.receiver is None:
                continue
        return tuple(found)

    def called(self, call: nodes.Call) -> tuple[str, ...]:
        """The canonical library names that a call may mean."""
        return tuple(
            dict.fromkeys(
                self.canonical(value.name)
                for value in self.values(call.function)
                if isinstance(value, values.External)
            )
        )

    def canonical_names(self, node: nodes.Expression) -> tuple[str, ...]:
        """The canonical library names that an expression may mean."""
        return tuple(
            dict.fromkeys(
                self.canonical(value.name)
                for value in self.values(node)
                if isinstance(value, values.External)
            )
        )

    def callers(self, function: nodes.Function) -> tuple[CallSite, ...]:
        """The calls (and JSX elements) of the project that may run a function."""
        return self._answers.of(
            ("callers", function), lambda: calls.callers(self, function), ()
        )

    def name_of(self, function: nodes.Function) -> str:
        """What a function is called: its own name, its variable's, field's or key's."""
        if function.name:
            return function.name
        for around in tree.ancestors(function, self.parents):
            match around:
                case nodes.FunctionDef(name=name):
                    return name
                case nodes.Bind(target=target) | nodes.Assign(target=target):
                    return last_name(target)
                case nodes.Entry(key=nodes.Literal(value=str() as key)):
                    return key
                case nodes.Argument() | nodes.Call() | nodes.Cast() | nodes.Logical():
                    continue
                case nodes.Conditional():
                    continue
                case _:
                    return ""
        return ""

    def argument_for(
        self, site: CallSite, function: nodes.Function, parameter: nodes.Parameter
    ) -> nodes.Expression | EllipsisType | None:
        """What a call passes for a parameter; None for nothing, ``...`` when spread."""
        return calls.argument_for(self, site, function, parameter)

    def attributes_record(self, markup: nodes.Markup) -> nodes.Record:
        """The attributes of an element, as the record that its function is given."""
        if markup not in self._records:
            record = nodes.Record(markup.start, markup.end, markup.attributes)
            self._records[markup] = record
            self.parents[record] = markup
        return self._records[markup]

    # -- cells -------------------------------------------------------------------

    def cell(self, node: nodes.Expression) -> Cell | None:
        """Where what an expression reads is kept; None when that cannot be told."""
        return self._cells.of(node)

    def field(self, cls: nodes.ClassDef, name: str) -> Cell:
        """The cell of a field of a class."""
        return self._cells.field(cls, name)

    def put_into(self, cell: Cell) -> Iterable[tuple[nodes.Expression, bool]]:
        """What is put into a container; True with what is taken apart into it."""
        return self._cells.put_into(cell) or ()

    def element_writes(self, cell: Cell) -> Values:
        """What is put into the container in a cell, over all the program."""
        found = self._cells.written(cell)
        if found is None:
            self._answers.cut_off()
            return ()
        return found

    def under_key(self, cell: Cell, key: str) -> Values:
        """What is assigned to the subscript of a container that has a key."""
        return values.merge(
            *(
                members.under_key(self, index, value, key)
                for index, value in self._cells.under_keys(cell)
            )
        )

    def index_writes(self) -> Iterable[tuple[nodes.Index, nodes.Expression]]:
        """Every ``x[k] = v``: its target and value."""
        return tuple(self._index_writes)

    def deletions(self) -> Iterable[nodes.Unary]:
        """Every ``del x[k]`` and ``delete x.k``."""
        return tuple(self._deletions)

    def increments(self, name: str) -> Iterable[nodes.Unary]:
        """Every ``x++`` and ``x--`` whose operand ends in this identifier."""
        return tuple(self._increments.get(name, ()))


def _is_imported(node: nodes.Expression | None) -> bool:
    """``require("x")`` or ``await import("x")``."""
    match node:
        case nodes.Await(value=value):
            return _is_imported(value)
        case nodes.Call(function=nodes.Name(id="require" | "import")):
            return True
        case _:
            return False


def _aliases(target: nodes.Expression) -> Iterator[tuple[str, str]]:
    """What a pattern calls the exports of a module: (export, name) pairs."""
    match target:
        case nodes.Name(id=alias):
            yield "default", alias
        case nodes.Record(entries=entries):
            for entry in entries:
                match entry:
                    case nodes.Entry(
                        key=nodes.Literal(value=str() as name),
                        value=nodes.Name(id=alias),
                    ) if name != alias:
                        yield name, alias
                    case _:
                        continue
        case _:
            return
