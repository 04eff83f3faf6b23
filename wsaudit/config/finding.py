"""Which file of configuration counts, what it extends, and what the line adds."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from wsaudit.config.errors import ConfigError
from wsaudit.config.keys import KEYS
from wsaudit.config.layers import Layer, broken
from wsaudit.config.values import Config
from wsaudit.ignored import git_top
from wsaudit.regular import read_regular
from wsaudit.toml import read_toml

FILE_NAMES = (".wsaudit.toml", "wsaudit.toml", "pyproject.toml")
SIZE_LIMIT = 1 << 20
MOST_EXTENDED = 8


def configured(
    paths: Iterable[str],
    *,
    file: str = "",
    isolated: bool = False,
    changed_files: bool = False,
    settings: Iterable[str] = (),
    held: Iterable[str] = (),
) -> Config:
    """The configuration for auditing ``paths``, as the command line means them.

    Without any the configured paths are audited, else the working directory. With
    ``changed_files`` the whole project is, and ``paths`` only choose what is reported.
    ``settings`` are ``key=value``; files in ``held`` need not be on the disk. Raises
    ConfigError.
    """
    here = os.getcwd()
    asked = tuple(os.path.abspath(path) for path in paths)
    start = here if changed_files else _common_folder(asked) or here
    inside = os.path.commonpath((here, start)) == here
    ceiling = here if inside else start
    config = load_config(
        start, ceiling=ceiling, file=file, isolated=isolated, settings=settings
    )
    known = tuple(map(os.path.abspath, held))
    config = replace(config, held=known)
    if changed_files:
        if not asked:
            raise ConfigError("`--changed-files` needs the names of the changed files")
        for path in asked:
            if path not in known and not os.path.isfile(path):
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
    start: str,
    *,
    ceiling: str = "",
    file: str = "",
    isolated: bool = False,
    settings: Iterable[str] = (),
) -> Config:
    """The configuration of the project around the folder ``start``.

    ``file`` is read when given; else the nearest file upward to the git top, to
    ``ceiling`` outside of git, and rather than that the first above it that says it is
    the ``root``; none when ``isolated``. Raises ConfigError.
    """
    if file and isolated:
        message = "`--config` and `--isolated` exclude each other"
        raise ConfigError(message)
    top = git_top(start) or ceiling or start
    if file:
        path = os.path.abspath(file)
        found = _from_file(path, required=True) or Config(start)
    else:
        found = (None if isolated else _nearest(start, top)) or Config(top)
    return _with_settings(found, settings)


def _nearest(start: str, top: str) -> Config | None:
    nearest = None
    for folder in _upward(start, top):
        found = config_in(folder)
        if found and found.whole:
            return found
        nearest = nearest or found
    return nearest


def config_in(folder: str) -> Config | None:
    """The configuration that lies in a folder. Raises ConfigError."""
    for name in FILE_NAMES:
        path = os.path.join(folder, name)
        found = _from_file(path) if os.path.lexists(path) else None
        if found:
            return found
    return None


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
    root = os.path.dirname(path)
    layer = _layer(path, root, required=required)
    if layer is None:
        return Config(root) if required else None
    layers = _extended(layer, path)
    values: dict[str, Any] = {}
    for each in reversed(layers):
        values = _joined(values, _read(each))
    values.pop("extend", None)
    return replace(Config(root, path), **values, layers=layers)


def _layer(path: str, root: str, *, required: bool = False) -> Layer | None:
    """The table of a file, unread; None for a `pyproject.toml` without one."""
    shown = os.path.relpath(path)
    text = told(path)
    ours = os.path.basename(path) != "pyproject.toml"
    if not ours and not required and "wsaudit" not in text:
        return None
    try:
        table: Any = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(broken(shown, str(error))) from None
    tool = table.get("tool")
    if isinstance(tool, dict) and "wsaudit" in tool:
        return Layer(shown, root, text, tool["wsaudit"], ("tool", "wsaudit"))
    return Layer(shown, root, text, table) if ours else None


def _extended(layer: Layer, path: str) -> tuple[Layer, ...]:
    """A layer and those that it extends, each after the one that names it."""
    layers, seen = [layer], [os.path.realpath(path)]
    folder = os.path.dirname(path)
    limit = os.path.realpath(git_top(layer.root) or layer.root)
    while isinstance(layers[-1].table, dict) and "extend" in layers[-1].table:
        last = layers[-1]
        at = (*last.prefix, "extend")
        name = last.string(last.table["extend"], at)  # type: ignore[index]
        target = os.path.realpath(os.path.join(folder, name.replace("\0", "")))
        if os.path.commonpath((limit, target)) != limit:
            raise last.error(at, f"`{name}` leaves the repository")
        if target in seen or len(seen) > MOST_EXTENDED:
            why = "leads back here" if target in seen else "is one file too many"
            raise last.error(at, f"`{name}` {why}")
        if not os.path.isfile(target):
            raise last.error(at, f"`{name}` is no file")
        found = _layer(target, layer.root)
        if found is None:
            raise last.error(at, f"`{name}` has no table `tool.wsaudit`")
        layers.append(found)
        seen.append(target)
        folder = os.path.dirname(target)
    return tuple(layers)


def _read(layer: Layer) -> dict[str, Any]:
    """The fields that a layer sets. Raises ConfigError."""
    given = layer.known(layer.table, layer.prefix, KEYS)
    return {
        KEYS[key].field: KEYS[key].read(layer, (*layer.prefix, key), value)
        for key, value in given.items()
    }


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a layer over those of what it extends."""
    joined = {**below, **above}
    for key in KEYS.values():
        if key.field not in below or key.field not in above:
            continue
        if key.adds:
            joined[key.field] = (*below[key.field], *above[key.field])
        elif key.merged:
            joined[key.field] = _merged(below[key.field], above[key.field])
    return joined


def _merged(below: Any, above: Any) -> tuple[tuple[str, Any], ...]:
    """Entries by name; what is set of one rule is merged in the same way."""
    found = dict(below)
    for name, value in above:
        before = found.get(name)
        pairs = value and isinstance(value[0], tuple)
        found[name] = _merged(before, value) if before and pairs else value
    return tuple(found.items())


def _with_settings(config: Config, settings: Iterable[str]) -> Config:
    """A Config with ``key=value`` of the command line over it, the last one first."""
    for word in settings:
        layer = _of_the_line(word, config.root)
        values = _read(layer)
        if "extend" in values or "whole" in values:
            raise ConfigError(f"{layer.shown}: this belongs into a file")
        below = {
            key.field: getattr(config, key.field)
            for key in KEYS.values()
            if key.field in values
        }
        config = replace(
            config, **_joined(below, values), layers=(layer, *config.layers)
        )
    return config


def _of_the_line(word: str, root: str) -> Layer:
    """``key=value``, the value as in TOML; a text needs no quotes."""
    key, equals, value = word.partition("=")
    shown = f"-c {word}"
    if not equals:
        raise ConfigError(f"`{shown}` is not -c KEY=VALUE")
    for text in (word, f"{key} = {json.dumps(value.strip(), ensure_ascii=False)}"):
        with suppress(tomllib.TOMLDecodeError):
            return Layer(shown, root, text, read_toml(text), counted=False)
    raise ConfigError(f"{shown}: `{key}` is no key")
