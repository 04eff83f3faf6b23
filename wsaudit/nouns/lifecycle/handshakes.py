"""Handshakes: what a server does with a connection before it has accepted it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.closing import code_of, reason_of
from wsaudit.analysis.exceptions import ends
from wsaudit.analysis.paths import Chain, chains
from wsaudit.analysis.runs import below
from wsaudit.connections.capabilities import capability
from wsaudit.dialects.forms import Word
from wsaudit.flow.ways import always_before, always_run, leads
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.model.codes import Code, is_open_to_all
from wsaudit.nouns.security.dependencies import dependencies
from wsaudit.program import tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A close (or exception) with a code, and whether the handshake is complete there.

    ``node`` is the call that names the code.
    """

    socket: Socket
    node: nodes.Call
    code: int
    reason: str | None
    accepted: Evidence


@asked
def refusals(scene: Scene) -> tuple[Refused, ...]:
    """Every refusal with a code on a server that denies before it accepts."""
    return tuple(_refusals(scene))


def denies(scene: Scene, socket: Socket) -> bool:
    """Whether a close before the handshake is complete is a refusal without a code."""
    found = capability(scene, socket, "denies_before_accept")
    return found is not None and found.seen is Seen.PRESENT


def _refusals(scene: Scene) -> Iterator[Refused]:
    for socket in scene.sockets:
        if socket.endpoint is None or socket.fact.role is Role.TEST:
            continue
        if not denies(scene, socket):
            continue
        for start in starts(scene, socket):
            for node in _refusing(scene, socket, start):
                for chain in chains(scene, start.body, node):
                    yield from _refused(scene, socket, start, chain)


def starts(scene: Scene, socket: Socket) -> tuple[nodes.Function, ...]:
    """The functions that run for a new connection, in order: dependencies first."""
    found = [
        dependency.function
        for dependency in dependencies(scene, socket)
        if dependency.function is not None
    ]
    if socket.entry is not None:
        found.append(socket.entry)
    for attached in scene.handlers(socket, Event.OPEN):
        if socket.cls is not None:
            found.extend(attached.functions)
    return tuple(dict.fromkeys(found))


def is_its_socket(scene: Scene, socket: Socket, others: tuple[Socket, ...]) -> bool:
    """Whether an operation is on an endpoint's socket, or what it was handed on as.

    A dependency and a function out of sight of its callers know it by type alone.
    """
    return socket in others or any(
        other.fact.declared and other.dialect == socket.dialect for other in others
    )


def _refusing(
    scene: Scene, socket: Socket, start: nodes.Function
) -> Iterator[nodes.Call]:
    """The closes and exceptions with a code in what a function runs."""
    reached = below(scene, start)
    closes, rejects = _closes(scene), _rejections(scene)
    for index in sorted(i for each in reached for i in closes.get(each, ())):
        use = scene.uses[index]
        if is_its_socket(scene, socket, use.sockets):
            yield use.call
    found = [one for each in reached for one in rejects.get(each, ())]
    for _, call in sorted(found, key=lambda one: one[0]):
        yield call


@asked
def _closes(scene: Scene) -> dict[nodes.Function | None, list[int]]:
    """Which of the uses are closes, by the function that each stands in."""
    found: dict[nodes.Function | None, list[int]] = defaultdict(list)
    for index, use in enumerate(scene.uses):
        if use.op.means == "close":
            found[scene.program.function_of(use.call)].append(index)
    return dict(found)


@asked
def _rejections(
    scene: Scene,
) -> dict[nodes.Function | None, list[tuple[int, nodes.Call]]]:
    """What raises an exception with a code, in order, by the function around it."""
    found: dict[nodes.Function | None, list[tuple[int, nodes.Call]]] = defaultdict(list)
    calls = scene.program.calls_of(scene.dialects.word_ends("rejects"))
    for index, call in enumerate(calls):
        if _rejects(scene, call):
            found[scene.program.function_of(call)].append((index, call))
    return dict(found)


def _rejects(scene: Scene, call: nodes.Call) -> bool:
    word = scene.word("rejects", call)
    return (
        isinstance(word, Word)
        and word.group == "close-code"
        and isinstance(scene.program.parents.get(call), nodes.Raise)
    )


def _refused(
    scene: Scene, socket: Socket, start: nodes.Function, chain: Chain
) -> Iterator[Refused]:
    close = chain[-1]
    if not isinstance(close, nodes.Call):
        return
    code, node = code_of(scene, chain)
    if code is None or not (code == Code.POLICY_VIOLATION or is_open_to_all(code)):
        return
    if scene.use(close) is None:
        names = scene.names(close)
        if names and ends(scene, chain, names[0]).caught:
            return
    earlier = [one for one in starts(scene, socket) if one is not start]
    evidence = accepted(scene, socket, chain)
    if (
        evidence.absent
        and start is socket.entry
        and any(accepting(scene, socket) & below(scene, one) for one in earlier)
    ):
        evidence = Evidence(Seen.UNKNOWN, "a dependency may accept it")
    yield Refused(socket, node, code, reason_of(scene, chain), evidence)


# -- has it been accepted? ---------------------------------------------------------


@asked
def accepting(scene: Scene, socket: Socket) -> frozenset[nodes.Function]:
    """The functions in which a socket is accepted."""
    return frozenset(
        function
        for use in scene.uses
        if _is_accept(use) and is_its_socket(scene, socket, use.sockets)
        if (function := scene.program.function_of(use.call)) is not None
    )


def accepted(scene: Scene, socket: Socket, chain: Chain) -> Evidence:
    """Whether the handshake is complete where a chain ends."""
    perhaps: Node | None = None
    for node in chain:
        function = scene.program.function_of(node)
        if function is None:
            continue
        calls = [c for c in _accepting(scene, socket, function) if c[0] not in chain]
        certain = [call for call, sure in calls if sure]
        if certain and always_before(scene.program, certain, node):
            before = [each for each in certain if leads(scene.program, each, node)]
            why = "the handshake is complete by then"
            return Evidence(Seen.PRESENT, why, scene.place((before or certain)[0]))
        for call, _ in calls if perhaps is None else ():
            if leads(scene.program, call, node):
                perhaps = call
                break
    if perhaps is not None:
        why = "it may have been accepted before"
        return Evidence(Seen.UNKNOWN, why, scene.place(perhaps))
    return Evidence(Seen.ABSENT, "nothing accepts it before")


def _accepting(
    scene: Scene, socket: Socket, function: nodes.Function
) -> list[tuple[nodes.Call, bool]]:
    """The calls in a function that accept, or may, and whether they always do."""
    return [
        (call, sure)
        for call in tree.block_calls(function.body)
        if (sure := _accepts(scene, socket, call)) is not None
    ]


def _accepts(scene: Scene, socket: Socket, call: nodes.Call) -> bool | None:
    """True where a call always accepts, False where it may, None where it does not."""
    use = scene.use(call)
    if use is not None:
        means = _is_accept(use) and is_its_socket(scene, socket, use.sockets)
        return True if means else None
    if socket.cls is not None and last_name(call.function) == "on_connect":
        return True
    callees = scene.program.callees(call)
    homes = accepting(scene, socket)
    if any(homes & below(scene, callee) for callee in callees):
        return all(map(bool, (_always(scene, socket, callee) for callee in callees)))
    if not callees and _handed(scene, socket, call):
        return False
    return None


@asked_in_circles
def _always(
    scene: Scene, socket: Socket, function: nodes.Function
) -> tuple[nodes.Call, ...]:
    """The calls of which one accepts on every way through a function, if that is so."""
    found = [call for call, sure in _accepting(scene, socket, function) if sure]
    return tuple(found) if always_run(scene.program, function, found) else ()


def _is_accept(use: Use) -> bool:
    """Whether an operation completes the handshake, if only as a by-product."""
    return use.op.means == "accept" or use.op.accepts


def _handed(scene: Scene, socket: Socket, call: nodes.Call) -> bool:
    """Whether a call that cannot be followed is given the socket."""
    found = scene.program.values(call.function)
    known = any(isinstance(v, values.Func | values.ClassRef) for v in found)
    named = [v for v in found if isinstance(v, values.External)]
    if known or (named and all(v.name.startswith("builtins.") for v in named)):
        return False
    return any(
        isinstance(argument.value, nodes.Name | nodes.Member)
        and is_its_socket(scene, socket, scene.sockets_of(argument.value))
        for argument in call.arguments
    )
