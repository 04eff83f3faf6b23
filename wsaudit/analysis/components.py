"""Components: what of a page's components runs when, whatever library they are of.

`effects` and their cleanups, `life_callbacks` (what runs on mounting), `teardowns` and
`unmounts` (what runs when a component is over), and which functions and classes are
components at all: `renders`, `composes`, `component_class`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program import Program
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_COMPONENT = re.compile(r"(use)?[A-Z]")
_COMPOSABLE = re.compile(r"use[A-Z]")


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect: what it runs, and what it returns to be run when it is over.

    ``dependencies`` is None without an array (it runs after every render). ``cleanups``
    are the functions it returns; ``opaque_cleanup`` when it returns something that does
    not resolve. An async callback returns a promise, which React ignores.
    """

    call: nodes.Call
    callback: nodes.Function
    dependencies: tuple[nodes.Expression, ...] | None
    cleanups: tuple[nodes.Function, ...]
    opaque_cleanup: bool
    component: nodes.Function | None

    @property
    def once(self) -> bool:
        """True for an empty dependency array."""
        return self.dependencies == ()


@dataclass(frozen=True, slots=True, eq=False)
class Teardown:
    """A function that runs when a component is over.

    ``component`` is the component's outermost function or its class; ``call`` is what
    was given it, or given the effect that returns it.
    """

    function: nodes.Function
    component: Node | None
    call: nodes.Call | None = None


# -- effects -------------------------------------------------------------------------


@asked
def effects(scene: Scene) -> tuple[Effect, ...]:
    """Every effect of the program's components and hooks, in order of place."""
    return tuple(
        _effect(scene, call, function)
        for call, function, _ in life_callbacks(scene, "effect")
    )


def _effect(scene: Scene, call: nodes.Call, callback: nodes.Function) -> Effect:
    dependencies: tuple[nodes.Expression, ...] | None = None
    if len(call.arguments) > 1:
        listed = call.arguments[1].value
        dependencies = listed.items if isinstance(listed, nodes.Sequence) else ()
    cleanups, opaque = returned_functions(scene, callback)
    return Effect(
        call,
        callback,
        dependencies,
        () if callback.is_async else cleanups,
        opaque,
        outermost(scene.program, call),
    )


@asked
def effects_by_callback(scene: Scene) -> dict[nodes.Function, Effect]:
    """The effect that each function is the callback of."""
    return {effect.callback: effect for effect in reversed(effects(scene))}


@asked
def returned_functions(
    scene: Scene, function: nodes.Function
) -> tuple[tuple[nodes.Function, ...], bool]:
    """The functions a function returns, and whether it may return others."""
    found: dict[nodes.Function, None] = {}
    opaque = False
    for node in tree.own_of(function):
        if not isinstance(node, nodes.Return) or node.value is None:
            continue
        for value in scene.program.values(node.value):
            if isinstance(value, values.Func):
                found[value.function] = None
            elif isinstance(value, values.Unknown | values.External):
                opaque = True
    return tuple(found), opaque


# -- lives ---------------------------------------------------------------------------


@asked
def life_callbacks(
    scene: Scene, kind: str
) -> tuple[tuple[nodes.Call, nodes.Function, bool], ...]:
    """What the calls of a life-cycle word are given, and whether its result counts."""
    return tuple(
        (call, function, word.group == "returns-cleanup")
        for name in sorted(scene.dialects.word_ends(kind))
        for call in scene.program.calls_named(name)
        if (word := scene.word(kind, call)) is not None
        and len(call.arguments) > (word.takes or 0)
        for function in scene.functions_of(call.arguments[word.takes or 0].value)
    )


@asked
def teardowns(scene: Scene) -> tuple[Teardown, ...]:
    """Every teardown that a call is given, or that an effect returns."""
    program = scene.program
    found: list[Teardown] = [
        Teardown(function, effect.component, effect.call)
        for effect in effects(scene)
        for function in effect.cleanups
    ]
    for call, function, returns in life_callbacks(scene, "mount"):
        if returns and not function.is_async:
            found += [
                Teardown(cleanup, outermost(program, call), call)
                for cleanup in returned_functions(scene, function)[0]
            ]
    given = [
        (call, function) for call, function, _ in life_callbacks(scene, "teardown")
    ]
    for name in sorted(scene.dialects.spoken("takes-cleanup")):
        given += [
            (call, function)
            for call in program.calls_named(name)
            for argument in call.arguments[:1]
            for function in scene.functions_of(argument.value)
        ]
    found += [
        Teardown(function, outermost(program, call), call) for call, function in given
    ]
    return tuple(found)


def unmounts(scene: Scene, cls: nodes.ClassDef) -> Iterator[nodes.Function]:
    """The methods that run when a component of a class is over, inherited ones too."""
    for name in sorted(scene.dialects.spoken("unmounts")):
        for value in scene.program.classes.member(cls, name, bound=True):
            if isinstance(value, values.Func):
                yield value.function


# -- what is a component -------------------------------------------------------------


def component_class(scene: Scene, node: Node) -> nodes.ClassDef | None:
    """The class of components that a node stands in: React's, Angular's, an element."""
    cls = scene.program.class_around(node)
    return cls if cls is not None and _is_component(scene, cls, 0) else None


def _is_component(scene: Scene, cls: nodes.ClassDef, depth: int) -> bool:
    decorators = scene.dialects.spoken("decorates-component")
    if any(last_name(each) in decorators for each in cls.decorators):
        return True
    for base in cls.bases:
        for value in scene.program.values(base):
            if isinstance(value, values.External):
                name = scene.program.canonical(value.name)
                if scene.dialects.match_word("component-base", name) is not None:
                    return True
            elif (
                isinstance(value, values.ClassRef)
                and depth < STEPS
                and _is_component(scene, value.node, depth + 1)
            ):
                return True
    return False


def renders(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is a component or hook of React: by name and by what it does.

    Its name alone says little: constructors are capitalised too.
    """
    if scene.program.module_of(function).language != "typescript":
        return False
    if not _COMPONENT.match(scene.program.name_of(function)):
        return False
    return any(
        isinstance(node, nodes.Markup) or _says(scene, node, "hook")
        for node in tree.own_of(function)
    )


def composes(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function is a composable of Vue, which runs once for each component.

    A function that is handed to something, as a store's setup is, is none.
    """
    holder = scene.program.parents.get(function)
    if not isinstance(holder, nodes.FunctionDef | nodes.Bind):
        return False
    return bool(_COMPOSABLE.match(scene.program.name_of(function))) and any(
        _says(scene, node, "composition") for node in tree.own_of(function)
    )


def _says(scene: Scene, node: Node, kind: str) -> bool:
    return isinstance(node, nodes.Call) and scene.word(kind, node) is not None


def is_component(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function runs while React renders: a component, a hook, a memo."""
    if outermost(scene.program, function) is None:
        return bool(_COMPONENT.match(scene.program.name_of(function)))
    call = given_to(scene.program, function)
    return call is not None and last_name(call.function) == "useMemo"


# -- around a function ---------------------------------------------------------------


def outermost(program: Program, node: Node) -> nodes.Function | None:
    """The outermost function around a node: the component or hook in React code."""
    found = None
    for around in tree.ancestors(node, program.parents):
        if isinstance(around, nodes.Function):
            found = around
    return found


def given_to(program: Program, function: nodes.Function) -> nodes.Call | None:
    """The call that a function literal is an argument of."""
    argument = program.parents.get(function)
    if not isinstance(argument, nodes.Argument):
        return None
    call = program.parents.get(argument)
    return call if isinstance(call, nodes.Call) else None


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """Whether a function is a component or hook, or an effect's callback."""
    if isinstance(node, nodes.Function):
        if is_component(scene, node):
            yield ("a component or a hook",)
        effect = effects_by_callback(scene).get(node)
        if effect is not None:
            many = "once" if effect.once else "again when its dependencies change"
            yield (f"an effect that runs {many}",)
