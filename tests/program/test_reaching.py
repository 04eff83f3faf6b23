"""Which of several values a local has where it is read."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.program import values

PYTHON = {
    "the later one takes the place of the earlier": ("x = 1\nx = 2\nuse(x)", {2}),
    "a branch may have run": ("x = 1\nif a:\n    x = 2\nuse(x)", {1, 2}),
    "the other branch has not": ("if a:\n    x = 1\nelse:\n    x = 2\n    use(x)", {2}),
    "one branch of three": (
        "if a:\n    x = 1\nelif b:\n    use(x)\nelse:\n    x = 3",
        {1, 3},
    ),
    "a loop comes round": ("x = 1\nwhile a:\n    use(x)\n    x = 2", {1, 2}),
    "each round begins anew": ("while a:\n    x = 1\n    use(x)\n    x = 2", {1}),
    "a branch of the round before": (
        "while a:\n    if b:\n        x = 1\n    else:\n        use(x)\n        x = 2",
        {1, 2},
    ),
    "an exception left the first half way": (
        "x = 1\ntry:\n    x = 2\nexcept E:\n    use(x)",
        {1, 2},
    ),
    "what is written is read before": ("x = 1\nx = use(x)", {1}),
    "a function inside runs at any time": (
        "x = 1\ndef f():\n    use(x)\nx = 2",
        {1, 2},
    ),
}


@pytest.mark.parametrize(("body", "wanted"), PYTHON.values(), ids=PYTHON)
def test_python(body: str, wanted: set[int]) -> None:
    """The values that the name in the call of ``use`` may have."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    assert _read({"m.py": f"def g(a, b):\n{lines}"}) == wanted


def test_a_default_of_a_pattern_is_one_of_two() -> None:
    """What a caller may leave out has its default."""
    text = "function g({ x = 1 }: { x?: number } = {}) {\n  use(x);\n}\ng({ x: 2 });"
    assert 1 in _read({"m.ts": text})


def _read(files: dict[str, str]) -> set[object]:
    program = scene_of(files).program
    read = program.calls_named("use")[0].arguments[0].value
    return {v.value for v in program.values(read) if isinstance(v, values.Const)}
