"""Access: who may open an endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Endpoint, Evidence, Fact
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Access(Fact):
    """How an endpoint finds out who connects; ``at`` is the endpoint.

    ``checked`` is present where somebody who cannot show a credential is turned away.
    ``read_at`` is where a credential is read that then decides nothing, ``read`` it as
    written. ``complete`` is true when all that runs for a new connection was seen.
    """

    endpoint: Endpoint
    checked: Evidence
    read: str = ""
    read_at: Place | None = None
    complete: bool = True
