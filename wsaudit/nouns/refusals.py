"""Refusals of servers, and the close codes that clients ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.closing import close_code
from wsaudit.model import Seen
from wsaudit.model.handshake import CodeTest, Refusal
from wsaudit.nouns.lifecycle.closecodes import compared_codes
from wsaudit.nouns.lifecycle.handshakes import Refused, refusals
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.model import Fact

MAKES = (Refusal, CodeTest)

_ORDER = (Seen.ABSENT, Seen.UNKNOWN, Seen.PRESENT)


def find(scene: Scene) -> Iterator[Fact]:
    """Every refusal with a code, once, and every test of a close code."""
    by_node: dict[nodes.Call, list[Refused]] = {}
    for each in refusals(scene):
        by_node.setdefault(each.node, []).append(each)
    early = {
        node
        for node, found in by_node.items()
        if all(one.accepted.absent for one in found)
    }
    later = _later(scene, early)
    for node, found in by_node.items():
        worst = min(found, key=lambda one: _ORDER.index(one.accepted.seen))
        same = [one for one in found if one.accepted.seen is worst.accepted.seen]
        yield Refusal(
            at=scene.callee_place(node),
            connections=tuple(dict.fromkeys(one.socket.fact for one in same)),
            code=worst.code,
            reason=worst.reason,
            text=scene.text(node.function),
            accepted=worst.accepted,
            also_later=worst.code in later,
        )
    for compared in compared_codes(scene):
        yield CodeTest(
            at=scene.place(compared.node),
            connections=(compared.socket.fact,),
            code=compared.code,
            listed=isinstance(scene.program.parents.get(compared.node), nodes.Sequence),
        )


def _later(scene: Scene, early: set[nodes.Call]) -> set[int]:
    """The codes with which sockets are closed after their handshake, somewhere."""
    codes = {
        close_code(scene, use)
        for use in scene.uses
        if use.op.means == "close" and use.call not in early
    }
    return {code for code in codes if code}
