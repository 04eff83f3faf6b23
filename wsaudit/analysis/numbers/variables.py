"""Variables: what a name holds in a run, and how an attempt changes it.

A variable that is computed from itself, such as a counter, is part of the state of a
run. One whose new values all follow each other in one place is computed there anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import EACH, STEPS, Cell, Write, mentions, writes
from wsaudit.analysis.numbers.arithmetic import OPERATORS
from wsaudit.analysis.numbers.evaluation import (
    cell_of,
    either,
    figure,
    holds,
    number,
    part,
)
from wsaudit.analysis.numbers.setting import Named, Run, Setting
from wsaudit.analysis.origins import parameter_of
from wsaudit.flow.conditions import deciding, holding
from wsaudit.program import folding, tree, values
from wsaudit.program.cells import variable
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


def read(run: Run, setting: Setting, node: Named) -> float | None:
    """The number that a name or member holds; a counter joins the state of the run."""
    scene = setting.scene
    cell = setting.counted(node) or _own_cell(scene, node)
    if cell is None:
        return _constant(run, setting, node)
    inner = setting.within(cell)
    if cell in run.state:
        run.met.add(cell)
        return run.state[cell]
    if cell in setting.counts:
        run.state[cell] = 0.0
        run.met.add(cell)
        return 0.0
    if cell in setting.asked:
        return run.guess(node, "what goes round in a circle")
    found = writes(scene, cell)
    if not found and cell not in setting.given:
        return _constant(run, setting, node)
    computed = _in_sequence(run, inner, cell, found, node)
    if computed is not None:
        return computed
    if _may_count(found) and any(is_step(run, inner, cell, one) for one in found):
        run.state[cell] = initial(run, inner, cell, found)
        run.met.add(cell)
        return run.state[cell]
    if cell in setting.given:
        return number(run, inner, setting.given[cell])
    return _alternatives(run, inner, node, found)


def _own_cell(scene: Scene, node: Named) -> Cell | None:
    """Where a number is kept: a variable that is computed from others has its own."""
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    parameter = parameter_of(scene.program, node)
    if parameter is not None:
        return cell_of(scene, parameter)
    if binding is not None and binding.constant:
        write = binding.writes[0]
        renames = isinstance(write.value, nodes.Name | nodes.Member | nodes.Cast)
        if write.kind == "assign" and not write.path and not renames:
            return variable(binding)
    return scene.program.cell(node)


def _constant(run: Run, setting: Setting, node: nodes.Expression) -> float:
    program = setting.scene.program
    folded = folding.fold_number(program, node)
    if folded is not None:
        return float(folded)
    for value in program.values(node):
        match value:
            case values.External(name=name) if name.endswith(("Infinity", "INFINITY")):
                return float("inf")
            case values.External(name="math.inf"):
                return float("inf")
            case values.Const(value=float() as constant) if constant == float("inf"):
                return constant
            case _:
                continue
    return run.guess(node, f"the value of `{setting.scene.text(node)}`")


def _may_count(found: tuple[Write, ...]) -> bool:
    """Whether a variable may change at all: one that is given once does not."""
    return len(found) > 1 or any(one.op != "=" for one in found)


# -- counters --------------------------------------------------------------------------


def is_step(run: Run, setting: Setting, cell: Cell, write: Write) -> bool:
    """Whether a write makes the new value from the one before."""
    if write.op in STEPS or write.op != "=":
        return True
    if (write.value is None and write.whole is None) or setting.too_deep:
        return False
    key = (write, frozenset(run.state))
    if key not in run.notes.steps:
        run.notes.steps[key] = _counts_on(run, setting, cell, write)
    return run.notes.steps[key]


def _counts_on(run: Run, setting: Setting, cell: Cell, write: Write) -> bool:
    setting = replace(setting, asked=frozenset({cell}))
    trial = run.fork()
    trial.state[cell] = 1.0
    before = _previous(setting.scene, write)
    if before is not None:
        trial.state[before] = 1.0
    _given(trial, setting, write)
    return cell in trial.met or before in trial.met


def _given(run: Run, setting: Setting, write: Write) -> float | None:
    """The number that a write gives, for what is written out."""
    if write.value is not None:
        return number(run, setting, write.value)
    if write.whole is not None:
        return part(run, setting, write.whole, write.path)
    return None


def steps(setting: Setting, cell: Cell, write: Write) -> bool:
    """Whether a write makes the new value of a cell from the one before."""
    return is_step(Run(read, 0.5, float), setting, cell, write)


def _previous(scene: Scene, write: Write) -> Cell | None:
    return None if write.previous is None else cell_of(scene, write.previous)


def initial(run: Run, setting: Setting, cell: Cell, found: tuple[Write, ...]) -> float:
    """The number that a counter starts from: zero where it is not written out."""
    plain = [one for one in found if one.op == "=" and one.value is not None]
    for write in sorted(plain, key=lambda one: not one.first):
        if write.value is not None and not is_step(run, setting, cell, write):
            trial = run.fork()
            value = number(trial, setting, write.value)
            if value is not None:
                run.exact = run.exact and trial.exact
                return value
    for write in found:
        if write.op == EACH and isinstance(write.value, nodes.Call):
            return _begun(run, setting, write.value)
    return 0.0


def _begun(run: Run, setting: Setting, source: nodes.Call) -> float:
    """The first number of ``range(1, 6)`` or ``count(1)``."""
    least = 2 if last_name(source.function) == "range" else 1
    if len(source.arguments) < least:
        return 0.0
    return figure(run, setting, source.arguments[0].value)


def advanced(run: Run, setting: Setting) -> dict[Cell, float]:
    """The state after one more failure."""
    return {cell: _after(run, setting, cell) for cell in run.state}


def _after(run: Run, setting: Setting, cell: Cell) -> float:
    if cell in setting.counts:
        return run.state[cell] + 1
    trial = run.fork()
    home: nodes.Function | None = None
    stepped = False
    taken: dict[nodes.Expression, bool] = {}
    for write in writes(setting.scene, cell):
        step = is_step(run, setting, cell, write)
        if step and stepped and write.function is not home:
            continue  # Another way to the same: one of them runs.
        allowed = _allowed(trial, setting, write, taken)
        if step and allowed is not False:
            home, stepped = write.function, True
            trial.state[cell] = applied(trial, setting, cell, write)
        elif not step and allowed and _clamps(setting, cell, write):
            trial.state[cell] = applied(trial, setting, cell, write)
    return trial.state[cell]


def _allowed(
    run: Run, setting: Setting, write: Write, taken: dict[nodes.Expression, bool]
) -> bool | None:
    """Whether the tests around a write hold; None where that is not known.

    Of two branches of a test that is not known one is ``taken``.
    """
    program = setting.scene.program
    open_ones = set(deciding(program, write.node)) - setting.tests
    for test, came_out in holding(program, write.node):
        if test in setting.tests:
            continue
        held = holds(run, setting, test)
        if held is None:
            open_ones.add(test)
            if taken.setdefault(test, came_out) is not came_out:
                return False
        elif held is not came_out:
            return False
        else:
            open_ones.discard(test)
    return None if open_ones else True


def _clamps(setting: Setting, cell: Cell, write: Write) -> bool:
    """``if (delay > MAX) delay = MAX``."""
    return not write.first and any(
        mentions(setting.scene, test, cell)
        for test in deciding(setting.scene.program, write.node)
        if test not in setting.tests
    )


def applied(run: Run, setting: Setting, cell: Cell, write: Write) -> float:
    """The value of a variable after a write; the one before is in the run's state."""
    before = run.state[cell]
    if write.op in STEPS:
        return before + (-1 if write.op == "--" else 1)
    previous = _previous(setting.scene, write)
    if previous is not None:
        run.state[previous] = before
    value = _given(run, setting, write)
    if previous is not None:
        del run.state[previous]
        run.met.discard(previous)
    if value is None or write.op == "=":
        return before if value is None else value
    operator = OPERATORS.get(write.op[:-1])
    return before if operator is None else operator(before, value)


# -- other variables -------------------------------------------------------------------


def _in_sequence(
    run: Run, setting: Setting, cell: Cell, found: tuple[Write, ...], node: Named
) -> float | None:
    """``let d = base; d = Math.min(d, MAX); wait(d)``: each write follows the last."""
    program = setting.scene.program
    parents = program.parents
    if cell.kind != "variable" or len(found) < 2 or found[0].value is None:
        return None
    first = found[0]
    loop = next(tree.loops(first.node, parents), None)
    if first.op != "=" or first.function is not program.function_of(node):
        return None
    for write in found[1:]:
        if (
            write.function is not first.function
            or not first.node.start < write.node.start < node.start
            or next(tree.loops(write.node, parents), None) is not loop
        ):
            return None
    if first.function is None or first.value is None:
        return None
    value = figure(run, setting, first.value)
    for write in found[1:]:
        if _allowed(run, setting, write, {}) is not False:
            run.state[cell] = value
            value = applied(run, setting, cell, write)
            del run.state[cell]
            run.met.discard(cell)
    return value


def _alternatives(
    run: Run, setting: Setting, node: Named, found: tuple[Write, ...]
) -> float | None:
    """One of several values, as the tests around them tell."""
    certain: list[tuple[Run, float | None]] = []
    tries: list[tuple[Run, float | None]] = []
    for write in found:
        trial = run.fork()
        allowed = True if write.first else _allowed(trial, setting, write, {})
        if allowed is False:
            run.learn(trial)
            run.met |= trial.met
            continue
        value = _value(trial, setting, node, write)
        tries.append((trial, value))
        if allowed and trial.met and not write.first:
            certain.append((trial, value))
    return either(run, certain[-1:] or tries)


def _value(run: Run, setting: Setting, node: Named, write: Write) -> float | None:
    found = _given(run, setting, write)
    if found is not None or write.value is not None:
        return found
    if isinstance(write.node, nodes.Name):
        for value in setting.scene.program.values(write.node):
            match value:
                case values.Const(value=bool()):
                    continue
                case values.Const(value=int() | float() as plain):
                    return float(plain)
                case _:
                    continue
    return run.guess(node, "a value that is not followed")
