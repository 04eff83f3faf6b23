"""Names, chains of members and calls, displays, comprehensions, ``await``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal as Only

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.reading import LONGEST, ReadExpression, Reading

_Link = cst.Attribute | cst.Subscript | cst.Call
_Constant = tuple[Only["boolean", "null"], bool | None]

_CONSTANTS: dict[str, _Constant] = {
    "True": ("boolean", True),
    "False": ("boolean", False),
    "None": ("null", None),
}


def _name(reading: Reading, node: cst.Name) -> nodes.Expression:
    start, end = reading.spans[id(node)]
    constant = _CONSTANTS.get(node.value)
    if constant is None:
        return nodes.Name(start, end, node.value)
    return nodes.Literal(start, end, *constant)


# -- members, indexes and calls ------------------------------------------------------


def _links(reading: Reading, node: _Link) -> nodes.Expression:
    """Read ``a.b[c](d)``: down the left side, then back up link by link."""
    links: list[_Link] = []
    at: cst.BaseExpression = node
    while isinstance(at, _Link):
        links.append(at)
        at = at.func if isinstance(at, cst.Call) else at.value
    result = reading.expression(at)
    pieces: list[nodes.Expression] = []
    links.reverse()
    for count, link in enumerate(links):
        if count and count % LONGEST == 0:
            pieces.append(result)
            result = nodes.Opaque(result.start, result.end, what="chain")
        result = _link(reading, link, result)
    if not pieces:
        return result
    return nodes.Opaque(result.start, result.end, (*pieces, result), "chain")


def _link(reading: Reading, link: _Link, base: nodes.Expression) -> nodes.Expression:
    start, end = reading.spans[id(link)]
    if isinstance(link, cst.Attribute):
        name = link.attr
        at = reading.spans[id(name)][0]
        return nodes.Member(start, end, base, name.value, at)
    if isinstance(link, cst.Call):
        return nodes.Call(start, end, base, arguments(reading, link.args))
    return nodes.Index(start, end, base, _index(reading, link))


def arguments(reading: Reading, found: Iterable[cst.Arg]) -> tuple[nodes.Argument, ...]:
    """The arguments of a call, or of the head of a class."""
    return tuple(
        [
            nodes.Argument(
                reading.span(one)[0],
                reading.outer(one.value)[1],
                reading.expression(one.value),
                None if one.keyword is None else one.keyword.value,
                one.star,
            )
            for one in found
        ]
    )


def _index(reading: Reading, node: cst.Subscript) -> nodes.Expression:
    """One index as it is; several, also ``x[1,]``, are a tuple."""
    items = [_subscript(reading, one) for one in node.slice]
    last = node.slice[-1]
    if len(items) == 1 and not isinstance(last.comma, cst.Comma):
        return items[0]
    start, end = reading.span(node.slice[0])[0], reading.span(last)[1]
    return nodes.Sequence(start, end, "tuple", tuple(items))


def _subscript(reading: Reading, node: cst.SubscriptElement) -> nodes.Expression:
    inside = node.slice
    if isinstance(inside, cst.Index):
        value = reading.expression(inside.value)
        return nodes.Spread(*reading.span(node), value) if inside.star else value
    bounds = inside.children if isinstance(inside, cst.Slice) else ()
    children = reading.all(one for one in bounds if isinstance(one, cst.BaseExpression))
    return nodes.Opaque(*reading.span(node), children, "Slice")


# -- displays ------------------------------------------------------------------------


def _tuple(reading: Reading, node: cst.Tuple) -> nodes.Sequence:
    start, end = reading.inner(node)
    return nodes.Sequence(start, end, "tuple", reading.all(node.elements))


def _list(reading: Reading, node: cst.List) -> nodes.Sequence:
    start, end = reading.span(node)
    return nodes.Sequence(start, end, "list", reading.all(node.elements))


def _set(reading: Reading, node: cst.Set) -> nodes.Sequence:
    start, end = reading.span(node)
    return nodes.Sequence(start, end, "set", reading.all(node.elements))


def _element(reading: Reading, node: cst.Element) -> nodes.Expression:
    return reading.expression(node.value)


def _starred(reading: Reading, node: cst.StarredElement) -> nodes.Spread:
    start, end = reading.span(node)
    return nodes.Spread(start, end, reading.expression(node.value))


def _dict(reading: Reading, node: cst.Dict) -> nodes.Record:
    start, end = reading.span(node)
    entries = [_entry(reading, one) for one in node.elements]
    return nodes.Record(start, end, tuple(entries))


def _entry(reading: Reading, node: cst.BaseDictElement) -> nodes.Entry:
    start, end = reading.span(node)
    if not isinstance(node, cst.DictElement):
        return nodes.Entry(start, end, None, reading.expression(node.value), "spread")
    key = reading.expression(node.key)
    value = reading.expression(node.value)
    return nodes.Entry(
        start, end, key, value, computed=not isinstance(key, nodes.Literal)
    )


# -- comprehensions ------------------------------------------------------------------

_COMPREHENSIONS: dict[type[cst.CSTNode], Only["list", "set", "generator"]] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.GeneratorExp: "generator",
}


def _comprehension(reading: Reading, node: cst.BaseSimpleComp) -> nodes.Comprehension:
    kind = _COMPREHENSIONS[type(node)]
    start, end = reading.inner(node) if kind == "generator" else reading.span(node)
    element = reading.expression(node.elt)
    clauses = tuple(_clauses(reading, node.for_in))
    return nodes.Comprehension(start, end, kind, element, clauses)


def _dict_comprehension(reading: Reading, node: cst.DictComp) -> nodes.Comprehension:
    key, value = reading.expression(node.key), reading.expression(node.value)
    clauses = tuple(_clauses(reading, node.for_in))
    return nodes.Comprehension(*reading.span(node), "dict", value, clauses, key)


def _clauses(
    reading: Reading, node: cst.CompFor
) -> Iterator[nodes.ComprehensionClause]:
    at: cst.CompFor | None = node
    while at is not None:
        inner = at.inner_for_in
        yield nodes.ComprehensionClause(
            reading.token_from(reading.begins[id(at)]),
            reading.span(at)[1] if inner is None else reading.begins[id(inner)],
            reading.expression(at.target),
            reading.expression(at.iter),
            reading.all(test.test for test in at.ifs),
            at.asynchronous is not None,
        )
        at = inner


# -- the rest ------------------------------------------------------------------------


def _await(reading: Reading, node: cst.Await) -> nodes.Await:
    start, end = reading.span(node)
    return nodes.Await(start, end, reading.expression(node.expression))


def _yield(reading: Reading, node: cst.Yield) -> nodes.Yield:
    reading.yields = True
    start, end = reading.span(node)
    if isinstance(node.value, cst.From):
        return nodes.Yield(start, end, reading.expression(node.value.item), True)  # noqa: FBT003
    return nodes.Yield(start, end, reading.maybe(node.value))


def _walrus(reading: Reading, node: cst.NamedExpr) -> nodes.Assign:
    start, end = reading.span(node)
    target = reading.expression(node.target)
    return nodes.Assign(start, end, target, reading.expression(node.value))


EXPRESSIONS: dict[type[cst.CSTNode], ReadExpression] = {
    cst.Name: _name,
    cst.Attribute: _links,
    cst.Subscript: _links,
    cst.Call: _links,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Element: _element,
    cst.StarredElement: _starred,
    cst.Dict: _dict,
    **dict.fromkeys(_COMPREHENSIONS, _comprehension),
    cst.DictComp: _dict_comprehension,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.NamedExpr: _walrus,
}
