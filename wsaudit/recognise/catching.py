"""Catching: which exceptions a handler catches, by class and not by guess.

What becomes of an exception on its way out is `wsaudit.recognise.errors.fates`.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

EXCEPTION = "builtins.Exception"
BASE_EXCEPTION = "builtins.BaseException"
UNKNOWN = "?"

Thrown = str | frozenset[str]
"""An exception: its class by canonical name, or that class and all above it."""


@dataclass(frozen=True, slots=True, eq=False)
class Catcher:
    """What stops exceptions.

    ``kind``: "except" (also ``catch``), "suppress", "promise" (``.catch()``), "gather"
    (which hands them back as results, as ``Promise.allSettled`` does).
    ``at`` is the Handler, or the call that says ``suppress`` or ``.catch``; ``scope``
    the Try, With or Call that holds what is guarded; ``body`` what runs for an
    exception (empty for ``suppress``). ``types`` are the classes as written; an empty
    tuple catches everything. ``resolved`` is false for a ``.catch(f)`` whose function
    is not known.
    """

    at: Node
    scope: Node
    body: tuple[nodes.Statement, ...]
    types: tuple[nodes.Expression, ...]
    kind: str
    function: nodes.Function | None = None
    resolved: bool = True


def ancestry(scene: Scene, exception: Thrown) -> frozenset[str]:
    """An exception class and all it derives from, by canonical name.

    A class of a library that no dialect places is taken to derive from Exception.
    """
    if isinstance(exception, frozenset):
        return exception
    found = {exception}
    queue = [exception]
    while queue:
        for parent in _parents(scene, queue.pop()):
            if parent not in found:
                found.add(parent)
                queue.append(parent)
    return frozenset(found)


def _parents(scene: Scene, name: str) -> tuple[str, ...]:
    if name.startswith("builtins."):
        cls = getattr(builtins, name.removeprefix("builtins."), None)
        if isinstance(cls, type) and issubclass(cls, BaseException):
            return tuple(f"builtins.{base.__name__}" for base in cls.__mro__[1:-1])
        return (EXCEPTION,)
    word = scene.dialects.match_word("exception", name)
    return (scene.program.canonical(word.group),) if word else (EXCEPTION,)


def thrown_by(scene: Scene, statement: nodes.Raise) -> Thrown:
    """What a ``raise`` with a value throws; Exception when the class is not known."""
    value = statement.value
    if value is None:
        return EXCEPTION
    thrown = value.function if isinstance(value, nodes.Call) else value
    for kind in scene.program.values(thrown):
        match kind:
            case values.External(name=name):
                return ancestry(scene, scene.program.canonical(name))
            case values.ClassRef(node=cls) | values.Object(node=cls):
                return _project_ancestry(scene, cls, 0)
            case _:
                continue
    return EXCEPTION


def _project_ancestry(scene: Scene, cls: nodes.ClassDef, depth: int) -> frozenset[str]:
    found = {_project_name(cls), EXCEPTION, BASE_EXCEPTION}
    for base in cls.bases if depth < 6 else ():
        for value in scene.program.values(base):
            match value:
                case values.External(name=name):
                    found |= ancestry(scene, scene.program.canonical(name))
                case values.ClassRef(node=parent) if parent is not cls:
                    found |= _project_ancestry(scene, parent, depth + 1)
                case _:
                    continue
    return frozenset(found)


def _project_name(cls: nodes.ClassDef) -> str:
    return f"project.{cls.name}@{id(cls)}"


def caught_names(
    scene: Scene, handler: nodes.Handler | Catcher | tuple[nodes.Expression, ...]
) -> tuple[str, ...]:
    """The canonical names that a handler catches; none for a bare one.

    A class of the project has a name of its own: it catches none of its parents.
    `UNKNOWN` stands for a type that does not resolve.
    """
    types = handler if isinstance(handler, tuple) else handler.types
    found: dict[str, None] = {}
    for kind in _flat(types):
        for value in scene.program.values(kind):
            found.update(dict.fromkeys(_names(scene, value)))
    return tuple(found)


def _flat(kinds: tuple[nodes.Expression, ...]) -> Iterator[nodes.Expression]:
    for kind in kinds:
        if isinstance(kind, nodes.Sequence):
            yield from _flat(kind.items)
        else:
            yield kind


def _names(scene: Scene, value: values.Value) -> Iterator[str]:
    match value:
        case values.External(name=name):
            yield scene.program.canonical(name)
        case values.Seq(node=sequence):
            for item in sequence.items:
                for inner in scene.program.values(item):
                    yield from _names(scene, inner)
        case values.ClassRef(node=cls):
            yield _project_name(cls)
        case _:
            yield UNKNOWN


def catches(scene: Scene, handler: nodes.Handler | Catcher, exception: Thrown) -> bool:
    """Whether a handler certainly catches an exception of a class."""
    if not handler.types:
        return True
    wanted = ancestry(scene, exception)
    return any(name in wanted for name in caught_names(scene, handler))


def may_catch(
    scene: Scene, handler: nodes.Handler | Catcher, exception: Thrown
) -> bool:
    """Whether a handler catches it, or catches something that does not resolve."""
    return catches(scene, handler, exception) or UNKNOWN in caught_names(scene, handler)


def is_broad(scene: Scene, handler: nodes.Handler | Catcher) -> bool:
    """Whether a handler catches every ordinary exception."""
    names = caught_names(scene, handler)
    return not handler.types or bool({EXCEPTION, BASE_EXCEPTION} & set(names))


def stops_cancellation(scene: Scene, handler: nodes.Handler | Catcher) -> bool:
    """Whether a Python handler also catches what cancels a task."""
    return not handler.types or BASE_EXCEPTION in caught_names(scene, handler)


def handlers_around(
    scene: Scene, node: Node, exception: Thrown
) -> Iterator[tuple[nodes.Try, nodes.Handler]]:
    """The handlers of a node's own function that catch an exception raised there.

    Nearest first; of each ``try`` the first that catches it.
    """
    for region in flow.tries(node, scene.program.parents):
        if region.part != "body":
            continue
        for handler in region.statement.handlers:
            if catches(scene, handler, exception):
                yield region.statement, handler
                break


def disconnects(scene: Scene, dialect: str) -> tuple[tuple[str, str], ...]:
    """What a receive raises once the peer is gone: (the first time, ever after).

    Several pairs where a library tells kinds of ends apart; none where the end of a
    connection is not an exception. Read from the dialect's words ``disconnect``, whose
    group ``again`` is what every receive after the first failure raises.
    """
    first: list[tuple[str, str]] = []
    again = ""
    for each in scene.dialects.lineage(dialect):
        for word in each.word:
            if word.kind != "disconnect":
                continue
            if word.group == "again":
                again = again or word.match[0]
            else:
                first.extend((name, word.group) for name in word.match)
    told_apart = [(name, group) for name, group in first if group != "both"]
    return tuple((name, again or name) for name, _ in told_apart or first)
