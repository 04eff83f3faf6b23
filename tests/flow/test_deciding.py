"""On which tests it depends whether a node runs."""

from __future__ import annotations

import pytest

from tests.flow.snippets import python, typescript
from wsaudit.flow.conditions import deciding
from wsaudit.program import tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if a():\n    goal()", "a"),
        ("if a():\n    return\ngoal()", "a"),
        ("if a() or b():\n    goal()", "b a"),
        ("if a() and b():\n    return\ngoal()", "b a"),
        ("if a():\n    log()\ngoal()", ""),
        ("if a():\n    if b():\n        return\ngoal()", "b a"),
        ("while a():\n    goal()", "a"),
        ("while a():\n    log()\ngoal()", ""),
        ("while True:\n    if a():\n        continue\n    goal()", "a"),
        ("while a():\n    if b():\n        break\n    goal()", "b a"),
        ("try:\n    if a():\n        log()\n    goal()\nexcept E:\n    pass", ""),
        ("try:\n    log()\nexcept E:\n    if a():\n        goal()", "a"),
        ("if a():\n    return\ntry:\n    log()\nfinally:\n    goal()", "a"),
    ],
)
def test_python(text: str, expected: str) -> None:
    """Tests that change whether the goal runs, nearest first."""
    snippet = python(text)
    found = deciding(snippet.program, snippet.call("goal"))
    assert " ".join(map(tree.last_name, found)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const x = a() && goal();", "a"),
        ("const x = a() ? 1 : goal();", "a"),
        ("for (;;) { if (a()) continue; goal(); }", "a"),
        ("for (let i = 0; a(); i++) { goal(); }", "a"),
        ("do { goal(); } while (a());", ""),
        ("if (a() && !b()) return; goal();", "b a"),
    ],
)
def test_typescript(text: str, expected: str) -> None:
    """Operators and the loops of JavaScript decide too."""
    snippet = typescript(text)
    found = deciding(snippet.program, snippet.call("goal"))
    assert " ".join(map(tree.last_name, found)) == expected
