"""Processing: what is done with a message beyond passing it on, and so may fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import EXCEPTION, OS_ERROR, Thrown
from wsaudit.analysis.exceptions import ends
from wsaudit.model import Side
from wsaudit.program import flow, tree, values
from wsaudit.program.tree import last_name
from wsaudit.recognise.inbound.messages import messages
from wsaudit.recognise.scene import written
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Socket, Use
    from wsaudit.syntax.nodes import Node

PARSE_ERROR = "json.JSONDecodeError"
_DEPTH = 3
# What practically never raises, by the last name of the callee. A name acquits only.
_HARMLESS = frozenset(
    {
        # logging and metrics
        "print", "log", "debug", "info", "warn", "warning", "error", "exception",
        "critical", "trace", "getLogger", "inc", "dec", "observe", "labels",
        # clocks, waiting, tasks
        "time", "monotonic", "perf_counter", "now", "utcnow", "isoformat", "sleep",
        "create_task", "ensure_future", "add_done_callback", "is_set", "clear",
        "wait", "wait_for", "timeout", "setTimeout", "clearTimeout", "setInterval",
        "clearInterval", "cancel", "done", "result", "catch", "finally",
        # values
        "len", "str", "repr", "bool", "isinstance", "type", "id", "hasattr", "getattr",
        "list", "dict", "set", "tuple", "min", "max", "sum", "any", "all", "enumerate",
        "range", "zip", "sorted", "reversed", "callable", "uuid4", "randomUUID",
        "toString", "String", "Boolean", "Number", "isArray", "parseInt", "parseFloat",
        "floor", "round", "random", "abs", "ceil", "stringify", "dumps", "hex",
        # text and containers
        "strip", "lower", "upper", "startswith", "endswith", "split", "join", "format",
        "replace", "trim", "toLowerCase", "toUpperCase", "startsWith", "endsWith",
        "slice", "substring", "includes", "get", "setdefault", "keys", "values",
        "items", "entries", "append", "appendleft", "extend", "add", "discard", "push",
        "shift", "unshift", "has", "delete", "concat", "update", "copy", "put", "pop",
        "put_nowait", "qsize", "empty", "filter", "map", "forEach", "some", "every",
        "find", "findIndex", "indexOf", "from", "fromkeys", "Map", "Set", "Date",
        "toISOString", "Array", "Object", "assign", "Error", "Promise", "resolve",
        "removesuffix", "removeprefix", "isdigit", "encode", "rsplit", "partition",
        # models: what they refuse is the subject of another rule
        "model_validate", "model_validate_json", "parse_obj", "parse_raw",
        "validate_python", "validate_json", "model_dump", "model_dump_json",
        "TypeAdapter", "safeParse", "convert",
        # the socket's own state
        "close", "terminate", "disconnect", "accept", "ping", "pong",
    }
)  # fmt: skip
_SAFE_RECEIVERS = re.compile(
    r"(logging|loguru|structlog|contextlib|prometheus_client|time|datetime|uuid|"
    r"global#console|global#Math|global#Object|global#Array|global#performance)\b"
)
_NUMERIC = frozenset({"-", "/", "//", "**"})
"""Operators that raise for a string; `+`, `*` and `%` know what to do with one."""
_MEASURED = frozenset({"struct.unpack", "struct.unpack_from", "struct.Struct.unpack"})
"""What raises for bytes of the wrong length alone."""
_SYSTEM = re.compile(r"(os|fcntl|shutil|socket)\.")


@dataclass(frozen=True, slots=True)
class Work:
    """A node that may raise while a message is processed.

    ``sure`` is false for a call that does not resolve: it may guard itself.
    """

    node: Node
    sure: bool
    weight: int = 1
    """How likely it is the one to fail: of several, the heaviest is spoken of."""

    @property
    def text(self) -> str:
        """A short name for what is done."""
        match self.node:
            case nodes.Call(function=function):
                return f"{written(function)}()"
            case nodes.Index(object=inner, index=nodes.Literal(value=str() as key)):
                return f'{written(inner)}["{key}"]'
            case nodes.Index(object=inner):
                return f"{written(inner)}[…]"
            case nodes.Binary(op=op, left=left, right=right):
                return f"{_operand(left)} {op} {_operand(right)}"
            case _:
                return "the processing"


def _operand(node: nodes.Expression) -> str:
    if isinstance(node, nodes.Literal) and node.kind == "number":
        return str(node.value)
    return written(node)


def raised_at(scene: Scene, node: Node) -> Thrown:
    """What a piece of work raises when it fails."""
    if isinstance(node, nodes.Index):
        return "builtins.KeyError"
    if isinstance(node, nodes.Binary):
        return "builtins.TypeError"
    if isinstance(node, nodes.Call) and scene.word("parse", node) is not None:
        return PARSE_ERROR
    if isinstance(node, nodes.Call) and _asks_system(scene, node):
        return OS_ERROR
    return EXCEPTION


def _asks_system(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call is one of the operating system's, which raise ``OSError``."""
    found = scene.program.values(call.function)
    return bool(found) and all(
        isinstance(value, values.External) and _SYSTEM.match(value.name)
        for value in found
    )


def work_in(
    scene: Scene,
    block: tuple[nodes.Statement, ...],
    own: tuple[Socket, ...],
    depth: int = 0,
) -> Iterator[Work]:
    """What may raise in a block, other than receiving from and sending to ``own``.

    A call of a project function counts when something in it may raise and gets out.
    Handlers and ``finally`` blocks are left out: they run when something failed.
    """
    for node in tree.own_in(block):
        work = _work(scene, node, own, depth)
        if work is not None and not _cleans_up(scene, node):
            yield work


def _work(scene: Scene, node: Node, own: tuple[Socket, ...], depth: int) -> Work | None:
    match node:
        case nodes.Index(object=inner) if _reads(scene, node) and any(
            message.parsed for message in messages(scene, inner)
        ):
            python = scene.program.module_of(node).language == "python"
            return Work(node, sure=True, weight=2) if python else None
        case nodes.Binary(op=op, left=left, right=right) if op in _NUMERIC:
            reckoned = any(_is_part(scene, each) for each in (left, right))
            return Work(node, sure=True, weight=2) if reckoned else None
        case nodes.Call():
            return _call(scene, node, own, depth)
        case _:
            return None


def _is_part(scene: Scene, node: nodes.Expression) -> bool:
    """Whether a name is a part of a Python message that no test has asked for."""
    if not isinstance(node, nodes.Name):
        return False
    if scene.program.module_of(node).language != "python":
        return False
    if not any(message.parsed and message.path for message in messages(scene, node)):
        return False
    binding = scene.program.binding(node)
    return not any(
        scene.program.binding(inner) is binding
        for guard in flow.guards(node, scene.program.parents)
        for inner in tree.walk(guard.test)
        if isinstance(inner, nodes.Name)
    )


def _reads(scene: Scene, node: nodes.Index) -> bool:
    """False for an assignment's target and a slice."""
    around = scene.program.parents.get(node)
    if isinstance(around, nodes.Bind) and around.target is node:
        return False
    return not isinstance(node.index, nodes.Opaque)


def _cleans_up(scene: Scene, node: Node) -> bool:
    return any(
        region.part in {"handler", "final"}
        for region in flow.tries(node, scene.program.parents)
    )


def _call(
    scene: Scene, call: nodes.Call, own: tuple[Socket, ...], depth: int
) -> Work | None:
    use = scene.use(call)
    if use is not None:
        return Work(call, sure=True) if _to_others(use, own) else None
    if scene.word("parse", call) is not None:
        return Work(call, sure=True, weight=4)
    found = scene.program.values(call.function)
    projects = [v.function for v in found if isinstance(v, values.Func)]
    if projects:
        return _project(scene, call, projects, own, depth)
    if is_harmless(scene, call, found) or _is_measured(scene, call, found):
        return None
    if any(isinstance(value, values.ClassRef) for value in found):
        return _made(scene, call, own, depth)
    return Work(call, sure=any(_is_known(value) for value in found))


def _is_measured(scene: Scene, call: nodes.Call, found: values.Values) -> bool:
    """Whether bytes are taken apart only after their length was asked for."""
    names = [v.name for v in found if isinstance(v, values.External)]
    if not names or not _MEASURED.issuperset(names):
        return False
    taken = {
        scene.program.binding(inner)
        for argument in call.arguments
        for inner in tree.walk(argument)
        if isinstance(inner, nodes.Name)
    }
    return any(
        scene.program.binding(measured) in taken
        for guard in flow.guards(call, scene.program.parents)
        for inner in tree.walk(guard.test)
        if isinstance(inner, nodes.Call) and last_name(inner.function) == "len"
        for argument in inner.arguments
        if isinstance(measured := tree.strip(argument.value), nodes.Name)
    )


def _to_others(use: Use, own: tuple[Socket, ...]) -> bool:
    """Whether a send goes to other clients; what a bridge passes on does not count."""
    return (
        use.op.means == "send"
        and use.op.not_open.startswith("raise")
        and not set(use.sockets) & set(own)
        and all(socket.fact.side is Side.SERVER for socket in use.sockets)
    )


def _is_known(value: values.Value) -> bool:
    """Whether a callee is a library's; what a class inherits may be anything."""
    return isinstance(value, values.External) and not (
        value.receiver is not None and isinstance(value.receiver.site, nodes.ClassDef)
    )


def _project(
    scene: Scene,
    call: nodes.Call,
    functions: list[nodes.Function],
    own: tuple[Socket, ...],
    depth: int,
) -> Work | None:
    if depth >= _DEPTH:
        return Work(call, sure=False)
    escaping = [
        work
        for function in functions
        for work in work_in(scene, function.body, own, depth + 1)
        if not ends(scene, (work.node,), raised_at(scene, work.node)).caught
    ]
    if not escaping:
        return None
    return Work(call, sure=any(work.sure for work in escaping), weight=3)


def _made(
    scene: Scene, call: nodes.Call, own: tuple[Socket, ...], depth: int
) -> Work | None:
    """Making an object of the project: what its constructor does, if it has one."""
    constructors = list(scene.program.callees(call))
    return _project(scene, call, constructors, own, depth) if constructors else None


def is_harmless(
    scene: Scene, call: nodes.Call, found: values.Values | None = None
) -> bool:
    """Whether a call practically never fails, as far as its name and callees tell."""
    if found is None:
        found = scene.program.values(call.function)
    if any(isinstance(value, values.Func) for value in found):
        return False
    if last_name(call.function) in _HARMLESS or scene.word("task", call) is not None:
        return True
    names = [v.name for v in found if isinstance(v, values.External)]
    return bool(names) and all(_SAFE_RECEIVERS.match(name) for name in names)
