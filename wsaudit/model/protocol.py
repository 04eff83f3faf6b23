"""The protocol: which client talks to which endpoint, and what the two say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Connection, Endpoint, Fact
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

    ``key`` is the top-level key, ``at`` where the value is put in, ``text`` the call
    that sends it.
    """

    key: str
    value: str
    at: Place
    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ServerSpeech(Fact):
    """What an endpoint's code sends; ``at`` is the endpoint.

    ``open`` says why it may send more than ``said`` tells, "" when all is known.
    ``modelled`` when some of it is made of classes that say which fields there are.
    """

    said: tuple[Said, ...]
    open: str = ""
    modelled: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClientHearing(Fact):
    """What a client tells apart; ``at`` is the dispatch (or, without one, the client).

    ``path`` leads to the discriminator, ``values`` are those that some case is for.
    ``rest`` says what becomes of others: "none", "empty", "returns", "logs", "throws".
    ``open`` says why others may be handled too, "" when they certainly are not.
    """

    path: tuple[str, ...]
    values: frozenset[str]
    rest: str
    open: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Channel(Fact):
    """An endpoint with one client that talks to it; ``at`` is where the client hears.

    ``connections`` are the client's end and the server's. ``elsewhere`` are the values
    that other clients of the same endpoint handle.
    """

    endpoint: Endpoint
    client: Connection
    pairing: Pairing
    speech: ServerSpeech
    hearing: ClientHearing
    elsewhere: frozenset[str] = frozenset()

    @property
    def owner(self) -> Connection:
        """What is wrong with a channel is its client's to mend."""
        return self.client

    @property
    def key(self) -> str:
        """The key that the client tells messages apart by, "" if it is not one key."""
        return self.hearing.path[0] if len(self.hearing.path) == 1 else ""

    @property
    def unheard(self) -> tuple[Said, ...]:
        """What the server says and the client has no case for, each value once."""
        found: dict[str, Said] = {}
        for said in self.speech.said:
            if said.key == self.key and said.value not in self.hearing.values:
                found.setdefault(said.value, said)
        return tuple(found[value] for value in sorted(found))
