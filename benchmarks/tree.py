"""A tree to measure on when none is given: our fixtures among files of other things."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
SUFFIXES = (".py", ".ts", ".tsx")
MODULES = 40
"""How many files without a socket there are for each with one."""


def synthetic(folder: Path, copies: int) -> None:
    """Write the fixtures ``copies`` times, each in a package of unrelated modules."""
    files = sorted(path for path in FIXTURES.rglob("*") if path.suffix in SUFFIXES)
    for copy in range(copies):
        for path in files:
            target = folder / f"part{copy}" / path.relative_to(FIXTURES)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        other = folder / f"part{copy}" / "other"
        for number in range(MODULES * len(files)):
            package = other / f"package{number // 100}"
            package.mkdir(parents=True, exist_ok=True)
            text = _python(number) if number % 2 else _typescript(number)
            name = f"module{number}.{'py' if number % 2 else 'ts'}"
            (package / name).write_text(text, encoding="utf-8")


def copied(source: Path, folder: Path) -> None:
    """Copy the code of a tree: neither caches nor changes touch the original."""
    for path in code_files(source):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())


def code_files(folder: Path) -> Iterator[Path]:
    """The Python, TypeScript and JavaScript files of a tree, links left out."""
    suffixes = (*SUFFIXES, ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {".git", "node_modules"})
        for name in sorted(names):
            path = Path(top, name)
            if name.endswith(suffixes) and not path.is_symlink():
                yield path


def to_change(folder: Path, lines: int = 500) -> Path | None:
    """The file with a socket in it whose length is nearest to ``lines``."""
    found = [
        (abs(text.count(b"\n") - lines), str(path))
        for path in code_files(folder)
        if b"websocket" in (text := path.read_bytes()).lower()
    ]
    return Path(min(found)[1]) if found else None


def _python(number: int) -> str:
    return "\n\n".join(
        f"def compute_{number}_{each}(values, limit={each}):\n"
        f'    """Add up to {each} values."""\n'
        "    total = 0\n"
        "    for index, value in enumerate(values):\n"
        "        if index > limit and value is not None:\n"
        "            total += int(value) * index\n"
        "    return {'total': total, 'limit': limit}\n"
        for each in range(12)
    )


def _typescript(number: int) -> str:
    return "\n".join(
        f"export interface Row{number}x{each} {{ id: number; name?: string }}\n"
        f"export function pick{number}x{each}(rows: Row{number}x{each}[]) {{\n"
        "  return rows\n"
        f"    .filter((row) => row.id > {each})\n"
        "    .map((row) => row.name ?? String(row.id));\n"
        "}\n"
        for each in range(12)
    )
