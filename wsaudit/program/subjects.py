"""Subjects: what is told to those who listen, as values.

``subject.next(x)`` and ``bus.emit("said", x)`` give x to what was attached to the same
thing, for the same event: ``subject.subscribe(f)``, ``bus.on("said", f)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import folding, values
from wsaudit.program.tree import last_name, own_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.program.values import Values

CHANNEL = "flow#channel"
"""What a function fills by calling what it is given, and others read."""
_PIPES = frozenset({"pipe", "asObservable"})


def told(program: Program, listening: nodes.Call, position: int) -> Values:
    """What a listener that a call attaches may be given at a position."""
    if not isinstance(listening.function, nodes.Member):
        return ()
    source = _source(listening.function.object)
    called = last_name(source)
    of = program.cell(source) if called else None
    event = _event(program, listening, least=2)
    if of is None:
        return ()
    found: list[Values] = []
    for name in sorted(program.library.spoken("emits")):
        for call in program.calls_named(name):
            # What is told of is called alike by those who listen: few are asked about.
            if not isinstance(call.function, nodes.Member) or (
                last_name(call.function.object) != called
            ):
                continue
            named = None if event is None else _event(program, call, least=2)
            given = call.arguments[position + (named is not None) :][:1]
            if given and named == event and program.cell(call.function.object) == of:
                found.append(program.values(given[0].value))
    return values.merge(*found)


def taken(program: Program, channel: nodes.Expression) -> Values:
    """What is read from a channel: what the function that fills it puts in."""
    found = [program.values(each) for each in _put(program, channel)]
    return values.merge(*found) or (values.Unknown("a channel"),)


def read_in(program: Program, function: nodes.Function) -> Iterator[nodes.Expression]:
    """Where the channels are filled that a function reads from."""
    ends = program.library.flow_ends("channel-read")
    for node in own_of(function) if ends else ():
        if isinstance(node, nodes.Call) and last_name(node.function) in ends:
            for argument in node.arguments[:1]:
                yield from _put(program, argument.value)


def _put(program: Program, channel: nodes.Expression) -> Iterator[nodes.Expression]:
    """What the function of a channel calls its first parameter with."""
    for value in program.values(channel):
        if not isinstance(value, values.Instance) or value.of != CHANNEL:
            continue
        made = value.site.arguments[:1] if isinstance(value.site, nodes.Call) else ()
        for filler in (f for one in made for f in program.values(one.value)):
            if isinstance(filler, values.Func):
                yield from _called_with(program, filler.function)


def _called_with(
    program: Program, filler: nodes.Function
) -> Iterator[nodes.Expression]:
    target = filler.parameters[0].target if filler.parameters else None
    if not isinstance(target, nodes.Name):
        return
    binding = program.binding(target)
    for call in program.calls_named(target.id):
        if (
            call.arguments
            and isinstance(call.function, nodes.Name)
            and program.binding(call.function) is binding
        ):
            yield call.arguments[0].value


def _event(program: Program, call: nodes.Call, *, least: int) -> str | None:
    """The event that a call names first, None for one that is about one thing only."""
    if len(call.arguments) < least:
        return None
    return folding.fold_text(program, call.arguments[0].value)


def _source(node: nodes.Expression) -> nodes.Expression:
    """What a chain begins with: ``subject`` of ``subject.asObservable()``."""
    while (
        isinstance(node, nodes.Call)
        and isinstance(node.function, nodes.Member)
        and node.function.name in _PIPES
    ):
        node = node.function.object
    return node
