"""Catching: what stands around a node and stops exceptions, by class and not by guess.

`handlers` finds it, `catches` and `may_catch` say for a class whether it stops there,
`raised_again` what it becomes, `is_end_of_connection` whether a handler is about that
only. Where an exception ends in the end is `wsaudit.analysis.exceptions`.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.flow.ways import breaks_off
from wsaudit.program import calling, tree, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

EXCEPTION = "builtins.Exception"
BASE_EXCEPTION = "builtins.BaseException"
OS_ERROR = "builtins.OSError"
CANCELLED = "asyncio.CancelledError"
UNKNOWN = "?"

Thrown = str | frozenset[str]
"""An exception: its class by canonical name, or that class and all above it."""


@dataclass(frozen=True, slots=True, eq=False)
class Catcher:
    """What stops exceptions.

    ``kind``: "except" (also ``catch``), "suppress" (any ``with`` that does), "final" (a
    ``finally`` that leaves), "promise" (``.catch()``), "gather" (which hands them back
    as results, as ``Promise.allSettled`` does). ``at`` is the Handler, the last
    statement of the ``finally``, or the call that says ``suppress`` or ``.catch``;
    ``scope`` the Try, With or Call that holds what is guarded; ``body`` what runs for
    an exception (empty for ``suppress``). ``types`` are the classes as written; an
    empty tuple catches everything. ``resolved`` is false where that is not known.
    """

    at: Node
    scope: Node
    body: tuple[nodes.Statement, ...]
    types: tuple[nodes.Expression, ...]
    kind: str
    function: nodes.Function | None = None
    resolved: bool = True


# -- classes -----------------------------------------------------------------------


def ancestry(scene: Scene, exception: Thrown) -> frozenset[str]:
    """An exception class and all it derives from, by canonical name.

    A class of a library that no dialect places is taken to derive from Exception.
    """
    if isinstance(exception, frozenset):
        return exception
    found = {exception}
    queue = [exception]
    while queue:
        new = [name for name in _parents(scene, queue.pop()) if name not in found]
        found.update(new)
        queue += new
    return frozenset(found)


def _parents(scene: Scene, name: str) -> tuple[str, ...]:
    if name.startswith("builtins."):
        cls = getattr(builtins, name.removeprefix("builtins."), None)
        if isinstance(cls, type) and issubclass(cls, BaseException):
            return tuple(f"builtins.{base.__name__}" for base in cls.__mro__[1:-1])
        return (EXCEPTION,)
    word = scene.dialects.match_word("exception", name)
    return (scene.program.canonical(word.group),) if word else (EXCEPTION,)


def thrown_by(scene: Scene, statement: nodes.Raise) -> Thrown:
    """What a ``raise`` with a value throws; Exception when the class is not known."""
    value = statement.value
    if value is None:
        return EXCEPTION
    thrown = value.function if isinstance(value, nodes.Call) else value
    for kind in scene.program.values(thrown):
        match kind:
            case values.External(name=name):
                return ancestry(scene, scene.program.canonical(name))
            case values.ClassRef(node=cls) | values.Object(node=cls):
                return _of_project(scene, cls, frozenset())
            case _:
                continue
    return EXCEPTION


def _of_project(
    scene: Scene, cls: nodes.ClassDef, below: frozenset[nodes.ClassDef]
) -> frozenset[str]:
    found = {_project_name(cls), EXCEPTION, BASE_EXCEPTION}
    for base in cls.bases:
        for value in scene.program.values(base):
            match value:
                case values.External(name=name):
                    found |= ancestry(scene, scene.program.canonical(name))
                case values.ClassRef(node=parent) if parent not in below | {cls}:
                    found |= _of_project(scene, parent, below | {cls})
                case _:
                    continue
    return frozenset(found)


def _project_name(cls: nodes.ClassDef) -> str:
    return f"project.{cls.name}@{id(cls)}"


def caught_names(scene: Scene, handler: nodes.Handler | Catcher) -> tuple[str, ...]:
    """The canonical names that a handler catches; none for a bare one.

    A class of the project has a name of its own: it catches none of its parents.
    `UNKNOWN` stands for a type that does not resolve.
    """
    found: dict[str, None] = {}
    for kind in _flat(handler.types):
        for value in scene.program.values(kind):
            found.update(dict.fromkeys(_names(scene, value)))
    return tuple(found)


def _flat(kinds: tuple[nodes.Expression, ...]) -> Iterator[nodes.Expression]:
    for kind in kinds:
        if isinstance(kind, nodes.Sequence):
            yield from _flat(kind.items)
        else:
            yield kind


def _names(scene: Scene, value: values.Value) -> Iterator[str]:
    match value:
        case values.External(name=name):
            yield scene.program.canonical(name)
        case values.Seq(node=sequence):
            for item in sequence.items:
                for inner in scene.program.values(item):
                    yield from _names(scene, inner)
        case values.ClassRef(node=cls):
            yield _project_name(cls)
        case _:
            yield UNKNOWN


def catches(scene: Scene, handler: nodes.Handler | Catcher, exception: Thrown) -> bool:
    """Whether a handler certainly catches an exception of a class."""
    if not handler.types:
        return True
    wanted = ancestry(scene, exception)
    return any(name in wanted for name in caught_names(scene, handler))


def may_catch(
    scene: Scene, handler: nodes.Handler | Catcher, exception: Thrown
) -> bool:
    """Whether a handler catches it, or catches something that does not resolve."""
    return catches(scene, handler, exception) or UNKNOWN in caught_names(scene, handler)


def is_broad(scene: Scene, handler: nodes.Handler | Catcher) -> bool:
    """Whether a handler catches every ordinary exception."""
    names = caught_names(scene, handler)
    return not handler.types or bool({EXCEPTION, BASE_EXCEPTION} & set(names))


def stops_cancellation(scene: Scene, catcher: Catcher) -> bool:
    """Whether a handler, of Python, also catches what cancels a task."""
    return (
        catcher.kind == "except"
        and scene.program.module_of(catcher.at).language == "python"
        and catches(scene, catcher, CANCELLED)
    )


def is_end_of_connection(scene: Scene, handler: nodes.Handler | Catcher) -> bool:
    """Whether a handler is about the end of a connection or a wait, and nothing else.

    That is: disconnects, cancellation, time limits and errors of the system.
    """
    return all(
        scene.dialects.match_word("disconnect", name) is not None
        or scene.dialects.match_word("cancelled", name) is not None
        or OS_ERROR in ancestry(scene, name)
        for name in caught_names(scene, handler)
    )


def disconnects(scene: Scene, dialect: str) -> tuple[tuple[str, str], ...]:
    """What a receive raises once the peer is gone: (the first time, ever after).

    Several pairs where a library tells kinds of ends apart; none where the end of a
    connection is not an exception. Read from the dialect's words ``disconnect``, whose
    group ``again`` is what every receive after the first failure raises.
    """
    words = [
        word
        for each in scene.dialects.lineage(dialect)
        for word in each.word
        if word.kind == "disconnect"
    ]
    again = next((word.match[0] for word in words if word.group == "again"), "")
    first = [w for w in words if w.group != "again"]
    told_apart = [word for word in first if word.group != "both"] or first
    return tuple((name, again or name) for word in told_apart for name in word.match)


# -- what stands around a node -----------------------------------------------------


def handlers(
    scene: Scene, node: Node, inside: Node | None = None, *, rejects: bool = False
) -> Iterator[Catcher]:
    """Everything around a node, in its own function, that stops some exceptions.

    Nearest first, up to ``inside``; of a ``try`` every handler in order. ``rejects``
    when what the node gives is a promise, so that ``.catch()`` on it counts.
    """
    at, chained = node, rejects
    for around in tree.within(node, scene.program.parents):
        if around is inside:
            return
        match around:
            case nodes.Try():
                yield from _of_try(around, at)
            case nodes.With(items=items, body=body) if any(at is s for s in body):
                for item in items:
                    yield from managed(scene, around, item.value)
            case nodes.Call(function=function) if chained and at is function:
                yield from _of_promise(scene, around)
            case nodes.Call() if rejects and _collects(around):
                yield Catcher(around, around, (), (), "gather")
            case nodes.Member() | nodes.Cast() | nodes.Await():
                pass
            case _:
                chained = False
        at = around


def _of_try(around: nodes.Try, at: Node) -> Iterator[Catcher]:
    if any(at is statement for statement in around.body):
        for each in around.handlers:
            yield Catcher(each, around, each.body, each.types, "except")
    if any(at is statement for statement in around.final):
        return
    for statement in around.final:
        if isinstance(statement, nodes.Return | nodes.Break | nodes.Continue):
            yield Catcher(statement, around, (statement,), (), "final")


def _collects(call: nodes.Call) -> bool:
    """``gather(…, return_exceptions=True)`` and ``Promise.allSettled``."""
    return last_name(call.function) == "allSettled" or any(
        argument.keyword == "return_exceptions"
        and isinstance(argument.value, nodes.Literal)
        and argument.value.value is True
        for argument in call.arguments
    )


def managed(
    scene: Scene, around: nodes.With, manager: nodes.Expression
) -> Iterator[Catcher]:
    """What a ``with`` stops: by a word for it, or by a manager of the project."""
    if not isinstance(manager, nodes.Call):
        return
    if scene.word("suppress", manager) is not None:
        types = tuple(argument.value for argument in manager.arguments)
        yield Catcher(manager, around, (), types, "suppress")
        return
    for function in scene.program.callees(manager):
        if function.is_generator and _makes_manager(scene, function):
            for node in tree.own_of(function):
                if isinstance(node, nodes.Yield):
                    for inner in handlers(scene, node):
                        yield replace(inner, scope=around)
    for method in calling.managing(scene.program, manager):
        if scene.program.name_of(method) in {"__exit__", "__aexit__"}:
            yield from _of_exit(around, manager, method)


def _makes_manager(scene: Scene, function: nodes.Function) -> bool:
    definition = scene.program.parents.get(function)
    return isinstance(definition, nodes.FunctionDef) and any(
        scene.dialects.match_word("manager", name) is not None
        for decorator in definition.decorators
        for name in scene.program.canonical_names(decorator)
    )


def _of_exit(
    around: nodes.With, manager: nodes.Call, method: nodes.Function
) -> Iterator[Catcher]:
    """``__exit__`` stops what it returns true for, if that is known."""
    returned = [
        node.value
        for node in tree.own_of(method)
        if isinstance(node, nodes.Return) and node.value is not None
    ]
    known = [each.value for each in returned if isinstance(each, nodes.Literal)]
    if len(known) < len(returned) or len(set(map(bool, known))) > 1:
        yield Catcher(manager, around, (), (), "suppress", method, resolved=False)
    elif any(known):
        yield Catcher(manager, around, method.body, (), "suppress", method)


def _of_promise(scene: Scene, call: nodes.Call) -> Iterator[Catcher]:
    """``p.catch(f)``, and ``p.then(ok, f)``."""
    position = {"catch": 0, "then": 1}.get(last_name(call.function))
    if position is None or len(call.arguments) <= position:
        return
    given = call.arguments[position].value
    functions = scene.functions_of(given)
    if scene.program.values(given) == (values.Const(None),):
        return
    for function in functions:
        yield Catcher(call, call, function.body, (), "promise", function)
    if not functions:
        logs = isinstance(given, nodes.Member)
        yield Catcher(call, call, (), (), "promise", None, resolved=logs)


def raised_again(scene: Scene, catcher: Catcher, exception: Thrown) -> Thrown | None:
    """What a handler always raises in its turn; None when it (often) ends there."""
    for statement in catcher.body:
        if isinstance(statement, nodes.Raise):
            if statement.value is None or _is_caught_name(catcher, statement.value):
                return exception
            return thrown_by(scene, statement)
        if breaks_off(scene.program, (statement,)):
            return None
    return None


def _is_caught_name(catcher: Catcher, value: nodes.Expression) -> bool:
    """``raise error`` of ``except … as error``."""
    if not isinstance(value, nodes.Name):
        return False
    target = catcher.at.target if isinstance(catcher.at, nodes.Handler) else None
    return isinstance(target, nodes.Name) and target.id == value.id


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What stops an exception of a call in its own function."""
    if isinstance(node, nodes.Call):
        for catcher in handlers(scene, node):
            names = ", ".join(caught_names(scene, catcher)) or "everything"
            yield f"{names} is stopped ({catcher.kind}) at ", scene.place(catcher.at)
