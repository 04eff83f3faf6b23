"""The commands: each module here gives some, found by walking the folder."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click


def load_commands() -> list[click.Command]:
    """What the modules of this folder name in their ``COMMANDS``, in order."""
    return [
        command
        for module in sorted(found.name for found in pkgutil.iter_modules(__path__))
        for command in getattr(import_module(f"{__name__}.{module}"), "COMMANDS", ())
    ]
