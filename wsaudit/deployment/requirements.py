"""Requirements: the packages that a project names, with their versions.

Read are requirements files, the ``[project]`` and Poetry tables of pyproject.toml, and
the dependencies of package.json.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.source import Place
from wsaudit.toml import read_toml

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.program.modules import Files

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([^;#]*)", re.DOTALL
)
_TABLES = ("dependencies", "devDependencies", "peerDependencies")
_BOUND = re.compile(r"(===?|<=?|~=|~|\^)\s*v?(\d+(?:\.\d+)*)")
_AT_LEAST = re.compile(r"(?:==|>=|~=|\^)\s*v?(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package by its normal name; ``full`` is that with the extras.

    ``version`` is what is written after it, "" when any will do.
    """

    name: str
    full: str
    version: str
    at: Place


def all_of(program: Program) -> Iterator[Requirement]:
    """Every requirement in the support files of a program."""
    yield from _all_of(program.files)


def _all_of(files: Files) -> Iterator[Requirement]:
    for path in files.support_paths:
        name = posixpath.basename(path)
        if name == "pyproject.toml":
            read = _project
        elif name.startswith("requirements") and name.endswith(".txt"):
            read = _lines
        else:
            continue
        text = files.support(path)
        if text is not None:
            yield from (_requirement(path, text, one) for one in read(text))


def in_packages(files: Files) -> Iterator[tuple[str, str]]:
    """What the manifests of npm ask for: packages with their versions, "" for any."""
    for path in files.support_paths:
        if posixpath.basename(path) == "package.json":
            yield from _in_package(files.support(path) or "")


def _in_package(text: str) -> Iterator[tuple[str, str]]:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name in _TABLES:
        table = manifest.get(name) if isinstance(manifest, dict) else None
        for package, version in table.items() if isinstance(table, dict) else ():
            if isinstance(version, str):
                yield package, version


def versions(program: Program, package: str) -> tuple[str, ...]:
    """The least versions that are required of a package; none where any will do."""
    found = [one for one in all_of(program) if one.name == package]
    least = [each[1] for one in found for each in _AT_LEAST.finditer(one.version)]
    return tuple(least) if len(least) == len(found) else ()


def is_below(files: Files, package: str, version: str) -> bool:
    """Whether a project asks for versions of a package that are all below one."""
    found = [one.version for one in _all_of(files) if one.name == package]
    found += [wanted for name, wanted in in_packages(files) if name == package]
    return bool(found) and all(_stays_below(wanted, version) for wanted in found)


def _stays_below(wanted: str, version: str) -> bool:
    """``==12.0``, ``>=12,<14`` and ``^13.1`` stay below 14.0."""
    if wanted[:1].isdigit():
        wanted = f"=={wanted}"
    for sign, bound in _BOUND.findall(wanted):
        if sign in {"^", "~=", "~"}:
            # What is compatible has the same first number.
            next_one = str(int(bound.partition(".")[0]) + 1)
            if not older(version, next_one):
                return True
        elif older(bound, version) or (sign == "<" and not older(version, bound)):
            return True
    return False


def older(version: str, than: str) -> bool:
    """Whether a version is before another one, number by number."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "-")):
            yield line.strip()


def _project(text: str) -> Iterator[str]:
    try:
        manifest = read_toml(text)
    except tomllib.TOMLDecodeError:
        return
    project = manifest.get("project")
    if isinstance(project, dict):
        yield from _strings(project.get("dependencies"))
    poetry = manifest.get("tool", {}).get("poetry")
    table = poetry.get("dependencies") if isinstance(poetry, dict) else None
    for name, wanted in table.items() if isinstance(table, dict) else ():
        if isinstance(wanted, str):
            yield f"{name} {wanted}"
        elif isinstance(wanted, dict):
            extras = ",".join(_strings(wanted.get("extras")))
            yield f"{name}[{extras}] {wanted.get('version', '')}"


def _strings(found: object) -> Iterator[str]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))


def _requirement(path: str, text: str, written: str) -> Requirement:
    found = _REQUIREMENT.match(written)
    name, extras, version = found.groups("") if found else (written, "", "")
    normal = re.sub(r"[-_.]+", "-", name).lower()
    spot = written if written in text else name
    first = len(text[: max(text.find(spot), 0)].encode())
    return Requirement(
        normal,
        f"{normal}{extras.replace(' ', '')}",
        version.strip(),
        Place(path, first, first + len(spot.encode())),
    )
