"""Values that are kept for the whole program, and doubles that tests put in."""

from __future__ import annotations

from wsaudit.dialects import load_dialects
from wsaudit.program import Program, values
from wsaudit.program.cells import Cell
from wsaudit.syntax import nodes
from wsaudit.syntax.python import read_python

HUB = "class Hub:\n    def join(self, ws):\n        pass\n"
SERVER = (
    "from fastapi import FastAPI, WebSocket\nfrom hub import Hub\n"
    "app = FastAPI()\n"
    "@app.websocket('/ws')\n"
    "async def endpoint(ws: WebSocket):\n"
    "    ws.app.state.hub.join(ws)\n"
)


def _program(**files: str) -> Program:
    modules = [
        read_python(f"{name.replace('__', '/')}.py", text)
        for name, text in files.items()
    ]
    return Program(modules, library=load_dialects())


def _callee_names(program: Program, method: str) -> set[str]:
    """What a method that is called once may be, in a word each."""
    (call,) = program.calls_named(method)
    return {
        value.function.name if isinstance(value, values.Func) else str(value)
        for value in program.values(call.function)
    }


def test_what_the_application_keeps() -> None:
    """What is kept on ``app.state`` is what every handler finds there."""
    start = "from hub import Hub\ndef start(app):\n    app.state.hub = Hub()\n"
    program = _program(
        hub=HUB, server=SERVER + "def go():\n    app.state.hub = Hub()\n", start=start
    )

    assert _callee_names(program, "join") == {"join"}


def test_what_the_application_keeps_has_one_cell() -> None:
    """A collection on ``app.state`` is the same one through every application."""
    text = SERVER.replace("hub.join(ws)", "clients.add(ws)") + (
        "def leave(ws: WebSocket):\n    app.state.clients.discard(ws)\n"
    )
    program = _program(server=text)
    found = []
    for name in ("add", "discard"):
        (call,) = program.calls_named(name)
        assert isinstance(call.function, nodes.Member)
        found.append(program.cell(call.function.object))

    assert found == [Cell("shared", None, "clients")] * 2


def test_doubles_in_tests_say_nothing() -> None:
    """What a test passes and patches in does not hide what the code says."""
    program = _program(
        hub=HUB,
        service=(
            "from hub import Hub\n"
            "class Service:\n"
            "    def __init__(self):\n        self.hub = Hub()\n"
            "    def enter(self, ws):\n        self.hub.join(ws)\n"
            "def leave(hub: Hub, ws):\n    hub.join(ws)\n"
        ),
        tests__test_service=(
            "from unittest.mock import MagicMock\n"
            "from service import Service, leave\n"
            "def test_it():\n"
            "    service = Service()\n    service.hub = MagicMock()\n"
            "    leave(MagicMock(), 1)\n"
        ),
    )
    found = {
        type(value)
        for call in program.calls_named("join")
        for value in program.values(call.function)
    }

    assert found == {values.Func}
