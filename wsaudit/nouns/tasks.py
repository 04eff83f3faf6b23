"""Tasks that the code of connections starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.cells import reads
from wsaudit.analysis.coverage import waits
from wsaudit.analysis.destinations import Destination, goes
from wsaudit.analysis.failures.risks import fails
from wsaudit.model import Evidence, Seen
from wsaudit.model.tasks import Task
from wsaudit.nouns.server.ending import ending
from wsaudit.program import tree
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Word

MAKES = (Task,)


def find(scene: Scene) -> Iterator[Task]:
    """One fact for each call that starts a task in the code of connections."""
    for call in scene.program.calls_of(scene.dialects.word_ends("task")):
        word = scene.word("task", call)
        home = scene.program.function_of(call)
        if word is None or home is None or not call.arguments:
            continue
        facts = tuple(each.fact for each in scene.sockets if home in each.unit)
        if facts:
            yield Task(
                at=scene.callee_place(call),
                connections=facts,
                runs=scene.text(call.arguments[0].value),
                kept=_kept(scene, call, home, word),
                fails=_fails(scene, call),
                lasting=any(_goes_round(each) for each in _run(scene, call)),
                watched=watched(scene, call, word),
                ending=None if word.group == "owned" else ending(scene, call, home),
            )


def _kept(scene: Scene, call: nodes.Call, home: nodes.Function, word: Word) -> Evidence:
    """Whether something holds a task: a name, a field, a collection, who waits."""
    if word.group == "owned":
        return Evidence(Seen.PRESENT, "its group holds it")
    found = goes(scene.program, call)
    if not found:
        later = any(node.start > call.end for node in waits(home))
        why = "a variable holds it while its function runs"
        return Evidence(Seen.PRESENT if later else Seen.ABSENT, why if later else "")
    held = [each for each in found if each.way != "dropped"]
    if not held:
        return Evidence(Seen.ABSENT, at=scene.place(found[0].at))
    if all(each.at is scene.program.parents.get(call) for each in held) and all(
        each.way == "opened" for each in held
    ):
        return Evidence(Seen.UNKNOWN, "only a method of it is called")
    how = f"it is {held[0].way}" if held[0].way != "opened" else "it is held by a name"
    return Evidence(Seen.PRESENT, how, scene.place(held[0].at))


def _run(scene: Scene, call: nodes.Call) -> tuple[nodes.Function, ...]:
    """The functions whose coroutine a task runs."""
    work = tree.strip(call.arguments[0].value)
    return scene.program.callees(work) if isinstance(work, nodes.Call) else ()


def _fails(scene: Scene, call: nodes.Call) -> Evidence:
    """Whether the coroutine of a task may end in an error."""
    for function in _run(scene, call):
        return fails(scene, function)
    return Evidence(Seen.UNKNOWN, f"`{scene.text(call.arguments[0].value)}`")


def _goes_round(function: nodes.Function) -> bool:
    return any(
        isinstance(node, nodes.Loop) and (node.kind == "while" or node.is_async)
        for node in tree.own_of(function)
    )


def watched(scene: Scene, call: nodes.Call, word: Word) -> Evidence:
    """Whether anything asks how a task has ended: who waits for it, a callback."""
    if word.group == "owned":
        return Evidence(Seen.PRESENT, "its group waits for it")
    unsure = ""
    for where in _held(scene, call):
        asks = _asks(scene, where)
        if asks is None:
            unsure = unsure or "what becomes of the task where it is handed"
        elif asks:
            return Evidence(Seen.PRESENT, "its end is asked for", scene.place(where.at))
    return Evidence(Seen.UNKNOWN if unsure else Seen.ABSENT, unsure)


def _held(scene: Scene, call: nodes.Call) -> Iterator[Destination]:
    """What becomes of a task, and of what it is kept in."""
    for each in goes(scene.program, call):
        yield each
        for name in reads(scene, each.cell) if each.cell is not None else ():
            yield from goes(scene.program, name)


def _asks(scene: Scene, where: Destination) -> bool | None:
    """Whether who has a task asks how it ended; None where that is not in sight."""
    parent = scene.program.parents.get(where.at)
    match where.way, where.at, parent:
        case "awaited" | "returned", _, _:
            return True
        case "passed", nodes.Call() as taker, _:
            name = tree.last_name(taker.function)
            if scene.word("together", taker) or scene.dialects.speaks(
                "awaits-all", name
            ):
                return True
            return False if scene.dialects.speaks("adds", name) else None
        case "opened", nodes.Member(name="add_done_callback"), nodes.Call() as added:
            return _looks(scene, added)
        case "opened", nodes.Member(name="exception" | "result"), _:
            return True
        case _:
            return False


def _looks(scene: Scene, added: nodes.Call) -> bool | None:
    """Whether a done callback asks for the exception, or says that it was called."""
    given = added.arguments[0].value if added.arguments else None
    functions = scene.functions_of(given) if given is not None else ()
    if not functions:
        keeps = given is not None and tree.last_name(given) in scene.dialects.spoken(
            "removes"
        )
        return False if keeps else None
    return any(
        isinstance(node, nodes.Member) and node.name in {"exception", "result"}
        for function in functions
        for node in tree.own_of(function)
    )
