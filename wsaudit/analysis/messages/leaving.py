"""Leaving: where parts of messages go on to what is not followed any further.

A library, a field, a collection: whether these look at what they are given is not in
sight, so that nobody can say that the messages are trusted, or that they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.emitters import heard
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.parts import parts_of
from wsaudit.analysis.messages.validation import is_model, validator_of
from wsaudit.analysis.messages.vetting import vetting
from wsaudit.analysis.states import write_of
from wsaudit.analysis.traces import leaves_trace
from wsaudit.model import Evidence, Seen
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name, own_in
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.asking import Path
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_Leaving = tuple[nodes.Expression, "Message", str]

_ALL = ("*",)
"""The path of whatever a message holds: a test of one part does not tell of it."""
_AS_STATE = "becomes state, and what reads that is not in sight"
"""Only said of whole messages: a part that is kept is a use of it."""


def leaving(scene: Scene, socket: Socket, kinds: frozenset[Path]) -> Evidence | None:
    """Where something of a socket's messages first leaves without being looked at.

    Where all that leaves was looked at, what did so; None when nothing leaves.
    ``kinds`` are the paths by which the messages are told apart.
    """
    table = _table(scene)
    vetted: Evidence | None = None
    for node, message, why in table.get(socket, ()):
        if message.path in kinds:
            continue
        asked = message if message.path else replace(message, path=_ALL)
        known = vetting(scene, node, asked, kinds).evidence
        if known is None or known.unknown:
            return known or Evidence(Seen.UNKNOWN, why, scene.place(node))
        vetted = vetted or known
    return vetted


@asked
def _table(scene: Scene) -> dict[Socket, list[_Leaving]]:
    table: dict[Socket, list[_Leaving]] = {}
    for function in carriers(scene).functions:
        for node in own_in(function.body):
            for part, where in _leave(scene, node):
                for message in parts_of(scene, part):
                    if message.path and where is _AS_STATE:
                        continue
                    what = f"`{scene.text(part)}`" if message.path else "a message"
                    found = (part, message, f"{what} {where}")
                    table.setdefault(message.socket, []).append(found)
    return table


def _leave(scene: Scene, node: Node) -> Iterator[tuple[nodes.Expression, str]]:
    match node:
        case nodes.Call() if node.arguments and _is_outside(scene, node):
            name = scene.text(node.function)
            for argument in node.arguments:
                yield argument.value, f"goes to `{name}`, which is not in sight"
        case nodes.Call() if (write := write_of(scene, node)) is not None:
            if write.kind != "query" and write.value is not None:
                yield write.value, _AS_STATE
        case nodes.Bind(target=target, value=value) if value is not None:
            if isinstance(target, nodes.Member | nodes.Index) and not _shows(
                scene, target
            ):
                yield value, f"is kept in `{scene.text(target)}`, which is not followed"
        case nodes.Assign(target=nodes.Member() | nodes.Index() as target, value=value):
            if not _shows(scene, target):
                yield value, f"is kept in `{scene.text(target)}`, which is not followed"
        case _:
            return


def _shows(scene: Scene, target: nodes.Expression) -> bool:
    return isinstance(target, nodes.Member) and target.name in scene.dialects.spoken(
        "shown-as-text"
    )


def _is_outside(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call hands what it is given to code that is not followed."""
    name = last_name(call.function)
    if (
        leaves_trace(name)
        or scene.dialects.speaks("quiet", name)
        or scene.use(call) is not None
    ):
        return False
    if write_of(scene, call) is not None or validator_of(scene, call) is not None:
        return False
    if any(scene.word(kind, call) for kind in ("parse", "encode")):
        return False
    if heard(scene, call):
        return False
    found = scene.program.values(call.function)
    if any(isinstance(value, values.ClassRef) for value in found):
        return not all(
            isinstance(value, values.ClassRef) and is_model(scene, value.node)
            for value in found
        )
    return not any(isinstance(value, values.Func) for value in found)
