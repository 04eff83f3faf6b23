"""Handshakes: what a server does with a connection before it has accepted it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.exceptions import ends
from wsaudit.analysis.origins import parameter_of
from wsaudit.analysis.runs import Chain, below, chains
from wsaudit.dialects.forms import Word
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.program import flow, folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.recognise.connections.capabilities import capability
from wsaudit.recognise.connections.origins import argument_of
from wsaudit.recognise.security.dependencies import dependencies
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """A close (or exception) with a code, and whether the handshake is complete there.

    ``node`` is the call that names the code.
    """

    socket: Socket
    node: nodes.Call
    code: int
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
    for use in scene.uses:
        if (
            use.op.means == "close"
            and scene.program.function_of(use.call) in reached
            and is_its_socket(scene, socket, use.sockets)
        ):
            yield use.call
    for call in scene.program.calls_of(scene.dialects.word_ends("rejects")):
        if scene.program.function_of(call) in reached and _rejects(scene, call):
            yield call


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
    if code is None or not (code == 1008 or 3000 <= code <= 4999):
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
    yield Refused(socket, node, code, evidence)


def code_of(scene: Scene, chain: Chain) -> tuple[int | None, nodes.Call]:
    """The code of the close at the end of a chain, and the call that names it.

    A helper that is given the code as an argument is named by the call of it.
    """
    index = len(chain) - 1
    call = chain[index]
    assert isinstance(call, nodes.Call)  # noqa: S101 - see `_refusing`
    use = scene.use(call)
    position = use.op.code if use is not None else 0
    given = argument_of(call, position, "code")
    while given is not None:
        number = folding.fold_number(scene.program, given)
        if isinstance(number, int):
            return number, call
        outer = chain[index - 1] if index > 0 else None
        parameter = parameter_of(scene.program, given)
        function = scene.program.function_of(call)
        if parameter is None or function is None or not isinstance(outer, nodes.Call):
            return None, call
        passed = scene.program.argument_for(outer, function, parameter)
        given = passed if isinstance(passed, nodes.Node) else parameter.default
        index, call = index - 1, outer
    return None, call


# -- has it been accepted? ---------------------------------------------------------


@asked
def accepting(scene: Scene, socket: Socket) -> frozenset[nodes.Function]:
    """The functions in which a socket is accepted."""
    return frozenset(
        function
        for use in scene.uses
        if use.op.means == "accept" and is_its_socket(scene, socket, use.sockets)
        if (function := scene.program.function_of(use.call)) is not None
    )


def accepted(scene: Scene, socket: Socket, chain: Chain) -> Evidence:
    """Whether the handshake is complete where a chain ends."""
    perhaps: Node | None = None
    for node in chain:
        function = scene.program.function_of(node)
        if function is None:
            continue
        for call in flow.block_calls(function.body):
            if call in chain or not may_precede(scene, call, node):
                continue
            certain = _accepts(scene, socket, call)
            if certain and flow.dominates(call, node, scene.program.parents):
                why = "the handshake is complete by then"
                return Evidence(Seen.PRESENT, why, scene.place(call))
            if certain is not None:
                perhaps = perhaps or call
    if perhaps is not None:
        why = "it may have been accepted before"
        return Evidence(Seen.UNKNOWN, why, scene.place(perhaps))
    return Evidence(Seen.ABSENT, "nothing accepts it before")


def _accepts(scene: Scene, socket: Socket, call: nodes.Call) -> bool | None:
    """True where a call always accepts, False where it may, None where it does not."""
    use = scene.use(call)
    if use is not None:
        means = use.op.means == "accept"
        return True if means and is_its_socket(scene, socket, use.sockets) else None
    if socket.cls is not None and last_name(call.function) == "on_connect":
        return True
    callees = scene.program.callees(call)
    homes = accepting(scene, socket)
    if any(homes & below(scene, callee) for callee in callees):
        return all(_always(scene, socket, callee) for callee in callees)
    if not callees and _handed(scene, socket, call):
        return False
    return None


def _always(scene: Scene, socket: Socket, function: nodes.Function) -> bool:
    """Whether a function accepts on every way through it."""
    for statement in function.body:
        for call in flow.block_calls((statement,)):
            inside = flow.block_of(
                flow.statement_of(call, scene.program.parents), scene.program.parents
            )[0]
            if _accepts(scene, socket, call) and (
                inside is function.body or isinstance(statement, nodes.Try | nodes.With)
            ):
                return True
        if any(isinstance(each, nodes.Return) for each in tree.own_in((statement,))):
            return False
    return False


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


def may_precede(scene: Scene, first: Node, second: Node) -> bool:
    """Whether a way leads from one node to a later one of the same function."""
    if first.start >= second.start:
        return False
    parents = scene.program.parents
    around = {second, *flow.within(second, parents)}
    at: Node = first
    for outer in flow.within(first, parents):
        block, index = flow.block_of(at, parents)
        if outer in around:
            return _same_way(outer, at, second, scene)
        if flow.leaves(block[index:]):
            return False
        at = outer
    return True


def _same_way(outer: Node, at: Node, second: Node, scene: Scene) -> bool:
    """Whether two nodes below a common one are not in branches that exclude."""
    other: Node = second
    for node in flow.within(second, scene.program.parents):
        if node is outer:
            break
        other = node
    if isinstance(outer, nodes.If):
        then = any(at is each for each in outer.then)
        rest = any(other is each for each in outer.then)
        test = at is outer.test or other is outer.test
        return test or then == rest
    if isinstance(outer, nodes.Switch):
        return not (isinstance(at, nodes.Case) and isinstance(other, nodes.Case))
    if isinstance(outer, nodes.Try) and isinstance(at, nodes.Handler):
        return not isinstance(other, nodes.Handler)
    return True
