"""Fixes of the chapter reconnection: a success that does not set the delay back."""

from __future__ import annotations

from wsaudit.connections.scene import Attached, Socket
from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import Layout, layout_of
from wsaudit.model import Event
from wsaudit.outcome import Finding
from wsaudit.program import stores, tree, values
from wsaudit.source import Place
from wsaudit.syntax import nodes

OPENING = {"onclose": "onopen", "close": "open"}


@fixes("WS126")
def backoff_never_reset(finding: Finding, ground: Ground) -> Fix | None:
    """Set the counter back to its first value where the socket has opened."""
    layout = layout_of(ground, finding.at.path)
    if layout is None or finding.variant == "reset-too-early":
        return None
    counter = finding.message.split("`")[1]
    socket = _socket(finding.at, ground)
    node = _counted(counter, finding.at, ground)
    if socket is None or node is None:
        return None
    first = _first_value(node, ground)
    if not first:
        return None
    counter = ground.text(node)
    title = f"set `{counter}` back when the connection is open"
    if layout.python:
        edits = _after_connecting(socket, f"{counter} = {first}", node, layout, ground)
        return Fix(title, Applicability.SAFE, tuple(edits)) if edits else None
    line = f"{counter} = {first}{layout.stop}"
    opened = [one for one in socket.attached if one.event is Event.OPEN]
    if opened:
        edits = _in_handler(opened, line, node, layout, ground)
        return Fix(title, Applicability.SAFE, tuple(edits)) if edits else None
    edits = _new_handler(socket, line, node, layout, ground)
    return Fix(title, Applicability.SUGGEST, tuple(edits)) if edits else None


def _socket(at: Place, ground: Ground) -> Socket | None:
    """The only client of a file whose way back could be meant."""
    found = [
        socket
        for socket in ground.scene.sockets
        if socket.creation is not None
        and ground.scene.place(socket.site).path == at.path
    ]
    return found[0] if len(found) == 1 else None


def _counted(counter: str, at: Place, ground: Ground) -> nodes.Expression | None:
    """A read or write of the counter near the finding, by how it is written."""
    module = ground.module(at.path)
    found = [
        node
        for node in (tree.walk(module) if module else ())
        if isinstance(node, nodes.Name | nodes.Member)
        and (tree.dotted(node) == counter or tree.last_name(node) == counter)
    ]
    near = [node for node in found if at.start <= node.start and node.end <= at.end]
    fields = [node for node in found if isinstance(node, nodes.Member)]
    return next(iter((*near, *fields, *found)), None)


def _first_value(node: nodes.Expression, ground: Ground) -> str:
    """The code of the number that a counter begins with, "" where it is none."""
    program = ground.scene.program
    value: nodes.Expression | None = None
    if isinstance(node, nodes.Name):
        binding = program.binding(node)
        value = binding.writes[0].value if binding and binding.writes else None
    elif isinstance(node, nodes.Member) and isinstance(node.object, nodes.Name):
        if node.object.id in ("this", "self"):
            value = _of_field(node, ground)
        elif any(map(_is_ref, program.values(node.object))):
            held = program.binding(node.object)
            made = held.writes[0].value if held and held.writes else None
            if isinstance(made, nodes.Call) and len(made.arguments) == 1:
                value = made.arguments[0].value
    if isinstance(value, nodes.Literal) and value.kind == "number":
        return ground.text(value)
    if isinstance(value, nodes.Name) and isinstance(node, nodes.Name):
        constant = program.binding(value)
        if constant is not None and constant.constant and not constant.is_local:
            return value.id
    return ""


def _is_ref(value: values.Value) -> bool:
    return isinstance(value, values.Instance) and value.of == stores.REF


def _of_field(node: nodes.Member, ground: Ground) -> nodes.Expression | None:
    """What a class gives one of its fields first."""
    cls = ground.scene.program.class_around(node)
    for inner in tree.walk(cls) if cls is not None else ():
        match inner:
            case nodes.Bind(kind="field", target=nodes.Name(id=name), value=value) if (
                name == node.name
            ):
                return value
            case nodes.FunctionDef(name="__init__", function=function):
                for statement in function.body:
                    if (
                        isinstance(statement, nodes.Bind)
                        and tree.dotted(statement.target) == f"self.{node.name}"
                    ):
                        return statement.value
            case _:
                pass
    return None


def _means_same(node: nodes.Expression, where: nodes.Node, ground: Ground) -> bool:
    """Whether the counter is called the same in another function."""
    program = ground.scene.program
    base = node
    while isinstance(base, nodes.Member):
        base = tree.strip(base.object)
    if not isinstance(base, nodes.Name):
        return False
    if base.id in ("this", "self"):
        return program.class_around(node) is program.class_around(where)
    return program.binding_named(base.id, where) is program.binding(base)


def _in_handler(
    opened: list[Attached],
    line: str,
    node: nodes.Expression,
    layout: Layout,
    ground: Ground,
) -> list[Edit]:
    """The line at the top of the only handler of the opening."""
    functions = [function for one in opened for function in one.functions]
    if len(functions) != 1 or ground.scene.place(functions[0]).path != (
        layout.module.path
    ):
        return []
    function = functions[0]
    own_this = function.kind != "arrow" and line.startswith("this.")
    if (own_this and function.kind != "method") or not function.body:
        return []
    first = function.body[0]
    if not _means_same(node, first, ground):
        return []
    if function.concise and isinstance(first, nodes.Return) and first.value:
        value, indent = first.value, layout.indent(function.start)
        newline = layout.newline(value.start)
        inner = f"{newline}{indent}{layout.step}"
        return [
            layout.insert(value.start, f"{{{inner}{line}{inner}"),
            layout.insert(value.end, f"{layout.stop}{newline}{indent}}}"),
        ]
    if layout.begins_line(first):
        return [layout.before(first, line)]
    return [layout.insert(first.start, f"{line} ")]


def _new_handler(
    socket: Socket, line: str, node: nodes.Expression, layout: Layout, ground: Ground
) -> list[Edit]:
    """A handler of the opening, attached as that of the close is."""
    for one in socket.attached:
        statement = tree.statement_of(one.at, ground.scene.program.parents)
        event = OPENING.get(one.name, "")
        if one.event is not Event.CLOSE or not event or not one.functions:
            continue
        function = one.functions[0]
        inside = statement.start < function.start < statement.end
        if not inside or not layout.begins_line(statement):
            continue
        if function.kind != "arrow" or not _means_same(node, statement, ground):
            return []
        head = layout.source.data[statement.start : function.start].decode()
        tail = layout.source.data[function.end : statement.end].decode()
        opening = head.replace(one.name, event, 1)
        if head.count(one.name) != 1 or "\n" in head + tail:
            return []
        end = "" if tail.endswith(";") else layout.stop
        step = layout.step
        below = (f"{opening}() => {{", f"{step}{line}", f"}}{tail}{end}")
        return [layout.before(statement, *below)]
    return []


def _after_connecting(
    socket: Socket, line: str, node: nodes.Expression, layout: Layout, ground: Ground
) -> list[Edit]:
    """The line right behind what connects, in Python."""
    creation = socket.creation
    if creation is None:
        return []
    program = ground.scene.program
    if not _means_same(node, creation, ground):
        return []
    if isinstance(node, nodes.Name) and program.function_of(
        creation
    ) is not program.function_of(node):
        return []
    around = next(
        (
            one
            for one in tree.within(creation, program.parents)
            if isinstance(one, nodes.With | nodes.Bind)
        ),
        None,
    )
    if isinstance(around, nodes.With) and around.body:
        first = around.body[0]
        return [layout.before(first, line)] if layout.begins_line(first) else []
    if isinstance(around, nodes.Bind) and layout.has_lines(around):
        return [layout.after(around, layout.indent(around.start), line)]
    return []
