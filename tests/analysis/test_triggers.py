"""What sets a function going: one snippet a trigger."""

from __future__ import annotations

import pytest

from tests.analysis.test_runs import function_named
from tests.nouns.scenes import scene_of
from wsaudit.analysis.triggers import after, triggers
from wsaudit.model import Event

SOCKET = 'const ws = new WebSocket("wss://a.example.org/");\nfunction goal() {}\n'
SNIPPETS = {
    "open": "ws.onopen = () => goal();",
    "message": "ws.addEventListener('message', goal);",
    "close": "function again() { goal(); }\nws.onclose = again;",
    "error": "ws.onerror = () => { if (ws) goal(); };",
    "timer": "export function start() { setTimeout(goal, 100); }",
    "interval": "export function start() { setInterval(() => goal(), 100); }",
    "event": "export const page = () => <button onClick={goal}>go</button>;",
    "effect": (
        'import { useEffect } from "react";\n'
        "export function Page() { useEffect(() => { goal(); }, []); return null; }"
    ),
    "unmount": (
        'import { useEffect } from "react";\n'
        "export function Page() { useEffect(() => () => goal(), []); return null; }"
    ),
    "import": "goal();",
}


@pytest.mark.parametrize("kind", SNIPPETS)
def test_triggers(kind: str) -> None:
    """The nearest trigger of a function is the one that the snippet is about."""
    scene = scene_of({"a.tsx": SOCKET + SNIPPETS[kind]})
    found = triggers(scene, function_named(scene, "goal"))

    assert found[0].kind == kind
    assert [s.of for s in found[0].sockets] == (
        ["global#WebSocket"] if kind in {"open", "message", "close", "error"} else []
    )


def test_after_an_event_runs_what_state_wakes() -> None:
    """An effect that sees the state that a handler writes runs after its event."""
    scene = scene_of(
        {
            "a.tsx": (
                'import { useEffect, useState } from "react";\n'
                "export function Page() {\n"
                "  const [lost, setLost] = useState(false);\n"
                "  useEffect(() => {\n"
                '    const ws = new WebSocket("wss://a.example.org/");\n'
                "    ws.onclose = () => setLost(true);\n"
                "  }, []);\n"
                "  useEffect(function goal() { if (lost) show(); }, [lost]);\n"
                "  return null;\n"
                "}\n"
            )
        }
    )
    goal = function_named(scene, "goal")

    assert goal in after(scene, scene.sockets[0], Event.CLOSE)
    assert goal not in after(scene, scene.sockets[0], Event.OPEN)
