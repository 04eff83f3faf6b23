"""Comparing: the tests that tell messages apart, each with the kinds it holds for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import ELEMENT, Message
from wsaudit.analysis.messages.kinds import (
    bound_value,
    constants,
    members,
    preference,
    subjects,
)
from wsaudit.analysis.messages.validation import validated
from wsaudit.limits import STEPS
from wsaudit.program import values
from wsaudit.program.tree import last_name, own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene

How = Only["equals", "prefix", "isinstance", "guard", "table"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test that holds for messages whose discriminator has one of some values.

    ``values`` are the constants (`complete` false when some do not fold), ``holds``
    false for ``!=`` and its like.
    """

    message: Message
    values: tuple[str, ...]
    node: nodes.Expression
    how: How
    complete: bool = True
    holds: bool = True


def comparisons(
    scene: Scene, test: nodes.Expression, *, holds: bool = True, depth: int = 0
) -> tuple[Comparison, ...]:
    """The comparisons of a message's kind that an expression makes, one by one.

    What must hold beside something else, and denies a kind, tells none apart.
    """
    if depth > STEPS:
        return ()
    match strip(test):
        case nodes.Not(value=inner):
            return comparisons(scene, inner, holds=not holds, depth=depth + 1)
        case nodes.Logical(op="and" | "or" as op, operands=operands):
            inside = [
                comparisons(scene, each, holds=holds, depth=depth + 1)
                for each in operands
            ]
            found = tuple(each for group in inside for each in group)
            if all(inside) or (op == "and") != holds:
                return found
            return tuple(each for each in found if each.holds)
        case nodes.Name() as name:
            value = bound_value(scene, name)
            if isinstance(value, nodes.Binary | nodes.Logical | nodes.Call):
                return comparisons(scene, value, holds=holds, depth=depth + 1)
            return ()
        case other:
            return tuple(
                replace(each, holds=each.holds == holds)
                for each in compared(scene, other, depth)
            )


def compared(
    scene: Scene, node: nodes.Expression, depth: int = 0
) -> tuple[Comparison, ...]:
    """What one test compares, that is made of no others: a guard counts as one."""
    match node:
        case nodes.Binary():
            return tuple(_binary(scene, node))
        case nodes.Call():
            return tuple(_called(scene, node, depth))
        case _:
            return ()


def _binary(scene: Scene, node: nodes.Binary) -> Iterator[Comparison]:
    match node.op:
        case "==" | "!=" | "is" | "is not":
            holds = node.op in {"==", "is"}
            yield from _equality(scene, node, holds=holds)
        case "in" | "not in" if carriers(scene).carries(node.left):
            texts, complete = members(scene, node.right)
            if texts:
                for message in subjects(scene, node.left):
                    yield Comparison(
                        message, texts, node, "equals", complete, node.op == "in"
                    )
        case "instanceof":
            yield from _instance(scene, node, node.left, node.right)
        case _:
            return


def _equality(scene: Scene, node: nodes.Binary, *, holds: bool) -> Iterator[Comparison]:
    """``kind == constant``, either way round; an import out of sight has no values."""
    for left, right in ((node.left, node.right), (node.right, node.left)):
        if not carriers(scene).carries(left):
            continue
        texts, complete = _compared_with(scene, strip(right))
        if texts == ("",) or not (texts or complete):
            continue
        how: How = "table" if len(texts) > 1 else "equals"
        for message in subjects(scene, left):
            yield Comparison(message, texts, node, how, bool(texts), holds)
        return


def _compared_with(
    scene: Scene, node: nodes.Expression
) -> tuple[tuple[str, ...], bool]:
    """The constants on the other side, or none of them and whether it stands for one.

    A variable that starts as a constant is none.
    """
    if isinstance(node, nodes.Literal):
        return constants(scene, node)[0], False
    if not isinstance(node, nodes.Name | nodes.Member | nodes.Index):
        return (), False
    texts, complete = constants(scene, node)
    if texts and complete:
        return texts, True
    return (), _imported(scene, node)


def _imported(scene: Scene, node: nodes.Expression) -> bool:
    """Whether an expression is what an import names, or a member of it."""
    while isinstance(node, nodes.Member):
        node = strip(node.object)
    if not isinstance(node, nodes.Name):
        return False
    binding = scene.program.binding(node)
    return binding is not None and binding.writes[0].kind == "import"


def _called(scene: Scene, call: nodes.Call, depth: int) -> Iterator[Comparison]:
    name = last_name(call.function)
    arguments = [argument.value for argument in call.arguments]
    match strip(call.function):
        case nodes.Member(object=inner) if (
            scene.says("holds-it", name) and len(arguments) == 1
        ):
            found = subjects(scene, arguments[0])
            texts, complete = members(scene, inner) if found else ((), False)
            for message in found if texts else ():
                yield Comparison(message, texts, call, "equals", complete)
        case nodes.Member(object=inner) if (
            scene.says("begins-with", name) and arguments
        ):
            texts, complete = constants(scene, arguments[0])
            for message in subjects(scene, inner) if texts else ():
                yield Comparison(message, texts, call, "prefix", complete)
        case nodes.Name(id="isinstance") if len(arguments) == 2:
            yield from _instance(scene, call, *arguments)
        case _:
            yield from _guarded(scene, call, depth)


def _instance(
    scene: Scene,
    node: nodes.Expression,
    value: nodes.Expression,
    kinds: nodes.Expression,
) -> Iterator[Comparison]:
    """``isinstance(message, Model)``: the tag of the model is what is compared."""
    for found in validated(scene, value):
        for field, texts in _tags(scene, kinds):
            message = found.message
            below = replace(message, path=(*message.path, field))
            yield Comparison(below, texts, node, "isinstance", bool(texts))


def _tags(
    scene: Scene, kinds: nodes.Expression
) -> Iterator[tuple[str, tuple[str, ...]]]:
    kinds = strip(kinds)
    if isinstance(kinds, nodes.Sequence):
        for item in kinds.items:
            yield from _tags(scene, item)
        return
    if isinstance(kinds, nodes.Binary):
        yield from _tags(scene, kinds.left)
        yield from _tags(scene, kinds.right)
        return
    for value in scene.program.values(kinds):
        if isinstance(value, values.ClassRef):
            yield tag_of(scene, value.node)


def tag_of(scene: Scene, cls: nodes.ClassDef) -> tuple[str, tuple[str, ...]]:
    """The field by which a model is told apart and its values there; ("type", ())."""
    for keyword in cls.keywords:
        if keyword.keyword == "tag":
            texts, _ = constants(scene, keyword.value)
            return "type", texts
    found: dict[str, tuple[str, ...]] = {}
    for name, annotation in fields_of(scene, cls):
        alternatives = scene.program.typed(annotation)
        texts = tuple(
            v.value
            for v in alternatives
            if isinstance(v, values.Const) and isinstance(v.value, str)
        )
        if texts and len(texts) == len(alternatives):
            found.setdefault(name, texts)
    name = min(found, key=preference, default="type")
    return name, found.get(name, ())


def fields_of(
    scene: Scene, cls: nodes.ClassDef, depth: int = 0
) -> Iterator[tuple[str, nodes.Expression]]:
    """The annotated fields of a class and its bases, with their annotations."""
    for member in cls.members:
        match member:
            case nodes.Bind(target=nodes.Name(id=name), annotation=annotation) if (
                annotation is not None
            ):
                yield name, annotation
            case _:
                continue
    if depth < STEPS:
        for base in cls.bases:
            for value in scene.program.values(base):
                if isinstance(value, values.ClassRef) and value.node is not cls:
                    yield from fields_of(scene, value.node, depth + 1)


def _guarded(scene: Scene, call: nodes.Call, depth: int) -> Iterator[Comparison]:
    """A call of a type guard of the project: what its body compares."""
    guards = [f for f in scene.functions_of(call.function) if is_guard(f)]
    if not any(subjects(scene, a.value) for a in call.arguments if guards):
        return
    for function in guards:
        for node in own_of(function):
            if isinstance(node, nodes.Return) and node.value is not None:
                for each in comparisons(scene, node.value, depth=depth + 1):
                    if each.holds:
                        yield replace(each, node=call, how="guard")


def is_guard(function: nodes.Function) -> bool:
    """Whether a function only answers a question: a type guard, or a lone test."""
    declared = function.returns
    if isinstance(declared, nodes.Unary) and declared.op == "asserts":
        return True
    if isinstance(declared, nodes.Binary) and declared.op == "is":
        return True
    if isinstance(declared, nodes.Index) and last_name(declared) in {
        "TypeGuard",
        "TypeIs",
    }:
        return True
    match function.body:
        case (nodes.Return(value=value),) if value is not None:
            return isinstance(strip(value), nodes.Binary | nodes.Logical | nodes.Not)
        case _:
            return False


def class_pattern(
    scene: Scene, subject: nodes.Expression, pattern: nodes.Expression
) -> Iterator[Comparison]:
    """What a ``case`` of a ``match`` on a whole message compares."""
    match pattern:
        case nodes.Assign(value=inner):
            yield from class_pattern(scene, subject, inner)
        case nodes.Binary(op="|", left=left, right=right):
            yield from class_pattern(scene, subject, left)
            yield from class_pattern(scene, subject, right)
        case nodes.Call(function=function):
            yield from _instance(scene, pattern, subject, function)
        case nodes.Record(entries=entries):
            yield from _mapping_pattern(scene, subject, entries, pattern)
        case _:
            return


def _mapping_pattern(
    scene: Scene,
    subject: nodes.Expression,
    entries: tuple[nodes.Entry, ...],
    pattern: nodes.Expression,
) -> Iterator[Comparison]:
    whole = [m for m in subjects(scene, subject) if not m.path or m.path == (ELEMENT,)]
    found: list[Comparison] = []
    for entry in entries:
        if entry.key is None:
            continue
        keys, _ = constants(scene, entry.key)
        texts, complete = constants(scene, entry.value)
        if keys and texts:
            found.extend(
                Comparison(
                    replace(m, path=(*m.path, keys[0])),
                    texts,
                    pattern,
                    "equals",
                    complete,
                )
                for m in whole
            )
    found.sort(key=lambda each: preference(each.message.path[-1]))
    yield from found[: len(whole)]
