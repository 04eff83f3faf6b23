"""Handling: what a handler does about what it has stopped.

`acts` tells whether it tells of an error, records it or reacts to it; `tells_peer`
whether the other end hears of it; `closes` with which codes it closes; `leaves` whether
it ends the loop that it is in; `said_why` whether a comment says why it does nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import Catcher, handlers
from wsaudit.analysis.closing import close_code
from wsaudit.analysis.effects import Does, does, effects_of_block
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import ASIDE
from wsaudit.model import Evidence, Seen
from wsaudit.model.codes import Code
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.program import Program
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_DIRECTIVE = re.compile(
    r"noqa\S*(: ?[A-Z]+\d+(,? ?[A-Z]+\d+)*)?|type: ignore(\[[^\]]*\])?|"
    r"(pylint|pragma|ruff|mypy|pyright|wsaudit|c8|istanbul)\b:?.*|"
    r"eslint-\S+( \S+)*|@ts-\S+|biome-ignore\S*"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAID = {
    Does.RAISES: "the error is raised again",
    Does.WRITES: "the error is recorded",
    Does.HANDS_OUT: "the error is handed on",
}


def acts(scene: Scene, catcher: Catcher) -> Evidence:
    """Whether a handler tells of an error, records it or reacts to it."""
    if catcher.kind == "gather":
        return _gathered(scene, catcher)
    if catcher.kind == "promise" and not catcher.function:
        return Evidence(Seen.PRESENT, "the error is handed on")
    if isinstance(catcher.scope, nodes.Try) and catcher.scope.other:
        return Evidence(Seen.PRESENT, "what follows success is kept apart")
    for node in tree.own_in(catcher.body):
        why = _why(scene, node, catcher)
        if why:
            return Evidence(Seen.PRESENT, why, scene.place(node))
    if _records_success(scene, catcher):
        return Evidence(Seen.PRESENT, "success is recorded, so failure shows")
    return _goes_on(scene, catcher)


def _why(scene: Scene, node: Node, catcher: Catcher) -> str:
    for effect in does(scene, node):
        if effect.does in _SAID:
            return _SAID[effect.does]
    match node:
        case nodes.Call():
            return "" if _does_nothing(scene, node) else "the error is acted on"
        case nodes.Return(value=value) if value is not None:
            told = _tells_caller(scene, node, catcher)
            return "the caller is told" if told else ""
        case _:
            return ""


def _does_nothing(scene: Scene, call: nodes.Call) -> bool:
    """A pause, or a function without a body."""
    if last_name(call.function) in scene.dialects.spoken("pauses", "idles"):
        return True
    callees = scene.program.callees(call)
    return bool(callees) and all(not callee.body for callee in callees)


def _tells_caller(scene: Scene, returned: Node, catcher: Catcher) -> bool:
    """Whether what a handler returns is different from what success returns.

    A handler attached to an event has no caller that looks.
    """
    value = returned.value if isinstance(returned, nodes.Return) else None
    function = catcher.function or scene.program.function_of(returned)
    if function is None or function.concise:
        return catcher.kind == "promise" and not _is_null(value)
    if any(function in attached.functions for attached in scene.attached):
        return False
    return not _is_null(value) or any(
        isinstance(node, nodes.Return) and not _is_null(node.value)
        for node in tree.own_of(function)
    )


def _is_null(value: nodes.Expression | None) -> bool:
    match value:
        case None | nodes.Literal(kind="null" | "undefined"):
            return True
        case nodes.Unary(op="void") | nodes.Record(entries=()):
            return True
        case nodes.Name(id="undefined"):
            return True
        case _:
            return False


def _goes_on(scene: Scene, catcher: Catcher) -> Evidence:
    """What only failure runs on into, since success returns from the ``try``."""
    scope = catcher.scope
    nothing = Evidence(Seen.ABSENT)
    if not isinstance(scope, nodes.Try) or breaks_off(scene.program, catcher.body):
        return nothing
    returns = [
        node for node in tree.own_in(scope.body) if isinstance(node, nodes.Return)
    ]
    after = list(following(scene, scope))
    if not returns:
        return nothing
    if not after or isinstance(after[0], nodes.Return):
        told = _tells_caller(scene, after[0] if after else scope, catcher)
        return Evidence(Seen.PRESENT, "the caller is told") if told else nothing
    if breaks_off(scene.program, scope.body):
        return Evidence(Seen.PRESENT, "another way is tried", scene.place(after[0]))
    return nothing


def _records_success(scene: Scene, catcher: Catcher) -> bool:
    """``parsed = JSON.parse(text)`` or ``sent = True`` that is looked at afterwards."""
    scope = catcher.scope
    if not isinstance(scope, nodes.Try) or breaks_off(scene.program, catcher.body):
        return False
    inside = list(tree.own_in(scope.body))
    turns = [n.target for n in inside if isinstance(n, nodes.Loop) and n.target]
    bound = {
        last_name(node.target)
        for node in inside
        if isinstance(node, nodes.Bind)
        and node.kind in {"assign", "augmented"}
        and isinstance(node.target, nodes.Name)
    } - set(map(last_name, turns))
    if not bound:
        return False
    program = scene.program
    places = _mentions(program, program.function_of(scope) or program.module_of(scope))
    return any(
        bisect_left(at, tail[0].start) < bisect_left(at, tail[-1].end)
        for tail in _tails(scene, scope)
        for name in bound
        if (at := places.get(name))
    )


@asked
def _mentions(
    program: Program, around: nodes.Node | nodes.Module
) -> dict[str, list[int]]:
    """Where each name stands in a function or file."""
    found: dict[str, list[int]] = defaultdict(list)
    for node in tree.walk(around):
        if isinstance(node, nodes.Name):
            found[node.id].append(node.start)
    return {name: sorted(starts) for name, starts in found.items()}


def following(scene: Scene, node: Node) -> Iterator[nodes.Statement]:
    """The statements that run after one, in its block and the blocks around.

    Within its function, and within the loop that it is in.
    """
    for tail in _tails(scene, node):
        yield from tail


def _tails(scene: Scene, node: Node) -> Iterator[Sequence[nodes.Statement]]:
    """What is left of each of these blocks, where anything is."""
    for each in (node, *tree.within(node, scene.program.parents)):
        if each is not node and isinstance(each, nodes.Function | nodes.Loop):
            return
        block, index = tree.block_of(each, scene.program.parents)
        if tail := block[index + 1 :]:
            yield tail


def _gathered(scene: Scene, catcher: Catcher) -> Evidence:
    """Whether anybody looks at the results of a gather."""
    for around in tree.within(catcher.at, scene.program.parents):
        if isinstance(around, nodes.Expr):
            return Evidence(Seen.ABSENT)
        if not isinstance(around, nodes.Await):
            break
    return Evidence(Seen.PRESENT, "the results are looked at")


def said_why(scene: Scene, catcher: Catcher) -> bool:
    """Whether a comment in a handler says in words why nothing happens."""
    start, end = catcher.at.start, catcher.at.end
    if catcher.function is not None:
        start = catcher.function.start
    for comment in scene.program.module_of(catcher.at).comments:
        inside = start <= comment.start < end
        beside = not comment.alone and 0 <= comment.start - end <= ASIDE
        if (inside or beside) and _WORD.search(_DIRECTIVE.sub("", comment.text)):
            return True
    return False


_ENDS = frozenset({Does.SENDS, Does.CLOSES, Does.RAISES})


def tells_peer(scene: Scene, block: tuple[nodes.Statement, ...]) -> Evidence:
    """Whether a handler's block tells the other end: it sends, closes, raises again."""
    unseen: Evidence | None = None
    for effect in effects_of_block(scene, block):
        at = scene.place(effect.path[0] if effect.path else effect.node)
        if effect.does in _ENDS:
            return Evidence(Seen.PRESENT, "the client is told", at)
        if effect.does in {Does.UNSEEN, Does.TOO_FAR}:
            unseen = unseen or Evidence(Seen.UNKNOWN, "what the handler calls", at)
        match effect.node, effect.path:
            case nodes.Return(value=value), () if value is not None:
                return Evidence(Seen.UNKNOWN, "what the caller does with it", at)
            case _:
                continue
    return unseen or Evidence(Seen.ABSENT)


def closes(scene: Scene, catcher: Catcher) -> tuple[int, ...]:
    """The codes with which a handler closes connections, as the other end sees them.

    Without a code that is 1005 (RFC 6455, 7.1.5); 0 for one that does not fold.
    """
    codes = (
        close_code(scene, use) for use in uses_in(scene, catcher.body, Does.CLOSES)
    )
    return tuple(Code.NO_STATUS if code is None else code for code in codes)


def leaves(scene: Scene, catcher: Catcher) -> bool:
    """Whether no other round of the loop around it follows when a handler has run."""
    return breaks_off(scene.program, catcher.body, loop=True)


def uses_in(
    scene: Scene, block: tuple[nodes.Statement, ...], *does: Does
) -> Iterator[Use]:
    """The operations on sockets of some kinds in a block and in what it calls."""
    for effect in effects_of_block(scene, block):
        if effect.does in does and effect.use is not None:
            yield effect.use


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What the handlers around a call do about its errors."""
    for catcher in handlers(scene, node) if isinstance(node, nodes.Call) else ():
        found = acts(scene, catcher)
        why = found.why if found.present else "nothing comes of an error"
        yield f"{why}, by its handler at ", scene.place(catcher.at)
