"""Access: whether an endpoint turns away who cannot show a credential."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from wsaudit.analysis.runs import below
from wsaudit.program import flow, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.names import Binding
from wsaudit.program.tree import dotted, last_name
from wsaudit.recognise.security.credentials import SECRET, asks, reads, shows
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene, Use
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
        "emit", "handleUpgrade",
    }
)  # fmt: skip


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

    ``tainted`` are the variables, and the fields as written, that carry a credential.
    """

    tainted: frozenset[Binding | str]
    outermost: bool
    depth: int


@dataclass(slots=True)
class Guards:
    """Follows credentials through functions; each question is answered once."""

    scene: Scene
    _known: dict[tuple[nodes.Function, frozenset[nodes.Parameter], bool], Found] = (
        field(default_factory=dict)
    )

    def of(
        self,
        function: nodes.Function,
        given: Iterable[nodes.Parameter] = (),
        *,
        outermost: bool = False,
        depth: int = 0,
    ) -> Found:
        """What a function makes of credentials, those in some parameters included.

        In the ``outermost`` one a ``return`` turns the client away too.
        """
        key = (function, frozenset(given), outermost)
        if key in self._known or depth > _DEPTH:
            return self._known.get(key, NOTHING)
        self._known[key] = NOTHING
        inside = _Inside(self._tainted(function, key[1]), outermost, depth)
        found = NOTHING
        for node in tree.own_of(function):
            found = found.or_else(self._node(node, inside))
            if found.outcome is Outcome.REFUSES:
                break
        self._known[key] = found
        return found

    # -- what carries a credential -------------------------------------------------

    def _tainted(
        self, function: nodes.Function, given: frozenset[nodes.Parameter]
    ) -> frozenset[Binding | str]:
        found: set[Binding | str] = set()
        for parameter in function.parameters:
            if parameter in given and isinstance(parameter.target, nodes.Name):
                binding = self.scene.program.binding(parameter.target)
                if binding is not None:
                    found.add(binding)
        for _ in range(2):
            for node in tree.own_of(function):
                match node:
                    case nodes.Bind(target=target, value=value) if value is not None:
                        self._spread(target, value, found)
                    case nodes.Assign(target=target, value=value):
                        self._spread(target, value, found)
                    case _:
                        continue
        return frozenset(found)

    def _spread(
        self,
        target: nodes.Expression,
        value: nodes.Expression,
        found: set[Binding | str],
    ) -> None:
        if not self._mentions(value, found) and not self._is_told(target, value):
            return
        if isinstance(target, nodes.Member):
            found.add(dotted(target))
            return
        for part in tree.walk(target):
            if isinstance(part, nodes.Name):
                binding = self.scene.program.binding(part)
                if binding is not None and part.id not in {"self", "cls", "this"}:
                    found.add(binding)

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

    def _mentions(
        self, node: nodes.Expression, tainted: Collection[Binding | str]
    ) -> bool:
        """Whether a credential, or what was made of one, is in an expression."""
        for part in (node, *tree.own(node)):
            if isinstance(part, nodes.Name):
                if self.scene.program.binding(part) in tainted:
                    return True
            elif isinstance(part, nodes.Member) and dotted(part) in tainted:
                return True
            if shows(self.scene, part) or self._tells(part):
                return True
        return False

    def _tells(self, node: Node) -> bool:
        """Whether the result of a call says something about who the client is."""
        if not isinstance(node, nodes.Call):
            return False
        callees = self.scene.program.callees(node)
        return asks(node) or any(reads(self.scene, callee) for callee in callees)

    # -- what comes of it ------------------------------------------------------------

    def _node(self, node: Node, inside: _Inside) -> Found:
        match node:
            case nodes.If(test=test, then=then, other=other):
                if self._mentions(test, inside.tainted):
                    return self._branch(node, (then, other, self._else(node)), inside)
            case nodes.Conditional(test=test):
                if self._mentions(test, inside.tainted):
                    return Found(Outcome.READ, node)
            case nodes.Loop(test=test) if test is not None:
                if self._mentions(test, inside.tainted):
                    return Found(Outcome.REFUSES, node)
            case nodes.Switch(subject=subject, cases=cases):
                if self._mentions(subject, inside.tainted):
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
        if not flow.leaves(node.then):
            return ()
        around = self.scene.program.parents.get(node)
        for block in flow.blocks(around) if around is not None else ():
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
        if inside.outermost and flow.leaves(block):
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
            and (use := self.scene.use(node)) is not None
            and use.op.means in {"receive", "iterate", "accept"}
            for node in tree.own_in(block)
        )

    def _call(self, call: nodes.Call, inside: _Inside) -> Found:
        """What a call that is given a credential makes of it."""
        program = self.scene.program
        if self.scene.use(call) is not None:
            return NOTHING
        given = [a for a in call.arguments if self._mentions(a.value, inside.tainted)]
        callees = program.callees(call)
        found = NOTHING
        for callback in () if callees else call.arguments:
            if isinstance(callback.value, nodes.Function):
                found = found.or_else(self.of(callback.value, depth=inside.depth + 1))
        for callee in callees:
            parameters = [
                parameter
                for parameter in callee.parameters
                if any(
                    program.argument_for(call, callee, parameter) is argument.value
                    for argument in given
                )
            ]
            found = found.or_else(self.of(callee, parameters, depth=inside.depth + 1))
        if found.outcome > Outcome.READ or callees:
            return found
        name = last_name(call.function)
        known = program.values(call.function)
        if any(isinstance(value, values.ClassRef) for value in known):
            return Found(Outcome.READ, call) if given else NOTHING
        if asks(call):
            # A library that finds out who somebody is raises, or its answer is tested.
            return Found(Outcome.REFUSES, call)
        if not given or name in _PLAIN:
            return Found(Outcome.READ, call) if given else NOTHING
        if all(map(_is_standard, known)):
            return Found(Outcome.READ, call)
        return Found(Outcome.PASSED, call)


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
