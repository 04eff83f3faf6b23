"""Scopes and bindings: which declaration a name means, and everything written to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as Only

from wsaudit.program.tree import children, key_of
from wsaudit.syntax import nodes
from wsaudit.syntax.nodes import Node

Step = str | int
"""One step into a value: a key, a position, or "..." for the rest."""

WriteKind = Only[
    "assign",
    "augmented",
    "parameter",
    "each",
    "with",
    "caught",
    "import",
    "function",
    "class",
    "type",
    "case",
]


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One way a binding gets a value.

    ``at`` is the written Name (or the defining node), ``value`` the whole right side,
    ``path`` the steps from it to this name: ``const {a: [x]} = v`` writes x from v by
    ("a", 0). ``source`` is the Import, Function, ClassDef or TypeDef for those kinds.
    """

    kind: WriteKind
    at: Node
    value: nodes.Expression | None = None
    path: tuple[Step, ...] = ()
    annotation: nodes.Expression | None = None
    source: Node | None = None


@dataclass(slots=True, eq=False)
class Binding:
    """A name in a scope, with everything written to it."""

    name: str
    scope: Scope
    writes: list[Write] = field(default_factory=list)

    @property
    def constant(self) -> bool:
        """True when exactly one write gives the value."""
        return len(self.writes) == 1 and self.writes[0].kind != "augmented"

    @property
    def is_local(self) -> bool:
        """Whether it is gone once its function has run, closures apart."""
        return self.scope.kind not in {"module", "class"}


@dataclass(slots=True, eq=False)
class Scope:
    """A region in which names are bound; ``node`` opens it."""

    kind: Only["module", "function", "class", "block", "comprehension"]
    node: Node | nodes.Module
    parent: Scope | None
    bindings: dict[str, Binding] = field(default_factory=dict)
    outer_names: dict[str, Scope] = field(default_factory=dict)

    def binding(self, name: str) -> Binding:
        """The binding of a name declared here, made when new."""
        target = self.outer_names.get(name, self)
        if name not in target.bindings:
            target.bindings[name] = Binding(name, target)
        return target.bindings[name]

    def function_scope(self) -> Scope:
        """The nearest scope that ``var`` and Python assignments declare in."""
        scope = self
        while scope.kind in {"block", "comprehension"} and scope.parent:
            scope = scope.parent
        return scope


_NAMING = frozenset(
    {
        nodes.FunctionDef,
        nodes.Function,
        nodes.ClassDef,
        nodes.TypeDef,
        nodes.Import,
        nodes.Bind,
        nodes.Assign,
        nodes.Loop,
        nodes.Comprehension,
        nodes.With,
        nodes.Handler,
        nodes.Case,
        nodes.Block,
    }
)
"""The kinds of nodes that bind names or open scopes."""


class Names:
    """The scopes of one module; ``scopes`` maps a node that opens one to it."""

    def __init__(self, module: nodes.Module) -> None:
        self.module = module
        self.python = module.language == "python"
        self.top = Scope("module", module, None)
        self.scopes: dict[Node, Scope] = {}
        self._work: list[tuple[Node, Scope]] = []
        self._assignments: list[tuple[str, Scope, Write]] = []
        self._declare_all(module.body, self.top)
        while self._work:
            node, scope = self._work.pop()
            if type(node) in _NAMING:
                self._visit(node, scope)
            else:
                self._work += [(below, scope) for below in children(node)]
        for name, scope, write in self._assignments:
            self._declaring(name, scope).binding(name).writes.append(write)

    def _open(self, kind: str, node: Node, parent: Scope) -> Scope:
        scope = Scope(kind, node, parent)  # type: ignore[arg-type]
        self.scopes[node] = scope
        return scope

    def _declare_all(self, body: tuple[nodes.Statement, ...], scope: Scope) -> None:
        for statement in body:
            if isinstance(statement, nodes.Global):
                self._declare_global(statement, scope)
        self._work.extend((statement, scope) for statement in reversed(body))

    def _declare_global(self, node: nodes.Global, scope: Scope) -> None:
        for name in node.names:
            target: Scope | None = self.top
            if node.outer:
                target = scope.parent
                while target and name not in target.bindings and target.parent:
                    target = target.parent
            scope.outer_names[name] = target or self.top

    def _later(self, scope: Scope, *found: Node | None) -> None:
        self._work.extend((node, scope) for node in found if node is not None)

    def _visit(self, node: Node, scope: Scope) -> None:  # noqa: C901, PLR0912
        match node:
            case nodes.FunctionDef():
                if node.kind == "function" or self.python:
                    scope.binding(node.name).writes.append(
                        Write("function", node, source=node.function)
                    )
                self._later(scope, *node.decorators)
                self._function(node.function, scope)
            case nodes.Function():
                self._function(node, scope)
            case nodes.ClassDef():
                scope.binding(node.name).writes.append(
                    Write("class", node, source=node)
                )
                self._later(scope, *node.bases, *node.decorators, *node.keywords)
                inner = self._open("class", node, scope)
                self._declare_all(node.members, inner)
            case nodes.TypeDef():
                scope.binding(node.name).writes.append(Write("type", node, source=node))
                self._later(scope, node.shape, *node.bases)
            case nodes.Import():
                for name in node.names:
                    scope.binding(name.alias).writes.append(
                        Write("import", name, source=node)
                    )
            case nodes.Bind():
                self._bind(node, scope)
            case nodes.Assign():
                target = scope.function_scope() if self.python else scope
                kind: WriteKind = "assign" if node.op == "=" else "augmented"
                self._write(
                    node.target,
                    node.value,
                    (),
                    target,
                    kind=kind,
                    declare=self.python,
                )
                self._later(scope, node.target, node.value)
            case nodes.Loop():
                self._loop(node, scope)
            case nodes.Comprehension():
                inner = self._open("comprehension", node, scope)
                for clause in node.clauses:
                    self._write(clause.target, clause.source, (), inner, kind="each")
                self._later(inner, *children(node))
            case nodes.With():
                for item in node.items:
                    if item.target is not None:
                        self._write(item.target, item.value, (), scope, kind="with")
                    self._later(scope, item.value)
                self._declare_all(node.body, scope)
            case nodes.Handler():
                inner = scope if self.python else self._open("block", node, scope)
                if node.target is not None:
                    self._write(node.target, None, (), inner, kind="caught")
                self._later(scope, *node.types)
                self._declare_all(node.body, inner)
            case nodes.Case():
                for pattern in node.patterns:
                    self._pattern(pattern, scope)
                self._later(scope, *node.patterns, node.guard)
                self._declare_all(node.body, scope)
            case nodes.Block():
                inner = scope if self.python else self._open("block", node, scope)
                self._declare_all(node.body, inner)
            case _:
                return

    def _function(self, function: nodes.Function, scope: Scope) -> None:
        inner = self._open("function", function, scope)
        for parameter in function.parameters:
            path: tuple[Step, ...] = ()
            self._write(
                parameter.target,
                parameter.default,
                path,
                inner,
                kind="parameter",
                annotation=parameter.annotation,
                source=parameter,
            )
            self._later(inner, parameter.default, parameter.annotation)
            if not isinstance(parameter.target, nodes.Name):
                self._later(inner, parameter.target)
        if function.kind == "expression" and function.name:
            inner.binding(function.name).writes.append(
                Write("function", function, source=function)
            )
        self._later(inner, function.returns)
        self._declare_all(function.body, inner)

    def _bind(self, node: nodes.Bind, scope: Scope) -> None:
        if node.kind in {"const", "let", "using"}:
            self._write(node.target, node.value, (), scope, annotation=node.annotation)
        elif node.kind == "var":
            target = scope.function_scope()
            self._write(node.target, node.value, (), target, annotation=node.annotation)
        elif node.kind == "field":
            if self.python:
                self._write(
                    node.target, node.value, (), scope, annotation=node.annotation
                )
        else:
            kind: WriteKind = "augmented" if node.kind == "augmented" else "assign"
            target = scope.function_scope() if self.python else scope
            self._write(
                node.target,
                node.value,
                (),
                target,
                kind=kind,
                annotation=node.annotation,
                declare=self.python,
            )
        self._later(scope, node.target, node.value, node.annotation, *node.decorators)

    def _loop(self, node: nodes.Loop, scope: Scope) -> None:
        inner = scope if self.python else self._open("block", node, scope)
        if node.target is not None:
            self._write(node.target, node.source, (), inner, kind="each")
            self._later(inner, node.target)
        self._later(inner, node.source, node.test, node.step)
        self._declare_all(node.setup, inner)
        self._declare_all(node.body, inner)
        self._declare_all(node.other, inner)

    def _pattern(self, pattern: nodes.Expression, scope: Scope) -> None:
        match pattern:
            case nodes.Name(id=name) if name != "_" and self.python:
                scope.binding(name).writes.append(Write("case", pattern))
            case nodes.Call(arguments=arguments):
                for argument in arguments:
                    self._pattern(argument.value, scope)
            case nodes.Record(entries=entries):
                for entry in entries:
                    self._pattern(entry.value, scope)
            case nodes.Sequence(items=items):
                for item in items:
                    self._pattern(item, scope)
            case nodes.Spread(value=value):
                self._pattern(value, scope)
            case (
                nodes.Assign(target=left, value=right)
                | nodes.Binary(left=left, right=right)
            ):
                self._pattern(left, scope)
                self._pattern(right, scope)
            case _:
                pass

    def _write(
        self,
        target: nodes.Expression,
        value: nodes.Expression | None,
        path: tuple[Step, ...],
        scope: Scope,
        *,
        kind: WriteKind = "assign",
        annotation: nodes.Expression | None = None,
        source: Node | None = None,
        declare: bool = True,
    ) -> None:
        match target:
            case nodes.Name(id=name):
                write = Write(kind, target, value, path, annotation, source)
                if declare:
                    scope.binding(name).writes.append(write)
                else:
                    self._assignments.append((name, scope, write))
            case nodes.Record(entries=entries):
                for entry in entries:
                    step = "..." if entry.kind == "spread" else key_of(entry)
                    self._write(
                        entry.value,
                        value,
                        (*path, "?" if step is None else step),
                        scope,
                        kind=kind,
                        annotation=annotation,
                        source=source,
                        declare=declare,
                    )
            case nodes.Sequence(items=items):
                for index, item in enumerate(items):
                    rest = isinstance(item, nodes.Spread)
                    self._write(
                        item,
                        value,
                        (*path, "..." if rest else index),
                        scope,
                        kind=kind,
                        annotation=annotation,
                        source=source,
                        declare=declare,
                    )
            case nodes.Spread(value=inner) | nodes.Cast(value=inner):
                self._write(
                    inner,
                    value,
                    path,
                    scope,
                    kind=kind,
                    annotation=annotation,
                    source=source,
                    declare=declare,
                )
            case nodes.Assign(target=inner, value=default):
                self._write(
                    inner,
                    value,
                    path,
                    scope,
                    kind=kind,
                    annotation=annotation,
                    source=source,
                    declare=declare,
                )
                self._write(inner, default, (), scope, declare=declare)
            case _:
                pass

    @staticmethod
    def _declaring(name: str, scope: Scope) -> Scope:
        at: Scope | None = scope
        while at is not None:
            if name in at.bindings:
                return at
            at = at.parent
        return scope.function_scope()


def lookup(name: str, scope: Scope, *, python: bool) -> Binding | None:
    """The binding a name means where ``scope`` is the innermost scope.

    Python's class bodies are not seen from the functions inside them.
    """
    at: Scope | None = scope
    crossed = False
    while at is not None:
        found = at.outer_names.get(name, at).bindings.get(name)
        if found is not None and not (python and at.kind == "class" and crossed):
            return found
        crossed = crossed or at.kind == "function"
        at = at.parent
    return None
