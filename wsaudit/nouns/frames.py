"""Frames: whether each end sends text or bytes, and which of the two it expects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.edges import RUN
from wsaudit.analysis.failures.fates import fate
from wsaudit.analysis.messages.held import messages
from wsaudit.analysis.origins import given, meant, parameter_of, returned
from wsaudit.analysis.paths import paths
from wsaudit.analysis.roots import is_mentioned
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import holding
from wsaudit.limits import STEPS
from wsaudit.model import Evidence, Seen, Side
from wsaudit.model.receiving import FrameRead, Frames
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.held import Message
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.syntax.nodes import Node

MAKES = (Frames,)

_RAW = frozenset({"text", "bytes"})
_KEY_ERROR = "builtins.KeyError"


def find(scene: Scene) -> Iterator[Frames]:
    """One fact for each end whose library leaves the kind of frame to the code."""
    for socket in scene.sockets:
        events = any(use.op.topic is not None for use in socket.uses)
        if socket.fact.judged and not socket.fact.declared and not events:
            yield Frames(
                at=socket.endpoint.at if socket.endpoint else socket.fact.at,
                connections=(socket.fact,),
                sends_text=_sends(scene, socket, "text"),
                sends_binary=_sends(scene, socket, "bytes"),
                reads=tuple(_reads(scene, socket)),
            )


# -- what is sent ----------------------------------------------------------------------


def _sends(scene: Scene, socket: Socket, kind: str) -> Evidence:
    """Whether frames of a kind are sent; of several endpoints nobody knows which."""
    doubt = ""
    for use in socket.uses:
        if use.op.means != "send":
            continue
        shared = sum(each.fact.judged for each in use.sockets) > 1
        for found in _kinds_sent(scene, use.call, use.op.payload, use.op.encodes):
            what = f"`{written(use.call.function)}`"
            if found == kind and not shared:
                return Evidence(Seen.PRESENT, what, scene.place(use.call))
            if found in {kind, ""}:
                doubt = doubt or f"what {what} sends"
    return Evidence(Seen.UNKNOWN if doubt else Seen.ABSENT, doubt)


def _kinds_sent(
    scene: Scene, call: nodes.Call, payload: int | None, encodes: str
) -> frozenset[str]:
    if encodes:
        return frozenset({"bytes" if encodes == "bytes" else "text"})
    if payload is None or len(call.arguments) <= payload:
        return frozenset({""})
    return kinds(scene, call.arguments[payload].value)


@asked
def kinds(scene: Scene, node: nodes.Expression, depth: int = 0) -> frozenset[str]:
    """What an expression may be: "text", "bytes", "" for what is not in sight."""
    node = tree.strip(meant(scene.program, node) or node)
    if any(_is_bytes(scene, value) for value in scene.program.values(node)):
        return frozenset({"bytes"})
    match node:
        case nodes.Literal(kind="string" | "bytes" as kind):
            return frozenset({"text" if kind == "string" else "bytes"})
        case nodes.Template():
            return frozenset({"text"})
        case nodes.Conditional(then=then, other=other):
            return kinds(scene, then, depth + 1) | kinds(scene, other, depth + 1)
        case nodes.Call() as call:
            return _of_call(scene, call, depth)
        case nodes.Member() if _is_recorded(scene, node):
            return frozenset({"bytes"})
    parameter = parameter_of(scene.program, node)
    found = [one.value for one in given(scene.program, parameter)] if parameter else []
    if found and depth < STEPS and all(found):
        return frozenset().union(*(kinds(scene, v, depth + 1) for v in found if v))
    return _typed(scene, node)


def _is_bytes(scene: Scene, value: values.Value) -> bool:
    match value:
        case values.External(name=name) | values.Instance(of=name):
            of = scene.program.canonical(name)
            return scene.dialects.match_word("bytes", of) is not None
        case _:
            return False


def _of_call(scene: Scene, call: nodes.Call, depth: int) -> frozenset[str]:
    name = last_name(call.function)
    if scene.word("bytes", call) is not None:
        return frozenset({"bytes"})
    word = scene.word("encode", call)
    if (word and word.group == "json") or scene.dialects.speaks("to-text", name):
        return frozenset({"text"})
    codec = all(isinstance(one.value, nodes.Literal) for one in call.arguments)
    python = scene.program.module_of(call).language == "python"
    if python and name in {"encode", "decode"} and codec:
        return frozenset({"bytes" if name == "encode" else "text"})
    results = [each for f in scene.program.callees(call) for each in returned(f)]
    if results and depth < STEPS:
        return frozenset().union(*(kinds(scene, each, depth + 1) for each in results))
    return _typed(scene, call)


def _typed(scene: Scene, node: nodes.Expression) -> frozenset[str]:
    """By the type of a value, where it is written down."""
    found = scene.program.values(node)
    texts = all(
        (isinstance(one, values.Const) and isinstance(one.value, str))
        or (isinstance(one, values.Instance) and one.of in _STRINGS)
        for one in found
    )
    return frozenset({"text" if found and texts else ""})


_STRINGS = frozenset({"builtins.str", "global#string", "global#String"})


def _is_recorded(scene: Scene, node: nodes.Member) -> bool:
    """``recorder.ondataavailable = (event) => socket.send(event.data)``."""
    parameter = parameter_of(scene.program, node.object)
    function = scene.program.function_of(parameter) if parameter else None
    held = scene.program.parents.get(function) if function is not None else None
    match held:
        case (
            nodes.Bind(target=nodes.Member(name=name))
            | nodes.Assign(target=nodes.Member(name=name))
        ):
            return name == "ondataavailable" and node.name == "data"
        case _:
            return False


# -- what is expected ------------------------------------------------------------------


def _reads(scene: Scene, socket: Socket) -> Iterator[FrameRead]:
    for use in socket.uses:
        if use.op.means in {"receive", "iterate"} and use.op.decodes:
            binary = use.op.decodes == "bytes"
            text = f"{written(use.call.function)}()"
            yield FrameRead(scene.callee_place(use.call), text, _NOT, binary=binary)
    for index, binary in _subscripted(scene):
        for one in messages(scene, index.object):
            if one.socket is socket and _is_frame(one):
                key = "bytes" if binary else "text"
                told = _subscripts(scene, index)
                text = f'{scene.text(index.object)}["{key}"]'
                how: Only["subscripts"] = "subscripts"
                yield FrameRead(scene.place(index), text, told, how, binary=binary)
    if _gives_blobs(scene, socket):
        yield from _in_browser(scene, socket)


_NOT = Evidence(Seen.ABSENT)
_SET = Evidence(Seen.PRESENT, "`binaryType` is set")


@asked
def _subscripted(scene: Scene) -> tuple[tuple[nodes.Index, bool], ...]:
    """What may take the text or the bytes out of a raw message; True for bytes."""
    return tuple(
        (index, key.value == "bytes")
        for index in scene.program.every(nodes.Index)
        if isinstance(key := index.index, nodes.Literal) and key.value in _RAW
    )


def _is_frame(message: Message) -> bool:
    """Whether an expression holds a frame as it came."""
    taken = isinstance(message.source, nodes.Call | nodes.Parameter)
    return taken and not message.parsed and not message.path


def _subscripts(scene: Scene, index: nodes.Index) -> Evidence:
    """Whether somebody asks what a raw message holds, or catches that it does not."""
    for test, _ in holding(scene.program, index):
        if any(
            isinstance(n, nodes.Literal) and n.value in _RAW for n in tree.walk(test)
        ):
            return Evidence(Seen.PRESENT, "it is asked first", scene.place(test))
    loop = next(iter(tree.loops(index, scene.program.parents)), None)
    caught = fate(scene, (index,), _KEY_ERROR, loop, outside=False)
    if caught.lasts:
        why = "it is caught where it holds the other kind"
        return Evidence(Seen.PRESENT, why, caught.stopped.at)
    return _NOT


def _gives_blobs(scene: Scene, socket: Socket) -> bool:
    """Whether a client is given binary frames as a browser gives them."""
    language = scene.program.module_of(socket.site).language
    client = socket.fact.side is Side.CLIENT and language == "typescript"
    return client and not socket.fact.node_server and socket.dialect != "ws"


def _in_browser(scene: Scene, socket: Socket) -> Iterator[FrameRead]:
    """Where a page parses a frame as it came, or opens it as a buffer."""
    told = is_mentioned(scene, "binaryType")
    for kind, binary in (("parse", False), ("opens-buffer", True)):
        for call in scene.program.calls_of(scene.dialects.word_ends(kind)):
            if scene.word(kind, call) is None or not call.arguments:
                continue
            for one in messages(scene, call.arguments[0].value):
                if one.socket is socket and _is_frame(one):
                    at, text = scene.callee_place(call), f"{written(call.function)}()"
                    asks = _SET if binary and told else _asks(scene, call, one)
                    how: Only["opens", "reads"] = "opens" if binary else "reads"
                    yield FrameRead(at, text, asks, how, binary=binary)


def _asks(scene: Scene, node: nodes.Expression, message: Message) -> Evidence:
    """Whether a test on the way to a node asks of which type something is."""
    home = scene.program.function_of(message.source)
    ways = paths(scene, home, node, hows=RUN) if home is not None else ()
    for site in dict.fromkeys((node, *(each for way in ways for each in way.nodes))):
        for test, _ in holding(scene.program, site):
            if any(_tests_type(scene, part) for part in tree.walk(test)):
                why = "its type is tested first"
                return Evidence(Seen.PRESENT, why, scene.place(test))
    return _NOT


def _tests_type(scene: Scene, node: Node) -> bool:
    match node:
        case nodes.Unary(op="typeof") | nodes.Binary(op="instanceof"):
            return True
        case nodes.Call(function=function):
            return scene.says("tests-type", last_name(function))
        case _:
            return False
