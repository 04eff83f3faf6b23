"""Packages: whether a file belongs to a library, or to the tools of development."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program.asked import asked
from wsaudit.program.modules import read_jsonc
from wsaudit.syntax import nodes
from wsaudit.toml import read_toml

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

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


def dev_mock(scene: Scene, path: str) -> str:
    """Why the code of a file stands in for a server in development, "" if it does not.

    It is part of what a bundler is configured with, itself or by import.
    """
    if path.endswith(".py"):
        return ""
    for folder in _above(path):
        for name in scene.dialects.words("bundler-config"):
            here = posixpath.join(folder, "_")
            config = scene.program.files.typescript(f"./{name}", here)
            if config is not None and path in _brought_in(scene, config):
                return f"only the development server of `{config}` starts it"
    return ""


@asked
def _brought_in(scene: Scene, config: str) -> frozenset[str]:
    """A module and the modules that it imports, two steps down."""
    found = {config}
    level = [config]
    for _ in range(2):
        following = []
        for path in level:
            module = scene.program.module(path)
            for statement in module.body if module is not None else ():
                if isinstance(statement, nodes.Import):
                    target = scene.program.files.typescript(statement.module, path)
                    if target is not None and target not in found:
                        found.add(target)
                        following.append(target)
        level = following
    return frozenset(found)


def project_of(scene: Scene, path: str) -> str:
    """The folder of the nearest manifest above a file, "" for the whole."""
    names = ("pyproject.toml", "requirements.txt", "package.json")
    for folder in _above(path):
        if any(
            scene.program.files.support(posixpath.join(folder, name)) is not None
            for name in names
        ):
            return folder
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
    starts = (
        isinstance(scripts, dict)
        and scene.dialects.spoken("starts-package") & scripts.keys()
    )
    if manifest.get("private") or manifest.get("bin") or starts:
        return ""
    if not manifest.keys() & {"exports", "module", "types", "typings"}:
        return ""
    return f"part of the package `{manifest['name']}`"


def _python(scene: Scene, text: str) -> str:
    """A project classified for an index, with neither a script nor a server."""
    try:
        manifest = read_toml(text)
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
