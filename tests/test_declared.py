"""What the configuration says of endpoints, pairs and libraries is heeded."""

from __future__ import annotations

import json

import pytest

from tests.commands import SERVER, Shell

CONFIG = "wsaudit.toml"
TWO_ENDPOINTS = """\
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws/ovens")
async def ovens(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"type": "warm"})
    await websocket.send_json({"type": "baked"})


@app.websocket("/ws/doors")
async def doors(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"type": "open"})
"""
CLIENT = """\
export function watch(address: string) {
  const socket = new WebSocket(address);
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    switch (message.type) {
      case "warm":
        document.title = "warm";
        break;
      default:
        console.warn("unknown", message);
    }
  };
}
"""
PAIR = '[[contract.pairs]]\nclient = "ui/oven.ts"\nserver = "/ws/{}"\n'
LIBRARY = """\
[dialect]
id = "tinwire"
title = "tinwire"
langs = ["typescript"]
role = "client"
extends = ["browser"]
packages = ["tinwire"]
screen = ["tinwire"]

[[recognise]]
kind = "new"
match = ["tinwire#Wire"]
binds = "conn"
url_arg = 0
"""
WIRE = """\
import { Wire } from "tinwire";

const wire = new Wire("wss://tin.example/ws");
wire.onmessage = (event) => show(JSON.parse(event.data));

function show(message: unknown) {
  document.title = String(message);
}
"""


def found(shell: Shell, code: str) -> list[str]:
    """The paths of the findings of one rule."""
    ran = shell("check", "--format", "json", "--no-cache", "--select", code)
    assert ran.code in {0, 1}, ran.err
    return [finding["path"] for finding in json.loads(ran.out)["findings"]]


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        ((), ["app.py"]),
        (("/ws/prices",), []),
        (("ws/*",), []),
        (("/ws/price",), ["app.py"]),
        (("/ws/[p]rices",), []),
    ],
)
def test_public_endpoints(
    shell: Shell, patterns: tuple[str, ...], paths: list[str]
) -> None:
    """An endpoint that is public on purpose needs no credential."""
    shell.write(
        {"app.py": SERVER, CONFIG: f"public-endpoints = {json.dumps(patterns)}\n"}
    )

    assert found(shell, "WS160") == paths


def test_public_endpoints_stay_in_the_report(shell: Shell) -> None:
    """They pass for the reason that somebody gave."""
    shell.write({"app.py": SERVER, CONFIG: 'public-endpoints = ["/ws/*"]\n'})
    ran = shell("checklist", "--format", "json")

    assert "declared public: `/ws/*` in the configuration" in ran.out


def test_endpoints_without_browsers(shell: Shell) -> None:
    """Who is no browser is among the facts of an endpoint."""
    shell.write({"app.py": SERVER, CONFIG: 'non-browser = ["/ws/prices"]\n'})
    ran = shell("facts", "app.py")

    assert "`/ws/prices` in the configuration" in ran.out


def test_pairs(shell: Shell) -> None:
    """A client with an address that is not known belongs where the user says."""
    files = {"backend/app.py": TWO_ENDPOINTS, "ui/oven.ts": CLIENT}
    shell.write(files)
    assert found(shell, "WS300") == []

    shell.write({CONFIG: PAIR.format("ovens")})
    assert found(shell, "WS300") == ["ui/oven.ts"]


def test_pairs_that_fit_nothing_are_told(shell: Shell) -> None:
    """A misspelt pair would be silent for ever."""
    shell.write({"backend/app.py": TWO_ENDPOINTS, "ui/oven.ts": CLIENT})
    shell.write({CONFIG: PAIR.format("oven")})
    ran = shell("check", "--no-cache", "--select", "WS300")

    assert "`ui/oven.ts` and `/ws/oven` fits no client and endpoint" in ran.err


def test_own_dialects(shell: Shell) -> None:
    """A library that wsaudit does not know is taught by a file."""
    shell.write({"wire.ts": WIRE})
    assert found(shell, "WS167") == []

    shell.write({"tools/tinwire.toml": LIBRARY, CONFIG: 'dialects = ["tools/*.toml"]'})
    assert found(shell, "WS167") == ["wire.ts"]


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("[dialect", "tools/own.toml: "),
        (LIBRARY.replace("url_arg", "url_argument"), "url_argument"),
        (LIBRARY.replace('"tinwire"', '"ws"', 1), "there is a dialect `ws` already"),
        (LIBRARY.replace('"browser"', '"brwser"'), "there is no dialect `brwser`"),
    ],
)
def test_broken_dialects(shell: Shell, text: str, trouble: str) -> None:
    """One clear sentence, and exit code 2."""
    shell.write({"wire.ts": WIRE, "tools/own.toml": text})
    shell.write({CONFIG: 'dialects = ["tools/own.toml"]\n'})
    ran = shell("check")

    assert (ran.code, trouble in ran.err, ran.out) == (2, True, "")
    assert ran.err.count("\n") == 1


def test_dialects_that_are_not_there(shell: Shell) -> None:
    """A pattern that names nothing is a mistake."""
    shell.write({"wire.ts": WIRE, CONFIG: 'dialects = ["tools/own.toml"]\n'})
    ran = shell("check")

    assert (ran.code, ran.err) == (2, "wsaudit: no dialect is at `tools/own.toml`\n")
