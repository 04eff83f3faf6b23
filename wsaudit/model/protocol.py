"""The protocol: which client talks to which endpoint, and what the two say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Connection, Endpoint, Evidence, Fact
from wsaudit.source import Place


class Pairing(StrEnum):
    """How a client and an endpoint were found to belong together."""

    PATH = "path"
    ONLY_ONE = "only one"
    TOLD = "told"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pair(Fact):
    """A client and an endpoint that it talks to; ``at`` is where the client connects.

    ``connections`` are the client's end and the server's.
    """

    endpoint: Endpoint
    client: Connection
    pairing: Pairing


@dataclass(frozen=True, slots=True)
class Said:
    """A constant that a message carries under a key, and where the code says it.

    ``key`` is the top-level key, "" where the whole text or the event's name is the
    constant; ``at`` is where the value is put in, ``text`` the call that sends it.
    """

    key: str
    value: str
    at: Place
    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Speech(Fact):
    """What the code of an end sends; ``at`` is the endpoint or the client.

    ``open`` says why it may send more than ``said`` tells, "" when all is known.
    ``modelled`` when some of it is made of classes that say which fields there are.
    """

    said: tuple[Said, ...]
    open: str = ""
    modelled: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hearing(Fact):
    """What an end tells apart; ``at`` is the dispatch (or, without one, the end).

    ``path`` leads to the discriminator, ``values`` are those that some case is for,
    ``prefixes`` those that a text need only begin with.
    ``rest`` says what becomes of others: "none", "empty", "returns", "logs", "throws",
    "answers", "acts". ``open`` says why others may be handled too, "" when they
    certainly are not. ``deaf`` says why nothing that comes in has any effect.
    """

    path: tuple[str, ...]
    values: frozenset[str]
    rest: str
    open: str = ""
    prefixes: frozenset[str] = frozenset()
    deaf: str = ""

    def knows(self, value: str) -> bool:
        """Whether some case is for a value."""
        return value in self.values or any(map(value.startswith, self.prefixes))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Talk(Fact):
    """What goes one way between an endpoint and who talks to it."""

    endpoint: Endpoint
    speech: Speech
    hearing: Hearing

    @property
    def key(self) -> str | None:
        """The key that messages are told apart by, None if it is not one key."""
        path = self.hearing.path
        return None if len(path) > 1 else "".join(path)

    @property
    def spoken(self) -> tuple[Said, ...]:
        """What is said under the key that the other end looks at."""
        return tuple(said for said in self.speech.said if said.key == self.key)

    @property
    def unheard(self) -> tuple[Said, ...]:
        """What one end says and the other has no case for, each value once."""
        found: dict[str, Said] = {}
        for said in self.spoken:
            if not self.hearing.knows(said.value):
                found.setdefault(said.value, said)
        return tuple(found[value] for value in sorted(found))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Channel(Talk):
    """What an endpoint sends to one client; ``at`` is where the client hears.

    ``connections`` are the client's end and the server's. ``elsewhere`` are the values
    that other clients of the same endpoint handle.
    """

    client: Connection
    pairing: Pairing
    elsewhere: frozenset[str] = frozenset()

    @property
    def owner(self) -> Connection:
        """What is wrong with a channel is its client's to mend."""
        return self.client


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Requests(Talk):
    """What all clients in sight send to an endpoint; ``at`` is where it hears.

    ``connections`` are the server's end and the clients'.
    """

    @property
    def owner(self) -> Connection:
        """What is not understood is the endpoint's to mend."""
        return self.endpoint.connection


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Target(Fact):
    """The path that a client connects to; ``at`` is where it connects.

    ``path`` is as far as it is known. ``served`` tells whether an endpoint in sight
    has it, ``nearest`` is the endpoint whose path is most like it.
    """

    path: str
    served: Evidence
    nearest: Endpoint | None = None
