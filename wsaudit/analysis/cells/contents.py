"""Contents: what is put into containers and taken out, and how much they hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.cells.writing import writes
from wsaudit.model import Evidence, Seen
from wsaudit.program import folding, values
from wsaudit.program.asked import asked
from wsaudit.program.cells import ITEM, Cell
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Kind = Only["put", "take", "replace"]

_GROWS = frozenset({"+=", "|="})


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A container changes in place, or (``replace``) another takes its place.

    ``node`` is the call, the subscript that is assigned or deleted, or the statement
    that assigns anew; ``container`` is the expression it is done to, ``function`` the
    one it is done in.
    """

    kind: Kind
    node: Node
    container: nodes.Expression | None
    function: nodes.Function | None
    value: nodes.Expression | None = None
    key: nodes.Expression | None = None

    def cell(self, scene: Scene) -> Cell | None:
        """The cell of the container."""
        return None if self.container is None else scene.program.cell(self.container)


# -- asked of a cell ---------------------------------------------------------------


@asked
def changes(scene: Scene, of: Cell) -> tuple[Change, ...]:
    """What changes the container in a cell in place, in order of place."""
    wanted = _called(scene, of)
    return tuple(
        change
        for change, names in _named_changes(scene)
        if (not names or names & wanted) and change.cell(scene) == of
    )


def puts(scene: Scene, of: Cell) -> tuple[Change, ...]:
    """What is put into the container in a cell, in order of place."""
    return tuple(one for one in changes(scene, of) if one.kind == "put")


def takes(scene: Scene, of: Cell) -> tuple[Change, ...]:
    """What is taken out of the container in a cell, in order of place."""
    return tuple(one for one in changes(scene, of) if one.kind == "take")


@asked
def leaves(scene: Scene, of: Cell) -> tuple[Change, ...]:
    """All by which something leaves a container, or the container what holds it."""
    found = [*takes(scene, of), *_replacements(scene, of)]
    if isinstance(of.owner, Cell):
        found += leaves(scene, of.owner)
    return tuple(found)


# -- asked of the program ----------------------------------------------------------


def put_in(scene: Scene, functions: Collection[nodes.Function]) -> Iterator[Change]:
    """Everything that some functions put into containers."""
    for change in _changes(scene):
        if change.kind == "put" and change.function in functions:
            yield change


def taken(scene: Scene) -> Iterator[Change]:
    """Everything that is taken out of a container."""
    return (change for change in _changes(scene) if change.kind == "take")


def unfollowed(scene: Scene, function: nodes.Function) -> Iterator[nodes.Call]:
    """The calls in a function that take from something that cannot be followed."""
    for change in taken(scene):
        if (
            isinstance(change.node, nodes.Call)
            and change.function is function
            and change.cell(scene) is None
        ):
            yield change.node


def bound(scene: Scene, node: nodes.Expression) -> Evidence:
    """Whether a container holds only so much: it is weak, or was made with a limit."""
    found = [_bound(scene, value) for value in scene.program.values(node)]
    for seen in (Seen.PRESENT, Seen.UNKNOWN):
        for evidence in found:
            if evidence.seen is seen:
                return evidence
    return found[0] if found else Evidence(Seen.UNKNOWN, "what it is")


def _bound(scene: Scene, value: values.Value) -> Evidence:
    match value:
        case values.Instance(of=of, site=site):
            name = scene.program.canonical(of)
            if scene.dialects.match_word("holds-weakly", name) is not None:
                return Evidence(Seen.PRESENT, "it holds weakly", scene.place(site))
            if isinstance(site, nodes.Call):
                return _limited(scene, site, name)
            return Evidence(Seen.UNKNOWN, "how it was made")
        case values.Rec() | values.Seq():
            return Evidence(Seen.ABSENT, "it holds whatever is put in")
        case _:
            return Evidence(Seen.UNKNOWN, "what it is")


def _limited(scene: Scene, made: nodes.Call, name: str) -> Evidence:
    """Whether a container is made with a limit: ``deque(maxlen=10)``, ``Queue(5)``."""
    word = scene.dialects.match_word("holds-up-to", name)
    plain = [each.value for each in made.arguments if each.keyword is None]
    limits = [
        each.value
        for each in made.arguments
        if each.keyword is not None and scene.dialects.speaks("limits", each.keyword)
    ]
    if word is not None and word.takes is not None:
        limits += plain[word.takes : word.takes + 1]
    for limit in limits:
        number = folding.fold_number(scene.program, limit)
        constant = folding.fold(scene.program, limit)
        if number is None and (constant is None or constant.value is not None):
            return Evidence(Seen.PRESENT, "it has a limit", scene.place(limit))
        if number is not None and number > 0:
            return Evidence(Seen.PRESENT, f"it holds {number:g}", scene.place(limit))
    if word is None and name not in values.CONTAINERS:
        return Evidence(Seen.UNKNOWN, "what it is")
    return Evidence(Seen.ABSENT, "it holds whatever is put in", scene.place(made))


# -- all changes -------------------------------------------------------------------


@asked
def _changes(scene: Scene) -> tuple[Change, ...]:
    """Every change of a container, in order of place; none is followed yet."""
    found = [*_putting(scene), *_taking(scene)]
    return tuple(sorted(found, key=lambda change: scene.place(change.node)))


@asked
def _named_changes(scene: Scene) -> tuple[tuple[Change, frozenset[str]], ...]:
    """Every change with the name of its container; none for a variable or a call."""
    return tuple(
        (change, _names(change.container))
        for change in _changes(scene)
        if change.container is not None
    )


def _called(scene: Scene, of: Cell) -> frozenset[str]:
    """What a container may be called where it is changed: getters included."""
    found = {of.name} if of.name else set(scene.dialects.spoken("boxes"))
    cls = of.container.owner
    if isinstance(cls, nodes.ClassDef):
        for each in (cls, *scene.program.classes.derived(cls)):
            for member in each.members:
                if isinstance(member, nodes.FunctionDef):
                    found.add(member.name)
    return frozenset(found)


def _names(node: nodes.Expression) -> frozenset[str]:
    """The name in ``self.rooms.get(key)``; none for a variable or a function."""
    match node:
        case nodes.Member(name=name):
            return frozenset({name})
        case nodes.Index(object=inner) | nodes.Cast(value=inner):
            return _names(inner)
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if name in ITEM:
            return _names(inner)
        case _:
            return frozenset()


def _putting(scene: Scene) -> Iterator[Change]:
    program, several = scene.program, scene.dialects.spoken("queues-up")
    for name, position in values.ADDERS.items():
        for call in program.calls_named(name) if name not in several else ():
            plain = [a.value for a in call.arguments if a.keyword is None]
            if len(plain) > position and isinstance(call.function, nodes.Member):
                key = plain[0] if position == 1 and name != "insert" else None
                yield _change(scene, "put", call, call.function, plain[position], key)
    for target, value in program.index_writes():
        yield _change(scene, "put", target, target, value, target.index)


def _taking(scene: Scene) -> Iterator[Change]:
    program = scene.program
    for name in sorted(scene.dialects.spoken("removes")):
        for call in program.calls_named(name):
            if isinstance(call.function, nodes.Member):
                key = call.arguments[0].value if call.arguments else None
                yield _change(scene, "take", call, call.function, None, key)
    for deletion in program.deletions():
        for target in _targets(deletion.value):
            key = target.index if isinstance(target, nodes.Index) else None
            yield _change(scene, "take", target, target, None, key)


def _change(
    scene: Scene,
    kind: Kind,
    node: Node,
    done_to: nodes.Member | nodes.Index,
    value: nodes.Expression | None,
    key: nodes.Expression | None,
) -> Change:
    function = scene.program.function_of(node)
    return Change(kind, node, done_to.object, function, value, key)


def _targets(value: nodes.Expression) -> Iterator[nodes.Index | nodes.Member]:
    match value:
        case nodes.Index() | nodes.Member():
            yield value
        case nodes.Sequence(items=items):
            for item in items:
                yield from _targets(item)
        case _:
            return


def _replacements(scene: Scene, of: Cell) -> Iterator[Change]:
    """The writes that put another container in place of the one that was there."""
    home = of.owner.scope.node if isinstance(of.owner, Binding) else None
    for write in writes(scene, of) if of.kind != "content" else ():
        if write.first or write.function in {None, home} or write.op in _GROWS:
            continue
        match write.node:
            case nodes.Bind(target=at) | nodes.Assign(target=at):
                pass
            case at:
                pass
        yield Change("replace", at, None, write.function, write.value)
