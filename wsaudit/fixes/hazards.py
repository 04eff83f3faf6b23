"""Fixes of the chapter hazards: loops over connections, and ends that go unnoticed."""

from __future__ import annotations

from wsaudit.analysis import catching
from wsaudit.edits import Applicability, Edit, Fix
from wsaudit.fixes import Ground, fixes
from wsaudit.fixes.layout import (
    GONE,
    Layout,
    caught,
    free_name,
    layout_of,
    logging_imported,
    tells,
)
from wsaudit.model.registry import Container
from wsaudit.nouns.sending.snapshots import container_at
from wsaudit.outcome import Finding
from wsaudit.program import tree
from wsaudit.syntax import nodes

COPY = "go over a copy"
OUTCOMES = (("outcomes", "results"), ("outcome", "result"))


@fixes("WS181")
def broadcast_over_live_collection(finding: Finding, ground: Ground) -> Fix | None:
    """Put ``list(…)`` around what the loop goes over."""
    layout = layout_of(ground, finding.at.path)
    found = ground.nodes_at(finding.at, nodes.Node)
    whole = [node for node in found if node.end == finding.at.end]
    if layout is None or not layout.python or not whole:
        return None
    plain = ground.scene.program.binding_named("list", whole[0]) is None
    before, after = ("list(", ")") if plain else ("[*", "]")
    edits = (
        layout.insert(finding.at.start, before),
        layout.insert(finding.at.end, after),
    )
    return Fix(COPY, Applicability.SAFE, edits)


@fixes("WS183")
def receive_loop_swallows_disconnect(finding: Finding, ground: Ground) -> Fix | None:
    """Let the end of the connection lead out before the broad handler."""
    layout = layout_of(ground, finding.at.path)
    handlers = ground.nodes_at(finding.at, nodes.Handler)
    if layout is None or not layout.python or not handlers:
        return None
    handler, scene = handlers[0], ground.scene
    around = scene.program.parents.get(handler)
    loop = next(tree.loops(handler, scene.program.parents), None)
    if not isinstance(around, nodes.Try) or loop is None or around.star:
        return None
    leaves = "raise" if _is_handled_outside(around, loop, ground) else "break"
    if catching.is_end_of_connection(scene, handler):
        last = handler.body[-1] if handler.body else None
        if last is None or not layout.has_lines(last):
            return None
        edits = [layout.after(last, layout.indent(last.start), leaves)]
        return Fix("leave the loop", Applicability.SAFE, tuple(edits))
    found = _disconnect(handler, loop, layout, ground)
    if found is None or not layout.begins_line(handler):
        return None
    name, needed = found
    head = f"except {name}:"
    edits = [layout.before(handler, head, f"{layout.step}{leaves}"), *needed]
    title = f"leave the loop on `{name}`"
    return Fix(title, Applicability.SAFE, tuple(edits))


def _is_handled_outside(around: nodes.Try, loop: nodes.Loop, ground: Ground) -> bool:
    """Whether something around the loop is there for what leaves it."""
    parents = ground.scene.program.parents
    return any(
        region.part == "body" and region.statement.handlers
        for region in tree.tries(loop, parents)
        if region.statement is not around
    )


def _disconnect(
    handler: nodes.Handler, loop: nodes.Loop, layout: Layout, ground: Ground
) -> tuple[str, list[Edit]] | None:
    """What a file calls the end of its connections, and the import it lacks."""
    scene = ground.scene
    dialects = [
        use.sockets[0].dialect
        for node in tree.walk(loop)
        if isinstance(node, nodes.Call) and (use := scene.use_of_call.get(node))
    ]
    ends = [first for d in dialects for first, _ in catching.disconnects(scene, d)]
    if not ends:
        return None
    canonical = _widest(ends[0], ends, ground)
    wanted = canonical.rpartition(".")[2]
    for statement in layout.module.body:
        if not isinstance(statement, nodes.Import):
            continue
        if statement.plain:
            full = f"{statement.module}.{wanted}"
            if scene.program.canonical(full) == canonical:
                return full, []
            continue
        for name in statement.names:
            full = f"{statement.module}.{name.name}"
            if scene.program.canonical(full) == canonical:
                return name.alias, []
    if scene.program.binding_named(wanted, handler) is not None:
        return None
    return _imported(wanted, canonical, layout, ground)


def _widest(first: str, ends: list[str], ground: Ground) -> str:
    """An exception that all of some are kinds of, where they have one in common."""
    common = set.intersection(*(set(_lineage(ground, each)) for each in ends))
    words = ground.scene.dialects.match_word
    named = sorted(one for one in common if words("disconnect", one) is not None)
    return named[0] if named else first


def _lineage(ground: Ground, name: str) -> frozenset[str]:
    return catching.ancestry(ground.scene, name) | {name}


def _imported(
    wanted: str, canonical: str, layout: Layout, ground: Ground
) -> tuple[str, list[Edit]] | None:
    """One more name in an import of a module that has it."""
    program = ground.scene.program
    for statement in layout.module.body:
        if not isinstance(statement, nodes.Import) or statement.plain:
            continue
        if program.canonical(f"{statement.module}.{wanted}") != canonical:
            continue
        last = statement.names[-1] if statement.names else None
        if last is not None and last.name != "*":
            return wanted, [layout.insert(last.end, f", {wanted}")]
    return None


@fixes("WS180")
def broadcast_failure_not_isolated(finding: Finding, ground: Ground) -> Fix | None:
    """Let each send of a broadcast fail by itself."""
    layout = layout_of(ground, finding.at.path)
    if layout is None or not layout.python:
        return None
    if finding.variant == "swallows-cancellation":
        return _narrower(finding, layout, ground)
    calls = [
        call
        for call in ground.nodes_at(finding.at, nodes.Call)
        if finding.at.end in (call.end, call.function.end)
    ]
    if calls and any(one.spread for one in calls[0].arguments):
        return _gathered(calls[0], layout, ground)
    source = ground.node_at(finding.at, nodes.Node)
    loop = ground.scene.program.parents.get(source) if source else None
    if not isinstance(loop, nodes.Loop):
        return None
    return _each_apart(loop, finding, layout, ground)


def _narrower(finding: Finding, layout: Layout, ground: Ground) -> Fix | None:
    """``except Exception:`` in the place of an ``except:``."""
    handlers = ground.nodes_at(finding.at, nodes.Handler)
    if not handlers or handlers[0].types or handlers[0].target:
        return None
    at = layout.insert(handlers[0].start + len("except"), " Exception")
    return Fix("catch what is an error only", Applicability.SUGGEST, (at,))


def _gathered(call: nodes.Call, layout: Layout, ground: Ground) -> Fix | None:
    """``return_exceptions=True``, where nobody uses the results, and a log of them."""
    around = ground.scene.program.parents.get(call)
    awaited = isinstance(around, nodes.Await) and isinstance(
        ground.scene.program.parents.get(around), nodes.Expr
    )
    last = call.arguments[-1]
    alone = len(call.arguments) == 1 and layout.source.line_of(
        last.start
    ) == layout.source.line_of(call.end)
    if not awaited or any(one.keyword for one in call.arguments) or not alone:
        return None
    statement = tree.statement_of(call, ground.scene.program.parents)
    names = [free_name(ground, call, *words) for words in OUTCOMES]
    told = tells(ground, layout, call, GONE, names[1])
    needed = None if told else logging_imported(layout)
    if not all(names) or not layout.has_lines(statement) or not (told or needed):
        return None
    outcomes, outcome = names
    mark, step = layout.quote, layout.step
    told = told or f"logging.warning({mark}{GONE}: %r{mark}, {outcome})"
    below = (
        f"for {outcome} in {outcomes}:",
        f"{step}if isinstance({outcome}, Exception):",
        f"{step}{step}{told}",
    )
    edits = [
        layout.insert(statement.start, f"{outcomes} = "),
        layout.insert(last.end, ", return_exceptions=True"),
        layout.after(statement, layout.indent(statement.start), *below),
        *((needed,) if needed else ()),
    ]
    title = "keep failures apart, and log them"
    return Fix(title, Applicability.SUGGEST, tuple(edits))


def _each_apart(
    loop: nodes.Loop, finding: Finding, layout: Layout, ground: Ground
) -> Fix | None:
    """A ``try`` around the send, that drops the client from what the loop goes over.

    Where nobody can tell how to drop it, it is logged that it has left.
    """
    sent_at = finding.related[0].at if finding.related else finding.at
    statement = next(
        (
            one
            for one in loop.body
            if isinstance(one, nodes.Expr)
            and one.start <= sent_at.start
            and sent_at.end <= one.end
        ),
        None,
    )
    if statement is None or not layout.has_lines(statement):
        return None
    dropped = _drop(loop, ground)
    if dropped is None:
        return _each_logged(statement, layout, ground)
    drop, copy = dropped
    below = ("except Exception:", f"{layout.step}{drop}")
    edits = layout.wrap(statement, ("try:",), below)
    if copy and loop.source is not None:
        edits.append(layout.insert(loop.source.start, "list("))
        edits.append(layout.insert(loop.source.end, ")"))
    title = "drop a client whose send fails, and go on"
    return Fix(title, Applicability.SUGGEST, tuple(edits))


def _each_logged(
    statement: nodes.Statement, layout: Layout, ground: Ground
) -> Fix | None:
    edits = caught(ground, layout, statement, GONE)
    title = "log a client whose send fails, and go on"
    return Fix(title, Applicability.SUGGEST, edits) if edits else None


def _drop(loop: nodes.Loop, ground: Ground) -> tuple[str, bool] | None:
    """How an element of a loop is dropped, and whether the loop needs a copy first."""
    source, copy = loop.source, True
    match source:
        case nodes.Call(
            function=nodes.Name(id="list" | "tuple" | "set"),
            arguments=(nodes.Argument(value=inner, spread=""),),
        ):
            source, copy = inner, False
        case _:
            pass
    match source, loop.target:
        case (
            nodes.Call(function=nodes.Member(object=table, name="items"), arguments=()),
            nodes.Sequence(items=(nodes.Name() as key, *_)),
        ) if tree.dotted(table) or isinstance(table, nodes.Index):
            return f"{ground.text(table)}.pop({key.id}, None)", copy
        case (
            (nodes.Name() | nodes.Member() | nodes.Index()) as held,
            nodes.Name(id=element),
        ):
            text = ground.text(held) if _is_plain(held) else ""
            container = container_at(ground.scene, held)
            if text and container is Container.SET:
                return f"{text}.discard({element})", copy
            if text and container is Container.LIST:
                return f"{text}.remove({element})", copy
            if text and container is Container.DICT:
                return f"{text}.pop({element}, None)", copy
    return None


def _is_plain(held: nodes.Expression) -> bool:
    """Whether a collection is the same, and nothing happens, when named once more."""
    plain = nodes.Name | nodes.Member | nodes.Index | nodes.Literal
    return all(isinstance(node, plain) for node in tree.walk(held))
