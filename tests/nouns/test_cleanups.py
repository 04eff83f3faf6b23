"""A cleanup is judged by the ways out of a connection on which it runs."""

from __future__ import annotations

import itertools

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.checks.lifecycle.cleanup import cleanup_not_in_finally
from wsaudit.model import Project
from wsaudit.model.registry import Cleanup, Registration
from wsaudit.nouns import registry
from wsaudit.rule import Verdicts

HEAD = """\
import asyncio
import contextlib
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
app = FastAPI()
peers = set()
async def talk(ws):
    while True:
        await handle(await ws.receive_text())
async def talk_on(ws):
    try:
        await talk(ws)
    except WebSocketDisconnect:
        return
@app.websocket("/ws")
async def endpoint(ws: WebSocket):
    await ws.accept()
    peers.add(ws)
"""


def _covers(body: str) -> list[str]:
    """What the cleanups of an endpoint with such a body cover."""
    text = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
    found = registry.find(scene_of({"server.py": text}))
    cleanups = [fact for fact in found if isinstance(fact, Cleanup)]
    judged = [*itertools.chain(*(_verdicts(fact) for fact in cleanups))]
    return [getattr(one, "variant", type(one).__name__.lower()) for one in judged]


def _verdicts(cleanup: Cleanup) -> Verdicts:
    return cleanup_not_in_finally.look(cleanup, Project.of_facts([cleanup]))


@pytest.mark.parametrize(
    ("covers", "body"),
    [
        ("pass", "try:\n    await talk(ws)\nfinally:\n    peers.discard(ws)"),
        (
            "pass",
            "try:\n    try:\n        await talk(ws)\n"
            "    except ValueError:\n        return\n"
            "finally:\n    peers.discard(ws)",
        ),
        (
            "pass",
            "try:\n    await talk(ws)\nexcept BaseException:\n"
            "    peers.discard(ws)\n    raise",
        ),
        (
            "pass",
            "try:\n    with contextlib.suppress(BaseException):\n"
            "        await talk(ws)\n    peers.discard(ws)\n"
            "except BaseException:\n    peers.discard(ws)",
        ),
        (
            "not-on-cancel",
            "with contextlib.suppress(Exception):\n    await talk(ws)\n"
            "peers.discard(ws)",
        ),
        (
            "not-on-cancel",
            "try:\n    await talk(ws)\nexcept Exception:\n    print('lost')\n"
            "peers.discard(ws)",
        ),
        (
            "only-on-disconnect",
            "while True:\n    try:\n        await handle(await ws.receive_text())\n"
            "    except WebSocketDisconnect:\n        peers.discard(ws)\n"
            "        break",
        ),
        (
            "not-on-cancel",
            "while True:\n    try:\n        await handle(await ws.receive_text())\n"
            "    except WebSocketDisconnect:\n        break\n"
            "    except Exception:\n        continue\npeers.discard(ws)",
        ),
        (
            "only-on-disconnect",
            "try:\n    await talk(ws)\nexcept ValueError:\n    raise\n"
            "except WebSocketDisconnect:\n    peers.discard(ws)",
        ),
        (
            "only-on-disconnect",
            "try:\n    await talk(ws)\nexcept WebSocketDisconnect:\n"
            "    peers.discard(ws)\nexcept Exception:\n    return",
        ),
        (
            "not-on-return",
            "try:\n    await talk_on(ws)\nexcept WebSocketDisconnect:\n"
            "    peers.discard(ws)\nexcept Exception:\n    peers.discard(ws)",
        ),
        (
            "not-on-return",
            "try:\n    while True:\n"
            "        if await ws.receive_text() == 'bye':\n            return\n"
            "except Exception:\n    peers.discard(ws)",
        ),
        (
            "not-on-cancel",
            "try:\n    while True:\n"
            "        if await ws.receive_text() == 'bye':\n"
            "            peers.discard(ws)\n            return\n"
            "except Exception:\n    peers.discard(ws)",
        ),
        ("after-loop", "await talk_on(ws)\npeers.discard(ws)"),
        (
            "after-loop",
            "async for text in ws.iter_text():\n    await handle(text)\n"
            "peers.discard(ws)",
        ),
        (
            "after-loop",
            "while True:\n    message = await ws.receive()\n"
            "    if message['type'] == 'websocket.disconnect':\n"
            "        peers.discard(ws)\n        break\n    await handle(message)",
        ),
        (
            "before-try",
            "await ws.send_text('hello')\ntry:\n    await talk(ws)\n"
            "finally:\n    peers.discard(ws)",
        ),
        (
            "undecided",
            "try:\n    await talk(ws)\nexcept failures():\n    peers.discard(ws)",
        ),
    ],
)
def test_ways_out(covers: str, body: str) -> None:
    """Disconnects, other failures, returns and cancellation are followed outward."""
    assert _covers(body) == [covers]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (True, "peers = []\nkeep = peers.append\ndef put(ws):\n    peers.append(ws)\n"),
        (
            True,
            "class Hub:\n    peers: list = []\n"
            "def put(ws):\n    Hub.peers.append(ws)\n",
        ),
        (
            True,
            "class Hub:\n    def __init__(self):\n        self.peers = []\n"
            "_hub = None\n"
            "def hub():\n    global _hub\n    if _hub is None:\n"
            "        _hub = Hub()\n    return _hub\n"
            "def put(ws):\n    hub().peers.append(ws)\n",
        ),
        (
            True,
            "class Hub:\n    def __init__(self):\n        self.peers = []\n"
            "class Service:\n    def __init__(self):\n        self.hub = Hub()\n"
            "service = Service()\n"
            "def put(ws):\n    service.hub.peers.append(ws)\n",
        ),
        (
            True,
            "class Room:\n    def __init__(self):\n        self.peers = []\n"
            "rooms = {}\n"
            "def put(ws):\n    room = Room()\n    rooms['a'] = room\n"
            "    room.peers.append(ws)\n",
        ),
        (
            True,
            "class Room:\n    def __init__(self):\n        self.peers = []\n"
            "rooms = []\n"
            "def put(ws):\n    room = Room()\n    rooms.append(room)\n"
            "    room.peers.append(ws)\n",
        ),
        (
            True,
            "class Hub:\n    def __init__(self):\n        self.peers = []\n"
            "class Lobby(Hub):\n    pass\n"
            "lobby = Lobby()\n"
            "def put(ws):\n    lobby.peers.append(ws)\n",
        ),
        (
            True,
            "state = {'peers': []}\ndef put(ws):\n    state['peers'].append(ws)\n",
        ),
        (
            False,
            "class Talk:\n    def __init__(self):\n        self.peers = []\n"
            "def put(ws):\n    talk = Talk()\n    talk.peers.append(ws)\n",
        ),
        (
            False,
            "class Talk:\n    def __init__(self, ws):\n        self.peers = []\n"
            "        self.peers.append(ws)\n"
            "def put(ws):\n    Talk(ws)\n",
        ),
        (False, "def put(ws):\n    peers = []\n    peers.append(ws)\n"),
        (
            False,
            "from dataclasses import dataclass, field\n"
            "@dataclass\nclass Talk:\n    peers: list = field(default_factory=list)\n"
            "def put(ws):\n    talk = Talk()\n    talk.peers.append(ws)\n",
        ),
        (False, "def put(ws):\n    unknown.peers.append(ws)\n"),
    ],
)
def test_what_outlives_a_connection(known: bool, code: str) -> None:  # noqa: FBT001
    """Only what is certainly kept beyond a connection is a registry."""
    text = (
        "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n"
        + code
        + "@app.websocket('/ws')\nasync def endpoint(ws: WebSocket):\n"
        "    await ws.accept()\n    put(ws)\n    await ws.receive_text()\n"
    )
    found = registry.find(scene_of({"server.py": text}))

    assert any(isinstance(fact, Registration) for fact in found) is known


def test_fields_of_node_servers() -> None:
    """The fields of a class live as long as its objects, in Node as well."""
    text = (
        'import {{ WebSocketServer }} from "ws";\n'
        "class Talk {{ peers = new Set();\n"
        "  enter(ws) {{ this.peers.add(ws); }} }}\n"
        "{0}"
        "new WebSocketServer({{ port: 1 }}).on('connection', (ws) => {{\n"
        "  {1}talk.enter(ws);\n  ws.on('message', () => {{}});\n}});\n"
    )
    kept = scene_of({"a.ts": text.format("const talk = new Talk();\n", "")})
    own = scene_of({"a.ts": text.format("", "const talk = new Talk();\n")})

    assert any(isinstance(fact, Registration) for fact in registry.find(kept))
    assert not any(isinstance(fact, Registration) for fact in registry.find(own))
