"""Carriers: the code that messages can get to, by what is named where.

A first and cheap answer: whatever is made of a name that carries a message carries one
too. It takes in too much, never too little of what names can tell, so that the exact
question (`wsaudit.analysis.messages.held`) is asked of few expressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsaudit.analysis.emitters import heard
from wsaudit.limits import ROUNDS
from wsaudit.program import values
from wsaudit.program.asked import asked
from wsaudit.program.tree import children, key_of, last_name, own_of, walk
from wsaudit.syntax import nodes

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.names import Binding

_SOURCES = frozenset({"receive", "iterate"})


class Carriers:
    """Which bindings, attributes and functions carry messages; see the module."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.program = scene.program
        self.bindings: set[Binding] = set()
        self.attributes: set[str] = set()
        self.results: set[nodes.Function] = set()
        self._result_names: set[str] = set()
        self._names: set[str] = set()
        self._told: list[str] = []
        found = {function for socket in scene.sockets for function in socket.unit}
        # What a channel was filled with is read by others than those who fill it.
        reads = scene.program.calls_of(scene.dialects.flow_ends("channel-read"))
        found |= {at for each in reads if (at := scene.program.function_of(each))}
        self._units = sorted(found, key=scene.place)
        self._words = {each: frozenset(_words(each)) for each in self._units}
        self._sources: set[nodes.Node] = {
            use.call for use in scene.uses if use.op.means in _SOURCES
        } | set(reads)
        self.functions: tuple[nodes.Function, ...] = ()
        self._seed()
        self._homes = {
            self.program.function_of(node)
            for node in self._sources
            if isinstance(node, nodes.Call)
        }
        self._spread()

    def carries(self, node: nodes.Node) -> bool:
        """Whether something in an expression may be (made of) a message.

        A function that is given to a call counts with what it returns.
        """
        stack = [] if isinstance(node, nodes.Function) else [node]
        while stack:
            inner = stack.pop()
            if self._carries(inner):
                return True
            if isinstance(inner, nodes.Function):
                stack.extend(
                    each.value
                    for each in own_of(inner)
                    if isinstance(each, nodes.Return) and each.value is not None
                )
            else:
                stack.extend(children(inner))
        return False

    def _carries(self, node: nodes.Node) -> bool:
        match node:
            case nodes.Name(id=name):
                return name in self._names and (
                    self.program.binding(node) in self.bindings
                )
            case nodes.Member(name=name):
                return name in self.attributes
            case nodes.Call():
                return node in self._sources or (
                    last_name(node.function) in self._result_names
                )
            case _:
                return False

    # -- where messages come in ----------------------------------------------------

    def _seed(self) -> None:
        for parameter in self.scene.attached_of:
            self._target(parameter.target)
        for socket in self.scene.sockets:
            ops = (
                *self.scene.dialects.ops(socket.dialect, "receiver"),
                *self.scene.dialects.ops(socket.dialect, "result"),
            )
            self.attributes.update(op.name for op in ops if op.means == "last_message")
        for function in self._units:
            for node in own_of(function):
                if isinstance(node, nodes.Loop) and node.source is not None:
                    if node.is_async and self.scene.sockets_of(node.source):
                        self._sources.add(node.source)
                        self._target(node.target)
                elif isinstance(node, nodes.Bind) and isinstance(
                    node.target, nodes.Record
                ):
                    self._destructured(node.target)

    def _destructured(self, pattern: nodes.Record) -> None:
        """``const { lastMessage: m } = hook()`` binds what is an attribute else."""
        for entry in pattern.entries:
            if key_of(entry) in self.attributes:
                self._target(entry.value)

    # -- how they spread -----------------------------------------------------------

    def _spread(self) -> None:
        """Look at a function again when a word that stands in it is new."""
        looked: dict[nodes.Function, int] = {}
        within = {each: frozenset(_words_within(each)) for each in self._units}
        for _ in range(ROUNDS):
            known = len(self._told)
            for function in self._units:
                since = looked.get(function)
                if since is None:
                    due = self._concerned(function)
                else:
                    due = not within[function].isdisjoint(self._told[since:])
                if due:
                    looked[function] = len(self._told)
                    for node in own_of(function):
                        self._step(function, node)
            if len(self._told) == known:
                break
        self.functions = tuple(filter(self._concerned, self._units))

    def _concerned(self, function: nodes.Function) -> bool:
        return function in self._homes or any(
            word in self._names or word in self.attributes or word in self._result_names
            for word in self._words[function]
        )

    def _tell(self, words: set[str], word: str, *, again: bool = False) -> None:
        """Note a word that carries, or another meaning of one."""
        if word not in words or again:
            words.add(word)
            self._told.append(word)

    def _gives(self, function: nodes.Function) -> None:
        """Note that what a function gives back carries."""
        name = self.program.name_of(function)
        if function not in self.results and name:
            self._tell(self._result_names, name)
        self.results.add(function)

    def _step(self, function: nodes.Function, node: nodes.Node) -> None:  # noqa: C901, PLR0912
        match node:
            case nodes.Bind(target=target, value=value) if value is not None:
                if isinstance(target, nodes.Record):
                    self._destructured(target)
                if self.carries(value):
                    self._target(target)
            case nodes.Assign(target=target, value=value):
                if self.carries(value):
                    self._target(target)
            case nodes.Loop(target=target, source=source) if source is not None:
                if self.carries(source):
                    self._target(target)
            case nodes.ComprehensionClause(target=target, source=source):
                if self.carries(source):
                    self._target(target)
            case nodes.WithItem(target=target, value=value) if target is not None:
                if self.carries(value):
                    self._target(target)
            case nodes.Switch(subject=subject, cases=cases):
                if self.carries(subject):
                    for case in cases:
                        for pattern in case.patterns:
                            self._pattern(pattern)
            case nodes.Return(value=value) if value is not None:
                if self.carries(value):
                    self._gives(function)
            case nodes.Yield(value=value) if value is not None:
                if self.carries(value):
                    self._gives(function)
            case nodes.Markup(attributes=attributes):
                if any(self.carries(entry.value) for entry in attributes):
                    self._rendered(node)
            case nodes.Call():
                self._call(node)
            case _:
                return

    def _target(self, target: nodes.Expression | None) -> None:
        """Mark what an assignment writes."""
        match target:
            case nodes.Name(id=name):
                binding = self.program.binding(target)
                if binding is not None:
                    new = binding not in self.bindings
                    self.bindings.add(binding)
                    self._tell(self._names, name, again=new)
            case nodes.Member(name=name):
                self._tell(self.attributes, name)
            case nodes.Index(object=inner):
                self._target(inner)
            case nodes.Record(entries=entries):
                for entry in entries:
                    self._target(entry.value)
            case nodes.Sequence(items=items):
                for item in items:
                    self._target(item)
            case nodes.Spread(value=inner) | nodes.Cast(value=inner):
                self._target(inner)
            case nodes.Assign(target=inner):
                self._target(inner)
            case _:
                return

    def _pattern(self, pattern: nodes.Expression) -> None:
        for inner in walk(pattern):
            if isinstance(inner, nodes.Name):
                self._target(inner)

    def _call(self, call: nodes.Call) -> None:
        given = [a for a in call.arguments if self.carries(a.value)]
        receiver = (
            call.function.object if isinstance(call.function, nodes.Member) else None
        )
        carried = receiver is not None and self.carries(receiver)
        if not given and not carried:
            return
        for argument in call.arguments:
            # ``m.items.forEach((item) => …)``, ``handle(m, (reply) => …)``
            if isinstance(argument.value, nodes.Function):
                for parameter in argument.value.parameters:
                    self._target(parameter.target)
        if not given:
            return
        if receiver is not None and last_name(call.function) in values.ADDERS:
            self._target(receiver)
        self._state(call, [a.value for a in given])
        for listener in heard(self.scene, call) or ():
            for parameter in listener.parameters:
                self._target(parameter.target)
        for function in self.program.callees(call):
            for parameter in function.parameters:
                passed = self.program.argument_for(call, function, parameter)
                if passed is ... or (passed is not None and self.carries(passed)):
                    self._target(parameter.target)

    def _state(self, call: nodes.Call, given: Iterable[nodes.Expression]) -> None:
        """Mark the state that a setter writes, and the keys of a store's."""
        if isinstance(call.function, nodes.Name):
            binding = self.program.binding(call.function)
            for write in binding.writes if binding is not None else ():
                if write.path == (1,):
                    pattern = self.program.parents.get(write.at)
                    if isinstance(pattern, nodes.Sequence):
                        self._target(pattern.items[0])
        for node in given:
            for inner in walk(node):
                if isinstance(inner, nodes.Entry) and self.carries(inner.value):
                    key = key_of(inner)
                    if key is not None:
                        self._tell(self.attributes, key)

    def _rendered(self, markup: nodes.Markup) -> None:
        if markup.tag is None:
            return
        for function in self.scene.functions_of(markup.tag):
            for parameter in function.parameters[:1]:
                self._target(parameter.target)


def _words_within(function: nodes.Function) -> Iterator[str]:
    """`_words` of a function and of all that stand in it."""
    for node in walk(function):
        if isinstance(node, nodes.Function):
            yield from _words(node)


def _words(function: nodes.Function) -> Iterator[str]:
    """The identifiers in a function, of its parameters too."""
    for parameter in function.parameters:
        for node in walk(parameter.target):
            if isinstance(node, nodes.Name):
                yield node.id
    for node in own_of(function):
        match node:
            case nodes.Name(id=name) | nodes.Member(name=name):
                yield name
            case nodes.Entry():
                key = key_of(node)
                if key is not None:
                    yield key
            case _:
                continue


@asked
def carriers(scene: Scene) -> Carriers:
    """The carriers of messages."""
    return Carriers(scene)
