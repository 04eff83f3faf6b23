"""Pacing: the work that each message starts, and what holds back who sends too many.

`taken` are the blocks of code that process the messages of a socket, `run_for` what
runs for a block, `work` what of it is costly, `paced` whether something limits it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.edges import RUN
from wsaudit.analysis.runs import spread
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import ORDERED
from wsaudit.flow.ways import breaks_off
from wsaudit.limits import NEAR
from wsaudit.model import Event, Evidence, Seen
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.security.access import only_told
from wsaudit.nouns.sending.visits import visits
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

Block = tuple[nodes.Statement, ...]

_LIMITER = re.compile(
    r".*(rate_?limit|limiter|throttl(?!ed_?state)|bucket|quota|flood|cool_?down|"
    r"debounce|slow_?mode|too_?(many|fast|often)|per_?(second|minute)|check_?rate|"
    r"(^|[._])pac(e|er|ing)\b).*",
    re.IGNORECASE,
)
"""Names of what holds back who sends too much."""
UNKNOWN_COST = 8
"""The rank of work that is waited for, and of which nothing else is known."""
_COSTS = {
    "database": "queries a database",
    "network": "asks another service",
    "process": "starts a process",
}


@dataclass(frozen=True, slots=True)
class Work:
    """Something costly that is done for a message; the lowest rank is the costliest."""

    node: nodes.Call
    does: str
    rank: int


@asked
def taken(scene: Scene, socket: Socket) -> tuple[Block, ...]:
    """The code that processes the messages of a socket, one block for each way in."""
    loops = [each.loop.body for each in receive_loops(scene) if socket in each.sockets]
    handlers = [
        function.body
        for attached in scene.handlers(socket, Event.MESSAGE)
        for function in attached.functions
    ]
    return (*loops, *handlers)


@asked
def run_for(scene: Scene, block: Block, near: int = NEAR) -> tuple[Node, ...]:
    """What runs for each message: a block and what it calls.

    Not what runs when it fails, nor what makes for the first one what is not there yet.
    """
    own = [
        node
        for node in tree.own_in(block)
        if not any(
            isinstance(around, nodes.Handler)
            or (isinstance(around, nodes.If) and _makes_what_it_misses(around))
            for around in tree.within(node, scene.program.parents)
        )
    ]
    called = [
        function
        for node in own
        if isinstance(node, nodes.Call)
        for function in scene.program.callees(node)
    ]
    below = spread(scene, called, hows=RUN).near(near)
    return (*own, *(node for function in below for node in tree.own_of(function)))


def _makes_what_it_misses(branch: nodes.If) -> bool:
    """``if service is None: service = create()``."""
    match branch.test:
        case nodes.Not(value=nodes.Name(id=name)):
            pass
        case nodes.Binary(
            op="is" | "==" | "===",
            left=nodes.Name(id=name),
            right=nodes.Literal(kind="null" | "undefined"),
        ):
            pass
        case _:
            return False
    return any(
        isinstance(node, nodes.Bind | nodes.Assign) and dotted(node.target) == name
        for node in tree.own_in(branch.then)
    )


# -- what is costly ------------------------------------------------------------------


def work(scene: Scene, block: Block) -> Work | None:
    """The costliest thing that is done for a message, if there is any."""
    ran = frozenset(run_for(scene, block))
    found = (
        each
        for node in run_for(scene, block)
        if isinstance(node, nodes.Call)
        for each in _work(scene, node, ran)
    )
    return min(found, key=lambda each: each.rank, default=None)


def _work(scene: Scene, call: nodes.Call, ran: frozenset[Node]) -> Iterator[Work]:
    text = f"`{written(call.function)}()`"
    use = scene.use(call)
    if use is not None:
        loops = _sent_to_all(scene).get(call, ())
        if use.op.means == "broadcast" or any(loop in ran for loop in loops):
            yield Work(call, f"is sent to every other client ({text})", 3)
        return
    blocking = scene.word("blocking", call)
    if blocking is not None and blocking.group in _COSTS:
        yield Work(call, f"{_COSTS[blocking.group]} ({text})", 0)
    elif scene.word("task", call) is not None and not _ends_here(scene, call):
        yield Work(call, f"starts a task ({text})", 2)
    elif _waits_outside(scene, call):
        yield Work(call, f"waits for something outside ({text})", UNKNOWN_COST)


@asked
def _sent_to_all(scene: Scene) -> dict[nodes.Call, list[Node]]:
    """Every send to one of many, with the loops that go over them."""
    found: dict[nodes.Call, list[Node]] = {}
    for each in visits(scene):
        found.setdefault(each.use.call, []).append(each.loop)
    return found


def _ends_here(scene: Scene, call: nodes.Call) -> bool:
    """Whether the round that starts a task also waits for it, or cancels it."""
    home = scene.program.function_of(call)
    held = scene.program.parents.get(call)
    if home is None or not isinstance(held, nodes.Bind):
        return False
    name = dotted(held.target)
    return bool(name) and any(
        isinstance(node, nodes.Name)
        and node.id == name
        and any(
            isinstance(around, nodes.Await)
            or (isinstance(around, nodes.Member) and around.name == "cancel")
            for around in tree.within(node, scene.program.parents)
        )
        for node in tree.own_of(home)
    )


def _waits_outside(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call of a package is awaited, which no standard library answers."""
    if not isinstance(scene.program.parents.get(call), nodes.Await):
        return False
    names = scene.names(call)
    return any(
        name == "global#fetch"
        or not (
            name.startswith(("global#", "node:", "event#"))
            or name.partition(".")[0] in sys.stdlib_module_names
            or name.partition(".")[0] == "builtins"
        )
        for name in names
    )


def unseen(scene: Scene, block: Block) -> nodes.Call | None:
    """A call that is awaited and cannot be followed, where work may lie."""
    for node in run_for(scene, block):
        if (
            isinstance(node, nodes.Call)
            and isinstance(scene.program.parents.get(node), nodes.Await)
            and scene.use(node) is None
            and all(
                isinstance(value, values.Unknown)
                for value in scene.program.values(node.function)
            )
        ):
            return node
    return None


# -- what limits it ------------------------------------------------------------------


def paced(scene: Scene, block: Block) -> Evidence:
    """Whether something keeps a client from having work done as often as it likes."""
    for node in tree.own_in(block):
        if isinstance(node, nodes.Call) and _sleeps(scene, node, block):
            why = f"`{written(node.function)}()` pauses after each message"
            return Evidence(Seen.PRESENT, why, scene.place(node))
    told = {call for call in tree.block_calls(block) if only_told(scene, call)}
    within = {each for call in told for each in scene.program.callees(call)}
    for node in run_for(scene, block, NEAR):
        why = "" if node in told else _limits(scene, node)
        if why and scene.program.function_of(node) not in within:
            return Evidence(Seen.PRESENT, why, scene.place(node))
    return Evidence(Seen.ABSENT)


def _sleeps(scene: Scene, call: nodes.Call, block: Block) -> bool:
    """Whether a call pauses after every message, whatever is in it."""
    for around in tree.ancestors(call, scene.program.parents):
        if isinstance(around, nodes.If | nodes.Case):
            return False
        if any(around is statement for statement in block):
            break
    blocking = scene.word("blocking", call)
    waits = blocking is not None and blocking.group == "sleep"
    return waits or scene.word("sleep", call) is not None


def _limits(scene: Scene, node: Node) -> str:
    match node:
        case nodes.Call(function=function):
            text = written(function)
            name = last_name(function)
            if name[:1].isupper():
                return ""  # What is only made limits nothing yet.
            if _LIMITER.fullmatch(dotted(function) or name):
                return f"`{text}()` holds back who sends too much"
            if scene.says("counts-up", name):
                return f"`{text}()` counts what a client sends"
            if scene.says("tells-busy", name) and _decides(scene, node):
                return f"`{text}()` is asked before the next one is started"
        case nodes.WithItem(value=value) if _LIMITER.fullmatch(written(value)):
            return f"`{written(value)}` holds back who sends too much"
        case nodes.Binary(op=op) if op in ORDERED and _decides(scene, node):
            home = scene.program.function_of(node)
            if home is not None and _is_timed(scene, node, home):
                return "the time since earlier messages is tested"
        case _:
            pass
    return ""


def _decides(scene: Scene, test: Node) -> bool:
    """Whether code is left, or a function answers, by a test."""
    for around in tree.ancestors(test, scene.program.parents):
        match around:
            case nodes.If(then=then, other=other):
                return bool(other) or breaks_off(scene.program, then)
            case nodes.Return():
                return True
            case nodes.Not() | nodes.Logical() | nodes.Binary() | nodes.Conditional():
                continue
            case nodes.Loop():
                return True
            case _:
                return False
    return False


def _is_timed(scene: Scene, test: nodes.Binary, home: nodes.Function) -> bool:
    """Whether a test is of what a clock said earlier, and is kept for the next time.

    A token that expires is compared with a clock too, but nobody writes the time down.
    """
    clocked: set[str] = set()

    def read(node: Node) -> bool:
        return any(
            (
                isinstance(part, nodes.Call)
                and scene.dialects.speaks("tells-time", last_name(part.function))
            )
            or (isinstance(part, nodes.Name | nodes.Member) and dotted(part) in clocked)
            for part in (node, *tree.own(node))
        )

    kept = False
    for node in (*tree.own_of(home), *tree.own_of(home)):
        match node:
            case (
                nodes.Bind(target=target, value=nodes.Node() as value)
                | nodes.Assign(target=target, value=value)
            ) if read(value):
                for part in (target, *tree.own(target)):
                    if isinstance(part, nodes.Name | nodes.Member) and dotted(part):
                        clocked.add(dotted(part))
                    kept = kept or _is_kept(scene, part)
            case nodes.Call(function=nodes.Member(name=name), arguments=given):
                kept = kept or (
                    scene.dialects.speaks("adds", name)
                    and any(read(each.value) for each in given)
                )
            case _:
                continue
    return kept and (read(test.left) or read(test.right))


def _is_kept(scene: Scene, target: Node) -> bool:
    """Whether what is written there is still there for the next message."""
    match target:
        case nodes.Member() | nodes.Index():
            return True
        case nodes.Name():
            binding = scene.program.binding(target)
            return binding is not None and len(binding.writes) > 1
        case _:
            return False
