"""What is kept from the parsers, and that nothing else is."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from wsaudit.syntax import gate
from wsaudit.syntax.gate import too_deep

BRACKETS = "brackets nested more than 150 deep"
CHAIN = "a chain of more than 1,000 operators or calls"
DEEP = [
    ("(" * 151 + ")" * 151, BRACKETS),
    ("f(" * 151 + "a" + ")" * 151, BRACKETS),
    ("[{" * 76 + "}]" * 76, BRACKETS),
    ("x = f'" + "{(" * 76 + ")}" * 76 + "'", BRACKETS),
    ('x = rF"""' + "{(" * 76 + ')}""" + 76 * ""', BRACKETS),
    ("a" + ".b" * 1_001, CHAIN),
    ("a" + ".b(c, d)" * 501, CHAIN),
    ("a" + "[0]" * 1_001, CHAIN),
    ("a" + "\\\n  .b" * 1_001, CHAIN),
    ("(a" + "\n.b  # c\n" * 1_001 + ")", CHAIN),
    ("(a\r" + "  or b\r" * 1_001 + ")", CHAIN),
    (" + ".join("a" * 1_002), CHAIN),
    (" or ".join("a" * 1_002), CHAIN),
    (" and ".join("a" * 1_002), CHAIN),
    ("<".join("a" * 1_002), CHAIN),
    (" == ".join("a" * 1_002), CHAIN),
    ("**".join("a" * 202), CHAIN),
    (" = ".join("a" * 202), CHAIN),
    ("not " * 201 + "a", CHAIN),
    ("- " * 201 + "a", CHAIN),
    ("~" * 201 + "a", CHAIN),
    ("lambda: " * 201 + "a", CHAIN),
    ("a if b else " * 201 + "c", CHAIN),
    ("x = " + '"a"\\\n' * 5_001, CHAIN),
    (
        "".join(f"{' ' * level}if a:\n" for level in range(102)) + " " * 102 + "b",
        "blocks nested more than 100 deep",
    ),
    ("if a: b\n" + "elif c: d\n" * 1_001, "more than 1,000 elif in a row"),
    ("x = '" + "a" * 1_000_000 + "'", "a line of more than 1,000,000 bytes"),
]
FLAT = [
    "",
    "(" * 150 + ")" * 150,
    "x = '" + "(" * 400 + "'  # " + "(" * 400,
    "x = '''" + "\n(" * 400 + "'''",
    "x = r'" + r"\(" * 400 + "'",
    "()[]{}\n" * 1_000,
    "a" + ".b" * 1_000,
    "a.b\n" * 2_000,
    "a.b;" * 2_000,
    "[" + "a.b, " * 2_000 + "]",
    "f(" + "a=b, " * 2_000 + ")",
    "{" + "'a': b.c,\n" * 2_000 + "}",
    "x = '" + "a.b" * 1_000 + "'",
    "x = " + '"a"\\\n' * 3_000,
    "not " * 200 + "a",
    "lambda: " * 200 + "a",
    "def f():\n    return (a.b\n" * 2_000,
    "class A(\n" * 200,
    "if a: b\n" + "elif c: d\n" * 1_000,
    ("if a: b\n" + "elif c: d\n" * 20) * 100,
    "def f():\n    if a: b\n    elif c: d\n" * 2_000,
    "".join(f"{' ' * level}if a:\n" for level in range(100)) + " " * 100 + "b",
    "f(\n" + " " * 120 + "a,\n" + " " * 120 + "b)\n" * 3,
    "x = 1\n" * 200_000,
]


@pytest.mark.parametrize(("text", "reason"), DEEP, ids=lambda value: value[:16])
def test_too_deep(text: str, reason: str) -> None:
    """What would crash or stall the parser is named."""
    assert too_deep(text, "python") == reason


@pytest.mark.parametrize("text", FLAT, ids=lambda value: value[:16])
def test_not_too_deep(text: str) -> None:
    """Brackets in strings, many statements and long lists are nothing special."""
    assert too_deep(text, "python") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 1_001, "brackets nested more than 1,000 deep"),
        ("x = " + "f(" * 1_001 + ")" * 1_001, "brackets nested more than 1,000 deep"),
        ("a" * 1_000_001, "a line of more than 1,000,000 bytes"),
        ("[" * 1_000 + "]" * 1_000, None),
        ("'" + "(" * 2_000 + "' // " + "(" * 2_000 + "\n/*" + "(" * 2_000 + "*/", None),
        ("x = {a: /[(]/}\n" * 2_000, None),
        ("// don't (\n" * 2_000, None),
        ("a" + ".b()" * 5_000, None),
        (")" * 10 + "}" * 10 + "f() " * 2_000, None),
    ],
    ids=lambda value: value[:16] if value else "fine",
)
def test_typescript(text: str, reason: str | None) -> None:
    """For TypeScript brackets and lines count; its parser minds nothing else."""
    assert too_deep(text, "typescript") == reason


def test_real_code() -> None:
    """No module of the standard library next to this one is kept out."""
    found = sorted(Path(ast.__file__).parent.glob("*.py"))

    assert len(found) > 100
    assert [
        path.name for path in found if too_deep(path.read_text("utf-8"), "python")
    ] == []


@pytest.mark.parametrize(("text", "_"), DEEP, ids=lambda value: value[:16])
def test_time_is_linear(text: str, _: str) -> None:
    """A hundred times more of what is too deep takes no more than moments."""
    before = time.process_time()
    too_deep(text[: 1_000_000 // 100] * 100, "python")

    assert time.process_time() - before < 2


def test_every_language_has_a_limit() -> None:
    """The tables name the same languages."""
    assert gate.MOST_BRACKETS.keys() == gate._STRINGS.keys()
