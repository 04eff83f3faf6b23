"""State, refs and stores as values: what was put in comes out again.

Which calls of which library make them is said by the ``flow`` rows of its dialect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import options, subjects, values
from wsaudit.program.tree import key_of, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.program.values import External, Instance, Values

HELD = "flow#state"
REDUCED = "flow#reducer"
ATOM = "flow#atom"
"""A state that is made apart from what reads and sets it."""
STATE_HOOKS = frozenset({HELD, REDUCED, ATOM})
"""What gives a value together with what sets it."""
REF = "flow#ref"
STORE = "flow#store"
SLICE = "flow#slice"
"""The state that a store holds."""
DISPATCH = "flow#dispatch"
_OF_ATOM = frozenset({"state-of", "setter-of", "value-of"})
OF_STORE = {"set": "flow#set", "get": "flow#get"}
_MADE = {
    "state": HELD, "reducer": REDUCED, "ref": REF, "store": STORE,
    "dispatch": DISPATCH, "options": options.MAKER, "channel": subjects.CHANNEL,
}  # fmt: skip


def external_called(
    program: Program, callee: External, call: nodes.Call
) -> Values | None:
    """What a call gives by a ``flow`` row, or by the store it is a member of."""
    if callee.receiver is not None and callee.receiver.of == STORE:
        read = callee.name == OF_STORE["get"] or _is_member(program, callee, "reads")
        return (values.Instance(SLICE, callee.receiver.site),) if read else None
    flow = program.library.flow(callee.name)
    if flow is None or callee.receiver is not None:
        return None
    if flow.kind in _MADE:
        return (values.Instance(_MADE[flow.kind], call),)
    given = call.arguments[flow.takes : flow.takes + 1]
    if flow.kind in _OF_ATOM and given:
        return _of_atom(program, given[0].value, flow.kind)
    if flow.kind == "channel-read" and given:
        return subjects.taken(program, given[0].value)
    if flow.kind in {"result", "calls"} and given:
        return program.callback_results(given[0].value)
    if flow.kind == "instance" and given:
        found = program.values(given[0].value)
        made = (values.Object(v.node) for v in found if isinstance(v, values.ClassRef))
        return tuple(made) or None
    if flow.kind == "select" and flow.store is not None:
        if given:
            return program.callback_results(given[0].value)
        return _slices(program, call, flow.store)
    return None


def _of_atom(program: Program, node: nodes.Expression, kind: str) -> Values:
    """The state of an atom with what sets it, that alone, or what it holds."""
    atoms = [
        values.Instance(ATOM, value.site)
        for value in program.values(node)
        if isinstance(value, values.Instance) and isinstance(value.site, nodes.Call)
    ]
    if kind == "value-of":
        found = values.merge(*(state_part(program, atom, 0) for atom in atoms))
        return found or (values.Unknown("an atom"),)
    if kind == "state-of":
        return tuple(atoms) or (values.Unknown("an atom"),)
    setters = tuple(values.External(f"{ATOM}.set", atom) for atom in atoms)
    return setters or (values.Unknown("an atom"),)


def injected(program: Program, default: nodes.Expression) -> Values:
    """What a parameter is given whose default asks for it: the result of a function."""
    if not isinstance(default, nodes.Call) or not default.arguments:
        return ()
    if last_name(default.function) not in program.library.flow_ends("injects"):
        return ()
    found: Values = ()
    for value in program.values(default.arguments[0].value):
        if isinstance(value, values.Func):
            found = values.merge(found, program.results(value.function))
        elif isinstance(value, values.ClassRef):
            found = values.merge(found, (values.Object(value.node),))
    return found or (values.Unknown("dependency"),)


def is_ref_type(program: Program, name: str) -> bool:
    """Whether a type's name is that of a ref."""
    flow = program.library.flow(name)
    return flow is not None and flow.kind == "ref"


def is_held(value: External) -> bool:
    """Whether something belongs to a state, a ref or a store."""
    return value.name.startswith("flow#")


def selects(program: Program, callee: values.Value) -> bool:
    """Whether a call of something gives a part of a store's state."""
    if is_store(callee):
        return True
    flow = (
        program.library.flow(callee.name)
        if isinstance(callee, values.External)
        else None
    )
    return flow is not None and flow.kind == "select"


# -- state and refs --------------------------------------------------------------


def state_part(program: Program, hook: Instance, step: int) -> Values:
    """The state (0) or the setter (1) of a hook such as ``useState``."""
    if step == 1:
        return (values.External(f"{hook.of}.set", hook),)
    if hook.of == REDUCED or not isinstance(hook.site, nodes.Call):
        return (values.Unknown("state"),)
    call = hook.site
    found = [
        _called_or_value(program, first.value) for first in _first_values(program, call)
    ]
    found.extend(
        _called_or_value(program, site.arguments[0].value)
        for site in setter_calls(program, hook)
        if site.arguments
    )
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    if not useful and call.type_arguments:
        return values.merge(program.typed(call.type_arguments[0]), merged)
    return merged or (values.Const(None),)


def setter_calls(program: Program, hook: Instance) -> tuple[nodes.Call, ...]:
    """The calls of the setter of a state hook, by the names that it is handed on as."""
    wanted = values.External(f"{hook.of}.set", hook)
    names: set[str] = set()
    for site in _hooks(program, hook):
        setter = _setter(program, site)
        binding = program.binding(setter) if setter is not None else None
        if binding is not None:
            names |= program.handed.names_of(program, binding)
    return tuple(
        call
        for name in sorted(names)
        for call in program.calls_named(name)
        if wanted in program.values(call.function)
    )


def _hooks(program: Program, hook: Instance) -> tuple[nodes.Node, ...]:
    """The calls that give what sets a state: one of its own, or all of an atom."""
    if hook.of != ATOM:
        return (hook.site,)
    ends = program.library.flow_ends("state-of") | program.library.flow_ends(
        "setter-of"
    )
    return tuple(
        call
        for call in program.calls_of(sorted(ends))
        if call.arguments
        and any(
            isinstance(value, values.Instance) and value.site is hook.site
            for value in program.values(call.arguments[0].value)
        )
    )


def _first_values(
    program: Program, made: nodes.Call
) -> tuple[nodes.Argument | nodes.Entry, ...]:
    """What a state begins with: the argument, or what a record has at a key."""
    flow = next(filter(None, map(program.library.flow, program.called(made))), None)
    given = made.arguments[:1]
    if flow is None or not flow.key:
        return given
    return tuple(
        entry
        for one in given
        for value in program.values(one.value)
        if isinstance(value, values.Rec)
        for entry in value.node.entries
        if key_of(entry) == flow.key
    )


def setter_name(program: Program, hook: Instance) -> str:
    """The name that the setter is bound to, "" when it is not destructured."""
    found = (_setter(program, site) for site in _hooks(program, hook))
    return next((setter.id for setter in found if setter is not None), "")


def _setter(program: Program, hook: nodes.Node) -> nodes.Name | None:
    bind = program.parents.get(hook)
    if isinstance(bind, nodes.Bind) and isinstance(bind.target, nodes.Name):
        ends = program.library.flow_ends("setter-of")
        named = isinstance(hook, nodes.Call) and last_name(hook.function) in ends
        return bind.target if named else None
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and len(bind.target.items) > 1
        and isinstance(bind.target.items[1], nodes.Name)
    ):
        return bind.target.items[1]
    return None


def ref_values(program: Program, ref: Instance) -> Values | None:
    """What a ref holds; None when the instance is not a ref."""
    if ref.of != REF:
        return None
    found: list[Values] = []
    declared: Values = ()
    if isinstance(ref.site, nodes.Call):
        if ref.site.arguments:
            found.append(program.values(ref.site.arguments[0].value))
        if ref.site.type_arguments:
            declared = program.typed(ref.site.type_arguments[0])
    elif isinstance(ref.site, nodes.Index):
        declared = program.typed(ref.site.index)
    found.extend(
        program.values(value)
        for name in sorted(program.library.spoken("boxes"))
        for target, value in program.attribute_writes(name)
        if ref in program.values(target.object)
    )
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    return merged if useful else values.merge(declared, merged)


def _called_or_value(program: Program, node: nodes.Expression) -> Values:
    """The value, or what it returns where it is an updater or initialiser function."""
    found: list[Values] = []
    for value in program.values(node):
        if isinstance(value, values.Func):
            found.append(program.results(value.function))
        else:
            found.append((value,))
    return values.merge(*found)


# -- stores ----------------------------------------------------------------------


def creator(store: Instance) -> nodes.Function | None:
    """The function that makes a store's state, below any middleware."""
    if not isinstance(store.site, nodes.Call):
        return None
    node: nodes.Expression | None = (
        store.site.arguments[0].value if store.site.arguments else None
    )
    while isinstance(node, nodes.Call | nodes.Cast):
        if isinstance(node, nodes.Cast):
            node = node.value
        else:
            node = node.arguments[0].value if node.arguments else None
    return node if isinstance(node, nodes.Function) else None


def is_store(value: values.Value) -> bool:
    """True for a store, or the hook that is one."""
    return isinstance(value, values.Instance) and value.of == STORE


def called(program: Program, callee: Instance, call: nodes.Call) -> Values | None:
    """A call of a store: the second of ``create<T>()(f)``, or a hook with selector."""
    if callee.of != STORE or not isinstance(callee.site, nodes.Call):
        return None
    if not callee.site.arguments:
        return (values.Instance(STORE, call),)
    if not call.arguments:
        return (values.Instance(SLICE, callee.site),)
    return program.callback_results(call.arguments[0].value)


def callback_parameter(
    program: Program, call: nodes.Call, argument: nodes.Argument, position: int
) -> Values | None:
    """Parameters of store creators, selectors and updaters; None for other calls."""
    callees = program.values(call.function)
    index = call.arguments.index(argument)
    for callee in callees:
        if isinstance(callee, values.Instance) and callee.of == STORE:
            if isinstance(callee.site, nodes.Call) and not callee.site.arguments:
                return _creator_parameter(values.Instance(STORE, call), position)
            return (values.Instance(SLICE, callee.site),) if position == 0 else None
        if isinstance(callee, values.External):
            found = _external_parameter(program, call, callee, index, position)
            if found is not None:
                return found
    return None


def _external_parameter(
    program: Program, call: nodes.Call, callee: External, index: int, position: int
) -> Values | None:
    if callee.receiver is not None:
        return _held_parameter(program, callee, callee.receiver, position)
    flow = program.library.flow(callee.name)
    if flow is None:
        return None
    if flow.kind == "store":
        return _creator_parameter(values.Instance(STORE, call), position)
    if flow.kind == "wraps-store" and index == flow.takes:
        store = _store_around(program, call)
        return _creator_parameter(store, position) if store else None
    if flow.kind == "select" and flow.store is not None and not position:
        return _slices(program, call, flow.store) if index == flow.takes else None
    return None


def _held_parameter(
    program: Program, callee: External, receiver: Instance, position: int
) -> Values | None:
    """What an updater function is given: the state before."""
    if position:
        return None
    if receiver.of in {HELD, ATOM} and callee.name == f"{receiver.of}.set":
        return state_part(program, receiver, 0)
    if writes_store(program, callee) or _is_member(program, callee, "watches"):
        return (values.Instance(SLICE, receiver.site),)
    return None


def writes_store(program: Program, callee: External) -> bool:
    """Whether something sets the state of a store that it is given."""
    return callee.name == OF_STORE["set"] or _is_member(program, callee, "writes")


def _is_member(program: Program, callee: External, does: str) -> bool:
    """Whether something is a member of a store that reads, writes or watches it."""
    name = callee.name.removeprefix(f"{STORE}.")
    return name != callee.name and name in program.library.spoken(f"{does}-store")


def _slices(program: Program, call: nodes.Call, position: int) -> Values:
    """The state of the stores that a call is given."""
    if len(call.arguments) <= position:
        return ()
    return tuple(
        values.Instance(SLICE, value.site)
        for value in program.values(call.arguments[position].value)
        if isinstance(value, values.Instance) and is_store(value)
    )


def _store_around(program: Program, call: nodes.Call) -> Instance | None:
    """The store whose creator stands inside some wrapping calls."""
    node: nodes.Node | nodes.Module | None = call
    while isinstance(node, nodes.Call | nodes.Argument | nodes.Cast):
        if isinstance(node, nodes.Call):
            for value in program.values(node.function):
                if is_store(value) or _makes_store(program, value):
                    return values.Instance(STORE, node)
        node = program.parents.get(node)
    return None


def _makes_store(program: Program, value: values.Value) -> bool:
    if not isinstance(value, values.External) or value.receiver is not None:
        return False
    flow = program.library.flow(value.name)
    return flow is not None and flow.kind == "store"


def _creator_parameter(store: Instance, position: int) -> Values | None:
    """What the function that makes a store's state is given: set, get, the store."""
    match position:
        case 0:
            return (values.External(OF_STORE["set"], store),)
        case 1:
            return (values.External(OF_STORE["get"], store),)
        case 2:
            return (store,)
        case _:
            return None


def member(program: Program, owner: Instance, name: str) -> Values | None:
    """A key of a store's state: its initial value and everything set since."""
    if owner.of != SLICE:
        return None
    store = values.Instance(STORE, owner.site)
    made = creator(store)
    found: list[Values] = []
    if made is not None:
        found.extend(
            program.entry(value.node, name)
            for value in program.results(made)
            if isinstance(value, values.Rec)
        )
    for update in updates(program, store):
        found.extend(
            program.entry(value.node, name)
            for value in _called_or_value(program, update)
            if isinstance(value, values.Rec) and _has_key(value.node, name)
        )
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    site = owner.site
    if not useful and isinstance(site, nodes.Call):
        declared = _declared_state(program, site)
        if declared is not None:
            return values.merge(program.member(declared, name), merged)
    return merged or (values.Unknown("store key"),)


def _has_key(record: nodes.Record, name: str) -> bool:
    return any(
        isinstance(entry.key, nodes.Literal) and entry.key.value == name
        for entry in record.entries
    )


def _declared_state(program: Program, call: nodes.Call) -> values.Value | None:
    """The state type of ``create<T>(…)`` or ``create<T>()(…)``."""
    arguments = call.type_arguments
    if not arguments and isinstance(call.function, nodes.Call):
        arguments = call.function.type_arguments
    if not arguments:
        return None
    for value in program.typed(arguments[0]):
        if isinstance(value, values.Rec):
            return value
    return None


def updates(program: Program, store: Instance) -> tuple[nodes.Expression, ...]:
    """The first arguments of every call that sets the state of a store."""
    writing = program.library.spoken("writes-store")
    names = {"set", *writing}
    made = creator(store)
    if made and made.parameters and isinstance(made.parameters[0].target, nodes.Name):
        names.add(made.parameters[0].target.id)
    wanted = {
        values.External(OF_STORE["set"], store),
        *(values.External(f"{STORE}.{name}", store) for name in writing),
    }
    return tuple(
        call.arguments[0].value
        for name in sorted(names)
        for call in program.calls_named(name)
        if call.arguments and wanted & set(program.values(call.function))
    )
