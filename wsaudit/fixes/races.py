"""Fixes of the chapter races: handlers that outlive the values they were made with."""

from __future__ import annotations

from collections.abc import Iterator

from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import Layout, free_name, layout_of
from wsaudit.outcome import Finding
from wsaudit.program import stores, tree, values
from wsaudit.program.names import Binding
from wsaudit.syntax import nodes

PREVIOUS = ("previous", "before", "current", "known")


@fixes("WS206")
def snapshot_write_loses_messages(finding: Finding, ground: Ground) -> Fix | None:
    """Give the setter of a state a function of the previous value."""
    layout = layout_of(ground, finding.at.path)
    setter = ground.node_at(finding.at, nodes.Name)
    call = ground.scene.program.parents.get(setter) if setter else None
    if layout is None or setter is None or not isinstance(call, nodes.Call):
        return None
    state = _state_of(setter, ground)
    if state is None or len(call.arguments) != 1 or call.arguments[0].spread:
        return None
    value = call.arguments[0].value
    reads = list(_reads(state, value, ground))
    name = free_name(ground, call, *PREVIOUS)
    if not reads or not name or isinstance(value, nodes.Function) or _waits(value):
        return None
    record = isinstance(value, nodes.Record)
    edits = [
        layout.insert(value.start, f"({name}) => {'(' if record else ''}"),
        *(_put(layout, read, name, ground) for read in reads),
    ]
    first = next((edit for edit in edits[1:] if edit.at.start == value.start), None)
    if first is not None:
        edits = [Edit(first.at, edits[0].text + first.text), *edits[1:]]
        edits.remove(first)
    if record:
        edits.append(layout.insert(value.end, ")"))
    title = f"build it from the value that `{tree.dotted(setter)}` has by then"
    return Fix(title, Applicability.SAFE, tuple(edits))


def _state_of(setter: nodes.Name, ground: Ground) -> Binding | None:
    """The variable that a setter belongs to: ``[state, setter] = …`` of a state."""
    binding = ground.scene.program.binding(setter)
    if binding is None or not binding.constant:
        return None
    bind = tree.statement_of(binding.writes[0].at, ground.scene.program.parents)
    match bind:
        case nodes.Bind(
            target=nodes.Sequence(
                items=(nodes.Name() as state, nodes.Name() as second)
            ),
            value=nodes.Call() as hook,
        ) if second.id == setter.id and any(
            isinstance(each, values.Instance) and each.of == stores.HELD
            for each in ground.scene.program.values(hook)
        ):
            return ground.scene.program.binding(state)
        case _:
            return None


def _reads(
    binding: Binding, inside: nodes.Node, ground: Ground
) -> Iterator[nodes.Name]:
    for node in tree.walk(inside):
        if (
            isinstance(node, nodes.Name)
            and ground.scene.program.binding(node) is binding
        ):
            yield node


def _waits(value: nodes.Node) -> bool:
    return any(isinstance(node, nodes.Await | nodes.Yield) for node in tree.walk(value))


def _put(layout: Layout, read: nodes.Name, text: str, ground: Ground) -> Edit:
    """Another expression in the place of a read, also where a record is short."""
    entry = ground.scene.program.parents.get(read)
    if isinstance(entry, nodes.Entry) and entry.kind == "shorthand":
        return layout.replace(read, f"{read.id}: {text}")
    return layout.replace(read, text)


@fixes("WS205")
def stale_closure_in_socket_handler(finding: Finding, ground: Ground) -> Fix | None:
    """Read what was selected from a store when the handler runs, from the store."""
    program = ground.scene.program
    layout = layout_of(ground, finding.at.path)
    read = ground.node_at(finding.at, nodes.Name)
    binding = program.binding(read) if read else None
    if layout is None or read is None or binding is None or not binding.constant:
        return None
    fresh = _fresh(binding, ground)
    callback = _callback(read, binding, ground)
    if not fresh or callback is None:
        return None
    edits = [
        _put(layout, each, fresh, ground) for each in _reads(binding, callback, ground)
    ]
    declared = binding.writes[0].at
    others = [
        node
        for node in tree.walk(layout.module)
        if isinstance(node, nodes.Name)
        and node is not declared
        and program.binding(node) is binding
    ]
    if len(edits) == len(others):
        edits += _undeclared(binding, layout, ground)
    title = f"read `{fresh}` when the message comes"
    return Fix(title, Applicability.SAFE, tuple(edits))


def _undeclared(binding: Binding, layout: Layout, ground: Ground) -> list[Edit]:
    """Without the line that declares what nobody reads any more."""
    at = binding.writes[0].at
    statement = tree.statement_of(at, ground.scene.program.parents)
    if not layout.has_lines(statement):
        return []
    end = layout.end_of_line(statement.end)
    newline = layout.newline(statement.end).encode()
    if layout.source.data[end : end + len(newline)] == newline:
        end += len(newline)
    return [Edit(layout.place(layout.start_of_line(statement.start), end), "")]


def _fresh(binding: Binding, ground: Ground) -> str:
    """The code that reads a selected value anew: ``useDesk.getState().open``."""
    program = ground.scene.program
    bind = tree.statement_of(binding.writes[0].at, program.parents)
    match bind:
        case nodes.Bind(
            target=nodes.Name(),
            value=nodes.Call(
                function=nodes.Name() as hook,
                arguments=(
                    nodes.Argument(
                        value=nodes.Function(
                            parameters=(nodes.Parameter(target=nodes.Name() as state),),
                            body=(nodes.Return(value=nodes.Member() as path),),
                        )
                    ),
                ),
            ),
        ) if any(map(stores.is_store, program.values(hook))):
            parts = tree.dotted(path).split(".")
            reader = next(iter(program.library.spoken("reads-store")), "")
            if parts[0] == state.id and reader and _is_hook(hook, ground):
                return ".".join((f"{hook.id}.{reader}()", *parts[1:]))
    return ""


def _is_hook(hook: nodes.Name, ground: Ground) -> bool:
    """Whether the name of a store's hook means the same in every function."""
    binding = ground.scene.program.binding(hook)
    return binding is not None and not binding.is_local


def _callback(
    read: nodes.Name, binding: Binding, ground: Ground
) -> nodes.Function | None:
    """The outermost function around a read that is not run by the render itself."""
    program = ground.scene.program
    found = None
    for around in tree.ancestors(read, program.parents):
        if around is binding.scope.node:
            return found
        if isinstance(around, nodes.Function):
            found = around
    return None
