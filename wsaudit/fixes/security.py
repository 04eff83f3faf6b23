"""Fixes of the chapter security: what comes in is not always JSON."""

from __future__ import annotations

from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import Layout, free_name, layout_of, logging_imported, tells
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.source import Place
from wsaudit.syntax import nodes

TITLE = "leave out a frame that is not JSON"
NOT_JSON = "a frame is not JSON"
NAMES = ("message", "parsed", "frame", "received")
_STRAIGHT = (
    nodes.Argument
    | nodes.Await
    | nodes.Bind
    | nodes.Call
    | nodes.Cast
    | nodes.Expr
    | nodes.Return
)


@fixes("WS167")
def unguarded_message_parse(finding: Finding, ground: Ground) -> Fix | None:
    """Parse in a ``try`` of its own, and leave the handler where that fails."""
    layout = layout_of(ground, finding.at.path)
    calls = [
        call
        for call in ground.nodes_at(finding.at, nodes.Call)
        if finding.at.end in (call.end, call.function.end)
    ]
    if layout is None or not calls:
        return None
    parents = ground.scene.program.parents
    around = parents.get(calls[0])
    parse = around if isinstance(around, nodes.Await) else calls[0]
    statement = tree.statement_of(parse, parents)
    if layout.python:
        return _in_loop(parse, statement, layout, ground)
    return _in_handler(parse, statement, layout, ground)


def _in_loop(
    parse: nodes.Node, statement: nodes.Node, layout: Layout, ground: Ground
) -> Fix | None:
    """A bad frame of a receive loop in Python costs that frame."""
    loop = next(tree.loops(statement, ground.scene.program.parents), None)
    whole = isinstance(statement, nodes.Bind) and statement.value is parse
    if loop is None or not whole or not layout.has_lines(statement):
        return None
    told = tells(ground, layout, statement, NOT_JSON)
    needed = None if told else logging_imported(layout)
    if not told and needed is None:
        return None
    mark, step = layout.quote, layout.step
    told = told or f"logging.warning({mark}{NOT_JSON}{mark})"
    below = ("except ValueError:", f"{step}{told}", f"{step}continue")
    edits = layout.wrap(statement, ("try:",), below)
    if needed is not None:
        edits.append(needed)
    return Fix(
        "leave out a frame that is not JSON", Applicability.SUGGEST, tuple(edits)
    )


def _in_handler(
    parse: nodes.Node, statement: nodes.Node, layout: Layout, ground: Ground
) -> Fix | None:
    """A bad frame of a handler in TypeScript ends this call of it."""
    function = ground.scene.program.function_of(parse)
    if function is None or function.returns is not None or _gives(function):
        return None
    if any(tree.loops(statement, ground.scene.program.parents)):
        return None
    indent, step = layout.indent(statement.start), layout.step
    told = tells(ground, layout, statement, NOT_JSON, "error")
    if isinstance(statement, nodes.Return) and function.concise:
        edits = _as_block(parse, statement, told, layout, ground)
    else:
        if not layout.begins_line(statement) or not _is_first(parse, statement, ground):
            return None
        edits = _above(parse, statement, told, layout, ground)
    if not edits or not (indent or step):
        return None
    return Fix(TITLE, Applicability.SUGGEST, tuple(edits))


def _gives(function: nodes.Function) -> bool:
    """Whether a function gives its caller something."""
    return not function.concise and any(
        isinstance(node, nodes.Return) and node.value is not None
        for node in tree.own_of(function)
    )


def _is_first(parse: nodes.Node, statement: nodes.Node, ground: Ground) -> bool:
    """Whether a statement always comes to a parse, and to nothing of note before."""
    inside = [
        around
        for around in tree.ancestors(parse, ground.scene.program.parents)
        if around.start >= statement.start and around.end <= statement.end
    ]
    return all(isinstance(one, _STRAIGHT | nodes.Switch) for one in inside)


def _guarded(
    name: str, kind: str, code: str, told: str, layout: Layout
) -> tuple[str, ...]:
    """The lines that parse into a variable, or leave."""
    step, stop = layout.step, layout.stop
    return (
        f"let {name}{kind}{stop}",
        "try {",
        f"{step}{name} = {code}{stop}",
        "} catch (error) {",
        f"{step}{told}",
        f"{step}return{stop}",
        "}",
    )


def _above(
    parse: nodes.Node,
    statement: nodes.Node,
    told: str,
    layout: Layout,
    ground: Ground,
) -> list[Edit]:
    code = ground.text(parse)
    match statement:
        case nodes.Bind(kind="const" | "let", target=nodes.Name(id=name)) if (
            statement.value is parse
        ):
            kind = ground.text(statement.annotation) if statement.annotation else ""
            kind = f": {kind}" if kind else ""
            head = layout.source.data[statement.start : parse.start]
            if b"," in head or not head.startswith((b"const ", b"let ")):
                return []
            newline = layout.newline(statement.start)
            lines = _guarded(name, kind, code, told, layout)
            text = f"{newline}{layout.indent(statement.start)}".join(lines)
            return [Edit(_with_semicolon(statement, layout), text)]
        case _:
            name = free_name(ground, parse, *NAMES)
            if not name:
                return []
            lines = _guarded(name, "", code, told, layout)
            return [layout.before(statement, *lines), layout.replace(parse, name)]


def _with_semicolon(statement: nodes.Node, layout: Layout) -> Place:
    end = statement.end
    if layout.source.data[end : end + 1] == b";":
        end += 1
    return layout.place(statement.start, end)


def _as_block(
    parse: nodes.Node,
    statement: nodes.Return,
    told: str,
    layout: Layout,
    ground: Ground,
) -> list[Edit]:
    """An arrow's expression as a block that parses first."""
    value = statement.value
    name = free_name(ground, parse, *NAMES)
    if value is None or not name or not _is_first(parse, value, ground):
        return []
    indent = layout.indent(value.start)
    newline = layout.newline(value.start)
    inner = f"{newline}{indent}{layout.step}"
    lines = _guarded(name, "", ground.text(parse), told, layout)
    before = f"{{{inner}{inner.join(lines)}{inner}"
    after = f"{layout.stop}{newline}{indent}}}"
    return [
        layout.insert(value.start, before),
        layout.replace(parse, name),
        layout.insert(value.end, after),
    ]
