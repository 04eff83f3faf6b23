"""Teardowns: the functions that run when a component is over, whatever its library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.recognise.components.effects import effects, returned_functions
from wsaudit.recognise.scene import outermost
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

MOUNTS = frozenset(
    {"componentDidMount", "constructor", "ngOnInit", "connectedCallback"}
)
UNMOUNTS = frozenset({"componentWillUnmount", "ngOnDestroy", "disconnectedCallback"})
_BASES = 4
_HANDED = ("onCleanup", "onInvalidate")
"""What watchers call the function that they hand over for cleanups."""
_COMPONENT_DECORATORS = frozenset({"Component", "Directive"})


@dataclass(frozen=True, slots=True, eq=False)
class Teardown:
    """A function that runs when a component is over.

    ``component`` is the component's outermost function or its class; ``effect`` the
    call of the effect that returned it, None for others.
    """

    function: nodes.Function
    component: Node | None
    effect: nodes.Call | None = None


@asked
def teardowns(scene: Scene) -> tuple[Teardown, ...]:
    """Every teardown of the program, in order of place."""
    return tuple(_teardowns(scene))


def _teardowns(scene: Scene) -> Iterator[Teardown]:
    for effect in effects(scene):
        for function in effect.cleanups:
            yield Teardown(function, effect.component, effect.call)
    for call, function, returns in callbacks(scene, "mount"):
        if returns and not function.is_async:
            for cleanup in returned_functions(scene, function)[0]:
                yield Teardown(cleanup, outermost(scene.program, call), call)
    for call, function, _ in callbacks(scene, "teardown"):
        yield Teardown(function, outermost(scene.program, call), call)
    for name in _HANDED:
        for call in scene.program.calls_named(name):
            for argument in call.arguments[:1]:
                for function in scene.functions_of(argument.value):
                    yield Teardown(function, outermost(scene.program, call), call)


def callbacks(
    scene: Scene, kind: str
) -> Iterator[tuple[nodes.Call, nodes.Function, bool]]:
    """What the calls of a life-cycle word are given, and whether its result counts."""
    for name in sorted(scene.dialects.word_ends(kind)):
        for call in scene.program.calls_named(name):
            for canonical in scene.names(call):
                word = scene.dialects.match_word(kind, canonical)
                if word is None or len(call.arguments) <= (word.takes or 0):
                    continue
                given = call.arguments[word.takes or 0].value
                for function in scene.functions_of(given):
                    yield call, function, word.group == "returns-cleanup"


def component_class(scene: Scene, node: Node) -> nodes.ClassDef | None:
    """The class of components that a node stands in: React's, Angular's, an element."""
    cls = scene.program.class_around(node)
    return cls if cls is not None and _is_component(scene, cls, 0) else None


def _is_component(scene: Scene, cls: nodes.ClassDef, depth: int) -> bool:
    if any(last_name(each) in _COMPONENT_DECORATORS for each in cls.decorators):
        return True
    for base in cls.bases:
        for value in scene.program.values(base):
            if isinstance(value, values.External):
                name = scene.program.canonical(value.name)
                if scene.dialects.match_word("component-base", name) is not None:
                    return True
            elif (
                isinstance(value, values.ClassRef)
                and depth < _BASES
                and _is_component(scene, value.node, depth + 1)
            ):
                return True
    return False


def unmounts(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.Function]:
    """The methods that run when a component of a class is over, inherited ones too."""
    for name in sorted(UNMOUNTS):
        for value in scene.program.class_member(cls, name, bound=True):
            if isinstance(value, values.Func):
                yield value.function
