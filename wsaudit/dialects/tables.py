"""Loading dialects and answering by canonical name."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from wsaudit.dialects.forms import (
    Cap,
    Dialect,
    DialectError,
    Event,
    Flow,
    Op,
    Pinned,
    Recogniser,
    Word,
)
from wsaudit.dialects.language import spoken_names, words_in
from wsaudit.toml import read_toml


def load_dialects(more: Iterable[tuple[str, str]] = ()) -> Dialects:
    """The dialects that come with the program, and ``more`` by name and text.

    Raises DialectError for one that is broken, or named as another one is.
    """
    more = tuple(more)
    return _with(more) if more else _built_in()


@cache
def _built_in() -> Dialects:
    return Dialects(_shipped())


@cache
def _shipped() -> tuple[Dialect, ...]:
    folder = files("wsaudit.dialects")
    texts = sorted(
        (entry.name, entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )
    return tuple(read_dialect(text, name) for name, text in texts)


def _with(more: Iterable[tuple[str, str]]) -> Dialects:
    """The shipped dialects with those of a project, which come last and so win."""
    found = {dialect.id: dialect for dialect in _shipped()}
    for name, text in more:
        dialect = read_dialect(text, name)
        if dialect.id in found:
            raise DialectError(f"{name}: there is a dialect `{dialect.id}` already")
        for parent in dialect.dialect.extends:
            if parent not in found:
                raise DialectError(f"{name}: there is no dialect `{parent}` to extend")
        found[dialect.id] = dialect
    return Dialects(found.values())


def read_dialect(text: str, name: str) -> Dialect:
    """One dialect from its TOML; ``name`` is for the message of a DialectError."""
    try:
        return msgspec.convert(read_toml(text), Dialect)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise DialectError(f"{name}: {error}") from error


class Dialects:
    """All dialects of a run; it is the program's `Library` too."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._dialects = {dialect.id: dialect for dialect in dialects}
        self._canonical: dict[str, str] = {}
        self._transparent: dict[str, int] = {}
        self._makes: dict[str, str] = {}
        self._flows: dict[str, Flow] = {}
        self._iterates: set[str] = set()
        self._shares: set[str] = set()
        self._constants: dict[str, int | float | str] = {}
        self._recognisers: dict[str, dict[str, Recogniser]] = defaultdict(dict)
        self._servers: dict[str, Recogniser] = {}
        self._words: dict[str, dict[str, Word]] = defaultdict(dict)
        self._patterns: dict[str, list[tuple[re.Pattern[str], Word]]] = defaultdict(
            list
        )
        self._pattern_ends: dict[str, set[str]] = defaultdict(set)
        self._ops: dict[tuple[str, str, str], Op] = {}
        self._events: dict[tuple[str, str], Event] = {}
        self._matched: dict[tuple[str, str], Word | None] = {}
        self._names: dict[str, str] = {}
        self._last_names: dict[str, frozenset[str]] = {}
        self._says = spoken_names(self._dialects.values())
        self._flow_ends: dict[str, frozenset[str]] = {}
        for dialect in self._dialects.values():
            self._index_names(dialect)
        for dialect in self._dialects.values():
            self._index(dialect)
        for name, flow in self._flows.items():
            known = self._flow_ends.get(flow.kind, frozenset())
            self._flow_ends[flow.kind] = known | {last_of(name)}

    def _index_names(self, dialect: Dialect) -> None:
        for name, others in dialect.alias.items():
            for other in others:
                self._canonical[other] = name
        self._transparent.update(dialect.transparent)
        for flow in dialect.flow:
            self._flows.update(dict.fromkeys(flow.match, flow))
        self._iterates.update(dialect.iterates_itself)
        self._shares.update(dialect.shares)
        self._constants.update(dialect.constant)
        for made in dialect.makes:
            for call in made.call:
                self._makes[call] = made.gives
        for word in dialect.word:
            ends = {last_of(match) for match in word.match}
            for match in word.match:
                if "*" in match:
                    pattern = _pattern(match, ends)
                    self._patterns[word.kind].append((pattern, word))
                    self._pattern_ends[word.kind].add(last_of(match))
                else:
                    self._words[word.kind][match] = word

    def _index(self, dialect: Dialect) -> None:
        for each in dialect.recognise:
            recogniser = msgspec.structs.replace(each, dialect=dialect.id)
            for match in each.match:
                own = msgspec.structs.replace(recogniser, match=(match,))
                if each.binds == "server":
                    self._servers[match] = own
                self._recognisers[each.kind][match] = own
        for inherited in reversed(list(self.lineage(dialect.id))):
            for op in inherited.op:
                self._ops[dialect.id, op.name, op.source] = op
            for event in inherited.event:
                for name in event.names:
                    self._events[dialect.id, name] = event

    # -- files and dialects ------------------------------------------------------

    def screen_words(self) -> frozenset[bytes]:
        """The lower-case words one of which a file that matters must hold."""
        return frozenset(
            word.encode()
            for dialect in self._dialects.values()
            for word in dialect.dialect.screen
        )

    def packages(self) -> frozenset[str]:
        """Python's top-level packages whose import makes a file worth reading."""
        return frozenset(
            module
            for dialect in self._dialects.values()
            for module in (
                *dialect.dialect.modules,
                *(name for table in dialect.unknown for name in table.modules),
            )
        )

    def unknown_libraries(self) -> dict[tuple[str, str], bool]:
        """Libraries without a dialect, by language and name; whether they are general.

        One that a project describes by a dialect of its own is known.
        """
        known = {
            *(("python", name) for each in self for name in each.dialect.modules),
            *(
                ("typescript", name)
                for each in self
                if "typescript" in each.dialect.langs
                for name in each.dialect.packages
            ),
        }
        return {
            (language, name): table.general
            for dialect in self._dialects.values()
            for table in dialect.unknown
            for language, names in (
                ("python", table.modules),
                ("typescript", table.packages),
            )
            for name in names
            if (language, name) not in known
        }

    def __iter__(self) -> Iterator[Dialect]:
        """All dialects, in order of their ids."""
        return iter(sorted(self._dialects.values(), key=lambda one: one.id))

    def pinned(self, is_below: Callable[[str, str], bool]) -> Dialects:
        """The dialects as they are for the versions that a project asks for.

        ``is_below`` says whether a package must be below a version.
        """
        plain: list[Dialect] = []
        changed: list[Dialect] = []
        for dialect in self._dialects.values():
            tables = [t for t in dialect.pinned if is_below(t.package, t.below)]
            (changed if tables else plain).append(_as_in(dialect, tables))
        # The last one to say what a name means is believed.
        return Dialects((*plain, *changed)) if changed else self

    def dialect(self, name: str) -> Dialect:
        """A dialect by its id; KeyError when there is none."""
        return self._dialects[name]

    def lineage(self, name: str) -> Iterator[Dialect]:
        """A dialect and those that it extends, nearest first."""
        queue, seen = [name], {name}
        while queue:
            dialect = self._dialects[queue.pop(0)]
            yield dialect
            for parent in dialect.dialect.extends:
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)

    # -- names (the program's `Library`) -----------------------------------------

    def canonical(self, name: str) -> str:
        """The main name of a thing with several, of its members too.

        ``fastapi.WebSocket.send_text`` is ``starlette.websockets.WebSocket.send_text``.
        """
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = self._main_name(name)
        return found

    def _main_name(self, name: str) -> str:
        head, tail = name, ""
        while head:
            main = self._canonical.get(head)
            if main is not None:
                return self.canonical(main + tail)
            head, dot, last = head.rpartition(".")
            tail = f"{dot}{last}{tail}"
        return name

    def transparent(self, name: str) -> int | None:
        """The argument that a wrapper hands back, if it does."""
        return self._transparent.get(name)

    def makes(self, name: str) -> str | None:
        """The type that a factory gives, if known."""
        return self._makes.get(name)

    def flow(self, name: str) -> Flow | None:
        """How values travel through a call of a name, if known."""
        return self._flows.get(self.canonical(name))

    def flow_ends(self, kind: str) -> frozenset[str]:
        """The identifiers in which the names of a kind of flow end."""
        return self._flow_ends.get(kind, frozenset())

    def iterates_itself(self) -> frozenset[str]:
        """Names whose instances give themselves when iterated."""
        return frozenset(self._iterates)

    def constant(self, name: str) -> str | int | float | None:
        """The value of a library's constant, if known."""
        return self._constants.get(name)

    def shares(self, name: str) -> bool:
        """Whether something has attributes that are one for the whole program."""
        return name in self._shares

    # -- recognition -------------------------------------------------------------

    def recognisers(self, kind: str) -> Mapping[str, Recogniser]:
        """The recognisers of a kind by canonical name."""
        return self._recognisers[kind]

    def last_names(self, kind: str) -> frozenset[str]:
        """The identifiers in which the names of a kind end, for looking up calls."""
        if kind not in self._last_names:
            self._last_names[kind] = frozenset(self._all_last_names(kind))
        return self._last_names[kind]

    def _all_last_names(self, kind: str) -> set[str]:
        names: set[str] = set()
        for match in self._recognisers[kind]:
            names.add(last_of(match))
        for main, others in self._aliases().items():
            if main in self._recognisers[kind]:
                names.update(last_of(other) for other in others)
        return names

    def _aliases(self) -> dict[str, list[str]]:
        table: dict[str, list[str]] = defaultdict(list)
        for other in self._canonical:
            table[self.canonical(other)].append(other)
        return table

    def server(self, name: str) -> Recogniser | None:
        """The recogniser of a server object by its type."""
        return self._servers.get(name)

    def op(self, dialect: str, name: str | None, source: str) -> Op | None:
        """An operation of a dialect by name."""
        return self._ops.get((dialect, name, source)) if name else None

    def ops(self, dialect: str, source: str) -> tuple[Op, ...]:
        """All operations of a dialect that come from a source."""
        return tuple(
            op
            for (owner, _, where), op in self._ops.items()
            if owner == dialect and where == source
        )

    def state_of(self, dialect: str) -> str:
        """The member that is a connection's state, "" where the dialect names none."""
        for each in self.lineage(dialect):
            for op in each.op:
                if op.means == "state" and op.source == "receiver":
                    return op.name
        return ""

    def op_names(self) -> frozenset[str]:
        """The names of all operations that are calls."""
        return frozenset(
            name
            for _, name, source in self._ops
            if source in {"receiver", "result", "override"}
        )

    def event(self, dialect: str, name: str) -> Event | None:
        """What an event of a dialect means, by the name that handlers attach to."""
        return self._events.get((dialect, name))

    def event_means(self, dialect: str, name: str) -> str:
        """What an event means; what unlisted events of the dialect mean otherwise."""
        event = self.event(dialect, name)
        return event.means if event else self._dialects[dialect].dialect.other_events

    def event_properties(self) -> tuple[str, ...]:
        """The properties that handlers are assigned to, in order."""
        return tuple(
            sorted(
                {
                    event.property
                    for dialect in self._dialects.values()
                    for event in dialect.event
                    if event.property
                }
            )
        )

    def event_of_property(self, dialect: str, name: str) -> Event | None:
        """What a handler property (``onmessage``) of a dialect means."""
        for each in self.lineage(dialect):
            for event in each.event:
                if event.property == name:
                    return event
        return None

    def cap(self, dialect: str, name: str) -> Cap | None:
        """A capability of a dialect, its own or inherited."""
        for each in self.lineage(dialect):
            for cap in each.cap:
                if cap.name == name:
                    return cap
        return None

    # -- bare names --------------------------------------------------------------

    def speaks(self, kind: str, name: str) -> bool:
        """Whether a bare name says something: ``speaks("adds", "append")``.

        Raises LookupError for a kind that no dialect declares.
        """
        return name in self.spoken(kind)

    def spoken(self, *kinds: str) -> frozenset[str]:
        """The bare names of some kinds. Raises LookupError for one not declared."""
        found: frozenset[str] = frozenset()
        for kind in kinds:
            if kind not in self._says:
                raise LookupError(f"no dialect declares the kind `{kind}`")
            found = found | self._says[kind] if found else self._says[kind]
        return found

    def sounds(self, kind: str, name: str) -> bool:
        """Whether a word of a name says something: ``sounds("adds", "addItem")``."""
        return not self.spoken(kind).isdisjoint(words_in(name))

    def kinds(self) -> frozenset[str]:
        """The kinds of bare names that are declared."""
        return frozenset(self._says)

    # -- words -------------------------------------------------------------------

    def words(self, kind: str) -> Mapping[str, Word]:
        """The words of a kind that are written out, by canonical name."""
        return self._words[kind]

    def word_ends(self, kind: str) -> frozenset[str]:
        """The last identifiers of the words of a kind, "*" of an open pattern."""
        ends = {last_of(name) for name in self._words[kind]}
        return frozenset(ends | self._pattern_ends[kind])

    def match_word(self, kind: str, name: str) -> Word | None:
        """The word of a kind that a canonical name is, if it is one."""
        found = self._words[kind].get(name)
        if found is not None or kind not in self._patterns:
            return found
        key = (kind, name)
        if key not in self._matched:
            self._matched[key] = next(
                (w for pattern, w in self._patterns[kind] if pattern.fullmatch(name)),
                None,
            )
        return self._matched[key]


def _as_in(dialect: Dialect, tables: Iterable[Pinned]) -> Dialect:
    """A dialect as it is in old versions."""
    for table in tables:
        names = {
            name: (*dialect.alias.get(name, ()), *others)
            for name, others in table.alias.items()
        }
        dialect = msgspec.structs.replace(
            dialect,
            alias={**dialect.alias, **names},
            cap=(*table.cap, *dialect.cap),
        )
    return dialect


def last_of(name: str) -> str:
    """The identifier that a canonical name ends in: what a call of it is known by."""
    module, _, export = name.rpartition("#")
    if module and export in {"default", "*"}:
        return module.rpartition("/")[2]
    return export.rpartition(".")[2].removesuffix("()")


def _pattern(match: str, ends: Collection[str]) -> re.Pattern[str]:
    """A word's pattern: ``*`` is one part of a name, ``**`` any number of parts.

    ``package#*`` is any export, or one of which a part follows.
    ``**()`` is any number of calls but those of ``ends``: ``query().**().all`` is the
    first of its kind in a chain of calls. A last ``*`` stands for one part or more.
    """
    parts = match.split(".")
    last = "|".join(sorted(re.escape(end) for end in ends))
    text = re.escape(parts[0])
    if parts[0].endswith("#*"):
        text = re.escape(parts[0][:-1]) + (r"[^.]*" if len(parts) > 1 else ".*")
    for position, part in enumerate(parts[1:], 1):
        if part == "**":
            text += r"(?:\.[^.]+)*"
        elif part == "**()":
            text += rf"(?:\.(?!(?:{last})\(\))[^.\[\]]+\(\))*"
        elif part == "*":
            text += r"\..+" if position == len(parts) - 1 else r"\.[^.]+"
        else:
            text += r"\." + re.escape(part)
    return re.compile(text)
