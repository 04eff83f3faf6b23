"""Dependencies: what a framework runs for an endpoint before its function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket


@dataclass(frozen=True, slots=True, eq=False)
class Dependency:
    """Something that runs first: ``call`` declares it, ``name`` is what it is called.

    ``function`` is None where it cannot be followed; ``names`` are then the library's
    names that it may be. ``handed`` is the parameter that is given its result, and
    ``via`` the function that asks for it (None for a router's).
    """

    call: nodes.Call
    name: str
    function: nodes.Function | None
    names: tuple[str, ...] = ()
    handed: nodes.Parameter | None = None
    via: nodes.Function | None = None


@asked
def dependencies(scene: Scene, socket: Socket) -> tuple[Dependency, ...]:
    """Everything a framework runs before an endpoint, in the order that it does.

    Those of routers and applications first, each after what it depends on itself.
    """
    return tuple(_all(scene, socket))


def _all(scene: Scene, socket: Socket) -> Iterator[Dependency]:
    seen: set[nodes.Function] = set()
    for call in _of_routes(scene, socket):
        yield from _with_its_own(scene, call, None, None, seen, 0)
    if socket.entry is not None:
        yield from _of_function(scene, socket.entry, seen, 0)


def _of_function(
    scene: Scene, function: nodes.Function, seen: set[nodes.Function], depth: int
) -> Iterator[Dependency]:
    """The dependencies that the parameters of a function ask for."""
    for parameter in function.parameters:
        for call in _asked(scene, parameter):
            yield from _with_its_own(scene, call, parameter, function, seen, depth)


def _with_its_own(
    scene: Scene,
    call: nodes.Call,
    handed: nodes.Parameter | None,
    via: nodes.Function | None,
    seen: set[nodes.Function],
    depth: int,
) -> Iterator[Dependency]:
    given = [a.value for a in call.arguments if a.keyword in {None, "dependency"}]
    target = given[0] if given else (handed.annotation if handed else None)
    if target is None:
        return
    functions = tuple(_callable(scene, target))
    if not functions:
        names = scene.program.canonical_names(target)
        made = target.function if isinstance(target, nodes.Call) else target
        names = names or scene.program.canonical_names(made)
        types = tuple(
            scene.program.canonical(value.of)
            for value in scene.program.values(target)
            if isinstance(value, values.Instance)
        )
        yield Dependency(call, last_name(target), None, names + types, handed, via)
    for function in functions:
        if function not in seen and depth < STEPS:
            seen.add(function)
            yield from _of_function(scene, function, seen, depth + 1)
        name = scene.program.name_of(function)
        if name in {"__call__", "__init__"}:
            name = last_name(target)
        yield Dependency(call, name, function, (), handed, via)


def _callable(scene: Scene, target: nodes.Expression) -> Iterator[nodes.Function]:
    """The project functions that a dependency runs: of a class or object, its own."""
    for value in scene.program.values(target):
        match value:
            case values.Func(function=function):
                yield function
            case values.ClassRef(node=cls):
                yield from _methods(scene, cls, "__init__")
            case values.Object(node=cls):
                yield from _methods(scene, cls, "__call__")
            case _:
                continue


def _methods(scene: Scene, cls: nodes.ClassDef, name: str) -> Iterator[nodes.Function]:
    for value in scene.program.classes.member(cls, name, bound=True):
        if isinstance(value, values.Func):
            yield value.function


# -- where they are asked for ------------------------------------------------------


def _asked(scene: Scene, parameter: nodes.Parameter) -> Iterator[nodes.Call]:
    """The declarations of a dependency in a parameter's default or annotation."""
    if parameter.default is not None:
        yield from _declared(scene, parameter.default)
    annotation = parameter.annotation
    for _ in range(3):
        if isinstance(annotation, nodes.Index):
            break
        annotation = (
            scene.program.exports.alias_value(annotation) if annotation else None
        )
    if isinstance(annotation, nodes.Index) and isinstance(
        annotation.index, nodes.Sequence
    ):
        for item in annotation.index.items[1:]:
            yield from _declared(scene, item)


def _declared(scene: Scene, node: nodes.Expression) -> Iterator[nodes.Call]:
    if isinstance(node, nodes.Call) and scene.word("dependency", node) is not None:
        yield node


def _of_routes(scene: Scene, socket: Socket) -> Iterator[nodes.Call]:
    """The dependencies of an endpoint's decorator, its router and the application."""
    if socket.entry is None:
        return
    definition = scene.program.parents.get(socket.entry)
    if not isinstance(definition, nodes.FunctionDef):
        return
    for decorator in definition.decorators:
        if not isinstance(decorator, nodes.Call):
            continue
        if isinstance(decorator.function, nodes.Member):
            yield from _of_router(scene, decorator.function.object, 0)
        yield from _listed(scene, decorator)


def _of_router(
    scene: Scene, router: nodes.Expression, depth: int
) -> Iterator[nodes.Call]:
    """The dependencies given where a router is made, and where it is included."""
    sites = [
        value.site
        for value in scene.program.values(router)
        if isinstance(value, values.Instance) and isinstance(value.site, nodes.Call)
    ]
    for call in scene.program.calls_named("include_router") if depth < STEPS else ():
        included = [a.value for a in call.arguments if a.keyword in {None, "router"}]
        if not included or not isinstance(call.function, nodes.Member):
            continue
        if any(
            isinstance(value, values.Instance) and value.site in sites
            for value in scene.program.values(included[0])
        ):
            yield from _of_router(scene, call.function.object, depth + 1)
            yield from _listed(scene, call)
    for site in sites:
        yield from _listed(scene, site)


def _listed(scene: Scene, call: nodes.Call) -> Iterator[nodes.Call]:
    """``dependencies=[Depends(f)]`` of a call."""
    for argument in call.arguments:
        if argument.keyword != "dependencies":
            continue
        for value in scene.program.values(argument.value):
            if isinstance(value, values.Seq):
                for item in value.node.items:
                    yield from _declared(scene, item)
