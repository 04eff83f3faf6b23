"""Comments to wsaudit: ignores, and declarations of what the code cannot say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from wsaudit.model import Declaration, Role
from wsaudit.program.tree import walk
from wsaudit.source import Place
from wsaudit.spelling import nearest
from wsaudit.syntax import nodes

IGNORES = ("ignore", "ignore-file")
DECLARATIONS = ("public", "role", "non-browser")
WORDS = IGNORES + DECLARATIONS

# A directive opens its comment or follows another one in it.
_OPEN = re.compile(r"(?:^|(?<=\s))(?:#+|//+|/\*+|\*)[ \t]*wsaudit:[ \t]*")
_CLOSE = re.compile(r"\s*\*/\s*\Z")
_BODY = re.compile(
    r"(?P<word>[a-z-]+)(?:=(?P<value>[\w-]*)|(?P<codes>\[[^\]\n]*\]))?(?P<rest>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Directive:
    """One comment to wsaudit as it stands.

    ``word`` is ``ignore``, ``public`` …; ``trouble`` says what is wrong with it.
    """

    at: Place
    word: str
    codes: tuple[str, ...] = ()
    value: str = ""
    reason: str = ""
    trouble: str = ""


def directives(module: nodes.Module) -> tuple[Directive, ...]:
    """Every comment to wsaudit in a file, in order; strings never count."""
    found: list[Directive] = []
    for comment in module.comments:
        if "wsaudit:" in comment.text:
            found += _of_comment(module.path, comment)
    return tuple(found)


def checked(directive: Directive, codes: Collection[str]) -> Directive:
    """A directive with its ``trouble`` found out; only known codes are kept."""
    trouble = _trouble(directive, codes)
    kept = tuple(code for code in directive.codes if code in codes)
    return replace(directive, codes=kept, trouble=trouble)


def declarations(module: nodes.Module) -> tuple[Declaration, ...]:
    """The declarations of a file, each with the code it holds for."""
    found = [
        directive
        for directive in directives(module)
        if directive.word in DECLARATIONS and not _trouble(directive, ())
    ]
    if not found:
        return ()
    statements = [node for node in walk(module) if isinstance(node, _STATEMENTS)]
    alone = {comment.start for comment in module.comments if comment.alone}
    return tuple(
        Declaration(
            directive.at,
            directive.word,
            directive.value,
            directive.reason,
            *_spoken_of(
                directive.at,
                statements,
                above=_opening(module, directive.at) in alone,
            ),
        )
        for directive in found
    )


_STATEMENTS = get_args(nodes.Statement)


def _of_comment(path: str, comment: nodes.Comment) -> Iterator[Directive]:
    opens = list(_OPEN.finditer(comment.text))
    ends = [found.start() for found in opens[1:]] + [len(comment.text)]
    for opened, end in zip(opens, ends, strict=False):
        text = _CLOSE.sub("", comment.text[opened.end() : end])
        start = comment.start + len(comment.text[: opened.start()].encode())
        words = comment.text[opened.start() : opened.end()] + text.rstrip()
        at = Place(path, start, start + len(words.encode()))
        body = _BODY.match(text)
        if body is None:
            yield Directive(at, "")
            continue
        codes = [code.strip() for code in (body["codes"] or "")[1:-1].split(",")]
        reason = " ".join(body["rest"].split()).lstrip(":- ")
        given = tuple(code for code in codes if code)
        yield Directive(at, body["word"], given, body["value"] or "", reason)


def _trouble(directive: Directive, codes: Collection[str]) -> str:
    """What is wrong with a directive; empty when nothing is."""
    word = directive.word
    if word not in WORDS:
        hint = nearest(word, WORDS)
        return f"`{word}` is no word wsaudit knows{hint}" if word else "it says nothing"
    if word in IGNORES:
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


def _opening(module: nodes.Module, at: Place) -> int:
    """Where the comment that holds a place starts."""
    starts = (comment.start for comment in module.comments)
    return max((start for start in starts if start <= at.start), default=at.start)


def _spoken_of(
    at: Place, statements: list[nodes.Node], *, above: bool
) -> tuple[int, int]:
    """The statement a comment stands above, on, or in the head of."""
    if above:
        after = [node for node in statements if node.start >= at.end]
        node = min(after, key=lambda node: (node.start, -node.end), default=None)
        return (node.start, node.end) if node else (at.end, at.end)
    around = [node for node in statements if node.start <= at.start < node.end]
    outer = max(around, key=lambda node: (node.start, -node.end), default=None)
    floor = outer.start if outer else 0
    before = [
        node for node in statements if floor < node.start and node.end <= at.start
    ]
    if outer is None:
        before = [node for node in statements if node.end <= at.start]
    node = max(before, key=lambda node: (node.end, -node.start), default=outer)
    return (node.start, node.end) if node else (at.start, at.start)
