"""Heavy work: what a page does for each message, and takes longer every time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import put_in
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.feeds import started
from wsaudit.analysis.feeds.parts import parts
from wsaudit.analysis.order import outlasts
from wsaudit.analysis.origins import meant
from wsaudit.analysis.runs import spread
from wsaudit.analysis.states import writes_in
from wsaudit.connections.capabilities import capability
from wsaudit.model import Seen, Side
from wsaudit.model.states import Heavy, HeavyHow, MessageWork
from wsaudit.nouns.errors.boundaries import FATAL
from wsaudit.program import tree
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.runs import Below
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell
    from wsaudit.syntax.nodes import Node

MAKES = (MessageWork,)

_SORTS = frozenset({"sort", "toSorted"})


def find(scene: Scene) -> Iterator[MessageWork]:
    """One fact for each client of a page that handles messages."""
    for socket in scene.sockets:
        fact = socket.fact
        python = scene.program.module_of(socket.site).language == "python"
        if (
            fact.side is not Side.CLIENT
            or not fact.judged
            or python
            or fact.node_server
        ):
            continue
        starts = started(scene, socket)
        if starts and not _is_of_node(scene, socket):
            ran = _ran(scene, starts)
            yield MessageWork(
                at=scene.place(starts[0]),
                connections=(fact,),
                heavy=tuple(_heavy(scene, ran)),
                doubt="" if ran.whole else "there is more than was followed",
            )


def _is_of_node(scene: Scene, socket: Socket) -> bool:
    """Whether a library is one of Node, whose errors in listeners end the process."""
    fatal = capability(scene, socket, FATAL)
    return fatal is not None and fatal.seen is not Seen.ABSENT


def _ran(scene: Scene, starts: tuple[nodes.Function, ...]) -> Below:
    """What runs for a message, with the updaters of the states that it writes."""
    ran = spread(scene, starts, hows=AT_ONCE)
    updaters = [
        function
        for write in writes_in(scene, ran)
        if write.value is not None
        for function in scene.functions_of(write.value)
    ]
    return spread(scene, (*starts, *updaters), hows=AT_ONCE)


def _heavy(scene: Scene, ran: Below) -> Iterator[Heavy]:
    grown = _grown(scene, ran)
    for function in ran:
        for node in tree.own_of(function):
            for how, of in _works(scene, node):
                name = _kept(scene, of, grown)
                if name and isinstance(node, nodes.Call):
                    text = f"{scene.text(node.function)}()"
                    yield Heavy(scene.callee_place(node), how, text, name)
            yield from _on_page(scene, node)


def _works(scene: Scene, node: Node) -> Iterator[tuple[HeavyHow, nodes.Expression]]:
    """What a call copies, sorts or stores whole."""
    if not isinstance(node, nodes.Call):
        return
    word = scene.word("deep-copies", node)
    if word is not None and node.arguments:
        yield "copies", node.arguments[0].value
    if scene.word("parse", node) is not None and node.arguments:
        inner = tree.strip(node.arguments[0].value)
        if isinstance(inner, nodes.Call) and scene.word("encode", inner) is not None:
            yield "copies", inner.arguments[0].value
    if scene.word("stores", node) is not None and len(node.arguments) > 1:
        yield "stores", node.arguments[1].value
    match node.function:
        case nodes.Member(object=inner, name=name) if name in _SORTS:
            yield "sorts", inner
        case _:
            return


def _grown(scene: Scene, ran: Below) -> frozenset[Cell]:
    """The lists and maps to which messages add."""
    held = (change.cell(scene) for change in put_in(scene, ran))
    return frozenset(cell for cell in held if cell is not None and outlasts(cell, ran))


def _kept(scene: Scene, node: nodes.Expression, grown: frozenset[Cell]) -> str:
    """What an expression holds that stays and grows, "" where it is cut first."""
    node = meant(scene.program, node) or node
    found = ""
    for each in tree.walk(node):
        if isinstance(each, nodes.Call) and scene.says(
            "cuts", last_name(each.function)
        ):
            return ""
        if isinstance(each, nodes.Name | nodes.Member):
            cell = scene.program.cell(each)
            state = parts(scene, each)
            if state or cell in grown:
                found = found or scene.text(each)
    return found


def _on_page(scene: Scene, node: Node) -> Iterator[Heavy]:
    """``list.innerHTML += row``, which makes all that is in the list anew."""
    match node:
        case nodes.Bind(
            target=nodes.Member(object=inner, name="innerHTML") as target,
            op="+=",
            value=added,
        ) if not isinstance(added, nodes.Literal):
            of = scene.text(inner)
            yield Heavy(scene.place(target), "reparses", f"{of}.innerHTML", of)
        case _:
            return
