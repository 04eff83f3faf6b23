"""What becomes of a value, told as ways and the text that takes it."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.destinations import goes


@pytest.mark.parametrize(
    ("name", "text", "ways"),
    [
        ("a.py", "made()", "dropped"),
        ("a.py", "x = made()\ndef f():\n    use(x)", "kept"),
        ("a.py", "def f():\n    x = made()", ""),
        (
            "a.py",
            "def f():\n    x = made()\n    use(x)\n    return x",
            "passed returned",
        ),
        ("a.py", "def f():\n    self.x = made()", "kept"),
        ("a.py", "async def f():\n    await made()", "awaited dropped"),
        ("a.py", "def f():\n    raise made()", "thrown"),
        ("a.py", "def f():\n    for x in made(): pass", "walked"),
        ("a.py", "def f():\n    if made(): pass", "tested"),
        ("a.py", "def f():\n    return {'a': [made()]}", "returned"),
        ("a.py", "def f():\n    made().close()", "opened"),
        ("a.ts", "function f() { const x = made(); x(); }", "called"),
        ("a.ts", "const f = () => made(); g(f());", "returned"),
        ("a.ts", "s.onclose = () => made();", "dropped"),
        ("a.ts", "function f() { r.current = a ?? made(); }", "kept"),
        ("a.ts", "function f() { return made() ? 1 : 2; }", "tested"),
        (
            "a.ts",
            "function f() { const x = made() || d; return x; }",
            "tested returned",
        ),
    ],
)
def test_destinations(name: str, text: str, ways: str) -> None:
    """What takes a value is told through casts, choices and local variables."""
    scene = scene_of({name: text})
    (call,) = scene.program.calls_named("made")

    assert " ".join(each.way for each in goes(scene.program, call)) == ways


def test_kept_in_its_cell() -> None:
    """What is kept tells the cell, and whether it is only a part of what is kept."""
    text = "class A:\n    def f(self):\n        self.x = [made()]"
    scene = scene_of({"a.py": text})
    (found,) = goes(scene.program, scene.program.calls_named("made")[0])

    assert (found.way, found.whole) == ("kept", False)
    assert found.cell is not None
    assert found.cell.kind == "field"
