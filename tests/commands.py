"""Running wsaudit as its users do: in this process, or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from wsaudit.cli import main

# One finding of WS902 (P2), whatever other rules there are.
MISSPELT = "// wsaudit: publik nobody knows\nexport const retries = 5;\n"
SERVER = """\
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws/prices")
async def prices(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"type": "price"})
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command line came to."""

    code: int
    out: str
    err: str


class Shell:
    """Runs command lines in a folder of their own."""

    def __init__(
        self,
        folder: Path,
        capture: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.folder = folder
        self._capture = capture
        self._monkeypatch = monkeypatch
        monkeypatch.chdir(folder)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files below the folder."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8", newline="")
            else:
                path.write_bytes(content)

    def type(self, text: str) -> None:
        """Let a text be what the next command finds on standard input."""
        given = io.TextIOWrapper(io.BytesIO(text.encode()))
        self._monkeypatch.setattr("sys.stdin", given)

    def __call__(self, *arguments: str) -> Ran:
        """Run a command line in this process."""
        self._capture.readouterr()
        code = main(list(arguments))
        out, err = self._capture.readouterr()
        return Ran(code, out, err)


def spawn(folder: Path, *arguments: str, **environment: str) -> Ran:
    """Run a command line in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "wsaudit", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
