"""What holds up the event loop: calls that wait without giving way to other sockets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wsaudit.model import Fact
from wsaudit.source import Place


class Waits(StrEnum):
    """What a blocking call waits for."""

    SLEEP = "sleep"
    NETWORK = "network"
    DATABASE = "database"
    PROCESS = "process"
    FILE = "file"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Step:
    """A call on the way from a coroutine to what blocks, and the function it is in."""

    at: Place
    text: str
    function: str


@dataclass(frozen=True, slots=True)
class BlockingCall:
    """A call in a coroutine that blocks the event loop, itself or further down.

    ``at`` is the call in the coroutine ``function``; ``chain`` are the calls below it,
    the last of which is the one that waits (empty when ``at`` waits itself). ``sink``
    is that last call as written. ``per_message`` is true when it runs for every
    message, ``many`` when it runs for each file of a tree. ``raises`` says what the
    library raises instead of waiting, if so.
    """

    at: Place
    text: str
    function: str
    waits: Waits
    sink: str
    chain: tuple[Step, ...] = ()
    per_message: bool = False
    many: bool = False
    raises: str = ""
    also: tuple[Place, ...] = ()
    """Where coroutines call the same function: one cause, one finding."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EventLoopWork(Fact):
    """All that a socket's coroutines call; ``at`` is the endpoint, or the client.

    ``functions`` counts the functions followed, ``calls`` are those that block, and
    ``offloaded`` are the texts of calls that hand work to a thread.
    """

    functions: int
    calls: tuple[BlockingCall, ...]
    offloaded: tuple[str, ...] = ()
