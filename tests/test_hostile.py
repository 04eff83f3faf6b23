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
    folder = str(shell.folder)
    report = audit(Config(folder, paths=(folder,), cache=False, fixes=True))
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


DOTS = "[a" + ".a" * 50_000 + "]\n"


@pytest.mark.parametrize("text", [DOTS, f"x = {'[' * 50_000}", f"{DOTS[1:-2]} = 1"])
def test_tables_cost_no_more(shell: Shell, text: str) -> None:
    """Whichever program the TOML is for."""
    shell.write({"pyproject.toml": text, "a.ts": SOCKET})

    assert _cost(shell, "hypercorn.toml", text) < 5


SERVER = "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n"
ENDPOINT = (
    '@app.websocket("/ws")\nasync def talk(ws: WebSocket):\n    await ws.accept()\n'
    "    while True:\n        f0(await ws.receive_json())\n"
)
CLIENT = (
    "export function open{0}() {{\n  const ws = new WebSocket('wss://e.org/{0}');\n"
    "  ws.onclose = () => setTimeout(open{0}, 1000);\n}}\n"
)


COMPONENT = (
    "export function C{0}() {{\n  const [s, set] = useState(0);\n  useEffect(() => {{\n"
    "    const w = new WebSocket('ws://h/{0}');\n"
    "    w.onmessage = (e) => set(s + 1);\n  }}, [s]);\n  return null;\n}}\n"
)
SENDER = "export function tell{0}() {{\n  ws.send('{0}');\n}}\n"
IGNORED = "    x = 1  # wsaudit: ignore[WS130] because\n"


def _endpoints(size: int) -> str:
    one = "@app.websocket('/{0}')\nasync def s{0}(ws: WebSocket):\n    await {1}\n"
    return SERVER + "".join(one.format(at, "ws.accept()") for at in range(size))


def _chain(size: int) -> str:
    calls = "".join(f"def f{at}(x):\n    f{at + 1}(x)\n" for at in range(size))
    return f"{SERVER}{calls}def f{size}(x):\n    open(x)\n{ENDPOINT}"


def _wide(size: int) -> str:
    """Functions that call twelve others each."""
    bodies = (
        "".join(f"    f{(at * 7 + to * 13) % size}(x)\n" for to in range(12))
        for at in range(size)
    )
    made = (f"def f{at}(x):\n{body}" for at, body in enumerate(bodies))
    return SERVER + "".join(made) + ENDPOINT


def _union(size: int) -> str:
    kinds = _lines('type M{0} = {{ kind: "k{0}"; at: number }};\n', size)
    cases = _lines('    case "k{0}": show(m.at); break;\n', size)
    union = "type Message =" + _lines(" | M{0}", size) + ";\n"
    return (
        f"{kinds}{union}{SOCKET}ws.onmessage = (event) => {{\n"
        f"  const m = JSON.parse(event.data) as Message;\n"
        f"  switch (m.kind) {{\n{cases}  }}\n}};\n"
    )


def _greeting(size: int) -> str:
    """Functions that call twelve others each, before anything is received."""
    return _wide(size).replace(
        "    while True:\n        f0(await ws.receive_json())", "    f0(ws)"
    )


GRAPHS: dict[str, tuple[str, int, Callable[[int], str]]] = {
    "endpoints": ("a.py", 50, _endpoints),
    "clients": ("a.ts", 50, lambda n: _lines(CLIENT, n)),
    "chain of calls": ("a.py", 200, _chain),
    "wide call graph": ("a.py", 50, _wide),
    "wide greeting": ("a.py", 50, _greeting),
    "effects": ("a.tsx", 40, lambda n: _lines(COMPONENT, n)),
    "many findings": ("a.ts", 300, lambda n: SOCKET + _lines(SENDER, n)),
    "ignores in a function": ("a.py", 600, lambda n: f"def f():\n{IGNORED * n}"),
    "union of kinds": ("a.ts", 75, _union),
}


@pytest.mark.parametrize("kind", GRAPHS)
def test_cost_grows_with_what_is_there_to_ask(shell: Shell, kind: str) -> None:
    """However much calls, waits for or tells apart what."""
    name, size, make = GRAPHS[kind]
    few = _cost(shell, name, make(size))
    many = _cost(shell, name, make(4 * size))

    assert many < 8 * max(few, 0.15)


@pytest.mark.parametrize("kind", ["one another", "everything in a circle"])
def test_files_that_import_one_another(shell: Shell, kind: str) -> None:
    """Each of them is looked at once, and an error of ours is none of theirs."""

    def cost(size: int) -> float:
        for at in range(size):
            following = (at + 1) % size
            text = f"from m{following} import *\nx{at} = {at}\n"
            if kind == "one another":
                others = {(at * 7 + to * 13) % size for to in range(12)}
                text = "".join(f"from m{to} import f{to}\n" for to in sorted(others))
                calls = "".join(f"    f{to}(x)\n" for to in sorted(others))
                text += f"def f{at}(x):\n{calls}    open(x)\n"
            shell.write({f"m{at}.py": text})
        return _cost(shell, "app.py", f"from m0 import *\n{SERVER}{ENDPOINT}")

    few = cost(50)
    assert cost(200) < 8 * max(few, 0.15)
