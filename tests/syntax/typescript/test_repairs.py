"""Valid TypeScript that the grammar does not know is read whole, with its own names."""

from __future__ import annotations

import pytest

from wsaudit.program import tree
from wsaudit.syntax import nodes
from wsaudit.syntax.typescript import read_typescript


@pytest.mark.parametrize(
    "text",
    [
        'let door: import("./doors").Door = first;',
        'const load = await original<typeof import("@/lift/doors")>();',
        'interface Lift { door: import("./doors").Door<Floor>; abstract: string }',
        "const paper = { abstract: text, title };",
        "show(paper.abstract);",
        "const Door = styled.div<{ open?: boolean }>`width: 1px`;",
    ],
)
def test_it_is_read_without_a_fault(text: str) -> None:
    """No fault is left, and no name is other than in the file."""
    module = read_typescript("lift.tsx", text)

    assert module.faults == ()
    for node in tree.walk(module):
        if isinstance(node, nodes.Name):
            assert text[node.start : node.end] == node.id
        if isinstance(node, nodes.Member):
            assert text[node.start : node.end].endswith(node.name)


def test_import_that_runs_is_left_alone() -> None:
    """A repair that gains nothing is not made: the call is still there."""
    text = 'const at = (import("./doors").then(use), abstract class {);'
    calls = [
        node
        for node in tree.walk(read_typescript("lift.ts", text))
        if isinstance(node, nodes.Call)
    ]

    assert any(text[one.start : one.end].startswith("import(") for one in calls)
