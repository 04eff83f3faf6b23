"""A scene from a few files of text, for testing what recognition shares."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import basename

from wsaudit.comments import declarations
from wsaudit.connections import roles, sockets
from wsaudit.connections.scene import Scene
from wsaudit.dialects import load_dialects
from wsaudit.discover import SUPPORT
from wsaudit.model import Declared
from wsaudit.program import Program
from wsaudit.source import Language, language_of
from wsaudit.syntax import nodes
from wsaudit.syntax.python import read_python
from wsaudit.syntax.typescript import read_typescript


def scene_of(files: Mapping[str, str]) -> Scene:
    """The scene of a project: its files by path."""
    modules = [_module(path, text) for path, text in files.items() if language_of(path)]
    dialects = load_dialects()
    comments = tuple(one for module in modules for one in declarations(module))
    program = Program(
        modules,
        library=dialects,
        paths=files,
        support=dict(files).get,
        support_paths=[path for path in files if SUPPORT.match(basename(path))],
    )
    scene = sockets.find(program, dialects, Declared(comments))
    roles.assign(scene)
    return scene


def written_at(scene: Scene, files: Mapping[str, str], node: nodes.Node) -> str:
    """The text of a node."""
    place = scene.place(node)
    return files[place.path].encode()[place.start : place.end].decode()


def argument_of_call(scene: Scene, name: str) -> nodes.Expression:
    """The first argument of the first call of a name."""
    return scene.program.calls_named(name)[0].arguments[0].value


def _module(path: str, text: str) -> nodes.Module:
    if language_of(path) is Language.PYTHON:
        return read_python(path, text)
    return read_typescript(path, text)
