"""Overwrites: sockets that are put where another one, still open, is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Cell, kept_in, mentions, name_of, sets_up, writes
from wsaudit.analysis.edges import AT_ONCE
from wsaudit.analysis.runs import callers_of, spread
from wsaudit.analysis.triggers import after, effects_of, triggers
from wsaudit.connections.capabilities import capability
from wsaudit.flow.conditions import Known, deciding, known
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.model.delivery import Standing
from wsaudit.model.lifecycle import Overwrite
from wsaudit.nouns.sending.opentests import says
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (Overwrite,)

_KEPT = frozenset({"ref", "field", "variable", "slot"})
_AGAIN = frozenset({"event", "timer", "interval", "message"})


def find(scene: Scene) -> Iterator[Overwrite]:
    """One fact for each client that is put where another one may be."""
    for socket in scene.clients():
        if socket.fact.role is not Role.ONE_SHOT and not _is_owned(scene, socket):
            made = _overwrite(scene, socket)
            if made is not None:
                yield made


def _is_owned(scene: Scene, socket: Socket) -> bool:
    """Whether a library opens again by itself, and a component's hook owns it."""
    found = capability(scene, socket, "hook_cleanup")
    return found is not None and found.seen is Seen.PRESENT


def _overwrite(scene: Scene, socket: Socket) -> Overwrite | None:
    creation, creator = socket.creation, socket.creator
    holder = _holder(scene, socket)
    if creation is None or creator is None or holder is None:
        return None
    again = _again(scene, socket, creator)
    if again is None:
        return None
    return Overwrite(
        at=scene.place(creation),
        connections=(socket.fact,),
        holder=name_of(scene, holder, "the variable"),
        function=scene.program.name_of(creator) or "this",
        again=scene.callee_place(again),
        former=_former(scene, socket, holder, creator, again),
        only_open=_only_open(scene, socket, creation),
    )


def _holder(scene: Scene, socket: Socket) -> Cell | None:
    """The place outside of the function that makes a socket in which it is kept."""
    for cell in kept_in(scene, socket.creation):
        if cell.kind not in _KEPT:
            continue
        if cell.kind == "variable":
            scope = getattr(getattr(cell.owner, "scope", None), "function_scope", None)
            if scope is None or scope().node is socket.creator:
                continue
        if cell.kind == "field" and sets_up(scene.program, socket.site):
            continue
        return cell
    return None


def _again(scene: Scene, socket: Socket, creator: nodes.Function) -> nodes.Call | None:
    """A call that may make another socket while the first one is open.

    The start of an object or page is none, nor what runs after the end of a socket, nor
    an effect, whose cleanup is asked for elsewhere.
    """
    ended = after(scene, socket, Event.CLOSE, Event.ERROR)
    effects = {
        function
        for effect in effects_of(scene, socket)
        for function in (effect.callback, *effect.cleanups)
    }
    for site in callers_of(scene, creator):
        home = scene.program.function_of(site)
        if home is None or home in ended or home in effects or home is creator:
            continue
        if scene.program.callees(site) not in ((), (creator,)):
            continue  # One of several classes, and it is not known which it starts.
        if sets_up(scene.program, site) or (
            creator in ended and not _is_event(scene, home)
        ):
            continue
        if _is_event(scene, home):
            return site
    return None


def _is_event(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function runs at what comes again: clicks, timers, the network."""
    return any(one.kind in _AGAIN for one in triggers(scene, function))


# -- what becomes of the former --------------------------------------------------------


def _former(
    scene: Scene,
    socket: Socket,
    holder: Cell,
    creator: nodes.Function,
    again: nodes.Call,
) -> Evidence:
    """Whether the socket that was there is closed, or kept instead of another one."""
    for node in (socket.site, again):
        for test in deciding(scene.program, node):
            if mentions(scene, test, holder) or _is_flag(scene, creator, test):
                why = "it is asked first whether there is one"
                return Evidence(Seen.PRESENT, why, scene.place(test))
    around = scene.program.parents.get(socket.site)
    if isinstance(around, nodes.Logical | nodes.Conditional):
        return Evidence(Seen.PRESENT, "it is made only where there is none")
    answered = after(scene, socket, Event.MESSAGE)
    starts = [creator, *_around(scene, again)]
    run = spread(scene, starts, hows=AT_ONCE, deep=2)
    for use in scene.uses_of(socket, "close"):
        home = scene.program.function_of(use.call)
        own = home is creator and use.call.start > socket.site.start
        if home in run and not own:
            why = "the one before is closed"
            return Evidence(Seen.PRESENT, why, scene.place(use.call))
        if home in answered:
            why = "it is closed by its last message"
            return Evidence(Seen.PRESENT, why, scene.place(use.call))
    return Evidence(Seen.ABSENT)


def _around(scene: Scene, again: nodes.Call) -> Iterator[nodes.Function]:
    home = scene.program.function_of(again)
    if home is not None:
        yield home


def _is_flag(scene: Scene, creator: nodes.Function, test: Node) -> bool:
    """Whether a test asks for what the function itself writes: ``connecting``."""
    for part in tree.walk(test):
        if isinstance(part, nodes.Name | nodes.Member):
            cell = scene.program.cell(part)
            if cell is not None and any(
                write.function is creator and not write.first
                for write in writes(scene, cell)
            ):
                return True
    return False


def _only_open(scene: Scene, socket: Socket, creation: nodes.Call) -> bool:
    """Whether only an open socket is kept, and one that still connects is not."""
    found = [
        one
        for one in known(scene.program, creation)
        if says(scene, Known(one.test, not one.holds), (socket,)) is Standing.OPEN
    ]
    home = scene.program.function_of(creation)
    return bool(found) and not any(
        isinstance(part, nodes.Member) and part.name == "CONNECTING"
        for part in (tree.own_of(home) if home is not None else ())
        if part.start < creation.start
    )
