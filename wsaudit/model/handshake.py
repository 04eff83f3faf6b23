"""The handshake: how a server turns a client away, and what the client can learn."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Refusal(Fact):
    """A server closes (or raises) with a code that is meant for the client.

    ``at`` is the call or exception, ``text`` it as written. ``accepted`` is present
    where the handshake is always complete by then, absent where it never is.
    ``also_later`` is true when the same code is sent after the handshake elsewhere.
    """

    code: int
    text: str
    accepted: Evidence
    reason: str | None = None
    also_later: bool = False

    @property
    def owner(self) -> object:
        """Each refusal is a cause of its own."""
        return self


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CodeTest(Fact):
    """A client compares the code of a close event with a constant, at ``at``.

    ``listed`` where that is one of several in a list.
    """

    code: int
    listed: bool = False
