"""The languages' own words: kinds are declared once, and names are found by them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import wsaudit
from wsaudit.dialects import DialectError, load_dialects

PACKAGE = Path(wsaudit.__file__).parent
HEADER = """\
[dialect]
id = "ours"
title = "Ours"
langs = ["python"]
role = "vocabulary"
"""


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("adds", "append", True),
        ("adds", "remove", False),
        ("logs", "warning", True),
        ("runs-then", "catch", True),
        ("off", "", True),
    ],
)
def test_name_says_something(kind: str, name: str, expected: bool) -> None:  # noqa: FBT001
    """A bare name is of a kind, whatever it is called on."""
    assert load_dialects().speaks(kind, name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("autoReconnect", True), ("re_connect", True), ("presets", False), ("", False)],
)
def test_a_word_of_a_name_says_something(name: str, expected: bool) -> None:  # noqa: FBT001
    """A name is taken apart into its words, however it is written."""
    assert load_dialects().sounds("does-again", name) is expected


def test_names_of_several_kinds_come_together() -> None:
    """What is asked of several kinds is asked at once."""
    both = load_dialects().spoken("starts-timer", "stops-timer")

    assert both == {"setTimeout", "setInterval", "clearTimeout", "clearInterval"}


def test_unknown_kind_is_an_error() -> None:
    """A question with a misspelt kind is never answered with no."""
    with pytest.raises(LookupError, match="no dialect declares the kind `addz`"):
        load_dialects().speaks("addz", "append")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('[[says]]\nkind = "adds"\nnames = ["enqueue"]\n', ""),
        ('[[says]]\nkind = "x"\nnames = ["y"]\n', "ours: nothing says `x`"),
        ('[kind]\nadds = "again"\n', "ours: `adds` is declared twice"),
        ('[[says]]\nkind = "adds"\nnames = ["push"]\n', "push says `adds` twice"),
        ('[[says]]\nkind = "adds"\nnames = ["x", "x"]\n', "a name says `adds` twice"),
        ('[[says]]\nkind = "adds"\nname = ["x"]\n', "ours.toml: Object contains"),
    ],
)
def test_dialect_adds_names_to_declared_kinds(rows: str, message: str) -> None:
    """A project's own dialect adds names, and is checked when it is loaded."""
    more = [("ours.toml", HEADER + rows)]
    if not message:
        assert load_dialects(more).speaks("adds", "enqueue")
        return
    with pytest.raises(DialectError, match=message):
        load_dialects(more)


def test_code_asks_for_declared_kinds_only() -> None:
    """Every kind that code names is declared."""
    asked = set(_asked())

    assert asked
    assert asked <= load_dialects().kinds()


def _asked() -> Iterator[str]:
    """The kinds that calls of ``speaks``, ``says``, ``sounds`` and ``spoken`` name."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = node.args
                if node.func.attr in {"speaks", "says", "sounds"}:
                    given = given[:1]
                elif node.func.attr != "spoken":
                    continue
                for each in given:
                    if isinstance(each, ast.Constant) and isinstance(each.value, str):
                        yield each.value
