"""Fixes of the chapter messages: kinds of messages that nobody takes."""

from __future__ import annotations

from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import Layout, layout_of, logging_imported, tells
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.syntax import nodes

TITLE = "log messages of other kinds"
TOLD = "message of an unknown kind"


@fixes("WS225")
def message_dispatch_without_default(finding: Finding, ground: Ground) -> Fix | None:
    """Add the branch that logs what no other branch is for."""
    layout = layout_of(ground, finding.at.path)
    heads: tuple[nodes.Switch | nodes.If, ...] = (
        *ground.nodes_at(finding.at, nodes.Switch),
        *ground.nodes_at(finding.at, nodes.If),
    )
    if layout is None or not heads:
        return None
    head = heads[0]
    subject = head.subject if isinstance(head, nodes.Switch) else _subject(head)
    value = ground.text(subject) if subject is not None and _is_plain(subject) else ""
    told = tells(ground, layout, head, TOLD, value)
    needed = None if told else logging_imported(layout)
    if not told and needed is None:
        return None
    told = told or _logs(layout, value)
    added = (
        _case(head, layout, told)
        if isinstance(head, nodes.Switch)
        else _else(head, layout, told)
    )
    if added is None or _gives_values(head):
        return None
    sure = needed is None and (layout.python or isinstance(head, nodes.Switch))
    edits = (added,) if needed is None else (needed, added)
    return Fix(TITLE, Applicability.SAFE if sure else Applicability.SUGGEST, edits)


def _logs(layout: Layout, value: str) -> str:
    mark = layout.quote
    more = f"{TOLD}: %r{mark}, {value}" if value else f"{TOLD}{mark}"
    return f"logging.warning({mark}{more})"


def _subject(head: nodes.If) -> nodes.Expression | None:
    """What a chain compares: the plain side of its first comparison."""
    match head.test:
        case nodes.Binary(op="==", left=left, right=nodes.Literal()):
            return left
        case nodes.Binary(op="==", left=nodes.Literal(), right=right):
            return right
        case _:
            return None


def _is_plain(subject: nodes.Expression) -> bool:
    """Whether an expression does nothing when it is looked at once more."""
    return not any(
        isinstance(node, nodes.Call | nodes.Await | nodes.Assign | nodes.Unary)
        for node in tree.walk(subject)
    )


def _gives_values(head: nodes.Switch | nodes.If) -> bool:
    """Whether its branches give a result, so that a new one had to give one too."""
    return any(
        isinstance(node, nodes.Return) and node.value is not None
        for node in tree.own(head)
    )


def _case(head: nodes.Switch, layout: Layout, told: str) -> Edit | None:
    """A default behind the last case."""
    last = head.cases[-1] if head.cases else None
    if last is None or not layout.begins_line(last) or last.default:
        return None
    indent = layout.indent(last.start)
    inner = indent + layout.step
    if layout.python:
        if not last.body or not layout.ends_line(last.body[-1]):
            return None
        return layout.after(last.body[-1], indent, "case _:", f"{layout.step}{told}")
    closing = head.end - 1
    first = layout.start_of_line(closing)
    if layout.source.data[first:closing].strip() or last.falls_through:
        return None
    newline = layout.newline(closing - 1)
    return layout.insert(first, f"{indent}default:{newline}{inner}{told}{newline}")


def _else(head: nodes.If, layout: Layout, told: str) -> Edit | None:
    """An else behind the last of a chain, which has at least two links."""
    last, links = head, 1
    while len(last.other) == 1 and isinstance(last.other[0], nodes.If):
        last, links = last.other[0], links + 1
    if links < 2 or last.other or not last.then or not layout.begins_line(head):
        return None
    indent = layout.indent(head.start)
    if layout.python:
        if not layout.has_lines(last.then[-1]):
            return None
        return layout.after(last.then[-1], indent, "else:", f"{layout.step}{told}")
    if layout.source.data[last.end - 1 : last.end] != b"}":
        return None
    newline = layout.newline(last.end)
    inner = f"{newline}{indent}{layout.step}{told}{newline}{indent}"
    return layout.insert(last.end, f" else {{{inner}}}")
