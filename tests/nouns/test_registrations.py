"""A registry may be given the socket, something that has it, or a callback."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.model import Seen
from wsaudit.model.registry import Broadcast, Container, Held, Registration, Visit
from wsaudit.nouns import registry

HEAD = (
    "import asyncio, functools, weakref\n"
    "from collections import deque\n"
    "from dataclasses import dataclass\n"
    "from fastapi import FastAPI, WebSocket\n"
    "app = FastAPI()\npeers = []\ntable = {}\nweak = weakref.WeakSet()\n"
    "few = deque(maxlen=10)\n"
    "@dataclass\nclass Peer:\n    socket: WebSocket\n    name: str = ''\n"
)


def _registrations(body: str, more: str = "") -> list[Registration]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}{more}@app.websocket('/ws')\nasync def endpoint(ws: WebSocket):\n"
        f"    await ws.accept()\n{lines}    await ws.receive_text()\n"
    )
    found = registry.find(scene_of({"server.py": text}))
    return [fact for fact in found if isinstance(fact, Registration)]


@pytest.mark.parametrize(
    ("held", "body"),
    [
        (Held.SOCKET, "peers.append(ws)"),
        (Held.SOCKET, "table['a'] = ws"),
        (Held.SOCKET, "table.setdefault('a', set()).add(ws)"),
        (Held.SOCKET, "other = ws\npeers.append(other)"),
        (Held.RECORD, "peers.append(Peer(ws))"),
        (Held.RECORD, "peer = Peer(name='a', socket=ws)\ntable['a'] = peer"),
        (Held.RECORD, "peers.append({'socket': ws, 'name': 'a'})"),
        (Held.RECORD, "peers.append(('a', ws))"),
        (Held.RECORD, "table['a'] = [ws]"),
        (Held.RECORD, "peers.append(('a', Peer(ws)))"),
        (
            Held.CALLBACK,
            "async def tell(text):\n    await ws.send_text(text)\npeers.append(tell)",
        ),
        (Held.CALLBACK, "peers.append(lambda text: ws.send_text(text))"),
        (Held.CALLBACK, "peers.append(functools.partial(send, ws))"),
        (Held.SIDE_TABLE, "table[ws] = asyncio.Queue()"),
        (None, "peers.append('a')"),
        (None, "peers.append(await ws.receive_text())"),
        (None, "peers.append(lambda text: text)"),
        (None, "local = []\nlocal.append(ws)"),
    ],
)
def test_what_is_held(held: Held | None, body: str) -> None:
    """Every form in which a socket stays behind is told from what has nothing of it."""
    found = _registrations(body)

    assert [each.held for each in found] == ([held] if held else [])


def test_through_a_parameter() -> None:
    """A callback may be handed to the function that registers it."""
    more = "def on_text(callback):\n    peers.append(callback)\n"
    body = (
        "async def tell(text):\n    await ws.send_text(text)\n"
        "on_text(tell)\non_text(callback=tell)"
    )

    assert {each.held for each in _registrations(body, more)} == {Held.CALLBACK}


@pytest.mark.parametrize(
    ("seen", "body"),
    [
        (Seen.PRESENT, "weak.add(ws)"),
        (Seen.PRESENT, "few.append(ws)"),
        (Seen.ABSENT, "peers.append(ws)"),
        (Seen.ABSENT, "peers.append(ws)\npeers = []"),
        (Seen.UNKNOWN, "peers.append(ws)\nunknown(ws)"),
        (Seen.UNKNOWN, "peers.append(ws)\nothers().discard(ws)"),
    ],
)
def test_removal(seen: Seen, body: str) -> None:
    """Weak and bounded collections forget; what is out of sight may remove."""
    more = "from elsewhere import others, unknown\n"
    found = _registrations(body, more)

    assert {each.removal.seen for each in found} <= {seen}


@pytest.mark.parametrize(
    ("source", "container", "live"),
    [
        ("peers", Container.LIST, Seen.PRESENT),
        ("list(peers)", Container.LIST, Seen.ABSENT),
        ("peers[:]", Container.LIST, Seen.ABSENT),
        ("peers.copy()", Container.LIST, Seen.ABSENT),
        ("[*peers]", Container.LIST, Seen.ABSENT),
        ("enumerate(peers)", Container.LIST, Seen.PRESENT),
        ("table.values()", Container.DICT, Seen.PRESENT),
        ("list(table.values())", Container.LIST, Seen.ABSENT),
        ("weak", Container.SET, Seen.PRESENT),
    ],
)
def test_what_is_gone_over(source: str, container: Container, live: Seen) -> None:
    """A copy is told from the collection itself, and from a view of it."""
    target = "_, peer" if source.startswith("enumerate") else "peer"
    text = (
        f"{HEAD}def put(ws: WebSocket):\n    peers.append(ws)\n    table['a'] = ws\n"
        "    weak.add(ws)\n"
        f"async def tell(text):\n    for {target} in {source}:\n"
        "        await peer.send_text(text)\n"
    )
    (found,) = [
        fact
        for fact in registry.find(scene_of({"server.py": text}))
        if isinstance(fact, Visit)
    ]

    assert (found.container, found.live.seen) == (container, live)


@pytest.mark.parametrize(
    ("isolated", "body"),
    [
        (Seen.PRESENT, "await asyncio.wait([p.send_text(t) for p in peers])"),
        (Seen.ABSENT, "await asyncio.gather(*[p.send_text(t) for p in peers])"),
        (
            Seen.PRESENT,
            "await asyncio.gather(*[p.send_text(t) for p in peers],"
            " return_exceptions=True)",
        ),
        (
            Seen.ABSENT,
            "await asyncio.gather(*[p.send_text(t) for p in peers],"
            " return_exceptions=False)",
        ),
        (
            Seen.PRESENT,
            "todo = []\nfor p in peers:\n    todo.append(p.send_text(t))\n"
            "await asyncio.gather(*todo, return_exceptions=True)",
        ),
        (
            Seen.ABSENT,
            "todo = []\nfor p in peers:\n"
            "    todo.append(asyncio.create_task(p.send_text(t)))\n"
            "await asyncio.gather(*todo)",
        ),
        (
            Seen.PRESENT,
            "for p in peers:\n    asyncio.create_task(p.send_text(t))",
        ),
        (
            Seen.UNKNOWN,
            "for p in peers:\n    try:\n        await p.send_text(t)\n"
            "    except RuntimeError:\n        pass",
        ),
        (
            Seen.ABSENT,
            "for p in peers:\n    try:\n        await p.send_text(t)\n"
            "    except Exception:\n        break",
        ),
        (
            Seen.PRESENT,
            "for p in peers:\n    try:\n        await p.send_text(t)\n"
            "    except Exception:\n        continue",
        ),
        (Seen.UNKNOWN, "todo = [p.send_text(t) for p in peers]\nreturn todo"),
    ],
)
def test_isolation(isolated: Seen, body: str) -> None:
    """What one failed send does to the others depends on who waits for it."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}async def tell(t, peers: list[WebSocket]):\n{lines}"
    (found,) = [
        fact
        for fact in registry.find(scene_of({"server.py": text}))
        if isinstance(fact, Broadcast)
    ]

    assert found.isolated.seen is isolated
