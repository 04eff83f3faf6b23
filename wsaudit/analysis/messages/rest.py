"""The rest: what becomes of a message whose kind none of a socket's dispatches knows.

The code is gone through once for each kind that they name, and once for none of them:
what only the last runs into is for the rest. What it runs into like all others is no
answer to an unknown message, unless the message goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.assuming import Course, course
from wsaudit.analysis.messages.keeping import is_read
from wsaudit.analysis.messages.kinds import subjects
from wsaudit.analysis.messages.remainders import (
    HANDLES_ALL,
    Remainder,
    call_does,
    does,
    holds_message,
    reaches_nobody,
)
from wsaudit.analysis.messages.truth import Assumed
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import write_of
from wsaudit.analysis.traces import leaves_trace
from wsaudit.flow.conditions import implied
from wsaudit.limits import SOME
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name, own_in, strip, walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.cases import DispatchSite
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_ORDER: tuple[Remainder, ...] = (
    "never-check", "throws", "logs", "answers", "stores", "forwards", "acts",
)  # fmt: skip
_CONDITIONAL = nodes.If | nodes.Switch | nodes.Loop | nodes.Try


@dataclass(frozen=True, slots=True)
class Rest:
    """What becomes of the rest, and what does it.

    ``crashes`` when a handler is called that is not there. ``reached`` is all that the
    rest may run into in the functions ``entered``, ``apart`` what some other kind does
    not.
    """

    kind: Remainder
    at: Node | None
    crashes: bool
    reached: frozenset[Node]
    apart: frozenset[Node]
    entered: frozenset[nodes.Function]


@asked
def rest_of(scene: Scene, sites: tuple[DispatchSite, ...]) -> Rest:
    """What becomes of messages that none of some dispatches on one key is for.

    Something is done about them where it is done whatever else they carry.
    """
    path = sites[0].path
    sources = frozenset(m.source for site in sites for m in site.messages)
    kinds = tuple(dict.fromkeys(text for site in sites for text in site.values))
    bare, full, *known = _courses(
        scene,
        sites,
        [
            Assumed(path, sources, None, carries=False),
            Assumed(path, sources, None, carries=True),
            *(Assumed(path, sources, kind) for kind in kinds[:SOME]),
        ],
    )
    reached = frozenset(bare.reached) | frozenset(full.reached)
    everywhere = [frozenset(each.reached) for each in known]
    apart = reached.difference(frozenset.intersection(*everywhere) if known else ())
    heads = {head for site in sites for head in _statements(scene, site)}
    told = (bare,) if heads & set(bare.reached) else ()  # Else it was turned away.
    found = [_of_course(scene, sites, each, everywhere) for each in (full, *told)]
    kind, at = next((each for each in found if each[0] == "none"), found[0])
    crashes = bool(bare.missed or full.missed)
    entered = frozenset(bare.entered | full.entered)
    return Rest(kind, at, crashes, reached, apart, entered)


def _courses(
    scene: Scene, sites: Iterable[DispatchSite], assumed: Iterable[Assumed]
) -> list[Course]:
    """What runs under each assumption from where the messages come in."""
    sources = {m.source for site in sites for m in site.messages}
    around = map(scene.program.function_of, sorted(sources, key=scene.place))
    starts = tuple(dict.fromkeys(each for each in around if each is not None))
    courses = [course(scene, starts, each) for each in assumed]
    entered = {function for each in courses for function in each.entered}
    for function in dict.fromkeys(site.function for site in sites):
        if function is not None and function not in entered:
            # It runs by what is not followed: a store, an effect, a subscription.
            for each in courses:
                each.enter(function)
    return courses


def _of_course(
    scene: Scene,
    sites: tuple[DispatchSite, ...],
    other: Course,
    known: list[frozenset[Node]],
) -> tuple[Remainder, Node | None]:
    """What the rest alone runs into does, or what takes every message."""
    testing = {node for site in sites for node in _testing(scene, site)}
    heads = {statement for site in sites for statement in _statements(scene, site)}
    heads |= other.decided
    only: list[Node] = []
    alone: set[Node] = set()
    for node in other.reached:
        if node not in testing:
            shared = sum(node in each for each in known)
            if not shared:
                alone.add(node)
            if not shared or (
                2 * shared <= len(known) and _is_within(scene, node, heads)
            ):
                only.append(node)
    kind, at = _done(scene, sites, only, alone)
    if kind == "none" and other.handed:
        return "forwards", next(iter(other.handed))
    return (kind, at) if kind != "none" else _alike(scene, sites, other)


def _statements(scene: Scene, site: DispatchSite) -> Iterator[Node]:
    """The statements whose tests a dispatch is made of."""
    if site.form in {"guard", "event"}:
        return
    for node in (site.head, *(case.node for case in site.cases)):
        if scene.program.function_of(node) is site.function:
            yield tree.statement_of(node, scene.program.parents)


def _testing(scene: Scene, site: DispatchSite) -> Iterator[Node]:
    """The expressions that compare, which do nothing about a message."""
    for case in site.cases:
        if site.form not in {"table", "event"}:
            yield from walk(case.node)
    for statement in _statements(scene, site):
        if isinstance(statement, nodes.If):
            yield from walk(statement.test)


def _is_within(scene: Scene, node: Node, heads: set[Node]) -> bool:
    return any(around in heads for around in tree.within(node, scene.program.parents))


def _done(
    scene: Scene,
    sites: tuple[DispatchSite, ...],
    only: Iterable[Node],
    alone: set[Node],
) -> tuple[Remainder, Node | None]:
    """What is done for the rest alone, the most telling of it first."""
    found: dict[Remainder, Node] = {}
    for node in only:
        kind = None if _goes_on(scene, node, sites) else does(scene, node)
        if kind is not None:
            found.setdefault(kind, node)
    for kind in _ORDER:
        if kind in found:
            return kind, found[kind]
    for node in only:
        if isinstance(node, nodes.Case):
            found.setdefault("empty", node)
        elif isinstance(node, nodes.Statement):
            if not isinstance(node, _CONDITIONAL):
                return "returns", node
        elif node in alone and _is_other_side(scene, node):
            return "returns", node
    return ("empty", None) if found else ("none", None)


def _is_other_side(scene: Scene, node: Node) -> bool:
    """Whether an expression is what ``test ? a : b`` gives when nothing holds."""
    around = scene.program.parents.get(node)
    return isinstance(around, nodes.Conditional) and around.other is node


def _goes_on(scene: Scene, node: Node, sites: Iterable[DispatchSite]) -> bool:
    """Whether a call leads to another dispatch on the same key, which tells more."""
    if not isinstance(node, nodes.Call):
        return False
    comparing = {site.function for site in sites}
    return any(
        comparing & below(scene, callee) for callee in scene.program.callees(node)
    )


def _alike(
    scene: Scene, sites: tuple[DispatchSite, ...], other: Course
) -> tuple[Remainder, Node | None]:
    """What beside the tests keeps every message or hands it on, the rest too."""
    parsed = sites[0].message.parsed
    heads = {head: None for site in sites for head in _statements(scene, site)}
    for head in heads:
        block, _ = tree.block_of(head, scene.program.parents)
        plain = (
            each
            for each in block
            if each not in heads and not isinstance(each, _CONDITIONAL)
        )
        for node in own_in(tuple(plain)):
            if node in other.reached and isinstance(node, nodes.Call):
                kind = call_does(scene, node, parsed=parsed)
                if kind in HANDLES_ALL and not _goes_on(scene, node, sites):
                    return kind, node
    return "none", None


# -- what takes messages of every kind ---------------------------------------------


def passes(
    scene: Scene, socket: Socket, rest: Rest
) -> Iterator[tuple[nodes.Call, str]]:
    """The calls that are given a whole message of an unknown kind, and why they count.

    They keep it, send it on, or are not in sight.
    """
    for call in scene.calls_in(sorted(socket.unit, key=scene.place)):
        given = [
            argument.value
            for argument in call.arguments
            if holds_message(scene, argument.value, parsed=True)
        ]
        if not any(_is_of(scene, node, socket) for node in given):
            continue
        inside = scene.program.function_of(call) in rest.entered
        if call in rest.reached or not inside:
            why = _why(scene, call)
            if why:
                yield call, why


def logged(scene: Scene, rest: Rest, key: tuple[str, ...]) -> nodes.Call | None:
    """The log that the rest runs into like every message, told it whole or its kind."""
    calls = (node for node in rest.reached if isinstance(node, nodes.Call))
    for call in sorted(calls, key=scene.place):
        if scene.says("logs", last_name(call.function)) and any(
            message.path in {(), key}
            for argument in call.arguments
            for part in walk(argument.value)
            if isinstance(part, nodes.Name | nodes.Member | nodes.Index | nodes.Call)
            and not isinstance(scene.program.parents.get(part), nodes.Member)
            for message in subjects(scene, part)
        ):
            return call
    return None


def _is_of(scene: Scene, node: nodes.Expression, socket: Socket) -> bool:
    """Whether a message given is one of the socket's (one made with it counts too)."""
    found = subjects(scene, node)
    return not found or any(message.socket is socket for message in found)


def _why(scene: Scene, call: nodes.Call) -> str:
    name = last_name(call.function)
    if (
        subjects(scene, call)
        or leaves_trace(name)
        or scene.dialects.speaks("quiet", name)
    ):
        return ""
    write = write_of(scene, call)
    if write is not None and is_read(scene, write):
        return f"`{scene.text(call.function)}` keeps messages of every kind"
    if write is not None or reaches_nobody(scene, call):
        return ""
    use = scene.use(call)
    if use is not None:
        return "messages of every kind are sent on" if use.op.means == "send" else ""
    found = scene.program.values(call.function)
    if any(isinstance(value, values.Func | values.ClassRef) for value in found):
        return ""
    if name in values.ADDERS:
        return f"`{scene.text(call.function)}` keeps messages of every kind"
    return f"messages go to `{scene.text(call.function)}`, which is not in sight"


def used_in_parts(scene: Scene, sites: Iterable[DispatchSite], rest: Rest) -> str:
    """How what unknown kinds carry is used, "" if it is not.

    By a default that reads it, or where it is asked for whether it is there.
    """
    sites = tuple(sites)
    key = sites[0].path
    does_more = rest.kind in {"acts", "answers"}
    if does_more and any(_is_part(scene, node, key) for node in rest.apart):
        return "what messages of other kinds carry is used"
    functions = {site.function for site in sites if site.inside is None}
    for node in sorted(rest.reached, key=scene.place):
        if (
            isinstance(node, nodes.If)
            and scene.program.function_of(node) in functions
            and _by_presence(scene, node, key)
        ):
            return "messages are also told apart by what they carry"
    return ""


def _is_part(scene: Scene, node: Node, key: tuple[str, ...]) -> bool:
    """Whether a node is a part of a message, and not what it says it is."""
    return isinstance(node, nodes.Member | nodes.Index | nodes.Name) and any(
        message.parsed and message.path and message.path != key
        for message in subjects(scene, node)
    )


def _by_presence(scene: Scene, branch: nodes.If, key: tuple[str, ...]) -> bool:
    """``if (message.text) show(message.text)``, whatever the kind."""
    return any(
        holds and _is_part(scene, strip(_asked(test)), key)
        for test, holds in implied(branch.test, holds=True)
    ) and any(
        isinstance(node, nodes.Call) and not leaves_trace(last_name(node.function))
        for node in own_in(branch.then)
    )


def _asked(test: nodes.Expression) -> nodes.Expression:
    """What a comparison with nothing asks for: ``m.text !== undefined``."""
    match test:
        case nodes.Binary(
            op="!=" | "!==" | "is not",
            left=left,
            right=nodes.Literal(kind="null" | "undefined"),
        ):
            return left
        case _:
            return test
