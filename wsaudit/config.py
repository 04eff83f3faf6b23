"""What the user asked for: `[tool.wsaudit]` or `wsaudit.toml`, checked key by key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import Any

from wsaudit.ignored import git_top
from wsaudit.regular import read_regular
from wsaudit.rule import Confidence, Priority
from wsaudit.spelling import nearest

FILE_NAMES = (".wsaudit.toml", "wsaudit.toml", "pyproject.toml")
SIZE_LIMIT = 1 << 20

# fmt: off
EXCLUDED = (
    ".git", ".hg", ".svn", "node_modules", "bower_components", ".yarn", ".venv", "venv",
    "env", "site-packages", "__pycache__", ".tox", ".nox", ".eggs", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".wsaudit_cache", "dist", "build", "out", ".next",
    ".nuxt", ".output", ".svelte-kit", ".turbo", ".cache", "coverage", "vendor",
)
# fmt: on


class ConfigError(Exception):
    """The configuration is wrong; the message says where and what, in one sentence."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A client file and a server route that the user says talk to each other."""

    client: str
    server: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run is told.

    ``root`` is the absolute folder that ``exclude``, ``per_path_ignores``,
    ``dialects`` and ``contract_pairs`` count from. ``fail_on`` None never fails.
    ``min_priority`` and ``min_confidence`` are where findings begin to be told.
    ``fixes`` gives findings their fix, where there is one. ``jobs`` 0 lets the amount
    to read decide.
    """

    root: str
    file: str = ""
    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    extend_exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    min_priority: Priority = Priority.P2
    min_confidence: Confidence = Confidence.LOW
    asked_select: tuple[str, ...] = ()
    asked_ignore: tuple[str, ...] = ()
    fail_on: Priority | None = Priority.P1
    strict: bool = False
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    public_endpoints: tuple[str, ...] = ()
    non_browser: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    contract_pairs: tuple[Pair, ...] = ()
    force_exclude: bool = False
    report_only: tuple[str, ...] = ()
    fixes: bool = False
    jobs: int = 0
    cache: bool = True
    cache_dir: str = ""
    baseline: str = ""


def configured(
    paths: Iterable[str],
    *,
    file: str = "",
    isolated: bool = False,
    changed_files: bool = False,
) -> Config:
    """The configuration for auditing ``paths``, as the command line means them.

    Without any the configured paths are audited, else the working directory. With
    ``changed_files`` the whole project is, and ``paths`` only choose what is reported.
    Raises ConfigError.
    """
    here = os.getcwd()
    asked = tuple(os.path.abspath(path) for path in paths)
    start = here if changed_files else _common_folder(asked) or here
    inside = os.path.commonpath((here, start)) == here
    ceiling = here if inside else start
    config = load_config(start, ceiling=ceiling, file=file, isolated=isolated)
    if changed_files:
        if not asked:
            raise ConfigError("`--changed-files` needs the names of the changed files")
        for path in asked:
            if not os.path.lexists(path) or os.path.isdir(path):
                kind = "a folder" if os.path.isdir(path) else "not there"
                shown = os.path.relpath(path)
                raise ConfigError(f"`--changed-files` names files: `{shown}` is {kind}")
        roots = config.paths or (config.root,)
        return replace(config, paths=roots, report_only=asked)
    return replace(config, paths=asked or config.paths or (here,))


def _common_folder(paths: tuple[str, ...]) -> str:
    if not paths:
        return ""
    common = os.path.commonpath(paths)
    return common if os.path.isdir(common) else os.path.dirname(common)


def load_config(
    start: str, *, ceiling: str = "", file: str = "", isolated: bool = False
) -> Config:
    """The configuration of the project around the folder ``start``.

    ``file`` is read when given; else the nearest file upward to the git top, to
    ``ceiling`` outside of git; none when ``isolated``. Raises ConfigError.
    """
    if file and isolated:
        message = "`--config` and `--isolated` exclude each other"
        raise ConfigError(message)
    if file:
        return _from_file(os.path.abspath(file), required=True) or Config(start)
    top = git_top(start) or ceiling or start
    for folder in _upward(start, top) if not isolated else ():
        for name in FILE_NAMES:
            path = os.path.join(folder, name)
            found = _from_file(path) if os.path.lexists(path) else None
            if found:
                return found
    return Config(top)


def parse_fail_on(word: str) -> Priority | None:
    """``P0`` … ``P2`` or ``never``. Raises ValueError."""
    return None if word == "never" else Priority(word)


def _upward(start: str, top: str) -> Iterable[str]:
    folder = start
    while True:
        yield folder
        above = os.path.dirname(folder)
        if folder in (top, above):
            return
        folder = above


def told(path: str, *, links: bool = True) -> str:
    """The text of a file that the user names. Raises ConfigError."""
    shown = os.path.relpath(path)
    try:
        return read_regular(path, SIZE_LIMIT, links=links).decode("utf-8-sig")
    except OSError as error:
        message = f"cannot read `{shown}`: {error.strerror}"
        raise ConfigError(message) from None
    except UnicodeDecodeError:
        message = f"`{shown}` is not UTF-8"
        raise ConfigError(message) from None


def _from_file(path: str, *, required: bool = False) -> Config | None:
    """The configuration in one file; None for a `pyproject.toml` without our table."""
    shown = os.path.relpath(path)
    text = told(path)
    ours = os.path.basename(path) != "pyproject.toml"
    if not ours and not required and "wsaudit" not in text:
        return None
    try:
        table: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(_broken(shown, str(error))) from None
    prefix: tuple[str, ...] = ()
    tool = table.get("tool")
    if isinstance(tool, dict) and "wsaudit" in tool:
        table, prefix = tool["wsaudit"], ("tool", "wsaudit")
    elif not ours:
        return Config(os.path.dirname(path)) if required else None
    return _Reading(shown, os.path.dirname(path), text, prefix).config(table, path)


def _broken(shown: str, error: str) -> str:
    line = re.search(r"line (\d+)", error)
    where = f"{shown}:{line[1]}" if line else shown
    return f"{where}: not TOML: {error[:1].lower()}{error[1:]}"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One configuration file while it is checked."""

    shown: str
    root: str
    text: str
    prefix: tuple[str, ...]

    def config(self, table: object, path: str) -> Config:
        """The table as a Config. Raises ConfigError."""
        given = self.table(table, self.prefix, _KEYS)
        made: dict[str, Any] = {}
        for key, value in given.items():
            made |= _KEYS[key](self, (*self.prefix, key), value)
        return replace(Config(self.root, path), **made)

    def error(self, at: tuple[str, ...], problem: str) -> ConfigError:
        """An error at a key."""
        return ConfigError(f"{self.shown}:{self.line(at)}: {problem}")

    def line(self, at: tuple[str, ...]) -> int:
        """The line that sets a key, as well as a search can tell; tomllib does not."""
        lines = self.text.splitlines()
        header = ".".join(at[:-1])
        begin = 0
        for number, line in enumerate(lines):
            words = re.sub(r"[\s\"']", "", line.partition("#")[0]).strip("[]")
            if line.lstrip().startswith("[") and words == header:
                begin = number
        key = re.compile(rf"(?:^|[{{,.\s])[\"']?{re.escape(at[-1])}[\"']?\s*[=.\]]")
        for number in chain(range(begin, len(lines)), range(begin)):
            if key.search(lines[number]):
                return number + 1
        return begin + 1

    def table(
        self, value: object, at: tuple[str, ...], known: Iterable[str]
    ) -> dict[str, Any]:
        """A table all of whose keys are known."""
        if not isinstance(value, dict):
            raise self.error(at or ("",), f"`{_dotted(at)}` must be a table")
        for key in value:
            if key not in known:
                hint = nearest(key, known)
                raise self.error((*at, key), f"unknown key `{key}`{hint}")
        return value

    def strings(self, value: object, at: tuple[str, ...]) -> tuple[str, ...]:
        """A list of strings."""
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise self.error(at, f"`{at[-1]}` must be a list of strings")

    def string(self, value: object, at: tuple[str, ...]) -> str:
        """One string."""
        if isinstance(value, str):
            return value
        raise self.error(at, f"`{at[-1]}` must be a string")

    def within(self, value: object, at: tuple[str, ...]) -> tuple[str, ...]:
        """Paths or globs that stay below the root."""
        found = self.strings(value, at)
        for path in found:
            target = os.path.realpath(os.path.join(self.root, path))
            root = os.path.realpath(self.root)
            if "\0" in path or os.path.commonpath((root, target)) != root:
                raise self.error(at, f"`{path}` leaves the project")
        return found


def _dotted(at: tuple[str, ...]) -> str:
    return ".".join(at) or "the file"


_Key = Callable[[_Reading, tuple[str, ...], Any], Mapping[str, Any]]


def _strings(field: str) -> _Key:
    return lambda reading, at, value: {field: reading.strings(value, at)}


def _within(field: str) -> _Key:
    return lambda reading, at, value: {field: reading.within(value, at)}


def _word(field: str, kind: type[StrEnum]) -> _Key:
    def read(reading: _Reading, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
        word = reading.string(value, at)
        if word in list(kind):
            return {field: kind(word)}
        known = ", ".join(kind)
        raise reading.error(at, f"`{at[-1]}` is one of {known}, not `{word}`")

    return read


def _paths(reading: _Reading, at: tuple[str, ...], value: object) -> Mapping[str, Any]:
    found = reading.within(value, at)
    return {"paths": tuple(os.path.join(reading.root, path) for path in found)}


def _baseline(
    reading: _Reading, at: tuple[str, ...], value: object
) -> Mapping[str, Any]:
    (path,) = reading.within([reading.string(value, at)], at)
    return {"baseline": os.path.join(reading.root, path)}


def _fail_on(reading: _Reading, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
    try:
        return {"fail_on": parse_fail_on(reading.string(value, at))}
    except ValueError:
        problem = f"`fail-on` must be P0, P1, P2 or never, not `{value}`"
        raise reading.error(at, problem) from None


def _strict(reading: _Reading, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
    if not isinstance(value, bool):
        raise reading.error(at, "`strict` must be true or false")
    return {"strict": value}


def _per_path(reading: _Reading, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
    table = reading.table(value, at, value if isinstance(value, dict) else ())
    pairs = [
        (pattern, reading.strings(codes, (*at, pattern)))
        for pattern, codes in table.items()
    ]
    return {"per_path_ignores": tuple(pairs)}


def _contract(reading: _Reading, at: tuple[str, ...], value: Any) -> Mapping[str, Any]:
    table = reading.table(value, at, ("pairs",))
    pairs = table.get("pairs", [])
    if not isinstance(pairs, list):
        raise reading.error((*at, "pairs"), "`pairs` must be a list of tables")
    made = []
    for pair in pairs:
        here = (*at, "pairs")
        found = reading.table(pair, here, ("client", "server"))
        if set(found) != {"client", "server"}:
            raise reading.error(here, "a pair needs `client` and `server`")
        ends = [reading.string(found[key], here) for key in ("client", "server")]
        made.append(Pair(*ends))
    return {"contract_pairs": tuple(made)}


_KEYS: dict[str, _Key] = {
    "paths": _paths,
    "exclude": _strings("exclude"),
    "extend-exclude": _strings("extend_exclude"),
    "select": _strings("select"),
    "ignore": _strings("ignore"),
    "extend-select": _strings("extend_select"),
    "extend-ignore": _strings("extend_ignore"),
    "min-priority": _word("min_priority", Priority),
    "min-confidence": _word("min_confidence", Confidence),
    "fail-on": _fail_on,
    "strict": _strict,
    "baseline": _baseline,
    "per-path-ignores": _per_path,
    "public-endpoints": _strings("public_endpoints"),
    "non-browser": _strings("non_browser"),
    "dialects": _within("dialects"),
    "contract": _contract,
}
