"""Deployment: which server program runs the endpoints, and how it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wsaudit.model import Evidence, Fact
from wsaudit.source import Place


class Told(StrEnum):
    """What a deployment was read from; a dependency alone says nothing of options."""

    COMMAND = "command"
    CODE = "code"
    CONFIG = "configuration"
    DEPENDENCY = "dependency"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Deployment(Fact):
    """A server program that is started, or installed.

    ``runner`` is a dialect's id and ``title`` its name. ``options`` are those given,
    spelled as in code (``ws_ping_interval``); the value is None when it does not fold.
    ``complete`` is false when there may be others. ``pings`` says whether it pings the
    clients of a WebSocket, ``every`` how often, in seconds, where that folds,
    ``drops`` whether it ends a connection without an answer.
    """

    runner: str
    title: str
    told: Told
    pings: Evidence
    every: float | None = None
    drops: Evidence
    options: Mapping[str, str | None] = field(default_factory=dict)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Proxy:
    """What passes connections on, and cuts those on which nothing is said.

    ``at`` is what says how long it waits, or where it passes them on. ``seconds`` is
    how long, ``told`` when that is written down, ``path`` the beginning of the paths
    that it passes on.
    """

    at: Place
    title: str
    seconds: float
    told: bool
    path: str = ""
