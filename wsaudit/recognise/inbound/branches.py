"""Branches: dispatches written as ``switch``, ``match``, ``if`` chains or ``? :``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsaudit.program import flow
from wsaudit.program.tree import own_of, strip
from wsaudit.recognise.inbound.cases import Case, DispatchSite, Form
from wsaudit.recognise.inbound.comparing import (
    Comparison,
    class_pattern,
    comparisons,
    constants,
    subjects,
)
from wsaudit.recognise.inbound.remainders import Remainder, passes_on, remainder_of
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.recognise.inbound.messages import Message
    from wsaudit.recognise.scene import Scene

Block = tuple[nodes.Statement, ...]


@dataclass(frozen=True, slots=True)
class _Rest:
    """What becomes of what no case is for: the kind, the block and what acts in it."""

    kind: Remainder
    block: Block = ()
    at: nodes.Node | None = None


def _site(
    form: Form,
    messages: Iterable[Message],
    cases: tuple[Case, ...],
    rest: _Rest,
    head: nodes.Node,
    function: nodes.Function | None,
) -> DispatchSite:
    found = tuple(dict.fromkeys(messages))
    return DispatchSite(
        tuple(dict.fromkeys(message.socket for message in found)),
        found[0],
        found[0].path,
        form,
        cases,
        rest.kind,
        head,
        function,
        rest.at,
        all(case.complete for case in cases),
        rest=rest.block,
    )


# -- switch and match ------------------------------------------------------------


def switches_in(
    scene: Scene, function: nodes.Function, block: Block
) -> Iterator[DispatchSite]:
    """The dispatches that are a ``switch`` or a ``match`` in a block."""
    for index, statement in enumerate(block):
        if isinstance(statement, nodes.Switch):
            site = _switch(scene, function, block, index, statement)
            if site is not None:
                yield site


def _switch(
    scene: Scene,
    function: nodes.Function,
    block: Block,
    index: int,
    switch: nodes.Switch,
) -> DispatchSite | None:
    found = list(subjects(scene, switch.subject))
    cases: list[Case] = []
    messages: list[Message] = []
    for case in switch.cases:
        body = _body(case.body)
        read = _read_case(scene, switch.subject, case, found, body)
        if read is not None:
            cases.append(read[0])
            messages.extend(read[1])
    if not cases or not messages:
        return None
    default = next((case for case in switch.cases if case.default), None)
    if default is not None:
        rest = _rest_of(scene, _body(default.body))
    else:
        rest = _what_follows(
            scene, block, index, index, [c.body for c in cases], messages[0]
        )
    return _site("switch", messages, tuple(cases), rest, switch, function)


def _body(block: Block) -> Block:
    return block[:-1] if block and isinstance(block[-1], nodes.Break) else block


def _read_case(
    scene: Scene,
    subject: nodes.Expression,
    case: nodes.Case,
    found: list[Message],
    body: Block,
) -> tuple[Case, list[Message]] | None:
    """The values of a case and the messages they are compared with."""
    texts: dict[str, None] = {}
    complete = alone = True
    messages: list[Message] = []
    always = isinstance(strip(subject), nodes.Literal)
    for pattern in case.patterns:
        if isinstance(pattern, nodes.Name) and case.default:
            continue
        inner = _compared(scene, subject, pattern, always=always)
        for each in inner:
            messages.append(each.message)
            texts.update(dict.fromkeys(each.values))
            complete = complete and each.complete
            alone = alone and each.alone
        if not inner and found:
            values, whole = constants(scene, pattern, numbers=True)
            texts.update(dict.fromkeys(values))
            complete = complete and whole
            messages.extend(found)
    if not messages or not case.patterns:
        return None
    if all(isinstance(p, nodes.Name) for p in case.patterns) and case.default:
        return None
    does, _ = remainder_of(scene, body)
    at = case.patterns[0]
    alone = alone and case.guard is None
    return Case(tuple(texts), at, body, does, complete, alone), messages


def _compared(
    scene: Scene, subject: nodes.Expression, pattern: nodes.Expression, *, always: bool
) -> list[Comparison]:
    if always:
        return [each for each in comparisons(scene, pattern) if each.holds]
    if isinstance(pattern, nodes.Call | nodes.Record | nodes.Assign | nodes.Binary):
        return list(class_pattern(scene, subject, pattern))
    return []


# -- if chains -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chain:
    """An ``if`` with its ``else if``; ``index`` is its place in the block."""

    index: int
    branches: tuple[tuple[Comparison, Block], ...]
    other: Block
    refused: tuple[tuple[Comparison, Block], ...] = ()
    """Branches for whatever is not of the compared kind."""


def chains_in(
    scene: Scene, function: nodes.Function, block: Block
) -> Iterator[DispatchSite]:
    """The dispatches that are tests on one key in a block, chained or one by one."""
    chains = [
        chain
        for index, statement in enumerate(block)
        if (chain := _chain(scene, index, statement)) is not None
    ]
    paths: dict[tuple[str, ...], None] = {}
    for chain in chains:
        for each, _ in (*chain.branches, *chain.refused):
            if each.values:
                paths[each.message.path] = None
    for path in paths:
        own = [part for chain in chains if (part := _on(chain, path)) is not None]
        if any(part.branches for part in own):
            yield _tests(scene, function, block, own)
        else:
            yield from (_filter(scene, function, block, part) for part in own)


def _on(chain: _Chain, path: tuple[str, ...]) -> _Chain | None:
    """What of a chain is about one key; None when nothing is."""
    branches = tuple(b for b in chain.branches if b[0].message.path == path)
    refused = tuple(b for b in chain.refused if b[0].message.path == path)
    if not branches and not refused:
        return None
    return _Chain(chain.index, branches, chain.other, refused)


def _chain(scene: Scene, index: int, statement: nodes.Statement) -> _Chain | None:
    match statement:
        case nodes.Expr(value=nodes.Logical(op="and", operands=(test, *_))):
            found = tuple((c, (statement,)) for c in comparisons(scene, test))
            return _Chain(index, found, ()) if found else None
        case nodes.If():
            return _chained(scene, index, statement)
        case _:
            return None


def _chained(scene: Scene, index: int, at: nodes.If) -> _Chain | None:
    branches: list[tuple[Comparison, Block]] = []
    refused: list[tuple[Comparison, Block]] = []
    while True:
        for each in comparisons(scene, at.test):
            if each.holds:
                branches.append((each, at.then))
            elif each.alone:
                refused.append((each, at.then))
        following = at.other[0] if len(at.other) == 1 else None
        if not isinstance(following, nodes.If):
            break
        at = following
    if not branches and not refused:
        return None
    return _Chain(index, tuple(branches), at.other, tuple(refused))


def _tests(
    scene: Scene, function: nodes.Function, block: Block, chains: list[_Chain]
) -> DispatchSite:
    cases = tuple(
        Case(
            each.values,
            each.node,
            body,
            remainder_of(scene, body)[0],
            each.complete,
            each.alone,
            each.how == "prefix",
        )
        for chain in chains
        for each, body in (*chain.branches, *_kept(chain))
    )
    messages = [each.message for chain in chains for each, _ in chain.branches]
    rest = _rest_of_chains(scene, block, chains, messages[0])
    form: Form = (
        "isinstance"
        if any(e.how == "isinstance" for c in chains for e, _ in c.branches)
        else "if"
    )
    first = next(chain for chain in chains if chain.branches)
    statement = block[first.index]
    head: nodes.Node = first.branches[0][0].node
    if isinstance(statement, nodes.If) and statement.test is head:
        head = statement
    return _site(form, messages, cases, rest, head, function)


def _kept(chain: _Chain) -> Iterator[tuple[Comparison, Block]]:
    """The kinds that ``if (kind !== x) …`` lets through."""
    for each, _ in chain.refused:
        yield each, chain.other


def _rest_of_chains(
    scene: Scene, block: Block, chains: list[_Chain], message: Message
) -> _Rest:
    """What becomes of the rest after the last test that is about this key."""
    last = chains[-1]
    for chain in chains:
        for _, then in chain.refused:
            if flow.leaves(then):
                return _rest_of(scene, then)
    if last.other:
        return _rest_of(scene, last.other)
    for each, then in last.refused:
        # ``if (kind === a) … else if (kind !== b) …``: for the rest, which is not b.
        if last.branches and each.node.start > last.branches[-1][0].node.start:
            return _rest_of(scene, then)
    bodies = [body for chain in chains for _, body in chain.branches]
    return _what_follows(scene, block, chains[0].index, last.index, bodies, message)


def _what_follows(
    scene: Scene,
    block: Block,
    first: int,
    last: int,
    bodies: Iterable[Block],
    message: Message,
) -> _Rest:
    """The statements after the last case: for the rest alone, when all cases leave."""
    after = block[last + 1 :]
    if after and all(flow.leaves(body) for body in bodies):
        return _rest_of(scene, after)
    for part in (after, block[:first]):
        for kind, at in passes_on(scene, part, parsed=message.parsed):
            return _Rest(kind, (), at)
    return _Rest("none")


def _rest_of(scene: Scene, block: Block) -> _Rest:
    kind, at = remainder_of(scene, block)
    return _Rest(kind, block, at)


def _filter(
    scene: Scene, function: nodes.Function, block: Block, chain: _Chain
) -> DispatchSite:
    """``if (kind !== x) return``: one kind goes on from here."""
    (each, then), *_ = chain.refused
    following = block[chain.index + 1 :] if flow.leaves(then) else chain.other
    case = Case(
        each.values,
        each.node,
        following,
        remainder_of(scene, following)[0],
        each.complete,
        each.alone,
    )
    rest = _rest_of(scene, then)
    statement = block[chain.index]
    return _site("filter", [each.message], (case,), rest, statement, function)


# -- conditional expressions -----------------------------------------------------


def choices_in(scene: Scene, function: nodes.Function) -> Iterator[DispatchSite]:
    """The dispatches that are a chain of ``test ? a : b``."""
    inner: set[nodes.Node] = set()
    for node in own_of(function):
        if not isinstance(node, nodes.Conditional) or node in inner:
            continue
        found: list[tuple[Comparison, nodes.Expression]] = []
        at: nodes.Expression = node
        while isinstance(at, nodes.Conditional):
            inner.add(at)
            found.extend((e, at.then) for e in comparisons(scene, at.test) if e.holds)
            at = strip(at.other)
        values = {text for each, _ in found for text in each.values}
        paths = {each.message.path for each, _ in found}
        if len(values) < 2 or len(paths) != 1:
            continue
        nothing = isinstance(at, nodes.Literal) and at.kind in {"null", "undefined"}
        rest = _Rest("returns" if nothing else "acts", (), at)
        cases = tuple(
            Case(each.values, each.node, (), "acts", each.complete, each.alone)
            for each, _ in found
        )
        yield _site("if", [e.message for e, _ in found], cases, rest, node, function)
