"""Where a connection comes from: who creates it, and in which part of a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsaudit.connections.scene import written
from wsaudit.model import Birth, Role
from wsaudit.program import tree, values
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program import Program
    from wsaudit.syntax.nodes import Node


def argument_of(
    call: nodes.Call, position: int | None, keyword: str
) -> nodes.Expression | None:
    """The argument at a position or under a keyword, None when it is not given."""
    for argument in call.arguments:
        if keyword and argument.keyword == keyword:
            return argument.value
    plain = [argument for argument in call.arguments if argument.keyword is None]
    if position is None or position >= len(plain):
        return None
    return plain[position].value


def type_made(scene: Scene, call: nodes.Call) -> str:
    """The canonical type of what a call makes, "" when it is not known."""
    for value in scene.program.values(call):
        if isinstance(value, values.Instance) and value.site is call:
            return scene.program.canonical(value.of)
    return ""


def held_as(program: Program, node: Node) -> str:
    """The name that the code gives to what a creation makes."""
    for around in tree.ancestors(node, program.parents):
        match around:
            case (
                nodes.Bind(target=nodes.Name() | nodes.Member() as target)
                | nodes.Assign(target=nodes.Name() | nodes.Member() as target)
            ):
                return written(target)
            case nodes.WithItem(target=nodes.Name(id=name)):
                return name
            case nodes.Loop(target=nodes.Name(id=name)):
                return name
            case nodes.Cast() | nodes.Await() | nodes.Assign() | nodes.Logical():
                continue
            case nodes.Conditional() | nodes.Member() | nodes.Call():
                continue
            case _:
                break
    return "the socket"


def birth_of(scene: Scene, call: nodes.Call) -> Birth:
    """In which part of a program's life a creating call runs."""
    program = scene.program
    function = program.function_of(call)
    if function is None:
        cls = program.class_around(call)
        return Birth.METHOD if cls else Birth.MODULE
    for around in tree.ancestors(call, program.parents):
        if not isinstance(around, nodes.Function):
            continue
        argument = program.parents.get(around)
        if not isinstance(argument, nodes.Argument):
            continue
        parent = program.parents.get(argument)
        if isinstance(parent, nodes.Call) and scene.word("effect", parent) is not None:
            return Birth.EFFECT
    definition = program.parents.get(function)
    if isinstance(definition, nodes.FunctionDef) and definition.kind != "function":
        if definition.name in {"componentDidMount", "ngOnInit"}:
            return Birth.MOUNT
        return Birth.METHOD
    name = program.name_of(function)
    if _is_component(name) and program.module_of(call).language == "typescript":
        return Birth.RENDER
    return Birth.FUNCTION


def _is_component(name: str) -> bool:
    return bool(re.match(r"(use)?[A-Z]", name))


def first_role(scene: Scene, node: Node) -> Role:
    """The role that the place alone gives: test code, or persistent."""
    module = scene.program.module_of(node)
    if is_test_path(module.path):
        return Role.TEST
    cls = scene.program.class_around(node)
    if cls is not None and re.match(r"(Mock|Fake|Stub|Dummy)", cls.name):
        return Role.TEST
    return Role.PERSISTENT
