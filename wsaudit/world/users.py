"""Users: the files that use what holds a socket, though they never name one."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from wsaudit.source import Language, is_test, is_test_path, language_of
from wsaudit.world.index import Index, Spot
from wsaudit.world.outline import REST, modules_imported

_SOCKET = "websocket"
_MAIN = b"__main__"
_DECORATED = re.compile(rb"^@(\w+)\.\w", re.MULTILINE)


def naming(index: Index, path: str) -> tuple[str, ...]:
    """The definitions of a file that name a socket, or a module that makes some."""
    outline = index.outline(path)
    makers = {
        name
        for name, what in outline.imports.items()
        if _SOCKET in name.lower() or what.module in index.words.modules
    }
    return tuple(
        name
        for name, definition in outline.units()
        if not makers.isdisjoint(definition.names)
        or any(_SOCKET in each.lower() for each in definition.names)
    )


def touching(index: Index, path: str) -> tuple[str, ...]:
    """The definitions of a file that name a socket, or one of those that do."""
    direct = naming(index, path)
    held = {name.partition(".")[0] for name in direct}
    return tuple(
        name
        for name, definition in index.outline(path).units()
        if name in direct or not held.isdisjoint(definition.names)
    )


def users(
    index: Index, product: Collection[str], others: Iterable[str]
) -> tuple[Spot, ...]:
    """The definitions of other files that use what holds a socket in ``product``.

    What examples do with the thing that they show says nothing of it, as with tests.
    """
    holding = {path: names for path in product if (names := _holding(index, path))}
    found: list[Spot] = []
    importers: dict[str, set[str]] = {path: set() for path in holding}
    for path in sorted({*product, *others}) if holding else ():
        language = language_of(path)
        data = None if is_test(path) else index.read(path)
        if data is None or language is None:
            continue
        if language is Language.PYTHON and _MAIN in data:
            index.files.runs_python = True
        modules = modules_imported(data, language)
        targets = {index.module(name, path) for name in modules} - {path}
        for target in holding:
            if target in targets:
                importers[target].add(path)
        if not (is_test_path(path) or targets.isdisjoint(holding)):
            found.extend(_using(index, path, holding))
    lone = {path for path, found_by in importers.items() if not found_by}
    for path, named in _naming(index, sorted({*product, *others}), lone):
        importers[named].add(path)
    index.files.importers = {
        target: frozenset(paths) for target, paths in importers.items()
    }
    return tuple(found)


def _naming(
    index: Index, paths: Iterable[str], lone: Collection[str]
) -> Iterator[tuple[str, str]]:
    """The files that name one of some others, as those do that load it by a text."""
    stems = {path: _stem(path).encode() for path in sorted(lone)}
    for path in paths if stems else ():
        data = b"" if is_test(path) else index.read(path) or b""
        for named, stem in stems.items():
            if path != named and stem in data:
                yield path, named


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]


def _using(
    index: Index, path: str, holding: dict[str, frozenset[str]]
) -> Iterator[Spot]:
    outline = index.outline(path)
    held = {
        name
        for name, what in outline.imports.items()
        for target, there in index.meant(path, what, outline.every_name())
        if there in holding.get(target, ())
    }
    for name, definition in outline.units():
        if not held.isdisjoint(definition.names):
            yield path, name


def _holding(index: Index, path: str) -> frozenset[str]:
    """The definitions of a file that name a socket, or one of these; no types."""
    outline = index.outline(path)
    found = {name.partition(".")[0] for name in naming(index, path)} - {REST}
    found |= _registering(index, path)
    found = {name for name in found if not outline.definitions[name].shape}
    namers: dict[str, list[str]] = {}
    for name, definition in outline.units():
        for each in definition.names & outline.definitions.keys():
            namers.setdefault(each, []).append(name.partition(".")[0])
    todo = deque(sorted(found))
    while todo:
        for name in namers.get(todo.popleft(), ()):
            if name not in found and name != REST:
                found.add(name)
                todo.append(name)
    return frozenset(found)


def mounting(
    index: Index, product: Collection[str], using: Iterable[Spot]
) -> Iterator[Spot]:
    """Those definitions of users that have routers or applications with endpoints.

    They tell who must show what before an endpoint runs, so what they name matters.
    """
    mounted = {(path, name) for path in product for name in _registering(index, path)}
    for path, name in using if mounted else ():
        outline = index.outline(path)
        definition = index.definition((path, name))
        if definition is not None and any(
            not mounted.isdisjoint(
                index.meant(path, outline.imports[each], definition.names)
            )
            for each in definition.names & outline.imports.keys()
        ):
            yield path, name


def _registering(index: Index, path: str) -> frozenset[str]:
    """The variables of a file on which definitions that name a socket are registered.

    ``router`` in ``@router.websocket("/ws")``.
    """
    outline = index.outline(path)
    data = index.read(path) or b""
    registering = {each.decode() for each in _DECORATED.findall(data)}
    return frozenset(
        each
        for name in naming(index, path)
        if (definition := outline.definition(name))
        for each in definition.names & registering
        if (there := outline.definitions.get(each)) and there.variable
    )
