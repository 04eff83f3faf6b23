"""Libraries with connections that no dialect describes: each use of one is named.

What such a library does is not seen, so a file that uses it is read only in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.outcome import UNKNOWN_LIBRARY, Skip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.dialects import Dialects

_WORD = "websocket"


def unknown_libraries(
    modules: Iterable[nodes.Module],
    dialects: Dialects,
    text: Callable[[str], str],
) -> Iterator[Skip]:
    """The files that use a library which is not known, each with its name.

    ``text`` gives a file's text by path.
    """
    table = dialects.unknown_libraries()
    for module in modules:
        for name, start in _imported(module.body):
            library = name if module.language == "typescript" else _top(name)
            general = table.get((module.language, _package(library)))
            if general is None or (general and _WORD not in text(module.path).lower()):
                continue
            shown = f"`{_package(library)}` is used here and is not known to wsaudit"
            line = text(module.path).encode()[:start].count(b"\n") + 1
            yield Skip(module.path, UNKNOWN_LIBRARY, shown, partial=True, line=line)
            break


def _imported(body: Iterable[nodes.Statement]) -> Iterator[tuple[str, int]]:
    """What a module imports at its top, or in a ``try`` there, and where."""
    for statement in body:
        match statement:
            case nodes.Import(module=module, type_only=False):
                yield module, statement.start
            case nodes.Bind(
                value=nodes.Call(
                    function=nodes.Name(id="require"),
                    arguments=(
                        nodes.Argument(value=nodes.Literal(value=str() as name)),
                    ),
                )
            ):
                yield name, statement.start
            case nodes.Try(body=inner):
                yield from _imported(inner)
            case _:
                continue


def _top(name: str) -> str:
    return name.partition(".")[0]


def _package(specifier: str) -> str:
    """The package of an import in JavaScript: ``@scope/name`` of ``@scope/name/x``."""
    parts = specifier.split("/")
    return "/".join(parts[: 2 if specifier.startswith("@") else 1])
