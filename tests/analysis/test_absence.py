"""What was not found is absent only where nothing could hide it."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.absence import first, search
from wsaudit.model import Evidence, Seen
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node


def _calls(name: str, node: Node) -> str | None:
    found = isinstance(node, nodes.Call) and last_name(node.function) == name
    return f"`{name}()`" if found else None


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("other()", Seen.ABSENT),
        ("hole(); close()", Seen.PRESENT),
        ("hole(); other()", Seen.UNKNOWN),
        ("later(() => close())", Seen.ABSENT),
    ],
)
def test_search(body: str, seen: Seen) -> None:
    """A hole makes unknown what was not found, and nothing else."""
    scene = scene_of({"a.ts": f"function f() {{ {body} }}"})
    (function,) = (
        node.function
        for node in scene.program.modules["a.ts"].body
        if isinstance(node, nodes.FunctionDef)
    )
    found = search(
        scene.program,
        [function],
        lambda node: _calls("close", node),
        lambda node: _calls("hole", node),
    )

    assert found.seen is seen
    assert (found.at is None) == (seen is Seen.ABSENT)


def test_first_of_several_looks() -> None:
    """Present comes before unknown, and nothing at all is absent."""
    unknown, present = Evidence(Seen.UNKNOWN, "u"), Evidence(Seen.PRESENT, "p")

    assert first(None, unknown, present) is present
    assert first(unknown, None) is unknown
    assert first().absent
