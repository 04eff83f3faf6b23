"""Assuming: which code runs when a message is of one kind, or of none that is known.

The code that messages come through is gone through once for each assumption, the way
that it would run: a test that the kind decides has one side only, a lookup that finds
nothing fails where it is called, and functions that are called are entered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.tables import Lookup
from wsaudit.analysis.messages.truth import Assumed, looked_up, matches, there, truth
from wsaudit.program.tree import children, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

Ends = frozenset[str]
"""How a block may end: it runs to its end ("next"), or it leaves."""
_NEXT: Ends = frozenset({"next"})
_FAILS: Ends = frozenset({"raise"})


@dataclass(eq=False, slots=True)
class Course:
    """What runs under an assumption; it is filled as the code is gone through.

    ``reached`` are the statements and expressions, ``missed`` the calls of a handler
    that is not there, which nothing around them catches, ``handed`` those of whatever
    a table may have for a kind that it is not known to have; ``decided`` are the
    branches that the kind decides.
    """

    scene: Scene
    assumed: Assumed
    reached: dict[Node, None] = field(default_factory=dict)
    missed: dict[Node, None] = field(default_factory=dict)
    handed: dict[Node, None] = field(default_factory=dict)
    decided: set[Node] = field(default_factory=set)
    entered: set[nodes.Function] = field(default_factory=set)
    _caught: int = 0

    def enter(self, function: nodes.Function) -> Ends:
        """Go through a function, once."""
        if function in self.entered:
            return _NEXT
        self.entered.add(function)
        return self._block(function.body)

    # -- statements ------------------------------------------------------------------

    def _block(self, block: Iterable[nodes.Statement]) -> Ends:
        ends = _NEXT
        for statement in block:
            if "next" not in ends:
                break
            ends = (ends - _NEXT) | self._statement(statement)
        return ends

    def _statement(self, statement: nodes.Statement) -> Ends:  # noqa: C901, PLR0912
        self.reached[statement] = None
        match statement:
            case nodes.If(test=test, then=then, other=other):
                if self._fails(test):
                    return _FAILS
                if truth(self.scene, test, self.assumed) is not None:
                    self.decided.add(statement)
                return self._either(test, then, other)
            case nodes.Switch():
                return self._switch(statement)
            case nodes.Loop():
                return self._loop(statement)
            case nodes.Try():
                return self._try(statement)
            case nodes.With(items=items, body=body):
                if any(self._fails(item) for item in items):
                    return _FAILS
                return self._block(body)
            case nodes.Block(body=body):
                return self._block(body)
            case nodes.FunctionDef() | nodes.ClassDef():
                return _NEXT
            case nodes.Break():
                return frozenset({"break"})
            case nodes.Continue():
                return frozenset({"continue"})
            case _:
                pass
        fails = any(self._fails(child) for child in children(statement))
        if fails or isinstance(statement, nodes.Raise):
            return _FAILS
        return frozenset({"return"}) if isinstance(statement, nodes.Return) else _NEXT

    def _either(
        self,
        test: nodes.Expression,
        then: Iterable[nodes.Statement],
        other: Iterable[nodes.Statement],
    ) -> Ends:
        holds = truth(self.scene, test, self.assumed)
        ends: Ends = frozenset()
        if holds is not False:
            ends |= self._block(then)
        if holds is not True:
            ends |= self._block(other)
        return ends

    def _switch(self, switch: nodes.Switch) -> Ends:
        if self._fails(switch.subject):
            return _FAILS
        states = [
            matches(self.scene, switch, case, self.assumed) for case in switch.cases
        ]
        certain = states.index(True) if True in states else len(states)
        ends: Ends = frozenset()
        for index, (case, state) in enumerate(zip(switch.cases, states, strict=True)):
            may = state is None and not case.default and index < certain
            if index == certain or may or (case.default and True not in states):
                ends |= self._cases(switch.cases[index:])
        if self.scene.program.module_of(switch).language != "python":
            ends = (ends - {"break"}) | (_NEXT if "break" in ends else frozenset())
        whole = True in states or any(case.default for case in switch.cases)
        return ends if whole else ends | _NEXT

    def _cases(self, cases: tuple[nodes.Case, ...]) -> Ends:
        """A case, and those that it falls through to."""
        ends = _NEXT
        for case in cases:
            self.reached[case] = None
            ends = (ends - _NEXT) | self._block(case.body)
            if not case.falls_through or "next" not in ends:
                break
        return ends

    def _loop(self, loop: nodes.Loop) -> Ends:
        self._block(loop.setup)
        heads = [each for each in (loop.source, loop.test) if each is not None]
        if any(self._fails(head) for head in heads):
            return _FAILS
        found = self._searched(loop.source) if loop.source is not None else None
        empty = found is not None and there(found, self.assumed) is False
        inner = frozenset() if empty else self._block(loop.body)
        for_ever = loop.kind == "while" and (
            loop.test is None or truth(self.scene, loop.test, self.assumed) is True
        )
        ends = inner & {"return", "raise"}
        return ends if for_ever and "break" not in inner else ends | _NEXT

    def _try(self, statement: nodes.Try) -> Ends:
        self._caught += bool(statement.handlers)
        ends = self._block(statement.body)
        if "next" in ends:
            ends = (ends - _NEXT) | self._block(statement.other)
        self._caught -= bool(statement.handlers)
        if "raise" in ends and statement.handlers:
            ends -= _FAILS
            for handler in statement.handlers[:1]:
                self.reached[handler] = None
                ends |= self._block(handler.body)
        last = self._block(statement.final)
        return ends if "next" in last else last

    # -- expressions -----------------------------------------------------------------

    def _fails(self, node: Node) -> bool:
        """Go through an expression; whether it certainly raises."""
        self.reached[node] = None
        match node:
            case nodes.Function():
                return False
            case nodes.Logical(op=op, operands=operands):
                return self._short(op, operands)
            case nodes.Conditional(test=test, then=then, other=other):
                if self._fails(test):
                    return True
                holds = truth(self.scene, test, self.assumed)
                sides = [*[then][holds is False :], *[other][holds is True :]]
                failing = [self._fails(side) for side in sides]
                return all(failing)
            case nodes.Call():
                return self._call(node)
            case _:
                fails = any(self._fails(child) for child in children(node))
                if isinstance(node, nodes.Index) and not fails:
                    found = looked_up(self.scene, node)
                    return (
                        found is not None and found.strict and self._miss(node, found)
                    )
                return fails

    def _short(self, op: str, operands: tuple[nodes.Expression, ...]) -> bool:
        """``a and b``: what comes after a test that decides does not run."""
        for operand in operands:
            if self._fails(operand):
                return True
            if truth(self.scene, operand, self.assumed) is (op != "and"):
                break
        return False

    def _call(self, call: nodes.Call) -> bool:
        callee = strip(call.function)
        found = looked_up(self.scene, callee)
        owner = strip(callee.object) if isinstance(callee, nodes.Member) else None
        held = looked_up(self.scene, owner) if owner is not None else None
        if self._fails(call.function):
            return True
        quiet = call.optional or (isinstance(callee, nodes.Member) and callee.optional)
        missing = found or held or self._of_turn(callee)
        if missing is not None and there(missing, self.assumed) is False:
            return not quiet and self._miss(call, missing)
        if any(self._fails(argument.value) for argument in call.arguments):
            return True
        if missing is not None and there(missing, self.assumed) is None:
            self.handed[call] = None
        own = found is not None and self._handlers(found)
        functions = own or self.scene.program.callees(call)
        wraps = any(
            self.scene.program.transparent(name) is not None
            for name in self.scene.program.called(call)
        )
        if not wraps:
            for argument in call.arguments:
                if isinstance(argument.value, nodes.Function):
                    self.enter(argument.value)
        known = set(carriers(self.scene).functions)
        ends = [self.enter(each) for each in functions if own or each in known]
        return bool(ends) and all(each == _FAILS for each in ends)

    def _of_turn(self, callee: nodes.Expression) -> Lookup | None:
        """The lookup whose finds a loop goes over, where one of them is called."""
        if not isinstance(callee, nodes.Name):
            return None
        binding = self.scene.program.binding(callee)
        for write in binding.writes if binding is not None else ():
            if write.kind == "each" and write.value is not None:
                return self._searched(write.value)
        return None

    def _handlers(self, found: Lookup) -> tuple[nodes.Function, ...]:
        kind = self.assumed.kind
        if kind is not None and kind in found.functions:
            return found.functions[kind]
        if found.fallback is not None:
            return self.scene.functions_of(found.fallback)
        return ()

    def _miss(self, at: Node, found: Lookup) -> bool:
        """Note that a handler is called that is not there; whether it certainly is."""
        if there(found, self.assumed) is not False:
            return False
        if not self._caught:
            self.missed[at] = None
        return True

    def _searched(self, source: nodes.Expression) -> Lookup | None:
        """The lookup that a loop goes over the finds of."""
        match strip(source):
            case nodes.Logical(op="or" | "??", operands=(first, *_)):
                return looked_up(self.scene, first)
            case other:
                return looked_up(self.scene, other)


def course(scene: Scene, starts: Iterable[nodes.Function], assumed: Assumed) -> Course:
    """What runs from some functions on, those that are called by others once."""
    found = Course(scene, assumed)
    for function in starts:
        found.enter(function)
    return found
