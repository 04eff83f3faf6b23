"""Queues whose messages connections send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import bound
from wsaudit.analysis.destinations import goes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.exceptions import caught_further_out
from wsaudit.analysis.runs import spread
from wsaudit.flow.conditions import deciding
from wsaudit.limits import STEPS
from wsaudit.model import Evidence, Seen
from wsaudit.model.queues import Queue
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Word
    from wsaudit.model import Connection
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

MAKES = (Queue,)


def find(scene: Scene) -> Iterator[Queue]:
    """One fact for each place that makes a queue from which a connection is fed."""
    yield from _subscribed(scene)
    found: dict[nodes.Expression, tuple[nodes.Call, dict[Connection, None]]] = {}
    for take in _calls(scene, *scene.dialects.spoken("takes-next")):
        every = set(_made(scene, take.function))
        fed = _fed(scene, take, STEPS) if every else {}
        for made in scene.in_order(every) if fed else ():
            found.setdefault(made, (take, {}))[1].update(fed)
    for made, (take, fed) in found.items():
        limited = _limited(scene, made)
        if limited is not None and isinstance(take.function, nodes.Member):
            yield Queue(
                at=scene.point(made),
                connections=tuple(fed),
                text=scene.text(take.function.object),
                limited=limited,
                overflows=_overflows(scene, made),
            )


def _subscribed(scene: Scene) -> Iterator[Queue]:
    """The queues that a library keeps for whoever subscribes, sent on one by one."""
    for call in scene.program.calls_of(
        scene.dialects.word_ends("subscribes-without-limit")
    ):
        if scene.word("subscribes-without-limit", call) is None:
            continue
        fed = dict.fromkeys(
            socket.fact
            for use in scene.uses
            if use.op.means == "send" and _in_loop_over(scene, use.call, call)
            for socket in use.sockets
        )
        if fed:
            text = f"{scene.text(call.function)}()"
            at = scene.callee_place(call)
            yield Queue(
                at=at,
                connections=tuple(fed),
                text=text,
                limited=Evidence(Seen.ABSENT, at=at),
            )


def _in_loop_over(scene: Scene, send: nodes.Call, call: nodes.Call) -> bool:
    return any(
        isinstance(value, values.Instance) and value.site is call
        for loop in tree.loops(send, scene.program.parents)
        for value in (scene.program.values(loop.source) if loop.source else ())
    )


def _calls(scene: Scene, *names: str) -> Iterator[nodes.Call]:
    for name in names:
        yield from scene.program.calls_named(name)


def _made(scene: Scene, of: nodes.Expression) -> Iterator[nodes.Expression]:
    """Where the queues are made whose member is read, or called."""
    if isinstance(of, nodes.Member):
        for made in _queues(scene, of.object):
            if not scene.says("gets", of.name) or isinstance(made, nodes.Call):
                yield made


def _queues(scene: Scene, node: nodes.Expression) -> Iterator[nodes.Expression]:
    for value in scene.program.values(node):
        match value:
            case values.Instance(of=of, site=nodes.Call() as site):
                name = scene.program.canonical(of)
                word = scene.dialects.match_word("holds-up-to", name)
                if word is not None or name in values.LIST_LIKE:
                    yield site
            case values.Seq(node=nodes.Sequence(items=()) as node):
                yield node
            case _:
                continue


def _fed(scene: Scene, node: nodes.Call, deep: int) -> dict[Connection, None]:
    """The connections that what a call gives is sent on."""
    found: dict[Connection, None] = {}
    for each in goes(scene.program, node) if deep else ():
        if each.way != "passed" or not isinstance(each.at, nodes.Call):
            continue
        uses = [scene.use(each.at)]
        for function in spread(scene, scene.program.callees(each.at), hows=AT_ONCE):
            uses += [scene.use(call) for call in scene.calls_in((function,))]
        for use in uses:
            if use is not None and use.op.means == "send":
                found.update(dict.fromkeys(socket.fact for socket in use.sockets))
        found.update(_fed(scene, each.at, deep - 1))
    return found


def _limited(scene: Scene, made: nodes.Expression) -> Evidence | None:
    """Whether a queue holds only so much, or is put into only while it does.

    None for a list that nothing is put into: it is no queue.
    """
    limit = bound(scene, made)
    if not limit.absent:
        return limit
    puts = [
        put
        for put in _calls(scene, *scene.dialects.spoken("puts-in"))
        if made in set(_made(scene, put.function)) and not _ends(scene, put)
    ]
    if not puts:
        queue = isinstance(made, nodes.Call)
        return Evidence(Seen.UNKNOWN, "what is put into it") if queue else None
    puts = [put for put in puts if not _once(scene, put, made)]
    takers = _takers(scene, made)
    for put in puts:
        home = scene.program.function_of(put)
        if home not in takers and not (home and _asks(scene, home, put, made)):
            return Evidence(Seen.ABSENT, at=scene.place(put))
    return Evidence(Seen.PRESENT, "it is looked at before more is put in")


def _takers(scene: Scene, made: nodes.Expression) -> frozenset[nodes.Function | None]:
    """The functions that take something out of a queue."""
    return frozenset(
        scene.program.function_of(take)
        for take in _calls(scene, *scene.dialects.spoken("takes-next"))
        if made in set(_made(scene, take.function))
    )


def _overflows(scene: Scene, made: nodes.Expression) -> Place | None:
    """Where a put raises once a queue is full, and nothing expects that."""
    if bound(scene, made).absent or not isinstance(made, nodes.Call):
        return None
    word = next(
        (w for name in scene.names(made) if (w := _holding(scene, name)) is not None),
        None,
    )
    if word is None or not word.group:
        return None
    takers = _takers(scene, made)
    for put in _calls(scene, "put_nowait"):
        home = scene.program.function_of(put)
        if (
            home is not None
            and home not in takers
            and made in set(_made(scene, put.function))
            and not _asks(scene, home, put, made)
            and caught_further_out(scene, put, word.group) is None
        ):
            return scene.callee_place(put)
    return None


def _holding(scene: Scene, name: str) -> Word | None:
    return scene.dialects.match_word("holds-up-to", scene.program.canonical(name))


def _ends(scene: Scene, put: nodes.Call) -> bool:
    """``queue.put(None)`` tells that nothing more comes."""
    folded = [folding.fold(scene.program, each.value) for each in put.arguments]
    return any(each is not None and each.value is None for each in folded)


def _once(scene: Scene, put: nodes.Call, made: nodes.Expression) -> bool:
    """Whether a put is done at most once for each time that its queue is made.

    It leaves what it is in, and the function around runs once where the queue is made.
    """
    program = scene.program
    home, maker = program.function_of(put), program.function_of(made)
    if home is None or maker is None:
        return False
    block, at = tree.block_of(tree.statement_of(put, program.parents), program.parents)
    leaves = isinstance(next(iter(block[at + 1 :]), None), nodes.Return | nodes.Raise)
    if not leaves and any(tree.loops(put, program.parents)):
        return False
    sites = program.callers(home)
    return home is maker or (
        bool(sites)
        and all(program.function_of(site) is maker for site in sites)
        and not any(
            loop for site in sites for loop in tree.loops(site, program.parents)
        )
    )


def _asks(
    scene: Scene, home: nodes.Function, put: nodes.Call, made: nodes.Expression
) -> bool:
    """Whether what a queue holds decides about a put, or something is done about it.

    To ask for the length for a log line limits nothing.
    """
    asking = [node for node in tree.own_of(home) if _is_size(scene, node, made)]
    if not asking:
        return False
    decided = {
        part for test in deciding(scene.program, put) for part in tree.walk(test)
    }
    return any(node in decided or _is_heeded(scene, node, made) for node in asking)


def _is_size(scene: Scene, node: Node, made: nodes.Expression) -> bool:
    """Whether a node asks how much a queue holds, or waits until it is empty."""
    match node:
        case nodes.Member(name=name) if scene.says("asks-size", name):
            return made in set(_made(scene, node))
        case nodes.Call(function=nodes.Name(id="len"), arguments=(only,)):
            return made in _queues(scene, only.value)
        case _:
            return False


def _is_heeded(scene: Scene, node: Node, made: nodes.Expression) -> bool:
    """Whether a branch on the size leaves, closes or takes something out."""
    at: Node = node
    for around in tree.within(node, scene.program.parents):
        match around:
            case nodes.Await():
                return True
            case nodes.If(test=test) if test is at:
                inside = list(tree.own_in((*around.then, *around.other)))
                return any(_makes_room(scene, each, made) for each in inside)
            case nodes.Loop(test=test) if test is at:
                return True
            case _:
                at = around
    return False


def _makes_room(scene: Scene, node: Node, made: nodes.Expression) -> bool:
    match node:
        case nodes.Return() | nodes.Raise() | nodes.Break() | nodes.Continue():
            return True
        case nodes.Unary(op="delete") | nodes.Await():
            return True
        case nodes.Bind(target=target) | nodes.Assign(target=target):
            return made in _queues(scene, target)
        case nodes.Call():
            use = scene.use(node)
            if use is not None:
                return use.op.means in {"close", "terminate"}
            return not scene.says(
                "puts-in", tree.last_name(node.function)
            ) and made in set(_made(scene, node.function))
        case _:
            return False
