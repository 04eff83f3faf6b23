"""Roots: by which functions code comes to run, if anything runs it at all.

`entries` are the functions that a server runs for its connections, `roots` those by
which the code around a function is reached, `runs` whether there are any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS
from wsaudit.model import Event
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.source import is_test
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


@asked
def entries(scene: Scene) -> dict[nodes.Function, Socket]:
    """The functions that a server runs for a connection."""
    found: dict[nodes.Function, Socket] = {}
    for socket in scene.sockets:
        if socket.endpoint is None:
            continue
        if socket.entry is not None:
            found[socket.entry] = socket
        for member in socket.cls.members if socket.cls else ():
            if isinstance(member, nodes.FunctionDef):
                found[member.function] = socket
        for attached in scene.handlers(socket, *Event):
            found.update(dict.fromkeys(attached.functions, socket))
    return found


def runs(scene: Scene, node: Node) -> bool:
    """Whether anything runs a node; nothing only where the program is seen to start."""
    function = scene.program.function_of(node)
    if function is None or not _started(scene):
        return True
    return any(True for _ in roots(scene, function))


@asked
def _started(scene: Scene) -> bool:
    """Whether the program is seen to start itself: a call that runs its application."""
    names = {
        name
        for dialect in scene.dialects
        if dialect.runner is not None
        for name in dialect.runner.calls
    }
    return any(
        names & set(scene.program.called(call))
        for call in scene.program.calls_of({name.rpartition(".")[2] for name in names})
    )


def roots(
    scene: Scene, function: nodes.Function, depth: int = 0
) -> Iterator[nodes.Function]:
    """The functions by which the code around a function comes to run.

    None of them when nothing runs it.
    """
    program = scene.program
    if depth > STEPS or function in entries(scene):
        yield function
        return
    sites = [
        site
        for site in program.callers(function)
        if not program.tests_only(site, function)
    ]
    outer = program.function_of(function)
    if (
        not sites
        and outer is not None
        and not isinstance(program.parents.get(function), nodes.FunctionDef)
    ):
        yield from roots(scene, outer, depth + 1)
        return
    if not sites:
        if not _idle(scene, function):
            yield function
        return
    for site in sites:
        home = program.function_of(site)
        if home is None:
            yield function
        elif home is not function:
            yield from roots(scene, home, depth + 1)


def _idle(scene: Scene, function: nodes.Function) -> bool:
    """Whether nothing in the program can run a function: no one mentions its name."""
    definition = scene.program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef):
        return False
    if definition.name.startswith("__") or any(
        not scene.dialects.speaks("binds-method", last_name(each))
        for each in definition.decorators
    ):
        return False
    outside_tests, anywhere = _mentioned(scene)
    tests = is_test(scene.place(function).path)
    return definition.name not in (anywhere if tests else outside_tests)


@asked
def _mentioned(scene: Scene) -> tuple[frozenset[str], frozenset[str]]:
    """What is named in code or text: outside of tests, and anywhere."""
    outside: set[str] = set()
    anywhere: set[str] = set()
    for module in scene.program.primary:
        found = {name for node in tree.walk(module) if (name := _name(node))}
        anywhere |= found
        if not is_test(module.path):
            outside |= found
    return frozenset(outside), frozenset(anywhere)


def _name(node: Node) -> str:
    match node:
        case nodes.Name(id=name) | nodes.Member(name=name):
            return name
        case nodes.Literal(value=str() as name):
            return name
        case _:
            return ""


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """That nothing runs a function."""
    if isinstance(node, nodes.Function) and not any(True for _ in roots(scene, node)):
        yield ("nothing in sight runs it",)
