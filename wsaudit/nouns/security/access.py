"""Access: whether an endpoint turns away who cannot show a credential."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import returned
from wsaudit.analysis.runs import below
from wsaudit.flow.conditions import atoms
from wsaudit.flow.ways import breaks_off
from wsaudit.nouns.security.credentials import SECRET, asks, proves, shows
from wsaudit.program import tree, values
from wsaudit.program.asked import asked
from wsaudit.program.names import Binding
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Use
    from wsaudit.syntax.nodes import Node

_DEPTH = 5
_REFUSES = frozenset({"destroy", "abortHandshake", "disconnect", "terminate"})
_PLAIN = frozenset(
    {
        "print", "log", "debug", "info", "warning", "warn", "error", "exception", "len",
        "str", "repr", "bool", "int", "append", "add", "format", "split", "strip",
        "replace", "lower", "upper", "startswith", "endswith", "encode", "decode",
        "removeprefix", "partition", "get", "pop", "items", "values", "keys", "trim",
        "send_json", "send_text", "send", "json", "dumps", "stringify", "toString",
        "isinstance", "URL", "URLSearchParams", "set", "push", "join", "dict", "list",
        "emit", "handleUpgrade", "upgrade",
    }
)  # fmt: skip


_LOOKS_UP = frozenset({"get", "pop", "has", "includes", "index", "find", "at"})
_OPERATORS = frozenset({"==", "!=", "is", "is not", "in", "not in"})


class Level(IntEnum):
    """What an expression says of who a client is."""

    NOTHING = 0
    SHOWN = 1
    """It is what the client shows, as it came or taken apart."""
    FOUND = 2
    """It is what somebody found out by that: a user, or whether it is right."""


Tainted = dict[Binding | str, Level]


class Outcome(IntEnum):
    """What comes of a credential, the most telling last."""

    NOTHING = 0
    """None is read."""
    READ = 1
    """One is read, and decides nothing."""
    PASSED = 2
    """One is handed to code that cannot be followed."""
    REFUSES = 3
    """Who shows a wrong one is turned away."""


@dataclass(frozen=True, slots=True)
class Found:
    """What comes of the credentials in a function, and the node that tells so."""

    outcome: Outcome
    node: Node | None = None

    def or_else(self, other: Found) -> Found:
        """The more telling one."""
        return other if other.outcome > self.outcome else self


NOTHING = Found(Outcome.NOTHING)


@dataclass(frozen=True, slots=True)
class _Inside:
    """The function that is followed, and how deep.

    ``tainted`` are the variables, and the fields as written, that carry a credential
    or what was found out by one.
    """

    tainted: Tainted
    outermost: bool
    depth: int


Given = tuple[tuple[nodes.Parameter, Level], ...]


def shown_in(parameters: Iterable[nodes.Parameter]) -> Given:
    """That some parameters hold what a client shows."""
    return tuple((parameter, Level.SHOWN) for parameter in parameters)


@dataclass(slots=True)
class Guards:
    """Follows credentials through functions; each question is answered once."""

    scene: Scene
    _known: dict[tuple[nodes.Function, Given, bool], Found] = field(
        default_factory=dict
    )
    _results: dict[tuple[nodes.Function, Given], Level] = field(default_factory=dict)

    def of(
        self,
        function: nodes.Function,
        given: Given = (),
        *,
        outermost: bool = False,
        depth: int = 0,
    ) -> Found:
        """What a function makes of credentials, those in some parameters included.

        In the ``outermost`` one a ``return`` turns the client away too.
        """
        key = (function, given, outermost)
        if key in self._known or depth > _DEPTH:
            return self._known.get(key, NOTHING)
        self._known[key] = NOTHING
        inside = _Inside(self._tainted(function, given), outermost, depth)
        found = NOTHING
        for node in tree.own_of(function):
            found = found.or_else(self._node(node, inside))
            if found.outcome is Outcome.REFUSES:
                break
        self._known[key] = found
        return found

    def gives(self, function: nodes.Function, given: Given = ()) -> Level:
        """What the result of a function says of who a client is."""
        key = (function, given)
        if key not in self._results:
            self._results[key] = Level.NOTHING
            tainted = self._tainted(function, given)
            self._results[key] = max(
                (self._level(value, tainted) for value in returned(function)),
                default=Level.NOTHING,
            )
        return self._results[key]

    # -- what carries a credential -------------------------------------------------

    def _tainted(self, function: nodes.Function, given: Given) -> Tainted:
        found: Tainted = {}
        for parameter, level in given:
            if isinstance(parameter.target, nodes.Name):
                binding = self.scene.program.binding(parameter.target)
                if binding is not None:
                    found[binding] = level
        for _ in range(2):
            for node in tree.own_of(function):
                match node:
                    case nodes.Bind(target=target, value=value) if value is not None:
                        self._spread(target, value, found)
                    case nodes.Assign(target=target, value=value):
                        self._spread(target, value, found)
                    case _:
                        continue
        return found

    def _spread(
        self, target: nodes.Expression, value: nodes.Expression, found: Tainted
    ) -> None:
        level = self._level(value, found)
        if level is Level.NOTHING and self._is_told(target, value):
            level = Level.SHOWN
        if level is Level.NOTHING:
            return
        if isinstance(target, nodes.Member):
            found[dotted(target)] = level
            return
        for part in tree.walk(target):
            if isinstance(part, nodes.Name):
                binding = self.scene.program.binding(part)
                if binding is not None and part.id not in {"self", "cls", "this"}:
                    found[binding] = max(level, found.get(binding, Level.NOTHING))

    def _is_told(self, target: nodes.Expression, value: nodes.Expression) -> bool:
        """Whether a message is received as a credential: ``token = await recv()``."""
        return (
            isinstance(target, nodes.Name)
            and bool(SECRET.fullmatch(target.id))
            and any(
                isinstance(part, nodes.Call)
                and (use := self.scene.use(part)) is not None
                and use.op.means == "receive"
                for part in (value, *tree.own(value))
            )
        )

    def _level(self, node: Node, tainted: Tainted) -> Level:
        """What an expression says of who a client is, by its most telling part."""
        if proves(self.scene, node):
            return Level.FOUND
        if isinstance(node, nodes.Function):
            return Level.NOTHING
        if isinstance(node, nodes.Call):
            return self._answer(node, tainted)
        found = [self._level(part, tainted) for part in tree.children(node)]
        match node:
            case nodes.Name():
                binding = self.scene.program.binding(node)
                if binding is not None:
                    found.append(tainted.get(binding, Level.NOTHING))
            case nodes.Member():
                found.append(tainted.get(dotted(node), Level.NOTHING))
            case nodes.Index(index=index) if found and found[-1]:
                return Level.FOUND if not _is_slice(index) else found[-1]
            case _:
                pass
        if shows(self.scene, node):
            found.append(Level.SHOWN)
        return max(found, default=Level.NOTHING)

    def _answer(self, call: nodes.Call, tainted: Tainted) -> Level:
        """What the result of a call says: an answer about a client, or one it shows."""
        if asks(call) or self._authenticates(call):
            return Level.FOUND
        if shows(self.scene, call):
            return Level.SHOWN
        passed = {
            each.value: self._level(each.value, tainted) for each in call.arguments
        }
        given = max(passed.values(), default=Level.NOTHING)
        on = self._level(call.function, tainted)
        found = [on, given if given is Level.FOUND else Level.NOTHING]
        callees = self.scene.program.callees(call)
        found += [
            self.gives(each, self._passed(call, each, passed)) for each in callees
        ]
        if callees or not given or call.new or self.scene.use(call) is not None:
            return max(found)
        name = last_name(call.function)
        if name in _LOOKS_UP:
            return Level.FOUND
        known = self.scene.program.values(call.function)
        # What is only put into a record is shown as before.
        plain = (
            name in _PLAIN
            or (bool(known) and all(map(_is_standard, known)))
            or any(isinstance(value, values.ClassRef) for value in known)
        )
        return max(*found, Level.SHOWN if plain else Level.FOUND)

    def _authenticates(self, call: nodes.Call) -> bool:
        return self.scene.word("authenticates", call) is not None

    def _passed(
        self,
        call: nodes.Call,
        callee: nodes.Function,
        levels: Mapping[nodes.Expression, Level],
    ) -> Given:
        """The parameters of a callee that are given something of a client."""
        found: list[tuple[nodes.Parameter, Level]] = []
        for parameter in callee.parameters:
            value = self.scene.program.argument_for(call, callee, parameter)
            if isinstance(value, nodes.Node) and levels.get(value, Level.NOTHING):
                found.append((parameter, levels[value]))
        return tuple(found)

    def _checks(self, test: nodes.Expression, tainted: Tainted) -> bool:
        """Whether a test asks more than that something is shown at all."""
        return any(
            self._level(part, tainted) is Level.FOUND or self._compares(part, tainted)
            for part in atoms(test)
        )

    def _compares(self, test: nodes.Expression, tainted: Tainted) -> bool:
        """Whether what a client shows is compared with what it must be."""
        match test:
            case nodes.Binary(op="in" | "not in", left=left):
                return self._level(left, tainted) is Level.SHOWN
            case nodes.Binary(op=op, left=left, right=right) if op in _OPERATORS:
                return not any(map(_is_nothing, (left, right)))
            case _:
                return False

    # -- what comes of it ------------------------------------------------------------

    def _node(self, node: Node, inside: _Inside) -> Found:
        match node:
            case nodes.If(test=test, then=then, other=other):
                if self._level(test, inside.tainted):
                    if not self._checks(test, inside.tainted):
                        return Found(Outcome.READ, node)
                    return self._branch(node, (then, other, self._else(node)), inside)
            case nodes.Conditional(test=test):
                if self._level(test, inside.tainted):
                    return Found(Outcome.READ, node)
            case nodes.Loop(test=test) if test is not None:
                if self._checks(test, inside.tainted):
                    return Found(Outcome.REFUSES, node)
            case nodes.Switch(subject=subject, cases=cases):
                if self._level(subject, inside.tainted):
                    blocks = [case.body for case in cases]
                    return self._branch(node, blocks, inside)
            case nodes.Call():
                return self._call(node, inside)
            case nodes.Index() | nodes.Member() if shows(self.scene, node):
                return Found(Outcome.READ, node)
            case _:
                pass
        return NOTHING

    def _else(self, node: nodes.If) -> tuple[nodes.Statement, ...]:
        """The rest of a block after ``if known: return …``, when it ends by raising."""
        if not breaks_off(self.scene.program, node.then):
            return ()
        around = self.scene.program.parents.get(node)
        for block in tree.blocks(around) if around is not None else ():
            if node in block:
                rest = block[block.index(node) + 1 :]
                return rest if rest and isinstance(rest[-1], nodes.Raise) else ()
        return ()

    def _branch(
        self,
        node: Node,
        blocks: Iterable[tuple[nodes.Statement, ...]],
        inside: _Inside,
    ) -> Found:
        """What a test of a credential decides."""
        for block in blocks:
            if self._turns_away(block, inside) or self._serves(block):
                return Found(Outcome.REFUSES, node)
        return Found(Outcome.READ, node)

    def _turns_away(self, block: tuple[nodes.Statement, ...], inside: _Inside) -> bool:
        if inside.outermost and breaks_off(self.scene.program, block):
            return True
        for node in tree.own_in(block):
            if isinstance(node, nodes.Raise):
                return True
            if isinstance(node, nodes.Call) and self._closes(node):
                return True
        return False

    def _closes(self, call: nodes.Call) -> bool:
        use = self.scene.use(call)
        if use is not None:
            return use.op.means in {"close", "reject"}
        if last_name(call.function) in _REFUSES:
            return True
        return any(
            inner.op.means in {"close", "reject"}
            for callee in self.scene.program.callees(call)
            for inner in self._uses_in(callee)
        )

    def _uses_in(self, function: nodes.Function) -> Iterator[Use]:
        reached = below(self.scene, function).near(3)
        for use in self.scene.uses:
            if self.scene.program.function_of(use.call) in reached:
                yield use

    def _serves(self, block: tuple[nodes.Statement, ...]) -> bool:
        """Whether the conversation itself is in a block: only the known get there."""
        return any(
            isinstance(node, nodes.Call)
            and (
                _hands_on(node)
                or (
                    (use := self.scene.use(node)) is not None
                    and use.op.means in {"receive", "iterate", "accept"}
                )
            )
            for node in tree.own_in(block)
        )

    def _call(self, call: nodes.Call, inside: _Inside) -> Found:
        """What a call that is given a credential makes of it."""
        program = self.scene.program
        if self.scene.use(call) is not None or call in self.scene.by_site:
            return NOTHING
        levels = {a.value: self._level(a.value, inside.tainted) for a in call.arguments}
        given = any(levels.values())
        callees = program.callees(call)
        found = NOTHING
        for callback in () if callees else call.arguments:
            if isinstance(callback.value, nodes.Function):
                found = found.or_else(self.of(callback.value, depth=inside.depth + 1))
        for callee in callees:
            passed = self._passed(call, callee, levels)
            found = found.or_else(self.of(callee, passed, depth=inside.depth + 1))
        if found.outcome > Outcome.READ or callees:
            return found
        name = last_name(call.function)
        known = program.values(call.function)
        if any(isinstance(value, values.ClassRef) for value in known):
            return Found(Outcome.READ, call) if given else NOTHING
        if asks(call) or self._authenticates(call):
            # A library that finds out who somebody is raises, or its answer is tested.
            return Found(Outcome.REFUSES, call)
        if not given or name in _PLAIN:
            return Found(Outcome.READ, call) if given else NOTHING
        if all(map(_is_standard, known)):
            return Found(Outcome.READ, call)
        return Found(Outcome.PASSED, call)


def _hands_on(call: nodes.Call) -> bool:
    """Whether middleware hands a connection on: ``app(scope, receive, send)``."""
    return [dotted(each.value) for each in call.arguments[1:]] == ["receive", "send"]


def _is_slice(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Opaque)


def _is_nothing(node: nodes.Expression) -> bool:
    """Whether an operand only tells that something is there, or of which type."""
    match node:
        case nodes.Literal(kind="string", value=value):
            return not value
        case nodes.Literal() | nodes.Unary(op="typeof"):
            return True
        case nodes.Name(id="undefined"):
            return True
        case _:
            return False


def _is_standard(value: values.Value) -> bool:
    """Whether something is of Python's own library, which knows nobody."""
    if not isinstance(value, values.External):
        return False
    module, _, name = value.name.partition(".")
    if module == "builtins":
        return hasattr(builtins, name.partition(".")[0])
    return module in sys.stdlib_module_names


@asked
def guards(scene: Scene) -> Guards:
    """The guards of a scene, one for all endpoints."""
    return Guards(scene)
