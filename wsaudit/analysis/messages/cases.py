"""Cases: where messages are told apart, and by which constants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Socket

Form = Only["switch", "if", "filter", "table", "guard", "isinstance", "event"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The values that one test is for, and the statements that it lets them run into.

    ``complete`` is false when some of the values do not fold.
    """

    values: tuple[str, ...]
    node: nodes.Node
    body: tuple[nodes.Statement, ...] = ()
    complete: bool = True
    prefix: bool = False
    handles: bool = False
    """True when it is an object of its own that handles the kind."""


@dataclass(slots=True, eq=False)
class DispatchSite:
    """One place where messages are told apart: tests of one key that stand together.

    ``path`` leads to what they compare from the whole message (empty for commands that
    are plain text). ``complete`` is false when some values or the table itself are not
    known. ``inside`` is the dispatch in one of whose cases this one stands.
    """

    sockets: tuple[Socket, ...]
    messages: tuple[Message, ...]
    path: tuple[str, ...]
    form: Form
    cases: tuple[Case, ...]
    head: nodes.Node
    function: nodes.Function | None
    complete: bool = True
    inside: DispatchSite | None = None

    @property
    def message(self) -> Message:
        """The first of the messages that it compares."""
        return self.messages[0]

    @property
    def values(self) -> tuple[str, ...]:
        """Every value that some case is for, each once."""
        return tuple(dict.fromkeys(v for case in self.cases for v in case.values))


@dataclass(frozen=True, slots=True)
class Handled:
    """What a socket's dispatches know of.

    ``path`` is its discriminator, ``values`` the union over its ``sites``.
    """

    path: tuple[str, ...]
    values: frozenset[str]
    sites: tuple[DispatchSite, ...]
