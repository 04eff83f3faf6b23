"""Remainders: what happens to a message that none of a dispatch's cases is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program import values
from wsaudit.program.tree import last_name, own_in, strip
from wsaudit.recognise.comparing import subjects
from wsaudit.recognise.state import write_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

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
_LOG = re.compile(
    r"^(debug|info|error|exception|critical|fatal|trace|print|println|notify|toast|"
    r"alert|abort|fail|inc|increment)$|^log(?!in|out)|(?<![Aa])[Ll]og$|Log[A-Z_]|"
    r"[Ww]arn|[Rr]eport|[Cc]apture|[Mm]etric|"
    r"([Uu]n(known|handled|expected|supported)|[Ii]nvalid)"
)
_QUIET = frozenset(
    {
        "get", "has", "includes", "parse", "loads", "stringify", "dumps", "isinstance",
        "len", "str", "String", "Number", "Boolean", "isArray", "keys", "now",
        "model_validate", "validate_python", "safeParse", "startswith", "startsWith",
        "preventDefault", "stopPropagation",
    }
)  # fmt: skip


def remainder_of(
    scene: Scene, block: tuple[nodes.Statement, ...]
) -> tuple[Remainder, nodes.Node | None]:
    """What a default's statements do, and the statement or call that does it."""
    found: dict[Remainder, nodes.Node] = {}
    for node in own_in(block):
        kind = _kind(scene, node)
        if kind is not None:
            found.setdefault(kind, node)
    for kind in _ORDER:
        if kind in found:
            return kind, found[kind]
    return ("returns", block[0]) if block else ("empty", None)


_ORDER: tuple[Remainder, ...] = (
    "never-check", "throws", "logs", "answers", "stores", "forwards", "acts",
)  # fmt: skip


def _kind(scene: Scene, node: nodes.Node) -> Remainder | None:
    match node:
        case nodes.Raise():
            return "throws"
        case nodes.Bind(annotation=nodes.Name(id="never" | "Never" | "NoReturn")):
            return "never-check"
        case nodes.Cast(kind="satisfies", annotation=nodes.Name(id="never")):
            return "never-check"
        case nodes.Call() as call:
            return _of_call(scene, call)
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


def _of_call(scene: Scene, call: nodes.Call) -> Remainder | None:
    name = last_name(call.function)
    if _NEVER.search(name):
        return "never-check"
    if _LOG.search(name):
        return "logs"
    use = scene.use(call)
    if use is not None:
        return "answers" if use.op.means in {"send", "close", "broadcast"} else None
    passes = any(holds_message(scene, argument.value) for argument in call.arguments)
    if write_of(scene, call) is not None:
        return "stores" if passes else "acts"
    if name in values.ADDERS and passes:
        return "stores"
    if name in _QUIET or name.startswith("JSON"):
        return None
    return "forwards" if passes else "acts"


def holds_message(scene: Scene, node: nodes.Expression, depth: int = 0) -> bool:
    """Whether an expression is a whole message, or something made with one."""
    node = strip(node)
    if any(_whole(message.path) for message in subjects(scene, node)):
        return True
    if depth > 3:
        return False
    match node:
        case nodes.Record(entries=entries):
            return any(holds_message(scene, e.value, depth + 1) for e in entries)
        case nodes.Sequence(items=items):
            return any(holds_message(scene, item, depth + 1) for item in items)
        case nodes.Spread(value=inner):
            return holds_message(scene, inner, depth + 1)
        case nodes.Function(body=body):
            return any(
                isinstance(inner, nodes.Return)
                and inner.value is not None
                and holds_message(scene, inner.value, depth + 1)
                for inner in own_in(body)
            )
        case nodes.Call(arguments=arguments):
            return any(holds_message(scene, a.value, depth + 1) for a in arguments)
        case _:
            return False


def _whole(path: tuple[str, ...]) -> bool:
    return not path


def passes_on(
    scene: Scene, block: tuple[nodes.Statement, ...]
) -> Iterator[tuple[Remainder, nodes.Node]]:
    """The statements of a block, outside any condition, that keep or hand on messages.

    What is done with every message alike is no answer to an unknown one, unless the
    message goes on from there: a log of all of them tells nothing.
    """
    for statement in block:
        if isinstance(statement, nodes.If | nodes.Switch | nodes.Loop | nodes.Try):
            continue
        for node in own_in((statement,)):
            kind = _kind(scene, node)
            if kind in HANDLES_ALL:
                yield kind, node
