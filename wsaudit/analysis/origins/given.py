"""Given: what callers pass for a parameter, and what functions give back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program.tree import own_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program import Program
    from wsaudit.program.calls import CallSite


@dataclass(frozen=True, slots=True)
class Given:
    """What one caller passes; ``value`` is None where its arguments are spread."""

    site: CallSite
    value: nodes.Expression | None


def parameter_of(program: Program, node: nodes.Expression) -> nodes.Parameter | None:
    """The parameter that an expression stands for, whole and never changed."""
    node = strip(node)
    binding = program.binding(node) if isinstance(node, nodes.Name) else None
    if binding is None or not binding.constant or binding.writes[0].path:
        return None
    source = binding.writes[0].source
    return source if isinstance(source, nodes.Parameter) else None


def meant(program: Program, node: nodes.Expression) -> nodes.Expression | None:
    """The expression whose value a name is given once for all; None for all others."""
    node = strip(node)
    binding = program.binding(node) if isinstance(node, nodes.Name) else None
    if binding is None or not binding.constant:
        return None
    write = binding.writes[0]
    return write.value if write.kind == "assign" and not write.path else None


def given(program: Program, parameter: nodes.Parameter) -> tuple[Given, ...]:
    """What the callers pass for a parameter, or leave to its default.

    What tests pass to other code is left out: those are doubles.
    """
    function = program.function_of(parameter)
    if function is None:
        return ()
    found: list[Given] = []
    for site in program.callers(function):
        if not program.tests_only(site, function):
            found.extend(given_at(program, site, function, parameter))
    return tuple(found)


def given_at(
    program: Program,
    site: CallSite,
    function: nodes.Function,
    parameter: nodes.Parameter,
) -> Iterator[Given]:
    """What one caller passes for a parameter; nothing where it passes nothing."""
    argument = program.argument_for(site, function, parameter)
    if isinstance(argument, nodes.Node):
        yield Given(site, argument)
    elif argument is ...:
        yield Given(site, None)
    elif parameter.default is not None:
        yield Given(site, parameter.default)


def returned(function: nodes.Function) -> Iterator[nodes.Expression]:
    """The expressions that a function gives back."""
    for node in own_of(function):
        if isinstance(node, nodes.Return) and node.value is not None:
            yield node.value
