"""What an expression may be, and who calls a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.program import tree, values
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.source import Sentence
    from wsaudit.syntax.nodes import Node


def explain(scene: Scene, node: Node) -> Iterator[Sentence]:
    """The values of an expression, the scope of a name, the callers of a function."""
    program = scene.program
    match node:
        case nodes.Function():
            sites = program.callers(node)
            for site in sites:
                yield "called at ", scene.place(site)
            if not sites:
                yield ("called from nowhere that is in sight",)
        case nodes.Name() | nodes.Member() | nodes.Index() | nodes.Call():
            for value in program.values(node):
                yield "may be ", *_worded(scene, value)
        case _:
            return
    if isinstance(node, nodes.Name):
        binding = program.binding(node)
        for write in binding.writes if binding is not None else ():
            yield f"bound ({write.kind}) at ", scene.place(write.at)


def _worded(scene: Scene, value: values.Value) -> Sentence:
    match value:
        case values.Const(value=constant):
            return (repr(constant),)
        case values.External(name=name, receiver=None):
            return (f"`{name}`",)
        case values.External(name=name, receiver=receiver) if receiver is not None:
            return f"`{name}` of what is made at ", scene.place(receiver.site)
        case values.Instance(of=of, site=site):
            return f"what `{of}` gives at ", scene.place(site)
        case values.Func(function=function):
            name = scene.program.name_of(function) or "without a name"
            return f"the function `{name}` at ", scene.place(function)
        case values.ClassRef(node=cls):
            return f"the class `{cls.name}` at ", scene.place(cls)
        case values.Object(node=cls):
            return f"an instance of `{cls.name}` at ", scene.place(cls)
        case values.Rec(node=record):
            keys = ", ".join(str(tree.key_of(entry)) for entry in record.entries[:5])
            return f"a record with {keys or 'no keys'} at ", scene.place(record)
        case values.Seq(node=sequence):
            return f"{len(sequence.items)} items at ", scene.place(sequence)
        case values.ModuleRef(path=path):
            return (f"the module {path}",)
        case values.Unknown(reason=reason):
            return (f"something unknown: {reason}",)
        case _:
            return (str(value),)
