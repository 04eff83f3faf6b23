"""Admission: which connections an endpoint lets in, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Endpoint, Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Admission(Fact):
    """What an endpoint asks of a new connection but for a credential.

    ``origin`` is present where pages of others are turned away, ``counted`` where a
    number of connections is not exceeded. ``cookie`` is where the client is known by
    what browsers send along by themselves, ``same_site`` when they are told to keep
    that from pages of others. ``header`` is where one is asked for that no page can
    set. ``local`` when the server listens on this
    machine only. ``http_only`` is a check of credentials that handshakes go past, by
    its name. ``project`` is the folder that the endpoint is deployed with.
    """

    endpoint: Endpoint
    origin: Evidence
    counted: Evidence
    cookie: Place | None
    same_site: bool
    header: Place | None
    local: bool
    http_only: tuple[Place, str] | None
    project: str

    @property
    def known_by(self) -> tuple[str, str, Place]:
        """As its endpoint is."""
        return self.endpoint.known_by
