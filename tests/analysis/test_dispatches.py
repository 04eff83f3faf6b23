"""Dispatches are found in all their forms, with their values and what is left over."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.messages.cases import DispatchSite
from wsaudit.analysis.messages.dispatches import dispatches, handled, open_to
from wsaudit.analysis.messages.rest import Rest, rest_of

FASTAPI = """\
from fastapi import FastAPI, WebSocket
import json
app = FastAPI()
{before}
@app.websocket("/ws")
async def talk(ws: WebSocket):
    await ws.accept()
    while True:
        m = await ws.receive_json()
{body}
"""
BROWSER = """\
const ws = new WebSocket('wss://example.org/ws');
{before}
ws.onmessage = (e) => {{
  const m = JSON.parse(e.data);
{body}
}};
"""


def _indented(text: str, by: str) -> str:
    return "\n".join(by + line for line in text.splitlines())


@dataclass(frozen=True)
class Found:
    """A dispatch, and what becomes of messages that it has no case for."""

    site: DispatchSite
    rest: Rest


def _python(body: str, before: str = "") -> list[Found]:
    text = FASTAPI.format(before=before, body=_indented(body, " " * 8))
    return _found({"server.py": text})


def _browser(body: str, before: str = "") -> list[Found]:
    return _found({"client.ts": BROWSER.format(before=before, body=body)})


def _found(files: dict[str, str]) -> list[Found]:
    scene = scene_of(files)
    return [Found(site, rest_of(scene, (site,))) for site in dispatches(scene)]


def _said(found: Found) -> tuple[str, str, tuple[str, ...], str]:
    site = found.site
    return site.form, ".".join(site.path), site.values, found.rest.kind


@pytest.mark.parametrize(
    ("body", "form", "path", "found", "default"),
    [
        (
            "if m['type'] == 'a': f()\nelif m['type'] == 'b': g()",
            "if",
            "type",
            "ab",
            "none",
        ),
        (
            "if m['type'] == 'a': f()\nif m['type'] == 'b': g()",
            "if",
            "type",
            "ab",
            "none",
        ),
        (
            "if m['type'] == 'a':\n    f()\nelif m['type'] == 'b':\n    g()\n"
            "else:\n    log.warning('?')",
            "if",
            "type",
            "ab",
            "logs",
        ),
        (
            "kind = m.get('type')\nif kind == 'a':\n    f()\n    continue\n"
            "if kind == 'b':\n    g()\n    continue\nraise ValueError(kind)",
            "if",
            "type",
            "ab",
            "throws",
        ),
        ("if m['type'] in ('a', 'b'): f()", "if", "type", "ab", "none"),
        (
            "match m['type']:\n    case 'a': f()\n    case 'b' | 'c': g()",
            "switch",
            "type",
            "abc",
            "none",
        ),
        (
            "match m['type']:\n    case 'a': f()\n    case _: pass",
            "switch",
            "type",
            "a",
            "empty",
        ),
        (
            "match m:\n    case {'type': 'a', 'id': i}: f()\n"
            "    case {'type': 'b'}: g()\n"
            "    case _: await ws.close()",
            "switch",
            "type",
            "ab",
            "answers",
        ),
        (
            "t = m.get('action') or m.get('type')\nif t == 'a': f()\n"
            "elif t == 'b': g()",
            "if",
            "action",
            "ab",
            "none",
        ),
        ("if m['type'] != 'a':\n    continue\nf()", "filter", "type", "a", "returns"),
    ],
)
def test_branches_in_python(
    body: str, form: str, path: str, found: str, default: str
) -> None:
    """Chains, early leavings, membership and ``match`` are dispatches."""
    (site,) = _python(body)

    assert _said(site) == (form, path, tuple(found), default)


@pytest.mark.parametrize(
    ("body", "form", "path", "found", "default"),
    [
        (
            "switch (m.type) { case 'a': f(); break; case 'b': case 'c': g(); }",
            "switch",
            "type",
            "abc",
            "none",
        ),
        (
            "switch (m.type) { case 'a': f(); break; default: console.warn(m); }",
            "switch",
            "type",
            "a",
            "logs",
        ),
        (
            "switch (m.type) { case 'a': f(); break;"
            " default: { const x: never = m; } }",
            "switch",
            "type",
            "a",
            "never-check",
        ),
        (
            "switch (m.type) { case 'a': f(); break; default: return; }",
            "switch",
            "type",
            "a",
            "returns",
        ),
        (
            "switch (true) { case m.op === 'a': f(); break; case m.op === 'b': g(); }",
            "switch",
            "op",
            "ab",
            "none",
        ),
        (
            "if (m.type === 'a') f(); else if (m.type === 'b') g();",
            "if",
            "type",
            "ab",
            "none",
        ),
        (
            "const { type: t } = m; if (t === 'a') f(); if ('b' === t) g();",
            "if",
            "type",
            "ab",
            "none",
        ),
        (
            "if (m.type === 'a') { f(); return; } if (m.type === 'b') {"
            " return g(); } h(m);",
            "if",
            "type",
            "ab",
            "forwards",
        ),
        ("m.type === 'a' && f(); m.type === 'b' && g();", "if", "type", "ab", "none"),
        (
            "h(m.type === 'a' ? 1 : m.type === 'b' ? 2 : null);",
            "if",
            "type",
            "ab",
            "returns",
        ),
        ("if (!m || m.type !== 'a') return; f(m.b);", "filter", "type", "a", "returns"),
        (
            "if (m.data.kind === 'a') f(); else if (m.data.kind === 'b')"
            " g(); else use(m);",
            "if",
            "data.kind",
            "ab",
            "forwards",
        ),
        (
            "if (m.type === 'a') f(); if (m.type === 'b') g(); list.push(m);",
            "if",
            "type",
            "ab",
            "stores",
        ),
    ],
)
def test_branches_in_typescript(
    body: str, form: str, path: str, found: str, default: str
) -> None:
    """A switch, a chain, single tests and conditional expressions are dispatches."""
    (site,) = _browser(body)

    assert _said(site) == (form, path, tuple(found), default)


@pytest.mark.parametrize(
    ("before", "body", "found", "default", "crashes"),
    [
        ("const H = { a: f, b: g };", "H[m.type](m);", "ab", "none", True),
        ("const H = { a: f, b: g };", "H[m.type]?.(m);", "ab", "none", False),
        (
            "const H = { a: f, b: g };",
            "const h = H[m.type as keyof typeof H]; if (h) h(m); else"
            " console.error(m);",
            "ab",
            "logs",
            False,
        ),
        (
            "const H = { a: f, b: g };",
            "const h = H[m.type]; if (!h) { report(m.type); return; } h(m);",
            "ab",
            "logs",
            False,
        ),
        (
            "const H = new Map([['a', f], ['b', g]]);",
            "const h = H.get(m.type); if (h) { h(m); return; } throw new"
            " Error(m.type);",
            "ab",
            "throws",
            False,
        ),
        (
            "const H = new Map(); H.set('a', f); H.set('b', g);",
            "H.get(m.type)?.(m);",
            "ab",
            "none",
            False,
        ),
    ],
)
def test_handler_maps_in_typescript(
    before: str,
    body: str,
    found: str,
    default: str,
    crashes: bool,  # noqa: FBT001
) -> None:
    """A map of handlers is a dispatch, its default what happens without one."""
    functions = "function f() { go(); }\nfunction g() { go(); }\n"
    (site,) = _browser(body, functions + before)

    assert (_said(site), site.rest.crashes) == (
        ("table", "type", tuple(found), default),
        crashes,
    )


@pytest.mark.parametrize(
    ("before", "body", "default", "crashes"),
    [
        ("H = {'a': f, 'b': g}", "await H[m['type']](m)", "none", True),
        (
            "H = {'a': f, 'b': g}",
            "h = H.get(m['type'])\nif h is None:\n    log.warning('?')\n    continue\n"
            "await h(m)",
            "logs",
            False,
        ),
        (
            "H = {'a': f, 'b': g}",
            "if m['type'] in H:\n    await H[m['type']](m)",
            "none",
            False,
        ),
        (
            "H = {'a': f, 'b': g}",
            "try:\n    h = H[m['type']]\nexcept KeyError:\n"
            "    await ws.send_text('?')\n"
            "else:\n    await h(m)",
            "answers",
            False,
        ),
        ("H = {'a': f, 'b': g}", "await H.get(m['type'], unknown)(m)", "logs", False),
        (
            "H = {}\ndef on(name):\n    def deco(fn):\n        H[name] = fn\n"
            "        return fn\n    return deco\n"
            "@on('a')\nasync def one(m): pass\n@on('b')\nasync def two(m): pass",
            "h = H.get(m['type'])\nif h:\n    await h(m)",
            "none",
            False,
        ),
    ],
)
def test_handler_maps_in_python(
    before: str,
    body: str,
    default: str,
    crashes: bool,  # noqa: FBT001
) -> None:
    """Dicts of handlers and decorator registries are dispatches."""
    functions = (
        "async def f(m): go()\nasync def g(m): go()\n"
        "async def unknown(m): log.info('unknown')\n"
    )
    (site,) = [
        each for each in _python(body, functions + before) if each.site.form == "table"
    ]

    assert (_said(site), site.rest.crashes) == (
        ("table", "type", ("a", "b"), default),
        crashes,
    )


def test_constants_fold_through_enums_objects_and_files() -> None:
    """Values are the strings that go over the wire, wherever they are written."""
    kinds = (
        "export const K = { A: 'a' } as const;\nexport enum E { B = 'b' }\n"
        "export const C = 'c';\n"
    )
    text = BROWSER.format(
        before="import { K, E, C } from './kinds';",
        body="switch (m.type) { case K.A: case E.B: f(); break; case C: g(); }",
    )
    (site,) = _found({"client.ts": text, "kinds.ts": kinds})

    assert site.site.values == ("a", "b", "c")
    assert site.site.complete


def test_python_enums_fold() -> None:
    """An enum made of the message's kind is compared by its members' values."""
    (site,) = _python(
        "match Kind(m['type']):\n    case Kind.A: f()\n    case Kind.B: g()",
        "from enum import StrEnum, auto\nclass Kind(StrEnum):\n    A = 'a'\n"
        "    B = auto()",
    )

    assert site.site.values == ("a", "b")


MODELS = """\
from typing import Annotated, Literal
from pydantic import BaseModel, Field, TypeAdapter
class A(BaseModel):
    type: Literal['a']
    text: str
class B(BaseModel):
    type: Literal['b'] = 'b'
adapter = TypeAdapter(Annotated[A | B, Field(discriminator='type')])
"""


@pytest.mark.parametrize(
    ("body", "form", "default"),
    [
        (
            "x = adapter.validate_python(m)\nif isinstance(x, A): f()\n"
            "elif isinstance(x, B): g()",
            "isinstance",
            "none",
        ),
        (
            "x = adapter.validate_python(m)\nmatch x:\n    case A(text=t): f(t)\n"
            "    case B(): g()\n    case _: log.warning('?')",
            "switch",
            "logs",
        ),
        (
            "x = A.model_validate(m)\nif x.type == 'a': f()\nelif x.type == 'b': g()",
            "if",
            "none",
        ),
        ("x = A(**m)\nif x.type == 'a': f()\nelif x.type == 'b': g()", "if", "none"),
    ],
)
def test_validated_messages_are_dispatched(body: str, form: str, default: str) -> None:
    """What a validator gives back is told apart by class or by its field."""
    (site,) = _python(body, MODELS)

    assert _said(site) == (form, "type", ("a", "b"), default)


@pytest.mark.parametrize(
    ("before", "body"),
    [
        (
            "import { z } from 'zod'; const S = z.discriminatedUnion('type', []);",
            "const r = S.safeParse(m); if (!r.success) return;"
            " switch (r.data.type) { case 'a': f(); break; case 'b': g(); }",
        ),
        (
            "import { z } from 'zod'; const S = z.object({}).strict();",
            "const x = S.parse(m); if (x.type === 'a') f(); else if"
            " (x.type === 'b') g();",
        ),
        (
            "import * as v from 'valibot'; const S = v.object({});",
            "const { type } = v.parse(S, m); if (type === 'a') f(); if"
            " (type === 'b') g();",
        ),
        (
            "const isA = (x: M): x is A => x.type === 'a';\n"
            "const isB = (x: M): x is B => x.type === 'b';",
            "if (isA(m)) f(); else if (isB(m)) g();",
        ),
    ],
)
def test_validated_messages_are_dispatched_in_typescript(
    before: str, body: str
) -> None:
    """Schemas and type guards of the project are seen through."""
    found = [s for s in _browser(body, before) if len(s.site.values) == 2]

    assert [_said(site)[1:] for site in found] == [("type", ("a", "b"), "none")]


def test_records_of_handlers() -> None:
    """A list of records is searched for the one whose key is the kind."""
    sites = _browser(
        "const h = H.find((each) => each.key === m.type); h?.update(m);",
        "const H = [{ key: 'a', update: f }, { key: 'b', update: g }];",
    )

    assert [_said(site) for site in sites] == [("table", "type", ("a", "b"), "none")]


def test_text_commands() -> None:
    """Plain text is told apart by what it is or starts with."""
    text = FASTAPI.format(before="", body="").replace(
        "m = await ws.receive_json()",
        "t = await ws.receive_text()\n"
        "        if t == 'ping': f()\n"
        "        elif t.startswith('start'): g()\n",
    )
    (site,) = _found({"server.py": text})

    assert _said(site) == ("if", "", ("ping", "start"), "none")
    assert [case.prefix for case in site.site.cases] == [False, True]


def test_application_events() -> None:
    """Events that a library calls by name are one dispatch of its socket."""
    text = (
        "import { io } from 'socket.io-client';\nconst s = io('https://example.org');\n"
        "s.on('connect', () => {}); s.on('progress', (p) => f(p)); s.on('done', g);"
    )
    (site,) = _found({"client.ts": text})

    assert _said(site) == ("event", "", ("progress", "done"), "none")


@pytest.mark.parametrize(
    "body",
    [
        "if (m.count > 3) f();",
        "if (m.id === current.id) f(); else if (m.id === other) g();",
        "if (m.ok === true) f();",
        "const colour = { a: 'red', b: 'green' }[m.type];",
        "seen[m.type] = true;",
    ],
)
def test_other_tests_are_no_dispatches(body: str) -> None:
    """Comparisons with what is no constant, and maps of data, tell nothing apart."""
    assert _browser(body) == []


def test_handled_is_the_union() -> None:
    """A socket's dispatches on one key are united; tests in a case are apart."""
    files = {
        "client.ts": BROWSER.format(
            before="function later(m: M) { if (m.type === 'c') f(); }",
            body=(
                "if (m.type === 'a') { if (m.state === 'x') f(); }"
                " else if (m.type === 'b') g(); later(m);"
            ),
        )
    }
    scene = scene_of(files)
    found = handled(scene, scene.sockets[0])

    assert found.path == ("type",)
    assert found.values == {"a", "b", "c"}
    assert open_to(scene, scene.sockets[0], found) == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "if (m.type === 'a') f(); if (keep) later.push(m);",
            "keeps messages of every kind",
        ),
        ("list.push(m); if (m.type === 'a') f();", "handed on"),
        ("if (m.type === 'a') f(); else use(m);", "handed on"),
        ("use(m);", "nothing tells"),
    ],
)
def test_open_consumers(body: str, reason: str) -> None:
    """Messages that go on untold keep the set of what is handled open."""
    scene = scene_of(
        {"client.ts": BROWSER.format(before="const list = [];", body=body)}
    )

    found = handled(scene, scene.sockets[0])

    assert reason in open_to(scene, scene.sockets[0], found)
