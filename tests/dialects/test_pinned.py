"""What names of `websockets` mean, by where they come from and in which version."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsaudit.config import Config
from wsaudit.engine import audit, recognised
from wsaudit.model import Connection
from wsaudit.outcome import State

SERVER = """\
{imported}

async def listen(ws):
    async for message in ws:
        await ws.send(message)

async def main():
    async with {serve}(listen, "localhost", 8765) as server:
        await server.serve_forever()
"""
ASYNCIO, LEGACY, SYNC = "websockets", "websockets-legacy", "websockets-sync"


def _libraries(folder: Path, text: str, wanted: str) -> set[str]:
    (folder / "server.py").write_text(text, encoding="utf-8")
    (folder / "requirements.txt").write_text(f"{wanted}\n", encoding="utf-8")
    config = Config(root=str(folder), paths=(str(folder),), jobs=1, cache=False)
    return {fact.library for fact in recognised(config).project.all(Connection)}


@pytest.mark.parametrize(
    ("imported", "serve", "wanted", "library"),
    [
        ("import websockets", "websockets.serve", "websockets", ASYNCIO),
        ("import websockets", "websockets.serve", "websockets>=12.0", ASYNCIO),
        ("import websockets", "websockets.serve", "websockets==14.0", ASYNCIO),
        ("import websockets", "websockets.serve", "websockets~=15.0", ASYNCIO),
        ("import websockets", "websockets.serve", "websockets==12.0", LEGACY),
        ("import websockets", "websockets.serve", "websockets>=11,<14", LEGACY),
        ("import websockets", "websockets.serve", "websockets~=13.1", LEGACY),
        ("from websockets.server import serve", "serve", "websockets>=15", LEGACY),
        ("from websockets.legacy.server import serve", "serve", "", LEGACY),
        (
            "from websockets.asyncio.server import serve",
            "serve",
            "websockets==13.1",
            ASYNCIO,
        ),
        ("from websockets.sync.server import serve", "serve", "", SYNC),
    ],
)
def test_implementation(
    imported: str, serve: str, wanted: str, library: str, tmp_path: Path
) -> None:
    """The import path tells, and for the top level the version that is asked for."""
    text = SERVER.format(imported=imported, serve=serve)

    assert _libraries(tmp_path, text, wanted) == {library}


@pytest.mark.parametrize(
    ("wanted", "state"),
    [("websockets==15.0", State.PASS), ("websockets<15", State.FAIL)],
)
def test_capabilities_of_old_versions(
    wanted: str, state: State, tmp_path: Path
) -> None:
    """The threading implementation pings since 15.0."""
    text = SERVER.format(
        imported="from websockets.sync.server import serve", serve="serve"
    )
    _libraries(tmp_path, text, wanted)
    report = audit(
        Config(root=str(tmp_path), paths=(str(tmp_path),), jobs=1, cache=False)
    )

    assert {o.rule.page.code: o.state for o in report.outcomes}["WS140"] is state
