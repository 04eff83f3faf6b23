"""Messages are followed from where they come in to where their parts are used."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import argument_of_call, scene_of
from wsaudit.analysis.messages.held import messages

FASTAPI = """\
from fastapi import FastAPI, WebSocket
import json, asyncio
app = FastAPI()
@app.websocket("/ws")
async def talk(ws: WebSocket):
    await ws.accept()
    while True:
"""
BROWSER = "const ws = new WebSocket('wss://example.org/ws');\n"


@pytest.mark.parametrize(
    ("body", "parsed", "path"),
    [
        ("look(await ws.receive_text())", False, ()),
        ("look(await ws.receive_json())", True, ()),
        ("look(json.loads(await ws.receive_text()))", True, ()),
        ("text = await ws.receive_text(); m = json.loads(text); look(m)", True, ()),
        ("m = await ws.receive_json(); look(m['a']['b'])", True, ("a", "b")),
        ("m = await ws.receive_json(); look(m.get('a'))", True, ("a",)),
        (
            "m = await ws.receive_json(); look(m.get('a', {}).get('b'))",
            True,
            ("a", "b"),
        ),
        ("m = await asyncio.wait_for(ws.receive_json(), 5); look(m)", True, ()),
        ("m = await ws.receive_json(); look(m['a'][0])", True, ("a", "[]")),
        (
            "m = json.loads(await ws.receive_text()) or {}; look(m.get('a'))",
            True,
            ("a",),
        ),
        ("f = await ws.receive(); look(json.loads(f['text'])['a'])", True, ("a",)),
    ],
)
def test_received_in_python(body: str, parsed: bool, path: tuple[str, ...]) -> None:  # noqa: FBT001
    """A receive gives a message, JSON makes it parsed, keys go down in it."""
    scene = scene_of({"server.py": FASTAPI + "        " + body + "\n"})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert (found.parsed, found.path) == (parsed, path)
    assert found.socket.fact.name == "ws"


def test_parsed_into_its_own_name() -> None:
    """``m = json.loads(m)`` is what was parsed, and the question ends."""
    body = "m = await ws.receive_text(); m = json.loads(m); look(m['a'])"
    scene = scene_of({"server.py": FASTAPI + "        " + body + "\n"})
    found = messages(scene, argument_of_call(scene, "look"))

    assert [m.path for m in found if m.parsed] == [("a",)]


@pytest.mark.parametrize(
    ("loop", "parsed"),
    [
        ("async for m in ws.iter_text(): look(m)", False),
        ("async for m in ws.iter_json(): look(m)", True),
    ],
)
def test_iterated_in_python(loop: str, parsed: bool) -> None:  # noqa: FBT001
    """Iterating over an operation of the socket gives messages."""
    scene = scene_of({"server.py": FASTAPI + "        " + loop + "\n"})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert (found.parsed, found.path) == (parsed, ())


def test_iterated_over_the_server_connection() -> None:
    """``async for message in websocket`` of `websockets` gives messages."""
    text = (
        "import websockets\n"
        "async def talk(websocket):\n"
        "    async for message in websocket: look(message)\n"
        "websockets.serve(talk, 'localhost', 8765)\n"
    )
    scene = scene_of({"server.py": text})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert not found.parsed


@pytest.mark.parametrize(
    "body",
    [
        "async with connect('ws://x') as ws:\n        async for m in ws: look(m)",
        "ws = await connect('ws://x')\n    async for m in ws: look(m)",
        "async for ws in connect('ws://x'):\n        async for m in ws: look(m)",
    ],
)
def test_iterated_over_an_opened_client_connection(body: str) -> None:
    """An opened connection gives messages; `connect` itself gives connections."""
    text = f"from websockets import connect\nasync def run():\n    {body}\n"
    scene = scene_of({"client.py": text})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert not found.parsed
    assert found.socket.creation is scene.program.calls_named("connect")[0]


@pytest.mark.parametrize(
    ("body", "parsed", "path"),
    [
        ("ws.onmessage = (e) => look(e.data);", False, ()),
        ("ws.onmessage = ({ data }) => look(JSON.parse(data));", True, ()),
        (
            "ws.addEventListener('message', (e) => look(JSON.parse(e.data).a));",
            True,
            ("a",),
        ),
        (
            "ws.onmessage = e => { const m = JSON.parse(e.data) as M; look(m.a.b); };",
            True,
            ("a", "b"),
        ),
        (
            "ws.onmessage = e => { const { a: { b } } = JSON.parse(e.data); look(b) };",
            True,
            ("a", "b"),
        ),
        (
            "const parse = (t: string) => JSON.parse(t);"
            " ws.onmessage = (e) => look(parse(e.data).a);",
            True,
            ("a",),
        ),
        (
            "function go(m: Msg) { look(m.a); }"
            " ws.onmessage = (e) => go(JSON.parse(e.data));",
            True,
            ("a",),
        ),
    ],
)
def test_received_in_the_browser(
    body: str,
    parsed: bool,  # noqa: FBT001
    path: tuple[str, ...],
) -> None:
    """The data of a message event is a message, through casts, calls and patterns."""
    scene = scene_of({"client.ts": BROWSER + body})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert (found.parsed, found.path) == (parsed, path)


@pytest.mark.parametrize(
    "body",
    [
        "worker.onmessage = (e) => look(e.data);",
        "window.addEventListener('message', (e) => look(JSON.parse(e.data)));",
        "ws.onclose = (e) => look(e.code);",
        "ws.onmessage = (e) => look(Schema.parse(JSON.parse(e.data)));",
        "ws.onmessage = (e) => look(e.origin);",
    ],
)
def test_other_data_is_no_message(body: str) -> None:
    """What another source sends, and what a validator returns, is no message."""
    scene = scene_of({"client.ts": BROWSER + body})

    assert messages(scene, argument_of_call(scene, "look")) == ()


def test_event_of_the_application() -> None:
    """A socket.io event hands over decoded arguments."""
    text = (
        "import { io } from 'socket.io-client';\nconst s = io('https://example.org');\n"
        "s.on('progress', (p) => look(p.percent));"
    )
    scene = scene_of({"client.ts": text})
    (found,) = messages(scene, argument_of_call(scene, "look"))

    assert (found.parsed, found.path) == (True, ("percent",))


def test_last_message_of_a_hook() -> None:
    """A hook's last message is the event or, under another name, its parsed data."""
    text = (
        "import useWebSocket from 'react-use-websocket';\n"
        "function View() { const { lastJsonMessage, lastMessage } = useWebSocket(u);\n"
        " look(lastJsonMessage.a); other(lastMessage.data); }"
    )
    scene = scene_of({"client.tsx": text})
    (parsed,) = messages(scene, argument_of_call(scene, "look"))
    (raw,) = messages(scene, argument_of_call(scene, "other"))

    assert (parsed.parsed, parsed.path) == (True, ("a",))
    assert (raw.parsed, raw.path) == (False, ())
