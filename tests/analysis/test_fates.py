"""What an exception costs a loop: the message, the session on purpose, the session."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.failures.fates import fate
from wsaudit.model import Seen
from wsaudit.program import tree

HEAD = """
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/board")
async def draw(websocket: WebSocket, refused):
    await websocket.accept()
"""

LOOPS = {
    "nothing catches it": (
        """
    while True:
        risky(await websocket.receive_text())
""",
        (Seen.ABSENT, False, (), False),
    ),
    "only another class is caught": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except KeyError:
            continue
""",
        (Seen.ABSENT, False, (), True),
    ),
    "the next message is taken": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except Exception:
            print("failed")
""",
        (Seen.PRESENT, True, (), False),
    ),
    "the handler leaves the loop": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except Exception:
            break
""",
        (Seen.PRESENT, False, (), False),
    ),
    "the handler closes": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except Exception:
            await websocket.close(code=1007)
""",
        (Seen.PRESENT, False, (1007,), False),
    ),
    "a planned close ends the session too": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except Exception:
            await websocket.close(code=1000)
""",
        (Seen.PRESENT, False, (1000,), False),
    ),
    "the handler closes without a code": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except Exception:
            await websocket.close()
""",
        (Seen.PRESENT, False, (1005,), False),
    ),
    "it is caught outside of the loop": (
        """
    try:
        while True:
            risky(await websocket.receive_text())
    except Exception:
        await websocket.close(code=1011)
""",
        (Seen.PRESENT, False, (1011,), False),
    ),
    "a handler's class does not resolve": (
        """
    while True:
        try:
            risky(await websocket.receive_text())
        except refused:
            continue
""",
        (Seen.UNKNOWN, False, (), False),
    ),
}


@pytest.mark.parametrize(("body", "expected"), LOOPS.values(), ids=LOOPS)
def test_fate(body: str, expected: tuple[Seen, bool, tuple[int, ...], bool]) -> None:
    """What stops it, whether the loop goes on, what it closes with, what it misses."""
    scene = scene_of({"server.py": HEAD + body})
    (risky,) = scene.program.calls_named("risky")
    (loop,) = tree.loops(risky, scene.program.parents)
    found = fate(scene, (risky,), inside=loop)
    assert (found.stopped.seen, found.lasts, found.codes, found.narrow) == expected


def test_without_outside_only_the_function_counts() -> None:
    """What leaves the function is stopped by nobody when nobody outside counts."""
    scene = scene_of(
        {
            "server.py": """
def start():
    try:
        inner()
    except ValueError:
        pass


def inner():
    risky()
"""
        }
    )
    (risky,) = scene.program.calls_named("risky")
    assert fate(scene, (risky,), "builtins.ValueError").stopped.present
    assert fate(scene, (risky,), "builtins.ValueError", outside=False).stopped.absent
