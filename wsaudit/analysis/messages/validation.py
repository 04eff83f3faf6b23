"""Validation: what was a message before a validator looked at it, and by which model.

What `Schema.parse(m)` or ``Model.model_validate(m)`` returns is no message any more:
`validated` follows it from the validator on, so that a dispatch on it is seen, and
`validations` are the calls themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.carriers import carriers
from wsaudit.analysis.messages.held import Message, messages, steps_of
from wsaudit.limits import DEEP
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Word

# Where a validator's result object holds what it validated.


@dataclass(frozen=True, slots=True)
class Validation:
    """A call that checks a message against a model.

    ``group`` is the dialects': "value" returns what it checked, "result" returns an
    object that holds it, "test" answers yes or no, "asserts" raises. ``classes`` are
    the classes of the model that are known, ``model`` is the schema's expression.
    """

    call: nodes.Call
    message: Message
    group: str
    classes: tuple[nodes.ClassDef, ...] = ()
    model: nodes.Expression | None = None


@dataclass(frozen=True, slots=True)
class Validated:
    """(A part of) a message that a validator let through; ``path`` lies below it."""

    validation: Validation
    path: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The part of the message that this is."""
        whole = self.validation.message
        return replace(whole, parsed=True, path=(*whole.path, *self.path))


@asked
def validations(scene: Scene) -> tuple[Validation, ...]:
    """The calls in the code of connections that validate a message."""
    return tuple(_validations(scene))


def _validations(scene: Scene) -> Iterator[Validation]:
    for call in scene.calls_in(carriers(scene).functions):
        if not any(carriers(scene).carries(a.value) for a in call.arguments):
            continue
        word = _word(scene, call)
        if word is not None:
            yield from _by_word(scene, call, word)
        else:
            yield from _by_constructor(scene, call)


def validator_of(scene: Scene, call: nodes.Call) -> Word | None:
    """The dialects' word for the validator that a call is, if it is one."""
    return _word(scene, call)


def _word(scene: Scene, call: nodes.Call) -> Word | None:
    for value in scene.program.values(call.function):
        match value:
            case (
                values.External(name=name, receiver=on)
                | values.Instance(of=name, receiver=on)
            ):
                word = scene.dialects.match_word(
                    "validate", scene.program.canonical(name)
                )
                if word is not None and _applies(call, word, on):
                    return word
            case _:
                continue
    return None


def _applies(call: nodes.Call, word: Word, on: values.Instance | None) -> bool:
    """Whether a type is given: to a "typed" call, or to what made an "adapted" one."""
    if word.group == "adapted" and on is not None and isinstance(on.site, nodes.Call):
        return bool(on.site.arguments)
    return word.group != "typed" or len(call.arguments) > 1


def _by_word(scene: Scene, call: nodes.Call, word: Word) -> Iterator[Validation]:
    position = word.takes or 0
    plain = [argument for argument in call.arguments if argument.keyword is None]
    if len(plain) <= position:
        return
    group = "value" if word.group in {"typed", "adapted"} else word.group
    model = _model(call, position)
    for message in messages(scene, plain[position].value):
        yield Validation(call, message, group, _classes(scene, model), model)


def _model(call: nodes.Call, position: int) -> nodes.Expression | None:
    for argument in call.arguments:
        if argument.keyword == "type":
            return argument.value
    for index, argument in enumerate(call.arguments):
        if index != position and argument.keyword is None:
            return argument.value
    return call.function.object if isinstance(call.function, nodes.Member) else None


def _by_constructor(scene: Scene, call: nodes.Call) -> Iterator[Validation]:
    """``Model(**message)`` of a model that checks what it is made of."""
    for argument in call.arguments:
        if argument.spread != "**":
            continue
        classes = tuple(
            value.node
            for value in scene.program.values(call.function)
            if isinstance(value, values.ClassRef) and is_model(scene, value.node)
        )
        if classes:
            for message in messages(scene, argument.value):
                yield Validation(call, message, "value", classes, call.function)


def is_model(scene: Scene, cls: nodes.ClassDef, depth: int = 0) -> bool:
    """Whether a class checks its data when it is made, by its bases."""
    for base in cls.bases:
        for value in scene.program.values(base):
            match value:
                case values.External(name=name) | values.Instance(of=name):
                    main = scene.program.canonical(name).removesuffix("[]")
                    if scene.dialects.match_word("model", main) is not None:
                        return True
                case values.ClassRef(node=node) if depth < DEEP and node is not cls:
                    if is_model(scene, node, depth + 1):
                        return True
                case _:
                    continue
    return False


def _classes(
    scene: Scene, model: nodes.Expression | None
) -> tuple[nodes.ClassDef, ...]:
    """The classes that a model stands for: itself, or the members of a union."""
    if model is None:
        return ()
    found: dict[nodes.ClassDef, None] = {}
    for value in (
        *scene.program.values(model),
        *scene.program.typed(model),
    ):
        match value:
            case values.ClassRef(node=cls) | values.Object(node=cls):
                found[cls] = None
            case values.Instance(of=of, site=nodes.Call() as made) if (
                made.arguments and scene.dialects.match_word("adapter", of) is not None
            ):
                inner = made.arguments[0].value
                found.update(dict.fromkeys(_classes(scene, inner)))
            case _:
                continue
    return tuple(found)


# -- what comes out of them ------------------------------------------------------


def validated(scene: Scene, node: nodes.Expression) -> tuple[Validated, ...]:
    """The validated messages that an expression may be (a part of), each once."""
    return tuple(dict.fromkeys(_validated(scene, node, 0)))


def _validated(scene: Scene, node: nodes.Expression, depth: int) -> Iterator[Validated]:
    if depth > DEEP or not validations(scene):
        return
    node = strip(node)
    by_value = list(_by_value(scene, node))
    if by_value:
        yield from by_value
        return
    match node:
        case nodes.Member(object=inner, name=name):
            yield from _below(scene, inner, name, depth)
        case nodes.Index(object=inner, index=nodes.Literal(value=str() as key)):
            yield from _below(scene, inner, key, depth)
        case nodes.Name():
            binding = scene.program.binding(node)
            if binding is not None and binding.constant:
                write = binding.writes[0]
                if write.value is not None and write.kind == "assign":
                    for found in _validated(scene, write.value, depth + 1):
                        steps = tuple(str(step) for step in write.path)
                        yield replace(found, path=(*found.path, *steps))
        case _:
            return


def _below(
    scene: Scene, inner: nodes.Expression, name: str, depth: int
) -> Iterator[Validated]:
    for found in _validated(scene, inner, depth + 1):
        yield replace(found, path=(*found.path, name))


def _by_value(scene: Scene, node: nodes.Expression) -> Iterator[Validated]:
    table = _tables(scene)
    for value in scene.program.values(node):
        match value:
            case values.Object(node=cls):
                for validation in table.by_class.get(cls, ()):
                    yield Validated(validation)
            case values.Instance() | values.External():
                yield from _from_call(scene, table, value)
            case _:
                continue


@dataclass(frozen=True, slots=True)
class _Tables:
    by_call: dict[nodes.Call, list[Validation]]
    by_class: dict[nodes.ClassDef, list[Validation]]


@asked
def _tables(scene: Scene) -> _Tables:
    tables = _Tables({}, {})
    for validation in validations(scene):
        if validation.group in {"value", "result"}:
            tables.by_call.setdefault(validation.call, []).append(validation)
            for cls in validation.classes:
                tables.by_class.setdefault(cls, []).append(validation)
    return tables


def _from_call(
    scene: Scene, tables: _Tables, value: values.Instance | values.External
) -> Iterator[Validated]:
    """The validator's call that a value comes from, and the steps down from there."""
    name = value.name if isinstance(value, values.External) else value.of
    at: values.Instance | None = (
        value if isinstance(value, values.Instance) else value.receiver
    )
    while at is not None:
        found = tables.by_call.get(at.site) if isinstance(at.site, nodes.Call) else None
        if found and name.startswith(at.of):
            steps = steps_of(name[len(at.of) :])
            for validation in found:
                inside = (
                    steps[1:]
                    if validation.group == "result"
                    and steps
                    and scene.says("holds-validated", steps[0])
                    else steps
                )
                yield Validated(validation, inside)
            return
        at = at.receiver
