"""Effects: what code does, itself and through what it calls, in order of place.

`effects(scene, function)` and `effects_of_block(scene, block)` answer for code that
runs, `does(scene, node)` for one node. Each effect has the calls that lead to it, and
whether it comes later: in a task, a timer, a listener. Where there is more than is
followed, the last one says *too far*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import AT_ONCE, handed
from wsaudit.limits import DEEP, SOME
from wsaudit.program import tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.dialects import Word
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


class Does(StrEnum):
    """What a node does."""

    SENDS = "sends"
    CLOSES = "closes"
    RECEIVES = "receives"
    RAISES = "raises"
    """An exception on purpose, or the end of the process."""
    LEAVES = "leaves"
    """A ``return``, ``break`` or ``continue``."""
    HANDS_OUT = "hands out"
    """A ``yield``."""
    AWAITS = "awaits"
    SLEEPS = "sleeps"
    BLOCKS = "blocks"
    """It keeps the thread waiting."""
    WRITES = "writes"
    MEASURES = "measures"
    LOGS = "logs"
    SHOWS = "shows"
    UNSEEN = "unseen"
    """It calls what is neither in the project nor a library's."""
    TOO_FAR = "too far"


class When(IntEnum):
    """When code runs that another one calls or hands out."""

    NOW = 0
    TASK = 1
    """Beside it, on the same thread."""
    LATER = 2
    """At an event, after a time, in another thread, or never."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that code does.

    ``path`` are the calls that lead to ``node``, from the outside in. ``use`` is the
    operation on sockets and ``word`` the dialects' word that it is, if it is one.
    ``when`` it runs: before the code goes on, beside it in a task, or later, if at all.
    """

    does: Does
    node: Node
    path: tuple[nodes.Call, ...] = ()
    use: Use | None = None
    word: Word | None = None
    when: When = When.NOW


_USES = {
    "send": Does.SENDS,
    "ping": Does.SENDS,
    "close": Does.CLOSES,
    "terminate": Does.CLOSES,
    "receive": Does.RECEIVES,
    "iterate": Does.RECEIVES,
}
_WORDS = {
    "blocking": Does.BLOCKS,
    "sleep": Does.SLEEPS,
    "metric": Does.MEASURES,
    "shows": Does.SHOWS,
}
_SAYS = {"logs": Does.LOGS, "shows": Does.SHOWS, "exits": Does.RAISES}


@asked_in_circles
def effects(scene: Scene, function: nodes.Function) -> tuple[Effect, ...]:
    """What a function does, and what it has others do."""
    return _gathered(scene, tree.own_of(function))


def effects_of_block(
    scene: Scene, block: tuple[nodes.Statement, ...]
) -> tuple[Effect, ...]:
    """What a block does, and what it has others do."""
    return _gathered(scene, tree.own_in(block))


def _gathered(scene: Scene, inside: Iterable[Node]) -> tuple[Effect, ...]:
    """The effects of some nodes: each once for each call that leads there.

    Of the ways there is kept what runs first, and of those the shortest.
    """
    found: dict[tuple[Does, Node, Node | None], Effect] = {}
    counts: Counter[tuple[Does, When]] = Counter()
    cut: Effect | None = None
    in_order = sorted(inside, key=lambda node: node.start)
    for call, effect, when in _all(scene, in_order):
        key = (effect.does, effect.node, call)
        known = found.get(key)
        # Most are known already: only what is kept is made.
        path = (call, *effect.path) if call is not None else effect.path
        if call is not None and len(path) > DEEP:
            cut = cut or Effect(Does.TOO_FAR, call, (call,))
        elif known is None and (
            effect.does is Does.TOO_FAR or counts[effect.does, when] >= SOME
        ):
            cut = cut or Effect(Does.TOO_FAR, effect.node, path)
        elif known is None or (when, len(path)) < (known.when, len(known.path)):
            if known is None:
                counts[effect.does, when] += 1
            found[key] = Effect(
                effect.does, effect.node, path, effect.use, effect.word, when
            )
    return (*found.values(), *((cut,) if cut else ()))


def _all(
    scene: Scene, inside: Iterable[Node]
) -> Iterator[tuple[nodes.Call | None, Effect, When]]:
    """What nodes do, and what the calls among them have others do, and when."""
    for node in inside:
        for effect in does(scene, node):
            yield None, effect, effect.when
        if not isinstance(node, nodes.Call):
            continue
        for function, when in _runs(scene, node):
            for inner in effects(scene, function):
                yield node, inner, max(when, inner.when)


def _runs(scene: Scene, call: nodes.Call) -> Iterator[tuple[nodes.Function, When]]:
    """The functions that a call runs or is given to run, and when they run."""
    for callee in scene.program.callees(call):
        asked_for = not callee.is_generator or _is_iterated(scene, call)
        if not asked_for or _is_in_thread(scene, callee):
            yield callee, When.LATER
        else:
            yield callee, When.TASK if _is_task(scene, call) else When.NOW
    when = When.NOW if handed(scene, call) in AT_ONCE else When.LATER
    for argument in call.arguments:
        for function in scene.functions_of(argument.value):
            yield function, when


def _is_iterated(scene: Scene, call: nodes.Call) -> bool:
    """Whether what a generator gives is asked for where it is called."""
    return isinstance(
        scene.program.parents.get(call),
        nodes.Loop
        | nodes.Yield
        | nodes.Await
        | nodes.WithItem
        | nodes.ComprehensionClause
        | nodes.Argument,
    )


def _is_in_thread(scene: Scene, function: nodes.Function) -> bool:
    """Whether a decorator hands a function to a thread whenever it is called."""
    definition = scene.program.parents.get(function)
    return isinstance(definition, nodes.FunctionDef) and any(
        scene.dialects.match_word("offload", name) is not None
        for decorator in definition.decorators
        for name in scene.program.canonical_names(decorator)
    )


def _is_task(scene: Scene, call: nodes.Call) -> bool:
    outer = scene.program.parents.get(call)
    if isinstance(outer, nodes.Argument):
        outer = scene.program.parents.get(outer)
    return isinstance(outer, nodes.Call) and scene.word("task", outer) is not None


# -- one node ------------------------------------------------------------------------


@asked
def does(scene: Scene, node: Node) -> tuple[Effect, ...]:
    """What a node does by itself, without what is in it and what it calls."""
    match node:
        case nodes.Call():
            return tuple(_of_call(scene, node))
        case nodes.Raise():
            return (Effect(Does.RAISES, node),)
        case nodes.Return() | nodes.Break() | nodes.Continue():
            return (Effect(Does.LEAVES, node),)
        case nodes.Yield():
            return (Effect(Does.HANDS_OUT, node),)
        case nodes.Await() | nodes.Loop(is_async=True) | nodes.With(is_async=True):
            return (Effect(Does.AWAITS, node),)
        case nodes.Bind(value=value) if value is not None:
            return (Effect(Does.WRITES, node),)
        case nodes.Assign() | nodes.Unary(op="++" | "--" | "delete"):
            return (Effect(Does.WRITES, node),)
        case _:
            return ()


def _of_call(scene: Scene, call: nodes.Call) -> Iterator[Effect]:
    use = scene.use(call)
    if use is not None:
        kind = _USES.get(use.op.means)
        if kind is not None:
            yield Effect(kind, call, use=use)
        return
    awaited = isinstance(scene.program.parents.get(call), nodes.Await)
    for name, kind in _WORDS.items():
        word = scene.word(name, call)
        if word is not None and not (kind is Does.BLOCKS and awaited):
            yield Effect(kind, call, word=word)
            if kind is Does.SHOWS:
                return
    name = last_name(call.function)
    for said, kind in _SAYS.items():
        if scene.dialects.speaks(said, name):
            yield Effect(kind, call)
            return
    found = scene.program.values(call.function)
    if not any(
        isinstance(v, values.External | values.Func | values.ClassRef) for v in found
    ):
        yield Effect(Does.UNSEEN, call)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What a node does by itself; what a function has done below it, by kind."""
    for one in does(scene, node):
        yield (f"{one.does}",)
    if isinstance(node, nodes.Function):
        told: dict[Does, Effect] = {}
        for one in effects(scene, node):
            told.setdefault(one.does, one)
        for kind, one in told.items():
            yield f"{kind}, first at ", scene.place(one.node)
