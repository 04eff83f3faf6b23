"""What is known of connections in production, and what tests do with them."""

from __future__ import annotations

from dataclasses import dataclass

from wsaudit.model import Evidence, Fact


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Metrics(Fact):
    """Whether something measures the connections of a project's servers.

    ``at`` is the first endpoint, ``text`` how to name it, ``connections`` all
    server ends. ``counted`` is where a measure is taken as a connection runs, or in a
    module that its code is in; ``elsewhere`` what the project measures otherwise.
    """

    text: str
    counted: Evidence
    elsewhere: str = ""
