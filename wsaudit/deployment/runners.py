"""Runners: what a server program does by itself, as it is told to on being started."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.deployment import requirements
from wsaudit.model import Evidence, Seen
from wsaudit.model.deployment import Told

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Cap, Dialect
    from wsaudit.source import Place


@dataclass(frozen=True, slots=True)
class Given:
    """What a program is told, where, and whether that is all it is told.

    An option whose value does not fold is None.
    """

    told: Told
    at: Place
    options: Mapping[str, str | None] = field(default_factory=dict)
    complete: bool = True


def runners(scene: Scene) -> list[Dialect]:
    """The dialects of server programs."""
    return [one for one in scene.dialects if one.runner is not None]


def does(scene: Scene, dialect: Dialect, name: str, given: Given) -> Evidence:
    """Whether a program has a capability such as "ping_out", as its options leave it.

    Of a program that is only known to be installed, no option is in sight: what it
    does unless told otherwise is taken for granted, what must be asked for is unknown.
    """
    cap = next((one for one in dialect.cap if one.name == name), None)
    title, at = dialect.dialect.title, given.at
    if cap is None or cap.evidence == "R":
        return Evidence(Seen.UNKNOWN, f"what {title} does is not known", at)
    gated = _gated(scene, dialect, name, given)
    if cap.state == "never" or gated is Seen.PRESENT:
        return Evidence(Seen.ABSENT, f"{title} sends no pings", at)
    if gated is Seen.UNKNOWN:
        return Evidence(Seen.UNKNOWN, f"it depends on the version of {title}", at)
    if cap.option in given.options:
        off = {*scene.dialects.spoken("off"), *cap.off_when}
        return _set(cap, title, given.options[cap.option], off, at)
    if not given.complete or (cap.state == "option" and given.told is Told.DEPENDENCY):
        return Evidence(Seen.UNKNOWN, f"not all options of {title} are in sight", at)
    if cap.state == "default":
        return Evidence(Seen.PRESENT, f"{title} pings every {cap.value} s", at)
    return Evidence(Seen.ABSENT, f"{title} sends no pings unless told to", at)


def every(dialect: Dialect, given: Given) -> float | None:
    """How often a program pings, in seconds, where that is known."""
    cap = next((one for one in dialect.cap if one.name == "ping_out"), None)
    value = given.options.get(cap.option, cap.value) if cap is not None else None
    try:
        return float(str(value))
    except ValueError:
        return None


def _set(
    cap: Cap, title: str, value: str | None, off: Container[str], at: Place
) -> Evidence:
    if value is None:
        return Evidence(Seen.UNKNOWN, f"`{cap.option}` does not fold", at)
    if value in off:
        why = f"`{cap.option}` turns the pings of {title} off"
        return Evidence(Seen.ABSENT, why, at)
    return Evidence(Seen.PRESENT, f"{title} pings every {value} s", at)


def _gated(scene: Scene, dialect: Dialect, name: str, given: Given) -> Seen:
    """Whether an old version takes a capability away; unknown without a version."""
    for gate in dialect.gate:
        if gate.cap != name or given.options.get(gate.option, "") != gate.is_:
            continue
        package = dialect.dialect.packages[0]
        found = requirements.versions(scene.program, package)
        old = {requirements.older(version, gate.below) for version in found}
        if old == {True}:
            return Seen.PRESENT
        return Seen.ABSENT if old == {False} else Seen.UNKNOWN
    return Seen.ABSENT
