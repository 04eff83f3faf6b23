"""Roots: by which functions code comes to run, if anything runs it at all.

`entries` are the functions that a server runs for its connections, `roots` those by
which the code around a function is reached, `runs` whether there are any;
`is_mentioned` tells whether something else may call a function by its name, `is_unique`
whether it would be this one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.limits import STEPS, TEXT
from wsaudit.model import Event
from wsaudit.program.asked import asked
from wsaudit.program.tree import key_of, last_name
from wsaudit.source import is_test
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.program import Program
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_WORD = re.compile(r"\w+")


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
    return not is_mentioned(
        scene, definition.name, in_tests=is_test(scene.place(function).path)
    )


# -- names -----------------------------------------------------------------------------


def is_mentioned(scene: Scene, name: str, *, in_tests: bool = True) -> bool:
    """Whether code or a text says a name, apart from where functions get it."""
    elsewhere, tests = _mentions(scene)
    return elsewhere[name] > 0 or (in_tests and tests[name] > 0)


def is_unique(scene: Scene, name: str) -> bool:
    """Whether one function at most has a name."""
    return _definitions(scene)[name] <= 1


@asked
def _mentions(scene: Scene) -> tuple[Counter[str], Counter[str]]:
    """How often each name is said: outside of tests, and in them."""
    found: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for module in scene.program.modules.values():
        found[is_test(module.path)].update(_said(scene.program, module))
        found[is_test(module.path)].subtract(_bound(scene.program, module))
    return found


@asked
def _definitions(scene: Scene) -> Counter[str]:
    """How many functions have each name."""
    found: Counter[str] = Counter()
    for module in scene.program.modules.values():
        found.update(_bound(scene.program, module))
        found.update(
            each.name for each in scene.program.every(nodes.FunctionDef, module)
        )
    return found


def _bound(program: Program, module: nodes.Module) -> Iterator[str]:
    """The names that are bound to functions: ``send`` of ``const send = () => {}``."""
    for bind in program.every(nodes.Bind, module):
        if isinstance(bind.value, nodes.Function) and isinstance(
            bind.target, nodes.Name
        ):
            yield bind.target.id


def _said(program: Program, module: nodes.Module) -> Iterator[str]:
    for name in program.every(nodes.Name, module):
        yield name.id
    for member in program.every(nodes.Member, module):
        yield member.name
    for imported in program.every(nodes.ImportName, module):
        yield imported.name
    for type_ in program.every(nodes.TypeDef, module):
        yield type_.name
    for entry in program.every(nodes.Entry, module):
        yield key_of(entry) or ""
    for text in program.every(nodes.Literal, module):
        if isinstance(text.value, str):
            yield from _WORD.findall(text.value[:TEXT])


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """That nothing runs a function."""
    if isinstance(node, nodes.Function) and not any(True for _ in roots(scene, node)):
        yield ("nothing in sight runs it",)
