"""Which files the screen lets through, told from their bytes alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wsaudit.cache import Cache
from wsaudit.discover import File
from wsaudit.screen import SIZE_LIMIT, matters, screen
from wsaudit.source import Language

WORDS = frozenset({b"websocket", b"socket.io", b".send_json("})
PACKAGES = frozenset({"websockets", "fastapi"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import websockets", True),
        ("import os, websockets as ws", True),
        ("    import websockets.sync.client", True),
        ("from fastapi import WebSocket", True),
        ("from fastapi.websockets import WebSocket", True),
        ("# a websocket is mentioned here", False),
        ("URL = 'websocket'", False),
        ("import os  # websockets", False),
        ("import websocketstream", False),
        ("from .app import app\n@app.websocket('/ws')", True),
        ("class Chat(WebsocketConsumer):", True),
        ("async def push(ws: 'WebSocket'): ...", True),
        ("await websocket.send_json({})", True),
        ("import fastapi", False),
        ("await members[nick].send_json({'type': 'hello'})", True),
        ("await mailer.send(letter)", False),
    ],
)
def test_python_file_needs_more_than_a_mention(text: str, *, expected: bool) -> None:
    """A word in a comment or setting does not make a file worth parsing."""
    packages = frozenset(name.encode() for name in PACKAGES)

    assert matters(text.encode(), Language.PYTHON, WORDS, packages) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("new WebSocket(url)", True),
        ("import { io } from 'Socket.IO-client'", True),
        ("const x = 1", False),
    ],
)
def test_typescript_file_needs_a_word(text: str, *, expected: bool) -> None:
    """Case does not count: names are spelt in every way."""
    data = text.encode()

    assert matters(data, Language.TYPESCRIPT, WORDS, frozenset()) is expected


@pytest.mark.parametrize("text", ["# wsaudit: ignore[WS150] x", "// wsaudit: public x"])
@pytest.mark.parametrize("language", list(Language))
def test_file_that_speaks_to_wsaudit_is_read(text: str, language: Language) -> None:
    """A comment to wsaudit is judged wherever it stands."""
    assert matters(text.encode(), language, WORDS, frozenset())


def test_utf_16_is_searched_as_text() -> None:
    """The zero bytes between the letters hide no word."""
    data = "new WebSocket(url)".encode("utf-16")

    assert matters(data, Language.TYPESCRIPT, WORDS, frozenset())


def _screened(root: Path, cache: Cache | None = None) -> tuple[list[str], ...]:
    files = [File(path.name, Language.TYPESCRIPT) for path in sorted(root.glob("*.ts"))]
    found = screen(files, WORDS, PACKAGES, root=str(root), cache=cache)
    return (
        [file.path for file in found.hits],
        [file.path for file in found.others],
        [f"{skip.path}: {skip.reason}" for skip in found.skipped],
    )


def test_files_are_sorted_into_three(tmp_path: Path) -> None:
    """Hits, others, and those that cannot be read or are too large."""
    (tmp_path / "a.ts").write_text("new WebSocket(url)")
    (tmp_path / "b.ts").write_text("plain")
    (tmp_path / "c.ts").write_bytes(b"x" * (SIZE_LIMIT + 1))
    (tmp_path / "d.ts").mkdir()
    (tmp_path / "e.ts").write_text("")

    assert _screened(tmp_path) == (
        ["a.ts"],
        ["b.ts", "e.ts"],
        ["c.ts: too large", "d.ts: unreadable"],
    )


def test_short_file_after_a_long_one_is_seen_alone(tmp_path: Path) -> None:
    """The buffer that all files share keeps nothing from one to the next."""
    (tmp_path / "a.ts").write_text("x" * 1000 + "websocket")
    (tmp_path / "b.ts").write_text("y")

    assert _screened(tmp_path)[:2] == (["a.ts"], ["b.ts"])


def test_known_file_is_not_read_again(tmp_path: Path) -> None:
    """What the cache knows by time stamp and size decides without the bytes."""
    path = tmp_path / "a.ts"
    path.write_text("new WebSocket(url)")
    cache = Cache(str(tmp_path), b"")
    first = _screened(tmp_path, cache)
    status = path.stat()
    path.write_text("x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    second = _screened(tmp_path, cache)
    path.write_text("changed")

    assert first == second == (["a.ts"], [], [])
    assert _screened(tmp_path, cache) == ([], ["a.ts"], [])
