"""Why: what every analysis holds of the code on one line, to find a wrong verdict.

A module of `wsaudit.why` or `wsaudit.analysis` takes part by a function
``explain(scene, node)`` that gives sentences about a node; it is found by walking.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from wsaudit import analysis
from wsaudit.program import tree
from wsaudit.source import Sentence
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

Explainer = Callable[["Scene", "Node"], Iterator[Sentence]]
_TOLD = (
    nodes.Function, nodes.Call, nodes.Name, nodes.Member, nodes.Index, nodes.Loop,
    nodes.If, nodes.Raise, nodes.Handler, nodes.Bind, nodes.Assign, nodes.Parameter,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A node, and what is held of it."""

    at: Place
    node: str
    said: tuple[Sentence, ...]


def told(scene: Scene, path: str, start: int, end: int) -> Iterator[Told]:
    """What is held of the nodes that begin in a part of a file, in order of place."""
    module = scene.program.modules.get(path)
    if module is None:
        return
    inside = [
        node
        for statement in module.body
        for node in tree.walk(statement)
        if start <= node.start < end and isinstance(node, _TOLD)
    ]
    for node in sorted(inside, key=lambda node: (node.start, -node.end)):
        said = tuple(one for each in explainers() for one in _said(each, scene, node))
        if said:
            yield Told(scene.place(node), _word(scene, node), said)


def _said(explain: Explainer, scene: Scene, node: Node) -> tuple[Sentence, ...]:
    try:
        return tuple(explain(scene, node))
    except Exception as error:  # noqa: BLE001 - said as what it is
        return ((f"internal error in {explain.__module__}: {error!r}",),)


@cache
def explainers() -> tuple[Explainer, ...]:
    """The ``explain`` of every module that has one, our own first."""
    names = [f"{__name__}.{one.name}" for one in pkgutil.iter_modules(__path__)]
    names += [
        one.name
        for one in pkgutil.walk_packages(analysis.__path__, f"{analysis.__name__}.")
    ]
    modules = [import_module(name) for name in names]
    return tuple(m.explain for m in modules if hasattr(m, "explain"))


def _word(scene: Scene, node: Node) -> str:
    kind = type(node).__name__.lower()
    name = nodes.named(node)
    if isinstance(node, nodes.Function):
        name = scene.program.name_of(node)
    return f"{kind} `{name}`" if name else kind
