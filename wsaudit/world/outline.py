"""Outlines: what a file imports and defines, and which names stand in each definition.

An outline is found from bytes, without a tree: one look for lines that start a
definition, one for imports, one for identifiers. What it holds is what could be there,
never what is: it decides which files are read, and no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from wsaudit.limits import STATEMENT
from wsaudit.source import Language

REST = ""
"""The name of what stands outside every definition."""
ALL = "*"
DEFAULT = "default"

_PYTHON_START = re.compile(
    rb"^(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)"
    rb"|(\w+)[ \t]*(?::[^=\n]{0,400})?=(?!=)"
    rb"|(@)|(?:if|try|for|with|while|else|elif|except|finally|import|from)\b)",
    re.MULTILINE,
)
_SCRIPT_START = re.compile(
    rb"^(export[ \t]+)?(default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?"
    rb"(?:async[ \t]+)?(?:(function\*?|class|const|let|var|(?:const[ \t]+)?enum"
    rb"|interface|type|namespace)[ \t]+([\w$]+)|[A-Za-z_$@(])",
    re.MULTILINE,
)
_SHAPES = frozenset({b"interface", b"type", b"enum", b"const enum"})
_NAME = re.compile(rb"[A-Za-z_$][\w$]*")
_CALLED = re.compile(rb"(?<!\w)([A-Za-z_]\w*+)\(")
_CLASS = re.compile(rb"^class\b", re.MULTILINE)
_COROUTINE = re.compile(rb"^[ \t]*async[ \t]+def\b", re.MULTILINE)
_ASSIGNED = re.compile(rb"\w+[ \t]*(?::[^=\n]{0,400})?=")
_VARIABLE = re.compile(
    rb"(?:export[ \t]+)?(?:const|let|var)[ \t]+[\w$]++[^=;]{0,400}="
    rb"(?!>)(?!\s{0,40}(?:async\b|function\b|<|[\w$]+\s{0,9}=>|\([^()]{0,400}\)[^;{(]{0,200}=>))"
)
_FUNCTION = re.compile(rb"^(?:async[ \t]+)?def\b", re.MULTILINE)
_METHOD = re.compile(rb"^([ \t]+)(?:(@)|(?:async[ \t]+)?def[ \t]+(\w+))", re.MULTILINE)
_FROM = re.compile(rb"from\s{0,40}[\"']([^\"'\n]{1,400})[\"']")
_REQUIRED = re.compile(
    rb"(?:\brequire|\bimport)\s{0,40}\(\s{0,40}[\"']([^\"'\n]{1,400})[\"']"
)
_PLAIN = re.compile(rb"^[ \t]*import[ \t]+([^\n#;]{1,2000})", re.MULTILINE)
_WORDS = re.compile(r"[\w$*]+")


@dataclass(frozen=True, slots=True)
class Imported:
    """A name of another module: ``name`` there, ALL for the module itself."""

    module: str
    name: str


@dataclass(slots=True)
class Definition:
    """What stands in a definition: its identifiers, and those that are called.

    ``function``, ``coroutine``, ``shape`` (a type) and ``variable`` tell what it is.
    What stands in the ``methods`` of a Python class is theirs alone.
    """

    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    methods: dict[str, Definition] = field(default_factory=dict)
    function: bool = False
    coroutine: bool = False
    shape: bool = False
    variable: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """The imports of a file by the name they have in it, and its definitions."""

    imports: dict[str, Imported]
    stars: tuple[str, ...]
    """The modules of which everything is imported or exported."""
    definitions: dict[str, Definition]

    def definition(self, name: str) -> Definition | None:
        """A definition by its name, a method by ``Class.method``."""
        outer, dot, method = name.partition(".")
        found = self.definitions.get(outer)
        return found.methods.get(method) if found and dot else found

    @property
    def packages(self) -> frozenset[str]:
        """The top-level packages that are imported."""
        return frozenset(
            what.module.partition(".")[0] for what in self.imports.values()
        )

    def every_name(self) -> set[str]:
        """Every identifier of the file."""
        return set().union(*(definition.names for _, definition in self.units()))

    def units(self) -> Iterator[tuple[str, Definition]]:
        """Every definition and method, by name."""
        for name, definition in self.definitions.items():
            yield name, definition
            for method, inner in definition.methods.items():
                yield f"{name}.{method}", inner

    def __contains__(self, name: str) -> bool:
        """Whether a file defines or imports a name."""
        return name in self.definitions or name in self.imports


def outline_of(data: bytes, language: Language) -> Outline:
    """The outline of a file. Its cost grows with its size, whatever it holds."""
    if language is Language.PYTHON:
        imports, stars = _python_imports(data)
        return Outline(imports, stars, _python_definitions(data))
    imports, stars = _script_imports(data)
    return Outline(imports, stars, _script_definitions(data))


def modules_imported(data: bytes, language: Language) -> Iterator[str]:
    """The modules that a file imports, as it writes them."""
    if language is Language.PYTHON:
        imports, stars = _python_imports(data)
        for each in imports.values():
            yield each.module
            if each.name != ALL:
                dot = "" if each.module.endswith(".") else "."
                yield f"{each.module}{dot}{each.name}"
        yield from stars
        return
    for found in (*_FROM.finditer(data), *_REQUIRED.finditer(data)):
        yield _text(found[1])


# -- Python ----------------------------------------------------------------------


def _python_imports(data: bytes) -> tuple[dict[str, Imported], tuple[str, ...]]:
    imports: dict[str, Imported] = {}
    stars: list[str] = []
    at = data.find(b"import")
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        head = data[start:at].strip()
        end = _end_of_import(data, at)
        if head.startswith(b"from ") and len(head) < STATEMENT:
            names = re.sub(r"#[^\n]*", "", _text(data[at + 6 : end]))
            _python_from(_text(head[5:].strip()), names, imports, stars)
        elif not head or head.endswith(b";"):
            _python_plain(_text(data[at + 6 : end]), imports)
        at = data.find(b"import", max(end, at + 6))
    return imports, tuple(stars)


def _end_of_import(data: bytes, at: int) -> int:
    """Where an import statement ends: at its bracket, or at the end of its line."""
    line = data.find(b"\n", at)
    line = len(data) if line < 0 else line
    if b"(" not in data[at:line]:
        while data[line - 1 : line] == b"\\" and line - at < STATEMENT:
            following = data.find(b"\n", line + 1)
            line = len(data) if following < 0 else following
        return line
    bracket = data.find(b")", at, at + 4 * STATEMENT)
    return line if bracket < 0 else bracket


def _python_from(
    module: str, names: str, imports: dict[str, Imported], stars: list[str]
) -> None:
    for part in names.replace("\\", " ").strip(" \t\n(").split(","):
        words = _WORDS.findall(part)
        if words == [ALL]:
            stars.append(module)
        elif words:
            imports[words[-1]] = Imported(module, words[0])


def _python_plain(names: str, imports: dict[str, Imported]) -> None:
    for part in names.partition("#")[0].split(","):
        words = part.split()
        if not words:
            continue
        if len(words) == 3 and words[1] == "as":
            imports[words[2]] = Imported(words[0], ALL)
        elif re.fullmatch(r"[\w.]+", words[0]):
            imports[words[0]] = Imported(words[0], ALL)


def _python_definitions(data: bytes) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    name, start = REST, 0
    decorated: int | None = None
    for each in _PYTHON_START.finditer(data):
        if each[3] is not None:
            decorated = each.start() if decorated is None else decorated
            continue
        begin = each.start() if decorated is None else decorated
        decorated = None
        _python_define(found, name, data[start:begin])
        name, start = _text(each[1] or each[2] or b""), begin
    _python_define(found, name, data[start:])
    return found


def _python_define(found: dict[str, Definition], name: str, text: bytes) -> None:
    """Note a definition; the methods of a class apart from the class."""
    cuts = list(_method_starts(text)) if _CLASS.search(text) else []
    ends = [start for _, start in cuts[1:]] + [len(text)]
    _define(found, name, text[: cuts[0][1]] if cuts else text, calls=True)
    found[name].variable |= _ASSIGNED.match(text) is not None
    found[name].function |= not cuts and _FUNCTION.search(text) is not None
    for (method, start), end in zip(cuts, ends, strict=True) if cuts else ():
        _define(found[name].methods, method, text[start:end], calls=True)


def _method_starts(text: bytes) -> Iterator[tuple[str, int]]:
    """The methods of a class: what is indented as little as the first of them."""
    indent: bytes | None = None
    decorated: int | None = None
    for each in _METHOD.finditer(text):
        indent = each[1] if indent is None else indent
        if each[1] != indent:
            continue
        if each[2] is not None:
            decorated = each.start() if decorated is None else decorated
            continue
        yield _text(each[3]), each.start() if decorated is None else decorated
        decorated = None


# -- TypeScript ------------------------------------------------------------------


def _script_imports(data: bytes) -> tuple[dict[str, Imported], tuple[str, ...]]:
    imports: dict[str, Imported] = {}
    stars: list[str] = []
    last = 0
    for each in _FROM.finditer(data):
        low = max(last, each.start() - STATEMENT)
        start = max(
            data.rfind(b"import", low, each.start()),
            data.rfind(b"export", low, each.start()),
        )
        last = each.end()
        if start >= 0:
            clause = _text(data[start + 6 : each.start()])
            _script_clause(clause, _text(each[1]), imports, stars)
    for each in _REQUIRED.finditer(data):
        module = _text(each[1])
        line = data.rfind(b"\n", max(0, each.start() - 400), each.start()) + 1
        before = _text(data[line : each.start()]).rpartition("=")[0]
        for name in _WORDS.findall(before):
            imports.setdefault(name, Imported(module, DEFAULT))
        stars.append(module)
    return imports, tuple(dict.fromkeys(stars))


def _script_clause(
    clause: str, module: str, imports: dict[str, Imported], stars: list[str]
) -> None:
    plain, brace, inner = clause.partition("{")
    words = [word for word in _WORDS.findall(plain) if word != "type"]
    if words[:1] == [ALL]:
        if len(words) == 3:
            imports[words[2]] = Imported(module, ALL)
        else:
            stars.append(module)
    elif words:
        imports[words[0]] = Imported(module, DEFAULT)
        if ALL in words:
            imports[words[-1]] = Imported(module, ALL)
    for part in inner.partition("}")[0].split(",") if brace else ():
        names = [word for word in _WORDS.findall(part) if word != "type"]
        if names:
            imports[names[-1]] = Imported(module, names[0])


def _script_definitions(data: bytes) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    name, start, shape, default = REST, 0, False, False
    for each in (*_SCRIPT_START.finditer(data), None):
        begin = len(data) if each is None else each.start()
        _define(found, name, data[start:begin], shape=shape)
        found[name].variable |= _VARIABLE.match(data, start, begin) is not None
        if default and name != DEFAULT:
            _define(found, DEFAULT, data[start:begin])
        if each is None:
            break
        default = each[2] is not None
        name = _text(each[4] or (DEFAULT.encode() if default else b""))
        shape, start = each[3] in _SHAPES, begin
    return found


def _define(
    found: dict[str, Definition],
    name: str,
    text: bytes,
    *,
    shape: bool = False,
    calls: bool = False,
) -> None:
    held = found.setdefault(name, Definition(shape=shape))
    held.names.update(map(_text, set(_NAME.findall(text))))
    if calls:
        held.coroutine |= _COROUTINE.search(text) is not None
        held.calls.update(map(_text, set(_CALLED.findall(text))))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
