"""Imports: which file of the project, or which library, a module name means."""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

_TS_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
# What is not closed goes on to the end: no place in it has to be tried again.
_COMMENT = re.compile(
    r'("(?:\\.|[^"\\])*+(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL
)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Aliases:
    """The ``baseUrl`` and ``paths`` of one tsconfig, resolved to directories."""

    base: str | None
    paths: tuple[tuple[str, tuple[str, ...]], ...]


def read_jsonc(text: str) -> object:
    """JSON with comments and trailing commas; None when it is not even that."""
    bare = _COMMENT.sub(lambda found: found.group(1) or " ", text)
    try:
        return json.loads(_TRAILING_COMMA.sub(r"\1", bare))
    except (ValueError, RecursionError):
        return None


class Files:
    """The files of the project and how imports find them.

    ``paths`` are all code files (read or not), ``support`` gives the text of a
    configuration file by path, or None; ``support_paths`` are those that are known.
    """

    def __init__(
        self,
        paths: Collection[str],
        support: Callable[[str], str | None],
        support_paths: Collection[str] = (),
    ) -> None:
        self.paths = frozenset(paths)
        self.support_paths = tuple(sorted(support_paths))
        self._support = support
        self.importers: dict[str, frozenset[str]] | None = None
        """Which files import those with sockets; None where it was not found out."""
        self.runs_python = False
        """Whether some file of the project is one that Python is started with."""
        self._tails: dict[str, list[str]] = defaultdict(list)
        self._absolute: dict[tuple[str, str], str | None] = {}
        self._packages: dict[str, str] | None = None
        self._aliases: dict[str, Aliases | None] = {}
        for path in sorted(self.paths):
            if path.endswith(".py"):
                self._tails[_python_tail(path)].append(path)

    def support(self, path: str) -> str | None:
        """The text of a configuration file, None if there is none of this path."""
        return self._support(path)

    # -- Python ----------------------------------------------------------------

    def python(self, module: str, importer: str) -> str | None:
        """The file of an absolute or relative Python module, None if not here."""
        if module.startswith("."):
            return self._python_relative(module, importer)
        key = module, posixpath.dirname(importer)
        if key not in self._absolute:
            self._absolute[key] = self._python_absolute(*key)
        return self._absolute[key]

    def _python_absolute(self, module: str, folder: str) -> str | None:
        """The file of an absolute module that something in a folder imports."""
        tail = module.replace(".", "/")
        while True:
            if f"{folder}/__init__.py".lstrip("/") not in self.paths:
                for root in (folder, posixpath.join(folder, "src")):
                    found = self._python_at(posixpath.join(root, tail))
                    if found:
                        return found
            if not folder:
                break
            folder = posixpath.dirname(folder)
        candidates = [
            path
            for path in self._tails.get(tail.rsplit("/", 1)[-1], ())
            if "/" in tail and _python_path(path).endswith("/" + tail)
        ]
        return candidates[0] if len(candidates) == 1 else None

    def _python_relative(self, module: str, importer: str) -> str | None:
        name = module.lstrip(".")
        folder = posixpath.dirname(importer)
        for _ in range(len(module) - len(name) - 1):
            folder = posixpath.dirname(folder)
        return self._python_at(posixpath.join(folder, name.replace(".", "/")))

    def _python_at(self, base: str) -> str | None:
        base = base.strip("/")
        for path in (f"{base}.py", f"{base}/__init__.py" if base else "__init__.py"):
            if path in self.paths:
                return path
        return None

    def python_submodule(self, package: str, name: str) -> str | None:
        """The file of ``name`` inside the package whose ``__init__.py`` is given."""
        if not package.endswith("__init__.py"):
            return None
        return self._python_at(posixpath.join(posixpath.dirname(package), name))

    # -- TypeScript ------------------------------------------------------------

    def typescript(self, module: str, importer: str) -> str | None:
        """The file that a TypeScript module specifier means, None if not here."""
        folder = posixpath.dirname(importer)
        if module.startswith("."):
            return self._typescript_at(
                posixpath.normpath(posixpath.join(folder, module))
            )
        while True:
            found = self._by_alias(module, folder)
            if found or not folder:
                break
            folder = posixpath.dirname(folder)
        return found or self._by_package(module) or self._by_habit(module, importer)

    def _typescript_at(self, base: str) -> str | None:
        base = base.removeprefix("./").strip("/")
        if base.startswith(".."):
            return None
        if base in self.paths:
            return base
        stem = re.sub(r"\.(js|jsx|mjs|cjs)$", "", base)
        for candidate in dict.fromkeys((base, stem)):
            for suffix in _TS_SUFFIXES:
                if candidate + suffix in self.paths:
                    return candidate + suffix
        for suffix in _TS_SUFFIXES:
            path = f"{base}/index{suffix}".lstrip("/")
            if path in self.paths:
                return path
        return None

    def _by_alias(self, module: str, folder: str) -> str | None:
        aliases = self._aliases_of(folder)
        if aliases is None:
            return None
        for pattern, targets in aliases.paths:
            matched = _match_pattern(pattern, module)
            if matched is None:
                continue
            for target in targets:
                found = self._typescript_at(target.replace("*", matched))
                if found:
                    return found
        if aliases.base is not None:
            return self._typescript_at(posixpath.join(aliases.base, module))
        return None

    def _aliases_of(self, folder: str) -> Aliases | None:
        if folder not in self._aliases:
            found = None
            for name in ("tsconfig.json", "tsconfig.app.json", "jsconfig.json"):
                found = self._read_aliases(posixpath.join(folder, name), 0)
                if found:
                    break
            self._aliases[folder] = found
        return self._aliases[folder]

    def _read_aliases(self, path: str, depth: int) -> Aliases | None:
        text = self._support(path)
        if text is None or depth > 5:
            return None
        data = read_jsonc(text)
        if not isinstance(data, dict):
            return None
        folder = posixpath.dirname(path)
        options = data.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        paths, base = options.get("paths"), options.get("baseUrl")
        if isinstance(paths, dict) or isinstance(base, str):
            start = _join(folder, base if isinstance(base, str) else ".")
            table = tuple(
                (pattern, tuple(_join(start, item) for item in targets))
                for pattern, targets in (paths or {}).items()
                if isinstance(targets, list)
                and all(isinstance(item, str) for item in targets)
            )
            return Aliases(start if isinstance(base, str) else None, table)
        parent = data.get("extends")
        if isinstance(parent, str) and parent.startswith("."):
            target = _join(folder, parent)
            if not target.endswith(".json"):
                target += ".json"
            return self._read_aliases(target, depth + 1)
        return None

    def _by_package(self, module: str) -> str | None:
        if self._packages is None:
            self._packages = self._read_packages()
        for name, folder in self._packages.items():
            if module == name or module.startswith(name + "/"):
                rest = module[len(name) + 1 :]
                for base in (
                    posixpath.join(folder, rest),
                    posixpath.join(folder, "src", rest),
                ):
                    found = self._typescript_at(base)
                    if found:
                        return found
        return None

    def _read_packages(self) -> dict[str, str]:
        folders: set[str] = set()
        for path in self.paths:
            if path.endswith(_TS_SUFFIXES):
                folder = posixpath.dirname(path)
                while folder not in folders:
                    folders.add(folder)
                    if not folder:
                        break
                    folder = posixpath.dirname(folder)
        packages = {}
        for folder in sorted(folders):
            text = self._support(posixpath.join(folder, "package.json"))
            data = read_jsonc(text) if text else None
            if isinstance(data, dict) and isinstance(data.get("name"), str):
                packages[data["name"]] = folder
        return packages

    def _by_habit(self, module: str, importer: str) -> str | None:
        """``@/x`` and ``~/x`` without a readable tsconfig: the nearest ``src``."""
        if not module.startswith(("@/", "~/")):
            return None
        folder = posixpath.dirname(importer)
        while True:
            for base in (posixpath.join(folder, "src"), folder):
                found = self._typescript_at(posixpath.join(base, module[2:]))
                if found:
                    return found
            if not folder:
                return None
            folder = posixpath.dirname(folder)


def _join(folder: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined


def _match_pattern(pattern: str, module: str) -> str | None:
    head, star, tail = pattern.partition("*")
    if not star:
        return "" if pattern == module else None
    if module.startswith(head) and module.endswith(tail):
        return module[len(head) : len(module) - len(tail)]
    return None


def _python_path(path: str) -> str:
    return "/" + path.removesuffix(".py").removesuffix("/__init__")


def _python_tail(path: str) -> str:
    return _python_path(path).rsplit("/", 1)[-1]
