"""States: what a page shows, which calls write it, and which effects see it change.

`write_of` is the state write that a call is, `written_cells` the cells it changes,
`effects_on` the effects that run again when one changes, `shown` what is rendered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.analysis.components import Effect, effects, renders
from wsaudit.analysis.origins import given, returned
from wsaudit.program import stores, tree, values
from wsaudit.program.asked import asked, asked_in_circles
from wsaudit.program.cells import Cell, variable
from wsaudit.program.names import Binding
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Write
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node

Kind = Only["state", "reducer", "store", "query", "dispatch"]


_KINDS: dict[str, Kind] = {
    f"{stores.HELD}.set": "state",
    f"{stores.ATOM}.set": "state",
    f"{stores.REDUCED}.set": "reducer",
}


@dataclass(frozen=True, slots=True, eq=False)
class StateWrite:
    """A call that writes client state.

    ``kind``: "state" (a ``useState`` setter), "reducer" (``useReducer``), "store"
    (Zustand's ``set`` or ``setState``), "query" (a query client), "dispatch" (Redux).
    ``value`` is what is written: a value, or a function of the previous one.
    ``key`` tells writes of one state apart from writes of another.
    """

    call: nodes.Call
    kind: Kind
    value: nodes.Expression | None
    key: object | None


def writes_in(
    scene: Scene, functions: Iterable[nodes.Function]
) -> Iterator[StateWrite]:
    """The state writes that stand directly in some functions."""
    for call in scene.calls_in(functions):
        write = write_of(scene, call)
        if write is not None:
            yield write


@asked
def reducers_of(scene: Scene, write: StateWrite) -> tuple[nodes.Function, ...]:
    """The functions that work out the new state for what is dispatched, if known.

    An action of a slice has the name of its reducer.
    """
    found: dict[nodes.Function, None] = {}
    for value in scene.program.values(write.value) if write.value is not None else ():
        if not isinstance(value, values.Instance) or value.receiver is None:
            continue
        of = scene.program.canonical(value.receiver.of)
        word = scene.dialects.match_word("slice", of)
        site, name = value.receiver.site, value.of.removesuffix("()").rpartition(".")[2]
        if word is None or not isinstance(site, nodes.Call):
            continue
        for options in site.arguments[word.takes or 0 : (word.takes or 0) + 1]:
            for entry in _entries_named(scene, options.value, "reducers"):
                for reducer in _entries_named(scene, entry, name):
                    inner = (reducer, *_entries_named(scene, reducer, "reducer"))
                    for each in inner:
                        found.update(dict.fromkeys(scene.functions_of(each)))
    return tuple(found)


def _entries_named(
    scene: Scene, node: nodes.Expression, key: str
) -> Iterator[nodes.Expression]:
    for value in scene.program.values(node):
        for entry in value.node.entries if isinstance(value, values.Rec) else ():
            if tree.key_of(entry) == key:
                yield entry.value


@asked
def write_of(scene: Scene, call: nodes.Call) -> StateWrite | None:
    """The state write that a call is, if it is one."""
    value = call.arguments[0].value if call.arguments else None
    written = _written(scene, call.function)
    if written is not None:
        return StateWrite(call, written[0], value, written[1])
    atom = _atom_set(scene, call)
    if atom is not None:
        return atom
    name = last_name(call.function)
    if scene.says("writes-queries", name) and isinstance(call.function, nodes.Member):
        return StateWrite(call, "query", value, None)
    return None


def _atom_set(scene: Scene, call: nodes.Call) -> StateWrite | None:
    """``store.set(atom, value)``, outside of components."""
    word = scene.word("sets-atom", call)
    if word is None or word.takes is None or len(call.arguments) < word.takes + 2:
        return None
    atom, new = call.arguments[word.takes : word.takes + 2]
    for value in scene.program.values(atom.value):
        if isinstance(value, values.Instance) and isinstance(value.site, nodes.Call):
            key = values.Instance(stores.ATOM, value.site)
            return StateWrite(call, "state", new.value, key)
    return None


def handed_on(scene: Scene, call: nodes.Call) -> Iterator[StateWrite]:
    """The writes that a call may do with a setter it is given: ``setTimeout(set, t)``.

    What is written then is not known.
    """
    for argument in call.arguments:
        if isinstance(argument.value, nodes.Name | nodes.Member):
            written = _written(scene, argument.value)
            if written is not None:
                yield StateWrite(call, written[0], None, written[1])


def _written(
    scene: Scene, setter: nodes.Expression
) -> tuple[Kind, values.Instance | None] | None:
    """What a function writes, and whose it is."""
    for callee in scene.program.values(setter):
        if isinstance(callee, values.Instance) and callee.of == stores.DISPATCH:
            return "dispatch", callee
        if not isinstance(callee, values.External):
            continue
        name = scene.program.canonical(callee.name)
        if scene.dialects.match_word("dispatches", name) is not None:
            return "dispatch", callee.receiver
        kind = _KINDS.get(callee.name)
        if kind is None and stores.writes_store(scene.program, callee):
            kind = "store"
        if kind is not None:
            return kind, callee.receiver
    return None


# -- what an effect sees change --------------------------------------------------------


@asked
def sources_of_effect(scene: Scene, effect: Effect) -> frozenset[Cell]:
    """The cells whose change makes an effect run again.

    What its dependencies are made of, and the ``key`` of the component it is in.
    """
    watched = [*(effect.dependencies or ()), *_keys(scene, effect)]
    return frozenset(cell for node in watched for cell in sources(scene, node))


@asked
def effects_on(scene: Scene) -> dict[Cell, list[Effect]]:
    """The effects that run again when the state in each cell changes."""
    found: dict[Cell, list[Effect]] = {}
    for effect in effects(scene):
        for cell in sources_of_effect(scene, effect):
            found.setdefault(cell, []).append(effect)
    return found


def _keys(scene: Scene, effect: Effect) -> Iterator[nodes.Expression]:
    """What is given as ``key`` where the component is used: another one remounts it."""
    if effect.component is None:
        return
    for site in scene.program.callers(effect.component):
        if isinstance(site, nodes.Markup):
            for entry in site.attributes:
                if tree.key_of(entry) == "key":
                    yield entry.value


@asked_in_circles
def sources(scene: Scene, node: nodes.Expression) -> tuple[Cell, ...]:
    """The cells that an expression is made of, through the names in it."""
    return tuple(dict.fromkeys(_sources(scene, node)))


def _sources(scene: Scene, node: nodes.Expression) -> Iterator[Cell]:
    for part in _reads(node):
        cell = scene.program.cell(part)
        if cell is not None:
            yield cell
        if isinstance(part, nodes.Name):
            binding = scene.program.binding(part)
            for write in binding.writes if binding else ():
                yield from _of_write(scene, write)


def _reads(node: nodes.Expression) -> Iterator[nodes.Name | nodes.Member]:
    """The names and members read in an expression; not inside its functions."""
    if isinstance(node, nodes.Name | nodes.Member):
        yield node
    for part in tree.own(node):
        if isinstance(part, nodes.Name | nodes.Member):
            yield part


def _of_write(scene: Scene, write: Write) -> Iterator[Cell]:
    value = write.value
    if write.kind == "parameter" and isinstance(write.source, nodes.Parameter):
        yield from _of_parameter(scene, write, write.source)
    elif isinstance(value, nodes.Call):
        yield from _of_call(scene, value, write.path)
    elif value is not None and write.kind == "assign":
        yield from sources(scene, value)


def _of_parameter(
    scene: Scene, write: Write, parameter: nodes.Parameter
) -> Iterator[Cell]:
    for one in given(scene.program, parameter):
        if one.value is not None:
            yield from _part(scene, one.value, write.path)


def _of_call(
    scene: Scene, call: nodes.Call, path: tuple[str | int, ...]
) -> Iterator[Cell]:
    if scene.says("memoises", last_name(call.function)) and len(call.arguments) > 1:
        yield from sources(scene, call.arguments[1].value)
        return
    if _is_store(scene, call) and call.arguments:
        for function in scene.functions_of(call.arguments[0].value):
            yield from _returned(scene, function, ())
        return
    for function in scene.program.callees(call):
        yield from _returned(scene, function, path)


def _is_store(scene: Scene, call: nodes.Call) -> bool:
    return any(stores.is_store(value) for value in scene.program.values(call.function))


def _returned(
    scene: Scene, function: nodes.Function, path: tuple[str | int, ...]
) -> Iterator[Cell]:
    """What a hook (or selector) returns, the part of it that is taken."""
    for result in returned(function):
        yield from _part(scene, tree.strip(result), path)


def _part(
    scene: Scene, node: nodes.Expression, path: tuple[str | int, ...]
) -> Iterator[Cell]:
    """What a part of a record is made of, or all of what is not written out."""
    if path and isinstance(node, nodes.Record):
        for entry in node.entries:
            if tree.key_of(entry) == path[0]:
                yield from sources(scene, entry.value)
    else:
        yield from sources(scene, node)


@asked
def shown(scene: Scene) -> dict[Cell, Node]:
    """The cells that a page shows or is rendered by, each with where it is read.

    What stands in markup, is handed to a component, or decides what one returns.
    """
    found: dict[Cell, Node] = {}
    for module in scene.program.modules.values():
        for read in _rendered(scene, module):
            for cell in sources(scene, read):
                found.setdefault(cell, read)
    return found


def _rendered(scene: Scene, module: nodes.Module) -> Iterator[nodes.Expression]:
    program = scene.program
    for element in program.every(nodes.Markup, module):
        yield from element.children
        yield from (each.value for each in element.attributes)
    if module.language == "typescript":
        for choice in program.every(nodes.If, module):
            function = program.function_of(choice)
            if function is not None and renders(scene, function):
                yield choice.test


def written_cells(
    scene: Scene, write: StateWrite
) -> tuple[tuple[Cell, nodes.Expression | None], ...]:
    """The cells that a write of state changes, each with the value it gives."""
    if not isinstance(write.key, values.Instance):
        return ()
    if write.kind in {"state", "reducer"}:
        binding = _state_binding(scene, write.key)
        value = write.value if write.kind == "state" else None
        return ((variable(binding), value),) if binding is not None else ()
    if write.kind != "store" or write.value is None:
        return ()
    site = write.key.site
    return tuple(
        (Cell("slot", site, key), entry.value)
        for record in _records(scene, write.value)
        for entry in record.entries
        if (key := tree.key_of(entry)) is not None
    )


def _records(scene: Scene, value: nodes.Expression) -> Iterator[nodes.Record]:
    """The records that a store is given, also by an updater function."""
    for found in scene.program.values(value):
        if isinstance(found, values.Rec):
            yield found.node
        elif isinstance(found, values.Func):
            for result in scene.program.results(found.function):
                if isinstance(result, values.Rec):
                    yield result.node


def _state_binding(scene: Scene, hook: values.Instance) -> Binding | None:
    """The variable that holds the state of a ``useState`` or ``useReducer`` call.

    Of an atom it is the variable that the atom is kept in.
    """
    bind = scene.program.parents.get(hook.site)
    if hook.of == stores.ATOM:
        atom = bind.target if isinstance(bind, nodes.Bind) else None
        return scene.program.binding(atom) if isinstance(atom, nodes.Name) else None
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and bind.target.items
        and isinstance(bind.target.items[0], nodes.Name)
    ):
        return scene.program.binding(bind.target.items[0])
    return None


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The state that a call writes."""
    write = write_of(scene, node) if isinstance(node, nodes.Call) else None
    if write is not None:
        yield (f"writes the state of a page ({write.kind})",)
