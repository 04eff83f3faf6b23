"""What code does: itself, through what it calls, at once, in a task, or later."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.effects import Does, Effect, When, effects, effects_of_block
from wsaudit.syntax import nodes

SERVER = """
import asyncio, logging, time
from asgiref.sync import sync_to_async
from fastapi import FastAPI, WebSocket

app = FastAPI()
log = logging.getLogger("a")

@app.websocket("/")
async def start(websocket: WebSocket, helper=None):
"""


def _effects(body: str, below: str = "") -> tuple[Effect, ...]:
    """The effects of an endpoint with a body."""
    text = SERVER + "".join(f"    {line}\n" for line in body.splitlines()) + below
    scene = scene_of({"a.py": text})
    (function,) = (
        node.function
        for node in scene.program.parents
        if isinstance(node, nodes.FunctionDef) and node.name == "start"
    )
    found = effects(scene, function)
    assert effects_of_block(scene, function.body) == found
    return found


def _said(body: str, below: str = "") -> list[tuple[str, int, str]]:
    """What is done, how many calls down, and when; waiting and writing left out."""
    return [
        (effect.does.value, len(effect.path), effect.when.name.lower())
        for effect in _effects(body, below)
        if effect.does not in {Does.AWAITS, Does.WRITES}
    ]


ONE = {
    "await websocket.send_text('a')": "sends",
    "await websocket.close()": "closes",
    "await websocket.receive_text()": "receives",
    "raise ValueError": "raises",
    "exit(1)": "raises",
    "return 1": "leaves",
    "await asyncio.sleep(1)": "sleeps",
    "time.sleep(1)": "blocks",
    "log.info('a')": "logs",
    "helper.turn()": "unseen",
}


@pytest.mark.parametrize("line", ONE)
def test_one_line(line: str) -> None:
    """A statement that does one thing."""
    assert _said(line) == [(ONE[line], 0, "now")]


def test_waiting_and_writing() -> None:
    """Every await and every binding is an effect too."""
    found = _effects("text = await websocket.receive_text()")

    assert [effect.does for effect in found] == [
        Does.WRITES,
        Does.AWAITS,
        Does.RECEIVES,
    ]


CALLED = {
    "a call": ("first()", [("blocks", 2, "now")]),
    "a task": ("asyncio.create_task(beside())", [("blocks", 1, "task")]),
    "a thread": ("await asyncio.to_thread(first)", [("blocks", 2, "later")]),
    "a thread that a decorator starts": (
        "await elsewhere()",
        [("blocks", 1, "later")],
    ),
    "a generator that a loop runs": (
        "for one in given():\n    print(one)",
        [("blocks", 1, "now"), ("hands out", 1, "now"), ("logs", 0, "now")],
    ),
    "a generator that is kept": (
        "kept = given()",
        [("blocks", 1, "later"), ("hands out", 1, "later")],
    ),
    "twice": ("first()\nfirst()", [("blocks", 2, "now"), ("blocks", 2, "now")]),
    "the nearest way": ("second()", [("blocks", 1, "now")]),
    "in a circle": ("one()", [("blocks", 2, "now"), ("logs", 1, "now")]),
}
BELOW = """
def first():
    second()

def second():
    time.sleep(1)

async def beside():
    time.sleep(1)

@sync_to_async
def elsewhere():
    time.sleep(1)

def given():
    time.sleep(1)
    yield 1

def one():
    other()
    print(1)

def other():
    time.sleep(1)
    one()
"""


@pytest.mark.parametrize("name", CALLED)
def test_through_calls(name: str) -> None:
    """What is called does it, and when."""
    body, expected = CALLED[name]

    assert _said(body, BELOW) == expected


def test_too_far() -> None:
    """What is not followed any more is said."""
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(12))
    many = "\n".join("log.info('a')" for _ in range(60))

    end = "def f12():\n    time.sleep(1)\n"
    assert [effect.does for effect in _effects("f0()", chain + end)] == [Does.TOO_FAR]
    assert [effect.does for effect in _effects(many)][-1] is Does.TOO_FAR


def test_in_a_browser() -> None:
    """The same questions for TypeScript."""
    text = (
        "const socket = new WebSocket('wss://a.example');\n"
        "function start() {\n"
        "  setTimeout(() => socket.close(), 5);\n"
        "  items.forEach((item) => socket.send(item));\n"
        "}\n"
    )
    scene = scene_of({"a.ts": text})
    start = next(n for n in scene.program.parents if isinstance(n, nodes.Function))
    found = [
        (effect.does, effect.when)
        for effect in effects(scene, start)
        if effect.use is not None
    ]

    assert found == [(Does.CLOSES, When.LATER), (Does.SENDS, When.NOW)]


def test_what_comes_later_takes_no_place_of_what_runs_now() -> None:
    """However much is done later, a call that waits at the end is seen."""
    later = "\n".join(
        f"asyncio.get_running_loop().call_later(1, lambda: time.sleep({n}))"
        for n in range(60)
    )
    found = _effects(f"{later}\ntime.sleep(61)")

    assert any(
        effect.does is Does.BLOCKS and effect.when is When.NOW for effect in found
    )
