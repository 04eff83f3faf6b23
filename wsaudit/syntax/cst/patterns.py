"""``match``: its cases, and patterns as the expressions they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from wsaudit.syntax import nodes
from wsaudit.syntax.cst.reading import ReadExpression, Reading, ReadStatement

if TYPE_CHECKING:
    from collections.abc import Sequence


def _match(reading: Reading, node: cst.Match) -> list[nodes.Statement]:
    start, end = reading.span(node)
    subject = reading.expression(node.subject)
    cases = tuple([_case(reading, one) for one in node.cases])
    return [nodes.Switch(start, end, subject, cases)]


def _case(reading: Reading, node: cst.MatchCase) -> nodes.Case:
    """One case; a bare name matches everything too, and is kept for what it binds."""
    start, end = reading.span(node)
    found = _alternatives(node.pattern)
    default = node.guard is None and _takes_all(found[-1])
    if default and _wildcard(found[-1]):
        found = found[:-1]
    return nodes.Case(
        start,
        end,
        reading.all(found),
        guard=reading.maybe(node.guard),
        body=reading.block(node.body),
        default=default,
    )


def _alternatives(node: cst.MatchPattern) -> Sequence[cst.MatchPattern]:
    if isinstance(node, cst.MatchOr):
        return [one.pattern for one in node.patterns]
    return [node]


def _takes_all(node: cst.MatchPattern | None) -> bool:
    while isinstance(node, cst.MatchAs):
        if node.pattern is None:
            return True
        node = node.pattern
    return False


def _wildcard(node: cst.MatchPattern) -> bool:
    return isinstance(node, cst.MatchAs) and node.name is None


# -- patterns ------------------------------------------------------------------------


def _value(
    reading: Reading, node: cst.MatchValue | cst.MatchSingleton
) -> nodes.Expression:
    return reading.expression(node.value)


def _as(reading: Reading, node: cst.MatchAs) -> nodes.Expression:
    """A wildcard is the Name ``_``; ``pattern as name`` assigns to the name."""
    start, end = reading.span(node)
    if node.name is None:
        return nodes.Name(start, end, "_")
    name = reading.expression(node.name)
    if node.pattern is None:
        return name
    return nodes.Assign(start, end, name, reading.expression(node.pattern))


def _or(reading: Reading, node: cst.MatchOr) -> nodes.Expression:
    """Alternatives inside another pattern, as in a type."""
    start = reading.span(node)[0]
    first, *rest = reading.all(one.pattern for one in node.patterns)
    result = first
    for one in rest:
        result = nodes.Binary(start, one.end, "|", result, one)
    return result


def _sequence(reading: Reading, node: cst.MatchList | cst.MatchTuple) -> nodes.Sequence:
    items = reading.all(node.patterns)
    if isinstance(node, cst.MatchList):
        return nodes.Sequence(*reading.span(node), "list", items)
    return nodes.Sequence(*reading.inner(node), "tuple", items)


def _item(reading: Reading, node: cst.MatchSequenceElement) -> nodes.Expression:
    return reading.expression(node.value)


def _star(reading: Reading, node: cst.MatchStar) -> nodes.Spread:
    start = reading.span(node)[0]
    if node.name is None:
        at = reading.token_from(start + 1)
        return nodes.Spread(start, at + 1, nodes.Name(at, at + 1, "_"))
    name = reading.expression(node.name)
    return nodes.Spread(start, name.end, name)


def _mapping(reading: Reading, node: cst.MatchMapping) -> nodes.Record:
    entries = [_entry(reading, one) for one in node.elements]
    if node.rest is not None:
        rest = reading.expression(node.rest)
        entries.append(nodes.Entry(rest.start, rest.end, None, rest, "spread"))
    return nodes.Record(*reading.span(node), tuple(entries))


def _entry(reading: Reading, node: cst.MatchMappingElement) -> nodes.Entry:
    start, end = reading.span(node)[0], reading.outer(node.pattern)[1]
    key, value = reading.expression(node.key), reading.expression(node.pattern)
    computed = not isinstance(key, nodes.Literal)
    return nodes.Entry(start, end, key, value, computed=computed)


def _class(reading: Reading, node: cst.MatchClass) -> nodes.Call:
    start, end = reading.span(node)
    function = reading.expression(node.cls)
    given: list[cst.MatchSequenceElement | cst.MatchKeywordElement]
    given = [*node.patterns, *node.kwds]
    found = [_argument(reading, one) for one in given]
    return nodes.Call(start, end, function, tuple(found))


def _argument(
    reading: Reading, node: cst.MatchSequenceElement | cst.MatchKeywordElement
) -> nodes.Argument:
    start = reading.span(node)[0]
    if isinstance(node, cst.MatchSequenceElement):
        value, keyword = node.value, None
    else:
        value, keyword = node.pattern, node.key.value
    end = reading.outer(value)[1]
    return nodes.Argument(start, end, reading.expression(value), keyword)


EXPRESSIONS: dict[type[cst.CSTNode], ReadExpression] = {
    cst.MatchValue: _value,
    cst.MatchSingleton: _value,
    cst.MatchAs: _as,
    cst.MatchOr: _or,
    cst.MatchList: _sequence,
    cst.MatchTuple: _sequence,
    cst.MatchSequenceElement: _item,
    cst.MatchStar: _star,
    cst.MatchMapping: _mapping,
    cst.MatchClass: _class,
}
STATEMENTS: dict[type[cst.CSTNode], ReadStatement] = {cst.Match: _match}
