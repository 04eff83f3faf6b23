"""Evaluation: the number an expression comes to in one run, with a given chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import writes
from wsaudit.analysis.numbers.arithmetic import (
    COMPARISONS,
    FUNCTIONS,
    OPERATORS,
    drawn,
)
from wsaudit.analysis.numbers.setting import Named, Run, Setting
from wsaudit.analysis.origins import returned
from wsaudit.limits import ROUNDS
from wsaudit.program import folding, values
from wsaudit.program.cells import Cell, variable
from wsaudit.program.tree import key_of, last_name, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Step
    from wsaudit.syntax.nodes import Node

_NOTHING = nodes.Literal(0, 0, "undefined")
_MATH = ("global#Math.", "builtins.", "math.", "global#Number", "global#parse")


def number(run: Run, setting: Setting, node: nodes.Expression) -> float | None:
    """The number of an expression; None for what is undefined, or no number."""
    run.notes.left -= 1
    if setting.too_deep or run.notes.left < 0:
        return run.guess(node, "a computation that goes too deep", veiled=True)
    match node:
        case nodes.Literal(value=value):
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if plain and value is not None else None
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            return number(run, setting, inner)
        case nodes.Unary(op=op, value=inner):
            return _signed(node, op, figure(run, setting, inner))
        case nodes.Logical(operands=operands):
            return _first(run, setting, operands)
        case nodes.Conditional():
            return _chosen(run, setting, node)
        case nodes.Index(object=table, index=index):
            return _entry(run, setting, table, index)
        case nodes.Call():
            return _called(run, setting, node)
        case nodes.Function():
            return _result(run, setting, node)
        case nodes.Name() | nodes.Member():
            return _length(run, setting, node)
        case _:
            return _calculated(run, setting, node)


def figure(run: Run, setting: Setting, node: nodes.Expression) -> float:
    """The number of an expression, a guess where it has none."""
    found = number(run, setting, node)
    return run.guess(node, "a value that is not followed") if found is None else found


def _signed(node: nodes.Unary, op: str, value: float) -> float:
    """``-x``, and ``++x``, which is the number after it was raised."""
    if op in {"++", "--"} and node.start < node.value.start:
        return value + (1 if op == "++" else -1)
    return -value if op == "-" else value


def _calculated(run: Run, setting: Setting, node: nodes.Expression) -> float | None:
    """``a * b``, ``a += b``."""
    match node:
        case nodes.Binary(op=op, left=left, right=right) if op in OPERATORS:
            return _applied(run, setting, node, OPERATORS[op], (left, right))
        case nodes.Assign(value=value, op="="):
            return number(run, setting, value)
        case nodes.Assign(target=target, value=value, op=op) if op[:-1] in OPERATORS:
            return _applied(run, setting, node, OPERATORS[op[:-1]], (target, value))
        case _:
            return run.guess(node, "a value that is not followed")


def _applied(
    run: Run,
    setting: Setting,
    node: Node,
    function: Callable[..., float],
    operands: tuple[nodes.Expression, ...],
) -> float:
    numbers = [figure(run, setting, operand) for operand in operands]
    try:
        return float(function(*numbers))
    except (ArithmeticError, ValueError, TypeError):
        return run.guess(node, "a value that is not followed")


def _first(
    run: Run, setting: Setting, operands: tuple[nodes.Expression, ...]
) -> float | None:
    """``options.delay ?? 3000``: a number that is given is as fixed as the default."""
    tries = []
    for operand in operands:
        trial = run.fork()
        found = number(trial, setting, operand)
        tries.append((trial, found))
        run.learn(trial)
        if found is not None and (trial.exact or trial.veiled or trial.met):
            run.adopt(trial)
            return found
    for trial, found in tries:
        if found is not None:
            run.adopt(trial)
            return found
    return None


# -- tests -----------------------------------------------------------------------------


def holds(run: Run, setting: Setting, test: nodes.Expression) -> bool | None:
    """How a test comes out, None where no number decides it.

    What it reads is met by the run, what it does not know is not held against it.
    """
    match test:
        case nodes.Not(value=inner):
            found = holds(run, setting, inner)
            return None if found is None else not found
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            parts = [holds(run, setting, operand) for operand in operands]
            if (op == "or") in parts:
                return op == "or"
            return None if None in parts else op == "and"
        case nodes.Binary(op=op, left=left, right=right) if op in COMPARISONS:
            if any(map(_is_no_number, (left, right))):
                return None
            trial = run.fork()
            numbers = [figure(trial, setting, side) for side in (left, right)]
            run.learn(trial)
            run.met |= trial.met
            known = trial.exact or bool(trial.met)
            return COMPARISONS[op](*numbers) if known else None
        case nodes.Name() | nodes.Member() if _is_changed(run, setting, test):
            trial = run.fork()
            value = number(trial, setting, test)
            run.learn(trial)
            run.met |= trial.met
            return bool(value) if trial.met and value is not None else None
        case nodes.Cast(value=inner):
            return holds(run, setting, inner)
        case _:
            return None


def _is_no_number(node: nodes.Expression) -> bool:
    match node:
        case nodes.Literal(value=bool() | str() | None) | nodes.Template():
            return True
        case _:
            return False


def _is_changed(run: Run, setting: Setting, node: Named) -> bool:
    """Whether a name is that of a counter: other names say no number by themselves."""
    cell = setting.counted(node) or setting.scene.program.cell(node)
    return cell is not None and (
        cell in run.state
        or cell in setting.counts
        or any(write.op != "=" for write in writes(setting.scene, cell))
    )


def _chosen(run: Run, setting: Setting, node: nodes.Conditional) -> float | None:
    held = holds(run, setting, node.test)
    if held is not None:
        return number(run, setting, node.then if held else node.other)
    return either(run, [_alone(run, setting, each) for each in (node.then, node.other)])


def _alone(
    run: Run, setting: Setting, node: nodes.Expression
) -> tuple[Run, float | None]:
    trial = run.fork()
    return trial, number(trial, setting, node)


def either(run: Run, found: list[tuple[Run, float | None]]) -> float | None:
    """One of several numbers: rather one that varies or is random, else the first."""
    for trial, _ in found:
        run.learn(trial)
        run.unknown = run.unknown or trial.unknown
        run.veiled = run.veiled or trial.veiled
    known = [(trial, value) for trial, value in found if value is not None]
    if not known:
        return None
    trial, value = next(
        (one for one in known if one[0].met or one[0].random),
        known[0],
    )
    run.adopt(trial)
    if any(other != value for _, other in known):
        run.exact = False
    return value


# -- tables and calls ------------------------------------------------------------------


def _entry(
    run: Run, setting: Setting, table: nodes.Expression, index: nodes.Expression
) -> float | None:
    """``DELAYS[n]``; None beyond its end."""
    at = figure(run, setting, index)
    for value in setting.scene.program.values(table):
        if isinstance(value, values.Seq):
            items = value.node.items
            place = int(at) if math.isfinite(at) else len(items)
            if not -len(items) <= place < len(items):
                return None
            return number(run, setting, items[place])
    why = "an entry that is not followed"
    return run.guess(table, why) * (1 + min(at, ROUNDS))


def _length(run: Run, setting: Setting, node: Named) -> float | None:
    """``DELAYS.length``, or what a name reads."""
    if isinstance(node, nodes.Member) and node.name == "length":
        for value in setting.scene.program.values(node.object):
            if isinstance(value, values.Seq):
                return float(len(value.node.items))
    return run.read(run, setting, node)


def _called(run: Run, setting: Setting, call: nodes.Call) -> float | None:
    scene = setting.scene
    functions = scene.program.callees(call)
    if functions:
        found = []
        for function in functions:
            trial = run.fork()
            found.append((trial, _computed(trial, setting, call, function)))
        return either(run, found)
    name = last_name(call.function)
    arguments = [argument.value for argument in call.arguments]
    if _is_random(scene, call, name):
        run.random = True
        return drawn([figure(run, setting, each) for each in arguments], run.chance)
    by_language = any(each.startswith(_MATH) for each in scene.program.called(call))
    if name == "len" and by_language and arguments:
        return _size(run, setting, call, arguments[0])
    if name in FUNCTIONS and (by_language or name == "clamp"):
        return _applied(run, setting, call, FUNCTIONS[name], tuple(arguments))
    if name == "at" and isinstance(call.function, nodes.Member) and arguments:
        return _entry(run, setting, call.function.object, arguments[0])
    return _by_default(run, setting, call, arguments)


def _is_random(scene: Scene, call: nodes.Call, name: str) -> bool:
    if scene.word("random", call) is not None:
        return True
    return "random" in name.lower() or "jitter" in name.lower()


def _size(
    run: Run, setting: Setting, call: nodes.Call, table: nodes.Expression
) -> float:
    for value in setting.scene.program.values(table):
        if isinstance(value, values.Seq):
            return float(len(value.node.items))
    return run.guess(call, f"`{setting.scene.text(call.function)}()`", veiled=True)


def _by_default(
    run: Run, setting: Setting, call: nodes.Call, arguments: list[nodes.Expression]
) -> float:
    """``os.getenv("DELAY", 5)``: a constant that is configured, or its default."""
    scene = setting.scene
    if last_name(call.function) in {"get", "getenv"} and len(arguments) == 2:
        key = folding.fold_text(scene.program, arguments[0])
        default = folding.fold(scene.program, arguments[1])
        if key is not None and default is not None:
            with suppress(ValueError, TypeError):
                return float(default.value)  # type: ignore[arg-type]
    return run.guess(call, f"`{scene.text(call.function)}()`", veiled=True)


def _computed(
    run: Run, setting: Setting, call: nodes.Call, function: nodes.Function
) -> float | None:
    """What a function of the project computes from what it is given."""
    found = _result(run, entered(setting, call, function), function)
    if found is None:
        why = f"what `{setting.scene.text(call.function)}()` gives"
        return run.guess(call, why, veiled=True)
    return found


def _result(run: Run, setting: Setting, function: nodes.Function) -> float | None:
    """What a function returns in a run: what one of its returns does, if need be."""
    done, found = _returned(run, setting, function.body)
    if done:
        return found
    return either(run, [_alone(run, setting, each) for each in returned(function)])


def _returned(
    run: Run, setting: Setting, body: tuple[nodes.Statement, ...]
) -> tuple[bool, float | None]:
    """Whether a block of plain statements returns, and what."""
    for statement in body:
        match statement:
            case nodes.Return(value=value):
                return True, None if value is None else number(run, setting, value)
            case nodes.If(test=test, then=then, other=other):
                held = holds(run, setting, test)
                if held is None:
                    return False, None
                done, found = _returned(run, setting, then if held else other)
                if done:
                    return True, found
            case nodes.Bind() | nodes.Expr():
                continue
            case _:
                return False, None
    return False, None


def part(
    run: Run, setting: Setting, whole: nodes.Expression, path: tuple[Step, ...]
) -> float | None:
    """The number that lies in a display, or in a call gives: ``on, wait = f()``."""
    if not path:
        return number(run, setting, whole)
    match strip(whole):
        case nodes.Sequence(items=items) if isinstance(path[0], int):
            inside = items[path[0]] if path[0] < len(items) else None
            return None if inside is None else part(run, setting, inside, path[1:])
        case nodes.Record(entries=entries):
            for entry in entries:
                if key_of(entry) == path[0]:
                    return part(run, setting, entry.value, path[1:])
            return None
        case nodes.Call() as call if not setting.too_deep:
            found = []
            for function in setting.scene.program.callees(call):
                inner = entered(setting, call, function)
                for value in returned(function):
                    trial = run.fork()
                    found.append((trial, part(trial, inner, value, path)))
            return either(run, found)
        case _:
            return None


def entered(setting: Setting, site: nodes.Call, function: nodes.Function) -> Setting:
    """The setting inside a function that a call enters."""
    program = setting.scene.program
    given = dict(setting.given)
    for parameter in function.parameters:
        cell = cell_of(setting.scene, parameter)
        argument = program.argument_for(site, function, parameter)
        if cell is None:
            continue
        if isinstance(argument, nodes.Node):
            given[cell] = argument
        elif parameter.default is not None:
            given[cell] = parameter.default
        elif argument is None:
            given[cell] = _NOTHING
    return replace(setting, given=given, depth=setting.depth + 1)


def cell_of(scene: Scene, parameter: nodes.Parameter) -> Cell | None:
    """The variable that a parameter is."""
    if not isinstance(parameter.target, nodes.Name):
        return None
    binding = scene.program.binding(parameter.target)
    return None if binding is None else variable(binding)
