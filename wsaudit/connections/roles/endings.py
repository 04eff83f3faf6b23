"""Endings: messages after which a client closes, since the work is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.runs import below
from wsaudit.flow.conditions import holding
from wsaudit.model import Event
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

_DONE = re.compile(
    r"\[?(.*[_.:\s-])?(complete|completed|completion|done|finish|finished|end|ended|eof|"
    r"result|results|final|success|succeeded|stop|stopped)\]?",
    re.IGNORECASE | re.DOTALL,
)
DONE_NAME = re.compile(
    r"(is|has|on)?(complete|completed|done|finish|finished|end|ended|final|resolve|"
    r"success|result)",
    re.IGNORECASE,
)


def handled(scene: Scene, socket: Socket, *events: Event) -> list[nodes.Function]:
    """The functions that run when something happens to a socket."""
    found: dict[nodes.Function, None] = {}
    for attached in scene.handlers(socket, *events):
        for function in attached.functions:
            found.update(dict.fromkeys(below(scene, function)))
    return sorted(found, key=scene.place)


def closes_when_done(scene: Scene, socket: Socket) -> bool:
    """Whether a message that says the work is done makes the client close."""
    closing = {use.call for use in scene.uses_of(socket, "close")}
    closers = {scene.program.function_of(call) for call in closing}
    return any(
        call in closing or closers & set(scene.program.callees(call))
        for call in scene.calls_in(handled(scene, socket, Event.MESSAGE))
        if any(_says_done(scene, test) for test in _tests(scene, call))
    )


def _tests(scene: Scene, node: nodes.Node) -> Iterator[nodes.Expression]:
    """The tests that hold where a node runs, and the labels of its case."""
    for test, holds in holding(scene.program, node):
        unequal = isinstance(test, nodes.Binary) and test.op == "!="
        if holds is not unequal:
            yield test
    for around in tree.within(node, scene.program.parents):
        if isinstance(around, nodes.Case):
            yield from around.patterns


def _says_done(scene: Scene, test: nodes.Expression) -> bool:
    """``status === "completed"``, ``["done", "failed"].includes(status)``, ``done``."""
    match test:
        case nodes.Member(name=name):
            return bool(DONE_NAME.fullmatch(name)) and bool(messages(scene, test))
        case nodes.Logical(operands=parts):
            return any(_says_done(scene, part) for part in parts)
        case _:
            return any(_DONE.fullmatch(text) for text in texts(scene, test))


def texts(scene: Scene, test: nodes.Expression) -> Iterator[str]:
    """The strings that a test compares with."""
    match test:
        case nodes.Binary(op="==" | "!=" | "in", left=left, right=right):
            sides: tuple[nodes.Expression, ...] = (left, right)
        case nodes.Call(function=nodes.Member(object=inner, name="includes" | "has")):
            sides = (inner,)
        case _:
            sides = (test,)
    for side in sides:
        items: tuple[nodes.Expression, ...] = (side,)
        for value in scene.program.values(side):
            if isinstance(value, values.Seq):
                items = value.node.items
        for item in items:
            text = folding.fold_text(scene.program, item)
            if text is not None:
                yield text
