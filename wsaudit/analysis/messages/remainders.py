"""Remainders: what a piece of code does about a message that nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.messages.keeping import is_read
from wsaudit.analysis.messages.kinds import subjects
from wsaudit.analysis.origins import ELEMENT, NOBODY, Origin, origins, parameter_of
from wsaudit.analysis.states import write_of
from wsaudit.analysis.traces import leaves_trace
from wsaudit.limits import NEAR
from wsaudit.program import values
from wsaudit.program.tree import last_name, own_in, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

Remainder = Only[
    "none", "empty", "returns", "logs", "throws", "answers", "forwards", "never-check",
    "stores", "acts",
]  # fmt: skip
"""What happens to the rest.

"none": there is no default; "empty" and "returns": there is one that does nothing;
"answers": something is sent or the socket is closed; "forwards" / "stores": whatever
came is handed to other code or kept; "acts": anything else that leaves a trace.
"""

HANDLES_ALL = frozenset({"forwards", "stores"})
SILENT = frozenset({"none", "empty", "returns"})
_NEVER = re.compile(r"never|exhaust|unreachable", re.IGNORECASE)


def does(scene: Scene, node: nodes.Node) -> Remainder | None:
    """What a statement or a call does about a message; None for nothing."""
    match node:
        case nodes.Raise():
            return "throws"
        case nodes.Bind(annotation=nodes.Name(id="never" | "Never" | "NoReturn")):
            return "never-check"
        case nodes.Cast(kind="satisfies", annotation=nodes.Name(id="never")):
            return "never-check"
        case nodes.Call() as call:
            return call_does(scene, call)
        case nodes.Bind(target=nodes.Member() | nodes.Index(), value=value) if (
            value is not None
        ):
            return "stores" if holds_message(scene, value) else "acts"
        case nodes.Unary(op="++" | "--") | nodes.Bind(kind="augmented"):
            return "acts"
        case nodes.Assign(target=nodes.Member() | nodes.Index() | nodes.Name()):
            return "acts"
        case nodes.Yield(value=value) if value is not None:
            return "forwards"
        case _:
            return None


def call_does(
    scene: Scene, call: nodes.Call, *, parsed: bool = False
) -> Remainder | None:
    """What a call does about a message; ``parsed`` when a frame as it came is none."""
    name = last_name(call.function)
    if _NEVER.search(name):
        return "never-check"
    if leaves_trace(name):
        return "logs"
    use = scene.use(call)
    if use is not None:
        return "answers" if use.op.means in {"send", "close", "broadcast"} else None
    if subjects(scene, call):
        # What it gives is the message again: it is looked at where it is used.
        return None
    passes = any(
        holds_message(scene, argument.value, parsed=parsed)
        for argument in call.arguments
    )
    write = write_of(scene, call)
    if write is not None:
        return ("stores" if passes else "acts") if is_read(scene, write) else None
    if passes and reaches_nobody(scene, call):
        return None
    if name in values.ADDERS and passes:
        return "stores"
    if scene.says("quiet", name) or name.startswith("JSON"):
        return None
    return "forwards" if passes else "acts"


def reaches_nobody(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call runs a callback that nobody gives, or those of an empty list."""
    callee = strip(call.function)
    if isinstance(callee, nodes.Member) and callee.name in values.CALLBACK_EACH:
        found = origins(scene.program, callee.object, (ELEMENT,))
        return all(_is_nobodys(scene, each) for each in found)
    if not isinstance(callee, nodes.Name | nodes.Member):
        return False
    found = origins(scene.program, callee)
    return bool(found) and all(_is_nobodys(scene, each) for each in found)


def _is_nobodys(scene: Scene, origin: Origin) -> bool:
    """Whether a value would come from callers, of whom none gives it.

    That nobody calls the whole around it would not tell anything.
    """
    parameter = parameter_of(scene.program, origin.node)
    if parameter is None or origin.path:
        return False
    function = scene.program.function_of(parameter)
    if origin.lost == NOBODY and function is not None:
        function = scene.program.function_of(function)
    elif origin.lost or parameter.default is not None:
        return False
    return function is not None and bool(scene.program.callers(function))


def holds_message(
    scene: Scene, node: nodes.Expression, *, parsed: bool = False
) -> bool:
    """Whether an expression is a whole message, or something made with one."""
    return any(
        not message.path and message.parsed >= parsed
        for part in _parts(node, 0)
        for message in subjects(scene, part)
    )


def _parts(node: nodes.Expression, depth: int) -> Iterator[nodes.Expression]:
    """An expression and what it is made of, a few steps down."""
    node = strip(node)
    yield node
    if depth > NEAR:
        return
    inner: tuple[nodes.Expression, ...] = ()
    match node:
        case nodes.Record(entries=entries):
            inner = tuple(entry.value for entry in entries)
        case nodes.Sequence(items=items):
            inner = items
        case nodes.Spread(value=value):
            inner = (value,)
        case nodes.Call(arguments=arguments):
            inner = tuple(argument.value for argument in arguments)
        case nodes.Function(body=body):
            inner = tuple(
                each.value
                for each in own_in(body)
                if isinstance(each, nodes.Return) and each.value is not None
            )
        case _:
            return
    for part in inner:
        yield from _parts(part, depth + 1)
