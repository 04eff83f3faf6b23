"""A function that is handed on is called by other names, and known to be."""

from __future__ import annotations

import pytest

from wsaudit.dialects import load_dialects
from wsaudit.program import Program
from wsaudit.syntax.python import read_python
from wsaudit.syntax.typescript import read_typescript

REACT = "import { useCallback, useEffect, useRef } from 'react';\n"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (
            "a parameter",
            "function on(cb) { cb(1); } const handle = (m) => look(m); on(handle);",
        ),
        ("a function literal", "function on(cb) { cb(1); } on((m) => look(m));"),
        (
            "a parameter of a parameter",
            "function inner(f) { f(1); } function on(cb) { inner(cb); }"
            " on((m) => look(m));",
        ),
        (
            "an option",
            "function use({ onMessage }) { onMessage(1); }"
            " function handle(m) { look(m); } use({ onMessage: handle });",
        ),
        (
            "an option under another name",
            "function use(options) { const { onMessage: cb } = options; cb?.(1); }"
            " use({ onMessage: (m) => look(m) });",
        ),
        (
            "a ref",
            "function use(cb) { const ref = useRef(cb);"
            " useEffect(() => { ref.current = cb; }); ref.current(1); }"
            " use((m) => look(m));",
        ),
        (
            "a field",
            "class A { constructor(cb) { this.cb = cb; } go() { this.cb(1); } }"
            " new A((m) => look(m));",
        ),
        (
            "a stable callback",
            "function use(cb) { cb(1); } function View() {"
            " const handle = useCallback((m) => look(m), []); use(handle); }",
        ),
        (
            "a property of a component",
            "function Inner({ onMessage }) { onMessage(1); return null; }"
            " function View() { return <Inner onMessage={(m) => look(m)} />; }",
        ),
    ],
)
def test_callbacks_in_typescript(what: str, text: str) -> None:
    """The parameter of a callback is what it is called with under any name."""
    program = Program(
        [read_typescript("app.tsx", REACT + text)], library=load_dialects()
    )
    (call,) = program.calls_named("look")

    found = program.values(call.arguments[0].value)
    assert [getattr(value, "value", value) for value in found] == [1], what


@pytest.mark.parametrize(
    "text",
    [
        "def on(cb): cb(1)\ndef handle(m): look(m)\non(handle)\n",
        "def on(cb): cb(1)\ndef handle(m): look(m)\non(cb=handle)\n",
        "class A:\n    def __init__(self, cb): self.cb = cb\n"
        "    def go(self): self.cb(1)\n"
        "def handle(m): look(m)\nA(handle).go()\n",
    ],
)
def test_callbacks_in_python(text: str) -> None:
    """A function that is passed is called by its parameter's or field's name."""
    program = Program([read_python("app.py", text)], library=load_dialects())
    (call,) = program.calls_named("look")

    found = program.values(call.arguments[0].value)
    assert [getattr(value, "value", value) for value in found] == [1]
