"""Branches: dispatches written as ``switch``, ``match``, ``if`` chains or ``? :``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.cases import Case, DispatchSite, Form
from wsaudit.analysis.messages.comparing import Comparison, class_pattern, comparisons
from wsaudit.analysis.messages.kinds import constants, subjects
from wsaudit.flow.ways import breaks_off
from wsaudit.program.tree import own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

Block = tuple[nodes.Statement, ...]


@dataclass(frozen=True, slots=True)
class _Branch:
    """A test and what it lets the kinds that it names run into."""

    test: Comparison
    body: Block
    statement: nodes.Node


def site_of(
    form: Form,
    branches: Iterable[_Branch],
    head: nodes.Node,
    function: nodes.Function | None,
) -> DispatchSite:
    """The dispatch that some tests of one key are."""
    branches = tuple(branches)
    messages = tuple(dict.fromkeys(each.test.message for each in branches))
    cases: dict[nodes.Node, Case] = {}
    for each in branches:
        test, known = each.test, cases.get(each.test.node)
        cases[test.node] = Case(
            tuple(dict.fromkeys((*(known.values if known else ()), *test.values))),
            test.node,
            each.body,
            test.complete,
            test.how == "prefix",
        )
    return DispatchSite(
        tuple(dict.fromkeys(message.socket for message in messages)),
        messages,
        messages[0].path,
        form,
        tuple(cases.values()),
        head,
        function,
        all(case.complete for case in cases.values()),
    )


# -- switch and match ------------------------------------------------------------


def switches_in(
    scene: Scene, function: nodes.Function, block: Block
) -> Iterator[DispatchSite]:
    """The dispatches that are a ``switch`` or a ``match`` in a block."""
    for switch in block:
        if isinstance(switch, nodes.Switch):
            found = [
                _Branch(test, case.body, switch)
                for case in switch.cases
                for test in case_tests(scene, switch, case)
            ]
            if found:
                yield site_of("switch", found, switch, function)


def case_tests(
    scene: Scene, switch: nodes.Switch, case: nodes.Case
) -> tuple[Comparison, ...]:
    """What the patterns of a case compare."""
    always = isinstance(strip(switch.subject), nodes.Literal)
    found: list[Comparison] = []
    for pattern in case.patterns:
        if isinstance(pattern, nodes.Name) and case.default:
            continue
        if always:
            found.extend(each for each in comparisons(scene, pattern) if each.holds)
            continue
        by_class = tuple(class_pattern(scene, switch.subject, pattern))
        found.extend(by_class)
        if not by_class:
            texts, whole = constants(scene, pattern, numbers=True)
            found.extend(
                Comparison(message, texts, pattern, "equals", whole)
                for message in subjects(scene, switch.subject)
            )
    return tuple(found)


# -- if chains -------------------------------------------------------------------


def chains_in(
    scene: Scene, function: nodes.Function, block: Block
) -> Iterator[DispatchSite]:
    """The dispatches that are tests on one key in a block, chained or one by one."""
    table: dict[tuple[str, ...], list[_Branch]] = {}
    for index, statement in enumerate(block):
        for branch in _branches(scene, block, index, statement):
            table.setdefault(branch.test.message.path, []).append(branch)
    for branches in table.values():
        kept = [each for each in branches if each.test.holds]
        if not any(each.test.values for each in branches):
            continue
        if kept:
            yield _chain(branches, kept[0], function)
            continue
        for each in branches:
            yield site_of("filter", [each], each.statement, function)


def _chain(
    branches: list[_Branch], first: _Branch, function: nodes.Function
) -> DispatchSite:
    instances = any(each.test.how == "isinstance" for each in branches)
    head: nodes.Node = first.test.node
    if isinstance(first.statement, nodes.If) and first.statement.test is head:
        head = first.statement
    return site_of("isinstance" if instances else "if", branches, head, function)


def _branches(
    scene: Scene, block: Block, index: int, statement: nodes.Statement
) -> Iterator[_Branch]:
    match statement:
        case nodes.Expr(value=nodes.Logical(op="and", operands=(test, *_))):
            for each in comparisons(scene, test):
                yield _Branch(each, (statement,), statement)
        case nodes.If():
            at: nodes.If | None = statement
            while at is not None:
                for each in comparisons(scene, at.test):
                    rest = at.other
                    if (
                        breaks_off(scene.program, at.then)
                        and at is statement
                        and not rest
                    ):
                        rest = block[index + 1 :]
                    yield _Branch(each, at.then if each.holds else rest, statement)
                following = at.other[0] if len(at.other) == 1 else None
                at = following if isinstance(following, nodes.If) else None
        case _:
            return


# -- conditional expressions -----------------------------------------------------


def choices_in(scene: Scene, function: nodes.Function) -> Iterator[DispatchSite]:
    """The dispatches that are a chain of ``test ? a : b``."""
    inner: set[nodes.Node] = set()
    for node in own_of(function):
        if not isinstance(node, nodes.Conditional) or node in inner:
            continue
        found: list[_Branch] = []
        at: nodes.Expression = node
        while isinstance(at, nodes.Conditional):
            inner.add(at)
            held = (each for each in comparisons(scene, at.test) if each.holds)
            found.extend(_Branch(each, (), node) for each in held)
            at = strip(at.other)
        values = {text for each in found for text in each.test.values}
        paths = {each.test.message.path for each in found}
        if len(values) > 1 and len(paths) == 1:
            yield site_of("if", found, node, function)


# -- tests on their own ----------------------------------------------------------


def lone_in(
    scene: Scene, function: nodes.Function, seen: set[nodes.Node]
) -> Iterator[DispatchSite]:
    """Comparisons that no branch is built on: in a callback, a guard, an argument."""
    for node in own_of(function):
        if node in seen or not isinstance(node, nodes.Binary | nodes.Call):
            continue
        if isinstance(node, nodes.Call) and node in scene.use_of_call:
            continue
        found = [_Branch(each, (), node) for each in comparisons(scene, node)]
        if found and found[0].test.values:
            table = found[0].test.how == "table"
            yield site_of("table" if table else "guard", found[:1], node, function)
