"""Exceptions: where one that is raised at a node ends, and how.

`ends` follows it outward along a path of calls: through handlers that raise again,
callers that do not await, promises, context managers and decorators, up to the loop or
function that is asked about; `caught_further_out` goes on into the callers of that.
What stops it on the way is `wsaudit.analysis.catching`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.catching import (
    EXCEPTION,
    Catcher,
    Thrown,
    catches,
    handlers,
    may_catch,
    raised_again,
)
from wsaudit.analysis.destinations import uses
from wsaudit.analysis.edges import AT_ONCE, DIRECT, how
from wsaudit.limits import NEAR
from wsaudit.program import tree, values
from wsaudit.program.asked import asked_in_circles
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Path = tuple["Node", ...]
"""Nodes from the outside in: each call runs the function that the next one is in."""


class Ends(StrEnum):
    """Where an exception ends."""

    CAUGHT = "caught"
    ESCAPES = "escapes"
    """It leaves what was asked about."""
    DETACHED = "detached"
    """It ends in a task or promise that nobody waits for."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class End:
    """How an exception ends; ``catcher`` is what stops it (or may, if unknown).

    ``at`` is the outermost node that it was followed to.
    """

    how: Ends
    at: Node
    catcher: Catcher | None = None

    @property
    def caught(self) -> bool:
        """True when something certainly stops it."""
        return self.how is Ends.CAUGHT

    @property
    def escapes(self) -> bool:
        """True when it certainly leaves what was asked about."""
        return self.how is Ends.ESCAPES


def ends(
    scene: Scene,
    path: Path,
    thrown: Thrown = EXCEPTION,
    inside: Node | None = None,
) -> End:
    """What becomes of an exception raised at the last node of a path.

    ``inside`` is the loop (or other node around the first node of the path) that it
    may leave; without it, the function that the path starts in. A send in a loop that
    must outlive it, say: ``ends(scene, (call,), EXCEPTION, loop).caught``.
    """
    rejects = gives_promise(scene, path[-1])
    for index in range(len(path) - 1, -1, -1):
        node = path[index]
        limit = inside if index == 0 else None
        end, thrown, promised = _in_function(scene, node, thrown, limit, rejects)
        if end is not None:
            return end
        if index == 0 and inside is not None and not _is_function(inside):
            return End(Ends.ESCAPES, node)
        function = scene.program.function_of(node)
        for wrapped in _by_decorator(scene, function, thrown) if function else ():
            return wrapped
        if index == 0:
            return End(Ends.ESCAPES, node)
        outer = path[index - 1]
        if function is None:
            break
        way = how(scene, outer, function)
        if way not in DIRECT | AT_ONCE:
            return End(Ends.DETACHED, outer)
        started = function.is_async and not function.is_generator
        rejects = promised or started or way == "promise"
    return End(Ends.UNKNOWN, path[0])


def caught_further_out(
    scene: Scene, node: Node, thrown: Thrown, hops: int = NEAR
) -> End | None:
    """What catches an exception in the function of a node or in a caller of it."""
    found = ends(scene, (node,), thrown)
    if found.caught:
        return found
    function = scene.program.function_of(node)
    if function is None or not hops or found.how is Ends.UNKNOWN:
        return None
    for site in scene.program.callers(function):
        if isinstance(site, nodes.Call):
            outer = caught_further_out(scene, site, thrown, hops - 1)
            if outer is not None:
                return outer
    return None


def _is_function(node: Node) -> bool:
    return isinstance(node, nodes.Function)


def gives_promise(scene: Scene, node: Node) -> bool:
    """Whether a call only starts what fails: a coroutine, or what gives a promise."""
    if not isinstance(node, nodes.Call):
        return False
    use = scene.use(node)
    if use is not None:
        return use.op.awaited
    callees = scene.program.callees(node)
    if callees:
        return all(any(_starts(scene, each)) for each in callees)
    return scene.word("promise", node) is not None or _is_for_task(scene, node)


@asked_in_circles
def _starts(scene: Scene, function: nodes.Function) -> tuple[bool, ...]:
    """Whether a call of a function is over before what it does is, in a promise."""
    if function.is_generator:
        return ()
    match function.returns:
        case nodes.Index(object=nodes.Name(id="Promise")):
            return (True,)
        case _ if function.is_async:
            return (True,)
        case _:
            pass
    returned = (
        node.value for node in tree.own_of(function) if isinstance(node, nodes.Return)
    )
    return tuple(
        True
        for value in returned
        if value is not None and gives_promise(scene, _begun(value))
    )[:1]


def _begun(value: nodes.Expression) -> nodes.Expression:
    """The call that begins a chain of ``.then()``."""
    match value:
        case nodes.Call(function=nodes.Member(object=nodes.Call() as inner)):
            return _begun(inner)
        case _:
            return value


def _is_for_task(scene: Scene, node: Node) -> bool:
    """Whether a call's result is handed to what makes a task of it."""
    argument = scene.program.parents.get(node)
    if not isinstance(argument, nodes.Argument):
        return False
    call = scene.program.parents.get(argument)
    return isinstance(call, nodes.Call) and scene.word("task", call) is not None


def _in_function(
    scene: Scene,
    node: Node,
    thrown: Thrown,
    inside: Node | None,
    rejects: bool,  # noqa: FBT001
) -> tuple[End | None, Thrown, bool]:
    """How an exception ends in the node's own function.

    If it does not: what it has become, and whether it is in a promise handed out.
    """
    at = node
    while True:
        waits, at = waited_for(scene, at) if rejects else ("waits", at)
        for catcher in handlers(scene, at, inside, rejects=rejects):
            if waits != "waits" and catcher.kind != "promise":
                continue
            if not may_catch(scene, catcher, thrown):
                continue
            if not catches(scene, catcher, thrown) or not catcher.resolved:
                return End(Ends.UNKNOWN, at, catcher), thrown, False
            again = raised_again(scene, catcher, thrown)
            if again is None:
                return End(Ends.CAUGHT, at, catcher), thrown, False
            thrown, at = again, catcher.scope
            break
        else:
            lost = {"drops": Ends.DETACHED, "keeps": Ends.UNKNOWN}.get(waits)
            end = End(lost, at) if lost is not None else None
            return end, thrown, waits == "returns"
        rejects = catcher.kind == "promise"


def waited_for(scene: Scene, node: Node) -> tuple[str, Node]:
    """What happens to a promise or coroutine that a node gives, and where.

    "waits" (it is awaited), "returns" (the caller has it), "drops" (nobody), or
    "keeps" (it is kept for later). What a local name holds and its function awaits
    is waited for there; otherwise the place is the node itself.
    """
    at, task = node, False
    for around in tree.within(node, scene.program.parents):
        match around:
            case nodes.Await() | nodes.Yield(delegates=True) | nodes.WithItem():
                return "waits", node
            case nodes.Return() | nodes.Yield():
                return "returns", node
            case nodes.Loop(source=source, is_async=True) if source is at:
                return "waits", node
            case nodes.Call() if scene.word("task", around) is not None:
                task = True
            case nodes.Unary(op="void") | nodes.Expr():
                return "drops", node
            case nodes.Bind(target=nodes.Name() as name, value=value) if value is at:
                later = _awaited_later(scene, name, around)
                if later is not None:
                    return "waits", later
                return ("drops" if task else "keeps"), node
            case nodes.Bind() | nodes.Assign() | nodes.Function():
                return ("drops" if task else "keeps"), node
            case _:
                pass
        at = around
    return ("drops" if task else "keeps"), node


def _awaited_later(scene: Scene, name: nodes.Name, bound: Node) -> Node | None:
    """Where a function awaits what it has bound to a name, alone or gathered."""
    function = scene.program.function_of(bound)
    binding = scene.program.binding(name)
    if function is None or binding is None or not binding.constant:
        return None
    for use in uses(scene.program, name):
        if (
            scene.program.function_of(use) is function
            and waited_for(scene, use) == ("waits", use)
            and not _is_only_watched(scene, use)
        ):
            return use
    return None


def _is_only_watched(scene: Scene, node: Node) -> bool:
    """``asyncio.wait({task})`` raises nothing of what it waits for."""
    for around in tree.within(node, scene.program.parents):
        if isinstance(around, nodes.Await):
            return False
        word = (
            scene.word("together", around) if isinstance(around, nodes.Call) else None
        )
        if word is not None and word.group == "all":
            return True
    return False


@asked_in_circles
def _by_decorator(
    scene: Scene, function: nodes.Function, thrown: Thrown
) -> tuple[End, ...]:
    """How an exception ends in a function's own decorators; nothing if it does not."""
    definition = scene.program.parents.get(function)
    if not isinstance(definition, nodes.FunctionDef):
        return ()
    for decorator in reversed(definition.decorators):
        for wrapper, wraps in _wrappers(scene, decorator):
            for call in tree.block_calls(wrapper.body):
                if _calls_parameter(scene, call, wraps):
                    inner = ends(scene, (call,), thrown)
                    if not inner.escapes:
                        return (inner,)
    return ()


def _wrappers(
    scene: Scene, decorator: nodes.Expression
) -> Iterator[tuple[nodes.Function, nodes.Function]]:
    """The functions a project decorator puts in place, each with the one it is from."""
    for value in scene.program.values(decorator):
        if isinstance(value, values.Func):
            for inner in scene.program.results(value.function):
                if isinstance(inner, values.Func):
                    yield inner.function, value.function


def _calls_parameter(scene: Scene, call: nodes.Call, function: nodes.Function) -> bool:
    """Whether a call is of something that another function was given."""
    if not isinstance(call.function, nodes.Name):
        return False
    binding = scene.program.binding(call.function)
    return binding is not None and any(
        write.source in function.parameters for write in binding.writes
    )
