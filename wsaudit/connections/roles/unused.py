"""Unused: code with sockets that an application never runs, where its start is seen.

A module that nothing imports, and that does nothing when it is loaded; a function whose
name stands nowhere but where it is defined.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.roots import is_mentioned, is_unique
from wsaudit.connections.roles.packages import library
from wsaudit.model import Unused
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.modules import read_jsonc
from wsaudit.source import is_test_path
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Place

_BY_PLACE = re.compile(
    r"(^|/)(pages|app|routes|api|server|plugins|middleware|composables|layouts|stories|"
    r"functions|workers?|scripts|bin|public|static|extensions?)/|"
    r"(^|/)(index|main|__init__|background|content|popup|preload|renderer|sw|"
    r"service-?worker|manage|asgi|wsgi|app|server|conftest|setup)\.\w+$|"
    r"(^|/)\+|\.(stories|config|worker|vue|svelte)(\.\w+)?$",
    re.IGNORECASE,
)
"""Where frameworks, bundlers and people find modules that nothing imports."""


def unused(scene: Scene) -> tuple[Unused, ...]:
    """The parts of modules with sockets that nothing runs."""
    found: list[Unused] = []
    for module in scene.program.primary:
        path = module.path
        if is_test_path(path) or not _starts(scene, module.language):
            continue
        if library(scene, path):
            continue
        if _unimported(scene, module):
            found.append(Unused(_all_of(scene, module), f"nothing imports `{path}`"))
        else:
            found.extend(_uncalled(scene, module))
    return tuple(found)


def _all_of(scene: Scene, module: nodes.Module) -> Place:
    first = scene.place(module.body[0])
    return type(first)(module.path, 0, module.body[-1].end)


# -- where it starts -------------------------------------------------------------------


@asked
def _starts(scene: Scene, language: str) -> bool:
    """Whether the start of the application in a language is in sight."""
    if language == "python":
        return scene.program.files.runs_python
    return any(
        isinstance(manifest, dict)
        and isinstance(scripts := manifest.get("scripts"), dict)
        and scene.dialects.spoken("starts-package") & scripts.keys()
        for path in scene.program.files.support_paths
        if posixpath.basename(path) == "package.json"
        and (manifest := read_jsonc(scene.program.files.support(path) or ""))
    )


# -- modules ---------------------------------------------------------------------------


def _unimported(scene: Scene, module: nodes.Module) -> bool:
    importers = scene.program.files.importers
    path = module.path
    if importers is None or path not in importers or importers[path]:
        return False
    if _BY_PLACE.search(path):
        return False
    if not module.body or not all(_does_nothing(scene, each) for each in module.body):
        return False
    stem = posixpath.splitext(posixpath.basename(path))[0]
    return not any(stem in text for text in _texts(scene, path))


def _does_nothing(scene: Scene, statement: nodes.Statement) -> bool:
    """Whether a statement of a module only says what there is."""
    match statement:
        case nodes.Import() | nodes.FunctionDef() | nodes.ClassDef() | nodes.TypeDef():
            return True
        case nodes.Export(declaration=inner) if inner is not None:
            return _does_nothing(scene, inner)
        case nodes.Export(value=value):
            return not isinstance(value, nodes.Call)
        case nodes.Bind(target=nodes.Name(id=name)):
            made = any(isinstance(part, nodes.Call) for part in tree.own(statement))
            return not scene.says("names-application", name) and not made
        case nodes.Expr(value=nodes.Literal()):
            return True
        case _:
            return False


def _texts(scene: Scene, but: str) -> Iterator[str]:
    """The strings of the other modules, and the texts beside them."""
    for path in scene.program.files.support_paths:
        yield scene.program.files.support(path) or ""
    for path, strings in _strings(scene).items():
        if path != but:
            yield from strings


@asked
def _strings(scene: Scene) -> dict[str, tuple[str, ...]]:
    return {
        path: tuple(
            dict.fromkeys(
                node.value
                for node in scene.program.every(nodes.Literal, module)
                if isinstance(node.value, str)
            )
        )
        for path, module in scene.program.modules.items()
    }


# -- functions -------------------------------------------------------------------------


def _uncalled(scene: Scene, module: nodes.Module) -> Iterator[Unused]:
    """The functions and methods of a module that nothing mentions."""
    importers = (scene.program.files.importers or {}).get(module.path)
    if importers is None or not importers <= scene.program.modules.keys():
        return
    for definition in (
        *scene.program.every(nodes.FunctionDef, module),
        *scene.program.every(nodes.Bind, module),
    ):
        match definition:
            case nodes.FunctionDef(name=name, kind="function" | "method") if not (
                definition.decorators or _may_be_asked_for(scene, definition)
            ):
                pass
            case nodes.Bind(target=nodes.Name(id=name), value=nodes.Function()):
                pass
            case _:
                continue
        if (
            not name.startswith(("_", "on"))
            and is_unique(scene, name)
            and not is_mentioned(scene, name)
        ):
            yield Unused(scene.place(definition), f"nothing calls `{name}`")


def _may_be_asked_for(scene: Scene, node: nodes.FunctionDef) -> bool:
    """Whether something that is not in sight may call a function by its name."""
    holder = scene.program.parents.get(node)
    if isinstance(holder, nodes.ClassDef):
        return any(
            each.decorators or not all(_is_own(scene, base) for base in each.bases)
            for each in scene.program.classes.lineage(holder)
        )
    return isinstance(holder, nodes.Export) and holder.default


def _is_own(scene: Scene, base: nodes.Expression) -> bool:
    """Whether a base class is one of the project, or none that has methods to call."""
    return all(
        isinstance(value, values.ClassRef)
        or (isinstance(value, values.External) and value.name == "builtins.object")
        for value in scene.program.values(base)
    )
