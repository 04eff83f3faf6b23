"""Passing on: where messages go that no case of a dispatch has looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.states import write_of
from wsaudit.program import flow, values
from wsaudit.program.tree import last_name, own_in, strip
from wsaudit.recognise.inbound.comparing import subjects
from wsaudit.recognise.inbound.remainders import holds_message, is_quiet, logs
from wsaudit.recognise.scene import written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.inbound.cases import DispatchSite
    from wsaudit.recognise.scene import Scene, Socket


def passed_on(scene: Scene, socket: Socket, sites: Iterable[DispatchSite]) -> str:
    """Where messages of any kind go besides a socket's dispatches, "" if nowhere.

    They are kept in state or a collection, sent on, or given to code out of sight.
    """
    for _, why in passes(scene, socket, sites):
        return why
    return ""


def passes(
    scene: Scene, socket: Socket, sites: Iterable[DispatchSite]
) -> Iterator[tuple[nodes.Call, str]]:
    """The calls outside every case that are given a whole message, and why."""
    inside: set[nodes.Node] = set()
    for site in sites:
        for case in site.cases:
            inside.update(case.body)
    for call in scene.calls_in(sorted(socket.unit, key=scene.place)):
        given = [
            argument.value
            for argument in call.arguments
            if holds_message(scene, argument.value, parsed=True)
        ]
        if not given or not any(_is_of(scene, node, socket) for node in given):
            continue
        if any(around in inside for around in flow.within(call, scene.program.parents)):
            continue
        why = _why(scene, call)
        if why:
            yield call, why


def _is_of(scene: Scene, node: nodes.Expression, socket: Socket) -> bool:
    """Whether a message given is one of the socket's (one made with it counts too)."""
    found = subjects(scene, node)
    return not found or any(message.socket is socket for message in found)


def _why(scene: Scene, call: nodes.Call) -> str:
    name = last_name(call.function)
    if subjects(scene, call) or logs(name) or is_quiet(name):
        return ""
    if write_of(scene, call) is not None:
        return f"`{written(call.function)}` keeps messages of every kind"
    use = scene.use(call)
    if use is not None:
        return "messages of every kind are sent on" if use.op.means == "send" else ""
    found = scene.program.values(call.function)
    if any(isinstance(value, values.Func | values.ClassRef) for value in found):
        return ""
    if name in values.ADDERS:
        return f"`{written(call.function)}` keeps messages of every kind"
    return f"messages go to `{written(call.function)}`, which is not in sight"


# -- parts -----------------------------------------------------------------------------


def used_in_parts(scene: Scene, sites: Iterable[DispatchSite]) -> str:
    """How what other kinds carry is used where no case names them, "" if it is not.

    By a default that reads it, or where it is asked for whether it is there.
    """
    sites = tuple(sites)
    inside = {each for site in sites for case in site.cases for each in case.body}
    for site in sites:
        if site.end == "acts" and any(
            _is_part(scene, node, site) for node in own_in(site.rest)
        ):
            return "what messages of other kinds carry is used"
        if (
            site.inside is None
            and site.function is not None
            and any(
                _by_presence(scene, node, site)
                for node in own_in(site.function.body)
                if isinstance(node, nodes.If)
                and not any(
                    around in inside
                    for around in (node, *flow.within(node, scene.program.parents))
                )
            )
        ):
            return "messages are also told apart by what they carry"
    return ""


def _is_part(scene: Scene, node: nodes.Node, site: DispatchSite) -> bool:
    """Whether a node is a part of a message, and not what it says it is."""
    return isinstance(node, nodes.Member | nodes.Index | nodes.Name) and any(
        message.parsed and message.path and message.path != site.path
        for message in subjects(scene, node)
    )


def _by_presence(scene: Scene, branch: nodes.If, site: DispatchSite) -> bool:
    """``if (message.text) show(message.text)``, whatever the kind."""
    return any(
        holds and _is_part(scene, strip(_asked(test)), site)
        for test, holds in flow.facts_of(branch.test, holds=True)
    ) and any(
        isinstance(node, nodes.Call) and not logs(last_name(node.function))
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
