"""The waits of a delay are run attempt by attempt, and tell what it does."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import argument_of_call, scene_of
from wsaudit.analysis.numbers import Setting, constant, lasting, series

TS = "class Link {{ n = 0; delay = 1000; lost() {{ {0} }} }}"


def _series(path: str, text: str) -> tuple[list[float], bool, bool]:
    scene = scene_of({path: text})
    found = series(Setting(scene), (argument_of_call(scene, "wait"),))
    return list(found.waits[:6]), found.capped, found.random


@pytest.mark.parametrize(
    ("body", "waits", "capped", "random"),
    [
        ("wait(3000);", [3000] * 6, False, False),
        ("wait(1000 * 2 ** this.n); this.n++;", [1, 2, 4, 8, 16, 32], False, False),
        ("this.n++; wait(1000 * this.n);", [1, 2, 3, 4, 5, 6], False, False),
        (
            "wait(Math.min(1000 * 2 ** this.n++, 8000));",
            [1, 2, 4, 8, 8, 8],
            True,
            False,
        ),
        (
            "wait(this.delay); this.delay = Math.min(this.delay * 2, 8000);",
            [1, 2, 4, 8, 8, 8],
            True,
            False,
        ),
        (
            "wait(this.delay); if (this.delay < 4000) this.delay += 1000;",
            [1, 2, 3, 4, 4, 4],
            True,
            False,
        ),
        (
            "wait(this.delay); this.delay *= 2; "
            "if (this.delay > 5000) { this.delay = 5000; }",
            [1, 2, 4, 5, 5, 5],
            True,
            False,
        ),
        (
            "let d = 1000 * 2 ** this.n; d = Math.min(d, 8000); "
            "d += Math.random() * 1000; wait(d); this.n++;",
            [1.5, 2.5, 4.5, 8.5, 8.5, 8.5],
            True,
            True,
        ),
        (
            "const D = [1000, 2000, 5000]; "
            "wait(D[Math.min(this.n, D.length - 1)]); this.n += 1;",
            [1, 2, 5, 5, 5, 5],
            True,
            False,
        ),
        (
            "const D = [1000, 2000]; wait(D[this.n] ?? 9000); this.n += 1;",
            [1, 2, 9, 9, 9, 9],
            True,
            False,
        ),
        (
            "wait(this.n < 2 ? 1000 : 5000); this.n += 1;",
            [1, 1, 5, 5, 5, 5],
            True,
            False,
        ),
        ("wait(Math.random() * 1000);", [0.5] * 6, False, True),
        (
            "wait(Math.min(1000 * this.n, 300000)); this.n++;",
            [0, 1, 2, 3, 4, 5],
            True,
            False,
        ),
    ],
)
def test_series(body: str, waits: list[float], capped: bool, random: bool) -> None:  # noqa: FBT001 - a table's
    """Growth, cap and chance are read off the numbers."""
    found = _series("a.ts", TS.format(body))

    expected = [each * 1000 if each < 1000 else each for each in waits]
    assert found == (expected, capped, random)


@pytest.mark.parametrize(
    ("text", "varies", "capped"),
    [
        (
            "def go(base, most):\n    n = 0\n    while True:\n"
            "        wait(min(base * 2 ** n, most))\n        n += 1\n",
            True,
            True,
        ),
        (
            "def go(base, most):\n    n = 0\n    while True:\n"
            "        wait(min(most, base * n))\n        n += 1\n",
            True,
            True,
        ),
        (
            "def go(base):\n    delay = base\n    while True:\n"
            "        wait(delay)\n        delay = delay * 1.5\n",
            True,
            False,
        ),
        ("def go(delay):\n    while True:\n        wait(delay)\n", False, False),
        (
            "def go():\n    for n in range(9):\n        wait(2 ** n)\n",
            True,
            False,
        ),
        (
            "def grow(delay):\n    return min(delay * 2, 60)\ndef go():\n"
            "    delay = 1\n    while True:\n        wait(delay)\n"
            "        delay = grow(delay)\n",
            True,
            True,
        ),
        (
            "def go(n=0):\n    wait(2 ** n)\n    go(n + 1)\n",
            True,
            False,
        ),
    ],
)
def test_growth_of_what_is_not_known(text: str, varies: bool, capped: bool) -> None:  # noqa: FBT001 - a table's
    """A delay grows, or is capped, though its numbers are not known."""
    scene = scene_of({"a.py": text})
    found = series(Setting(scene), (argument_of_call(scene, "wait"),))

    assert (found.varies, found.capped) == (varies, capped)


@pytest.mark.parametrize(
    ("test", "step", "attempts"),
    [
        ("this.n < 5", "this.n++", 5),
        ("this.n <= 5", "this.n += 1", 6),
        ("this.n !== 3", "this.n++", 3),
        ("this.n < this.most", "this.n++", None),
    ],
)
def test_lasting(test: str, step: str, attempts: int | None) -> None:
    """A limit is reached after as many attempts as its test holds."""
    body = f"wait({test}); {step};"
    scene = scene_of({"a.ts": TS.format(body)})
    found = lasting(Setting(scene), argument_of_call(scene, "wait"), so=True)

    assert found is not None
    assert (found.counter.name, found.attempts) == ("n", attempts)


@pytest.mark.parametrize("test", ["this.delay < 5", "this.n < Infinity", "this.n"])
def test_what_no_attempt_changes_is_no_limit(test: str) -> None:
    """A test that no attempt decides otherwise lasts for ever."""
    scene = scene_of({"a.ts": TS.format(f"wait({test}); this.n++;")})

    assert lasting(Setting(scene), argument_of_call(scene, "wait"), so=True) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3 * 1000", 3000),
        ("options.delay ?? 500", 500),
        ("options.delay", None),
        ("Math.random()", None),
    ],
)
def test_constant(value: str, expected: float | None) -> None:
    """One number, or none where it is not known or differs."""
    scene = scene_of({"a.ts": f"wait({value});"})

    assert constant(Setting(scene), argument_of_call(scene, "wait")) == expected
