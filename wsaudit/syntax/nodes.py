"""The common syntax: what Python and TypeScript programs look like on a whiteboard.

Both readers produce these nodes and nothing after the readers sees another tree.
Every node has a span: ``start`` and ``end``, byte offsets into the UTF-8 text of
the file without its byte order mark. Nodes compare by identity: one node, one place.

Conventions that keep the two languages alike:

* Operators are spelled once: ``==`` ``!=`` (also for ``===`` ``!==``), ``in``
  ``not in`` ``is`` ``is not`` ``instanceof`` and the arithmetic ones. A chained
  comparison is a ``Logical`` "and" of ``Binary`` nodes. Logical operators are
  ``and`` ``or`` ``??``.
* ``null`` and ``None`` are ``Literal(kind="null")``; ``undefined`` is
  ``Literal(kind="undefined")``; ``self``, ``cls``, ``this`` and ``super`` are Names.
* An assignment that is a statement is a ``Bind``; inside an expression it is an
  ``Assign``. ``a = b = c`` is a Bind whose value is an Assign.
* Types are expressions: ``Array<T>`` and ``list[T]`` are both
  ``Index(Name, T)`` (several arguments: a Sequence), ``A | B`` is a Binary ``|``,
  a literal type is a Literal, an object type a Record, a function type a Function
  without body.
* ``pass`` and comments leave nothing behind: an empty block is an empty tuple.
* ``assert x`` is ``If(Not(x), [Raise])``; ``del x`` is ``Expr(Unary("delete", x))``;
  ``typeof x`` is ``Unary("typeof", x)``; ``x!`` is a Cast of kind "nonnull".
"""

from __future__ import annotations

from typing import Literal as Only

import msgspec


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """Anything with a place in a file; ``start`` and ``end`` are byte offsets."""

    start: int
    end: int

    def __repr__(self) -> str:
        """One line, whatever is below: ``Call ws.send() 120-134``."""
        name = named(self)
        said = f" {name}" if name else ""
        return f"{type(self).__name__}{said} {self.start}-{self.end}"


def named(node: object) -> str:
    """What a node is called in one word, "" where nothing names it."""
    match node:
        case Name(id=name):
            return name
        case Member(object=inner, name=name):
            return f"{named(inner) or '…'}.{name}"
        case Index(object=inner):
            return f"{named(inner) or '…'}[]"
        case Call(function=function):
            return f"{named(function) or '…'}()"
        case Literal(value=value):
            return repr(value) if len(repr(value)) < 30 else "…"
        case FunctionDef(name=name) | ClassDef(name=name) | TypeDef(name=name):
            return name
        case Await(value=inner) | Cast(value=inner) | Expr(value=inner):
            return named(inner)
        case Argument(value=inner) | Spread(value=inner) | Parameter(target=inner):
            return named(inner)
        case Bind(target=inner) | Assign(target=inner):
            return named(inner)
        case Markup(tag=tag) if tag is not None:
            return named(tag)
        case _:
            return ""


# -- expressions ---------------------------------------------------------------


class Name(Node, frozen=True, tag="name", eq=False, array_like=True, gc=False):
    """An identifier where it is read or bound."""

    id: str


class Member(Node, frozen=True, tag="member", eq=False, array_like=True, gc=False):
    """``object.name`` or ``object?.name``; private names keep their ``#``."""

    object: Expression
    name: str
    name_start: int
    optional: bool = False


class Index(Node, frozen=True, tag="index", eq=False, array_like=True, gc=False):
    """``object[index]``, a slice (the index is Opaque) or a generic type."""

    object: Expression
    index: Expression
    optional: bool = False


class Argument(Node, frozen=True, tag="argument", eq=False, array_like=True, gc=False):
    """One argument of a call; ``spread`` is "*" (also ``...``) or "**"."""

    value: Expression
    keyword: str | None = None
    spread: str = ""


class Call(Node, frozen=True, tag="call", eq=False, array_like=True, gc=False):
    """A call, ``new`` expression (``new=True``), tagged template or ``import()``."""

    function: Expression
    arguments: tuple[Argument, ...] = ()
    new: bool = False
    optional: bool = False
    type_arguments: tuple[Expression, ...] = ()


class Literal(Node, frozen=True, tag="literal", eq=False, array_like=True, gc=False):
    """A constant written out; ``value`` is None for null, undefined, ellipsis."""

    kind: Only[
        "string", "number", "boolean", "null", "undefined", "bytes", "regex", "ellipsis"
    ]
    value: str | int | float | bool | None = None


class Template(Node, frozen=True, tag="template", eq=False, array_like=True, gc=False):
    """An f-string or template literal; fixed text is a string Literal part."""

    parts: tuple[Expression, ...]


class Entry(Node, frozen=True, tag="entry", eq=False, array_like=True, gc=False):
    """One entry of a Record.

    ``key`` is a string Literal for a plain key, any expression when computed
    (``computed``), None for a spread. In a destructuring pattern ``value`` is the
    target (an Assign when it has a default). Methods are Functions.
    ``optional`` marks ``key?:`` of an object type.
    """

    key: Expression | None
    value: Expression
    kind: Only["pair", "shorthand", "spread", "method", "getter", "setter"] = "pair"
    computed: bool = False
    optional: bool = False


class Record(Node, frozen=True, tag="record", eq=False, array_like=True, gc=False):
    """A dict display, object literal, object pattern or object type."""

    entries: tuple[Entry, ...]


class Sequence(Node, frozen=True, tag="sequence", eq=False, array_like=True, gc=False):
    """A list, tuple, set or array, as value or pattern; holes are Opaque."""

    kind: Only["list", "tuple", "set", "array"]
    items: tuple[Expression, ...]


class Spread(Node, frozen=True, tag="spread", eq=False, array_like=True, gc=False):
    """``*x`` or ``...x`` inside a Sequence, Record pattern or Markup."""

    value: Expression


class Parameter(
    Node, frozen=True, tag="parameter", eq=False, array_like=True, gc=False
):
    """A parameter; ``target`` is a Name or a destructuring pattern.

    ``kind``: "plain", "keyword" (after ``*``), "rest" (``*args``, ``...args``),
    "keywords" (``**kw``). ``decorators`` are TypeScript's.
    """

    target: Expression
    annotation: Expression | None = None
    default: Expression | None = None
    kind: Only["plain", "keyword", "rest", "keywords"] = "plain"
    optional: bool = False
    field: bool = False
    """A constructor parameter that is also a field (``private readonly x``)."""
    decorators: tuple[Expression, ...] = ()


class Function(
    Node, frozen=True, tag="function", eq=False, array_like=True, gc=True, dict=True
):
    """A function body wherever it stands.

    ``kind``: "def" (named statement), "method", "arrow" (its ``this`` is the outer
    one), "lambda", "expression", "type" (a signature without body). An arrow with an
    expression body, and a lambda, have the body ``(Return(value),)`` and
    ``concise=True``.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    kind: Only["def", "method", "arrow", "lambda", "expression", "type"]
    is_async: bool = False
    is_generator: bool = False
    returns: Expression | None = None
    concise: bool = False


class Unary(Node, frozen=True, tag="unary", eq=False, array_like=True, gc=False):
    """``-x``, ``~x``, ``typeof x``, ``void x``, ``delete x``, ``x++`` ("++")."""

    op: str
    value: Expression


class Not(Node, frozen=True, tag="not", eq=False, array_like=True, gc=False):
    """``not x`` or ``!x``."""

    value: Expression


class Binary(Node, frozen=True, tag="binary", eq=False, array_like=True, gc=False):
    """An arithmetic or comparison operator between two operands."""

    op: str
    left: Expression
    right: Expression


class Logical(Node, frozen=True, tag="logical", eq=False, array_like=True, gc=False):
    """``and``/``&&``, ``or``/``||``, ``??``: the right side may not run.

    A chain ``a and b and c`` is one node with three operands.
    """

    op: Only["and", "or", "??"]
    operands: tuple[Expression, ...]


class Conditional(
    Node, frozen=True, tag="conditional", eq=False, array_like=True, gc=False
):
    """``test ? then : other`` or ``then if test else other``."""

    test: Expression
    then: Expression
    other: Expression


class Await(Node, frozen=True, tag="await", eq=False, array_like=True, gc=False):
    """``await value``."""

    value: Expression


class Yield(Node, frozen=True, tag="yield", eq=False, array_like=True, gc=False):
    """``yield value`` or, with ``delegates``, ``yield from`` / ``yield*``."""

    value: Expression | None = None
    delegates: bool = False


class Assign(Node, frozen=True, tag="assign", eq=False, array_like=True, gc=False):
    """An assignment inside an expression, a walrus, or a default in a pattern.

    ``op`` is "=" or the augmented operator such as "+=", "??=", "||=".
    """

    target: Expression
    value: Expression
    op: str = "="


class Cast(Node, frozen=True, tag="cast", eq=False, array_like=True, gc=False):
    """``x as T``, ``<T>x``, ``x satisfies T``, ``x!`` (annotation None)."""

    value: Expression
    annotation: Expression | None
    kind: Only["as", "angle", "satisfies", "nonnull"]


class Comprehension(
    Node, frozen=True, tag="comprehension", eq=False, array_like=True, gc=False
):
    """A Python comprehension or generator expression; ``key`` only for a dict."""

    kind: Only["list", "set", "dict", "generator"]
    element: Expression
    clauses: tuple[ComprehensionClause, ...]
    key: Expression | None = None


class ComprehensionClause(
    Node, frozen=True, tag="clause", eq=False, array_like=True, gc=False
):
    """``for target in source if test …`` of a comprehension."""

    target: Expression
    source: Expression
    tests: tuple[Expression, ...] = ()
    is_async: bool = False


class Markup(Node, frozen=True, tag="markup", eq=False, array_like=True, gc=False):
    """A JSX element or fragment (``tag`` None); children include text Literals."""

    tag: Expression | None
    attributes: tuple[Entry, ...]
    children: tuple[Expression, ...]


class Opaque(Node, frozen=True, tag="opaque", eq=False, array_like=True, gc=False):
    """What the readers do not model; its children are kept so calls are seen."""

    children: tuple[Expression, ...] = ()
    what: str = ""
    """The parser's own name of the construct, for people."""


Expression = (
    Name
    | Member
    | Index
    | Call
    | Literal
    | Template
    | Record
    | Sequence
    | Spread
    | Function
    | Unary
    | Not
    | Binary
    | Logical
    | Conditional
    | Await
    | Yield
    | Assign
    | Cast
    | Comprehension
    | Markup
    | Opaque
)

# -- statements ----------------------------------------------------------------


class Bind(Node, frozen=True, tag="bind", eq=False, array_like=True, gc=False):
    """A declaration or assignment statement, or a class field.

    ``kind``: "const" "let" "var" "using" declare (TypeScript); "assign" assigns (and
    in Python declares); "augmented" is ``op`` such as "+="; "field" is a class field
    (``static`` says whose). ``value`` is None for a bare declaration.
    """

    target: Expression
    value: Expression | None = None
    annotation: Expression | None = None
    kind: Only["const", "let", "var", "using", "assign", "augmented", "field"] = (
        "assign"
    )
    op: str = "="
    static: bool = False
    decorators: tuple[Expression, ...] = ()


class Expr(Node, frozen=True, tag="expr", eq=False, array_like=True, gc=False):
    """An expression as a statement."""

    value: Expression


class If(Node, frozen=True, tag="if", eq=False, array_like=True, gc=False):
    """``if``; ``elif`` and ``else if`` are an If alone in ``other``."""

    test: Expression
    then: tuple[Statement, ...]
    other: tuple[Statement, ...] = ()


class Case(Node, frozen=True, tag="case", eq=False, array_like=True, gc=False):
    """One case; no ``patterns`` means default (``default:``, bare ``case _:``).

    Several TypeScript labels that share a body, and a Python or-pattern, are one Case
    with several patterns. A class pattern is a Call, a capture a Name, a mapping
    pattern a Record, a sequence pattern a Sequence. ``falls_through`` is true when a
    TypeScript body runs on into the next case.
    """

    patterns: tuple[Expression, ...]
    body: tuple[Statement, ...]
    guard: Expression | None = None
    falls_through: bool = False
    default: bool = False
    """True for ``default:`` (also when it shares its body with labels) and ``_``."""


class Switch(Node, frozen=True, tag="switch", eq=False, array_like=True, gc=False):
    """``switch`` or ``match``. The ``break`` that ends a TypeScript case is kept."""

    subject: Expression
    cases: tuple[Case, ...]


class Loop(Node, frozen=True, tag="loop", eq=False, array_like=True, gc=False):
    """Any loop.

    ``kind``: "while" "do" "for" (three-part; ``setup`` and ``step``) "in" (Python
    ``for``, TypeScript ``for…of``) "keys" (TypeScript ``for…in``). ``is_async`` for
    ``async for`` and ``for await``. ``other`` is Python's ``else``.
    """

    kind: Only["while", "do", "for", "in", "keys"]
    body: tuple[Statement, ...]
    target: Expression | None = None
    source: Expression | None = None
    test: Expression | None = None
    setup: tuple[Statement, ...] = ()
    step: Expression | None = None
    is_async: bool = False
    other: tuple[Statement, ...] = ()


class Handler(Node, frozen=True, tag="handler", eq=False, array_like=True, gc=False):
    """``except`` or ``catch``; no ``types`` catches everything.

    ``target`` is the bound name or pattern. ``head_end`` is where the ``except …:`` or
    ``catch (e)`` line part ends, so that a finding can point at the head alone.
    """

    types: tuple[Expression, ...]
    body: tuple[Statement, ...]
    target: Expression | None
    head_end: int


class Try(Node, frozen=True, tag="try", eq=False, array_like=True, gc=False):
    """``try``; ``star`` for ``except*``; ``other`` is Python's ``else``."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...] = ()
    other: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()
    has_final: bool = False
    star: bool = False


class WithItem(Node, frozen=True, tag="item", eq=False, array_like=True, gc=False):
    """``value as target`` of a ``with``."""

    value: Expression
    target: Expression | None = None


class With(Node, frozen=True, tag="with", eq=False, array_like=True, gc=False):
    """A Python ``with`` or ``async with``."""

    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool = False


class Return(Node, frozen=True, tag="return", eq=False, array_like=True, gc=False):
    """``return``."""

    value: Expression | None = None


class Raise(Node, frozen=True, tag="raise", eq=False, array_like=True, gc=False):
    """``raise`` or ``throw``; no value re-raises."""

    value: Expression | None = None
    cause: Expression | None = None


class Break(Node, frozen=True, tag="break", eq=False, array_like=True, gc=False):
    """``break``, with TypeScript's label."""

    label: str = ""


class Continue(Node, frozen=True, tag="continue", eq=False, array_like=True, gc=False):
    """``continue``, with TypeScript's label."""

    label: str = ""


class Block(Node, frozen=True, tag="block", eq=False, array_like=True, gc=False):
    """Bare braces, a labelled statement, a namespace: a scope of its own."""

    body: tuple[Statement, ...]
    label: str = ""


class FunctionDef(Node, frozen=True, tag="def", eq=False, array_like=True, gc=False):
    """A named function or method. The span covers its decorators.

    ``name_start`` points at the name. ``kind`` (methods): "method" "getter" "setter"
    "constructor"; ``static`` also for ``@staticmethod`` and ``@classmethod``.
    """

    name: str
    name_start: int
    function: Function
    decorators: tuple[Expression, ...] = ()
    kind: Only["function", "method", "getter", "setter", "constructor"] = "function"
    static: bool = False


class ClassDef(Node, frozen=True, tag="class", eq=False, array_like=True, gc=False):
    """A class; ``keywords`` are Python's (``metaclass=``, msgspec's ``tag=``).

    A class expression is the statement's twin: an Opaque cannot hold statements, so
    the readers lift ``const A = class {…}`` to a ClassDef named A.
    """

    name: str
    name_start: int
    bases: tuple[Expression, ...]
    members: tuple[Statement, ...]
    decorators: tuple[Expression, ...] = ()
    keywords: tuple[Argument, ...] = ()


class TypeDef(Node, frozen=True, tag="type", eq=False, array_like=True, gc=False):
    """A type alias, interface or enum; an enum's shape is a Record of its members.

    Enum members without a value have an Opaque value. ``bases`` are an interface's.
    """

    name: str
    shape: Expression
    kind: Only["alias", "interface", "enum"]
    bases: tuple[Expression, ...] = ()


class ImportName(
    Node, frozen=True, tag="import-name", eq=False, array_like=True, gc=False
):
    """``name as alias``; name is "*" for a namespace, "default" for a default.

    For Python's ``import a.b as c`` name is "*" and alias "c"; for ``import a.b``
    alias is "a" and the statement's ``module`` stays "a.b".
    """

    name: str
    alias: str
    type_only: bool = False


class Import(Node, frozen=True, tag="import", eq=False, array_like=True, gc=False):
    """An import. ``module`` as written: "./ws", "react", "..pkg.mod", "a.b".

    ``plain`` is Python's ``import a.b`` without ``as``: it binds the first segment
    to the top package. ``from x import *`` has one ImportName "*" with alias "*".
    """

    module: str
    names: tuple[ImportName, ...]
    type_only: bool = False
    plain: bool = False


class Export(Node, frozen=True, tag="export", eq=False, array_like=True, gc=False):
    """A TypeScript export.

    One of: ``declaration`` (``export const …``; for ``export default`` of a function
    or class, with ``default``), ``value`` (``export default expr``, ``export =``), or
    ``names`` ((local, exported) pairs, from ``module`` if given; ("*", "*") or
    ("*", "ns") re-export everything). ``module.exports = x`` is a plain Bind.
    """

    declaration: Statement | None = None
    default: bool = False
    value: Expression | None = None
    names: tuple[tuple[str, str], ...] = ()
    module: str = ""
    type_only: bool = False


class Global(Node, frozen=True, tag="global", eq=False, array_like=True, gc=False):
    """``global`` or ``nonlocal`` (``outer=True``)."""

    names: tuple[str, ...]
    outer: bool = False


Statement = (
    Bind
    | Expr
    | If
    | Switch
    | Loop
    | Try
    | With
    | Return
    | Raise
    | Break
    | Continue
    | Block
    | FunctionDef
    | ClassDef
    | TypeDef
    | Import
    | Export
    | Global
)


class Comment(Node, frozen=True, tag="comment", eq=False, array_like=True, gc=False):
    """A comment as written, with its marks.

    ``alone`` is true when nothing else but white space is on its line(s).
    """

    text: str
    alone: bool = False


class Fault(Node, frozen=True, tag="fault", eq=False, array_like=True, gc=False):
    """A place the parser did not understand, and what it said."""

    message: str


class Module(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One file in the common syntax.

    ``path`` is relative to the run's root, with ``/``. ``faults`` is not empty when
    only part of the file was understood: its facts must then not prove an absence.
    """

    path: str
    language: Only["python", "typescript"]
    body: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
    faults: tuple[Fault, ...] = ()
