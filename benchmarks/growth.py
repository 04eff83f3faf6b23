"""How cost grows with what is written to stop an auditor: `growth.py [FAMILY …]`.

Each family is generated at three sizes, one twice the other, and audited without a
cache. What counts is the processor time beyond that of a program of one socket: its
exponent is 1 where twice as much takes twice as long. Exit code 1 above the limit.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import cost
from peers import PYTHON

MOST = 1.2
LEAST_SECONDS = 0.15
"""Less than this beyond one socket is noise, not growth."""
COMMAND = (PYTHON, "-m", "wsaudit", "check", ".", "--isolated", "--no-cache", "-q")
SERVER = "from fastapi import FastAPI, WebSocket\napp = FastAPI()\n"
ENDPOINT = """
@app.websocket("/ws")
async def talk(ws: WebSocket):
    await ws.accept()
    while True:
        {name}(await ws.receive_json())
"""
Files = dict[str, str]


def endpoints(size: int) -> Files:
    """As many endpoints in one file."""
    one = (
        "@app.websocket('/s{0}')\nasync def s{0}(ws: WebSocket):\n"
        "    await ws.accept()\n    await ws.send_text(await ws.receive_text())\n"
    )
    return {"a.py": SERVER + "".join(one.format(at) for at in range(size))}


def clients(size: int) -> Files:
    """As many clients in one file."""
    one = (
        "export function open{0}() {{\n  const ws = new WebSocket('wss://e.org/{0}');\n"
        "  ws.onmessage = (e) => console.log(JSON.parse(e.data).kind);\n"
        "  ws.onclose = () => setTimeout(open{0}, 1000);\n}}\n"
    )
    return {"a.ts": "".join(one.format(at) for at in range(size))}


def chain(size: int) -> Files:
    """Functions that call one another in a chain."""
    body = "".join(f"def f{at}(x):\n    f{at + 1}(x)\n" for at in range(size))
    last = f"def f{size}(x):\n    open(x)\n"
    return {"a.py": SERVER + body + last + ENDPOINT.format(name="f0")}


def wide_calls(size: int) -> Files:
    """Functions that call twelve others each."""
    body = "".join(
        f"def f{at}(x):\n"
        + "".join(f"    f{(at * 7 + to * 13) % size}(x)\n" for to in range(12))
        for at in range(size)
    )
    return {"a.py": SERVER + body + ENDPOINT.format(name="f0")}


def imports(size: int) -> Files:
    """Files that import one another, twelve each, and call what they import."""
    files = {"app.py": f"from m0 import f0\n{SERVER}{ENDPOINT.format(name='f0')}"}
    for at in range(size):
        others = sorted({(at * 7 + to * 13) % size for to in range(12)} - {at})
        names = "".join(f"from m{other} import f{other}\n" for other in others)
        calls = "".join(f"    f{other}(x)\n" for other in others)
        files[f"m{at}.py"] = f"{names}\n\ndef f{at}(x):\n{calls}    print(x)\n"
    return files


def stars(size: int) -> Files:
    """Files that import everything of the next, in a circle."""
    files = {"app.py": f"from m0 import *\n{SERVER}{ENDPOINT.format(name='last')}"}
    for at in range(size):
        files[f"m{at}.py"] = f"from m{(at + 1) % size} import *\nx{at} = {at}\n"
    files[f"m{size // 2}.py"] += "\n\ndef last(x):\n    print(x)\n"
    return files


def kinds(size: int) -> Files:
    """A union of as many kinds of messages, each with its case."""
    shapes = "".join(
        f'type M{at} = {{ kind: "k{at}"; at: number }};\n' for at in range(size)
    )
    union = "type Message =\n" + "".join(f"  | M{at}\n" for at in range(size)) + ";\n"
    cases = "".join(
        f'      case "k{at}": show(message.at); break;\n' for at in range(size)
    )
    client = (
        "declare function show(x: number): void;\n"
        'const ws = new WebSocket("wss://example.org");\n'
        "ws.onmessage = (event) => {\n"
        "  const message = JSON.parse(event.data) as Message;\n"
        f"    switch (message.kind) {{\n{cases}    }}\n}};\n"
    )
    return {"a.ts": shapes + union + client}


def lines(size: int) -> Files:
    """One long function of tests, calls and assignments around a socket."""
    body = "".join(
        f"    if m.get('k{at}'):\n        state['k{at}'] = m['k{at}']\n"
        f"        await ws.send_json(state)\n"
        for at in range(size)
    )
    head = (
        "state = {}\n@app.websocket('/ws')\nasync def talk(ws: WebSocket):\n"
        "    await ws.accept()\n    m = await ws.receive_json()\n"
    )
    return {"a.py": SERVER + head + body}


def handlers(size: int) -> Files:
    """A table of as many handlers, looked up by the kind of a message."""
    made = "".join(
        f"async def on{at}(ws, m):\n    await ws.send_json({{'kind': 'k{at}'}})\n"
        for at in range(size)
    )
    table = "TABLE = {" + "".join(f"'k{at}': on{at}, " for at in range(size)) + "}\n"
    loop = (
        "@app.websocket('/ws')\nasync def talk(ws: WebSocket):\n    await ws.accept()\n"
        "    while True:\n        m = await ws.receive_json()\n"
        "        await TABLE[m['kind']](ws, m)\n"
    )
    return {"a.py": SERVER + made + table + loop}


def uses(size: int) -> Files:
    """One handler that hands on as many parts of its messages."""
    loop = (
        "@app.websocket('/ws')\nasync def talk(ws: WebSocket):\n    await ws.accept()\n"
        "    while True:\n        m = await ws.receive_json()\n"
    )
    body = "".join(
        f"        save{at}(m['a{at}'])\n        b{at} = m['b{at}'] + 1\n"
        for at in range(size)
    )
    return {"a.py": SERVER + loop + body}


def copies(size: int) -> Files:
    """As many copies of one small application, each in its own folder."""
    server = SERVER + ENDPOINT.format(name="print")
    client = clients(1)["a.ts"]
    return {
        **{f"app{at}/server.py": server for at in range(size)},
        **{f"app{at}/client.ts": client for at in range(size)},
    }


FAMILIES: dict[Callable[[int], Files], int] = {
    endpoints: 1_500,
    clients: 500,
    chain: 2_000,
    wide_calls: 100,
    imports: 250,
    stars: 100,
    kinds: 75,
    lines: 400,
    handlers: 250,
    uses: 250,
    copies: 25,
}
"""Each family and its smallest size; the largest is four times as large."""


def main() -> int:
    """Print the seconds of each family, and its exponent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("families", nargs="*", help="by default all")
    given = parser.parse_args()
    print(f"{'family':<12}{'size':>7}{'n':>8}{'2n':>8}{'4n':>8}{'exponent':>10}")
    base = _seconds({"a.ts": 'new WebSocket("wss://e.org");'}, given.rounds)
    worst = 0.0
    for family, size in FAMILIES.items():
        if not given.families or family.__name__ in given.families:
            print(f"{family.__name__:<12}{size:>7}", end="", flush=True)
            worst = max(worst, _measured(family, size, base, given.rounds))
    return int(worst > MOST)


def _measured(
    family: Callable[[int], Files], size: int, base: float, rounds: int
) -> float:
    spent: list[float] = []
    for times in (1, 2, 4):
        spent.append(_seconds(family(times * size), rounds))
        print("    long" if math.isinf(spent[-1]) else f"{spent[-1]:8.2f}", end="")
    few, _, most = (max(one - base, LEAST_SECONDS) for one in spent)
    found = math.inf if math.isinf(most) else exponent(few, most)
    print(f"{found:>10.2f}", flush=True)
    return found


def exponent(few: float, most: float) -> float:
    """By which power cost grows from a size to four times of it."""
    return math.log(most / few, 4)


def _seconds(files: Files, rounds: int) -> float:
    """The least processor time of some runs; infinite where they are cut off."""
    with tempfile.TemporaryDirectory(prefix="wsaudit-growth-") as name:
        for path, text in files.items():
            file = Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        try:
            return min(cost(COMMAND, name).cpu for _ in range(rounds))
        except RuntimeError:
            return math.inf


if __name__ == "__main__":
    sys.exit(main())
