"""Files of client stores: those that a socket's code leads to, and who uses them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from wsaudit.limits import QUESTIONS, STEPS
from wsaudit.source import is_test, language_of
from wsaudit.world.index import Index, Spot, is_python
from wsaudit.world.outline import modules_imported


def stored(
    index: Index, starts: Iterable[Spot], others: Iterable[str]
) -> frozenset[str]:
    """The files on the way to stores, of the stores, and of what uses them.

    Components are not gone through: what they show is not what a message runs.
    """
    if not index.words.stores:
        return frozenset()
    distance = {spot: 0 for spot in starts if not is_python(spot[0])}
    back: dict[Spot, list[Spot]] = {}
    queue = deque(distance)
    while queue and len(distance) < QUESTIONS:
        spot = queue.popleft()
        for following in _leads(index, spot):
            back.setdefault(following, []).append(spot)
            far = distance[spot] + int(following[0] != spot[0])
            if following not in distance and far <= STEPS:
                distance[following] = far
                queue.append(following)
    stores = [spot for spot in distance if _makes_store(index, spot)]
    found = set(stores)
    queue = deque(stores)
    while queue:
        for spot in back.get(queue.popleft(), ()):
            if spot not in found:
                found.add(spot)
                queue.append(spot)
    homes = frozenset(path for path, _ in stores)
    return frozenset({*(path for path, _ in found), *_users(index, homes, others)})


def _leads(index: Index, spot: Spot) -> Iterator[Spot]:
    path, name = spot
    outline, definition = index.outline(path), index.definition(spot)
    if definition is None:
        yield from index.handed_on(path, name)
        return
    for each in sorted(definition.names - {name}):
        if each[:1].isupper() or definition.shape:
            continue
        if each in outline.definitions:
            yield path, each
        elif each in outline.imports:
            yield from index.meant(path, outline.imports[each], definition.names)


def _makes_store(index: Index, spot: Spot) -> bool:
    """Whether a definition names what a package of stores gives."""
    outline, definition = index.outline(spot[0]), index.definition(spot)
    return definition is not None and any(
        outline.imports[name].module in index.words.stores
        for name in definition.names & outline.imports.keys()
    )


def _users(index: Index, homes: frozenset[str], others: Iterable[str]) -> Iterator[str]:
    """The files that import a store, or a file that only hands one on."""
    known: dict[str, bool] = {}
    for path in others if homes else ():
        language = language_of(path)
        data = None if is_test(path) or is_python(path) else index.read(path)
        if data is None or language is None:
            continue
        for module in modules_imported(data, language):
            target = index.module(module, path)
            if target is None:
                continue
            if target not in known:
                outline = index.outline(target)
                reached = {
                    index.module(what.module, target)
                    for what in outline.imports.values()
                } | {index.module(star, target) for star in outline.stars}
                known[target] = target in homes or (
                    not outline.definitions.keys() - {""}
                    and not homes.isdisjoint(reached)
                )
            if known[target]:
                yield path
                break
