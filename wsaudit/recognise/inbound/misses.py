"""Misses: what happens when a kind is looked up among handlers and there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import flow
from wsaudit.program.tree import last_name, own_of, strip
from wsaudit.recognise.inbound.comparing import subjects
from wsaudit.recognise.inbound.remainders import Remainder, remainder_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

Default = tuple[Remainder, nodes.Node | None, bool]
"""What becomes of the rest, what does it, and whether the lookup itself fails."""
_TESTED = frozenset({"has", "hasOwnProperty", "hasOwn", "in"})


def default_of_lookup(scene: Scene, node: nodes.Expression) -> Default:
    """What happens when a lookup finds nothing."""
    tested = _tested_before(scene, node)
    if tested is not None:
        return tested
    fallback = _fallback(scene, node)
    if fallback is not None:
        return fallback
    parent = scene.program.parents.get(node)
    while isinstance(parent, nodes.Cast | nodes.Await):
        node, parent = parent, scene.program.parents.get(parent)
    match parent:
        case nodes.Call(function=function, optional=optional) if function is node:
            return ("none", None, False) if optional else _failing(scene, node)
        case nodes.Member(object=inner, optional=optional) if inner is node:
            return ("none", None, False) if optional else _failing(scene, node)
        case (
            nodes.Bind(target=nodes.Name() as name)
            | nodes.Assign(target=nodes.Name() as name)
        ):
            return _bound(scene, node, name)
        case nodes.Loop():
            return "none", None, False
        case _:
            return "acts", None, False


def default_of_search(scene: Scene, comparison: nodes.Expression) -> Default:
    """What happens when ``records.find(r => r.kind === m.kind)`` finds nothing."""
    for around in flow.ancestors(comparison, scene.program.parents):
        if not isinstance(around, nodes.Call) or not isinstance(
            around.function, nodes.Member
        ):
            continue
        if around.function.name == "find":
            return default_of_lookup(scene, around)
        if around.function.name in {"filter", "some", "forEach", "map"}:
            return "none", None, False
    return "none", None, False


def _fallback(scene: Scene, node: nodes.Expression) -> Default | None:
    """The second argument of ``get``, or the other side of ``?? fallback``."""
    if isinstance(node, nodes.Call):
        position = 2 if last_name(node.function) == "getattr" else 1
        if len(node.arguments) > position:
            return _by_handler(scene, node.arguments[position].value)
    match scene.program.parents.get(node):
        case nodes.Logical(op="or" | "??", operands=(first, *others)) if first is node:
            return _by_handler(scene, others[-1])
        case _:
            return None


def _by_handler(scene: Scene, handler: nodes.Expression) -> Default | None:
    match strip(handler):
        case nodes.Literal(kind="null" | "undefined"):
            return None
        case nodes.Sequence(items=()) | nodes.Record(entries=()):
            return "none", None, False
        case _:
            pass
    for function in scene.functions_of(handler):
        kind, at = remainder_of(scene, function.body)
        return kind, at or handler, False
    return "acts", handler, False


def _failing(scene: Scene, node: nodes.Expression) -> Default:
    """A lookup that fails for the unknown: caught by what is around, or not."""
    for region in flow.tries(node, scene.program.parents):
        if region.part == "body" and region.statement.handlers:
            handler = region.statement.handlers[0]
            kind, at = remainder_of(scene, handler.body)
            return kind, at or handler, False
    return "none", None, True


def _tested_before(scene: Scene, node: nodes.Expression) -> Default | None:
    """The other way of ``if (kind in table)`` around or before a lookup."""
    for guard in flow.guards(node, scene.program.parents):
        for fact, holds in flow.facts_of(guard.test, holds=guard.holds):
            positive = _membership(scene, fact)
            if positive is None or positive != holds:
                continue
            if isinstance(guard.at, nodes.If):
                block = guard.at.then if not guard.holds else guard.at.other
                if not block:
                    return "none", None, False
                kind, at = remainder_of(scene, block)
                return kind, at or block[0], False
            return "none", None, False
    return None


def _membership(scene: Scene, test: nodes.Expression) -> bool | None:
    """Whether a test asks if a kind is in a table (True) or is not in it (False)."""
    match strip(test):
        case nodes.Binary(op="in" | "not in" as op, left=left):
            return (op == "in") if subjects(scene, left) else None
        case nodes.Call(function=function, arguments=arguments) if (
            last_name(function) in _TESTED
        ):
            found = any(subjects(scene, argument.value) for argument in arguments)
            return True if found else None
        case _:
            return None


def _bound(scene: Scene, node: nodes.Expression, name: nodes.Name) -> Default:
    """What the code does with a handler that it looked up and gave a name."""
    program = scene.program
    function = program.function_of(node)
    binding = program.binding(name)
    if function is None or binding is None:
        return "acts", None, False
    strict = isinstance(node, nodes.Index) and (
        program.module_of(node).language == "python"
    )
    if strict:
        return _failing(scene, node)
    used = [
        inner
        for inner in own_of(function)
        if isinstance(inner, nodes.Name)
        and inner is not name
        and program.binding(inner) is binding
    ]
    for use in used:
        found = _test_of(scene, use)
        if found is not None:
            return found
    for use in used:
        match program.parents.get(use):
            case nodes.Call(function=called, optional=optional) if called is use:
                return ("none", None, False) if optional else _failing(scene, use)
            case nodes.Member(optional=True):
                return "none", None, False
            case nodes.Loop():
                return "none", None, False
            case _:
                continue
    return "acts", None, False


def _test_of(scene: Scene, use: nodes.Name) -> Default | None:
    """The branch that runs when a name that is tested holds nothing."""
    holds = True
    at: nodes.Node = use
    for around in flow.within(use, scene.program.parents):
        match around:
            case nodes.Not():
                holds = not holds
            case nodes.Binary(op="==" | "is", right=nodes.Literal(value=None)):
                holds = not holds
            case nodes.Binary() | nodes.Unary() | nodes.Argument():
                pass
            case nodes.Call(function=function) if last_name(function) == "callable":
                pass
            case nodes.Logical(op="and", operands=operands) if (
                isinstance(scene.program.parents.get(around), nodes.Expr)
                and operands[0] is at
            ):
                return "none", None, False
            case nodes.Logical():
                pass
            case nodes.If(test=test) if test is at:
                return _branch(scene, around, holds=holds)
            case _:
                return None
        at = around
    return None


def _branch(scene: Scene, statement: nodes.If, *, holds: bool) -> Default:
    block = statement.other if holds else statement.then
    if not block and holds and flow.leaves(statement.then):
        siblings, index = flow.block_of(statement, scene.program.parents)
        block = siblings[index + 1 :]
    if not block:
        return "none", None, False
    kind, at = remainder_of(scene, block)
    return kind, at or block[0], False
