"""Tasks that the code of connections starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.coverage import waits
from wsaudit.analysis.destinations import goes
from wsaudit.model import Evidence, Seen
from wsaudit.model.tasks import Task
from wsaudit.nouns.server.ending import ending
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
