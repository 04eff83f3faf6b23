"""The pages of the rules: where each rule is described, and all that is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from wsaudit.examples import (
    Example,
    PageError,
    Section,
    read_example,
    split_sections,
)
from wsaudit.grades import Confidence, Priority

__all__ = ["Page", "PageError", "load_pages", "read_page", "rules_dir"]

SIDES = ("client", "server", "both", "project")
REQUIRED = frozenset({"code", "priority", "side", "items", "confidence"})
OPTIONAL = frozenset({"variants", "yields_to", "strict", "cwe"})

E = TypeVar("E", bound=StrEnum)

_KEY = re.compile(r"([a-z_]+):(?: +(.*?))? *")
_CODE = re.compile(r"WS\d{3}")
_ITEM = re.compile(r"\d\.\d\.\d")
_ORDER = (
    ("# ", "one title"),
    ("## Why it matters", "`## Why it matters`"),
    ("## Bad", "a `## Bad` section"),
    ("## Good", "a `## Good` section"),
    ("## How wsaudit decides", "`## How wsaudit decides`"),
    ("## What to do", "`## What to do`"),
)
_SEVERAL = ("## Bad", "## Good")
_LAST = ("## Options", "## See also")


@dataclass(frozen=True, slots=True)
class Page:
    """One rule as its page describes it.

    ``name`` is the stem of the file, ``chapter`` its folder, ``title`` its first
    heading. ``items`` are the checklist items the rule answers. ``variants`` are the
    conditions under which the rule has another priority. ``strict`` rules are shown
    with ``--strict`` only. ``markdown`` is everything below the front matter.
    """

    code: str
    name: str
    chapter: str
    title: str
    priority: Priority
    side: str
    items: tuple[str, ...]
    confidence: Confidence
    variants: Mapping[str, Priority]
    yields_to: tuple[str, ...]
    strict: bool
    cwe: tuple[str, ...]
    path: Path
    markdown: str
    sections: tuple[Section, ...]

    @property
    def why(self) -> str:
        """Why the defect matters, as Markdown."""
        return self._text("## Why it matters")

    @property
    def decides(self) -> str:
        """What the rule looks at, and which false and missed alarms are known."""
        return self._text("## How wsaudit decides")

    @property
    def what_to_do(self) -> str:
        """The remedy, as Markdown."""
        return self._text("## What to do")

    @property
    def bad(self) -> tuple[Example, ...]:
        """The examples that show the defect, in order."""
        return self._examples("## Bad")

    @property
    def good(self) -> tuple[Example, ...]:
        """The examples that the rule must see and find in order."""
        return self._examples("## Good")

    @property
    def examples(self) -> tuple[Example, ...]:
        """All examples, bad ones first."""
        return self.bad + self.good

    def priority_of(self, variant: str) -> Priority:
        """The priority of a finding; raises KeyError for a variant not on the page."""
        return self.variants[variant] if variant else self.priority

    def _text(self, heading: str) -> str:
        return next(part.text for part in self.sections if part.heading == heading)

    def _examples(self, heading: str) -> tuple[Example, ...]:
        return tuple(
            read_example(section, self.code, str(self.path))
            for section in self.sections
            if section.heading.startswith(heading)
        )


def rules_dir() -> Path:
    """The folder of the pages: inside the package once installed, else beside it."""
    package = Path(__file__).parent
    installed = package / "rules"
    return installed if installed.is_dir() else package.parent / "rules"


@cache
def load_pages(folder: Path | None = None) -> tuple[Page, ...]:
    """Every page under ``folder``, by default the catalogue's, sorted by code.

    Raises PageError for a page that breaks the grammar and for a code used twice.
    """
    found = [read_page(path) for path in (folder or rules_dir()).glob("*/*.md")]
    pages = tuple(sorted(found, key=lambda page: (page.code, page.path)))
    for page, following in pairwise(pages):
        if page.code == following.code:
            raise PageError(f"{following.path}: {page.code} is taken by {page.path}")
    return pages


def read_page(path: Path) -> Page:
    """One page; raises PageError naming the file and what is wrong in it."""
    keys, body, first_line = split_front_matter(path)
    _check_keys(keys, path)
    sections = split_sections(body, first_line)
    _check_headings(sections, path)
    return Page(
        code=_pattern(keys, "code", _CODE, path),
        name=path.stem,
        chapter=path.parent.name,
        title=sections[0].heading.removeprefix("# "),
        priority=_one_of(Priority, keys["priority"], "priority", path),
        side=_side(keys["side"], path),
        items=_patterns(keys, "items", _ITEM, path),
        confidence=_one_of(Confidence, keys["confidence"], "confidence", path),
        variants=_variants(keys.get("variants", ""), path),
        yields_to=_patterns(keys, "yields_to", _CODE, path),
        strict=_flag(keys, "strict", path),
        cwe=_patterns(keys, "cwe", re.compile(r"\d+"), path),
        path=path,
        markdown=body.strip() + "\n",
        sections=sections,
    )


def split_front_matter(path: Path) -> tuple[dict[str, str], str, int]:
    """The keys of a file, what follows them, and the line on which that starts."""
    text = path.read_text(encoding="utf-8")
    head, fence, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not fence:
        raise PageError(f"{path}: no front matter between two `---` lines")
    keys: dict[str, str] = {}
    for line in head.splitlines():
        found = _KEY.fullmatch(line)
        if not found:
            raise PageError(f"{path}: `{line}` is not `key: value`")
        if found[1] in keys:
            raise PageError(f"{path}: `{found[1]}` stands twice")
        keys[found[1]] = found[2] or ""
    return keys, body, head.count("\n") + 4


def _check_keys(keys: Mapping[str, str], path: Path) -> None:
    for key in sorted(keys.keys() - REQUIRED - OPTIONAL):
        raise PageError(f"{path}: unknown key `{key}`")
    for key in sorted(REQUIRED - keys.keys()):
        raise PageError(f"{path}: missing key `{key}`")


def _check_headings(sections: tuple[Section, ...], path: Path) -> None:
    """Hold the headings to their order; every step of ``_ORDER`` must be taken."""
    left = list(sections)
    for start, wanted in _ORDER:
        if not left or not _opens(left[0].heading, start):
            at = f"{path}:{left[0].line}" if left else f"{path}"
            raise PageError(f"{at}: {wanted} is missing here")
        left.pop(0)
        while start in _SEVERAL and left and _opens(left[0].heading, start):
            left.pop(0)
    for heading in _LAST:
        if left and left[0].heading == heading:
            left.pop(0)
    if left:
        raise PageError(f"{path}:{left[0].line}: `{left[0].heading}` is not expected")


def _opens(heading: str, start: str) -> bool:
    """Tell whether a heading is the wanted one; some may go on (``## Bad: …``)."""
    return heading.startswith(start) if start in (*_SEVERAL, "# ") else heading == start


def _one_of(kind: type[E], value: str, key: str, path: Path) -> E:
    try:
        return kind(value)
    except ValueError:
        raise PageError(f"{path}: `{value}` is no {key}") from None


def _side(value: str, path: Path) -> str:
    if value not in SIDES:
        raise PageError(f"{path}: `side` is one of {', '.join(SIDES)}, not `{value}`")
    return value


def _flag(keys: Mapping[str, str], key: str, path: Path) -> bool:
    if keys.get(key, "false") not in ("true", "false"):
        raise PageError(f"{path}: `{key}` is true or false")
    return keys.get(key) == "true"


def _pattern(
    keys: Mapping[str, str], key: str, pattern: re.Pattern[str], path: Path
) -> str:
    if not pattern.fullmatch(keys[key]):
        raise PageError(f"{path}: `{keys[key]}` is no {key}")
    return keys[key]


def _patterns(
    keys: Mapping[str, str], key: str, pattern: re.Pattern[str], path: Path
) -> tuple[str, ...]:
    values = tuple(keys.get(key, "").split())
    for value in values:
        if not pattern.fullmatch(value):
            raise PageError(f"{path}: `{value}` does not belong in `{key}`")
    return values


def _variants(value: str, path: Path) -> dict[str, Priority]:
    variants: dict[str, Priority] = {}
    for word in value.split():
        name, _, priority = word.partition("=")
        variants[name] = _one_of(Priority, priority, f"priority of `{name}`", path)
    return variants
