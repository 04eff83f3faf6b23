"""Libraries that no dialect describes are named, and nothing passes over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsaudit.config import Config
from wsaudit.dialects import load_dialects
from wsaudit.engine import audit
from wsaudit.outcome import UNKNOWN_LIBRARY, Report, State
from wsaudit.report import items, tally

FALCON = """\
import falcon.asgi


class Doors:
    async def on_websocket(self, request, websocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
"""


def _audited(name: str, text: str, folder: Path) -> Report:
    (folder / name).write_text(text, encoding="utf-8")
    return audit(Config(root=str(folder), paths=(str(folder),), jobs=1, cache=False))


def _named(report: Report) -> list[str]:
    return [s.detail for s in report.skipped if s.reason == UNKNOWN_LIBRARY]


@pytest.mark.parametrize(
    ("name", "text", "library"),
    [
        ("app.py", FALCON, "falcon"),
        (
            "app.py",
            "try:\n    import ws4py.client\nexcept ImportError:\n    pass\n",
            "ws4py",
        ),
        ("app.ts", 'import Pusher from "pusher-js";\nnew Pusher("k");\n', "pusher-js"),
        (
            "app.ts",
            'import { Client } from "colyseus.js";\n',
            "colyseus.js",
        ),
        ("app.js", "const { Room } = require('livekit-client');\n", "livekit-client"),
        ("app.ts", 'import * as ably from "ably/promises";\n', "ably"),
    ],
)
def test_it_is_named(name: str, text: str, library: str, tmp_path: Path) -> None:
    """The first use in a file is named, with its line."""
    report = _audited(name, text, tmp_path)

    assert _named(report) == [f"`{library}` is used here and is not known to wsaudit"]
    assert "no WebSocket code" not in tally.checked(report)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.py", "import falcon.asgi\n\nfalcon.asgi.App()\n"),
        ("app.py", "import websockets\n"),
        ("app.ts", 'import type { Room } from "livekit-client";\n'),
        ("app.ts", 'import { createClient } from "urql";\n'),
        ("app.ts", 'import x from "./livekit-client";\n'),
        ("app.py", "# websocket: reasonably stable\nimport probably\n"),
    ],
)
def test_others_are_not_named(name: str, text: str, tmp_path: Path) -> None:
    """Known ones, types alone, and general frameworks without a WebSocket."""
    assert _named(_audited(name, text, tmp_path)) == []


def test_nothing_is_said_not_to_apply(tmp_path: Path) -> None:
    """What the library does is not seen, so every item is open."""
    report = _audited("app.py", FALCON, tmp_path)

    assert {one.state for one in items.judge(report)} == {State.UNDECIDED}


def test_no_library_is_both_known_and_unknown() -> None:
    """A dialect that is added leaves no row behind."""
    dialects = load_dialects()
    listed = [
        name
        for dialect in dialects
        for table in dialect.unknown
        for name in (*table.modules, *table.packages)
    ]

    assert sorted(listed) == sorted(name for _, name in dialects.unknown_libraries())
