"""A container has one cell, whatever names and functions lead to it."""

from __future__ import annotations

import pytest

from wsaudit.program import Program
from wsaudit.syntax import nodes
from wsaudit.syntax.python import read_python
from wsaudit.syntax.typescript import read_typescript

HUB = """\
class Hub:
    def __init__(self):
        self.rooms = {}
    @property
    def open(self):
        return self.rooms
    def room(self, key):
        return self.rooms.setdefault(key, set())
class Lobby(Hub):
    def __init__(self):
        super().__init__()
hub = Lobby()
"""


def _program(text: str, path: str) -> Program:
    read = read_python if path.endswith(".py") else read_typescript
    return Program([read(path, text)])


def _cell_of(program: Program, method: str) -> object:
    """The cell of the receiver of the only call of a method."""
    (call,) = program.calls_named(method)
    assert isinstance(call.function, nodes.Member)
    return program.cell(call.function.object)


@pytest.mark.parametrize(
    ("what", "adds", "removes"),
    [
        (
            "a field through two receivers",
            "class Hub:\n    def __init__(self):\n        self.all = set()\n"
            "    def enter(self, ws):\n        self.all.add(ws)\n"
            "hub = Hub()\n",
            "def leave(ws):\n    hub.all.discard(ws)\n",
        ),
        (
            "an inherited field",
            HUB + "class Base(Hub):\n    def enter(self, ws):\n"
            "        self.rooms['a'].add(ws)\n",
            "def leave(ws):\n    hub.rooms['b'].discard(ws)\n",
        ),
        (
            "a getter",
            HUB + "def enter(ws):\n    hub.open['a'].add(ws)\n",
            "def leave(ws):\n    hub.rooms['a'].discard(ws)\n",
        ),
        (
            "a method that hands a room out",
            HUB + "def enter(ws):\n    hub.room('a').add(ws)\n",
            "def leave(ws):\n    hub.rooms['a'].discard(ws)\n",
        ),
        (
            "an alias of one room",
            HUB + "def enter(ws):\n    hub.rooms['a'].add(ws)\n",
            "def leave(ws):\n    room = hub.rooms.get('a')\n    room.discard(ws)\n",
        ),
        (
            "an alias made anew when there is none",
            HUB + "def enter(ws):\n    room = hub.rooms.get('a')\n"
            "    if room is None:\n        room = hub.rooms['a'] = set()\n"
            "    room.add(ws)\n",
            "def leave(ws):\n    hub.rooms['a'].discard(ws)\n",
        ),
        (
            "an alias stored later",
            HUB + "def enter(ws):\n    room = hub.rooms.get('a')\n"
            "    if room is None:\n        room = set()\n"
            "        hub.rooms['a'] = room\n    room.add(ws)\n",
            "def leave(ws):\n    for room in hub.rooms.values():\n"
            "        room.discard(ws)\n",
        ),
        (
            "a parameter",
            HUB + "def put(room, ws):\n    room.add(ws)\n"
            "def enter(ws):\n    put(hub.rooms['a'], ws)\n",
            "def leave(ws):\n    hub.rooms['a'].discard(ws)\n",
        ),
    ],
)
def test_same_cell_in_python(what: str, adds: str, removes: str) -> None:
    """What is added and what is removed meet in one cell."""
    program = _program(adds + removes, "server.py")

    assert _cell_of(program, "add") == _cell_of(program, "discard"), what


def test_other_cells() -> None:
    """The same name in two classes, or in two functions, is two cells."""
    text = (
        "class A:\n    def go(self):\n        self.all.add(1)\n"
        "class B:\n    def go(self):\n        self.all.discard(1)\n"
        "def f():\n    all = set()\n    all.clear()\n"
        "def g():\n    all = set()\n    all.pop()\n"
    )
    program = _program(text, "server.py")
    found = {_cell_of(program, name) for name in ("add", "discard", "clear", "pop")}

    assert len(found) == 4


def test_getter_in_typescript() -> None:
    """A getter hands out the private field behind it."""
    text = (
        "class Hub { #all = new Set();\n get all() { return this.#all; }\n"
        " enter(ws) { this.#all.add(ws); } }\n"
        "const hub = new Hub();\nfunction leave(ws) { hub.all.delete(ws); }\n"
    )
    program = _program(text, "server.ts")

    assert _cell_of(program, "add") == _cell_of(program, "delete")


def test_what_goes_round_in_circles_has_no_cell() -> None:
    """Functions that only hand out each other's answer lead nowhere."""
    text = "def f():\n    return g()\ndef g():\n    return f()\nf().add(1)\n"

    assert _cell_of(_program(text, "server.py"), "add") is None
