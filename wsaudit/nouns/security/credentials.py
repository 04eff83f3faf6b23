"""Credentials: where code reads what a client shows to prove who it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.origins import meant
from wsaudit.analysis.runs import below
from wsaudit.program import folding, tree, values
from wsaudit.program.asked import asked
from wsaudit.program.tree import dotted, last_name
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.syntax.nodes import Node

_WORDS = (
    r"token|ticket|jwt|api[-_ ]?key|authori[sz]ation|passw|credential|secret|"
    r"signature|hmac"
)
SECRET = re.compile(rf".*({_WORDS}|^auth$).*", re.IGNORECASE)
"""Names that only credentials have."""
SHOWN = re.compile(
    rf".*({_WORDS}|auth|cookie|session|sec-websocket-protocol|(^|[-_])sid$|(^|[-_])sig$).*",
    re.IGNORECASE,
)
"""Names that a credential has where a client shows it: in a header, query or path."""
_WHO = (
    r"user|token|auth\w*|session|key|ticket|perm\w*|principal|login|identity|account|"
    r"cookie|credential\w*|password|signature|secret"
)
ASKS = re.compile(
    rf".*(authenticat|authori[sz]e|is_?auth|^auth$|\.auth$|jwt|oauth|basic_?auth|compare_?digest|"
    rf"timing_?safe_?equal|login_?required|requires_?auth|"
    rf"(verif|validat|check(?!point)|requir|decod(?!er)|consum|introspect|ensur|resolv|lookup)\w*_?"
    rf"({_WHO})|(get|current|find|load|fetch)_?(\w+_)?(current|authenticated|ws)\w*_?"
    rf"({_WHO})|({_WHO})_?(from|by|for)_?(token|jwt|cookie|session|ticket|request|"
    rf"websocket|header|api_?key)).*",
    re.IGNORECASE,
)
"""Names of functions that find out who somebody is."""
_API_KEY = re.compile(r".*?([a-z0-9]+)[-_ ]?api[-_ ]?key", re.IGNORECASE)
_ITS_OWN_KEY = re.compile(
    r"x|.*(user|client|my|access|secret|ws|socket|auth|server|service|internal|admin|"
    r"app|valid|expect\w*|provid\w*|request|header|agent|device|query|session|tenant|"
    r"customer|http)",
    re.IGNORECASE,
)
"""Whose an API key may be that a client shows; any other is for somebody else."""
_PERSON = re.compile(
    r".*(user|auth|session|identity|principal|account|claims).*", re.IGNORECASE
)
"""Names under which middleware leaves who somebody is in the state of a request."""
_VERIFIES = frozenset({"verify", "verify_signature"})
"""Options by which a token is only read where they are off."""
_ADDRESSES = ("client.host", ".remoteAddress", ".remote_address")
_ADDRESS = frozenset(name.rpartition(".")[2] for name in _ADDRESSES)
_REQUEST = re.compile(r"(.*_)?(req|request|connection|conn)", re.IGNORECASE)
_WHOLE = re.compile(r"req|request|upgradeReq|upgrade_request", re.IGNORECASE)
"""The request of a handshake: who is given all of it may look for a credential."""


def is_secret(name: str) -> bool:
    """Whether a name is one of a credential, and not of somebody else's service."""
    key = _API_KEY.fullmatch(name)
    foreign = key is not None and not _ITS_OWN_KEY.fullmatch(key[1])
    return bool(SECRET.fullmatch(name)) and not foreign


def proves(scene: Scene, node: Node) -> bool:
    """Whether an expression reads what somebody has already found out of a client."""
    match node:
        case nodes.Member(name=name) if scene.says("knows-person", name):
            return True
        case nodes.Member(object=inner, name="user" | "session" | "auth"):
            return _is_client(scene, inner) or _is_request(inner)
        case nodes.Member(object=inner, name=name) if _is_state(scene, inner):
            return bool(_PERSON.fullmatch(name) or SECRET.fullmatch(name))
        case nodes.Index(object=bag, index=key):
            return _of_scope(scene, bag, key)
        case nodes.Call(
            function=nodes.Member(object=bag, name="get"), arguments=(key, *_)
        ):
            return _of_scope(scene, bag, key.value)
        case nodes.Call(function=nodes.Name(id="getattr")):
            return shows(scene, node)
        case _:
            return False


def _of_scope(scene: Scene, bag: nodes.Expression, key: nodes.Expression) -> bool:
    """``scope["user"]``, ``request.session.get("user_id")``."""
    if isinstance(bag, nodes.Member) and bag.name == "session":
        return proves(scene, bag)
    name = folding.fold_text(scene.program, key)
    return last_name(bag) == "scope" and name in {"user", "session", "auth"}


def shows(scene: Scene, node: Node) -> bool:
    """Whether an expression reads something that a client shows about itself."""
    match node:
        case nodes.Index(object=bag, index=key):
            return _keyed(scene, bag, key)
        case nodes.Call(
            function=nodes.Member(object=bag, name="get" | "getlist" | "getAll"),
            arguments=(key, *_),
        ):
            return _keyed(scene, bag, key.value)
        case nodes.Call(
            function=nodes.Name(id="getattr"),
            arguments=(nodes.Argument(value=inner), nodes.Argument(value=key), *_),
        ):
            return _is_state(scene, inner) and _is_person(scene, key)
        case nodes.Member(object=inner, name=name) if _is_state(scene, inner):
            return bool(_PERSON.fullmatch(name) or SECRET.fullmatch(name))
        case nodes.Name(id=name) if _WHOLE.fullmatch(name):
            return isinstance(
                scene.program.parents.get(node), nodes.Argument | nodes.Entry
            )
        case nodes.Member(name=name) if scene.says("knows-person", name):
            return True
        case nodes.Member(object=inner, name=name):
            if scene.says("of-person", name) and (
                _is_client(scene, inner) or _is_request(inner)
            ):
                return True
            if name in _ADDRESS and dotted(node).endswith(_ADDRESSES):
                return True
            if name in scene.dialects.spoken("holds-request-parts") | {
                "scope"
            } and _is_client(scene, inner):
                return isinstance(scene.program.parents.get(node), nodes.Argument)
            if isinstance(inner, nodes.Member) and inner.name in scene.dialects.spoken(
                "holds-request-parts"
            ):
                return bool(SHOWN.fullmatch(name))
            return (
                is_secret(name)
                and not _is_own(scene, inner)
                and not _is_ours(scene, node)
            )
        case _:
            return False


def _is_client(scene: Scene, node: nodes.Expression) -> bool:
    """Whether an expression is a connection, or the request that it began with."""
    return bool(scene.sockets_of(node)) or any(
        isinstance(value, values.Instance)
        and scene.dialects.match_word("handshake", scene.program.canonical(value.of))
        for value in scene.program.values(node)
    )


def _is_request(node: nodes.Expression) -> bool:
    """Whether something is named as the request that a connection began with."""
    return isinstance(node, nodes.Name) and bool(_REQUEST.fullmatch(node.id))


def _is_state(scene: Scene, node: nodes.Expression) -> bool:
    """Whether an expression is the ``state`` of a request, which middleware fills."""
    return (
        isinstance(node, nodes.Member)
        and node.name == "state"
        and _is_client(scene, node.object)
    )


def _is_person(scene: Scene, key: nodes.Expression) -> bool:
    name = folding.fold_text(scene.program, key)
    return name is not None and bool(_PERSON.fullmatch(name) or SECRET.fullmatch(name))


def _keyed(scene: Scene, bag: nodes.Expression, key: nodes.Expression) -> bool:
    """Whether a key of a bag of values is that of a credential."""
    name = last_name(bag)
    texts = [
        value.value
        for value in scene.program.values(key)
        if isinstance(value, values.Const)
    ]
    if isinstance(key, nodes.Literal):
        texts.append(key.value)
    for text in texts:
        if not isinstance(text, str):
            continue
        if scene.says("holds-request-parts", name) and SHOWN.fullmatch(text):
            return True
        if is_secret(text):
            return not _is_own(scene, bag)
        if name == "scope" and text in {"user", "session", "auth"}:
            return True
    return name == "cookies" and not texts


def _is_own(scene: Scene, node: nodes.Expression) -> bool:
    """Whether something belongs to the program: its settings, its own fields."""
    root = dotted(node).partition(".")[0]
    return scene.says("ours", root) or root.isupper()


def _is_ours(scene: Scene, node: nodes.Member) -> bool:
    """Whether a member is a function of a library, or of something made here.

    What is made without anything that varies (``Key.load("mail")``) is nobody's.
    """
    if isinstance(scene.program.parents.get(node), nodes.Call) and any(
        isinstance(value, values.External | values.ModuleRef)
        for value in scene.program.values(node.object)
    ):
        return True
    made = meant(scene.program, node.object)
    call = tree.strip(made) if made is not None else None
    return (
        isinstance(call, nodes.Call)
        and bool(call.arguments)
        and all(isinstance(each.value, nodes.Literal) for each in call.arguments)
    )


def handed(scene: Scene, function: nodes.Function) -> Iterator[nodes.Parameter]:
    """The parameters that a framework fills with a credential, by their names."""
    for parameter in function.parameters:
        target = parameter.target
        if not isinstance(target, nodes.Name) or not SHOWN.fullmatch(target.id):
            continue
        if _is_text(scene, parameter):
            yield parameter


def _is_text(scene: Scene, parameter: nodes.Parameter) -> bool:
    """Whether a parameter takes plain text: no database session, no service."""
    if parameter.annotation is None:
        return parameter.default is None
    found = scene.program.typed(parameter.annotation)
    texts = [
        value
        for value in found
        if isinstance(value, values.Instance)
        and value.of in {"builtins.str", "builtins.bytes", "uuid.UUID"}
    ]
    return bool(texts) or all(isinstance(value, values.Const) for value in found)


def asks(scene: Scene, call: nodes.Call) -> bool:
    """Whether a call finds out who somebody is, by a dialect's word or by its name."""
    if only_reads(call):
        return False
    if scene.word("authenticates", call) is not None:
        return True
    name = dotted(call.function) or last_name(call.function)
    return bool(ASKS.fullmatch(".".join(name.split(".")[-2:])))


def only_reads(call: nodes.Call) -> bool:
    """Whether a call is told to believe what it is given: ``verify=False``."""
    told: list[tuple[str | None, nodes.Expression]] = []
    for each in call.arguments:
        told.append((each.keyword, each.value))
        if isinstance(each.value, nodes.Record):
            told += [(tree.key_of(one), one.value) for one in each.value.entries]
    return any(
        name in _VERIFIES and isinstance(value, nodes.Literal) and value.value is False
        for name, value in told
    )


def reads(scene: Scene, function: nodes.Function) -> bool:
    """Whether a function, or what it runs, reads what a client shows."""
    return any(_reads(scene, each) for each in below(scene, function).near(3))


@asked
def _reads(scene: Scene, function: nodes.Function) -> bool:
    return any(shows(scene, node) for node in tree.own_of(function))
