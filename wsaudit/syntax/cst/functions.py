"""Functions, their parameters, classes and type aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as Only

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.expressions import arguments
from wsaudit.syntax.cst.reading import ReadExpression, Reading, ReadStatement

_Kind = Only["plain", "keyword", "rest", "keywords"]
_GETTERS = frozenset({"property", "cached_property", "abstractproperty"})
_STATIC = frozenset({"staticmethod", "classmethod"})


# -- parameters ----------------------------------------------------------------------


def _parameters(reading: Reading, node: cst.Parameters) -> tuple[nodes.Parameter, ...]:
    return tuple([_parameter(reading, one, kind) for one, kind in _by_kind(node)])


def _parameter(reading: Reading, node: cst.Param, kind: _Kind) -> nodes.Parameter:
    start, end = reading.span(node)  # libcst measures the name alone
    target = reading.expression(node.name)
    annotation = default = None
    if node.annotation is not None:
        annotation = reading.expression(node.annotation.annotation)
        end = reading.outer(node.annotation.annotation)[1]
    if node.default is not None:
        default = reading.expression(node.default)
        end = reading.outer(node.default)[1]
    return nodes.Parameter(start, end, target, annotation, default, kind)


def _by_kind(
    node: cst.Parameters,
) -> Iterator[tuple[cst.Param, _Kind]]:
    for one in (*node.posonly_params, *node.params):
        yield one, "plain"
    if isinstance(node.star_arg, cst.Param):
        yield node.star_arg, "rest"
    for one in node.kwonly_params:
        yield one, "keyword"
    if node.star_kwarg is not None:
        yield node.star_kwarg, "keywords"


def _type_parameters(
    reading: Reading, node: cst.TypeParameters | None
) -> Iterator[nodes.Statement]:
    """The bounds and defaults of ``[T: bound = default]``, in front of what has it.

    The parameters themselves leave nothing behind.
    """
    found = [
        reading.expression(part)
        for one in (() if node is None else node.params)
        for part in (getattr(one.param, "bound", None), one.default)
        if part is not None
    ]
    if found:
        start, end = found[0].start, found[-1].end
        inside = nodes.Opaque(start, end, tuple(found), "TypeParameters")
        yield nodes.Expr(start, end, inside)


# -- functions -----------------------------------------------------------------------


def _lambda(reading: Reading, node: cst.Lambda) -> nodes.Function:
    parameters = _parameters(reading, node.params)
    outside, reading.yields = reading.yields, False
    value = reading.expression(node.body)
    is_generator, reading.yields = reading.yields, outside
    return nodes.Function(
        *reading.span(node),
        "",
        parameters,
        (nodes.Return(value.start, value.end, value),),
        "lambda",
        is_generator=is_generator,
        concise=True,
    )


def _function_def(reading: Reading, node: cst.FunctionDef) -> Iterator[nodes.Statement]:
    yield from _type_parameters(reading, node.type_parameters)
    decorators = reading.all(one.decorator for one in node.decorators)
    start, end = reading.span(node)
    yield nodes.FunctionDef(
        reading.span(node.decorators[0])[0] if decorators else start,
        end,
        node.name.value,
        reading.span(node.name)[0],
        _function(reading, node),
        decorators,
        _method_kind(node) if reading.in_class else "function",
        reading.in_class and not _STATIC.isdisjoint(map(_last_name, node.decorators)),
    )


def _function(reading: Reading, node: cst.FunctionDef) -> nodes.Function:
    parameters = _parameters(reading, node.params)
    returns = None if node.returns is None else node.returns.annotation
    outside = reading.in_class, reading.yields
    reading.in_class = reading.yields = False
    body = reading.block(node.body)
    is_generator = reading.yields
    reading.in_class, reading.yields = outside
    return nodes.Function(
        *reading.span(node),
        node.name.value,
        parameters,
        body,
        "method" if reading.in_class else "def",
        node.asynchronous is not None,
        is_generator,
        reading.maybe(returns),
    )


def _method_kind(
    node: cst.FunctionDef,
) -> Only["method", "getter", "setter", "constructor"]:
    if node.name.value == "__init__":
        return "constructor"
    names = {_last_name(one) for one in node.decorators}
    if "setter" in names:
        return "setter"
    return "method" if names.isdisjoint(_GETTERS) else "getter"


def _last_name(node: cst.Decorator) -> str:
    """``setter`` of ``@a.setter``; empty for a decorator that is called."""
    found: cst.CSTNode = node.decorator
    if isinstance(found, cst.Attribute):
        found = found.attr
    return found.value if isinstance(found, cst.Name) else ""


# -- classes and aliases -------------------------------------------------------------


def _class(reading: Reading, node: cst.ClassDef) -> Iterator[nodes.Statement]:
    yield from _type_parameters(reading, node.type_parameters)
    decorators = reading.all(one.decorator for one in node.decorators)
    bases = [
        nodes.Spread(one.start, one.end, one.value) if one.spread else one.value
        for one in arguments(reading, node.bases)
    ]
    keywords = arguments(reading, node.keywords)
    outside, reading.in_class = reading.in_class, True
    members = reading.block(node.body)
    reading.in_class = outside
    start, end = reading.span(node)
    yield nodes.ClassDef(
        reading.span(node.decorators[0])[0] if decorators else start,
        end,
        node.name.value,
        reading.span(node.name)[0],
        tuple(bases),
        members,
        decorators,
        keywords,
    )


def _alias(reading: Reading, node: cst.TypeAlias) -> Iterator[nodes.Statement]:
    yield from _type_parameters(reading, node.type_parameters)
    shape = reading.expression(node.value)
    start, end = reading.span(node)[0], reading.outer(node.value)[1]
    yield nodes.TypeDef(start, end, node.name.value, shape, "alias")


EXPRESSIONS: dict[type[cst.CSTNode], ReadExpression] = {cst.Lambda: _lambda}
STATEMENTS: dict[type[cst.CSTNode], ReadStatement] = {
    cst.FunctionDef: _function_def,
    cst.ClassDef: _class,
    cst.TypeAlias: _alias,
}
