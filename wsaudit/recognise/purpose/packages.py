"""Packages: whether a file belongs to a library that others install."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program.modules import read_jsonc

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

_STARTS = frozenset({"start", "dev", "serve", "preview"})
_PACKAGE = re.compile(r"\w+(-\w+)*")


def library(scene: Scene, path: str) -> str:
    """Why the code of a file is a library's, "" when that cannot be told.

    The nearest manifest decides: a package made to be published that has nothing to
    start. Many applications have a manifest with a version too, so that a version or
    an entry point alone proves nothing.
    """
    name, read = (
        ("pyproject.toml", _python)
        if path.endswith(".py")
        else ("package.json", _javascript)
    )
    for folder in _above(path):
        text = scene.program.files.support(posixpath.join(folder, name))
        why = None if text is None else read(scene, text)
        if why is not None:
            return why
    return ""


def _above(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _javascript(scene: Scene, text: str) -> str | None:
    """A public package with a typed or conditional entry, and no way to start it.

    None for a manifest that only says how a folder's modules are read.
    """
    manifest = read_jsonc(text)
    if isinstance(manifest, dict) and not manifest.keys() - {"type", "sideEffects"}:
        return None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("name"), str):
        return ""
    scripts = manifest.get("scripts")
    starts = isinstance(scripts, dict) and _STARTS & scripts.keys()
    if manifest.get("private") or manifest.get("bin") or starts:
        return ""
    if not manifest.keys() & {"exports", "module", "types", "typings"}:
        return ""
    return f"part of the package `{manifest['name']}`"


def _python(scene: Scene, text: str) -> str:
    """A project classified for an index, with neither a script nor a server."""
    try:
        manifest = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    project = manifest.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return ""
    dependencies = project.get("dependencies")
    servers = {
        package
        for dialect in scene.dialects
        if dialect.runner is not None
        for package in dialect.dialect.packages
    }
    serves = isinstance(dependencies, list) and any(
        isinstance(one, str)
        and (found := _PACKAGE.match(one.lower()))
        and found[0] in servers
        for one in dependencies
    )
    if project.get("scripts") or serves or not project.get("classifiers"):
        return ""
    return f"part of the package `{project['name']}`"
