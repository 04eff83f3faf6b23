"""Fates: what becomes of an exception, from where it is raised to where it ends.

A chain says how the program got to the place (`wsaudit.recognise.chains`); the fate of
an exception there is followed outward through handlers that raise again, callers that
do not await, promises and decorators, up to the loop or function that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wsaudit.program import flow, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.catching import (
    EXCEPTION,
    Catcher,
    Thrown,
    catches,
    may_catch,
    thrown_by,
)
from wsaudit.recognise.chains import Chain, link_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene
    from wsaudit.syntax.nodes import Node


class Ends(StrEnum):
    """Where an exception ends."""

    CAUGHT = "caught"
    ESCAPES = "escapes"
    """It leaves what was asked about."""
    DETACHED = "detached"
    """It ends in a task or promise that nobody waits for."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fate:
    """How an exception ends; ``catcher`` is what stops it (or may, if unknown).

    ``at`` is the outermost node that it was followed to.
    """

    ends: Ends
    at: Node
    catcher: Catcher | None = None

    @property
    def caught(self) -> bool:
        """True when something certainly stops it."""
        return self.ends is Ends.CAUGHT

    @property
    def escapes(self) -> bool:
        """True when it certainly leaves what was asked about."""
        return self.ends is Ends.ESCAPES


def fate(
    scene: Scene,
    chain: Chain,
    exception: Thrown = EXCEPTION,
    inside: Node | None = None,
) -> Fate:
    """What becomes of an exception raised at the last node of a chain.

    ``inside`` is the loop (or other node around the first node of the chain) that it
    may leave; without it, the function that the chain starts in. A send in a loop that
    must outlive it, say: ``fate(scene, (call,), EXCEPTION, loop).caught``.
    """
    rejects = _gives_promise(scene, chain[-1])
    for index in range(len(chain) - 1, -1, -1):
        node = chain[index]
        limit = inside if index == 0 else None
        stop, exception, promised = _stopped(
            scene, node, exception, limit, rejects=rejects
        )
        if stop is not None:
            return stop
        if index == 0:
            if inside is not None and not isinstance(inside, nodes.Function):
                return Fate(Ends.ESCAPES, node)
            function = scene.program.function_of(node)
            wrapped = _wrapped(scene, function, exception) if function else None
            return wrapped or Fate(Ends.ESCAPES, node)
        function = scene.program.function_of(node)
        outer = chain[index - 1]
        if function is None or not isinstance(outer, nodes.Call):
            return Fate(Ends.UNKNOWN, node)
        wrapped = _wrapped(scene, function, exception)
        if wrapped is not None:
            return wrapped
        link = link_of(scene, outer, function)
        if link == "later":
            return Fate(Ends.DETACHED, outer)
        started = function.is_async and not function.is_generator
        rejects = promised or started or link == "promise"
    return Fate(Ends.UNKNOWN, chain[0])


def _gives_promise(scene: Scene, node: Node) -> bool:
    """Whether a call only starts what fails: a coroutine or an async function."""
    if not isinstance(node, nodes.Call):
        return False
    use = scene.use(node)
    if use is not None:
        return use.op.awaited
    callees = scene.program.callees(node)
    if callees:
        return all(each.is_async and not each.is_generator for each in callees)
    return _is_task(scene, node)


def _is_task(scene: Scene, node: Node) -> bool:
    """Whether a call's result is handed to what makes a task of it."""
    argument = scene.program.parents.get(node)
    if not isinstance(argument, nodes.Argument):
        return False
    call = scene.program.parents.get(argument)
    return isinstance(call, nodes.Call) and scene.word("task", call) is not None


def _stopped(
    scene: Scene,
    node: Node,
    exception: Thrown,
    inside: Node | None,
    *,
    rejects: bool,
) -> tuple[Fate | None, Thrown, bool]:
    """What stops an exception in the node's own function.

    If nothing does: what it has become, and whether it is in a promise handed out.
    """
    at = node
    while True:
        waits = waiting(scene, at) if rejects else "waits"
        for catcher in catchers(scene, at, inside, rejects=rejects):
            if waits != "waits" and catcher.kind != "promise":
                continue
            if not may_catch(scene, catcher, exception):
                continue
            if not catches(scene, catcher, exception) or not catcher.resolved:
                return Fate(Ends.UNKNOWN, at, catcher), exception, False
            again = raised_again(scene, catcher, exception)
            if again is None:
                return Fate(Ends.CAUGHT, at, catcher), exception, False
            exception, at = again, catcher.scope
            break
        else:
            if waits == "drops":
                return Fate(Ends.DETACHED, at), exception, False
            if waits == "keeps":
                return Fate(Ends.UNKNOWN, at), exception, False
            return None, exception, waits == "returns"
        rejects = catcher.kind == "promise"


def raised_again(scene: Scene, catcher: Catcher, exception: Thrown) -> Thrown | None:
    """What a handler always raises in its turn; None when it (often) ends there."""
    for statement in catcher.body:
        if isinstance(statement, nodes.Raise):
            if statement.value is None or _is_caught_name(catcher, statement.value):
                return exception
            return thrown_by(scene, statement)
        if flow.leaves((statement,)):
            return None
    return None


def _is_caught_name(catcher: Catcher, value: nodes.Expression) -> bool:
    """``raise error`` of ``except … as error``."""
    if not isinstance(value, nodes.Name):
        return False
    target = catcher.at.target if isinstance(catcher.at, nodes.Handler) else None
    return isinstance(target, nodes.Name) and target.id == value.id


def catchers(
    scene: Scene, node: Node, inside: Node | None = None, *, rejects: bool = False
) -> Iterator[Catcher]:
    """Everything around a node, in its own function, that stops some exceptions.

    Nearest first, up to ``inside``; of a ``try`` every handler in order. ``rejects``
    when what the node gives is a promise, so that ``.catch()`` on it counts.
    """
    parents = scene.program.parents
    at, chained = node, rejects
    for around in flow.within(node, parents):
        if around is inside:
            return
        match around:
            case nodes.Try(body=body, handlers=handlers) if any(at is s for s in body):
                for handler in handlers:
                    yield Catcher(
                        handler, around, handler.body, handler.types, "except"
                    )
            case nodes.With(items=items, body=body) if any(at is s for s in body):
                yield from _suppressing(scene, around, items)
            case nodes.Call(function=function) if chained and at is function:
                yield from _promised(scene, around)
            case nodes.Call() if rejects and _collects(around):
                yield Catcher(around, around, (), (), "gather")
            case nodes.Member() | nodes.Cast() | nodes.Await():
                pass
            case _:
                chained = False
        at = around


def _collects(call: nodes.Call) -> bool:
    """``gather(…, return_exceptions=True)`` and ``Promise.allSettled``."""
    return last_name(call.function) == "allSettled" or any(
        argument.keyword == "return_exceptions"
        and isinstance(argument.value, nodes.Literal)
        and argument.value.value is True
        for argument in call.arguments
    )


def _suppressing(
    scene: Scene, statement: nodes.With, items: tuple[nodes.WithItem, ...]
) -> Iterator[Catcher]:
    for item in items:
        call = item.value
        if isinstance(call, nodes.Call) and scene.word("suppress", call) is not None:
            types = tuple(argument.value for argument in call.arguments)
            yield Catcher(call, statement, (), types, "suppress")


def _promised(scene: Scene, call: nodes.Call) -> Iterator[Catcher]:
    """``p.catch(f)``, and ``p.then(ok, f)``."""
    position = {"catch": 0, "then": 1}.get(last_name(call.function))
    if position is None or len(call.arguments) <= position:
        return
    given = call.arguments[position].value
    functions = scene.functions_of(given)
    if scene.program.values(given) == (values.Const(None),):
        return
    if functions:
        for function in functions:
            yield Catcher(call, call, function.body, (), "promise", function)
    else:
        logs = isinstance(given, nodes.Member)
        yield Catcher(call, call, (), (), "promise", None, resolved=logs)


def waiting(scene: Scene, node: Node) -> str:
    """What happens to a promise or coroutine that a node gives.

    "waits" (it is awaited here), "returns" (the caller has it), "drops" (nobody), or
    "keeps" (it is kept for later).
    """
    at = node
    for around in flow.within(node, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Yield(delegates=True):
                return "waits"
            case nodes.Return() | nodes.Yield():
                return "returns"
            case nodes.Loop(source=source, is_async=True) if source is at:
                return "waits"
            case nodes.WithItem():
                return "waits"
            case nodes.Call() if scene.word("task", around) is not None:
                return "drops"
            case nodes.Unary(op="void") | nodes.Expr():
                return "drops"
            case nodes.Bind() | nodes.Assign() | nodes.Function():
                return "keeps"
            case _:
                at = around
    return "keeps"


def _wrapped(scene: Scene, function: nodes.Function, exception: Thrown) -> Fate | None:
    """The fate that a function's own decorators give an exception, if they do."""
    definition = scene.program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef):
        return None
    for decorator in reversed(definition.decorators):
        for wrapper, wraps in _wrappers(scene, decorator):
            for call in flow.block_calls(wrapper.body):
                if _calls_parameter(scene, call, wraps):
                    inner = fate(scene, (call,), exception)
                    if inner.ends is not Ends.ESCAPES:
                        return inner
    return None


def _wrappers(
    scene: Scene, decorator: nodes.Expression
) -> Iterator[tuple[nodes.Function, nodes.Function]]:
    """The functions a project decorator puts in place, each with the one it is from."""
    for value in scene.program.values(decorator):
        if isinstance(value, values.Func):
            for inner in values.results(scene.program, value.function):
                if isinstance(inner, values.Func):
                    yield inner.function, value.function


def _calls_parameter(scene: Scene, call: nodes.Call, function: nodes.Function) -> bool:
    """Whether a call is of something that another function was given."""
    if not isinstance(call.function, nodes.Name):
        return False
    binding = scene.program.binding(call.function)
    return binding is not None and any(
        write.source in function.parameters for write in binding.writes
    )


def always_caught(
    scene: Scene, function: nodes.Function, exception: Thrown = EXCEPTION
) -> bool:
    """Whether a function lets no exception of its calls out: each is in a ``try``."""
    calls = [node for node in tree.own_of(function) if isinstance(node, nodes.Call)]
    return bool(calls) and all(
        fate(scene, (call,), exception).caught or _in_handler(scene, call)
        for call in calls
    )


def _in_handler(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call only runs once something failed, or to clean up."""
    return any(
        region.part in {"handler", "final"}
        for region in flow.tries(call, scene.program.parents)
    )
