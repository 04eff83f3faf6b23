"""Option objects: components and stores that are written as one record.

``{ data() { return { text: "" } }, methods: { show() { this.text = … } } }``: the
``this`` of its functions has what all its parts hold, and so has what the call gives
that the record is handed to (``defineStore("chat", { … })``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.program.tree import key_of, strip
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.program.values import Instance, Values

OPTIONS = "flow#options"
"""What the functions of an options object know as ``this``."""
MAKER = "flow#makes-options"
"""What gives it when it is called: ``useChat`` of ``defineStore``."""
_STATE, _CALLED, _COMPUTED = "option-state", "option-methods", "option-computed"


def made(record: nodes.Record) -> Values:
    """The object that an options record makes."""
    return (values.Instance(OPTIONS, record),)


def around(program: Program, record: nodes.Record) -> nodes.Record | None:
    """The options record that a record is, or is a part of with functions in it."""
    if _is_options(program, record):
        return record
    entry = program.parents.get(record)
    outer = program.parents.get(entry) if isinstance(entry, nodes.Entry) else None
    if not isinstance(entry, nodes.Entry) or not isinstance(outer, nodes.Record):
        return None
    parts = program.library.spoken(_CALLED, _COMPUTED)
    return outer if key_of(entry) in parts and _is_options(program, outer) else None


def _is_options(program: Program, record: nodes.Record) -> bool:
    """Whether a record is handed to what makes a component or store of it.

    The default export of a ``.vue`` file is, as it stands.
    """
    above = program.parents.get(record)
    while isinstance(above, nodes.Cast):
        above = program.parents.get(above)
    if isinstance(above, nodes.Export):
        return above.default and program.module_of(record).path.endswith(".vue")
    call = program.parents.get(above) if isinstance(above, nodes.Argument) else None
    if not isinstance(above, nodes.Argument) or not isinstance(call, nodes.Call):
        return False
    for name in program.called(call):
        flow = program.library.flow(name)
        if flow is not None and flow.kind == "options":
            return call.arguments[flow.takes : flow.takes + 1] == (above,)
    return False


def called(program: Program, callee: Instance) -> Values | None:
    """What a call of something that makes options objects gives."""
    if callee.of != MAKER or not isinstance(callee.site, nodes.Call):
        return None
    found: list[Values] = []
    for argument in callee.site.arguments:
        record = strip(argument.value)
        if isinstance(record, nodes.Record) and _is_options(program, record):
            found.append(made(record))
        elif isinstance(record, nodes.Function):
            found.append(program.results(record))
    return values.merge(*found)


def member(program: Program, owner: Instance, name: str) -> Values | None:
    """What an options object has under a name; None where no part of it has it."""
    if owner.of != OPTIONS or not isinstance(owner.site, nodes.Record):
        return None
    found = [
        program.entry(record, name)
        for record in _parts(program, owner.site, _STATE, _CALLED)
        if _has(record, name)
    ]
    for record in _parts(program, owner.site, _COMPUTED):
        found.extend(
            program.callback_results(entry.value)
            for entry in record.entries
            if key_of(entry) == name
        )
    written = program.classes.expando(owner, name)
    return values.merge(*found, written) if found or written else None


def _parts(
    program: Program, options: nodes.Record, *kinds: str
) -> Iterator[nodes.Record]:
    """The records in the options of some kinds: as they stand, or what makes them."""
    keys = program.library.spoken(*kinds)
    for entry in options.entries:
        if key_of(entry) not in keys:
            continue
        for value in program.values(entry.value):
            if isinstance(value, values.Rec):
                yield value.node
            elif isinstance(value, values.Func):
                for result in program.results(value.function):
                    if isinstance(result, values.Rec):
                        yield result.node


def _has(record: nodes.Record, name: str) -> bool:
    return any(key_of(entry) == name for entry in record.entries)
