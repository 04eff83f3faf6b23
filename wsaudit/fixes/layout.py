"""How a file is laid out: its lines, its indentation, and edits that keep to both."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wsaudit.edits import Edit
from wsaudit.fixes import Ground
from wsaudit.program import tree
from wsaudit.source import Place, Source
from wsaudit.syntax import nodes

BLANK = b" \t"

Lines = Sequence[str]
GONE = "a client has left"
"""What is written down of a send that fails."""
LOGGERS = ("logger", "log", "LOGGER", "_logger", "logging")


@dataclass(frozen=True)
class Layout:
    """One file as lines."""

    module: nodes.Module
    source: Source

    @property
    def python(self) -> bool:
        """Whether blocks are made by indentation alone."""
        return self.module.language == "python"

    def start_of_line(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self.source.line_starts[self.source.line_of(offset) - 1]

    def end_of_line(self, offset: int) -> int:
        """Where the line of an offset ends, before its line ending."""
        line = self.source.line_of(offset)
        starts = self.source.line_starts
        end = starts[line] if line < len(starts) else len(self.source.data)
        return (
            len(self.source.data[:end].rstrip(b"\r\n")) if line < len(starts) else end
        )

    def newline(self, offset: int) -> str:
        """The ending of the line of an offset, or of the one before it."""
        return self.source.newline(self.source.line_of(offset))

    def indent(self, offset: int) -> str:
        """The white space that the line of an offset begins with."""
        return self.source.indent(self.source.line_of(offset))

    def begins_line(self, node: nodes.Node) -> bool:
        """Whether nothing but white space is before a node on its line."""
        return not self.source.data[self.start_of_line(node.start) : node.start].strip(
            BLANK
        )

    def ends_line(self, node: nodes.Node) -> bool:
        """Whether nothing is behind a node on its line but a semicolon, a comment."""
        rest = self.source.data[node.end : self.end_of_line(node.end)].strip(BLANK)
        rest = rest.removeprefix(b";").strip(BLANK)
        return not rest or rest.startswith(b"#" if self.python else b"//")

    def has_lines(self, node: nodes.Node) -> bool:
        """Whether a node has its lines for itself."""
        return self.begins_line(node) and self.ends_line(node)

    @cached_property
    def step(self) -> str:
        """What a block is indented by here, as most of them are."""
        found: Counter[str] = Counter()
        for node in tree.walk(self.module):
            if isinstance(node, nodes.FunctionDef):
                found += self._steps(node, node.function.body)
            for block in tree.blocks(node):
                found += self._steps(node, block)
        return (
            found.most_common(1)[0][0] if found else ("    " if self.python else "  ")
        )

    def _steps(self, around: nodes.Node, block: tree.Block) -> Counter[str]:
        outer = self.indent(around.start)
        inner = self.indent(block[0].start) if block else ""
        own = bool(block) and self.begins_line(block[0])
        if own and inner != outer and inner.startswith(outer):
            return Counter([inner.removeprefix(outer)])
        return Counter()

    @cached_property
    def quote(self) -> str:
        """The mark that most texts of this file stand in."""
        found = Counter(
            self.source.data[node.start : node.start + 1]
            for node in tree.walk(self.module)
            if isinstance(node, nodes.Literal) and node.kind == "string"
        )
        return "'" if found[b"'"] > found[b'"'] else '"'

    @cached_property
    def stop(self) -> str:
        """What ends a statement here: a semicolon, where most of them have one."""
        data, count = self.source.data, Counter[bool]()
        for node in tree.walk(self.module):
            if isinstance(node, nodes.Expr | nodes.Import | nodes.Return):
                count[b";" in data[node.end - 1 : node.end + 1]] += 1
        return "" if self.python or count[False] > count[True] else ";"

    # -- edits ------------------------------------------------------------------------

    def place(self, start: int, end: int | None = None) -> Place:
        """A stretch of this file."""
        return Place(self.module.path, start, start if end is None else end)

    def replace(self, node: nodes.Node, text: str) -> Edit:
        """Put a text in the place of a node."""
        return Edit(self.place(node.start, node.end), text)

    def insert(self, offset: int, text: str) -> Edit:
        """Put a text where nothing is."""
        return Edit(self.place(offset), text)

    def before(self, node: nodes.Node, *lines: str) -> Edit:
        """Lines of their own above a node that begins its line."""
        indent, newline = self.indent(node.start), self.newline(node.start)
        text = "".join(f"{indent}{line}{newline}" for line in lines)
        return self.insert(self.start_of_line(node.start), text)

    def after(self, node: nodes.Node, indent: str, *lines: str) -> Edit:
        """Lines of their own below a node that ends its line."""
        newline = self.newline(node.end)
        text = "".join(f"{newline}{indent}{line}" for line in lines)
        return self.insert(self.end_of_line(node.end), text)

    def deeper(self, node: nodes.Node) -> Iterator[Edit]:
        """A node that has its lines for itself, moved in by a step.

        What goes on inside of a text over several lines stays where it is.
        """
        texts = [
            range(one.start + 1, one.end)
            for one in tree.walk(node)
            if isinstance(one, nodes.Literal | nodes.Template)
        ]
        step, data = self.step, self.source.data
        first = self.source.line_of(node.start) - 1
        last = self.source.line_of(max(node.start, node.end - 1)) - 1
        for start in self.source.line_starts[first : last + 1]:
            blank = not data[start : self.end_of_line(start)].strip()
            if not blank and not any(start in text for text in texts):
                yield self.insert(start, step)

    def wrap(self, node: nodes.Node, above: Lines, below: Lines) -> list[Edit]:
        """A node that has its lines for itself between lines of a statement around."""
        indent, newline = self.indent(node.start), self.newline(node.start)
        head = "".join(f"{indent}{line}{newline}" for line in above)
        first, *rest = self.deeper(node)
        opened = Edit(first.at, head + first.text)
        return [opened, *rest, self.after(node, indent, *below)]


def layout_of(ground: Ground, path: str) -> Layout | None:
    """The layout of a file; None for one that was not wholly understood."""
    module = ground.module(path)
    return _layout(module, ground.source(path)) if module else None


@lru_cache(maxsize=64)
def _layout(module: nodes.Module, source: Source) -> Layout:
    return Layout(module, source)


def free_name(ground: Ground, at: nodes.Node, *names: str) -> str:
    """The first of some names that means nothing yet where a node stands."""
    program = ground.scene.program
    used = _names(program.function_of(at) or program.module_of(at))
    return next(
        (
            name
            for name in names
            if name not in used and program.binding_named(name, at) is None
        ),
        "",
    )


@lru_cache(maxsize=64)
def _names(around: nodes.Node) -> frozenset[str]:
    return frozenset(
        node.id for node in tree.walk(around) if isinstance(node, nodes.Name)
    )


def tells(
    ground: Ground, layout: Layout, at: nodes.Node, text: str, value: str = ""
) -> str:
    """A statement that logs a text the way this file does; empty where it does not.

    ``value`` is the code of something that is told with it.
    """
    mark = layout.quote
    more = f", {value}" if value else ""
    if not layout.python:
        return f"console.warn({mark}{text}{mark}{more}){layout.stop}"
    for name in LOGGERS:
        if ground.scene.program.binding_named(name, at) is not None:
            told = f"{text}: %r" if value else text
            return f"{name}.warning({mark}{told}{mark}{more})"
    return ""


def logging_imported(layout: Layout) -> Edit | None:
    """The import that a Python file needs before it can log."""
    imports = [node for node in layout.module.body if isinstance(node, nodes.Import)]
    plain = [node for node in imports if node.module != "__future__"]
    if not plain or not layout.begins_line(plain[0]):
        return None
    top = plain[0].module.partition(".")[0]
    apart = () if top in sys.stdlib_module_names else ("",)
    return layout.before(plain[0], "import logging", *apart)


def caught(
    ground: Ground, layout: Layout, statement: nodes.Statement, says: str
) -> tuple[Edit, ...]:
    """A ``try`` around a statement, with a line in the log; none where none can be."""
    told = tells(ground, layout, statement, says)
    needed = None if told else logging_imported(layout)
    if not told and needed is None:
        return ()
    mark = layout.quote
    told = told or f"logging.warning({mark}{says}{mark})"
    below = ("except Exception:", f"{layout.step}{told}")
    edits = layout.wrap(statement, ("try:",), below)
    return (*edits, needed) if needed is not None else tuple(edits)
