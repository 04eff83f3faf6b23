"""`wsaudit config` and `wsaudit schema`: what counts, and what may be said."""

from __future__ import annotations

import os
from typing import Any

import click

from wsaudit.commands.project import configured_by, reading_a_project


@click.command()
@click.option(
    "--show", "file", metavar="FILE", help="What counts for FILE, a file or a folder."
)
@reading_a_project
def config(file: str | None, **given: Any) -> int:
    """Print the settings that count here, and where each comes from."""
    from wsaudit.output import emit_config, require_file

    if file is not None:
        require_file(file)
    asked = os.path.abspath(file) if file is not None else os.getcwd()
    return emit_config(configured_by((asked,), given), asked)


@click.command()
def schema() -> int:
    """Print the JSON schema of the configuration."""
    from wsaudit.output import emit_schema

    return emit_schema()


COMMANDS = (config, schema)
