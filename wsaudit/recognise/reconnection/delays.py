"""Delays: whether a wait grows from one attempt to the next, is capped, is random.

An expression is followed to the variables that it is made of, through the functions
that compute it. What changes a variable in terms of itself makes it grow; what it is
compared with, or the lesser of, caps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wsaudit.program import flow, folding, tree, values
from wsaudit.program.cells import variable
from wsaudit.program.tree import last_name
from wsaudit.recognise.reconnection.counters import (
    STEPS,
    Change,
    Place,
    changes,
    comparisons_around,
)
from wsaudit.recognise.scene import written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node

COMPARISONS = frozenset({"<", "<=", ">", ">="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "**", "<<", "%"})
_SAME_NUMBER = frozenset(
    {
        "floor", "ceil", "round", "trunc", "abs", "Number", "parseInt", "parseFloat",
        "int", "float", "fround",
    }
)  # fmt: skip
_FUNCTIONS = frozenset({"pow", "exp", "exp2", "sqrt", "log", "log2", "log10", "sum"})
_MATH = ("global#Math.", "builtins.", "math.")
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Amount:
    """What is known of a number that a wait is made of.

    ``varies`` when it changes with every attempt, by the ``counters``; ``capped`` when
    it then stays below a bound; ``random`` when chance is in it. ``unknown`` says what
    could not be followed, ``veiled`` that a call is among that. ``itself`` while the
    variable that is asked about is found in its own new value.
    """

    varies: bool = False
    capped: bool = False
    random: bool = False
    unknown: str = ""
    veiled: bool = False
    counters: frozenset[Place] = frozenset()
    itself: frozenset[Place] = frozenset()


CONSTANT = Amount()
_NOTHING = nodes.Literal(0, 0, "undefined")


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Where an expression is looked at.

    ``given`` is what parameters get on the way there, ``counts`` the parameters in
    which a library hands over the number of the attempt, ``tests`` the conditions of
    the wait itself: they limit the attempts and cap no delay.
    """

    scene: Scene
    given: Mapping[nodes.Parameter, nodes.Expression] = field(default_factory=dict)
    counts: frozenset[nodes.Parameter] = frozenset()
    tests: frozenset[Node] = frozenset()
    asked: frozenset[Place] = frozenset()
    depth: int = 0


def amount(setting: Setting, node: nodes.Expression) -> Amount:
    """What is known of a number."""
    match node:
        case nodes.Literal():
            return CONSTANT
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            return amount(setting, inner)
        case nodes.Unary(value=inner):
            return amount(setting, inner)
        case nodes.Binary(op=op, left=left, right=right) if op in _ARITHMETIC:
            whole = combined((amount(setting, left), amount(setting, right)))
            return replace(whole, capped=True) if op == "%" and whole.varies else whole
        case nodes.Logical(operands=operands):
            return _first_of(setting, operands)
        case nodes.Conditional():
            return _chosen(setting, node)
        case nodes.Index(object=table, index=index):
            return _looked_up(setting, table, index)
        case nodes.Assign(target=target, value=value, op=op):
            if op == "=":
                return amount(setting, value)
            return combined((amount(setting, target), amount(setting, value)))
        case nodes.Call():
            return _called(setting, node)
        case nodes.Name() | nodes.Member():
            return _read(setting, node)
        case _:
            return Amount(unknown="a value that is not followed")


def combined(parts: Iterable[Amount]) -> Amount:
    """The amount of a sum or product: it varies as its parts do."""
    found = tuple(parts)
    varying = [part for part in found if part.varies]
    return Amount(
        varies=bool(varying),
        capped=bool(varying) and all(part.capped for part in varying),
        random=any(part.random for part in found),
        unknown=next((part.unknown for part in found if part.unknown), ""),
        veiled=any(part.veiled for part in found),
        counters=frozenset().union(*(part.counters for part in found)),
        itself=frozenset().union(*(part.itself for part in found)),
    )


def _stepped(parts: Iterable[Amount], by: Amount) -> Amount:
    """One of several amounts, chosen by comparing something that varies."""
    whole = combined((*parts, by))
    return replace(whole, varies=True, capped=True)


def _first_of(setting: Setting, operands: tuple[nodes.Expression, ...]) -> Amount:
    """``options.delay ?? 3000``: a number that is given is as fixed as the default."""
    parts = [amount(setting, operand) for operand in operands]
    program = setting.scene.program
    default = any(folding.fold_number(program, each) is not None for each in operands)
    if default and not any(part.veiled for part in parts):
        parts = [replace(part, unknown="") for part in parts]
    return combined(parts)


def _chosen(setting: Setting, node: nodes.Conditional) -> Amount:
    then, other = amount(setting, node.then), amount(setting, node.other)
    test = _tested(setting, node.test)
    if not test.varies or (then.varies and other.varies):
        return combined((then, other))
    same = not (then.varies or other.varies) and _same(setting, node.then, node.other)
    return combined((then, other)) if same else _stepped((then, other), test)


def _same(setting: Setting, first: nodes.Expression, second: nodes.Expression) -> bool:
    numbers = {
        folding.fold_number(setting.scene.program, each) for each in (first, second)
    }
    return len(numbers) == 1


def _tested(setting: Setting, test: nodes.Expression) -> Amount:
    """What varies in the comparisons of a test."""
    sides = [
        amount(setting, side)
        for fact, _ in flow.facts_of(test, holds=True)
        if isinstance(fact, nodes.Binary) and fact.op in {*COMPARISONS, "==", "!="}
        for side in (fact.left, fact.right)
    ]
    return combined(side for side in sides if side.varies)


def _looked_up(
    setting: Setting, table: nodes.Expression, index: nodes.Expression
) -> Amount:
    """``DELAYS[n]``: it grows as far as the table goes."""
    at = amount(setting, index)
    program = setting.scene.program
    items = [
        item
        for value in program.values(table)
        if isinstance(value, values.Seq)
        for item in value.node.items
    ]
    inside = combined(amount(setting, item) for item in items)
    if not at.varies:
        known = bool(items) and not inside.unknown
        return inside if known else Amount(unknown="an entry that is not followed")
    numbers = {folding.fold_number(program, item) for item in items}
    if items and len(numbers) == 1 and None not in numbers:
        return inside
    return replace(combined((inside, at)), capped=True)


# -- calls -----------------------------------------------------------------------


def _called(setting: Setting, call: nodes.Call) -> Amount:
    program = setting.scene.program
    functions = program.callees(call)
    if functions:
        return combined(_computed(setting, call, function) for function in functions)
    name = last_name(call.function)
    parts = [amount(setting, argument.value) for argument in call.arguments]
    if _is_random(setting.scene, call):
        return replace(combined(parts), random=True)
    if not any(called.startswith(_MATH) for called in program.called(call)):
        return _of_library(setting, call, name, parts)
    if name == "min":
        return _least(parts)
    if name == "max":
        return combined(parts)
    if name in _SAME_NUMBER and parts:
        return parts[0]
    if name in _FUNCTIONS:
        return combined(parts)
    return Amount(unknown=f"`{written(call.function)}()`", veiled=True)


def _is_random(scene: Scene, call: nodes.Call) -> bool:
    if scene.word("random", call) is not None:
        return True
    name = last_name(call.function).lower()
    return "random" in name or "jitter" in name


def _of_library(
    setting: Setting, call: nodes.Call, name: str, parts: list[Amount]
) -> Amount:
    """Calls that are not followed; ``clamp`` is what it says, ``at`` is an index."""
    if name == "clamp" and parts:
        whole = combined(parts)
        return replace(whole, capped=whole.varies)
    if name == "at" and isinstance(call.function, nodes.Member) and call.arguments:
        return _looked_up(setting, call.function.object, call.arguments[0].value)
    return Amount(unknown=f"`{written(call.function)}()`", veiled=True)


def _least(parts: list[Amount]) -> Amount:
    """``Math.min(a, b)``: what does not vary caps what does."""
    whole = combined(parts)
    if not whole.varies:
        return whole
    capped = any(not part.varies or part.capped for part in parts)
    return replace(whole, capped=capped)


def _computed(setting: Setting, call: nodes.Call, function: nodes.Function) -> Amount:
    """What a function of the project computes from what it is given."""
    if setting.depth > _DEPTH:
        return Amount(unknown="a computation that goes too deep", veiled=True)
    inner = entered(setting, call, function)
    returned = [
        node
        for node in tree.own_of(function)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    if not returned:
        return Amount(unknown=f"what `{written(call.function)}()` gives", veiled=True)
    parts = [(node, amount(inner, node.value)) for node in returned if node.value]
    whole = combined(part for _, part in parts)
    for node, part in parts:
        by = _conditions(inner, node)
        if by.varies and not part.varies and len(parts) > 1:
            return _stepped((whole,), by)
    return whole


def entered(setting: Setting, site: nodes.Call, function: nodes.Function) -> Setting:
    """The setting inside a function that a call enters."""
    program = setting.scene.program
    given = dict(setting.given)
    for parameter in function.parameters:
        argument = program.argument_for(site, function, parameter)
        if isinstance(argument, nodes.Node):
            given[parameter] = argument
        elif parameter.default is not None:
            given[parameter] = parameter.default
        elif argument is None:
            given[parameter] = _NOTHING
    return replace(setting, given=given, depth=setting.depth + 1)


def _conditions(setting: Setting, node: Node) -> Amount:
    """What varies in the tests under which a node runs."""
    parents = setting.scene.program.parents
    return combined(
        _tested(setting, guard.test)
        for guard in flow.guards(node, parents)
        if guard.test not in setting.tests
    )


# -- variables ---------------------------------------------------------------------


def _read(setting: Setting, node: nodes.Name | nodes.Member) -> Amount:
    parameter = parameter_of(setting, node)
    if parameter in setting.counts:
        return Amount(varies=True, counters=frozenset({("p", parameter)}))
    if parameter is not None and ("p", parameter) in setting.asked:
        return _itself(("p", parameter))
    if parameter is not None and parameter in setting.given:
        given = setting.given[parameter]
        place: Place = ("p", parameter)
        inner = replace(setting, asked=setting.asked | {place}, depth=setting.depth + 1)
        if setting.depth <= _DEPTH:
            return _settled(amount(inner, given), place)
    place = place_of(setting.scene, node)
    if place in setting.asked:
        return _itself(place)
    if place is None or setting.depth > _DEPTH:
        return _constant(setting, node)
    found = changes(setting.scene, place)
    if not found:
        return _constant(setting, node)
    return _variable(setting, place, found)


def place_of(scene: Scene, node: nodes.Name | nodes.Member) -> Place | None:
    """Where a number lives: a variable that is computed from others has its own."""
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    if binding is not None and binding.constant:
        write = binding.writes[0]
        renames = isinstance(write.value, nodes.Name | nodes.Member | nodes.Cast)
        if write.kind == "assign" and not write.path and not renames:
            return variable(binding)
    return scene.program.cell(node)


def parameter_of(
    setting: Setting, node: nodes.Name | nodes.Member
) -> nodes.Parameter | None:
    """The parameter that a name means, where it means one and nothing else."""
    if not isinstance(node, nodes.Name):
        return None
    binding = setting.scene.program.binding(node)
    if binding is None or len(binding.writes) != 1 or binding.writes[0].path:
        return None
    source = binding.writes[0].source
    return source if isinstance(source, nodes.Parameter) else None


def _itself(place: Place) -> Amount:
    mark = frozenset({place})
    return Amount(varies=True, counters=mark, itself=mark)


def _settled(found: Amount, place: Place) -> Amount:
    """An amount once the variable at a place is no longer asked about."""
    return replace(found, itself=found.itself - {place})


def _constant(setting: Setting, node: nodes.Expression) -> Amount:
    if folding.fold_number(setting.scene.program, node) is not None:
        return CONSTANT
    return Amount(unknown=f"the value of `{written(node)}`")


def _variable(setting: Setting, place: Place, found: tuple[Change, ...]) -> Amount:
    """A variable, from everything that changes it."""
    inner = replace(setting, asked=setting.asked | {place}, depth=setting.depth + 1)
    parts = [(change, _changed(inner, place, change)) for change in found]
    growing = [(c, part) for c, part in parts if place in part.itself]
    others = [(c, part) for c, part in parts if place not in part.itself]
    if not growing:
        return _settled(_alternatives(inner, others), place)
    whole = combined(part for _, part in growing)
    clamped = any(_clamps(setting, change, place) for change, _ in others)
    capped = clamped or all(
        part.capped or _clamps(setting, change, place) for change, part in growing
    )
    random = whole.random or any(part.random for _, part in others)
    return Amount(True, capped, random, counters=frozenset({place}))  # noqa: FBT003


def _changed(setting: Setting, place: Place, change: Change) -> Amount:
    if change.op in STEPS:
        return _itself(place)
    if change.value is None:
        return _unpacked(setting, change)
    inner = setting
    if change.previous is not None:
        inner = replace(setting, asked=setting.asked | {("p", change.previous)})
    new = amount(inner, change.value)
    if change.previous is not None and ("p", change.previous) in new.itself:
        new = replace(new, itself=new.itself | {place})
    if change.op != "=":
        return combined((_itself(place), new))
    return new


def _unpacked(setting: Setting, change: Change) -> Amount:
    """A destructured value: fixed where it is a number, if only by default."""
    if isinstance(change.node, nodes.Name) and any(
        isinstance(value, values.Const) and isinstance(value.value, int | float)
        for value in setting.scene.program.values(change.node)
    ):
        return CONSTANT
    return Amount(unknown="a value that is not followed")


def _alternatives(setting: Setting, parts: list[tuple[Change, Amount]]) -> Amount:
    """One of several values; which one may depend on the number of attempts."""
    whole = combined(part for _, part in parts)
    for change, _ in parts:
        by = CONSTANT if change.first else _conditions(setting, change.node)
        if by.varies:
            return _stepped((whole,), by)
    return whole


def _clamps(setting: Setting, change: Change, place: Place) -> bool:
    """``if (delay > MAX) delay = MAX``, or growth only ``if (delay < MAX)``."""
    return not change.first and any(
        test not in setting.tests
        for test in comparisons_around(setting.scene, change.node, place)
    )
