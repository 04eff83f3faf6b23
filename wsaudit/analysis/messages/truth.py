"""Truth: what a test says once it is assumed of which kind a message is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.branches import case_tests
from wsaudit.analysis.messages.comparing import Comparison, compared, is_guard
from wsaudit.analysis.messages.kinds import bound_value, subjects
from wsaudit.analysis.messages.tables import Lookup, keys_of, lookup
from wsaudit.program.tree import last_name, own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene


@dataclass(frozen=True, slots=True)
class Assumed:
    """That messages have ``kind`` at ``path``, or None: none of those compared.

    ``sources`` are where these messages come in; others are not spoken of. ``carries``
    tells whether they have the parts that are asked for beside their kind, None when
    some do.
    """

    path: tuple[str, ...]
    sources: frozenset[nodes.Node]
    kind: str | None
    carries: bool | None = None

    def speaks_of(self, test: Comparison) -> bool:
        """Whether a comparison is of what is assumed."""
        return test.message.path == self.path and test.message.source in self.sources

    def agrees(self, test: Comparison) -> bool:
        """Whether the kind is one of those that a comparison names."""
        if self.kind is None:
            return False
        if test.how == "prefix":
            return any(self.kind.startswith(text) for text in test.values)
        return self.kind in test.values


def truth(scene: Scene, test: nodes.Expression, assumed: Assumed) -> bool | None:
    """Whether a test holds; None when the kind does not decide it."""
    test = strip(test)
    match test:
        case nodes.Literal(kind="boolean", value=answer):
            return bool(answer)
        case nodes.Not(value=inner):
            return _not(truth(scene, inner, assumed))
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            inside = [truth(scene, each, assumed) for each in operands]
            if op == "or":
                return _not(_all(map(_not, inside)))
            named = assumed.kind is not None and True in inside
            # A message of a known kind carries what else its case asks for.
            return _all(each for each in inside if each is not None or not named)
        case nodes.Name():
            here = _present(scene, test, assumed)
            value = bound_value(scene, test) if here is None else None
            return here if value is None else truth(scene, value, assumed)
        case _:
            return _of_one(scene, test, assumed)


def _of_one(scene: Scene, test: nodes.Expression, assumed: Assumed) -> bool | None:
    """What a test says that is made of no other tests."""
    for each in compared(scene, test):
        if assumed.speaks_of(each):
            if each.how == "guard":
                return _guard(scene, test, assumed)
            return assumed.agrees(each) == each.holds
    match test:
        case nodes.Binary(op="in" | "not in" as op, left=left, right=right):
            return _same(_among(scene, left, right, assumed), holds=op == "in")
        case nodes.Binary(op=op, left=left, right=nodes.Literal(value=None)):
            if op not in {"==", "is", "!=", "is not"}:
                return None
            return _same(_present(scene, left, assumed), holds=op in {"!=", "is not"})
        case nodes.Call(function=function, arguments=arguments) if arguments:
            name, last = last_name(function), arguments[-1].value
            if name == "callable":
                return truth(scene, last, assumed)
            if scene.says("has-key", name) and isinstance(function, nodes.Member):
                table = function.object if len(arguments) == 1 else arguments[0].value
                return _among(scene, last, table, assumed)
        case _:
            pass
    return _present(scene, test, assumed)


def _present(scene: Scene, node: nodes.Expression, assumed: Assumed) -> bool | None:
    """Whether there is something: a handler, or the message down to its kind."""
    found = looked_up(scene, node)
    if found is not None:
        return there(found, assumed)
    for message in subjects(scene, node):
        if message.source in assumed.sources:
            on_the_way = message.path == assumed.path[: len(message.path)]
            return True if on_the_way else assumed.carries
    return None


def _guard(scene: Scene, call: nodes.Expression, assumed: Assumed) -> bool | None:
    """What a type guard of the project answers: the first return that decides."""
    if not isinstance(call, nodes.Call):
        return None
    for function in scene.functions_of(call.function):
        if not is_guard(function):
            continue
        for node in own_of(function):
            if isinstance(node, nodes.Return) and node.value is not None:
                answer = truth(scene, node.value, assumed)
                if answer is not None:
                    return answer
                if any(
                    assumed.speaks_of(each) and assumed.agrees(each)
                    for each in compared(scene, call)
                ):
                    return None
    return None


def _among(
    scene: Scene, key: nodes.Expression, table: nodes.Expression, assumed: Assumed
) -> bool | None:
    """Whether a table has the kind."""
    if not any(
        message.path == assumed.path and message.source in assumed.sources
        for message in subjects(scene, key)
    ):
        return None
    keys, complete = keys_of(scene, table)
    if assumed.kind in keys:
        return True
    return False if complete else None


# -- lookups ---------------------------------------------------------------------


def looked_up(scene: Scene, node: nodes.Expression) -> Lookup | None:
    """The lookup that an expression is, or that its variable holds."""
    node = strip(node)
    if isinstance(node, nodes.Name):
        value = bound_value(scene, node)
        node = strip(value) if value is not None else node
    if isinstance(node, nodes.Index | nodes.Call):
        return lookup(scene, node) or _search(scene, node)
    return None


def _search(scene: Scene, node: nodes.Index | nodes.Call) -> Lookup | None:
    """``records.find((r) => r.kind === m.kind)`` looks a kind up, too."""
    if not isinstance(node, nodes.Call):
        return None
    if not scene.says("picks", last_name(node.function)):
        return None
    for argument in node.arguments:
        if not isinstance(argument.value, nodes.Function):
            continue
        for inner in own_of(argument.value):
            for test in (
                compared(scene, inner) if isinstance(inner, nodes.Binary) else ()
            ):
                if test.how == "table":
                    keys = dict.fromkeys(test.values, ())
                    return Lookup(node, (test.message,), (), keys, test.complete)
    return None


def there(found: Lookup, assumed: Assumed) -> bool | None:
    """Whether a lookup finds something."""
    if found.fallback is not None and not _is_nothing(found.fallback):
        return True
    if not any(
        message.path == assumed.path and message.source in assumed.sources
        for message in found.messages
    ):
        return None
    if assumed.kind in found.functions:
        return True
    return False if found.complete else None


def _is_nothing(node: nodes.Expression) -> bool:
    match strip(node):
        case nodes.Literal(kind="null" | "undefined"):
            return True
        case nodes.Sequence(items=()) | nodes.Record(entries=()):
            return True
        case _:
            return False


def matches(
    scene: Scene, switch: nodes.Switch, case: nodes.Case, assumed: Assumed
) -> bool | None:
    """Whether a case is the one for the kind; None when the kind does not decide."""
    found = [
        each for each in case_tests(scene, switch, case) if assumed.speaks_of(each)
    ]
    if not found:
        return None
    if not any(assumed.agrees(each) for each in found):
        return False
    return True if case.guard is None or assumed.kind is not None else None


def _not(value: bool | None) -> bool | None:  # noqa: FBT001
    return None if value is None else not value


def _same(value: bool | None, *, holds: bool) -> bool | None:  # noqa: FBT001
    return None if value is None else value == holds


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    if False in found:
        return False
    return None if None in found else True
