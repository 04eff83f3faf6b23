"""Reopening: whether anything opens a lost connection again, and by which way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import spread
from wsaudit.analysis.timers import Timer, timers
from wsaudit.analysis.triggers import (
    after,
    attributes,
    listeners,
    run_after,
    triggers,
)
from wsaudit.connections.capabilities import capability
from wsaudit.connections.escapes import escape_of
from wsaudit.flow.conditions import holding
from wsaudit.model import Event, Evidence, Role, Seen
from wsaudit.nouns.lifecycle.loops import receive_loops
from wsaudit.nouns.reconnection.climbs import Ascent, Climb, ascent
from wsaudit.nouns.reconnection.returns import Route, routes_back
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

_HARMLESS = re.compile(
    r"log|debug|info|warn|warning|error|exception|trace|print|table|count|record|report|"
    r"capture\w*|track\w*|assert|clear\w*|remove\w*|delete|discard|cancel\w*|abort|"
    r"clean\w*|dispose|destroy|stop\w*|close\w*|disconnect\w*|pause|release|"
    r"push|pop|add|set|get|has|keys|values|entries|join|split|trim|format|toString|"
    r"String|Number|Boolean|Error|Date|now|toast|alert|message|success|"
    r"removeEventListener|off|preventDefault|dispatch|\w*Error|JSON|stringify|parse",
    re.IGNORECASE,
)
_EMITS = frozenset(
    {
        "emit", "dispatchEvent", "postMessage", "publish", "trigger", "notify", "next",
        "fire", "reject", "resolve", "invoke", "call", "apply",
    }
)  # fmt: skip
_BROWSER_EVENTS = frozenset({"online", "visibilitychange", "focus", "pageshow"})
_PEERS = frozenset({"setRemoteDescription", "addIceCandidate"})
_ALIASES = 4
_CLICKS = frozenset({"click", "keydown", "keyup", "keypress", "submit", "change"})


@dataclass(frozen=True, slots=True, eq=False)
class Reopening:
    """Whether a lost connection is opened again, and the ways that do it.

    ``library`` when the library does. ``poller`` is an interval that looks after it.
    """

    evidence: Evidence
    routes: tuple[Route, ...] = ()
    climbs: tuple[Climb, ...] = ()
    library: bool = False
    poller: Timer | None = None


@asked
def reopening(scene: Scene, socket: Socket) -> Reopening:
    """How a client's socket comes back."""
    by_library = _library(scene, socket)
    if by_library is not None:
        return by_library
    routes = tuple(r for r in routes_back(scene, socket) if not _dead(scene, r.sites))
    if routes:
        first = routes[0].sites[0]
        seen = _present(scene, first, f"`{scene.text(first.function)}()` reopens it")
        return Reopening(seen, routes)
    above = ascent(scene, socket)
    python = _is_python(scene, socket)
    climbs = tuple(
        climb
        for climb in above.climbs
        if (python or _waits(scene, climb)) and not _dead(scene, climb.sites)
    )
    if any(climb.reopens and climb.survives for climb in climbs):
        around = next(c.around for c in climbs if c.reopens and c.survives)
        return Reopening(_present(scene, around, "a loop reopens it"), climbs=climbs)
    otherwise = None if python else _otherwise(scene, socket)
    return otherwise or Reopening(_missing(scene, socket, above), climbs=climbs)


def _present(scene: Scene, node: Node, why: str) -> Evidence:
    return Evidence(Seen.PRESENT, why, scene.place(node))


def _is_python(scene: Scene, socket: Socket) -> bool:
    return scene.program.module_of(socket.site).language == "python"


def _library(scene: Scene, socket: Socket) -> Reopening | None:
    """What the library does by itself; None when it does nothing."""
    cap = capability(scene, socket, "reconnect")
    if cap is not None and cap.seen is not Seen.ABSENT:
        title = scene.dialects.dialect(socket.dialect).dialect.title
        at = scene.place(cap.option) if cap.option is not None else socket.fact.at
        does = cap.seen is Seen.PRESENT
        why = f"{title} reconnects" if does else f"the options of {title}"
        return Reopening(Evidence(cap.seen, why, at), library=does)
    iterates = capability(scene, socket, "iterates_connections")
    if iterates is None or iterates.seen is not Seen.PRESENT:
        return None
    around = scene.program.parents.get(socket.site)
    if not isinstance(around, nodes.Loop) or around.source is not socket.site:
        return None
    why = "each turn of the loop is a new connection"
    return Reopening(_present(scene, around.source, why), library=True)


# -- gates -----------------------------------------------------------------------------


def _dead(scene: Scene, sites: Iterable[Node]) -> bool:
    """Whether a condition on the way is never met: an option that nobody sets."""
    return any(
        not _may_be(scene, test, holds=holds)
        for site in sites
        for test, holds in holding(scene.program, site)
    )


def _may_be(
    scene: Scene, test: nodes.Expression, *, holds: bool, depth: int = 0
) -> bool:
    """Whether a simple test may come out one way, by all that is given to it."""
    match test:
        case nodes.Logical(op="??" | "or", operands=operands) if holds:
            return any(
                _may_be(scene, each, holds=True, depth=depth) for each in operands
            )
        case nodes.Literal(value=value):
            return bool(value) is holds
        case nodes.Name() | nodes.Member():
            pass
        case _:
            return True
    meant = _meant(scene, test)
    if meant is not None and depth < _ALIASES:
        return _may_be(scene, meant, holds=holds, depth=depth + 1)
    if _is_unset(scene, test):
        return not holds
    if not holds and not _is_fixed(scene, test):
        # A variable or field may still be unset, whatever it is set to later.
        return True
    found = scene.program.values(test)
    return any(_possible(value) in {None, holds} for value in found)


def _is_unset(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a member is certainly undefined: of options that nobody gives it."""
    if not isinstance(node, nodes.Member):
        return False
    found = scene.program.values(node)
    if all(value == values.Unknown("no such key") for value in found):
        return True
    return _is_unset(scene, node.object)


def _is_fixed(scene: Scene, test: nodes.Name | nodes.Member) -> bool:
    """Whether a name is given its only value where it is declared."""
    binding = scene.program.binding(test) if isinstance(test, nodes.Name) else None
    return binding is not None and binding.constant


def _meant(
    scene: Scene, test: nodes.Name | nodes.Member
) -> nodes.Logical | nodes.Name | nodes.Member | None:
    """What a name stands for that is only another name for it."""
    binding = scene.program.binding(test) if isinstance(test, nodes.Name) else None
    if binding is None or not binding.constant:
        return None
    write = binding.writes[0]
    if write.kind != "assign" or write.path:
        return None
    value = write.value
    return (
        value if isinstance(value, nodes.Logical | nodes.Name | nodes.Member) else None
    )


def _possible(value: values.Value) -> bool | None:
    """The truth of a value, None when it may be either."""
    match value:
        case values.Const(value=constant):
            return bool(constant)
        case values.Unknown(reason="no such key"):
            return False
        case values.Unknown() | values.External() | values.Instance():
            return None
        case _:
            return True


# -- other ways --------------------------------------------------------------------


def _waits(scene: Scene, climb: Climb) -> bool:
    """In JavaScript only what is awaited takes the time of a connection."""
    return any(
        isinstance(around, nodes.Await)
        for site in climb.sites
        for around in tree.within(site, scene.program.parents)
    )


def _otherwise(scene: Scene, socket: Socket) -> Reopening | None:
    """An interval that looks after the connection, or an event of the browser."""
    if socket.creator is None:
        return None
    for timer in timers(scene):
        if timer.repeats and socket.creator in spread(scene, timer.functions):
            seen = _present(scene, timer.call, "an interval reopens it")
            return Reopening(seen, poller=timer)
    for one in listeners(scene):
        given = scene.functions_of(one.given)
        if one.event in _BROWSER_EVENTS and socket.creator in spread(scene, given):
            return Reopening(_present(scene, one.at, f"`{one.event}` reopens it"))
    return None


# -- nothing -----------------------------------------------------------------------


def _missing(scene: Scene, socket: Socket, above: Ascent) -> Evidence:
    """Absent, or why that cannot be told."""
    if socket.fact.partly_read:
        return Evidence(Seen.UNKNOWN, "its file was read in part only")
    if socket.fact.role is Role.LIBRARY:
        return Evidence(Seen.UNKNOWN, "whoever uses this package may reopen it")
    escape = escape_of(scene, socket)
    if escape:
        return Evidence(Seen.UNKNOWN, f"the socket is {escape}")
    if any(climb.reopens for climb in above.climbs):
        return Evidence(Seen.UNKNOWN, "what happens to the exception of a lost one")
    python = _is_python(scene, socket)
    if above.open_ended:
        why = f"nothing in sight calls `{above.open_ended}`"
        return Evidence(Seen.UNKNOWN, why)
    unseen = _after_reading(scene, socket) if python else _in_handlers(scene, socket)
    if unseen:
        return Evidence(Seen.UNKNOWN, unseen)
    if _signals(scene, socket):
        return Evidence(Seen.UNKNOWN, "it only sets up a connection between peers")
    by_hand = "" if python else _by_hand(scene, socket)
    if by_hand:
        return Evidence(Seen.UNKNOWN, f"only `{by_hand}` reopens it, on request")
    return Evidence(Seen.ABSENT)


def _signals(scene: Scene, socket: Socket) -> bool:
    """Whether its messages are for WebRTC, which goes on without the socket."""
    incoming = after(scene, socket, Event.MESSAGE)
    return any(last_name(call.function) in _PEERS for call in scene.calls_in(incoming))


def _in_handlers(scene: Scene, socket: Socket) -> str:
    """What the handlers of the end do that may reopen the socket out of sight."""
    for attached in scene.handlers(socket, Event.CLOSE, Event.ERROR):
        if not attached.resolved:
            return f"what `{attached.name}` runs"
    ending = after(scene, socket, Event.CLOSE, Event.ERROR)
    for call in scene.calls_in(ending):
        if unfollowed(scene, call):
            return f"what `{scene.text(call.function)}()` does"
    return ""


def _after_reading(scene: Scene, socket: Socket) -> str:
    """What a Python client does once its reading is over, that may reopen it."""
    for reading in receive_loops(scene):
        function = scene.program.function_of(reading.loop)
        if socket not in reading.sockets or function is None:
            continue
        for call in scene.calls_in((function,)):
            late = call.start > reading.loop.end or any(
                region.part in {"handler", "final"}
                for region in tree.tries(call, scene.program.parents)
            )
            if late and unfollowed(scene, call):
                return f"what `{scene.text(call.function)}()` does"
    return ""


def unfollowed(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call may run code of the project that is not in sight."""
    if scene.use(call) is not None:
        return False
    name = last_name(call.function)
    found = scene.program.values(call.function)
    if any(isinstance(v, values.Func | values.ClassRef) for v in found):
        return False
    if name in _EMITS:
        return True
    if _HARMLESS.fullmatch(name):
        return False
    return any(isinstance(value, values.Unknown) for value in found)


def _by_hand(scene: Scene, socket: Socket) -> str:
    """What a user does that opens the socket again: the name of what a click runs."""
    if socket.creator is None:
        return ""
    for one in triggers(scene, socket.creator):
        match one.at:
            case (
                nodes.Bind(target=nodes.Member(name=name))
                | nodes.Assign(target=nodes.Member(name=name))
            ) if name.removeprefix("on") in _CLICKS:
                return name
            case _:
                continue
    clicks = [one for one in listeners(scene) if one.event in _CLICKS]
    for path in sorted(_paths(scene, socket)):
        clicks += attributes(scene, path)
    for click in clicks:
        for function in scene.functions_of(click.given):
            if socket.creator in run_after(scene, (function,)):
                return scene.program.name_of(function) or click.event
    return ""


def _paths(scene: Scene, socket: Socket) -> set[str]:
    """The files in which a socket is made, used, or its maker is called."""
    found = {socket.fact.at.path}
    functions = {socket.creator, *socket.unit} - {None}
    for function in functions:
        if function is not None:
            found |= {scene.place(s).path for s in scene.program.callers(function)}
    return found
