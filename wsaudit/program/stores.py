"""React state, refs and Zustand stores as values: what was put in comes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.program import values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.program.program import Program
    from wsaudit.program.values import External, Instance, Values

STATE_HOOKS = frozenset({"react#useState", "react#useReducer"})
STORE = "zustand#create"
STATE = "zustand#state"
_MAKERS = frozenset(
    {
        "zustand#create",
        "zustand#createStore",
        "zustand/vanilla#createStore",
        "zustand/traditional#createWithEqualityFn",
    }
)


# -- useState and useRef ---------------------------------------------------------


def state_part(program: Program, hook: Instance, step: int) -> Values:
    """The state (0) or the setter (1) of a ``useState`` call."""
    if step == 1:
        return (values.External(f"{hook.of}.set", hook),)
    if hook.of != "react#useState" or not isinstance(hook.site, nodes.Call):
        return (values.Unknown("state"),)
    call = hook.site
    found: list[Values] = []
    if call.arguments:
        found.append(_called_or_value(program, call.arguments[0].value))
    found.extend(
        _called_or_value(program, site.arguments[0].value)
        for site in setter_calls(program, hook)
        if site.arguments
    )
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    if not useful and call.type_arguments:
        return values.merge(values.typed(program, call.type_arguments[0]), merged)
    return merged or (values.Const(None),)


def setter_calls(program: Program, hook: Instance) -> tuple[nodes.Call, ...]:
    """The calls of the setter of a ``useState`` or ``useReducer`` call."""
    name = setter_name(program, hook)
    if not name:
        return ()
    wanted = values.External(f"{hook.of}.set", hook)
    return tuple(
        call
        for call in program.calls_named(name)
        if wanted in program.values(call.function)
    )


def setter_name(program: Program, hook: Instance) -> str:
    """The name that the setter is bound to, "" when it is not destructured."""
    bind = program.parents.get(hook.site)
    if (
        isinstance(bind, nodes.Bind)
        and isinstance(bind.target, nodes.Sequence)
        and len(bind.target.items) > 1
        and isinstance(bind.target.items[1], nodes.Name)
    ):
        return bind.target.items[1].id
    return ""


def ref_values(program: Program, ref: Instance) -> Values | None:
    """What ``ref.current`` may be; None when the instance is not a ref."""
    if ref.of not in {"react#useRef", "react#createRef"}:
        return None
    found: list[Values] = []
    declared: Values = ()
    if isinstance(ref.site, nodes.Call):
        if ref.site.arguments:
            found.append(program.values(ref.site.arguments[0].value))
        if ref.site.type_arguments:
            declared = values.typed(program, ref.site.type_arguments[0])
    elif isinstance(ref.site, nodes.Index):
        declared = values.typed(program, ref.site.index)
    for target, value in program.attribute_writes("current"):
        if ref in program.values(target.object):
            found.append(program.values(value))
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    return merged if useful else values.merge(declared, merged)


def _called_or_value(program: Program, node: nodes.Expression) -> Values:
    """The value, or what it returns where it is an updater or initialiser function."""
    found: list[Values] = []
    for value in program.values(node):
        if isinstance(value, values.Func):
            found.append(values.results(program, value.function))
        else:
            found.append((value,))
    return values.merge(*found)


# -- Zustand ---------------------------------------------------------------------


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
    """True for a Zustand store or bound hook."""
    return isinstance(value, values.Instance) and value.of == STORE


def called(program: Program, callee: Instance, call: nodes.Call) -> Values | None:
    """A call of a store: the second of ``create<T>()(f)``, or a hook with selector."""
    if callee.of != STORE or not isinstance(callee.site, nodes.Call):
        return None
    if not callee.site.arguments:
        return (values.Instance(STORE, call),)
    if not call.arguments:
        return (values.Instance(STATE, callee.site),)
    return values.callback_results(program, call.arguments[0].value)


def external_called(
    program: Program, callee: External, call: nodes.Call
) -> Values | None:
    """Calls of ``create``, ``getState``, ``get`` and ``useStore``; also ``useMemo``."""
    if callee.name == "react#useMemo" and call.arguments:
        return values.callback_results(program, call.arguments[0].value)
    if callee.name in _MAKERS:
        return (values.Instance(STORE, call),)
    if callee.name in {f"{STORE}.getState", "zustand#get"} and callee.receiver:
        return (values.Instance(STATE, callee.receiver.site),)
    if callee.name == "zustand#useStore" and call.arguments:
        stores = [v for v in program.values(call.arguments[0].value) if is_store(v)]
        if len(call.arguments) > 1:
            return values.callback_results(program, call.arguments[1].value)
        return tuple(
            values.Instance(STATE, v.site)
            for v in stores
            if isinstance(v, values.Instance)
        )
    return None


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
            return (values.Instance(STATE, callee.site),) if position == 0 else None
        if isinstance(callee, values.External):
            found = _external_parameter(program, call, callee, index, position)
            if found is not None:
                return found
    return None


def _external_parameter(
    program: Program, call: nodes.Call, callee: External, index: int, position: int
) -> Values | None:
    name = callee.name
    if name in _MAKERS:
        return _creator_parameter(values.Instance(STORE, call), position)
    if name.startswith("zustand/middleware") and index == 0:
        store = _store_around(program, call)
        return _creator_parameter(store, position) if store else None
    setters = {"zustand#set", f"{STORE}.setState", f"{STORE}.subscribe"}
    if name in setters and callee.receiver and position == 0:
        return (values.Instance(STATE, callee.receiver.site),)
    if name == "zustand#useStore" and index == 1 and position == 0:
        return external_called(program, callee, _first_only(call))
    if name == "react#useState.set" and callee.receiver and position == 0:
        return state_part(program, callee.receiver, 0)
    return None


def _first_only(call: nodes.Call) -> nodes.Call:
    return nodes.Call(call.start, call.end, call.function, call.arguments[:1])


def _store_around(program: Program, call: nodes.Call) -> Instance | None:
    """The store whose creator stands inside some middleware calls."""
    node: nodes.Node | nodes.Module | None = call
    while isinstance(node, nodes.Call | nodes.Argument | nodes.Cast):
        if isinstance(node, nodes.Call):
            for value in program.values(node.function):
                if isinstance(value, values.External) and value.name in _MAKERS:
                    return values.Instance(STORE, node)
                if is_store(value):
                    return values.Instance(STORE, node)
        node = program.parents.get(node)
    return None


def _creator_parameter(store: Instance, position: int) -> Values | None:
    names = ("zustand#set", "zustand#get", STORE)
    if position >= len(names):
        return None
    if position == 2:
        return (store,)
    return (values.External(names[position], store),)


def member(program: Program, owner: Instance, name: str) -> Values | None:
    """A key of a store's state: its initial value and everything set since."""
    if owner.of != STATE:
        return None
    store = values.Instance(STORE, owner.site)
    made = creator(store)
    found: list[Values] = []
    if made is not None:
        found.extend(
            values.record_entry(program, value.node, name)
            for value in values.results(program, made)
            if isinstance(value, values.Rec)
        )
    for update in updates(program, store):
        found.extend(
            values.record_entry(program, value.node, name)
            for value in _called_or_value(program, update)
            if isinstance(value, values.Rec) and _has_key(value.node, name)
        )
    merged = values.merge(*found)
    useful = [v for v in merged if not isinstance(v, values.Unknown | values.Const)]
    site = owner.site
    if not useful and isinstance(site, nodes.Call):
        declared = _declared_state(program, site)
        if declared is not None:
            return values.merge(values.member_of(program, declared, name), merged)
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
    for value in values.typed(program, arguments[0]):
        if isinstance(value, values.Rec):
            return value
    return None


def updates(program: Program, store: Instance) -> tuple[nodes.Expression, ...]:
    """The first arguments of every ``set`` and ``setState`` of a store."""
    names = {"set", "setState"}
    made = creator(store)
    if made and made.parameters and isinstance(made.parameters[0].target, nodes.Name):
        names.add(made.parameters[0].target.id)
    wanted = {
        values.External("zustand#set", store),
        values.External(f"{STORE}.setState", store),
    }
    return tuple(
        call.arguments[0].value
        for name in sorted(names)
        for call in program.calls_named(name)
        if call.arguments and wanted & set(program.values(call.function))
    )
