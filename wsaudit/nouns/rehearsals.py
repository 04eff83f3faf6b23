"""Rehearsals: what the tests of a project do with its connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wsaudit.limits import NEAR
from wsaudit.model import Evidence, Role, Seen, Side
from wsaudit.model.codes import Code
from wsaudit.model.observability import Rehearsal
from wsaudit.program import tree
from wsaudit.program.asked import asked
from wsaudit.program.tree import last_name
from wsaudit.source import is_test
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket

MAKES = (Rehearsal,)

_BROKEN = {
    Code.GOING_AWAY, Code.NO_STATUS, Code.ABNORMAL, Code.INTERNAL_ERROR,
    Code.SERVICE_RESTART, Code.TRY_AGAIN_LATER,
}  # fmt: skip


def find(scene: Scene) -> Iterator[Rehearsal]:
    """One fact for each side of a project that has connections and tests."""
    if not any(is_test(path) for path in scene.program.files.paths):
        return
    for side in Side:
        own = [socket for socket in scene.sockets if _is_tested(scene, socket, side)]
        if own:
            yield _rehearsal(scene, own, side)


def _is_tested(scene: Scene, socket: Socket, side: Side) -> bool:
    fact = socket.fact
    return (
        fact.side is side
        and fact.judged
        and not fact.declared
        and fact.role in {Role.PERSISTENT, Role.TASK_SCOPED}
        and (side is Side.CLIENT or socket.endpoint is not None)
        and not is_test(fact.at.path)
    )


def _rehearsal(scene: Scene, own: list[Socket], side: Side) -> Rehearsal:
    homes = {socket: _homes(scene, socket, side) for socket in own}
    every = frozenset[str]().union(*homes.values())
    tests = [
        module
        for module in scene.program.modules.values()
        if is_test(module.path) and _touches(scene, module, every, side)
    ]
    imported = frozenset[str]().union(*(_reach(scene, test, side) for test in tests))
    about = [socket for socket in own if homes[socket] & imported] or own
    first = min(about, key=lambda socket: socket.fact.at)
    endpoint = first.endpoint
    name = endpoint.shown if endpoint is not None else f"`{first.fact.name}`"
    more = f" or {len(about) - 1} more" if len(about) > 1 else ""
    return Rehearsal(
        at=endpoint.at if endpoint is not None else first.fact.at,
        connections=tuple(socket.fact for socket in about),
        name=f"{name}{more}",
        tests=len(tests),
        unread=_unread(scene),
        drops=_drops(scene, tests),
        returns=_returns(scene, tests),
        disorders=_disorders(scene, about, tests),
    )


@asked
def _unread(scene: Scene) -> int:
    read = scene.program.modules
    return sum(is_test(path) and path not in read for path in scene.program.files.paths)


# -- which tests -----------------------------------------------------------------------


def _homes(scene: Scene, socket: Socket, side: Side) -> frozenset[str]:
    """The files in which a connection is made, and those of a server's own code."""
    own = _handlers(scene, (socket,)) if side is Side.SERVER else ()
    return frozenset({socket.fact.at.path, *own})


def _reach(scene: Scene, module: nodes.Module, side: Side) -> frozenset[str]:
    """The files whose code a test imports.

    That of a server directly: most tests of an application import all of it somehow.
    """
    return _imports(scene, module.path, NEAR if side is Side.CLIENT else 1)


def _of_handlers(scene: Scene, own: Iterable[Socket]) -> Iterator[nodes.Module]:
    """The tests of what runs for a connection, such as what applies its messages."""
    homes = _handlers(scene, own)
    for module in scene.program.modules.values():
        if is_test(module.path) and homes & _imports(scene, module.path, 1):
            yield module


def _handlers(scene: Scene, own: Iterable[Socket]) -> frozenset[str]:
    """The files with code that runs for some connections."""
    units = (function for socket in own for function in socket.unit)
    return frozenset(scene.program.module_of(function).path for function in units)


def _touches(
    scene: Scene, module: nodes.Module, homes: frozenset[str], side: Side
) -> bool:
    """Whether a test opens or imitates a connection, or imports its code."""
    if homes & _reach(scene, module, side):
        return True
    if not any(_speaks_of(module, home) for home in homes):
        return False
    calls = tuple(scene.program.every(nodes.Call, module))
    if any(scene.word("double", call) is not None for call in calls):
        return True
    sockets = [one for one in scene.sockets if one.fact.at.path == module.path]
    if side is Side.SERVER:
        opens = ("websocket_connect", "ws_connect", "WebsocketCommunicator")
        return any(one.fact.side is Side.CLIENT for one in sockets) or any(
            last_name(call.function) in opens for call in calls
        )
    return bool(sockets)


def _speaks_of(module: nodes.Module, home: str) -> bool:
    """Whether a test can run the code of a file: both are in one language."""
    return (module.language == "python") == home.endswith(".py")


@asked
def _imports(scene: Scene, path: str, steps: int) -> frozenset[str]:
    """The files that a file imports, some steps down."""
    found = {path}
    level = [path]
    for _ in range(steps):
        following: dict[str, None] = {}
        for each in level:
            module = scene.program.module(each)
            for target in _imported(scene, module) if module is not None else ():
                if target not in found:
                    following[target] = None
        found.update(following)
        level = list(following)
    return frozenset(found)


def _imported(scene: Scene, module: nodes.Module) -> Iterator[str]:
    files = scene.program.files
    resolve = files.python if module.language == "python" else files.typescript
    for statement in scene.program.every(nodes.Import, module):
        target = resolve(statement.module, module.path)
        if target is not None:
            yield target


# -- what they do ----------------------------------------------------------------------


def _drops(scene: Scene, tests: Iterable[nodes.Module]) -> Evidence:
    """Whether a test breaks a connection; a close alone may only tidy up."""
    closed: nodes.Node | None = None
    for module in tests:
        for node in tree.walk(module):
            match node:
                case nodes.Literal(value=int() as code) if code in _BROKEN:
                    return _seen(scene, node, f"a test ends one with {code}")
                case nodes.Call(arguments=(nodes.Argument(value=given), *_)) if (
                    scene.dialects.speaks("raises-in-tests", last_name(node.function))
                    and _is_end(scene, given)
                ):
                    return _seen(scene, node, "a test expects the end")
                case nodes.Call():
                    name = last_name(node.function)
                    if not scene.dialects.speaks("drops", name):
                        continue
                    if name != "close" or node.arguments:
                        return _seen(scene, node, f"a test calls `{name}()`")
                    closed = closed or node
                case _:
                    continue
    if closed is not None:
        return Evidence(Seen.UNKNOWN, "a close in a test may only tidy up")
    return Evidence(Seen.ABSENT)


def _is_end(scene: Scene, node: nodes.Expression) -> bool:
    return any(
        scene.dialects.match_word("disconnect", name) is not None
        for name in scene.program.canonical_names(node)
    )


def _returns(scene: Scene, tests: Iterable[nodes.Module]) -> Evidence:
    """Whether a test lets time pass, or opens a second connection in one function."""
    for module in tests:
        opened: dict[nodes.Function | None, int] = {}
        for call in scene.program.every(nodes.Call, module):
            name = last_name(call.function)
            if scene.dialects.speaks("passes-time", name):
                return _seen(scene, call, f"a test calls `{name}()`")
            if scene.dialects.speaks("test-connects", name):
                home = scene.program.function_of(call)
                opened[home] = opened.get(home, 0) + 1
                if opened[home] > 1:
                    return _seen(scene, call, "a test connects a second time")
    return Evidence(Seen.ABSENT)


def _disorders(
    scene: Scene, own: list[Socket], tests: Iterable[nodes.Module]
) -> Evidence:
    """Whether a test draws an order; what runs at once may keep its order."""
    doubt = Evidence(Seen.ABSENT)
    for module in dict.fromkeys([*tests, *_of_handlers(scene, own)]):
        for call in scene.program.every(nodes.Call, module):
            name = last_name(call.function)
            if scene.dialects.speaks("disorders", name):
                return _seen(scene, call, f"a test draws the order with `{name}()`")
            if doubt.absent and scene.dialects.speaks("awaits-all", name):
                why = f"`{name}()` in a test may change the order of messages"
                doubt = Evidence(Seen.UNKNOWN, why)
        for numbers in scene.program.every(nodes.Sequence, module):
            if said := _unordered(numbers):
                return _seen(scene, numbers, f"a test goes through {said} in turn")
    if doubt.absent:
        handlers = {_subject(path) for path in _handlers(scene, own)}
        for path in scene.program.files.paths:
            unread = is_test(path) and path not in scene.program.modules
            if unread and _subject(path) in handlers:
                why = f"`{path}` tests what handles messages, and was not read"
                return Evidence(Seen.UNKNOWN, why)
    return doubt


def _subject(path: str) -> str:
    """What a file is about by its name: ``hub`` of ``test_hub.py`` and ``hub.ts``."""
    stem = PurePosixPath(path).name.partition(".")[0]
    return stem.removeprefix("test_").removesuffix("_test")


def _unordered(numbers: nodes.Sequence) -> str:
    """The numbers of a list that neither rise nor fall; "" for all other lists."""
    found = [
        one.value
        for one in numbers.items
        if isinstance(one, nodes.Literal) and isinstance(one.value, int)
    ]
    whole = len(found) == len(numbers.items) > 1
    rises = found in (sorted(found), sorted(found, reverse=True))
    return ", ".join(map(str, found)) if whole and not rises else ""


def _seen(scene: Scene, node: nodes.Node, why: str) -> Evidence:
    return Evidence(Seen.PRESENT, why, scene.place(node))
