"""Limits: how much a client may ask of a server."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Endpoint, Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Workload(Fact):
    """What each message of a client has a server do; ``at`` is the endpoint.

    ``does`` says it in a few words, with the call as written, which stands at
    ``done_at``; ``costly`` when it is known to cost something, and not only waited for.
    ``paced`` is present where something holds back who sends too many.
    ``project`` is the folder that the endpoint is deployed with.
    """

    endpoint: Endpoint
    does: str
    done_at: Place
    paced: Evidence
    costly: bool
    project: str

    @property
    def known_by(self) -> tuple[str, str, Place]:
        """As its endpoint is."""
        return self.endpoint.known_by


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MessageSize(Fact):
    """How large a message may be; ``at`` is the option that says so, or the connection.

    ``most`` is the number of bytes, None where there is no limit; ``option`` that which
    sets it, with its value, "" where it is the default of ``title``. ``known`` is false
    when the value is not in sight, ``text`` when messages are parsed from text.
    """

    title: str
    most: float | None
    option: str = ""
    known: bool = True
    text: bool = False
