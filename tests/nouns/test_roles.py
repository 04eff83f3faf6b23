"""The role of a connection is told by its code, and by a comment that says so."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.model import Connection, Role

ASK = """\
export function ask(question, callbacks) {
  const ws = new WebSocket('wss://example.org/ask');
  ws.onopen = () => OPEN;
  ws.onmessage = (event) => { const m = JSON.parse(event.data); MESSAGE };
  ws.onclose = () => { CLOSE };
}
"""
FOLLOW = """\
import { useEffect } from 'react';
export function Progress({ jobId, status, channel }) {
  QUERY
  useEffect(() => {
    GATE
    const ws = new WebSocket(`wss://example.org/URL`);
    ws.onmessage = (event) => { const m = JSON.parse(event.data); MESSAGE };
    return () => ws.close();
  }, [jobId, status]);
}
"""
PROXY = """\
import websockets
from fastapi import FastAPI, WebSocket
app = FastAPI()
@app.websocket("/screen")
async def screen(ws: WebSocket):
    await ws.accept()
    async with websockets.connect("ws://127.0.0.1:5900") as upstream:
        async def down():
            while True:
                frame = await upstream.recv()
                await ws.send_bytes(DOWN)
        async def up():
            while True:
                await upstream.send(UP)
"""


def _connections(files: dict[str, str]) -> list[Connection]:
    return [socket.fact for socket in scene_of(files).sockets]


def _role(text: str, path: str = "client.tsx") -> Connection:
    (found,) = _connections({path: text})
    return found


def _filled(text: str, **parts: str) -> str:
    for name, part in parts.items():
        text = text.replace(name, part)
    return text


# -- one request -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "message", "close", "why"),
    [
        (
            "ws.send(JSON.stringify({ question }))",
            "if (m.type === 'done') ws.close();",
            "",
            "sends one request and closes when it is answered",
        ),
        (
            "ws.send(question)",
            "callbacks.onText(m.text);",
            "callbacks.onComplete();",
            "sends one request and calls `callbacks.onComplete` at the end",
        ),
        (
            "{ const body = { question }; ws.send(JSON.stringify(body)); }",
            "if (m.finished) { ws.close(); }",
            "",
            "sends one request and closes when it is answered",
        ),
    ],
)
def test_one_request(opened: str, message: str, close: str, why: str) -> None:
    """One message from the function's own arguments, and a way to be through."""
    found = _role(_filled(ASK, OPEN=opened, MESSAGE=message, CLOSE=close))

    assert (found.role, found.role_why) == (Role.ONE_SHOT, why)


def test_one_request_in_a_promise() -> None:
    """A promise that the answer resolves is a request too."""
    text = (
        "export const ask = (q) => new Promise((resolve, reject) => {\n"
        "  const ws = new WebSocket('wss://example.org/ask');\n"
        "  ws.onopen = () => ws.send(q);\n"
        "  ws.onmessage = (event) => resolve(JSON.parse(event.data));\n"
        "});\n"
    )

    assert _role(text).role is Role.ONE_SHOT


@pytest.mark.parametrize(
    ("opened", "message", "close"),
    [
        # A subscription: no message ends it.
        ("ws.send(question)", "callbacks.onText(m.text);", ""),
        # Nothing of the function's own is sent.
        ("ws.send('hello')", "if (m.type === 'done') ws.close();", ""),
        # A conversation: more than one message to begin with.
        ("{ ws.send(question); ws.send('go'); }", "if (m.done) ws.close();", ""),
        # It comes back.
        (
            "ws.send(question)",
            "if (m.type === 'done') ws.close();",
            "ask(question, callbacks);",
        ),
        # Closing on a refusal is no answer.
        ("ws.send(question)", "if (m.type === 'denied') ws.close();", ""),
        # The end of something else, which the caller did not give.
        ("ws.send(question)", "", "tracker.done();"),
    ],
)
def test_not_one_request(opened: str, message: str, close: str) -> None:
    """What lacks one of the signs lives on."""
    found = _role(_filled(ASK, OPEN=opened, MESSAGE=message, CLOSE=close))

    assert (found.role, found.role_why) == (Role.PERSISTENT, "")


def test_an_effect_makes_no_request() -> None:
    """What is mounted stays, even when it sends one message and may close."""
    text = (
        "import { useEffect } from 'react';\n"
        "export function Feed({ room }) {\n"
        "  useEffect(() => { ask(room, {}); }, [room]);\n"
        "}\n"
    ) + _filled(ASK, OPEN="ws.send(question)", MESSAGE="if (m.done) ws.close();")

    assert _role(text).role is Role.PERSISTENT


CLIENT = """\
import json, websockets
async def ask(question):
    async with websockets.connect("ws://127.0.0.1/ask") as ws:
        await ws.send(json.dumps({"question": question}))
"""


@pytest.mark.parametrize(
    ("rest", "role"),
    [
        ("return json.loads(await ws.recv())", Role.ONE_SHOT),
        ("async for part in ws:\n            if part == 'end': break", Role.ONE_SHOT),
        ("async for part in ws: show(part)", Role.PERSISTENT),
        ("while True: show(await ws.recv())", Role.PERSISTENT),
        (
            "while True:\n            try: show(await ws.recv())\n"
            "            except OSError: break",
            Role.PERSISTENT,
        ),
        ("pass", Role.PERSISTENT),
    ],
)
def test_a_python_client(rest: str, role: Role) -> None:
    """A client that reads until its answer is there; not one that reads on."""
    assert _role(f"{CLIENT}        {rest}\n", "client.py").role is role


def test_a_python_client_that_comes_back() -> None:
    """A connection made in a loop is made again."""
    text = (
        "import websockets\n"
        "async def watch(topic):\n"
        "    while True:\n"
        "        async with websockets.connect('ws://127.0.0.1/ask') as ws:\n"
        "            await ws.send(topic)\n"
        "            print(await ws.recv())\n"
    )

    assert _role(text, "client.py").role is Role.PERSISTENT


# -- one job -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "url", "message"),
    [
        ("", "ws/${jobId}", "if (m.status === 'completed') ws.close();"),
        ("", "jobs/${channel}", "if (['done', 'failed'].includes(m.s)) ws.close();"),
        ("", "ws/${jobId}", "switch (m.type) { case 'finished': ws.close(); }"),
        ("", "ws/${jobId}", "if (m.status !== 'completed') return; ws.close();"),
        ("if (status !== 'processing') return;", "ws/${channel}", ""),
        ("if (!status.isRunning) return;", "ws/${channel}", ""),
    ],
)
def test_one_job(gate: str, url: str, message: str) -> None:
    """A job's id and an end, or an effect that only runs while work is under way."""
    found = _role(_filled(FOLLOW, QUERY="", GATE=gate, URL=url, MESSAGE=message))

    assert (found.role, found.polled) == (Role.TASK_SCOPED, False)
    assert found.role_why


@pytest.mark.parametrize(
    ("gate", "url", "message"),
    [
        ("", "ws/${channel}", "if (m.status === 'completed') ws.close();"),
        ("", "ws/${jobId}", "if (m.status === 'completed') show(m);"),
        ("", "ws/${jobId}", "if (m.status === 'revoked') ws.close();"),
        ("if (!jobId) return;", "ws/${channel}", ""),
        ("if (status === 'processing') return;", "ws/${channel}", ""),
    ],
)
def test_not_one_job(gate: str, url: str, message: str) -> None:
    """A job without an end, an end without a job, and other gates."""
    found = _role(_filled(FOLLOW, QUERY="", GATE=gate, URL=url, MESSAGE=message))

    assert found.role is Role.PERSISTENT


@pytest.mark.parametrize(
    ("query", "polled"),
    [
        ("useQuery({ queryKey: ['job'], refetchInterval: 5000 });", True),
        ("useQuery({ queryKey: ['job'], refetchInterval: false });", False),
        ("useEffect(() => { setInterval(() => fetch('/job'), 5000); }, []);", True),
        ("useEffect(() => { setInterval(() => blink(), 500); }, []);", False),
    ],
)
def test_a_job_that_is_polled_too(query: str, polled: bool) -> None:  # noqa: FBT001
    """Polling beside a job's connection is noted."""
    end = "if (m.status === 'completed') ws.close();"
    text = _filled(FOLLOW, QUERY=query, GATE="", URL="ws/${jobId}", MESSAGE=end)

    assert _role(text).polled is polled


def test_a_wrapped_close_ends_a_job() -> None:
    """The close may stand in a function that the handler calls."""
    text = (
        "export function follow(taskId) {\n"
        "  const ws = new WebSocket(`wss://example.org/${taskId}`);\n"
        "  const stop = () => { ws.close(); };\n"
        "  ws.onmessage = (e) => { if (JSON.parse(e.data).s === 'done') stop(); };\n"
        "}\n"
    )

    assert _role(text, "follow.ts").role is Role.TASK_SCOPED


# -- bridges -----------------------------------------------------------------------


def test_a_bridge() -> None:
    """What hands messages on in both directions, both its ends."""
    text = _filled(PROXY, DOWN="frame", UP="await ws.receive_bytes()")
    found = _connections({"proxy.py": text})

    assert [one.role for one in found] == [Role.BRIDGE, Role.BRIDGE]


def test_a_bridge_with_one_pump() -> None:
    """One function for both directions is a bridge as well."""
    text = (
        "import WebSocket, { WebSocketServer } from 'ws';\n"
        "const server = new WebSocketServer({ port: 1 });\n"
        "const pump = (from, to) => from.on('message', (data) => to.send(data));\n"
        "server.on('connection', (client) => {\n"
        "  const target = new WebSocket('ws://127.0.0.1:5900');\n"
        "  pump(client, target);\n"
        "  pump(target, client);\n"
        "});\n"
    )
    found = _connections({"proxy.ts": text})

    assert [one.role for one in found] == [Role.BRIDGE, Role.BRIDGE]


@pytest.mark.parametrize(
    ("down", "up"),
    [
        ("frame", "b'ping'"),
        ("b'ready'", "await ws.receive_bytes()"),
    ],
)
def test_not_a_bridge(down: str, up: str) -> None:
    """One direction is a client of another service, no bridge."""
    found = _connections({"proxy.py": _filled(PROXY, DOWN=down, UP=up)})

    assert Role.BRIDGE not in [one.role for one in found]


# -- libraries ---------------------------------------------------------------------

WRAPPER = "export class Link { open(url) { this.ws = new WebSocket(url); } }\n"


@pytest.mark.parametrize(
    ("manifest", "role"),
    [
        ('{"name": "link", "exports": "./link.js"}', Role.LIBRARY),
        ('{"name": "link", "types": "link.d.ts"}', Role.LIBRARY),
        ('{"name": "link", "exports": "./link.js", "private": true}', Role.PERSISTENT),
        ('{"name": "link", "main": "link.js"}', Role.PERSISTENT),
        (
            '{"name": "link", "types": "x", "scripts": {"start": "node ."}}',
            Role.PERSISTENT,
        ),
        ('{"name": "link", "types": "x", "bin": "link.js"}', Role.PERSISTENT),
        ('["link"]', Role.PERSISTENT),
    ],
)
def test_a_package_of_javascript(manifest: str, role: Role) -> None:
    """A package that is published and has nothing to start."""
    found = _connections({"src/link.ts": WRAPPER, "package.json": manifest})

    assert [one.role for one in found] == [role]


@pytest.mark.parametrize(
    ("manifest", "role"),
    [
        ('[project]\nname = "link"\nclassifiers = ["Typing :: Typed"]', Role.LIBRARY),
        ('[project]\nname = "link"', Role.PERSISTENT),
        (
            '[project]\nname = "link"\nclassifiers = ["x"]\n'
            'dependencies = ["uvicorn[standard]>=0.30"]',
            Role.PERSISTENT,
        ),
        (
            '[project]\nname = "link"\nclassifiers = ["x"]\nscripts = {link = "a:b"}',
            Role.PERSISTENT,
        ),
        ("[tool.black]", Role.PERSISTENT),
        ("[project", Role.PERSISTENT),
    ],
)
def test_a_package_of_python(manifest: str, role: Role) -> None:
    """A project that is classified for an index, with no script and no server."""
    text = "import websockets\nws = websockets.connect('ws://127.0.0.1')\n"
    found = _connections({"link/client.py": text, "pyproject.toml": manifest})

    assert [one.role for one in found] == [role]


def test_the_nearest_manifest_decides() -> None:
    """An application inside a library's repository is an application."""
    found = _connections(
        {
            "app/src/link.ts": WRAPPER,
            "app/package.json": '{"name": "app", "private": true}',
            "package.json": '{"name": "link", "types": "link.d.ts"}',
        }
    )

    assert [one.role for one in found] == [Role.PERSISTENT]


# -- tests and mocks ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/link.test.ts", WRAPPER),
        ("docs/protocol-test-suite/suite.ts", WRAPPER),
        ("examples/link.ts", WRAPPER),
        ("src/mock.ts", WRAPPER.replace("class Link", "class MockLink")),
        ("src/setup.ts", WRAPPER + "vi.stubGlobal('WebSocket', Link);\n"),
    ],
)
def test_test_code(path: str, text: str) -> None:
    """Test code by its place, by its class, or because it stubs ``WebSocket``."""
    found = _role(text, path)

    assert found.role is Role.TEST
    assert found.role_why
    assert not found.judged


def test_another_stub_is_no_test() -> None:
    """Only a stub of ``WebSocket`` itself tells."""
    found = _role(WRAPPER + "vi.stubGlobal('fetch', Link);\n", "src/link.ts")

    assert found.role is Role.PERSISTENT


# -- declared ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "client.ts",
            "// wsaudit: role=one-shot asks once\n"
            "const ws = new WebSocket('wss://example.org');\n",
        ),
        (
            "client.ts",
            "const ws = new WebSocket('wss://e.org'); // wsaudit: role=one-shot\n",
        ),
        (
            "server.py",
            "from fastapi import FastAPI, WebSocket\n"
            "app = FastAPI()\n"
            "# wsaudit: role=one-shot asks once\n"
            "@app.websocket('/ws')\n"
            "async def talk(ws: WebSocket): await ws.accept()\n",
        ),
    ],
)
def test_declared(path: str, text: str) -> None:
    """A comment on or above the creation or the endpoint says the role."""
    found = _role(text, path)

    assert (found.role, found.role_why) == (Role.ONE_SHOT, "declared in a comment")


def test_declared_against_the_evidence() -> None:
    """A comment has the last word."""
    text = "// wsaudit: role=persistent\n" + _filled(
        ASK, OPEN="ws.send(question)", MESSAGE="if (m.done) ws.close();", CLOSE=""
    )

    assert _role(text).role is Role.PERSISTENT


def test_declared_elsewhere() -> None:
    """A comment on another statement says nothing here."""
    text = (
        "// wsaudit: role=one-shot\nconst other = 1;\n"
        "const ws = new WebSocket('wss://example.org');\n"
    )

    assert _role(text).role is Role.PERSISTENT


# -- what leaves -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "escapes"),
    [
        ("register(ws);", "passed to `register`"),
        ("console.log(ws);", ""),
        ("const keep = (it) => it.send('x'); keep(ws);", ""),
    ],
)
def test_where_a_socket_goes(rest: str, escapes: str) -> None:
    """A socket that goes where nothing can be seen says so."""
    text = f"function open() {{ const ws = new WebSocket('wss://e.org'); {rest} }}\n"

    assert _role(text).escapes == escapes
