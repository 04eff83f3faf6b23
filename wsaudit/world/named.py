"""Files one step away: what the code of a socket names of other files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from wsaudit.limits import QUESTIONS
from wsaudit.world.index import Index, Spot, is_python


def named(index: Index, starts: Iterable[Spot]) -> frozenset[str]:
    """The files of what some definitions name, themselves or below them in their file.

    What a file only hands on (``export … from``), and what a variable is made of, are
    no step farther.
    """
    distance: dict[Spot, int] = dict.fromkeys(starts, 0)
    queue = deque(distance)
    while queue and len(distance) < QUESTIONS:
        spot = queue.popleft()
        here = distance[spot]
        for following, away in _names(index, spot):
            step = 0 if here else away
            if here + step < distance.get(following, 2):
                distance[following] = here + step
                if here + step == 0 or _is_open(index, following):
                    (queue.append if step else queue.appendleft)(following)
    return frozenset(path for (path, _), steps in distance.items() if steps == 1)


def _is_open(index: Index, spot: Spot) -> bool:
    """Whether something is known only with what it names: a variable, or no more."""
    definition = index.definition(spot)
    return definition is None or definition.variable


def _names(index: Index, spot: Spot) -> Iterator[tuple[Spot, int]]:
    """The definitions that one names, and whether they are a step away."""
    path, name = spot
    outline = index.outline(path)
    definition = index.definition(spot)
    if definition is None:
        yield from ((following, 0) for following in index.handed_on(path, name))
        return
    for each in sorted(definition.names - {name}):
        if each in outline.definitions:
            yield (path, each), 0
        elif each in outline.imports:
            what = outline.imports[each]
            for following in index.meant(path, what, definition.names):
                yield following, 1
    for star in outline.stars:
        target = index.module(star, path)
        there = index.outline(target) if target is not None else ()
        for each in sorted(definition.names):
            if target is not None and each in there and each not in outline:
                yield (target, each), 1
    yield from _methods(index, spot)


def _methods(index: Index, spot: Spot) -> Iterator[tuple[Spot, int]]:
    path, name = spot
    definition = index.definition(spot)
    if definition is None or not is_python(path):
        return
    for method in definition.methods:
        yield (path, f"{name}.{method}"), 0
    for home, cls, methods in index.classes(path):
        for method in sorted(methods & definition.names):
            yield (home, f"{cls}.{method}"), int(home != path)
