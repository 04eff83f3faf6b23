"""The index: outlines of files, each found once, and what their imports mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from wsaudit.limits import NEAR
from wsaudit.source import Language, language_of
from wsaudit.world.outline import ALL, REST, Definition, Imported, Outline, outline_of

if TYPE_CHECKING:
    from wsaudit.dialects import Dialect, Dialects
    from wsaudit.program import Files

_MAKES = ("new", "annotation", "base_class")
_BLOCKING = "blocking"

Spot = tuple[str, str]
"""A definition: the path of its file and its name, a method's as ``Class.method``."""
Seen = tuple[str, str, AbstractSet[str]]
"""A class that a file may have instances of: its file, its name and its methods."""


@dataclass(frozen=True, slots=True)
class Words:
    """What makes a definition matter.

    ``modules`` are those that make sockets. ``blocking`` are names of calls that wait,
    each with the packages of which one is imported where it is called, "" for none.
    ``stores`` are the modules that make stores of client state.
    """

    modules: frozenset[str]
    blocking: dict[str, frozenset[str]]
    stores: frozenset[str] = frozenset()


def words_of(dialects: Dialects) -> Words:
    """What the dialects make matter."""
    modules = {
        name.partition("#")[0] if "#" in name else name.rpartition(".")[0]
        for kind in _MAKES
        for name in dialects.recognisers(kind)
    }
    blocking: dict[str, set[str]] = {}
    for dialect in dialects:
        for match in chain.from_iterable(
            word.match for word in dialect.word if word.kind == _BLOCKING
        ):
            end = match.rpartition(".")[2].removesuffix("()")
            packages = blocking.setdefault(end, set())
            packages.update(_packages(dialect, match.partition(".")[0]))
    return Words(
        frozenset(modules),
        {name: frozenset(found) for name, found in blocking.items()},
        frozenset(_stores(dialects)),
    )


def _stores(dialects: Dialects) -> Iterator[str]:
    """The modules from which what makes a store is imported."""
    for dialect in dialects:
        for flow in dialect.flow:
            for match in flow.match if flow.kind == "store" else ():
                names = (match, *dialect.alias.get(match, ()))
                yield from (name.partition("#")[0] for name in names)


def _packages(dialect: Dialect, top: str) -> Iterator[str]:
    """What is imported where something of a package is called; "" for nothing."""
    yield "" if top == "builtins" else top
    for made in dialect.makes:
        if made.gives.startswith(f"{top}."):
            yield from (call.partition(".")[0] for call in made.call)
    for main, others in dialect.alias.items():
        if main.startswith(f"{top}."):
            yield from (other.partition(".")[0] for other in others)


@dataclass(slots=True)
class Index:
    """The outlines of a project. ``read`` gives a file's bytes, None for none.

    A file that cannot be read has an empty outline; it may have gone meanwhile.
    """

    files: Files
    read: Callable[[str], bytes | None]
    words: Words
    _outlines: dict[str, Outline] = field(default_factory=dict)
    _modules: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _meant: dict[tuple[Imported, str], Spot | None] = field(default_factory=dict)
    _classes: dict[str, tuple[Seen, ...]] = field(default_factory=dict)

    @property
    def outlined(self) -> int:
        """How many files were outlined."""
        return len(self._outlines)

    def outline(self, path: str) -> Outline:
        """The outline of a file."""
        if path not in self._outlines:
            data, language = self.read(path), language_of(path)
            self._outlines[path] = (
                Outline({}, (), {})
                if data is None or language is None
                else outline_of(data, language)
            )
        return self._outlines[path]

    def definition(self, spot: Spot) -> Definition | None:
        """What stands at a spot; None for what its file has from elsewhere."""
        return self.outline(spot[0]).definition(spot[1])

    def module(self, name: str, importer: str) -> str | None:
        """The file of the project that a module name means."""
        key = (name, importer)
        if key not in self._modules:
            find = self.files.python if is_python(importer) else self.files.typescript
            self._modules[key] = find(name, importer)
        return self._modules[key]

    def meant(
        self, importer: str, what: Imported, names: Collection[str] = ()
    ) -> Iterator[Spot]:
        """The definitions that an imported name may mean; ``names`` stand beside it.

        Of a module that is imported whole they are those of ``names`` that it has.
        """
        key = (what, importer)
        if key not in self._meant:
            self._meant[key] = self._target(what, importer)
        found = self._meant[key]
        if found is None:
            return
        if found[1] != ALL:
            yield found
            return
        there = self.outline(found[0])
        yield from ((found[0], each) for each in sorted(names) if each in there)

    def _target(self, what: Imported, importer: str) -> Spot | None:
        target = self.module(what.module, importer)
        python = is_python(importer) and what.name != ALL
        if python and (target is None or what.name not in self.outline(target)):
            dot = "" if what.module.endswith(".") else "."
            inner = self.module(f"{what.module}{dot}{what.name}", importer)
            if inner is not None:
                return inner, ALL
        return None if target is None else (target, what.name)

    def handed_on(self, path: str, name: str) -> Iterator[Spot]:
        """Where a name comes from that a file does not define itself."""
        outline = self.outline(path)
        if name in outline.imports:
            yield from self.meant(path, outline.imports[name])
            return
        found = False
        for star in outline.stars:
            target = self.module(star, path)
            if target is not None and target != path and name in self.outline(target):
                found = True
                yield target, name
        if not found and name != REST and REST in outline.definitions:
            yield path, REST

    def classes(self, path: str) -> tuple[Seen, ...]:
        """The Python classes that a file may have instances of.

        Its own, those that it imports, those that a variable which it imports is made
        of, and what these inherit from.
        """
        if path not in self._classes:
            outline = self.outline(path)
            found = dict.fromkeys((path, name) for name in outline.definitions)
            for what in outline.imports.values():
                found.update(dict.fromkeys(self.meant(path, what)))
            for _ in range(NEAR):
                for spot in tuple(found):
                    if spot[0] != path or self._methods(spot):
                        found.update(dict.fromkeys(self._heads(spot)))
            self._classes[path] = tuple(
                (*spot, methods) for spot in found if (methods := self._methods(spot))
            )
        return self._classes[path]

    def _methods(self, spot: Spot) -> AbstractSet[str]:
        definition = self.definition(spot)
        return definition.methods.keys() if definition else frozenset()

    def _heads(self, spot: Spot) -> Iterator[Spot]:
        """What a variable or the head of a class names; functions name too much."""
        path, name = spot
        definition = self.definition(spot)
        if definition is None:
            yield from self.handed_on(path, name)
            return
        if definition.function:
            return
        outline = self.outline(path)
        for each in sorted(definition.names):
            if each in outline.definitions and each != name:
                yield path, each
            elif each in outline.imports:
                yield from self.meant(path, outline.imports[each])


def is_python(path: str) -> bool:
    """Whether a file is Python's."""
    return language_of(path) is Language.PYTHON
