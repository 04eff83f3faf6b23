"""Where a value comes from, told as the text where it begins."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import argument_of_call, scene_of, written_at
from wsaudit.analysis.origins import Origin, origins


def _told(files: dict[str, str]) -> list[str]:
    """The origins of what the first call of ``ask`` is given: text, path and reason."""
    scene = scene_of(files)
    asked = argument_of_call(scene, "ask")

    def text(origin: Origin) -> str:
        start = written_at(scene, files, origin.node)
        path = "".join(f".{step}" for step in origin.path)
        return f"{start}{path}" + (f" ({origin.lost})" if origin.lost else "")

    return [text(origin) for origin in origins(scene.program, asked)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 'a'\nask(x)", ["'a'"]),
        ("x = 'a' if y() else b()\nask(x)", ["'a'", "b()"]),
        ("x = y()\nask(x or 'd')", ["y()", "'d'"]),
        ("x = {'a': {'b': 1}}\nask(x['a']['b'])", ["1"]),
        ("a, b = 1, 2\nask(b)", ["2"]),
        ("for k, v in {'a': 1}.items():\n    ask(v)", ["1"]),
        ("for v in [1, *more()]:\n    ask(v)", ["1", "more().[]"]),
        ("for v in [f(x) for x in y()]:\n    ask(v)", ["f(x)"]),
        ("n = 0\nn += 1\nask(n)", ["0", "n (computed)"]),
        ("async def f():\n    ask(await g())\nasync def g(): return 'a'", ["'a'"]),
        ("def f(x):\n    ask(x)\nf('a')\nf(x='b')", ["'a'", "'b'"]),
        ("def f(x='d'):\n    ask(x)\nf()", ["'d'"]),
        ("def f(x):\n    ask(x)", ["x (nobody in sight calls what is given it)"]),
        ("def f(x):\n    ask(x)\nf(*y)", ["x (arguments that are spread)"]),
        ("def same(x): return x\nask(same('a'))\nsame('b')", ["'a'"]),
        (
            "def wrap(x): return x\ndef a(): return wrap(1)\ndef b(): return wrap(2)\n"
            "def send(m): ask(m)\nsend(a())\nsend(b())",
            ["1", "2"],
        ),
        (
            "def g(x):\n    if t(): return x\n    return 1\nask(g('a'))",
            ["g('a') (a helper that makes it over)", "'a'"],
        ),
        ("def g():\n    yield 1\nfor x in g():\n    ask(x)", ["1"]),
        (
            "class A:\n    def __init__(self, b):\n        self.b = b\n"
            "    def c(self):\n        ask(self.b)\nA('x')",
            ["'x'"],
        ),
        ("class A:\n    k: str = 'd'\nask(A(k='e').k)", ["'e'"]),
        (
            "import asyncio\nq = asyncio.Queue()\nq.put_nowait('a')\n"
            "async def f():\n    ask(await q.get())",
            ["'a'"],
        ),
        (
            "x = []\nx.append('a')\nx.extend(['b'])\nfor y in x:\n    ask(y)",
            ["'a'", "'b'"],
        ),
    ],
)
def test_origins_in_python(text: str, found: list[str]) -> None:
    """Names, parameters, results, fields, containers and queues are followed."""
    assert _told({"a.py": text}) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("const { a: [, b] } = { a: [1, 2] }; ask(b);", ["2"]),
        ("let x = 1; x ??= f(); ask(x);", ["1", "f()"]),
        ("const f = (x) => x; ask(f(1)); f(2);", ["1"]),
        ("function f({ k }) { ask(k); } f({ k: 'a', ...o });", ["'a'", "o.k"]),
        ("[1, 2].forEach((x) => ask(x));", ["1", "2"]),
        ("new Promise((yes) => yes('a')).then((x) => ask(x));", ["'a'"]),
        (
            "const p = g().then(() => 'a'); async function h() { ask(await p); }",
            ["'a'"],
        ),
        ("class A { constructor(private b) {} c() { ask(this.b); } } new A(1);", ["1"]),
        (
            "class A { b = 1; set(b) { this.b = b; } c() { ask(this.b); } }",
            ["1", "b (nobody in sight calls what is given it)"],
        ),
        ("import { x } from './b'; ask(x);", ["'there'"]),
        (
            "import { useRef } from 'react'; const r = useRef(1); r.current = 2;"
            " ask(r.current);",
            ["1", "2"],
        ),
    ],
)
def test_origins_in_typescript(text: str, found: list[str]) -> None:
    """Patterns, callbacks, promises, fields, imports and refs are followed."""
    assert _told({"a.ts": text, "b.ts": "export const x = 'there';"}) == found


def test_what_grows_without_end_is_lost() -> None:
    """A chain that leads on for ever ends with that as the reason."""
    told = _told(
        {"a.py": "def f(n):\n    while n:\n        n = n.next\n    ask(n)\nf(g())"}
    )

    assert "g()" in told
    assert "too far to follow" in told[-1]
