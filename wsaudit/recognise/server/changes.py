"""Changes: where collections are added to, taken from, and replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.cells import Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

Kind = Only["add", "remove", "replace"]

_ADDERS = {
    name: position
    for name, position in values.ADDERS.items()
    if name not in {"put", "put_nowait", "extend"}
}
_ITEM = frozenset({"get", "setdefault", "pop", "at"})
_REMOVERS = (
    "remove", "discard", "pop", "popleft", "popitem", "clear", "delete", "splice",
    "shift", "difference_update",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A collection changes in cell, or (``replace``) another takes its cell.

    ``node`` is the call, the subscript that is assigned or deleted, or the target that
    is assigned anew.
    """

    cell: Cell
    kind: Kind
    node: Node
    value: nodes.Expression | None = None
    key: nodes.Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """A change as the code writes it, whose ``collection`` is not followed yet."""

    collection: nodes.Expression
    kind: Kind
    node: Node
    value: nodes.Expression | None = None
    key: nodes.Expression | None = None


class Changes:
    """The changes of collections; each is followed when it is asked about."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._written = sorted(
            (*_adding(scene), *_removing(scene)),
            key=lambda change: scene.place(change.node),
        )
        self._names = {change: _names(change.collection) for change in self._written}
        self._of: dict[Cell, tuple[Change, ...]] = {}

    def added(self, functions: Collection[nodes.Function]) -> Iterator[Change]:
        """Everything that some functions put into collections."""
        for change in self._written:
            if change.kind == "add":
                function = self._scene.program.function_of(change.node)
                if function in functions:
                    yield from self._placed(change)

    def removed(self) -> Iterator[Change]:
        """Everything that is taken out of a collection."""
        for change in self._written:
            if change.kind == "remove":
                yield from self._placed(change)

    def unplaced(self, function: nodes.Function) -> Iterator[nodes.Call]:
        """The calls in a function that take from something that cannot be followed."""
        for change in self._written:
            if (
                change.kind == "remove"
                and isinstance(change.node, nodes.Call)
                and self._scene.program.function_of(change.node) is function
                and self._scene.program.cell(change.collection) is None
            ):
                yield change.node

    def of(self, cell: Cell) -> tuple[Change, ...]:
        """What changes the collection at a cell, the replacements of it included."""
        if cell not in self._of:
            wanted = self._called(cell)
            found = [
                change
                for written in self._written
                if self._may_be(written, wanted)
                for change in self._placed(written)
                if change.cell == cell
            ]
            self._of[cell] = (*found, *self._replacements(cell))
        return self._of[cell]

    def removals(self, cell: Cell) -> tuple[Change, ...]:
        """What takes elements out of a collection, or out of what holds it."""
        found: list[Change] = []
        while True:
            found.extend(change for change in self.of(cell) if change.kind != "add")
            if not isinstance(cell.owner, Cell):
                return tuple(found)
            cell = cell.owner

    def _placed(self, written: _Written) -> Iterator[Change]:
        cell = self._scene.program.cell(written.collection)
        if cell is not None:
            yield Change(cell, written.kind, written.node, written.value, written.key)

    def _called(self, cell: Cell) -> frozenset[str]:
        """What a collection may be called where it is changed: getters included."""
        found = {cell.name}
        cls = cell.container.owner
        if isinstance(cls, nodes.ClassDef):
            for each in (cls, *self._scene.program.derived(cls)):
                for member in each.members:
                    if isinstance(member, nodes.FunctionDef):
                        found.add(member.name)
        return frozenset(found)

    def _may_be(self, written: _Written, wanted: frozenset[str]) -> bool:
        """Whether a change may be of a collection of such a name.

        A variable, and what a function hands out, may be another name of it.
        """
        names = self._names[written]
        return not names or bool(names & wanted)

    def _replacements(self, cell: Cell) -> Iterator[Change]:
        match cell:
            case Cell(kind="field", name=name):
                for target, value in self._scene.program.attribute_writes(name):
                    if self._scene.program.cell(target) == cell and _again(
                        self._scene, target
                    ):
                        yield Change(cell, "replace", target, value)
            case Cell(owner=Binding() as binding):
                yield from _rebound(self._scene, cell, binding)
            case _:
                return


@asked
def changes(scene: Scene) -> Changes:
    """The changes of a scene's program."""
    return Changes(scene)


def name_of(cell: Cell) -> str:
    """What a collection is called."""
    return cell.name or "the collection"


def _names(node: nodes.Expression) -> frozenset[str]:
    """The name in ``self.rooms.get(key)``; none for a variable or a function."""
    match node:
        case nodes.Member(name=name):
            return frozenset({name})
        case nodes.Index(object=inner) | nodes.Cast(value=inner):
            return _names(inner)
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
            name in _ITEM
        ):
            return _names(inner)
        case _:
            return frozenset()


def _adding(scene: Scene) -> Iterator[_Written]:
    program = scene.program
    for name, position in _ADDERS.items():
        for call in program.calls_named(name):
            plain = [a.value for a in call.arguments if a.keyword is None]
            if len(plain) > position and isinstance(call.function, nodes.Member):
                key = plain[0] if position == 1 and name != "insert" else None
                yield _Written(call.function.object, "add", call, plain[position], key)
    for target, value in program.index_writes():
        yield _Written(target.object, "add", target, value, target.index)


def _removing(scene: Scene) -> Iterator[_Written]:
    program = scene.program
    for name in _REMOVERS:
        for call in program.calls_named(name):
            if isinstance(call.function, nodes.Member):
                key = call.arguments[0].value if call.arguments else None
                yield _Written(call.function.object, "remove", call, key=key)
    for deletion in program.deletions():
        for target in _targets(deletion.value):
            key = target.index if isinstance(target, nodes.Index) else None
            yield _Written(target.object, "remove", target, key=key)


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


def _rebound(scene: Scene, cell: Cell, binding: Binding) -> Iterator[Change]:
    for write in binding.writes:
        inside = scene.program.function_of(write.at)
        if write.kind in {"assign", "augmented"} and inside is not None:
            home = binding.scope.node
            if inside is not home:
                yield Change(cell, "replace", write.at, write.value)
