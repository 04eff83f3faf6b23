"""Emitters: what runs because something is told to those who listen.

`heard` is what an ``emit("x")``, a ``next(…)`` or a ``dispatchEvent(…)`` runs, by what
has been attached to the same thing for the same event; `continued` what the settling of
a promise runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import folding, promises, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

_ANY = ""
"""The event of what is told one thing only: ``subject.subscribe(f)``."""


@dataclass(frozen=True, slots=True)
class _Ear:
    """What listens to something: the event, what it is attached to, what runs then."""

    event: str | None
    of: frozenset[object]
    functions: tuple[nodes.Function, ...]


@asked
def heard(scene: Scene, call: nodes.Call) -> tuple[nodes.Function, ...] | None:
    """The functions that run when a call tells something to those who listen.

    None for a call that tells nothing, or of which it is not known whom.
    """
    name = last_name(call.function)
    if scene.says("emits-elsewhere", name) or not scene.says("emits", name):
        return None
    if not isinstance(call.function, nodes.Member) or scene.use(call) is not None:
        return None
    told = _identities(scene, call.function.object)
    if not told:
        return None
    event = _event(scene, call)
    found = [
        function
        for ear in _ears(scene)
        if told & ear.of and (event is None or ear.event in {event, None})
        for function in ear.functions
    ]
    return tuple(dict.fromkeys(found))


@asked
def telling(scene: Scene, function: nodes.Function) -> tuple[nodes.Call, ...]:
    """The calls that tell something to a function which listens."""
    return tuple(
        call
        for call in scene.program.calls_of(scene.dialects.spoken("emits"))
        if function in (heard(scene, call) or ())
    )


@asked
def _ears(scene: Scene) -> tuple[_Ear, ...]:
    """Everything that is attached to something, but for the sockets' own events."""
    found: list[_Ear] = []
    for call in scene.program.calls_of(scene.dialects.spoken("listens")):
        match call.function:
            case nodes.Member(object=inner):
                pass
            case _:
                continue
        if scene.use(call) is not None or not call.arguments:
            continue
        functions = tuple(_given(scene, call))
        inner = _head(inner, scene.dialects.spoken("pipes"))
        of = _identities(scene, inner) if functions else frozenset()
        if of:
            found.append(_Ear(_event(scene, call), of, functions))
    return tuple(found)


def _head(node: nodes.Expression, names: AbstractSet[str]) -> nodes.Expression:
    """What a chain of calls of some methods begins with: ``subject.pipe(…)``."""
    match node:
        case nodes.Call(function=nodes.Member(object=inner, name=name)) if (
            name in names
        ):
            return _head(inner, names)
        case _:
            return node


def _given(scene: Scene, call: nodes.Call) -> Iterator[nodes.Function]:
    """What a call attaches: ``on("x", f)``, ``subscribe(f)``, ``subscribe({next})``."""
    for argument in call.arguments:
        yield from scene.functions_of(argument.value)
        for value in scene.program.values(argument.value):
            for entry in value.node.entries if isinstance(value, values.Rec) else ():
                if key_of(entry) == "next":
                    yield from scene.functions_of(entry.value)


def _event(scene: Scene, call: nodes.Call) -> str | None:
    """The event that a call is about; None where it does not fold."""
    first = call.arguments[0].value if call.arguments else None
    if isinstance(first, nodes.Call) and first.new and first.arguments:
        first = first.arguments[0].value  # ``new CustomEvent("lost")``
    listens = scene.dialects.speaks("listens", last_name(call.function))
    needed = 2 if listens else 1
    if last_name(call.function) == "next" or len(call.arguments) < needed:
        return _ANY
    return folding.fold_text(scene.program, first) if first is not None else _ANY


def _identities(scene: Scene, node: nodes.Expression) -> frozenset[object]:
    """What tells the thing that an expression is from others."""
    cell = scene.program.cell(node)
    found: set[object] = set() if cell is None else {cell}
    for value in scene.program.values(node):
        match value:
            case values.Object(node=cls):
                found.update(scene.program.classes.lineage(cls))
            case values.Instance(site=site):
                found.add(site)
            case values.External(name=name, receiver=None):
                found.add(name)
            case _:
                continue
    return frozenset(found)


# -- promises --------------------------------------------------------------------------


@asked
def continued(scene: Scene, call: nodes.Call) -> tuple[nodes.Function, ...] | None:
    """The functions that run when a call settles a promise of the code around it.

    None for any other call.
    """
    promise = promises.settled_by(scene.program, call)
    return None if promise is None else _continuations(scene).get(promise, ())


@asked
def _continuations(scene: Scene) -> dict[nodes.Node, tuple[nodes.Function, ...]]:
    """What is to run after each promise that the code makes: ``made().then(f)``."""
    found: dict[nodes.Node, dict[nodes.Function, None]] = {}
    for call in scene.program.calls_of(scene.dialects.spoken("runs-then")):
        if not isinstance(call.function, nodes.Member):
            continue
        functions = [
            function
            for argument in call.arguments
            for function in scene.functions_of(argument.value)
        ]
        at = _head(call.function.object, scene.dialects.spoken("runs-then"))
        for value in scene.program.values(at) if functions else ():
            if isinstance(value, values.Instance) and value.of == promises.PROMISE:
                found.setdefault(value.site, {}).update(dict.fromkeys(functions))
    return {site: tuple(functions) for site, functions in found.items()}
