"""CONTRIBUTING tells the truth: what it names is there, under that name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PATHS = sorted(set(re.findall(r"`((?:wsaudit|tests|rules|fixtures)/[\w./-]+)`", TEXT)))
NAMED = re.findall(r"`(wsaudit/[\w/]+\.py)`(?:, | \()`(\w+)`", TEXT)


@pytest.mark.parametrize("path", PATHS)
def test_named_path_exists(path: str) -> None:
    """A file or folder that is named can be opened."""
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_named_function_is_defined(path: str, name: str) -> None:
    """A function or class is defined in the module that is named with it."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    defined = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }

    assert name in defined


def test_walk_names_functions() -> None:
    """The pattern above still finds what the walk names."""
    assert len(NAMED) > 8
