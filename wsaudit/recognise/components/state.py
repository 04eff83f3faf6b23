"""Client state: the calls that write what a page shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Only

from wsaudit.program import stores, values
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.scene import Scene

Kind = Only["state", "reducer", "store", "query", "dispatch"]
_KINDS: dict[str, Kind] = {
    f"{stores.HELD}.set": "state",
    f"{stores.REDUCED}.set": "reducer",
}
_QUERY = frozenset({"setQueryData", "setQueriesData", "invalidateQueries"})


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


def write_of(scene: Scene, call: nodes.Call) -> StateWrite | None:
    """The state write that a call is, if it is one."""
    value = call.arguments[0].value if call.arguments else None
    written = _written(scene, call.function)
    if written is not None:
        return StateWrite(call, written[0], value, written[1])
    name = last_name(call.function)
    if name in _QUERY and isinstance(call.function, nodes.Member):
        return StateWrite(call, "query", value, None)
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
        kind = _KINDS.get(callee.name)
        if kind is None and stores.writes_store(scene.program, callee):
            kind = "store"
        if kind is not None:
            return kind, callee.receiver
    return None
