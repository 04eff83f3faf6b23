"""Capabilities: what a connection's library does by itself, as its options leave it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.model import Seen
from wsaudit.program import folding, tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.dialects import Cap


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether a library does something here; ``option`` is the expression that decides.

    ``value`` is the option's folded value, or the library's default, in ``unit``.
    """

    seen: Seen
    cap: Cap
    option: nodes.Expression | None = None
    value: int | float | str | bool | None = None

    @property
    def seconds(self) -> float | None:
        """The value as a time; None where it is none, or does not fold."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        return self.value / 1000 if self.cap.unit == "ms" else float(self.value)


def capability(scene: Scene, socket: Socket, name: str) -> Capability | None:
    """A capability of a socket; None when its dialect says nothing about it."""
    cap = scene.dialects.cap(socket.dialect, name)
    if cap is None:
        return None
    if cap.state == "never" or cap.evidence == "R":
        return Capability(Seen.ABSENT, cap)
    for needed in cap.requires:
        first = capability(scene, socket, needed)
        if first is not None and first.seen is not Seen.PRESENT:
            return Capability(first.seen, cap)
    option, known = option_of(scene, socket, cap.option)
    if not known:
        return Capability(Seen.UNKNOWN, cap)
    if option is None:
        seen = Seen.PRESENT if cap.state == "default" else Seen.ABSENT
        return Capability(seen, cap, value=cap.value)
    constant = folding.fold(scene.program, option)
    value = constant.value if constant else None
    return Capability(_state(scene, cap, option, constant), cap, option, value)


def option_of(
    scene: Scene, socket: Socket, name: str
) -> tuple[nodes.Expression | None, bool]:
    """An option as given where a socket is created, and whether that can be told.

    Options are keys of the options argument in JavaScript, keywords in Python.
    """
    call = socket.creation or socket.configured
    if not name or call is None:
        return None, call is not None or not name
    if scene.program.module_of(call).language == "python":
        return _keyword(scene, socket, call, name)
    told = _piped(scene, socket, name) or _assigned(scene, socket, name)
    if told is not None:
        return told, True
    if socket.options is None:
        return None, not any(a.spread for a in call.arguments)
    found = scene.program.values(socket.options)
    if found and all(isinstance(value, values.Const) for value in found):
        return None, True  # No options, or an address in their place.
    if len(found) != 1 or not isinstance(found[0], values.Rec):
        return None, False
    return _entry(scene, found[0].node, name)


def _piped(scene: Scene, socket: Socket, path: str) -> nodes.Expression | None:
    """An option of what a connection is piped through, or built with.

    ``retry`` is the call in ``.pipe(retry({ delay }))``, ``retry.delay`` what is in its
    record; ``withBackoff`` what that method is given, ``withBackoff.0`` what that is
    made of.
    """
    name, _, inside = path.partition(".")
    for use in scene.uses_of(socket, "run"):
        if use.op.name == name and not use.call.arguments and not inside:
            return use.call
        for argument in use.call.arguments:
            given = argument.value
            if use.op.name != name and not (
                isinstance(given, nodes.Call) and tree.last_name(given) == name
            ):
                continue
            return _inside(scene, given, inside) if inside else given
    return None


def _assigned(scene: Scene, socket: Socket, name: str) -> nodes.Expression | None:
    """An option that is set on the connection itself: ``client.reconnectDelay = 0``."""
    for target, value in scene.program.attribute_writes(name):
        if socket in scene.sockets_of(target.object):
            return value
    return None


def _inside(
    scene: Scene, given: nodes.Expression, inside: str
) -> nodes.Expression | None:
    if not isinstance(given, nodes.Call):
        return entry_of(scene, given, inside)
    made = given.arguments
    if inside.isdigit():
        return made[int(inside)].value if int(inside) < len(made) else None
    for argument in made[:1]:
        for value in scene.program.values(argument.value):
            if isinstance(value, values.Rec):
                return _entry(scene, value.node, inside)[0]
    return None


def entry_of(
    scene: Scene, options: nodes.Expression, path: str
) -> nodes.Expression | None:
    """What an expression that gives options has at a key, with dots into records."""
    for value in scene.program.values(options):
        if isinstance(value, values.Rec):
            return _entry(scene, value.node, path)[0]
    return None


def _keyword(
    scene: Scene, socket: Socket, call: nodes.Call, name: str
) -> tuple[nodes.Expression | None, bool]:
    """A keyword of the call that makes a connection, or of one that starts it."""
    starts = [use.call for use in scene.uses_of(socket, "run")]
    for each in (call, *starts):
        for argument in each.arguments:
            if argument.keyword == name:
                return argument.value, True
    spread = any(
        argument.spread == "**"
        for each in (call, *starts)
        for argument in each.arguments
    )
    return None, not spread


def _entry(
    scene: Scene, record: nodes.Record, path: str
) -> tuple[nodes.Expression | None, bool]:
    name, _, inside = path.partition(".")
    if inside:
        return _entry_inside(scene, record, name, inside)
    known = True
    for entry in reversed(record.entries):
        if entry.kind == "spread":
            inner = scene.program.values(entry.value)
            if len(inner) == 1 and isinstance(inner[0], values.Rec):
                found, inner_known = _entry(scene, inner[0].node, name)
                if found is not None:
                    return found, True
                known = known and inner_known
            else:
                known = False
        elif tree.key_of(entry) == name:
            return entry.value, True
        elif tree.key_of(entry) is None:
            known = False
    return None, known


def _entry_inside(
    scene: Scene, record: nodes.Record, name: str, path: str
) -> tuple[nodes.Expression | None, bool]:
    """An option in a record of options, which may also be ``true`` for its defaults."""
    outer, known = _entry(scene, record, name)
    if outer is None:
        return None, known
    found = scene.program.values(outer)
    if all(isinstance(value, values.Const) for value in found):
        return None, True
    if len(found) == 1 and isinstance(found[0], values.Rec):
        return _entry(scene, found[0].node, path)
    return None, False


def _state(
    scene: Scene,
    cap: Cap,
    option: nodes.Expression,
    constant: values.Const | None,
) -> Seen:
    found = scene.program.values(option)
    functions = any(isinstance(value, values.Func) for value in found)
    if cap.state == "default":
        if "*" in cap.off_when:
            return Seen.ABSENT
        if constant is None:
            on = functions or not cap.off_when or _is_more(option)
            return Seen.PRESENT if on else Seen.UNKNOWN
        return Seen.ABSENT if _spelled(constant) & set(cap.off_when) else Seen.PRESENT
    if cap.on_when == "function":
        if functions:
            return Seen.PRESENT
        return Seen.ABSENT if constant is not None else Seen.UNKNOWN
    if cap.made_by:
        names = {
            scene.program.canonical(v.of)
            for v in found
            if isinstance(v, values.Instance)
        }
        return Seen.PRESENT if names & set(cap.made_by) else Seen.ABSENT
    if cap.on_when == "present":
        return _returned(scene, found)
    if constant is None:
        known = functions or any(isinstance(v, values.Rec) for v in found)
        return Seen.PRESENT if known else Seen.UNKNOWN
    return Seen.PRESENT if constant.value else Seen.ABSENT


def _is_more(option: nodes.Expression) -> bool:
    """Whether an option adds something to a number: ``1000 + Math.random() * 500``."""
    return (
        isinstance(option, nodes.Binary)
        and option.op == "+"
        and any(
            isinstance(side, nodes.Literal) and bool(side.value)
            for side in (option.left, option.right)
        )
    )


def _returned(scene: Scene, found: values.Values) -> Seen:
    """Absent when the option is a function that always gives a false value."""
    functions = [value for value in found if isinstance(value, values.Func)]
    if not functions:
        off = all(isinstance(v, values.Const) and not v.value for v in found)
        return Seen.ABSENT if off else Seen.PRESENT
    given = [
        result
        for function in functions
        for result in scene.program.results(function.function)
    ]
    off = all(isinstance(v, values.Const) and not v.value for v in given)
    return Seen.ABSENT if off else Seen.PRESENT


def _spelled(constant: values.Const) -> set[str]:
    """How a constant may be spelled in a dialect file."""
    value = constant.value
    if value is None:
        return {"None", "null"}
    if isinstance(value, bool):
        return {"true", "True"} if value else {"false", "False", "0"}
    if isinstance(value, int | float) and math.isfinite(value) and value == int(value):
        return {str(int(value))}
    return {str(value)}
