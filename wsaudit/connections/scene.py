"""The scene: sockets, what is done with them, and the code that belongs to each.

This is what the analyses and the noun families share while they recognise; what
`wsaudit.recognise` hands out are the model's nouns only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from wsaudit.model import Declared, Event, Side
from wsaudit.program import tree, values
from wsaudit.program.asked import Memory
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects, Op, Word
    from wsaudit.model import Connection, Endpoint
    from wsaudit.program import Program
    from wsaudit.source import Place

N = TypeVar("N", bound=Node)
EVENTS = {
    "on_open": Event.OPEN,
    "on_message": Event.MESSAGE,
    "on_close": Event.CLOSE,
    "on_error": Event.ERROR,
}


@dataclass(slots=True, eq=False)
class Use:
    """A call of an operation on one or more sockets; ``op`` says what it means."""

    call: nodes.Call
    op: Op
    sockets: tuple[Socket, ...]
    receiver: nodes.Expression


@dataclass(slots=True, eq=False)
class Attached:
    """Functions attached to an event of sockets.

    ``name`` is the event as written ("message", "onclose", "user-joined"), ``at`` the
    assignment, call, option or method that attaches, ``resolved`` false when some of
    what is attached could not be followed. ``detaches`` for ``ws.onclose = null``.
    """

    event: Event
    name: str
    at: Node
    functions: tuple[nodes.Function, ...]
    sockets: tuple[Socket, ...]
    resolved: bool = True
    detaches: bool = False
    message: int | None = None
    """The parameter that is the message, where the code says so itself; -1 for none."""


@dataclass(slots=True, eq=False)
class Socket:
    """One place where sockets come from, with everything that touches them.

    ``site`` is the identity: the creating call, the parameter or the annotation that
    values point back to. ``creation`` is the creating call of a client.
    """

    site: Node
    of: str
    dialect: str
    fact: Connection
    creation: nodes.Call | None = None
    creator: nodes.Function | None = None
    url: nodes.Expression | None = None
    options: nodes.Expression | None = None
    configured: nodes.Call | None = None
    """The call whose options hold for an end that a handler is given: ``serve(f)``."""
    endpoint: Endpoint | None = None
    carrier: nodes.Expression | None = None
    """What gives the WebSocket that a client runs over."""
    router: Node | None = None
    """The router or application that the endpoint was registered with, if known."""
    before: tuple[nodes.Expression, ...] = ()
    """What a route is given to run before its endpoint."""
    context: str = ""
    """The global name by which code that is not given it knows it."""
    hub: bool = False
    """Whether it is a server object that stands for all its connections."""
    entry: nodes.Function | None = None
    """The endpoint's function, or the callback that is given the socket."""
    cls: nodes.ClassDef | None = None
    """The endpoint's class, where the server end is a class."""
    uses: list[Use] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    unit: frozenset[nodes.Function] = frozenset()


@dataclass(slots=True, eq=False)
class Scene:
    """Everything recognised about sockets so far; see the module's docstring."""

    program: Program
    dialects: Dialects
    declared: Declared = field(default_factory=Declared)
    """What comments to wsaudit and the configuration declare."""
    sockets: list[Socket] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    by_site: dict[Node, Socket] = field(default_factory=dict)
    served: dict[Node, Socket] = field(default_factory=dict)
    """The end that a server object's callback is given, by where the object is made."""
    routers: dict[Endpoint, Node | None] = field(default_factory=dict)
    """What an endpoint was registered with; None when that is not known."""
    use_of_call: dict[nodes.Call, Use] = field(default_factory=dict)
    attached_of: dict[nodes.Parameter, list[Attached]] = field(default_factory=dict)
    """The events that fill a parameter; see `wsaudit.analysis.messages.held`."""
    memory: Memory = field(init=False)
    """What was asked of the scene; see `wsaudit.program.asked`."""

    def __post_init__(self) -> None:
        self.memory = Memory(self.program.memory.answers)

    def catch_up(self) -> None:
        """Drop the answers that did not know of a seed of the program yet."""
        if self.program.catch_up():
            self.memory.forget()

    # -- questions the families ask ------------------------------------------------

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return self.program.place_of(node)

    def clients(self) -> list[Socket]:
        """The clients that are judged, and whose creation is in sight."""
        return [
            socket
            for socket in self.sockets
            if socket.fact.side is Side.CLIENT
            and socket.fact.judged
            and socket.creation is not None
        ]

    def line_head(self, node: Node, end: int) -> Place:
        """A place from a node's start to ``end``: the head of a loop or handler."""
        whole = self.program.place_of(node)
        return type(whole)(whole.path, whole.start, min(end, whole.end))

    def name_place(self, definition: nodes.FunctionDef | nodes.ClassDef) -> Place:
        """Where a function or class is given its name."""
        whole = self.program.place_of(definition)
        start = definition.name_start
        return type(whole)(whole.path, start, start + len(definition.name.encode()))

    def point(self, node: Node) -> Place:
        """A small token to point at: the callee of a call, any other node whole."""
        if isinstance(node, nodes.Call):
            return self.callee_place(node)
        return self.place(node)

    def callee_place(self, call: nodes.Call) -> Place:
        """The callee of a call without its arguments: a small token to point at."""
        whole = self.program.place_of(call)
        return type(whole)(whole.path, call.function.start, call.function.end)

    def text(self, node: nodes.Expression) -> str:
        """A short name for an expression, as the code writes it."""
        return written(node)

    def sockets_of(self, node: nodes.Expression) -> tuple[Socket, ...]:
        """The sockets an expression may be."""
        found: dict[Socket, None] = {}
        for value in self.program.values(node):
            if (
                isinstance(value, values.Instance)
                and value.site in self.by_site
                and not value.of.endswith("[]")  # A message of a loop over it.
            ):
                found[self.by_site[value.site]] = None
        return tuple(found)

    def use(self, call: nodes.Call) -> Use | None:
        """The socket operation that a call is, if it is one."""
        return self.use_of_call.get(call)

    def uses_of(self, socket: Socket, *means: str) -> Iterator[Use]:
        """The operations on a socket of the given meanings ("send", "close", …)."""
        return (use for use in socket.uses if use.op.means in means)

    def handlers(self, socket: Socket, *events: Event) -> Iterator[Attached]:
        """What is attached to events of a socket, detachments left out."""
        return (
            attached
            for attached in socket.attached
            if attached.event in events and not attached.detaches
        )

    def in_order(self, found: Iterable[N]) -> Iterable[N]:
        """Nodes as they come, those of a set in order of place."""
        ordered = not isinstance(found, AbstractSet)
        return found if ordered else sorted(found, key=self.place)

    def calls_in(self, functions: Iterable[nodes.Function]) -> Iterator[nodes.Call]:
        """The calls that stand directly in some functions; of a set, in order."""
        for function in self.in_order(functions):
            for node in tree.own_of(function):
                if isinstance(node, nodes.Call):
                    yield node

    def names(self, call: nodes.Call) -> tuple[str, ...]:
        """The canonical library names a call may mean."""
        return self.program.called(call)

    def word(self, kind: str, call: nodes.Call) -> Word | None:
        """The dialects' word of a kind that a call is, if it is one."""
        for name in self.program.called(call):
            found = self.dialects.match_word(kind, name)
            if found is not None:
                return found
        return None

    def says(self, kind: str, name: object) -> bool:
        """Whether a bare name says something: ``says("adds", "append")``."""
        return name in self.dialects.spoken(kind)

    def functions_of(self, node: nodes.Expression) -> tuple[nodes.Function, ...]:
        """The project functions that an expression may be."""
        return tuple(
            value.function
            for value in self.program.values(node)
            if isinstance(value, values.Func)
        )


def add(scene: Scene, socket: Socket) -> None:
    """Note a socket and the site it is known by."""
    scene.sockets.append(socket)
    scene.by_site[socket.site] = socket


def attach(scene: Scene, attached: Attached) -> None:
    """Note what is attached to an event of sockets."""
    scene.attached.append(attached)
    for socket in attached.sockets:
        socket.attached.append(attached)


def restate(scene: Scene, socket: Socket, fact: Connection) -> None:
    """Give a socket (and its endpoint) a completed fact; before facts refer to it."""
    socket.fact = fact
    if socket.endpoint is not None:
        place = scene.endpoints.index(socket.endpoint)
        socket.endpoint = replace(socket.endpoint, connections=(fact,))
        scene.endpoints[place] = socket.endpoint


def written(node: nodes.Expression) -> str:
    """A short name for an expression, as the code writes it."""
    match node:
        case nodes.Name(id=name):
            return name
        case nodes.Member(object=inner, name=name, optional=optional):
            return f"{written(inner)}{'?.' if optional else '.'}{name}"
        case nodes.Call(function=function):
            return f"{written(function)}()"
        case nodes.Index(object=inner):
            return f"{written(inner)}[…]"
        case nodes.Cast(value=inner) | nodes.Await(value=inner):
            return written(inner)
        case nodes.Literal(value=str() as text):
            return repr(text) if len(text) < 30 else "…"
        case _:
            return "…"
