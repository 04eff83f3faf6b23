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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rehearsal(Fact):
    """What a project's tests do with the connections of one side.

    ``connections`` are those whose code tests import, or all where none does; ``at`` is
    the first of these, ``name`` what to call them. ``tests`` is how many files
    of tests open, imitate or import one, ``unread`` how many were not read because
    nothing in them speaks of sockets. ``drops`` is whether one of them ends or
    breaks a connection, ``returns`` whether one connects again or lets time pass,
    ``disorders`` whether one delivers messages out of order, at random or at once.
    """

    name: str
    tests: int
    unread: int
    drops: Evidence
    returns: Evidence
    disorders: Evidence
