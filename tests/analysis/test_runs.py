"""What runs what, and how: one snippet a way."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.edges import edges
from wsaudit.analysis.paths import paths
from wsaudit.analysis.runs import below
from wsaudit.analysis.waking import woken
from wsaudit.connections.scene import Scene
from wsaudit.program import tree
from wsaudit.syntax import nodes


def function_named(scene: Scene, name: str) -> nodes.Function:
    """The first function of a name, wherever it is defined."""
    for module in scene.program.primary:
        for node in tree.walk(module):
            if isinstance(node, nodes.Function) and scene.program.name_of(node) == name:
                return node
    raise LookupError(name)


# How `start` runs `goal`.
PYTHON = {
    "call": "def start():\n    goal()\n",
    "await": "async def start():\n    await goal()\n",
    "task": ("import asyncio\n\nasync def start():\n    asyncio.create_task(goal())\n"),
    "timer": "def start(loop):\n    loop.call_later(5, goal)\n",
    "later": "def start(pool):\n    pool.submit(goal)\n",
    "event": "def start(bus):\n    bus.subscribe(goal)\n",
    "kept": "def start(hooks):\n    hooks.append(goal)\n",
    "cleanup": (
        "class Room:\n"
        "    def __exit__(self, *error):\n"
        "        goal()\n\n"
        "def start():\n"
        "    with Room():\n"
        "        pass\n"
    ),
}
TYPESCRIPT = {
    "call": "function start() { goal(); }",
    "await": "async function start() { await goal(); }",
    "callback": "function start(items) { items.forEach(goal); }",
    "promise": "function start(asked) { asked.then(goal); }",
    "task": "function start() { queueMicrotask(goal); }",
    "timer": "function start() { setTimeout(goal, 500); }",
    "interval": "function start() { setInterval(() => goal(), 500); }",
    "event": "function start(at) { at.addEventListener('online', goal); }",
    "later": "function start(bus) { bus.register(goal); }",
    "made": "function start() { const kept = () => goal(); return kept; }",
    "kept": (
        'import { useCallback } from "react";\n'
        "function start() { return useCallback(() => goal(), []); }"
    ),
    "effect": (
        'import { useEffect } from "react";\n'
        "function start() { useEffect(() => { goal(); }, []); }"
    ),
}
TYPESCRIPT_CLEANUP = """
import { useEffect } from "react";
function Page() {
  useEffect(function start() {
    return () => goal();
  }, []);
}
"""


def _ways(path: str, text: str, goal: str) -> list[str]:
    """How each edge of `start` towards `goal` runs what it runs."""
    scene = scene_of({path: text + goal})
    wanted = function_named(scene, "goal")
    return [
        edge.how
        for edge in edges(scene, function_named(scene, "start"))
        if wanted in below(scene, edge.function)
    ]


@pytest.mark.parametrize("how", PYTHON)
def test_ways_in_python(how: str) -> None:
    """Each way a function comes to run in Python."""
    is_async = how in {"await", "task"}
    goal = f"\n{'async ' if is_async else ''}def goal():\n    pass\n"

    assert _ways("a.py", PYTHON[how], goal) == [how]


@pytest.mark.parametrize("how", TYPESCRIPT)
def test_ways_in_typescript(how: str) -> None:
    """Each way a function comes to run in TypeScript."""
    is_async = "async " if how == "await" else ""

    assert _ways("a.tsx", TYPESCRIPT[how], f"\n{is_async}function goal() {{}}") == [how]


def test_cleanup_of_an_effect() -> None:
    """What an effect returns runs when it is over."""
    assert _ways("a.tsx", TYPESCRIPT_CLEANUP, "function goal() {}") == ["cleanup"]


STATE = """
import { useEffect, useState } from "react";
function Page() {
  const [tries, setTries] = useState(0);
  const start = () => { setTries((n) => n + 1); };
  const stop = () => { setTries(0); };
  useEffect(function goal() { if (tries) connect(); }, [tries]);
}
function connect() {}
"""


@pytest.mark.parametrize(
    ("name", "how"), [("start", ["state"]), ("stop", [])], ids=["wakes", "refused"]
)
def test_state_wakes_effects(name: str, how: list[str]) -> None:
    """An effect runs again for the state that it sees, unless it refuses the value."""
    scene = scene_of({"a.tsx": STATE})

    assert [edge.how for edge in woken(scene, function_named(scene, name))] == how


def test_a_path_has_each_call_once() -> None:
    """A callback that a function of the project runs is reached through that one."""
    scene = scene_of(
        {
            "a.ts": (
                "function twice(run) { run(); run(); }\n"
                "function start() { twice(() => goal()); }\n"
                "function goal() {}\n"
            )
        }
    )
    found = paths(scene, function_named(scene, "start"), function_named(scene, "goal"))

    assert [[edge.how for edge in path.edges] for path in found] == [
        ["call", "call", "call"],
        ["call", "call", "call"],
    ]


def test_what_was_cut_off_is_told() -> None:
    """A chain that is longer than the budget leaves the answer open."""
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(20))
    scene = scene_of({"a.py": f"{chain}def f20():\n    pass\n"})

    assert not below(scene, function_named(scene, "f0")).whole
    assert below(scene, function_named(scene, "f15")).whole
