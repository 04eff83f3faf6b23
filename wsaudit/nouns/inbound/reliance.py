"""Inbound messages: whether something looks at them before they are relied on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.asking import Path
from wsaudit.analysis.messages.dispatches import dispatches_of
from wsaudit.analysis.messages.held import Message
from wsaudit.analysis.messages.leaving import leaving
from wsaudit.analysis.messages.parts import is_of, parts
from wsaudit.analysis.messages.trusting import (
    Taking,
    goes_on,
    is_told,
    takings,
)
from wsaudit.analysis.messages.validation import validations
from wsaudit.analysis.messages.vetting import Vetting, outside, traced, vetting
from wsaudit.analysis.origins import origins
from wsaudit.connections.scene import written
from wsaudit.flow.conditions import deciding
from wsaudit.limits import STEPS
from wsaudit.model import Evidence, Role, Seen
from wsaudit.model.messages import ITEM, Inbound, Trust, Trusted
from wsaudit.nouns.errors.parses import message_parses
from wsaudit.program.tree import last_name, strip, walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene, Socket
    from wsaudit.source import Place
    from wsaudit.syntax.nodes import Node

_OFF = frozenset({Role.TEST, Role.BRIDGE, Role.LIBRARY})


def inbound(scene: Scene) -> Iterator[Inbound]:
    """What each connection makes of its messages, a place that several share once."""
    found: dict[Place, list[Inbound]] = {}
    by_socket: dict[Socket, list[Taking]] = {}
    for taking in takings(scene):
        by_socket.setdefault(taking.message.socket, []).append(taking)
    for socket in scene.sockets:
        if socket.fact.role not in _OFF:
            for fact in _of_events(scene, socket, by_socket.get(socket, [])):
                found.setdefault(fact.at, []).append(fact)
    for facts in found.values():
        yield _joined(facts)


def _joined(facts: list[Inbound]) -> Inbound:
    """One fact for connections that share the code that trusts their messages."""
    first = facts[0]
    return Inbound(
        at=first.at,
        connections=tuple(c for fact in facts for c in fact.connections),
        uses=first.uses,
        vetted=first.vetted,
        parse=first.parse,
        assumed=first.assumed,
        told_apart=first.told_apart,
        typed=first.typed,
    )


def _of_events(scene: Scene, socket: Socket, all_: list[Taking]) -> Iterator[Inbound]:
    """What is made of the messages of a socket: of each named event what it carries."""
    events: dict[str, list[Taking]] = {}
    for taking in all_:
        events.setdefault(_event(scene, taking), []).append(taking)
    if len(events) > 1:
        each = [_of(scene, socket, found) for found in events.values()]
        trusting = [fact for fact in each if fact is not None and fact.uses]
        if trusting:
            yield from trusting
            return
    fact = _of(scene, socket, all_)
    if fact is not None:
        yield fact


def _event(scene: Scene, taking: Taking) -> str:
    """The name of the application's own event that brings a message, "" for others."""
    source = taking.message.source
    if isinstance(source, nodes.Parameter):
        for attached in scene.attached_of.get(source, ()):
            dialect = taking.message.socket.dialect
            if scene.dialects.event(dialect, attached.name) is None:
                return attached.name
    return ""


def _of(scene: Scene, socket: Socket, all_: list[Taking]) -> Inbound | None:
    sites = dispatches_of(scene, socket)
    kinds = frozenset(site.path for site in sites if site.path)
    vetted: Evidence | None = None
    unsure: Evidence | None = None
    used: list[tuple[Taking, Trusted]] = []
    unchecked: list[tuple[Taking, Trusted]] = []
    for taking in all_:
        if _is_kind(taking, kinds) or is_told(scene, taking.node):
            continue
        if not traced(scene, taking.node, taking.message):
            continue
        known = _known(scene, taking, kinds)
        half = _unchecked(scene, taking, known, kinds)
        if half is not None:
            unchecked.append((taking, half))
        elif taking.after or taking.key:
            continue
        elif known.evidence is not None:
            if known.evidence.present:
                vetted = vetted or known.evidence
            else:
                unsure = unsure or known.evidence
        elif _counts(scene, taking, contained=known.contained):
            used.append((taking, _trusted(scene, taking, contained=known.contained)))
    if used or unchecked:
        return _trusting(scene, socket, used or unchecked, told_apart=bool(sites))
    parse = _parse_of(scene, socket)
    evidence = (
        _validator(scene, socket) or unsure or leaving(scene, socket, kinds) or vetted
    )
    if evidence is None:
        if parse is None and not all_:
            return None
        evidence = Evidence(
            Seen.PRESENT, "messages are only compared, logged, shown or answered"
        )
    return Inbound(
        at=parse or evidence.at or socket.fact.at,
        connections=(socket.fact,),
        uses=(),
        vetted=evidence,
        parse=parse,
    )


def _unchecked(
    scene: Scene, taking: Taking, known: Vetting, kinds: frozenset[Path]
) -> Trusted | None:
    """A use that needs a type, of a part of which only was seen that it is there."""
    if not taking.typed:
        return None
    if not taking.key and (known.evidence is None or not known.evidence.present):
        return None
    found = vetting(scene, taking.part, taking.message, kinds, typed=True)
    if found.evidence is not None or found.contained:
        return None
    if _on_the_way(scene, taking, kinds, typed=True) is not None:
        return None
    trusted = _trusted(scene, taking, contained=False)
    return replace(trusted, unchecked=True)


def _known(scene: Scene, taking: Taking, kinds: frozenset[Path]) -> Vetting:
    """What has looked at a part where it is used, or where it left the message."""
    known = vetting(scene, taking.part, taking.message, kinds)
    if known.evidence is None and taking.node is not taking.part:
        left = vetting(scene, taking.node, taking.message, kinds)
        if left.evidence is not None:
            return left
    if known.evidence is None:
        return replace(known, evidence=_on_the_way(scene, taking, kinds))
    return known


def _on_the_way(
    scene: Scene, taking: Taking, kinds: frozenset[Path], *, typed: bool = False
) -> Evidence | None:
    """What has looked at a part on its way here.

    Where it was given another name, or in the function that made the message anew.
    What is made into text on the way is no message any more.
    """
    found: Evidence | None = None
    for origin in origins(scene.program, taking.part):
        if not any(_above(scene, origin.node, taking.message)):
            continue
        looked = (
            vetting(scene, step, part, kinds, typed=typed).evidence
            for step in (*origin.via[1:], origin.node)
            for part in _above(scene, step, taking.message)
        )
        here = next((each for each in looked if each is not None), None)
        if here is None:
            return None
        found = found or here
    return found


def _above(scene: Scene, node: nodes.Expression, message: Message) -> Iterator[Message]:
    """The part that was to be looked at where an expression is all that it lies in.

    The items of a list of texts, or of a text, are as good as that.
    """
    for part in parts(scene, node, message):
        rest = message.path[len(part.path) :]
        if part.path == message.path[: len(part.path)]:
            yield part if rest and set(rest) == {ITEM} and part.path else message


def _trusting(
    scene: Scene,
    socket: Socket,
    used: list[tuple[Taking, Trusted]],
    *,
    told_apart: bool,
) -> Inbound:
    used.sort(key=lambda one: _rank(scene, *one))
    first = used[0][0]
    parse = first.message.parse
    uses = {trusted.at: trusted for _, trusted in used}
    return Inbound(
        at=used[0][1].at,
        connections=(socket.fact,),
        uses=tuple(uses.values()),
        vetted=Evidence(Seen.ABSENT),
        parse=scene.callee_place(parse) if parse is not None else None,
        assumed=_assumed(scene, first),
        told_apart=told_apart,
        typed=_typed(scene, socket),
    )


def _rank(scene: Scene, taking: Taking, trusted: Trusted) -> tuple[object, ...]:
    """Which use is spoken of first: one that most messages come by, near the parse."""
    source = scene.place(taking.message.parse or taking.message.source)
    of_item = taking.message.path[-1:] == (ITEM,)
    return (
        of_item and taking.how is Trust.OPENED,
        trusted.at.path != source.path,
        _is_rare(scene, taking.node, taking.message),
        trusted.at,
    )


def _is_rare(scene: Scene, node: Node, message: Message, depth: int = 0) -> bool:
    """Whether a use depends on something that has nothing to do with its message."""
    if any(
        not isinstance(strip(test), nodes.Literal)
        and not any(
            is_of(scene, part, message)
            for part in walk(test)
            if isinstance(part, nodes.Name | nodes.Member | nodes.Call)
        )
        for test in deciding(scene.program, node)
    ):
        return True
    sites = list(outside(scene, node, message)) if depth < STEPS else []
    return bool(sites) and all(
        _is_rare(scene, site, message, depth + 1) for site in sites
    )


def _trusted(scene: Scene, taking: Taking, *, contained: bool) -> Trusted:
    python = scene.program.module_of(taking.node).language == "python"
    return Trusted(
        at=scene.place(taking.node),
        text=_text(taking.node),
        how=taking.how,
        needs=_needed(taking.message),
        contained=contained,
        throws="raises" if python else "throws",
    )


def _needed(message: Message) -> str:
    """The key by which a part lies in its message, as far as it is a plain one."""
    last = message.path[-1] if message.path else ""
    return last if last == ITEM or last.isidentifier() else ""


def _is_kind(taking: Taking, kinds: frozenset[Path]) -> bool:
    """Whether a use only gets at what messages are told apart by."""
    path = taking.message.path
    if path in kinds:
        return True
    name = taking.node.name if isinstance(taking.node, nodes.Member) else ""
    return taking.how is Trust.OPENED and (*path, name) in kinds


def _counts(scene: Scene, taking: Taking, *, contained: bool) -> bool:
    """Whether a use matters that costs no more than its message."""
    python = scene.program.module_of(taking.node).language == "python"
    return not contained or not python or goes_on(scene, taking.node)


# -- what looks at the messages ----------------------------------------------------


def _validator(scene: Scene, socket: Socket) -> Evidence | None:
    for validation in validations(scene):
        if validation.message.socket is socket:
            name = written(validation.call.function)
            at = scene.place(validation.call)
            return Evidence(Seen.PRESENT, f"`{name}` validates the messages", at)
    return None


def _parse_of(scene: Scene, socket: Socket) -> Place | None:
    for call, sockets in message_parses(scene):
        if socket in sockets:
            return scene.callee_place(call)
    for use in socket.uses:
        if use.op.means in {"receive", "iterate"} and use.op.decodes == "json":
            return scene.callee_place(use.call)
    return None


# -- what the code says of them ----------------------------------------------------


def _assumed(scene: Scene, taking: Taking) -> str:
    """The type that a message is declared to be of, "" where no type is claimed."""
    if scene.program.module_of(taking.node).language == "python":
        return ""
    for annotation in _annotations(scene, taking):
        name = _type_name(scene, annotation)
        if name and not scene.says("any-type", name):
            return name
    return ""


def _type_name(scene: Scene, annotation: nodes.Expression) -> str:
    """How a type is called, a union by its first member."""
    annotation = strip(annotation)
    if not isinstance(annotation, nodes.Binary) or annotation.op != "|":
        return last_name(annotation)
    first, rest = (
        _type_name(scene, annotation.left),
        _type_name(scene, annotation.right),
    )
    if not first or scene.says("any-type", first) or scene.says("any-type", rest):
        return ""
    return first if first.endswith("…") else f"{first} | …"


def _annotations(scene: Scene, taking: Taking) -> Iterator[nodes.Expression]:
    root = strip(taking.node)
    while isinstance(root, nodes.Member | nodes.Index | nodes.Call):
        root = strip(root.function if isinstance(root, nodes.Call) else root.object)
    if isinstance(root, nodes.Name):
        binding = scene.program.binding(root)
        for write in binding.writes if binding is not None else ():
            if write.annotation is not None and not write.path:
                yield write.annotation
            if isinstance(write.value, nodes.Cast) and write.value.annotation:
                yield write.value.annotation
    at: nodes.Node | nodes.Module | None = taking.message.parse
    while isinstance(at, nodes.Call | nodes.Cast | nodes.Bind):
        if isinstance(at, nodes.Cast | nodes.Bind) and at.annotation is not None:
            yield at.annotation
        at = scene.program.parents.get(at)
    creation = taking.message.socket.creation
    if creation is not None and taking.message.parse is None:
        yield from creation.type_arguments


def _typed(scene: Scene, socket: Socket) -> bool:
    """Whether the types of a library say what the events of a socket carry."""
    around = scene.program.parents.get(socket.site)
    given: list[nodes.Node | None] = [socket.site]
    if isinstance(around, nodes.Bind | nodes.Parameter):
        given.append(around.annotation)
    return any(
        isinstance(each, nodes.Index) and last_name(each.object) == "Socket"
        for each in given
    )


def _text(node: nodes.Expression) -> str:
    """A use as the code writes it, with keys that are plain."""
    match strip(node):
        case nodes.Index(object=inner, index=nodes.Literal(kind="string", value=key)):
            return f'{_text(inner)}["{key}"]'
        case nodes.Index(object=inner, index=nodes.Literal(value=key)):
            return f"{_text(inner)}[{key}]"
        case nodes.Member(object=inner, name=name, optional=optional):
            return f"{_text(inner)}{'?.' if optional else '.'}{name}"
        case other:
            return written(other)
