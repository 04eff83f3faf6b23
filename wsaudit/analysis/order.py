"""Order: what code that nobody waits for writes once it has waited itself.

`late` are such writes: whoever calls the code again may write in between, or first.
What takes turns is left out: a chain of promises that each call is added to, what is
behind a lock, and what asks after the wait whether it is still the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import bound, outlives, puts
from wsaudit.analysis.components import given_to
from wsaudit.analysis.edges import edges
from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.origins import given
from wsaudit.analysis.states import write_of
from wsaudit.flow.conditions import holding
from wsaudit.flow.made import graph_of
from wsaudit.flow.ways import ahead
from wsaudit.limits import MANY, STEPS
from wsaudit.model import Side
from wsaudit.program import tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.cells import Cell, variable
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from collections.abc import Collection

    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.names import Write
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

_GOES_ON = frozenset({"call", "await", "callback", "task", "promise"})
_CHAIN = frozenset({"then", "catch", "finally"})


@dataclass(frozen=True, slots=True)
class Late:
    """A write of what outlives its code, behind a wait of that code.

    ``target`` is what is written, or the call that writes it or sends. Not ``sure``
    where it cannot be seen whether anything is waited for.
    """

    wait: nodes.Expression
    write: Node
    target: nodes.Expression
    sure: bool = True


@asked
def late(scene: Scene, start: nodes.Function) -> tuple[Late, ...]:
    """The late writes of a function and of what it calls, the nearest first."""
    found: list[Late] = []
    waited: dict[nodes.Function, nodes.Expression | None] = {start: None}
    queue = [start]
    connecting = {socket.creator for socket in scene.sockets}
    for function in queue:
        behind = _behind(scene, function, waited[function])
        for node in tree.own_of(function):
            wait = behind.get(node, waited[function])
            target = wait and _written(scene, node, waited)
            if wait is not None and target and not _newest(scene, node, wait):
                sure = takes_time(scene, wait) is True
                found.append(Late(wait, node, target, sure))
        for edge in edges(scene, function):
            wait = behind.get(edge.site, waited[function])
            if edge.how == "promise" and not _makes_promise(edge.site):
                began = _began(edge.site)
                wait = wait or began
                if began is None or takes_time(scene, began) is False:
                    continue
            if wait is not None and _newest(scene, edge.site, wait):
                continue
            if edge.how not in _GOES_ON or _takes_turns(scene, edge.site):
                continue
            if edge.function in connecting:
                continue  # Another connection has messages of its own.
            # What is called before a wait and behind one is looked at behind it.
            new = waited.get(edge.function) is None and wait is not None
            if (edge.function not in waited or new) and len(waited) < MANY:
                waited[edge.function] = wait
                queue.append(edge.function)
    return tuple(sorted(found, key=lambda one: not one.sure))


def _behind(
    scene: Scene, function: nodes.Function, before: nodes.Expression | None
) -> dict[Node, nodes.Expression]:
    """What runs in a function behind a wait of its own, with the first such wait."""
    found: dict[Node, nodes.Expression] = {}
    graph = graph_of(scene.program, function) if before is None else None
    for node in tree.own_of(function) if graph is not None else ():
        wait = _waited_for(node)
        if graph is None or wait is None or takes_time(scene, wait) is False:
            continue
        if _in_turn(scene, node):
            continue
        for each in ahead(graph, graph.of(node, scene.program.parents)):
            for part in (each, *_parts(each)):
                found.setdefault(part, wait)
    return found


def _parts(statement: Node) -> Iterator[Node]:
    """What an assignment is made of runs no later than itself."""
    if isinstance(statement, nodes.Expr) and isinstance(statement.value, nodes.Assign):
        yield statement.value


def _waited_for(node: Node) -> nodes.Expression | None:
    match node:
        case nodes.Await(value=value):
            return tree.strip(value)
        case nodes.With(is_async=True, items=(first, *_)):
            return tree.strip(first.value)
        case _:
            return None


# -- waits -------------------------------------------------------------------------


@asked_in_circles
def _slow(scene: Scene, function: nodes.Function) -> tuple[bool, ...]:
    """Whether a function waits: nothing for no, true for yes, false where unseen."""
    found = {
        slow
        for node in tree.own_of(function)
        for wait in (_result_of(function, node),)
        if wait is not None and (slow := takes_time(scene, wait)) is not False
    }
    return tuple(sorted(bool(each) for each in found))


def _result_of(function: nodes.Function, node: Node) -> nodes.Expression | None:
    """What a function waits for, or has its caller wait for."""
    if isinstance(node, nodes.Return) and not function.is_async:
        return tree.strip(node.value) if node.value is not None else None
    return _waited_for(node)


def takes_time(scene: Scene, wait: nodes.Expression) -> bool | None:
    """Whether to wait for an expression takes a time of its own; None where unseen.

    What is kept somewhere was begun before, and gives those who wait their order back.
    """
    if not isinstance(wait, nodes.Call):
        return False
    name, use = tree.last_name(wait.function), scene.use(wait)
    if scene.says("settles-at-once", name) or scene.says("takes-turns", name):
        return False
    if use is not None:
        return use.op.means != "send"
    callees = scene.program.callees(wait)
    if callees and not wait.new:
        slow = {each for callee in callees for each in _slow(scene, callee)}
        return True if True in slow else None if slow else False
    found = scene.program.values(wait.function)
    return True if any(isinstance(each, values.External) for each in found) else None


def _began(site: Node) -> nodes.Call | None:
    """The call that a chain of ``then`` begins with.

    None where it goes on one that is kept, and for what runs after a failure.
    """
    at = site
    if isinstance(at, nodes.Call) and tree.last_name(at.function) == "catch":
        return None
    while isinstance(at, nodes.Call):
        if not isinstance(at.function, nodes.Member) or at.function.name not in _CHAIN:
            return at
        at = tree.strip(at.function.object)
    return None


def _makes_promise(site: Node) -> bool:
    """``new Promise(run)`` calls what it is given at once."""
    return isinstance(site, nodes.Call) and site.new


# -- turns -------------------------------------------------------------------------


def _takes_turns(scene: Scene, site: Node) -> bool:
    """Whether what a call is given, or what it is in, runs one after the other."""
    named = isinstance(site, nodes.Call) and scene.says(
        "takes-turns", tree.last_name(site.function)
    )
    return named or _in_turn(scene, site)


def _in_turn(scene: Scene, node: Node) -> bool:
    """Whether a node is behind a lock: in its ``with``, or after it was awaited."""
    function = scene.program.function_of(node)
    for around in (node, *tree.within(node, scene.program.parents)):
        if isinstance(around, nodes.With) and around.is_async:
            for item in around.items:
                if not isinstance(item.value, nodes.Call) or scene.says(
                    "takes-turns", tree.last_name(item.value.function)
                ):
                    return True
    return any(
        isinstance(each, nodes.Await)
        and each.start < node.start
        and scene.says("takes-turns", tree.last_name(_callee(each.value)))
        for each in (tree.own_of(function) if function is not None else ())
    )


def _callee(node: nodes.Expression) -> nodes.Expression:
    node = tree.strip(node)
    return node.function if isinstance(node, nodes.Call) else node


def _newest(scene: Scene, node: Node, wait: nodes.Expression) -> bool:
    """Whether something is compared, after a wait, with what others may have written.

    Where the wait is in a caller, any comparison with it is after the wait.
    """
    inside = scene.program.function_of(node) is scene.program.function_of(wait)
    return any(
        isinstance(test, nodes.Binary)
        and (not inside or test.start > wait.start)
        and not any(isinstance(s, nodes.Literal) for s in (test.left, test.right))
        and any(
            outlasts(scene.program.cell(side), ()) for side in (test.left, test.right)
        )
        for test, _ in holding(scene.program, node)
    )


# -- writes ------------------------------------------------------------------------


def _written(
    scene: Scene, node: Node, run: Collection[nodes.Function]
) -> nodes.Expression | None:
    """What a node writes that outlives some functions, if that says anything new."""
    match node:
        case (
            nodes.Bind(target=target, value=value)
            | nodes.Assign(target=target, value=value)
        ) if value is not None:
            told = _tells(scene, value)
            return target if told and outlasts(_held(scene, target), run) else None
        case nodes.Call(arguments=(first, *_)):
            use = scene.use(node)
            if use is not None:
                return node.function if use.op.means == "send" else None
            if write_of(scene, node) is not None:
                return node.function if _tells(scene, first.value) else None
            return _put(scene, node, run)
        case _:
            return None


def _held(scene: Scene, target: nodes.Expression) -> Cell | None:
    """The cell that is written, which of a variable is no other name of anything."""
    if isinstance(target, nodes.Name):
        binding = scene.program.binding(target)
        return variable(binding) if binding is not None else None
    held = scene.program.cell(target)
    if held is None and isinstance(target, nodes.Index):
        return scene.program.cell(target.object)
    return held


def _put(
    scene: Scene, call: nodes.Call, run: Collection[nodes.Function]
) -> nodes.Expression | None:
    if not isinstance(call.function, nodes.Member):
        return None
    if not scene.says("adds", call.function.name):
        return None
    held = scene.program.cell(call.function.object)
    if held is None or not outlasts(held, run):
        return None
    put = any(
        each.node is call and each.value is not None and _tells(scene, each.value)
        for each in puts(scene, held)
    )
    keeps = put and bound(scene, call.function.object).absent
    return call.function.object if keeps else None


def _tells(scene: Scene, value: nodes.Expression, depth: int = 0) -> bool:
    """Whether a value is made of a message, or of what was waited for.

    One more, or one less, is the same in any order.
    """
    match tree.strip(value):
        case nodes.Binary(op="+" | "-", right=nodes.Literal(value=int())):
            return False
        case _:
            pass
    if carriers(scene).carries(value):
        return True
    for part in tree.walk(value):
        if isinstance(part, nodes.Await):
            return True
        binding = scene.program.binding(part) if isinstance(part, nodes.Name) else None
        writes = binding.writes if binding is not None and binding.is_local else ()
        if depth < STEPS and any(_fresh(scene, each, depth + 1) for each in writes):
            return True
    return False


def _fresh(scene: Scene, write: Write, depth: int) -> bool:
    """Whether a variable is given what tells something, or what a promise brought."""
    if not isinstance(write.source, nodes.Parameter):
        return write.value is not None and _tells(scene, write.value, depth)
    function = scene.program.function_of(write.source)
    call = given_to(scene.program, function) if function is not None else None
    if call is not None and _began(call) not in {None, call}:
        return True
    return any(
        one.value is not None and _tells(scene, one.value, depth)
        for one in given(scene.program, write.source)
    )


def outlasts(held: Cell | None, run: Collection[nodes.Function]) -> bool:
    """Whether a cell is not made by one of the functions that run."""
    match held:
        case Cell(owner=Cell() as inner):
            return outlasts(inner, run)
        case Cell(owner=Binding() as binding):
            scope = binding.scope.function_scope()
            return scope.kind == "module" or (bool(run) and scope.node not in run)
        case Cell(kind="field" | "ref" | "shared" | "slot"):
            return True
        case _:
            return False


def outlasts_connection(
    scene: Scene, held: Cell, socket: Socket, run: Collection[nodes.Function]
) -> bool:
    """Whether a cell that functions use is there for the next connection too.

    On a server it outlives the endpoint; a client's is not made by what runs.
    """
    if socket.fact.side is Side.SERVER:
        return outlives(scene, held, socket.entry or next(iter(run), None))
    return outlasts(held, run)


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """What a function writes behind a wait."""
    if isinstance(node, nodes.Function):
        for one in late(scene, node):
            yield "writes late, after the wait at ", scene.place(one.wait)
