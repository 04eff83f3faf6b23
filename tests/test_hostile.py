"""Files written to stop an auditor, in sizes that show how their cost grows."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.commands import Shell
from wsaudit.config import Config
from wsaudit.engine import audit

SOCKET = 'const ws = new WebSocket("wss://example.org");\n'
IGNORE = "wsaudit: ignore[WS130] because"


def _lines(text: str, number: int) -> str:
    return "".join(text.format(at) for at in range(number))


KINDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "stack of ignores": (".ts", lambda n: f"// {IGNORE}\n" * n + SOCKET),
    "ignores in a comment": (".ts", lambda n: f"/* // {IGNORE}" * n + "*/\n" + SOCKET),
    "ignores in a block": (".ts", lambda n: f"/*\n{f' * {IGNORE}' * n}\n*/\n{SOCKET}"),
    "line feeds in a comment": (
        ".ts", lambda n: SOCKET + f"/* {IGNORE} " + "\n" * 20 * n + " x */\n"
    ),
    "spaces in a comment": (".py", lambda n: f"# {IGNORE}" + " " * 20 * n + "x\n"),
    "roles": (".ts", lambda n: "// wsaudit: role=one-shot x\na = 1;\n" * n + SOCKET),
    "declarations": (".ts", lambda n: _lines("export const v{0} = {0};\n", n) + SOCKET),
    "one line": (".py", lambda n: "import websockets\nx='" + "websocket " * n + "'\n"),
    "class on one line": (".py", lambda n: "class " + "a" * 10 * n + ":websocket\n"),
    "slashes": (".ts", lambda n: SOCKET + "// " + "/*" * 10 * n + "\n"),
    "quotes": (".ts", lambda n: SOCKET + "x = '" + '\\"' * 10 * n + "';\n"),
    "sums of text": (
        ".ts", lambda n: SOCKET + "let a0 = 'x';\n" + _lines("let b{0} = a0 + a0;\n", n)
    ),
}  # fmt: skip


def _cost(shell: Shell, name: str, text: str) -> float:
    shell.write({name: text})
    began = time.process_time()
    report = audit(Config(str(shell.folder), paths=(str(shell.folder),), cache=False))
    spent = time.process_time() - began
    (shell.folder / name).unlink()
    assert report.faults == ()
    return spent


@pytest.mark.parametrize("kind", KINDS)
def test_cost_grows_with_the_size_only(shell: Shell, kind: str) -> None:
    """Four times as much takes about four times as long, not sixteen times."""
    suffix, make = KINDS[kind]
    few = _cost(shell, f"a{suffix}", make(1_500))
    many = _cost(shell, f"a{suffix}", make(6_000))

    assert many < 8 * max(few, 0.15)


@pytest.mark.parametrize(
    "tsconfig",
    [
        "/*" * 200_000,
        '"' + '\\"' * 200_000,
        "[" * 200_000,
        '{"a":' * 50_000,
        "," * 300_000,
    ],
)
def test_support_files_cost_no_more(shell: Shell, tsconfig: str) -> None:
    """They are read in the main process, too."""
    shell.write({"tsconfig.json": tsconfig, "package.json": tsconfig, "a.ts": SOCKET})

    assert _cost(shell, "b.ts", SOCKET) < 5
