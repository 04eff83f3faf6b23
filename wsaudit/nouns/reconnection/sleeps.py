"""Sleeps: what lets time pass in a call, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import edges
from wsaudit.analysis.numbers import Series, Setting, entered, series
from wsaudit.analysis.timers import Timer, timers_in
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_NOTHING = nodes.Literal(0, 0, "number", 0)


@dataclass(frozen=True, slots=True, eq=False)
class Wait:
    """Something that is waited for.

    ``at`` is what a finding points at, ``for_`` the expression of the time (None where
    it is not followed, and ``why`` says what that is), ``setting`` where it is looked
    at. ``milliseconds`` is the unit in JavaScript.
    """

    at: Node
    for_: nodes.Expression | None
    setting: Setting
    milliseconds: bool = True
    why: str = ""

    @property
    def series(self) -> Series:
        """What the time comes to, attempt by attempt."""
        if self.for_ is None:
            return Series(unknown=self.why, veiled=True)
        return series(self.setting, (self.for_,))


def timed(setting: Setting, call: nodes.Call) -> Wait:
    """``setTimeout(f, delay)``; without a delay it is none."""
    if len(call.arguments) > 1:
        delay = call.arguments[1].value
        return Wait(delay, delay, setting)
    return Wait(call.function, _NOTHING, setting)


def slept(setting: Setting, call: nodes.Call, depth: int = 0) -> Iterator[Wait]:
    """The sleep that a call is, or that it enters and waits for."""
    scene = setting.scene
    python = scene.program.module_of(call).language == "python"
    if is_sleep(scene, call):
        yield _slept_for(setting, call, python=python)
        return
    if python:
        yield from _slept_in_python(setting, call, depth)
    elif _is_awaited(scene, call):
        yield from promised(setting, call)


def is_sleep(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call does nothing for the time that it is given."""
    if scene.word("sleep", call) is not None:
        return True
    blocking = scene.word("blocking", call)
    return blocking is not None and blocking.group == "sleep"


def _slept_for(setting: Setting, call: nodes.Call, *, python: bool) -> Wait:
    if not call.arguments:
        return Wait(call, None, setting, not python, "how long it sleeps")
    given = call.arguments[0].value
    return Wait(given, given, setting, milliseconds=not python)


def _slept_in_python(setting: Setting, call: nodes.Call, depth: int) -> Iterator[Wait]:
    """``wait_for(stop.wait(), timeout=5)``, ``stop.wait(5)``, a project's own sleep."""
    scene = setting.scene
    name = last_name(call.function)
    if _is_timed_out(scene, call):
        return
    timeout = _timeout_of(call, name)
    if timeout is not None:
        yield Wait(timeout, timeout, setting, milliseconds=False)
        return
    functions = scene.program.callees(call)
    if functions and depth < 2:
        for function in functions:
            inner = entered(setting, call, function)
            for node in tree.own_of(function):
                if isinstance(node, nodes.Call):
                    yield from (
                        replace(wait, at=call) for wait in slept(inner, node, depth + 1)
                    )
    elif not functions and _sounds_sleepy(scene, name):
        why = f"how long `{scene.text(call.function)}()` takes"
        yield Wait(call, None, setting, milliseconds=False, why=why)


def _timeout_of(call: nodes.Call, name: str) -> nodes.Expression | None:
    """How long ``stop.wait(5)`` and ``wait_for(stop.wait(), 5)`` take."""
    given = [argument for argument in call.arguments if argument.keyword is None]
    named = [a.value for a in call.arguments if a.keyword == "timeout"]
    if name == "wait_for" and given:
        first = given[0].value
        if not isinstance(first, nodes.Call) or last_name(first.function) != "wait":
            return None
        given = given[1:]
    elif name != "wait":
        return None
    values = [*named, *(argument.value for argument in given)]
    return values[0] if len(values) == 1 else None


def _is_timed_out(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is what a ``wait_for`` around it waits for."""
    argument = scene.program.parents.get(call)
    if not isinstance(argument, nodes.Argument):
        return False
    around = scene.program.parents.get(argument)
    return isinstance(around, nodes.Call) and last_name(around.function) == "wait_for"


def _sounds_sleepy(scene: Scene, name: str) -> bool:
    words = scene.dialects.spoken("sounds-like-waiting")
    return any(word in name.lower() for word in words)


def _is_awaited(scene: Scene, call: nodes.Call) -> bool:
    return isinstance(scene.program.parents.get(call), nodes.Await)


def promised(setting: Setting, call: nodes.Call) -> Iterator[Wait]:
    """``await new Promise((done) => setTimeout(done, 3000))``, or a function of it."""
    scene = setting.scene
    functions = scene.program.callees(call)
    if last_name(call.function) == "Promise":
        for argument in call.arguments:
            if isinstance(argument.value, nodes.Function):
                yield from _of_timers(setting, argument.value)
    elif functions:
        for function in functions:
            inner = entered(setting, call, function)
            for wait in _of_timers(inner, function):
                yield replace(wait, at=call)
    elif _sounds_sleepy(scene, last_name(call.function)):
        why = f"how long `{scene.text(call.function)}()` takes"
        yield Wait(call, None, setting, why=why)


def _of_timers(setting: Setting, function: nodes.Function) -> Iterator[Wait]:
    """The timers that end a promise which a function makes."""
    run = (function, *(edge.function for edge in edges(setting.scene, function)))
    for timer in timers_in(setting.scene, run):
        if not timer.repeats and _resolves(setting.scene, timer):
            yield timed(setting, timer.call)


def _resolves(scene: Scene, timer: Timer) -> bool:
    """Whether all that a timer does is to call a parameter: ``resolve``."""
    given = timer.call.arguments[0].value
    if isinstance(given, nodes.Function):
        calls = [n for n in tree.own_of(given) if isinstance(n, nodes.Call)]
        return len(calls) == 1 and _is_parameter(scene, calls[0].function)
    return _is_parameter(scene, given)


def _is_parameter(scene: Scene, node: nodes.Expression) -> bool:
    binding = scene.program.binding(node) if isinstance(node, nodes.Name) else None
    return binding is not None and any(w.kind == "parameter" for w in binding.writes)
