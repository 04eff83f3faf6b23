"""Closed dispatches: a validator before them lets no other kinds of message through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.messages.comparing import fields_of, tag_of
from wsaudit.analysis.messages.validation import validated
from wsaudit.model import Evidence, Seen
from wsaudit.program import values
from wsaudit.program.tree import own
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.analysis.messages.cases import DispatchSite
    from wsaudit.analysis.messages.validation import Validation
    from wsaudit.connections.scene import Scene


def closed(scene: Scene, site: DispatchSite) -> Evidence:
    """Whether every kind that the validator knows has a case in a dispatch."""
    for validation in _before(scene, site):
        at = scene.place(validation.call)
        if not validation.classes:
            why = "the model that its messages are checked against is not in sight"
            return Evidence(Seen.UNKNOWN, why, at)
        kinds: set[str] = set()
        for cls in _told_apart(scene, validation.classes, site.path[:-1]):
            field, texts = tag_of(scene, cls)
            if not texts or field != site.path[-1]:
                return Evidence(Seen.ABSENT)
            kinds.update(texts)
        if kinds and kinds <= set(site.values):
            return Evidence(Seen.PRESENT, "a validator refuses other kinds", at)
    return Evidence(Seen.ABSENT)


def _told_apart(
    scene: Scene, classes: Iterable[nodes.ClassDef], path: tuple[str, ...]
) -> Iterable[nodes.ClassDef]:
    """The models at the end of a path through the fields of models."""
    for step in path:
        classes = [
            value.node
            for cls in classes
            for name, annotation in fields_of(scene, cls)
            if name == step
            for value in scene.program.typed(annotation)
            if isinstance(value, values.Object)
        ]
    return classes


def _before(scene: Scene, site: DispatchSite) -> Iterator[Validation]:
    """The validators that what a dispatch compares has been through."""
    if not site.path:
        return
    compared = [case.node for case in site.cases[:1]]
    if isinstance(site.head, nodes.Switch):
        compared.append(site.head.subject)
    elif site.form == "table":
        compared.append(site.head)
    for node in compared:
        for part in (node, *own(node)):
            if isinstance(part, nodes.Name | nodes.Member | nodes.Index):
                for each in validated(scene, part):
                    yield each.validation
