"""Comments to wsaudit: ignores, and declarations of what the code cannot say."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from wsaudit.model import Declaration, Role
from wsaudit.program.nested import Nested
from wsaudit.program.tree import walk
from wsaudit.source import Place
from wsaudit.spelling import nearest
from wsaudit.syntax import nodes

DISABLE = "disable"
ENABLE = "enable"
IGNORES = ("ignore", "ignore-file", DISABLE)
DECLARATIONS = ("public", "role", "non-browser")
WORDS = (*IGNORES, ENABLE, *DECLARATIONS)

# A directive opens its comment or follows another one in it.
_OPEN = re.compile(r"(?:^|(?<=\s))(?:#+|//+|/\*+|\*|<!--+)[ \t]*wsaudit:[ \t]*")
_BODY = re.compile(
    r"(?P<word>[a-z-]+)(?:=(?P<value>[\w-]*)|(?P<codes>\[[^\]\n]*\]))?(?P<rest>.*)",
    re.DOTALL,
)
_UNTIL = re.compile(r"(?:^|(?<=\s))until=(\S*)\s*")


@dataclass(frozen=True, slots=True)
class Directive:
    """One comment to wsaudit as it stands.

    ``word`` is ``ignore``, ``public`` …; ``trouble`` says what is wrong with it.
    ``until`` is the last day on which it holds, as it is written. ``ends`` is for
    ``disable`` where each of its codes is enabled again.
    """

    at: Place
    word: str
    codes: tuple[str, ...] = ()
    value: str = ""
    reason: str = ""
    until: str = ""
    trouble: str = ""
    ends: tuple[tuple[str, Place], ...] = ()


def directives(module: nodes.Module) -> tuple[Directive, ...]:
    """Every comment to wsaudit in a file, in order; strings never count."""
    found: list[Directive] = []
    for comment in module.comments:
        if "wsaudit:" in comment.text:
            found += _of_comment(module.path, comment)
    return tuple(found)


def checked(
    found: Iterable[Directive], codes: Collection[str], today: dt.date
) -> list[Directive]:
    """The directives of a file, each with its ``trouble`` and ``ends`` found out.

    Only known codes are kept; none of what is out of date.
    """
    known = []
    for one in found:
        trouble = _trouble(one, codes) or _late(one, today)
        kept = tuple(code for code in one.codes if code in codes)
        known.append(
            replace(one, codes=() if _late(one, today) else kept, trouble=trouble)
        )
    return _paired(known)


def _late(directive: Directive, today: dt.date) -> str:
    """What is wrong with the last day of a directive; empty while it holds."""
    if not directive.until:
        return ""
    try:
        last = dt.date.fromisoformat(directive.until)
    except ValueError:
        return f"`{directive.until}` is no date like 2027-01-31"
    return f"it held until {last}" if last < today else ""


def _paired(found: list[Directive]) -> list[Directive]:
    """The directives, each ``disable`` with what enables its codes again."""
    opened: dict[str, int] = {}
    ends: dict[int, list[tuple[str, Place]]] = defaultdict(list)
    trouble: dict[int, str] = {}
    for index, one in enumerate(found):
        for code in one.codes if one.word == DISABLE else ():
            if code in opened:
                trouble.setdefault(index, f"`{code}` is disabled here already")
            else:
                opened[code] = index
        for code in one.codes if one.word == ENABLE else ():
            if code in opened:
                ends[opened.pop(code)].append((code, one.at))
            else:
                trouble.setdefault(index, f"nothing disables `{code}` above")
    for code, index in opened.items():
        trouble.setdefault(index, f"nothing enables `{code}` again")
    return [
        replace(
            one,
            trouble=one.trouble or trouble.get(index, ""),
            ends=tuple(ends.get(index, ())),
        )
        for index, one in enumerate(found)
    ]


def declarations(module: nodes.Module) -> tuple[Declaration, ...]:
    """The declarations of a file, each with the code it holds for."""
    found = [
        directive
        for directive in directives(module)
        if directive.word in DECLARATIONS and not _trouble(directive, ())
    ]
    if not found:
        return ()
    layout = _Layout.of(module)
    return tuple(
        Declaration(
            directive.at,
            directive.word,
            directive.value,
            directive.reason,
            *layout.spoken_of(directive.at),
        )
        for directive in found
    )


def _of_comment(path: str, comment: nodes.Comment) -> Iterator[Directive]:
    opens = list(_OPEN.finditer(comment.text))
    ends = [found.start() for found in opens[1:]] + [len(comment.text)]
    start, before = comment.start, 0
    for opened, end in zip(opens, ends, strict=False):
        text = comment.text[opened.end() : end].rstrip()
        for close in ("*/", "-->"):
            if text.endswith(close):
                text = text.removesuffix(close).rstrip()
        start += len(comment.text[before : opened.start()].encode())
        before = opened.start()
        words = comment.text[opened.start() : opened.end()] + text.rstrip()
        at = Place(path, start, start + len(words.encode()))
        body = _BODY.match(text)
        if body is None:
            yield Directive(at, "")
            continue
        codes = [code.strip() for code in (body["codes"] or "")[1:-1].split(",")]
        rest, until = body["rest"], _UNTIL.search(body["rest"])
        if until and body["word"] in IGNORES:
            rest = rest[: until.start()] + rest[until.end() :]
        yield Directive(
            at,
            body["word"],
            tuple(code for code in codes if code),
            body["value"] or "",
            " ".join(rest.split()).lstrip(":- "),
            (until[1] or "until=") if until and body["word"] in IGNORES else "",
        )


def _trouble(directive: Directive, codes: Collection[str]) -> str:
    """What is wrong with a directive; empty when nothing is."""
    word = directive.word
    if word not in WORDS:
        hint = nearest(word, WORDS)
        return f"`{word}` is no word wsaudit knows{hint}" if word else "it says nothing"
    if word in (*IGNORES, ENABLE):
        if not directive.codes:
            return f"`{word}` names no rule: write `{word}[WS150] reason`"
        unknown = [code for code in directive.codes if code not in codes]
        hint = nearest(unknown[0], codes) if unknown else ""
        return f"`{unknown[0]}` is no rule's code{hint}" if unknown else ""
    if directive.codes:
        return f"`{word}` takes no codes"
    if word == "role" and directive.value not in list(Role):
        hint = nearest(directive.value, list(Role))
        return f"`{directive.value}` is no role of a connection{hint}"
    if word != "role" and directive.value:
        return f"`{word}` takes no value"
    return ""


_STATEMENTS = get_args(nodes.Statement)


@dataclass(frozen=True, slots=True)
class _Layout:
    """The statements and comments of a file, in the orders in which they are asked.

    ``ending`` are the statements by their ends, the outermost last where some end
    together.
    """

    comments: Sequence[nodes.Comment]
    statements: Nested
    ending: Sequence[nodes.Node]
    ends: Sequence[int]

    @classmethod
    def of(cls, module: nodes.Module) -> _Layout:
        found = [node for node in walk(module) if isinstance(node, _STATEMENTS)]
        ended = sorted(found, key=lambda node: (node.end, -node.start))
        return cls(
            sorted(module.comments, key=lambda comment: comment.start),
            Nested.of(found),
            ended,
            [node.end for node in ended],
        )

    def spoken_of(self, at: Place) -> tuple[int, int]:
        """The statement a comment stands above, on, or in the head of."""
        if self._alone(at):
            below = self.statements.following(at.end)
            return (below.start, below.end) if below else (at.end, at.end)
        outer = self.statements.around(at.start, at.start)
        floor = outer.start if outer else -1
        index = bisect_right(self.ends, at.start)
        before = self.ending[index - 1] if index else None
        node = before if before and before.start > floor else outer
        return (node.start, node.end) if node else (at.start, at.start)

    def _alone(self, at: Place) -> bool:
        """Whether the comment that holds a place has its line for itself."""
        index = bisect_right(self.comments, at.start, key=lambda one: one.start)
        return index > 0 and self.comments[index - 1].alone
