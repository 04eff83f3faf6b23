"""What every command takes that reads a project, and the Config it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from wsaudit.config import Config, configured

F = TypeVar("F", bound=Callable[..., Any])

# What an option is told to be that says in which format.
TO = "What goes to standard output."
PATHS = click.argument("paths", nargs=-1, type=click.Path())
OPTIONS = (
    click.option("--no-cache", is_flag=True, help="Neither read nor write a cache."),
    click.option(
        "--cache-dir",
        metavar="DIR",
        envvar="WSAUDIT_CACHE_DIR",
        help="Keep the cache here, not in the user's cache folder.",
    ),
    click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes."),
    click.option("--strict", is_flag=True, help="Show all, fail on skipped files."),
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
    click.option(
        "-c",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Set a key of the configuration.",
    ),
    click.option("--config", metavar="FILE", help="Read this configuration file."),
)


def completed(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The codes and names that go on like a word, or like the last of several."""
    from wsaudit.pages import load_pages

    before, comma, word = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{name}", help=page.title)
        for page in load_pages()
        for name in (page.code, page.name)
        if name.lower().startswith(word.lower()) and (word or name == page.code)
    ]


def reading_a_project(command: F) -> F:
    """A command that takes what every command takes that reads a project."""
    for option in OPTIONS:
        command = option(command)
    return command


def configured_by(
    paths: tuple[str, ...],
    given: Mapping[str, Any],
    *,
    changed_files: bool = False,
    held: Iterable[str] = (),
) -> Config:
    """The Config of a command line. Raises ConfigError."""
    config = configured(
        paths,
        file=given["config"] or "",
        isolated=given["isolated"],
        changed_files=changed_files,
        settings=given["settings"],
        held=held,
    )
    return replace(
        config,
        strict=given["strict"] or config.strict,
        jobs=given["jobs"] or 0,
        cache=not given["no_cache"],
        cache_dir=given["cache_dir"] or "",
    )
