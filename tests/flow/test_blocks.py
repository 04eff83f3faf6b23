"""Whether blocks run to their end, and what leaves loops."""

from __future__ import annotations

import pytest

from tests.flow.snippets import python, typescript
from wsaudit.flow.ways import breaks_off, exits
from wsaudit.program import tree
from wsaudit.syntax import nodes


@pytest.mark.parametrize(
    ("text", "block", "loop"),
    [
        ("log()", False, False),
        ("return", True, True),
        ("continue", True, False),
        ("break", True, True),
        ("if a():\n    return\nelse:\n    raise E()", True, True),
        ("if a():\n    return", False, False),
        ("while b():\n    break", False, False),
        ("while True:\n    log()", False, False),
        ("while True:\n    if a():\n        return", True, True),
        ("try:\n    return\nfinally:\n    log()", True, True),
        ("try:\n    return a()\nexcept E:\n    log()", False, False),
        ("try:\n    return a()\nexcept E:\n    raise", True, True),
        ("with b():\n    return", True, True),
        ("with b():\n    log()", False, False),
        (
            "match b():\n    case 1:\n        return\n    case _:\n        break",
            True,
            True,
        ),
        ("sys.exit(1)", True, True),
    ],
)
def test_breaks_off(text: str, *, block: bool, loop: bool) -> None:
    """A block is always left before its end, and the loop around it too."""
    inner = "\n".join(f"        {line}" for line in text.splitlines())
    snippet = python(f"while x():\n    if y():\n{inner}\n    z()")
    then = next(
        node.then for node in tree.own_of(snippet.home) if isinstance(node, nodes.If)
    )
    assert breaks_off(snippet.program, then) is block
    assert breaks_off(snippet.program, then, loop=True) is loop


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("while (a()) { if (b()) break; }", "Break"),
        ("while (a()) { switch (b()) { case 1: break; default: return; } }", "Return"),
        ("while (a()) { for (const x of y) { break; } }", ""),
        ("o: while (a()) { for (const x of y) { break o; } throw e; }", "Break Raise"),
        ("while (a()) { xs.forEach(() => { return; }); }", ""),
    ],
)
def test_exits(text: str, expected: str) -> None:
    """What leaves a loop is no ``break`` of another one, and no callback."""
    snippet = typescript(text)
    loop = next(n for n in tree.own_of(snippet.home) if isinstance(n, nodes.Loop))
    found = exits(snippet.program, loop)
    assert " ".join(type(node).__name__ for node in found) == expected
