"""Values are followed across names, fields, stores, calls and files."""

from __future__ import annotations

import pytest

from wsaudit.dialects import load_dialects
from wsaudit.program import Program, values
from wsaudit.syntax import nodes
from wsaudit.syntax.typescript import read_typescript


def sends(*files: tuple[str, str]) -> set[str]:
    """The source of every socket on which `.send` is called, creation text first."""
    modules = [read_typescript(path, text) for path, text in files]
    texts = {path: text.encode() for path, text in files}
    program = Program(modules, library=load_dialects())
    found = set()
    for call in program.calls_named("send"):
        for value in program.values(call.function):
            if isinstance(value, values.External) and value.receiver:
                site = value.receiver.site
                text = texts[program.module_of(site).path]
                found.add(text[site.start : site.end].decode())
            elif isinstance(value, values.Unknown):
                found.add("?")
    return found


IMPORT = 'import { useRef, useState, useCallback } from "react";\n'
ZUSTAND = 'import { create } from "zustand";\n'


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a name", "const ws = new WebSocket(u); ws.send(1);"),
        ("an alias", "const a = new WebSocket(u); const b = a; b?.send(1);"),
        ("a cast", "const a = new WebSocket(u) as Any; (a as WebSocket).send(1);"),
        ("a conditional", "const a = ok ? new WebSocket(u) : null; a!.send(1);"),
        (
            "an assignment in an expression",
            "class A { open() { const s = (this.s = new WebSocket(u)); }"
            " say() { this.s.send(1); } }",
        ),
        (
            "a module variable",
            "let ws; function go() { ws = new WebSocket(u); }\nws.send(1);",
        ),
        (
            "an injector",
            'import { inject } from "@angular/core";\n'
            "class S { w = new WebSocket(u); }"
            " class A { s = inject(S); say() { this.s.w.send(1); } }",
        ),
        (
            "a memo",
            IMPORT.replace("useRef", "useMemo")
            + "function C() { const ws = useMemo(() => new WebSocket(u), []);"
            " ws.send(1); }",
        ),
        (
            "the slices of a store",
            ZUSTAND + "const slice = (set, get) => ({ ws: null,"
            " open: () => set({ ws: new WebSocket(u) }),"
            " say: () => get().ws.send(1) });\n"
            "const useStore = create()((...all) => ({ ...slice(...all) }));",
        ),
        ("a factory", "function make() { return new WebSocket(u); } make().send(1);"),
        ("a parameter", "function say(w) { w.send(1); } say(new WebSocket(u));"),
        (
            "a destructured parameter",
            "function f({ w }) { w.send(1); } f({ w: new WebSocket(u) });",
        ),
        ("a record", "const box = { w: new WebSocket(u) }; box.w.send(1);"),
        (
            "a private field",
            "class A { #w = new WebSocket(u); say() { this.#w.send(1); } }",
        ),
        ("an object's field", "class A { w = new WebSocket(u) } new A().w.send(1);"),
        (
            "a ref",
            IMPORT + "const r = useRef(null); r.current = new WebSocket(u);"
            " r.current.send(1);",
        ),
        (
            "a state",
            IMPORT + "function C() { const [w, setW] = useState(null);"
            " setW(new WebSocket(u)); w.send(1); }",
        ),
        (
            "a callback",
            IMPORT
            + "function C() { const open = useCallback(() => new WebSocket(u), []);"
            " open().send(1); }",
        ),
        (
            "a property of a component",
            "function C({ w }) { w.send(1); return null; }\n"
            "const x = <C w={new WebSocket(u)} />;",
        ),
        (
            "a store's slot",
            ZUSTAND + "const useS = create((set) => ({ w: null,"
            " open: () => set({ w: new WebSocket(u) }) }));"
            " useS.getState().w.send(1);",
        ),
        (
            "a store's selector",
            ZUSTAND + "const useS = create()((set) => ({ w: null,"
            " open: () => set({ w: new WebSocket(u) }) }));"
            " const w = useS((s) => s.w); w.send(1);",
        ),
        (
            "an element of a set",
            "const all = new Set(); all.add(new WebSocket(u));"
            " for (const c of all) c.send(1);",
        ),
        (
            "an element of a callback",
            "const all = []; all.push(new WebSocket(u));"
            " all.forEach((c) => c.send(1));",
        ),
        (
            "a nested collection",
            "class A { rooms = new Map(); join(k) { this.rooms.set(k, new Set());"
            " this.rooms.get(k).add(new WebSocket(u)); } say() {"
            " for (const [k, room] of this.rooms) for (const c of room) c.send(1); } }",
        ),
        ("a bound method", "class A { w = new WebSocket(u); m() { this.w.send(1); } }"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 40 else "",
)
def test_a_socket_is_followed_through(what: str, text: str) -> None:
    """A socket stays the same socket through everything code does with it."""
    assert {"new WebSocket(u)"} == sends(("a.tsx", text)), what


def test_a_socket_is_followed_through_files() -> None:
    """An imported factory, re-exported by an index file, gives its socket."""
    found = sends(
        ("lib/make.ts", "export const make = () => new WebSocket(u);"),
        ("lib/index.ts", "export * from './make';"),
        ("app.ts", "import { make as m } from './lib'; const w = m(); w.send(1);"),
    )

    assert {"new WebSocket(u)"} == found


@pytest.mark.parametrize(
    "text",
    [
        "function f(w) { w.send(1); }",
        "declare const w: any; w.send(1);",
        "import { w } from './gone'; w.send(1);",
    ],
)
def test_what_cannot_be_followed_is_unknown(text: str) -> None:
    """A value from out of sight is unknown, not something else."""
    assert {"?"} == sends(("a.ts", text))


def test_answers_do_not_depend_on_the_order_of_questions() -> None:
    """Two functions that call each other give the same values from either end."""
    text = (
        "function a(x) { return x ? b(x) : 1; } function b(x) { return x ? a(x) : 2; }"
    )
    both = []
    for order in (("a", "b"), ("b", "a")):
        program = Program([read_typescript("m.ts", text)])
        answers = {}
        for name in order:
            call = program.calls_named(name)[0]
            answers[name] = {
                value.value
                for value in program.values(call)
                if isinstance(value, values.Const)
            }
        both.append(answers)

    assert both[0] == both[1]
    assert {1, 2} == both[0]["a"]


def test_an_unbound_name_is_a_global() -> None:
    """A name that nothing declares is the environment's own."""
    program = Program([read_typescript("m.ts", "queueMicrotask(f);")])
    (call,) = program.calls_named("queueMicrotask")

    assert program.called(call) == ("global#queueMicrotask",)
    assert isinstance(call, nodes.Call)


@pytest.mark.parametrize(
    "text",
    [
        "const { default: make } = await import('socket.io-client'); make('/');",
        "const { io: make } = await import('socket.io-client'); make('/');",
        "const make = require('socket.io-client'); make('/');",
        "const { io: make } = require('socket.io-client'); make('/');",
    ],
)
def test_what_is_imported_when_it_is_needed(text: str) -> None:
    """A module that is loaded by a call gives its exports, found under any name."""
    program = Program([read_typescript("m.ts", text)])
    names = [name for call in program.calls_of({"io"}) for name in program.called(call)]

    assert len(names) == 1
    assert names[0].startswith("socket.io-client#")


CIRCLE = """
const api = { send: 1, open: () => open(find) };
function find() { return api; }
function open(get) { again(get); }
function again(get) { get().open(); }
open(find);
"""


def test_callers_that_are_found_in_a_circle_are_all_found() -> None:
    """Who calls `open` depends on what `get` is, and that on who calls `open`."""
    program = Program([read_typescript("a.ts", CIRCLE)])
    for name in ("again", "open", "get"):
        for call in program.calls_named(name):
            function = program.function_of(call)
            if function is not None:
                program.callers(function)

    reopening = next(
        call
        for call in program.calls_named("open")
        if isinstance(call.function, nodes.Member)
    )

    assert [type(value) for value in program.values(reopening.function)] == [
        values.Func
    ]


@pytest.mark.parametrize(
    "text",
    [
        IMPORT + "function use({ onOpen }) {\n"
        "  const ref = useRef(onOpen);\n"
        "  useEffect(() => { ref.current = onOpen; });\n"
        "  return () => ref.current(new WebSocket('ws://x'));\n"
        "}\n"
        "use({ onOpen: (socket) => socket.send('hello') });\n",
        "function opened(then) { then(new WebSocket('ws://x')); }\n"
        "opened((socket) => socket.send('hello'));\n",
        IMPORT + "function use({ onOpen }: { onOpen: (s: WebSocket) => void }) {\n"
        "  const ref = useRef(onOpen);\n"
        "  useEffect(() => { ref.current = onOpen; });\n"
        "  return () => ref.current(new WebSocket('ws://x'));\n"
        "}\n"
        "const greet = (socket: unknown) => (socket as any).send('hello');\n"
        "use({ onOpen: (socket) => { greet(socket); } });\n",
    ],
)
def test_a_callback_is_called_under_another_name(text: str) -> None:
    """What is passed to a callback is what its parameter is, whatever calls it."""
    assert sends(("m.ts", text)) == {"new WebSocket('ws://x')"}
