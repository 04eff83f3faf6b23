"""Single-file components: ``.vue`` and ``.svelte`` files as modules like any other.

Everything but the scripts is blanked, so that all offsets are those of the file. What a
component's script does for each of its instances (Vue's ``<script setup>``, Svelte's
plain one) becomes the body of a function named after the file, which returns what its
template holds: the handlers of elements as attributes of Markup, other expressions as
its children. That is how a component in JSX reads too.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from operator import attrgetter
from posixpath import basename

from wsaudit.syntax import nodes
from wsaudit.syntax.typescript import read_ecmascript

SUFFIXES = (".vue", ".svelte")
_BLOCK = re.compile(rb"<!--|<(script|style|template)(?=[\s>])", re.IGNORECASE)
_LANG = re.compile(rb"""\blang\s*=\s*["']?(\w+)""")
_OF_MODULE = re.compile(rb"""(\bmodule\b|context\s*=\s*["']module)""")
_ELEMENT = re.compile(rb"<!--|<([A-Za-z][\w.:-]*)|\{\{|\{")
_ATTRIBUTE = re.compile(
    rb"""\s*(?:([^\s=>"'/{}]+)(?:\s*=\s*("[^"]*"|'[^']*'|(?=\{)))?|(?=\{))"""
)
_VUE_HANDLER = re.compile(rb"(?:@|v-on:)([A-Za-z][\w-]*)")
_VUE_BOUND = re.compile(rb"(?::|v-bind:)([A-Za-z][\w-]*)|v-(?:if|else-if|show|model)")
_SVELTE_HANDLER = re.compile(rb"on:?([a-z][\w-]*)")
_SVELTE_BLOCK = re.compile(rb"(?:#(?:if|each|key|await)|:else\s+if|@html)\s")
_SVELTE_BINDS = re.compile(rb"\s(?:as|then)\s")
_LONGEST = 4_000
"""Bytes of an expression in a template; what is longer is left unread."""


@dataclass(frozen=True, slots=True)
class _Script:
    """The inside of a ``<script>``; ``each`` where it runs for every instance."""

    start: int
    end: int
    opening: int
    lang: bytes
    each: bool


@dataclass(frozen=True, slots=True)
class _Written:
    """An expression in a template, and the attribute that it is the value of."""

    start: int
    end: int
    name: str = ""
    handler: bool = False


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag that opens an element, up to its last angle bracket."""

    start: int
    end: int


def is_component_file(path: str) -> bool:
    """Whether a path is that of a single-file component."""
    return path.lower().endswith(SUFFIXES)


def scripts_only(path: str, text: str) -> str:
    """The text with everything outside its scripts blanked."""
    data = text.encode("utf-8", "surrogatepass")
    scripts, _ = _blocks(data, vue=path.lower().endswith(".vue"))
    return _blanked(data, scripts).decode("utf-8", "surrogatepass")


def opening_tags(path: str, text: str) -> tuple[tuple[int, int], ...]:
    """Where the tags of a template begin and end, in order: no comment is in one."""
    data = text.encode("utf-8", "surrogatepass")
    vue = path.lower().endswith(".vue")
    _, template = _blocks(data, vue=vue)
    found = _template(data, template, vue=vue)
    return tuple((one.start, one.end) for one in found if isinstance(one, _Tag))


def read_component(path: str, text: str, *, seconds: float = 5.0) -> nodes.Module:
    """Read one single-file component; see `read_typescript` for what is raised."""
    data = text.encode("utf-8", "surrogatepass")
    vue = path.lower().endswith(".vue")
    scripts, template = _blocks(data, vue=vue)
    dialect = (
        "tsx"
        if any(one.lang in {b"tsx", b"jsx"} for one in scripts)
        else ("typescript" if any(one.lang == b"ts" for one in scripts) else "tsx")
    )
    module = read_ecmascript(path, _blanked(data, scripts), dialect, seconds=seconds)
    setup = [one for one in scripts if one.each]
    if not setup:
        return module
    found = list(_template(data, template, vue=vue))
    written = [one for one in found if isinstance(one, _Written)]
    shown, inside = _shown(path, data, written, dialect, seconds)
    body = _with_component(path, module.body, setup[0], shown)
    beside = (one for one in found if isinstance(one, nodes.Comment))
    comments = sorted((*module.comments, *inside, *beside), key=attrgetter("start"))
    return nodes.Module(path, "typescript", body, tuple(comments), module.faults)


# -- blocks --------------------------------------------------------------------------


def _blocks(data: bytes, *, vue: bool) -> tuple[list[_Script], list[tuple[int, int]]]:
    """The scripts of a file, and the stretches that are its template."""
    lowered = data.lower()
    last = lowered.rfind(b"</template")
    scripts: list[_Script] = []
    template: list[tuple[int, int]] = []
    at = 0
    while found := _BLOCK.search(lowered, at):
        if not vue:
            template.append((at, found.start()))
        if found[1] is None:
            closed = lowered.find(b"-->", found.end())
            at = len(data) if closed < 0 else closed + 3
            continue
        opened = lowered.find(b">", found.end())
        if opened < 0:
            return scripts, template
        inner = opened + 1
        if found[1] == b"template":
            # The outermost template ends with the last end tag of that name.
            end = last if vue and last >= inner else inner
            if vue:
                template.append((inner, end))
        else:
            closed = lowered.find(b"</" + found[1], inner)
            end = len(data) if closed < 0 else closed
        if found[1] == b"script":
            scripts.append(_script(data, found.end(), inner, end, vue=vue))
        at = end
    if not vue:
        template.append((at, len(data)))
    return scripts, template


def _script(data: bytes, named: int, inner: int, end: int, *, vue: bool) -> _Script:
    attributes = data[named : inner - 1]
    lang = _LANG.search(attributes)
    each = (
        re.search(rb"\bsetup\b", attributes) is not None
        if vue
        else _OF_MODULE.search(attributes) is None
    )
    start = named - len(b"script")
    return _Script(inner, end, start, lang[1] if lang else b"", each)


def _blanked(data: bytes, kept: list[_Script]) -> bytes:
    """The bytes with all but the kept stretches made spaces; lines stay."""
    out = bytearray(re.sub(rb"[^\r\n]", b" ", data))
    for one in kept:
        out[one.start : one.end] = data[one.start : one.end]
    return bytes(out)


# -- the template ----------------------------------------------------------------------


def _template(
    data: bytes, stretches: list[tuple[int, int]], *, vue: bool
) -> Iterator[_Written | _Tag | nodes.Comment]:
    """The expressions, tags and comments of a template, those of a tag before it."""
    budget = [8 * len(data)]
    for start, end in stretches:
        at = start
        while found := _ELEMENT.search(data, at, end):
            at = found.end()
            if found[0] == b"<!--":
                closed = data.find(b"-->", at, end)
                at = end if closed < 0 else closed + 3
                yield _comment(data, found.start(), at)
            elif found[1] is not None:
                at = yield from _attributes(data, at, end, budget, vue=vue)
                yield _Tag(found.start(), at)
            elif vue and found[0] == b"{{":
                closed = data.find(b"}}", at, end)
                at = end if closed < 0 else closed
                if closed >= 0:
                    yield _Written(found.end(), closed)
            elif not vue:
                closed = _braced(data, found.start(), end, budget)
                shown = _of_svelte(data, found.end(), closed) if closed else None
                if shown is not None:
                    yield shown
                    at = closed


def _comment(data: bytes, start: int, end: int) -> nodes.Comment:
    first = data.rfind(b"\n", 0, start) + 1
    last = data.find(b"\n", end)
    beside = data[first:start] + data[end : last if last >= 0 else len(data)]
    text = data[start:end].decode("utf-8", "surrogatepass")
    return nodes.Comment(start, end, text, not beside.strip())


def _of_svelte(data: bytes, start: int, end: int) -> _Written | None:
    """The expression in braces: all of it, or what a block of the template asks."""
    block = _SVELTE_BLOCK.match(data, start, end)
    if block is not None:
        binds = _SVELTE_BINDS.search(data, block.end(), end)
        return _Written(block.end(), binds.start() if binds else end)
    written = data[start : start + 1] not in (b"#", b":", b"/", b"@")
    return _Written(start, end) if written else None


def _attributes(
    data: bytes, at: int, end: int, budget: list[int], *, vue: bool
) -> Generator[_Written, None, int]:
    """The expressions of a tag; returns where it ends."""
    while at < end and data[at : at + 1] != b">":
        found = _ATTRIBUTE.match(data, at, end)
        if found is None or (found.end() == at and data[at : at + 1] != b"{"):
            at += 1
            continue
        name, value, at = found[1] or b"", found[2], found.end()
        if data[at : at + 1] == b"{" and not vue:
            closed = _braced(data, at, end, budget)
            if not closed:
                at += 1
                continue
            handler = _SVELTE_HANDLER.fullmatch(name)
            shown = (
                _property(handler[1]) if handler else name.decode("utf-8", "replace")
            )
            yield _Written(at + 1, closed, shown, handler is not None)
            at = closed + 1
        elif vue and value and len(value) <= _LONGEST:
            yield from _of_vue(name, found.start(2) + 1, found.end(2) - 1)
    return at


def _of_vue(name: bytes, start: int, end: int) -> Iterator[_Written]:
    plain = name.partition(b".")[0]
    handler, bound = _VUE_HANDLER.fullmatch(plain), _VUE_BOUND.fullmatch(plain)
    if handler:
        yield _Written(start, end, _property(handler[1]), handler=True)
    elif bound:
        yield _Written(start, end, (bound[1] or b"").decode())


def _property(event: bytes) -> str:
    """The property that a handler has in JSX: ``click`` is ``onClick``."""
    words = event.decode("utf-8", "replace").split("-")
    return "on" + "".join(word[:1].upper() + word[1:] for word in words)


def _braced(data: bytes, opening: int, end: int, budget: list[int]) -> int:
    """Where the brace closes that opens at a place; 0 where that is not told."""
    depth = 0
    for at in range(opening, min(end, opening + _LONGEST)):
        budget[0] -= 1
        if budget[0] < 0:
            return 0
        if data[at] == 0x7B:
            depth += 1
        elif data[at] == 0x7D:
            depth -= 1
            if depth == 0:
                return at
    return 0


def _shown(
    path: str, data: bytes, written: list[_Written], dialect: str, seconds: float
) -> tuple[tuple[nodes.Expression, ...], tuple[nodes.Comment, ...]]:
    """The template's expressions as Markup, and the comments in them.

    What does not parse is left out.
    """
    text = bytearray(re.sub(rb"[^\r\n]", b" ", data))
    for one in written:
        # The quotes or braces around an expression end the statement that it is.
        text[one.start - 1 : one.start] = b";"
        text[one.start : one.end] = data[one.start : one.end]
        text[one.end : one.end + 1] = b";"
    module = read_ecmascript(path, bytes(text), dialect, seconds=seconds)
    found: list[nodes.Expression] = []
    for one in written:
        inside = tuple(s for s in _within(module.body, one))
        if inside:
            found.append(_markup(one, inside))
    return tuple(found), tuple(module.comments)


def _within(
    statements: tuple[nodes.Statement, ...], one: _Written
) -> Iterator[nodes.Statement]:
    first, last = 0, len(statements)
    while first < last:
        middle = (first + last) // 2
        if statements[middle].start < one.start:
            first = middle + 1
        else:
            last = middle
    while first < len(statements) and statements[first].end <= one.end + 1:
        yield statements[first]
        first += 1


def _markup(one: _Written, inside: tuple[nodes.Statement, ...]) -> nodes.Expression:
    """An attribute or child: a handler that is no function becomes one."""
    start, end = one.start, one.end
    only = inside[0] if len(inside) == 1 else None
    value = only.value if isinstance(only, nodes.Expr) else None
    if value is None or (
        one.handler
        and not isinstance(value, nodes.Name | nodes.Member | nodes.Function)
    ):
        value = nodes.Function(start, end, "", (), inside, "arrow")
    if not one.name:
        return value
    key = nodes.Literal(start, start, "string", one.name)
    entry = nodes.Entry(start, end, key, value)
    return nodes.Markup(start, end, None, (entry,), ())


# -- the component ---------------------------------------------------------------------


def _with_component(
    path: str,
    body: tuple[nodes.Statement, ...],
    script: _Script,
    shown: tuple[nodes.Expression, ...],
) -> tuple[nodes.Statement, ...]:
    """The module's statements, those of the script as the body of a function."""
    outside: list[nodes.Statement] = []
    inside: list[nodes.Statement] = []
    for statement in body:
        own = script.start <= statement.start < script.end
        if not own or isinstance(statement, nodes.Import | nodes.TypeDef):
            outside.append(statement)
        elif isinstance(statement, nodes.Export) and statement.declaration is not None:
            inside.append(statement.declaration)
        else:
            inside.append(statement)
    markup = nodes.Markup(script.end, script.end, None, (), shown)
    inside.append(nodes.Return(script.end, script.end, markup))
    name = _name(path)
    function = nodes.Function(script.start, script.end, name, (), tuple(inside), "def")
    definition = nodes.FunctionDef(
        script.opening, script.end, name, script.opening, function
    )
    whole = nodes.Export(
        script.opening, script.end, declaration=definition, default=True
    )
    return (*outside, whole)


def _name(path: str) -> str:
    """The component's name: the file's, as an identifier that begins in upper case."""
    stem = re.sub(r"\W+", " ", basename(path).partition(".")[0])
    return "".join(w[:1].upper() + w[1:] for w in stem.split()) or "Component"
