"""States: what messages write into the state that a page shows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Only

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True)
class Loss:
    """A record that takes the place of one with more in it.

    ``name`` is what is replaced ("doc"), "" for the whole state. ``lost`` are what it
    has not, and ``declared`` is where the first of them is known from. ``functions``
    when they are a store's own functions.
    """

    at: Place
    name: str
    lost: tuple[str, ...]
    declared: Place
    functions: bool = False


CopyHow = Only["initial", "effect", "both", "partly"]


@dataclass(frozen=True, slots=True)
class StateCopy:
    """The state of a component, ``name``, that holds a part of a store too.

    ``of`` is that part. ``how``: the copy is its first value ("initial"), an "effect"
    makes it follow, or messages write "both", "partly" if one at ``alone`` does not.
    """

    at: Place
    name: str
    of: str
    how: CopyHow
    alone: Place | None = None


@dataclass(frozen=True, slots=True)
class Optimistic:
    """What an action of the user writes beside a send, before the server agrees.

    ``guarded`` is whether anything is asked before a message overwrites it.
    """

    at: Place
    name: str
    function: str
    guarded: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StateWrite(Fact):
    """A call that writes client state and runs because of messages.

    ``text`` is the callee as written. ``losses`` are the records that it replaces with
    less, ``merges`` says how it keeps the rest of one, "" where it writes none.
    ``renews`` when it gives a new array, map or record instead of changing the old one.
    ``stored`` when it is a store's state, of which ``copies`` are kept elsewhere; each
    copy is told with one write. ``overwrites`` is what the user has done meanwhile.
    """

    text: str
    losses: tuple[Loss, ...] = ()
    merges: str = ""
    renews: bool = False
    stored: bool = False
    copies: tuple[StateCopy, ...] = ()
    overwrites: Optimistic | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Selector(Fact):
    """What a component selects from a store that messages write.

    ``makes`` is what is new on every call: "array", "object", "" for a part of the
    state; ``fallback`` when only in the place of a part that is not there.
    ``compared`` says by whom its parts are compared, ``remembered`` when the
    store's hook keeps what it gave until the state changes.
    """

    makes: str
    fallback: bool = False
    compared: str = ""
    remembered: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StateChange(Fact):
    """A change in place of what was read from a state, because of a message.

    ``name`` is the part that changes ("byId", "doc.title"), ``told`` present where
    those who show it hear of it nevertheless.
    """

    name: str
    told: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Freshness(Fact):
    """Where a page shows what messages bring, while the connection's state is known.

    ``name`` is what is shown, ``component`` who shows it, ``told`` whether that one
    shows as well how old it is.
    """

    name: str
    component: str
    told: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tabs(Fact):
    """The pages of a project, whose state messages write and the user changes too.

    ``name`` is such a state; at ``edited`` the user's own page writes it, which
    ``how`` says. ``joined`` is what else makes the tabs agree, the server left out.
    """

    name: str
    edited: Place
    how: str
    joined: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class History(Fact):
    """What lets the user undo, over a state that messages write as well.

    ``at`` is where the old state is put back, or where the store is given its history.
    ``names`` are the parts of the state that are both in the history and written by
    messages; ``spared`` says how the code keeps the two apart.
    """

    names: tuple[str, ...]
    spared: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Growth(Fact):
    """A list that messages add to, ``name``; ``limited`` whether it is kept small."""

    name: str
    limited: Evidence


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LastMessage(Fact):
    """How a client's messages get to the code that handles them.

    ``each`` is whether every one does. Absent, they are overwritten in the state
    ``name``, which an effect watches that calls ``writes``, at the place of ``each``.
    ``newest`` when that only wants the newest one, ``flushed`` when the library renders
    after each message.
    """

    each: Evidence
    name: str = ""
    writes: str = ""
    newest: bool = False
    flushed: bool = False

    @property
    def owner(self) -> object:
        """Each effect is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True)
class SideEffect:
    """What an updater does beside working out a value.

    ``how``: it "sends", "opens" or "closes" a connection, starts a timer that does
    ("schedules"), or fills a queue ("queues"); ``text`` is the call as written.
    """

    at: Place
    how: Only["sends", "opens", "closes", "schedules", "queues"]
    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Updater(Fact):
    """A function that React calls to work out a state; ``at`` is what it is given to.

    ``effects`` are what it does to connections.
    """

    text: str
    effects: tuple[SideEffect, ...] = ()


HeavyHow = Only["copies", "sorts", "stores", "reparses"]


@dataclass(frozen=True, slots=True)
class Heavy:
    """Work whose cost grows with what there is, ``name``; ``text`` is the call.

    It "copies" or "sorts" all of it, or "stores" it on the disk; or it "reparses" all
    that an element shows.
    """

    at: Place
    how: HeavyHow
    text: str
    name: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MessageWork(Fact):
    """What a page does for each message before anything else may run.

    ``at`` is the first handler. ``heavy`` is what of it grows, ``doubt`` why there may
    be more.
    """

    heavy: tuple[Heavy, ...]
    doubt: str = ""
