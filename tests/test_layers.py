"""Imports point down only, and the parsers' trees never leave the readers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsaudit.dialects import load_dialects

PACKAGE = Path(__file__).parent.parent / "wsaudit"

# Each part of the package and what it may import, highest first: a part stands above
# everything that it imports.
LAYERS = {
    "__main__": "cli",
    "cli": "commands output",
    "commands": (
        "adoption baseline clock config discover engine held ignoring initial lsp mcp "
        "mending outcome output pages reviewing rule screen since watching why"
    ),
    "lsp": ("apart edits ignoring outcome pages report rule source syntax workers"),
    "mcp": "",
    "apart": "baseline catalogue config dialects discover engine held outcome source",
    "held": "config discover",
    "reviewing": "answers config report since",
    "since": "baseline config discover engine ignored patterns screen",
    "adoption": "baseline config engine outcome output report spelling writing",
    "output": (
        "catalogue config discover initial mending model outcome pages reading report "
        "spelling standing writing"
    ),
    "initial": "config ignored regular writing",
    "standing": "catalogue config discover exemptions selection source",
    "ignoring": "edits housekeeping mending outcome program source syntax",
    "mending": "edits outcome source",
    "engine": (
        "budget cache catalogue clock comments config connections deployment dialects "
        "discover exemptions fixes housekeeping "
        "identity model outcome patterns program protocol reading recognise "
        "rule screen selection settle spelling syntax unchanged unknown workers world"
    ),
    "catalogue": "checks pages rule",
    "report": "answers config edits model outcome pages rule source spelling",
    "checks": "model rule source spelling",
    "fixes": (
        "analysis comments connections dialects edits model nouns outcome program "
        "source syntax"
    ),
    "housekeeping": "comments outcome rule settle source suppress syntax",
    "settle": "identity outcome rule source",
    "baseline": "config outcome regular",
    "answers": "config regular spelling toml",
    "identity": "program source syntax",
    "exemptions": "config discover ignored rule selection",
    "selection": "config rule spelling",
    "suppress": "comments outcome program source syntax",
    "comments": "model program source spelling syntax",
    "unknown": "dialects outcome syntax",
    "unchanged": "cache config discover outcome pages rule source",
    "world": "dialects limits program source",
    "reading": "budget cache discover outcome screen source syntax workers",
    "screen": "cache discover outcome source",
    "workers": "outcome source syntax",
    "discover": "config ignored outcome source",
    "config": "ignored regular rule spelling toml",
    "outcome": "edits rule source",
    "rule": "grades model pages source",
    "pages": "examples grades",
    "protocol": "dialects model program source syntax",
    "why": "analysis connections program source syntax",
    "recognise": "budget clock connections dialects model nouns program",
    "nouns": (
        "analysis budget connections deployment dialects flow limits model program "
        "source syntax"
    ),
    "deployment": (
        "connections dialects limits model program source spelling syntax toml"
    ),
    "connections": "analysis dialects flow limits model program source syntax toml",
    "analysis": "dialects flow limits model program source syntax",
    "dialects": "model toml",
    "flow": "limits program source syntax",
    "program": "clock limits source syntax",
    "model": "source",
    "syntax": "source",
    "cache": "ignored regular sealed",
    "sealed": "regular",
    "budget": "",
    "clock": "",
    "limits": "",
    "edits": "source",
    "writing": "regular",
    "examples": "",
    "grades": "",
    "ignored": "patterns regular",
    "patterns": "",
    "regular": "",
    "source": "",
    "spelling": "",
    "toml": "",
    "watching": "",
}
# A rule holds its page; a page needs the words of a rule. An analysis is asked with a
# scene. For the type checker only.
TYPES_ONLY = {("analysis", "connections")}
# Prefixes of names that are no package's: what the language gives, and our own.
OWN = {"global", "flow", "event"}
HOMES = {
    "libcst": {"syntax"},
    "tree_sitter": {"syntax"},
    "tree_sitter_typescript": {"syntax"},
    "click": {"cli", "commands"},
    "jinja2": {"report"},
    "lsprotocol": {"lsp"},
    "mcp": {"mcp"},
    "pygls": {"lsp"},
    "rich": {"report"},
}


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "wsaudit":
            yield from (f"wsaudit.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_imports_point_down(path: Path) -> None:
    """A module imports its own part of the package, or one that it stands above."""
    part = _part(path)
    allowed = {part, "__version__", *LAYERS[part].split()}

    assert {
        name
        for name in (
            found.split(".")[1] for found in _imports(path) if "wsaudit." in found
        )
        if name not in allowed and (part, name) not in TYPES_ONLY
    } == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_library_stays_in_its_part(path: Path) -> None:
    """A parser or a terminal library is known in one part of the package only."""
    tops = {name.split(".")[0] for name in _imports(path)}

    assert [top for top in tops & HOMES.keys() if _part(path) not in HOMES[top]] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_code_names_no_library(path: Path) -> None:
    """What a library's names mean is said in its dialect, and nowhere else."""
    packages = {
        package
        for dialect in load_dialects()
        for package in (*dialect.dialect.packages, *dialect.dialect.modules)
    }

    assert [
        text
        for text in _texts(path)
        if (name := re.match(r"(@?[\w/-]+)(#|\.\w)", text))
        and (name[1] in packages or (name[2] == "#" and name[1] not in OWN))
    ] == []


def _texts(path: Path) -> Iterator[str]:
    """The string literals of a module that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            yield node.value if isinstance(node.value, str) else ""


def test_no_folder_hides_a_module() -> None:
    """A folder is imported in the place of a module of the same name."""
    assert [path for path in MODULES if path.with_suffix("").is_dir()] == []


def test_layers_are_in_order() -> None:
    """The table itself points down only: no cycle can hide in it."""
    order = list(LAYERS)

    assert [
        (part, below)
        for part, allowed in LAYERS.items()
        for below in allowed.split()
        if order.index(below) <= order.index(part)
    ] == []
