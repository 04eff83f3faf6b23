"""Growth: state to which messages add, and whether anything keeps it small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import Change, bound, leaves, name_of, put_in, reads, writes
from wsaudit.analysis.feeds import Feed, feeds, message_runs
from wsaudit.analysis.feeds.parts import StatePart, parts
from wsaudit.analysis.feeds.writes import brings, writes_to, written_values
from wsaudit.analysis.order import outlasts
from wsaudit.analysis.origins import meant
from wsaudit.model import Evidence, Seen
from wsaudit.model.states import Growth
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.states import StateWrite
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.program.cells import Cell


def growth(scene: Scene) -> Iterator[Growth]:
    """One fact for each part of a state, or list, that messages add to."""
    told: list[StatePart] = []
    for feed in feeds(scene):
        for part, value in given_parts(scene, feed.write):
            if added_to(scene, value, part) and not any(map(part.meets, told)):
                told.append(part)
                yield _grows(scene, feed, part)
    lists: set[Cell] = set()
    for socket, runs in message_runs(scene):
        for change in put_in(scene, runs):
            held = change.cell(scene)
            if (
                held is not None
                and held not in lists
                and isinstance(change.node, nodes.Call)
                and scene.says("appends", tree.last_name(change.node.function))
                and outlasts(held, runs)
                and change.value is not None
                and brings(scene, change.value)
            ):
                lists.add(held)
                yield _listed(scene, socket, change, held)


def _grows(scene: Scene, feed: Feed, part: StatePart) -> Growth:
    return Growth(
        at=scene.callee_place(feed.write.call),
        connections=(feed.socket.fact,),
        name=part.path[-1] if part.path else bound_name(feed.write),
        limited=_limited(scene, part),
    )


def bound_name(write: StateWrite) -> str:
    """What the state is called that a hook's setter writes."""
    name = tree.last_name(write.call.function).removeprefix("set")
    return name[:1].lower() + name[1:]


def _listed(scene: Scene, socket: Socket, put: Change, held: Cell) -> Growth:
    """A list that a program keeps itself; whoever may read it whole may empty it."""
    limit = Evidence(Seen.ABSENT)
    for change in leaves(scene, held):
        limit = Evidence(Seen.PRESENT, "it is emptied", scene.place(change.node))
    for read in reads(scene, held) if limit.absent else ():
        around = scene.program.parents.get(read)
        if isinstance(around, nodes.Member) and scene.says(
            "tells-contents", around.name
        ):
            limit = Evidence(Seen.PRESENT, "it is asked first", scene.place(around))
    whole = put.container
    made = [write.value for write in writes(scene, held) if write.value is not None]
    array = any(isinstance(tree.strip(each), nodes.Sequence) for each in made)
    if limit.absent and not array and not (whole and bound(scene, whole).absent):
        limit = Evidence(Seen.UNKNOWN, "what is added to")
    return Growth(
        at=scene.place(whole or put.node),
        connections=(socket.fact,),
        name=name_of(scene, held, "a list"),
        limited=limit,
    )


def given_parts(
    scene: Scene, write: StateWrite
) -> Iterator[tuple[StatePart, nodes.Expression]]:
    """What a write may give the parts of a state, choices taken apart."""
    for part, value in written_values(scene, write):
        for each in _choices(scene, value):
            yield part, each


def _choices(scene: Scene, value: nodes.Expression) -> Iterator[nodes.Expression]:
    value = tree.strip(value)
    match value:
        case nodes.Conditional(then=then, other=other):
            yield from _choices(scene, then)
            yield from _choices(scene, other)
        case nodes.Name() if (whole := meant(scene.program, value)) is not None:
            yield from _choices(scene, whole)
        case _:
            yield value


def added_to(scene: Scene, value: nodes.Expression, part: StatePart) -> bool:
    """Whether a value holds all that was there and more, or is a cut of that."""
    match value:
        case nodes.Sequence(items=items) if len(items) > 1:
            spread = [one.value for one in items if isinstance(one, nodes.Spread)]
            return any(is_part(scene, each, part) for each in spread)
        case nodes.Call(function=nodes.Member(object=inner, name=name)):
            if name == "concat":
                return is_part(scene, inner, part)
            return added_to(scene, tree.strip(inner), part)
        case _:
            return False


def is_part(scene: Scene, node: nodes.Expression, part: StatePart) -> bool:
    """Whether an expression is a part of a state, or of that part."""
    return any(each.meets(part) for each in parts(scene, node))


def _limited(scene: Scene, part: StatePart) -> Evidence:
    """Whether any write of a part cuts it, begins anew, or asks first what is there."""
    doubt = Evidence(Seen.ABSENT)
    for write in writes_to(scene, part.state):
        for given, value in given_parts(scene, write):
            if not given.meets(part) or is_part(scene, value, part):
                continue
            at = scene.place(value)
            name = (
                tree.last_name(value.function) if isinstance(value, nodes.Call) else ""
            )
            grows = added_to(scene, value, part) and name in {"", "concat"}
            asks = asked_first(scene, value, part)
            if _cuts(scene, value):
                return Evidence(Seen.PRESENT, f"`{_shown(part)}` is kept small", at)
            if asks is not None:
                why = "it is asked first what it holds"
                return Evidence(Seen.PRESENT, why, scene.place(asks))
            if not grows and not scene.says("keeps-all", name):
                doubt = Evidence(Seen.UNKNOWN, "something else is put in its place", at)
    return doubt


def _cuts(scene: Scene, value: nodes.Expression) -> bool:
    """Whether a value is a cut of something, or nothing."""
    match value:
        case nodes.Sequence(items=items):
            return not any(isinstance(one, nodes.Spread) for one in items)
        case nodes.Call(function=function):
            return scene.says("cuts", tree.last_name(function))
        case nodes.Literal(kind="null" | "undefined"):
            return True
        case _:
            return False


def asked_first(
    scene: Scene, value: nodes.Expression, part: StatePart
) -> nodes.Member | None:
    """Where the function of a write asks how long a list is, or what is in it."""
    home = scene.program.function_of(value)
    for node in tree.own_of(home) if home is not None else ():
        if (
            isinstance(node, nodes.Member)
            and scene.says("tells-contents", node.name)
            and is_part(scene, node.object, part)
        ):
            return node
    return None


def _shown(part: StatePart) -> str:
    return ".".join(part.path) or "the state"
