"""Values: the kinds of things that an expression may be.

`wsaudit.program.evaluation` finds them, across names, fields, calls and files. The
answer is always a tuple of alternatives. `Unknown` among them means that there may be
others: what only a complete answer proves must then not be concluded.
"""

from __future__ import annotations

from itertools import chain

import msgspec

from wsaudit.limits import CONSTANTS, DEEP, MANY, SOME
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

Scalar = str | int | float | bool | None


class Const(msgspec.Struct, frozen=True, cache_hash=True):
    """A string, number, boolean or None known at reading time."""

    value: Scalar


class External(msgspec.Struct, frozen=True, cache_hash=True):
    """Something of a library, by its canonical name, not called yet.

    ``asyncio.create_task``, ``react#useEffect``, ``global#WebSocket``, or a member of
    an instance: ``sqlite3.Connection.execute`` with ``receiver`` set.
    """

    name: str
    receiver: Instance | None = None


class Instance(msgspec.Struct, frozen=True, cache_hash=True):
    """What a call or annotation of a library name gives: ``of`` is that name.

    ``site`` is the creating Call, the annotation or the parameter. A call on a member
    gives ``of="sqlite3.Connection.execute()"``. ``receiver`` is what it was called on.
    """

    of: str
    site: Node
    receiver: Instance | None = None


class Func(msgspec.Struct, frozen=True, cache_hash=True):
    """A function of the project; ``owner`` is what a method is bound to."""

    function: nodes.Function
    owner: Object | ClassRef | None = None


class ClassRef(msgspec.Struct, frozen=True, cache_hash=True):
    """A class of the project, not an instance of it."""

    node: nodes.ClassDef


class Object(msgspec.Struct, frozen=True, cache_hash=True):
    """An instance of a class of the project."""

    node: nodes.ClassDef


class Rec(msgspec.Struct, frozen=True, cache_hash=True):
    """A dict display, object literal, enum, or (``shape``) an object type's value."""

    node: nodes.Record
    shape: bool = False


class Seq(msgspec.Struct, frozen=True, cache_hash=True):
    """A list, tuple, set or array display."""

    node: nodes.Sequence


class ModuleRef(msgspec.Struct, frozen=True, cache_hash=True):
    """A module of the project."""

    path: str


class Unknown(msgspec.Struct, frozen=True, cache_hash=True):
    """What could not be followed, and why."""

    reason: str


Value = (
    Const
    | External
    | Instance
    | Func
    | ClassRef
    | Object
    | Rec
    | Seq
    | ModuleRef
    | Unknown
)
Values = tuple[Value, ...]

LIST_LIKE = frozenset(
    {
        "builtins.list", "builtins.set", "builtins.tuple", "builtins.frozenset",
        "typing.List", "typing.Set", "typing.Tuple", "typing.Sequence",
        "typing.Iterable", "typing.FrozenSet", "typing.Deque", "typing.Collection",
        "collections.abc.Iterable", "collections.abc.Sequence", "collections.abc.Set",
        "collections.abc.Collection", "collections.abc.MutableSet",
        "collections.deque", "weakref.WeakSet", "global#Array", "global#Set",
        "global#ReadonlyArray", "global#WeakSet", "global#Iterable",
        "global#ReadonlySet", "typing.MutableSet", "asyncio.Queue", "queue.Queue",
    }
)  # fmt: skip
DICT_LIKE = frozenset(
    {
        "builtins.dict", "typing.Dict", "typing.Mapping", "typing.MutableMapping",
        "typing.DefaultDict", "collections.defaultdict", "collections.OrderedDict",
        "collections.abc.Mapping", "collections.abc.MutableMapping",
        "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary", "global#Map",
        "global#Record", "global#WeakMap", "global#ReadonlyMap", "typing.OrderedDict",
    }
)  # fmt: skip
CONTAINERS = LIST_LIKE | DICT_LIKE

ADDERS = {
    "add": 0, "append": 0, "appendleft": 0, "push": 0, "unshift": 0, "insert": 1,
    "set": 1, "setdefault": 1, "put": 0, "put_nowait": 0, "extend": 0, "update": 0,
}  # fmt: skip
SAME = {
    "copy",
    "filter",
    "slice",
    "reverse",
    "sort",
    "toReversed",
    "toSorted",
    "concat",
}
ITEM = {
    "get",
    "pop",
    "popleft",
    "shift",
    "at",
    "find",
    "get_nowait",
    "popitem",
    "peek",
}
CALLBACK_EACH = {
    "forEach", "map", "filter", "some", "every", "find", "flatMap", "findIndex",
}  # fmt: skip


def merge(*groups: Values) -> Values:
    """The alternatives of several answers, each once, in order.

    More than a few are no answer: beyond `SOME` (`CONSTANTS` for constants, as a
    large enum has) the rest is unknown.
    """
    given = [group for group in groups if group]
    if len(given) < 2:
        return given[0] if given else ()
    seen = tuple(dict.fromkeys(chain.from_iterable(given)))
    return seen if len(seen) <= SOME else _cropped(seen)


def _cropped(found: Values) -> Values:
    constants = [value for value in found if isinstance(value, Const)]
    others = [value for value in found if not isinstance(value, Const)]
    if len(others) <= SOME and len(constants) <= CONSTANTS:
        return found
    rest = Unknown("too many values")
    kept = (*constants[:CONSTANTS], *others[:SOME], rest)
    return tuple(dict.fromkeys(kept))


def made(of: str, site: Node, receiver: Instance | None) -> Values:
    """An instance that something gives, unless it lies too far from its origin.

    A program such as ``node = node.next`` would otherwise have endless values.
    """
    if _too_far(of, receiver):
        return (Unknown("too long a chain"),)
    return (Instance(of, site, receiver),)


def below(name: str, receiver: Instance | None) -> Values:
    """A member of a library's thing, unless it lies too far from its origin."""
    if _too_far(name, receiver):
        return (Unknown("too long a chain"),)
    return (External(name, receiver),)


def _too_far(name: str, receiver: Instance | None) -> bool:
    for _ in range(DEEP):
        if receiver is None:
            return len(name) > MANY
        receiver = receiver.receiver
    return True


def known(values: Values) -> bool:
    """True when there is an answer and nothing in it is unknown."""
    return bool(values) and not any(isinstance(value, Unknown) for value in values)


def told(values: Values) -> bool:
    """True when an answer is known and tells more than an annotation would.

    Of a container that is made empty its annotation tells what will be in it.
    """
    return known(values) and not all(_made_empty(value) for value in values)


def _made_empty(value: Value) -> bool:
    match value:
        case Seq(node=nodes.Sequence(items=())) | Rec(node=nodes.Record(entries=())):
            return True
        case Instance(of=of, site=nodes.Call(arguments=arguments)):
            return of in CONTAINERS and (
                not arguments or of == "collections.defaultdict"
            )
        case _:
            return False
