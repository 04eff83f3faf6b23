"""The ends that a server hands over: what is one, and which options hold for it."""

from __future__ import annotations

from tests.nouns.scenes import scene_of
from wsaudit.connections.capabilities import capability
from wsaudit.model import Seen

LOOP = """\
import json
import websockets

async def feed(ws):
    async for message in ws:
        json.loads(message)

async def main():
    async with websockets.serve(feed, "localhost", 8765, OPTIONS):
        pass
"""
NODE = """\
import { WebSocketServer } from 'ws';
const wss = new WebSocketServer({ port: 1, maxPayload: 4096 });
wss.on('connection', (socket) => socket.on('message', () => {}));
export function all(text: string) {
  for (const client of wss.clients) client.send(text);
  wss.clients.forEach((each) => each.ping());
  wss.close();
}
"""


def test_message_of_a_loop_is_not_the_socket() -> None:
    """What is parsed is a message; the socket itself goes nowhere."""
    (socket,) = scene_of({"server.py": LOOP.replace("OPTIONS", "")}).sockets

    assert socket.fact.escapes == ""


def test_options_of_serve_hold_for_each_end() -> None:
    """Keywords of the call that registers a handler are options of its sockets."""
    for options, seen in (
        ("", Seen.PRESENT),
        ("ping_interval=None", Seen.ABSENT),
        ("ping_interval=40", Seen.PRESENT),
        ("**options", Seen.UNKNOWN),
    ):
        scene = scene_of({"server.py": LOOP.replace("OPTIONS", options)})
        found = capability(scene, scene.sockets[0], "ping_out")

        assert found is not None
        assert found.seen is seen


def test_clients_of_a_server_in_node_are_its_ends() -> None:
    """The elements of ``wss.clients`` are what the connection handler is given."""
    scene = scene_of({"server.ts": NODE})
    (socket,) = scene.sockets

    assert [use.op.means for use in socket.uses] == ["listen", "ping", "send"]
    found = capability(scene, socket, "max_message")
    assert found is not None
    assert found.value == 4096


def test_wrapper_that_is_told_the_event_attaches_to_each() -> None:
    """Each event is known, and that its handler is not resolved."""
    text = """\
class Link {
  ws = new WebSocket('wss://example.org');
  on(event, handler) { this.ws.addEventListener(event, handler); }
}
const link = new Link();
link.on('message', () => 1);
link.on('close', () => 2);
"""
    (socket,) = scene_of({"link.js": text}).sockets

    assert sorted(one.name for one in socket.attached) == ["close", "message"]
    assert not any(one.resolved for one in socket.attached)
