"""Catching: which exceptions a handler catches, by class and not by guess."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import flow, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

EXCEPTION = "builtins.Exception"
BASE_EXCEPTION = "builtins.BaseException"
UNKNOWN = "?"


def ancestry(scene: Scene, name: str) -> frozenset[str]:
    """An exception class and all it derives from, by canonical name.

    A class of a library that no dialect places is taken to derive from Exception.
    """
    found = {name}
    queue = [name]
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


def caught_names(scene: Scene, handler: nodes.Handler) -> tuple[str, ...]:
    """The canonical names that a handler catches; none for a bare one.

    A class of the project has a name of its own: it catches none of its parents.
    `UNKNOWN` stands for a type that does not resolve.
    """
    found: dict[str, None] = {}
    for kind in _flat(handler.types):
        for value in scene.program.values(kind):
            found.update(dict.fromkeys(_names(scene, value, 0)))
    return tuple(found)


def _flat(kinds: tuple[nodes.Expression, ...]) -> Iterator[nodes.Expression]:
    for kind in kinds:
        if isinstance(kind, nodes.Sequence):
            yield from _flat(kind.items)
        else:
            yield kind


def _names(scene: Scene, value: values.Value, depth: int) -> Iterator[str]:
    match value:
        case values.External(name=name):
            yield scene.program.canonical(name)
        case values.Seq(node=sequence):
            for item in sequence.items:
                for inner in scene.program.values(item):
                    yield from _names(scene, inner, depth)
        case values.ClassRef(node=cls):
            yield f"project.{cls.name}@{id(cls)}"
        case _:
            yield UNKNOWN


def catches(scene: Scene, handler: nodes.Handler, exception: str) -> bool:
    """Whether a handler certainly catches an exception of a class."""
    if not handler.types:
        return True
    wanted = ancestry(scene, exception)
    return any(name in wanted for name in caught_names(scene, handler))


def may_catch(scene: Scene, handler: nodes.Handler, exception: str) -> bool:
    """Whether a handler catches it, or catches something that does not resolve."""
    return catches(scene, handler, exception) or UNKNOWN in caught_names(scene, handler)


def is_broad(scene: Scene, handler: nodes.Handler) -> bool:
    """Whether a handler catches every ordinary exception."""
    names = caught_names(scene, handler)
    return not handler.types or bool({EXCEPTION, BASE_EXCEPTION} & set(names))


def handlers_around(
    scene: Scene, node: Node, exception: str
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
