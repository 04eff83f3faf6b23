"""The form of a dialect file: its tables and their keys, checked when it is loaded.

Names are canonical: ``starlette.websockets.WebSocket`` in Python, ``package#export`` in
JavaScript, ``global#name`` for what the browser or Node gives without an import.
"""

from __future__ import annotations

from typing import Literal as Only

import msgspec
from msgspec import Struct

Means = Only[
    "accept",
    "reject",
    "send",
    "receive",
    "iterate",
    "close",
    "ping",
    "pong",
    "listen",
    "unlisten",
    "connect",
    "run",
    "broadcast",
    "state",
    "last_message",
    "on_open",
    "on_message",
    "on_close",
    "on_error",
    "on_pong",
    "on_reconnect",
    "other",
]
"""What an operation or event does, in words that no library owns.

"run" connects, and returns when the connection has ended; its keywords are options.
"""


class DialectError(Exception):
    """A dialect file that does not have the form of one."""


class Checked(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Against which version the facts were checked, and on which day."""

    version: str
    on: str


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``dialect``: what the file is about.

    ``extends`` names dialects whose operations, events and capabilities hold too.
    ``packages`` are the distributions; ``modules`` Python's top-level packages whose
    import makes a file worth reading; ``screen`` the lower-case words one of which
    a file that uses the library must hold. ``other_events`` is what an event means
    that is not listed (socket.io's events are the application's own), ``event_param``
    the position of its message.
    """

    id: str
    title: str
    langs: tuple[Only["python", "typescript"], ...]
    role: Only["server", "client", "both", "runner", "vocabulary"]
    extends: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    screen: tuple[str, ...] = ()
    checked: Checked | None = None
    other_events: Means = "other"
    event_param: int = 0


class Recogniser(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``recognise``: where connections, endpoints and servers come from.

    ``binds``: "conn" (the call gives a client's connection), "hook" (a React hook that
    keeps one), "accepted" (the server's end, made inside its handler), "handler" (a
    function given the server's end), "server" (emits ``events`` with the server's end),
    "hub" (a server object that stands for all its connections; what ``handler_arg`` is
    an instance of answers its messages by its methods), "callbacks" (the handlers of
    the server's end lie in a record at ``handler_arg``, or in one that a function there
    gives; ``handlers`` is the way down to it),
    "route" (gives an HTTP handler, which may make a server's end, its path), "routes"
    (makes a server of a table of paths and handlers, and takes its options), "type" (an
    annotation alone). ``socket`` is the type of the end that a handler or event is
    given, ``socket_arg`` its position. The other ``…_arg`` are positions of arguments;
    the keywords are theirs. ``url_option`` is the address, or an endpoint's path, among
    the options. ``by_type`` names the dialects of other types of the end.

    ``carrier_arg`` and ``carrier_option`` are where a connection is handed the
    WebSocket that it runs over, or a function that makes it: both are one connection.
    ``context`` is the global name by which a handler that is given nothing knows its
    connection. A decorator stands above a function, or above a class whose methods are
    the handlers. A "plugin" is handed to ``use(plugin, …)``, and what it opens is known
    by ``members``: ``$socket`` is any member of that name, ``a.b`` one below another;
    ``handlers`` is the option of components that holds their handlers. ``needs`` is the
    option without which a route is no WebSocket's, ``before`` are those that hold what
    runs before its handler; a ``handler_arg`` of -1 is the last argument, and what
    stands between it and the path runs before it.
    """

    kind: Only["call", "new", "decorator", "base_class", "annotation", "plugin"]
    match: tuple[str, ...]
    binds: Only[
        "conn",
        "hook",
        "accepted",
        "handler",
        "server",
        "hub",
        "callbacks",
        "route",
        "routes",
        "type",
    ]
    url_arg: int | None = None
    options_arg: int | None = None
    path_arg: int | None = None
    handler_arg: int | None = None
    socket_arg: int = 0
    socket: str = ""
    url_option: str = ""
    carrier_arg: int | None = None
    carrier_option: str = ""
    context: str = ""
    handlers: str = ""
    by_type: dict[str, str] = {}
    needs: str = ""
    before: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    side: Only["", "server", "client"] = ""
    dialect: str = ""
    """Filled in by the loader: the id of the dialect."""


class Op(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``op``: an operation on a connection, by name.

    ``source``: "receiver" (``ws.send(x)``), "result" (destructured from a hook),
    "option" (a key of the options object), "override" (a method of a subclass;
    a name that ends in ``*`` stands for all that begin so), "decorator" (``@x.on(…)``).
    ``payload`` and ``code`` are argument positions; ``topic`` that of an event's name,
    ``url`` that of an address, ``path`` that of an endpoint's. An option's name may be
    a way down: ``on.closed``.
    ``encodes`` / ``decodes`` say what happens to the payload by itself.
    ``data`` and ``param`` say where a handler finds the message: the parameter, and the
    member of it; of a receive ``data`` is the member of what it gives, and ``decoder``
    the method of that which parses it. ``[]`` is the name of the loop over the
    connection itself. ``not_open`` is what a send does while the socket is not open.
    """

    name: str
    means: Means
    source: Only["receiver", "result", "option", "override", "decorator"] = "receiver"
    payload: int | None = None
    topic: int | None = None
    url: int | None = None
    path: int | None = None
    code: int | None = None
    reason: int | None = None
    encodes: Only["", "json", "text", "bytes"] = ""
    decodes: Only["", "json", "text", "bytes"] = ""
    param: int = 0
    data: str = ""
    decoder: str = ""
    awaited: bool = False
    not_open: Only["", "raise", "drop", "raise-or-drop", "queue"] = ""
    ends: Only["", "raises", "returns", "stops"] = ""
    """What a receive does once the peer is gone."""
    accepts: bool = False
    """Whether it accepts the handshake where nothing did before."""
    calls_back: bool = False
    """True for a send that tells a function among its arguments when it fails."""


class Event(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``event``: an event that handlers are attached to by name.

    ``names`` are spelled as in ``on("message", …)``; ``property`` as in ``onmessage``.
    ``param`` and ``data`` say where the handler finds the message, ``code`` the close
    code: a parameter position and, after a dot, the member (``0.code``).
    """

    names: tuple[str, ...]
    means: Means
    property: str = ""
    param: int = 0
    data: str = ""
    decodes: Only["", "json"] = ""
    code: str = ""


class Cap(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``cap``: something the library does by itself, or can be told to do.

    ``state``: "default" (holds unless ``option`` has a value of ``off_when``), "option"
    (holds only when ``option`` is set so that ``on_when`` is true), "never". ``option``
    is a key of the options argument (with dots into records), a keyword argument or a
    command line flag's name.
    ``made_by`` are the classes of which the option must be an instance. ``value`` is
    the default in ``unit``. ``requires`` are caps without which this one
    means nothing. ``evidence``: E executed, S read in the source, D documented; R
    recalled, which never acquits.
    """

    name: str
    state: Only["default", "option", "never"]
    source: str
    evidence: Only["E", "S", "D", "R"]
    option: str = ""
    on_when: Only["present", "truthy", "function", ""] = "truthy"
    off_when: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    value: int | float | str | bool | None = None
    unit: str = ""
    requires: tuple[str, ...] = ()


class Word(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``word``: names of one kind that a rule asks for.

    ``match`` are canonical names; ``*`` stands for one part of a name (a last one for
    all that follows), ``**`` for any number of parts, ``**()`` for any number of calls
    that are no word of this table, ``package#*`` for any export and what is below it.
    ``group`` tells words of a kind apart, ``takes`` is the position of the argument
    that matters (the callable of an offload, the data of a validator), ``label`` is
    what a message calls it.
    """

    kind: str
    match: tuple[str, ...]
    group: str = ""
    takes: int | None = None
    label: str = ""


class Says(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``says``: bare names of one kind, whatever they are called on.

    The kinds are those of ``language.toml``: ``append`` says "adds", ``warn`` "logs".
    For names that mean something only as this library's, there is ``word``.
    """

    kind: str
    names: tuple[str, ...]


class Flow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``flow``: how values travel through a library's functions.

    ``kind``: "state" (a call gives its argument and what sets it), "reducer" (so too,
    but what is set is worked out elsewhere), "ref" (a box; its types are names of it
    too), "state-of" and "setter-of" (as "state", of the atom at ``takes``: both, or
    only what sets it), "value-of" (what it holds), "atom" (makes one, whose first value
    is at ``takes``, or under ``key`` there), "options" (what makes a component or store
    of the record at ``takes``), "calls" (what the function at ``takes`` gives for the
    arguments that follow), "channel" (what the function at ``takes`` fills by calling
    what it is given), "channel-read" (what the channel at ``takes`` was filled with),
    "result" (what the function at ``takes`` returns), "instance" (one of the class at
    ``takes``), "injects" (as the default of a parameter: what the function or class at
    ``takes`` gives), "store" (a store whose state the function at ``takes`` makes of
    set, get and the store), "wraps-store" (hands such a function on to the store around
    it), "select" (a part of the state of a store, read by the function at ``takes``;
    ``store`` is the argument that is the store), "dispatch" (what sends actions to a
    store).
    """

    kind: Only[
        "state",
        "reducer",
        "ref",
        "state-of",
        "setter-of",
        "result",
        "instance",
        "injects",
        "store",
        "wraps-store",
        "select",
        "dispatch",
        "value-of",
        "atom",
        "options",
        "calls",
        "channel",
        "channel-read",
    ]
    match: tuple[str, ...]
    takes: int = 0
    store: int | None = None
    key: str = ""


class Runner(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``runner``: how a server program is started, for dialects of that role.

    ``commands`` are its names on a command line, ``calls`` the functions that start it
    in code, ``configs`` the classes whose attributes are its options, ``files`` its
    configuration files (with ``*``), ``workers`` the classes by which another program
    runs it, ``extras`` the requirements that bring it along. ``delegates`` are the
    options by which it leaves the serving to a worker.
    """

    commands: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    delegates: tuple[str, ...] = ()


class Gate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``gate``: a capability that is another one in versions ``below``.

    It holds only where the option has the value ``is``.
    """

    cap: str
    option: str
    is_: str = msgspec.field(name="is")
    below: str
    state: Only["default", "option", "never"]
    evidence: Only["E", "S", "D", "R"]
    source: str


class Pinned(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``pinned``: what is otherwise where a project asks for an old version.

    It holds for a ``package`` that must be ``below`` a version: ``alias`` are names
    that mean something else then, ``cap`` the capabilities that differ.
    """

    package: str
    below: str
    alias: dict[str, tuple[str, ...]] = {}
    cap: tuple[Cap, ...] = ()


class Makes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``makes``: a factory and the type that it gives.

    "receiver" is what the method was called on, as a builder's methods give it. "whole"
    says of a member that it stands for what it is a member of.
    """

    call: tuple[str, ...]
    gives: str


class Unknown(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Table ``unknown``: libraries with connections that no dialect describes.

    ``modules`` are Python's top-level packages, ``packages`` those of npm. ``general``
    ones do much else, so that only a file that speaks of WebSockets uses them for one.
    """

    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    general: bool = False


class Dialect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One dialect file."""

    dialect: Header
    recognise: tuple[Recogniser, ...] = ()
    op: tuple[Op, ...] = ()
    event: tuple[Event, ...] = ()
    cap: tuple[Cap, ...] = ()
    word: tuple[Word, ...] = ()
    kind: dict[str, str] = {}
    """The kinds of ``says`` that this dialect declares, and what each means."""
    says: tuple[Says, ...] = ()
    flow: tuple[Flow, ...] = ()
    makes: tuple[Makes, ...] = ()
    gate: tuple[Gate, ...] = ()
    pinned: tuple[Pinned, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    runner: Runner | None = None
    constant: dict[str, int | float | str] = {}
    """Canonical name -> the value that it stands for."""
    alias: dict[str, tuple[str, ...]] = {}
    """Canonical name -> the other names that the same thing has."""
    transparent: dict[str, int] = {}
    """Wrappers that hand back one of their arguments: ``"react#useCallback" = 0``."""
    iterates_itself: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    """What has attributes that are one for the whole program: ``app.state``."""

    @property
    def id(self) -> str:
        """The dialect's name in facts and reports."""
        return self.dialect.id

    @property
    def role(self) -> str:
        """Which end (or what else) it is."""
        return self.dialect.role
