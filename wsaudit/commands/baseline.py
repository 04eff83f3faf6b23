"""`wsaudit baseline`: begin from today, with findings that are known."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import click

from wsaudit.commands.project import PATHS, configured_by, reading_a_project
from wsaudit.config import Config

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "wsaudit-baseline.json"


def _with_file(command: F) -> F:
    option = click.option(
        "--file", metavar="FILE", help="By default the configured one."
    )
    return option(PATHS(reading_a_project(command)))


@click.group()
def baseline() -> None:
    """Begin from today: findings that are known, to be mended in time."""


@baseline.command()
@_with_file
def create(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Write down all findings of PATHS, so that `check` tells new ones only."""
    from wsaudit import adoption

    return adoption.create(_config(paths, file, given))


@baseline.command("check")
@_with_file
def compare(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Exit 1 when PATHS have findings that are not known, or entries are stale."""
    from wsaudit import adoption

    return adoption.compare(_config(paths, file, given))


@baseline.command()
@_with_file
def prune(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Drop the entries of what was mended."""
    from wsaudit import adoption

    return adoption.prune(_config(paths, file, given))


def _config(
    paths: tuple[str, ...], file: str | None, given: Mapping[str, Any]
) -> Config:
    config = configured_by(paths, given)
    default = config.baseline or os.path.join(config.root, DEFAULT)
    return replace(config, baseline=os.path.abspath(file) if file else default)


COMMANDS = (baseline,)
