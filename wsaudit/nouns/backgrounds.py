"""Backgrounds: loops that a program runs beside all of its connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import is_end_of_connection
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.exceptions import ends
from wsaudit.analysis.failures.risks import Risk, fails_in
from wsaudit.analysis.roots import entries
from wsaudit.analysis.runs import above, spread
from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.tasks import Background, Guard
from wsaudit.nouns.errors.boundaries import catcher_place, loop_head
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.tasks import watched
from wsaudit.program import folding, tree
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

MAKES = (Background,)


def find(scene: Scene) -> Iterator[Background]:
    """One fact for each endless loop that is started for the program as a whole."""
    found: dict[nodes.Loop, Background] = {}
    for kind in ("task", "thread", "background"):
        for call in scene.program.calls_of(scene.dialects.word_ends(kind)):
            word = scene.word(kind, call)
            if word is None or word.group == "owned" or not _for_all(scene, call):
                continue
            for function in _run(scene, call, word.takes or 0):
                loop = _endless(scene, function)
                if loop is not None and loop not in found and _serves(scene, function):
                    found[loop] = _made(scene, call, function, loop, kind == "thread")
    yield from found.values()


def _run(scene: Scene, call: nodes.Call, position: int) -> tuple[nodes.Function, ...]:
    """The functions that a task or thread runs: a coroutine's, or a target by name."""
    given = [a.value for a in call.arguments if a.keyword in {"target", "coro"}]
    given += [a.value for a in call.arguments if a.keyword is None][position:][:1]
    for each in given:
        work = tree.strip(each)
        if isinstance(work, nodes.Call):
            return scene.program.callees(work)
        return scene.functions_of(work)
    return ()


def _for_all(scene: Scene, call: nodes.Call) -> bool:
    """Whether no connection starts it: it is there for all of them."""
    if scene.program.module_of(call).language != "python":
        return False
    if is_test_path(scene.place(call).path):
        return False
    leading = above(scene, call)
    units = {f for s in scene.sockets if s.entry is not None for f in s.unit}
    return not any(f in leading for f in entries(scene)) and not (
        {scene.program.function_of(call)} & (units & entries(scene).keys())
    )


def _endless(scene: Scene, function: nodes.Function) -> nodes.Loop | None:
    """The loop of a function that goes on until it is told to stop."""
    receiving = {one.loop for one in receive_loops(scene)}
    for node in tree.own_of(function):
        if not isinstance(node, nodes.Loop) or node in receiving:
            continue
        if node.is_async or (node.kind == "while" and _lasts(scene, node)):
            return node
    return None


def _lasts(scene: Scene, loop: nodes.Loop) -> bool:
    if loop.test is None:
        return True
    test = folding.fold(scene.program, loop.test)
    if test is not None:
        return bool(test.value)
    return isinstance(tree.strip(loop.test), nodes.Member | nodes.Not)


def _serves(scene: Scene, function: nodes.Function) -> bool:
    """Whether it sends something to clients of the server."""
    return any(
        each.does is Does.SENDS
        and each.use is not None
        and any(s.fact.side is Side.SERVER and s.fact.judged for s in each.use.sockets)
        for each in effects(scene, function)
    ) or any(
        scene.word("managed-broadcast", call) is not None
        for call in scene.calls_in(spread(scene, (function,), hows=AT_ONCE, deep=NEAR))
    )


def _made(
    scene: Scene,
    call: nodes.Call,
    function: nodes.Function,
    loop: nodes.Loop,
    thread: bool,  # noqa: FBT001 - one of two kinds
) -> Background:
    risk = next(iter(fails_in(scene, loop)), None)
    guard, at = _guard(scene, loop, risk) if risk else (Guard.INSIDE, None)
    word = scene.word("task", call)
    looked = Evidence(Seen.ABSENT) if thread or not word else watched(scene, call, word)
    return Background(
        at=loop_head(scene, loop),
        name=scene.program.name_of(function) or "the task",
        started=scene.callee_place(call),
        guard=guard,
        handler=catcher_place(scene, at) if at is not None else None,
        fails=_failure(scene, risk),
        watched=looked,
        thread=thread,
    )


def _failure(scene: Scene, risk: Risk | None) -> Evidence:
    if risk is None:
        return Evidence(Seen.ABSENT, "what fails in a turn is caught in it")
    seen = Seen.PRESENT if risk.sure else Seen.UNKNOWN
    return Evidence(seen, risk.what, scene.place(risk.node))


def _guard(
    scene: Scene, loop: nodes.Loop, risk: Risk
) -> tuple[Guard, nodes.Node | None]:
    """Which handlers there are that do not keep the loop going."""
    outer = ends(scene, (risk.node,), risk.thrown)
    if outer.caught and outer.catcher is not None:
        return Guard.OUTSIDE, outer.catcher.at
    for region in tree.tries(risk.node, scene.program.parents):
        inside = any(
            around is loop
            for around in tree.within(region.statement, scene.program.parents)
        )
        if inside and any(
            not is_end_of_connection(scene, each) for each in region.statement.handlers
        ):
            return Guard.NARROW, None
    return Guard.NONE, None
