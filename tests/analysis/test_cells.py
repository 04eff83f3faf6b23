"""A cell knows what is written to it, what is put in, and how long it lives."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import argument_of_call, scene_of, written_at
from wsaudit.analysis import cells
from wsaudit.connections.scene import Scene
from wsaudit.model import Seen
from wsaudit.program.cells import Cell

Files = dict[str, str]


def _asked(text: str, path: str) -> tuple[Scene, Files, Cell]:
    """A snippet, and the cell of what it gives to ``here()``."""
    files = {path: text}
    scene = scene_of(files)
    found = cells.cell(scene, argument_of_call(scene, "here"))
    assert found is not None
    return scene, files, found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "a.py",
            "n = 0\ndef up():\n    global n\n    n += 1\ndef back():\n"
            "    global n\n    n = 0\nhere(n)\n",
            ["n = 0", "n += 1", "n = 0"],
        ),
        (
            "a.py",
            "class Link:\n    tries = 0\n    def __init__(self):\n"
            "        self.tries = 1\n    def lost(self):\n        self.tries += 1\n"
            "        here(self.tries)\nlink = Link()\nlink.tries = 5\n",
            ["tries = 0", "self.tries = 1", "self.tries += 1", "link.tries = 5"],
        ),
        (
            "a.py",
            "class A:\n    def go(self):\n        self.n = 1\n        here(self.n)\n"
            "class B:\n    def go(self):\n        self.n = 2\n",
            ["self.n = 1"],
        ),
        (
            "a.py",
            "def wait(tries):\n    here(tries)\ndef lost():\n    wait(3)\n",
            ["wait(3)"],
        ),
        (
            "a.py",
            "counts = {}\ndef seen(key):\n    counts[key] = counts.get(key, 0) + 1\n"
            "    here(counts[key])\n",
            ["counts[key] = counts.get(key, 0) + 1"],
        ),
        (
            "a.ts",
            "class Link { tries = 0;\n lost() { this.tries++; here(this.tries); } }",
            ["tries = 0", "this.tries++"],
        ),
        (
            "a.tsx",
            "import { useRef } from 'react';\nexport function useLink() {\n"
            "  const tries = useRef(0);\n  const same = tries;\n"
            "  const lost = () => { same.current += 1; };\n  here(tries.current);\n}",
            ["useRef(0)", "same.current += 1"],
        ),
        (
            "a.tsx",
            "import { useState } from 'react';\nexport function useLink() {\n"
            "  const [open, setOpen] = useState(false);\n"
            "  const lost = () => { setOpen(false); };\n"
            "  const found = () => { setOpen((was) => !was); };\n  here(open);\n}",
            ["useState(false)", "setOpen(false)", "setOpen((was) => !was)"],
        ),
        (
            "a.ts",
            "import { create } from 'zustand';\n"
            "export const useStore = create((set) => ({ tries: 0,\n"
            "  lost: () => set((s) => ({ tries: s.tries + 1 })) }));\n"
            "here(useStore.getState().tries);",
            ["tries: 0", "tries: s.tries + 1"],
        ),
        (
            "a.ts",
            "const link = { tries: 0 };\nfunction lost() { link.tries = 2; }\n"
            "here(link.tries);",
            ["tries: 0", "link.tries = 2"],
        ),
    ],
)
def test_writes(path: str, text: str, expected: list[str]) -> None:
    """Everything that gives a variable, field, ref, state or slot another value."""
    scene, files, cell = _asked(text, path)
    found = [written_at(scene, files, one.node) for one in cells.writes(scene, cell)]

    assert [each.removesuffix(";") for each in found] == expected


def test_reads() -> None:
    """What looks at a field, through whichever object, but not what assigns it."""
    text = (
        "class Link:\n    def __init__(self):\n        self.up = False\n"
        "    def open(self):\n        self.up = True\n        here(self.up)\n"
        "class Other:\n    up = True\n"
        "link = Link()\ndef shown():\n    return link.up or Other().up\n"
    )
    scene, files, cell = _asked(text, "a.py")

    found = [written_at(scene, files, node) for node in cells.reads(scene, cell)]
    assert found == ["self.up", "link.up"]


@pytest.mark.parametrize(
    ("path", "text", "puts", "takes", "leaves"),
    [
        (
            "a.py",
            "peers = set()\ndef enter(ws):\n    peers.add(ws)\ndef out(ws):\n"
            "    peers.discard(ws)\ndef stop():\n    global peers\n    peers = set()\n"
            "here(peers)\n",
            ["peers.add(ws)"],
            ["peers.discard(ws)"],
            ["peers.discard(ws)", "peers"],
        ),
        (
            "a.py",
            "rooms = {}\ndef enter(k, ws):\n    rooms.setdefault(k, set()).add(ws)\n"
            "def out(k, ws):\n    room = rooms[k]\n    room.remove(ws)\n"
            "    if not room:\n        del rooms[k]\nhere(rooms['a'])\n",
            ["rooms.setdefault(k, set()).add(ws)"],
            ["room.remove(ws)"],
            ["room.remove(ws)", "rooms[k]"],
        ),
        (
            "a.ts",
            "class Hub { #all = new Map();\n get all() { return this.#all; }\n"
            " enter(k, ws) { this.#all.set(k, ws); } }\nconst hub = new Hub();\n"
            "function out(k) { hub.all.delete(k); }\nhere(hub.all);",
            ["this.#all.set(k, ws)"],
            ["hub.all.delete(k)"],
            ["hub.all.delete(k)"],
        ),
        (
            "a.py",
            "n = []\ndef more():\n    global n\n    n += ['a']\nhere(n)\n",
            [],
            [],
            [],
        ),
    ],
)
def test_contents(
    path: str, text: str, puts: list[str], takes: list[str], leaves: list[str]
) -> None:
    """What goes into a container and what leaves it, by whichever name."""
    scene, files, cell = _asked(text, path)

    for question, expected in (
        (cells.puts, puts),
        (cells.takes, takes),
        (cells.leaves, leaves),
    ):
        found = question(scene, cell)
        assert [written_at(scene, files, one.node) for one in found] == expected


@pytest.mark.parametrize(
    ("made", "seen"),
    [
        ("deque(maxlen=5)", Seen.PRESENT),
        ("deque([], 5)", Seen.PRESENT),
        ("deque(maxlen=None)", Seen.ABSENT),
        ("asyncio.Queue(100)", Seen.PRESENT),
        ("asyncio.Queue(maxsize=0)", Seen.ABSENT),
        ("asyncio.Queue()", Seen.ABSENT),
        ("asyncio.Queue(maxsize=settings.limit)", Seen.PRESENT),
        ("weakref.WeakSet()", Seen.PRESENT),
        ("[]", Seen.ABSENT),
        ("somewhere()", Seen.UNKNOWN),
    ],
)
def test_bound(made: str, seen: Seen) -> None:
    """A container is bounded by a limit it is made with, or by what it is."""
    imports = "import asyncio, weakref\nfrom collections import deque\n"
    scene = scene_of({"a.py": f"{imports}box = {made}\nhere(box)\n"})

    assert cells.bound(scene, argument_of_call(scene, "here")).seen is seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("peers = set()\ndef run():\n    here(peers)\n", True),
        ("def run():\n    peers = set()\n    here(peers)\n", False),
        ("class Hub:\n    peers = set()\ndef run():\n    here(Hub.peers)\n", True),
        (
            "class Hub:\n    def __init__(self):\n        self.peers = set()\n"
            "hub = Hub()\ndef run():\n    here(hub.peers)\n",
            True,
        ),
        (
            "class Hub:\n    def __init__(self):\n        self.peers = set()\n"
            "def run():\n    hub = Hub()\n    here(hub.peers)\n",
            False,
        ),
        (
            "class Room:\n    def __init__(self):\n        self.peers = set()\n"
            "rooms = {}\ndef run(k):\n    room = Room()\n    rooms[k] = room\n"
            "    here(room.peers)\n",
            True,
        ),
    ],
)
def test_outlives(text: str, expected: bool) -> None:  # noqa: FBT001 - a table's
    """What is kept by the program, or by what it keeps, outlives one run."""
    scene, _, cell = _asked(text, "a.py")
    run = scene.program.function_of(scene.program.calls_named("here")[0])

    assert cells.outlives(scene, cell, run) is expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "def run(self):\n    self.ws = here()\n", []),
        (
            "a.py",
            "class A:\n    def run(self):\n        ws = here()\n        self.ws = ws\n",
            ["ws", "ws"],
        ),
        ("a.ts", "class Link { run() { this.ws = here() as Sock; } }", ["ws"]),
    ],
)
def test_kept_in(path: str, text: str, expected: list[str]) -> None:
    """Where a value is put as it is made, by a local name too."""
    scene = scene_of({path: text})
    (made,) = scene.program.calls_named("here")

    assert [cell.name for cell in cells.kept_in(scene, made)] == expected
