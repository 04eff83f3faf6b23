"""Closes: what each client does when its connection is closed, and what it asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import reduce
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import caught_names
from wsaudit.analysis.cells import Write, writes
from wsaudit.analysis.effects import Does, effects
from wsaudit.analysis.runs import below
from wsaudit.analysis.states import writes_in
from wsaudit.connections.capabilities import capability
from wsaudit.flow.ways import breaks_off
from wsaudit.model import Event, Evidence, Seen, Side
from wsaudit.model.reconnection import CloseHandling
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.climbs import ascent
from wsaudit.nouns.reconnection.reasons import (
    asked,
    better,
    heeded,
    reads,
    tells,
    whys,
)
from wsaudit.nouns.reconnection.reopening import reopening
from wsaudit.program import folding, tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Attached, Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node


def closes(scene: Scene) -> Iterator[CloseHandling]:
    """How the clients that a program makes take the end of their connections."""
    for socket in scene.sockets:
        if socket.fact.side is not Side.CLIENT or socket.creation is None:
            continue
        if scene.program.module_of(socket.site).language == "python":
            yield from _caught(scene, socket)
        else:
            yield from _attached(scene, socket)


# -- handlers ------------------------------------------------------------------------


def _attached(scene: Scene, socket: Socket) -> Iterator[CloseHandling]:
    exposed = capability(scene, socket, "close_code_exposed")
    if exposed is not None and exposed.seen is Seen.ABSENT:
        return
    handlers = list(scene.handlers(socket, Event.CLOSE))
    evidence = asked(scene, socket, handlers)
    if evidence.absent and any(_told_before(scene, socket, one) for one in handlers):
        evidence = Evidence(Seen.UNKNOWN, "a message may have told why")
    if evidence.present:
        handlers = handlers[:1]
    decision = _decision(scene, socket)
    if decision is not None and not evidence.present:
        option, name, told = decision
        if told.present or not handlers:
            at = scene.place(option)
            yield _handling(scene, socket, at, name, told, chosen=True)
            return
        evidence = told if told.unknown else evidence
    if not handlers:
        return
    first = next((one for one in handlers if _shows(scene, one)), handlers[0])
    shows = any(_shows(scene, one) for one in handlers)
    place = head_of(scene, first.at)
    yield _handling(scene, socket, place, first.name, evidence, shows=shows)


def _handling(
    scene: Scene,
    socket: Socket,
    at: Place,
    event: str,
    evidence: Evidence,
    *,
    shows: bool = False,
    chosen: bool = False,
) -> CloseHandling:
    return CloseHandling(
        at=at,
        connections=(socket.fact,),
        event=event,
        reads=evidence,
        retries=reopening(scene, socket).evidence.present,
        shows=shows,
        library=not chosen and reopening(scene, socket).library,
    )


def head_of(scene: Scene, attaching: Node) -> Place:
    """What attaches: an assignment's target, a call's callee, an option's key."""
    match attaching:
        case nodes.Call() as call:
            return scene.callee_place(call)
        case nodes.Entry(key=nodes.Literal() as key):
            return scene.place(key)
        case node:
            return scene.place(node)


def _shows(scene: Scene, attached: Attached) -> bool:
    """Whether a handler changes what the page shows, or writes on it."""
    return any(
        next(writes_in(scene, below(scene, function)), None) is not None
        or any(
            effect.does is Does.SHOWS or _is_written_on(scene, effect.node)
            for effect in effects(scene, function)
        )
        for function in attached.functions
    )


def _is_written_on(scene: Scene, node: Node) -> bool:
    """``label.textContent = "lost"``."""
    match node:
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ):
            return scene.dialects.speaks("shows", name)
        case _:
            return False


def _told_before(scene: Scene, socket: Socket, attached: Attached) -> bool:
    """Whether a handler asks for what only messages of this socket set.

    A server may refuse by a message and close then: the end itself tells nothing new.
    """
    heard = {
        inner
        for one in scene.handlers(socket, Event.MESSAGE)
        for function in one.functions
        for inner in below(scene, function).near(1)
        if inner is function
        or all(
            scene.program.function_of(site) is function
            for site in scene.program.callers(inner)
        )
    }
    return any(
        isinstance(node, nodes.If) and _asks_for(scene, node.test, heard)
        for function in attached.functions
        for node in tree.own_of(function)
    )


def _asks_for(
    scene: Scene, test: nodes.Expression, heard: Collection[nodes.Function]
) -> bool:
    """Whether a test reads a flag that some functions alone set."""
    cells = {
        cell
        for part in tree.walk(test)
        if isinstance(part, nodes.Name | nodes.Member)
        and (cell := scene.program.cell(part)) is not None
    }
    for cell in cells:
        sets = [each for each in writes(scene, cell) if _sets(scene, each)]
        if sets and all(each.function in heard for each in sets):
            return True
    return False


def _sets(scene: Scene, write: Write) -> bool:
    """Whether a write does more than to begin anew, with nothing."""
    known = folding.fold(scene.program, write.value) if write.value else None
    return not write.first and (known is None or bool(known.value))


def _decision(
    scene: Scene, socket: Socket
) -> tuple[nodes.Expression, str, Evidence] | None:
    """The option in which the application decides by the close event, and its name."""
    cap = capability(scene, socket, "reconnect")
    if cap is None or cap.option is None:
        return None
    functions = scene.functions_of(cap.option)
    if not functions:
        return None
    found = [reads(scene, function, 0) for function in functions]
    return cap.option, cap.cap.option, reduce(better, found)


# -- exceptions ----------------------------------------------------------------------


def _caught(scene: Scene, socket: Socket) -> Iterator[CloseHandling]:
    """``except ConnectionClosed`` around a session that is then opened again."""
    if not reopening(scene, socket).evidence.present:
        return
    seen: dict[nodes.Handler, None] = {}
    for node in session_of(scene, socket):
        for region in tree.tries(node, scene.program.parents):
            if region.part == "body":
                seen.update(dict.fromkeys(region.statement.handlers))
    told = [h for h in seen if len(ends_named(scene, socket, h) & {"ok", "error"}) == 1]
    if told:
        why = "tells a clean end from a broken one"
        evidence = Evidence(Seen.PRESENT, why, handler_line(scene, told[0]))
        yield _of_exception(scene, socket, told[0], evidence)
        return
    for handler in seen:
        goes_on = not breaks_off(scene.program, handler.body, loop=True)
        if ends_named(scene, socket, handler) & {"both", "ok"} and goes_on:
            yield _of_exception(scene, socket, handler, _told(scene, handler))


def handler_line(scene: Scene, handler: nodes.Handler) -> Place:
    """The head of a handler of exceptions."""
    return scene.line_head(handler, handler.head_end)


def _of_exception(
    scene: Scene, socket: Socket, handler: nodes.Handler, evidence: Evidence
) -> CloseHandling:
    return CloseHandling(
        at=handler_line(scene, handler),
        connections=(socket.fact,),
        event=next(name for name, _ in _ends(scene, socket, handler)).rpartition(".")[
            2
        ],
        reads=evidence,
        retries=True,
        caught=True,
    )


def session_of(scene: Scene, socket: Socket) -> Iterator[Node]:
    """The loops that read from a socket, and the calls that lead to its creation."""
    for reading in receive_loops(scene):
        if socket in reading.sockets:
            yield reading.loop
    for route in ascent(scene, socket).routes:
        yield from route.sites


def ends_named(scene: Scene, socket: Socket, handler: nodes.Handler) -> set[str]:
    """Which ends of a connection a handler names: "both", "ok", "error"."""
    return {word for _, word in _ends(scene, socket, handler)}


def _ends(
    scene: Scene, socket: Socket, handler: nodes.Handler
) -> Iterator[tuple[str, str]]:
    """The exceptions of a socket's library that a handler names, and their ends."""
    modules = scene.dialects.dialect(socket.dialect).dialect.modules
    for name in caught_names(scene, handler):
        word = scene.dialects.match_word("disconnect", name)
        if word is not None and name.partition(".")[0] in modules:
            yield name, word.group


def _told(scene: Scene, handler: nodes.Handler) -> Evidence:
    """Whether a handler looks at the code, of the exception or of the socket."""
    caught = handler.target.id if isinstance(handler.target, nodes.Name) else ""
    best = Evidence(Seen.ABSENT)
    for node in tree.own_in(handler.body):
        match node:
            case nodes.Member(name=name) if name in whys(scene):
                best = better(best, heeded(scene, node))
            case nodes.Call(arguments=arguments) if caught:
                given = [a.value for a in arguments if isinstance(a.value, nodes.Name)]
                handed = any(name.id == caught for name in given)
                if handed and not tells(scene, node):
                    why = f"what `{scene.text(node.function)}()` does"
                    best = better(best, Evidence(Seen.UNKNOWN, why))
            case _:
                continue
    return best
