"""Files on the way to calls that wait: what Python's code of a socket ends up in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wsaudit.limits import QUESTIONS, STEPS
from wsaudit.world.index import Index, Spot, is_python


def called(index: Index, starts: Iterable[Spot]) -> frozenset[str]:
    """The files through which calls lead from coroutines to something that waits."""
    distance = {spot: 0 for spot in starts if _is_coroutine(index, spot)}
    queue = deque(distance)
    back: dict[Spot, list[Spot]] = {}
    methods = _Methods()
    while queue and len(distance) < QUESTIONS:
        caller = queue.popleft()
        found = [(caller, each) for each in _calls(index, caller)]
        found += methods.met(index, caller)
        for spot, following in found:
            back.setdefault(following, []).append(spot)
            far = distance[spot] + int(following[0] != spot[0])
            if following not in distance and far <= STEPS:
                distance[following] = far
                queue.append(following)
    return _on_the_way(index, back, [s for s in distance if _waits(index, s)])


@dataclass(slots=True)
class _Methods:
    """Methods of objects that came from elsewhere: known by a name that few have."""

    homes: dict[str, dict[Spot, None]] = field(default_factory=dict)
    callers: dict[str, list[Spot]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def met(self, index: Index, caller: Spot) -> list[tuple[Spot, Spot]]:
        """The calls that a definition adds, its own and those that waited for it."""
        path, _ = caller
        found: list[tuple[Spot, Spot]] = []
        if path not in self.files:
            self.files.add(path)
            for home, cls, methods in index.classes(path):
                for method in sorted(methods):
                    spot = home, f"{cls}.{method}"
                    self.homes.setdefault(method, {})[spot] = None
                    found += [(each, spot) for each in self.callers.get(method, ())]
        definition = index.definition(caller)
        for name in sorted(definition.calls) if definition else ():
            self.callers.setdefault(name, []).append(caller)
            found += [(caller, spot) for spot in self.homes.get(name, ())]
        return [
            (each, spot)
            for each, spot in found
            if len(self.homes[spot[1].partition(".")[2]]) == 1
        ]


def _on_the_way(
    index: Index, back: dict[Spot, list[Spot]], goals: Iterable[Spot]
) -> frozenset[str]:
    """The files of the goals and of what leads there, variables on the way included."""
    wanted = dict.fromkeys(goals)
    todo = deque(wanted)
    while todo:
        for spot in back.get(todo.popleft(), ()):
            if spot not in wanted:
                wanted[spot] = None
                todo.append(spot)
    paths = {path for path, _ in wanted}
    for spot in wanted:
        outline, definition = index.outline(spot[0]), index.definition(spot)
        for name in definition.names & outline.imports.keys() if definition else ():
            for path, there in index.meant(spot[0], outline.imports[name]):
                held = index.definition((path, there))
                if held is None or not (held.function or held.methods):
                    paths.add(path)
    return frozenset(paths)


def _is_coroutine(index: Index, spot: Spot) -> bool:
    definition = index.definition(spot)
    return is_python(spot[0]) and definition is not None and definition.coroutine


def _waits(index: Index, spot: Spot) -> bool:
    definition = index.definition(spot)
    if definition is None:
        return False
    outline, blocking = index.outline(spot[0]), index.words.blocking
    return any(
        "" in blocking[name] or not outline.packages.isdisjoint(blocking[name])
        for name in definition.calls & blocking.keys()
    )


def _calls(index: Index, spot: Spot) -> Iterator[Spot]:
    """The definitions that one may call."""
    path, name = spot
    outline, definition = index.outline(path), index.definition(spot)
    if definition is None:
        yield from index.handed_on(path, name)
        return
    if definition.methods:
        yield from (
            (path, f"{name}.{method}")
            for method in definition.methods
            if method.startswith("__")
        )
    for each in sorted(definition.calls):
        if each in outline.definitions:
            yield path, each
        elif each in outline.imports:
            yield from index.meant(path, outline.imports[each])
    for each in sorted(definition.names & outline.imports.keys()):
        # ``module.function()`` of a module that is imported whole.
        yield from index.meant(path, outline.imports[each], definition.calls)
    for home, cls, methods in index.classes(path):
        for method in sorted(methods & definition.calls):
            yield home, f"{cls}.{method}"
