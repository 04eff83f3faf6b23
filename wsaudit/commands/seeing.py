"""`wsaudit facts`, `why` and `protocol`: what was recognised, and verdicts' reasons."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import click

from wsaudit.commands.project import PATHS, TO, configured_by, reading_a_project
from wsaudit.output import Progress


@click.command()
@click.argument("file", type=click.Path())
@reading_a_project
def facts(file: str, **given: Any) -> int:
    """Print what was recognised in FILE, within its whole project."""
    from wsaudit.engine import recognised
    from wsaudit.output import emit_facts, require_file

    require_file(file)
    config = configured_by((file,), given, changed_files=True)
    with Progress() as progress:
        found = recognised(config, progress=progress)
    return emit_facts(found.project, found.reader, file)


@click.command()
@click.argument("place", metavar="FILE:LINE")
@reading_a_project
def why(place: str, **given: Any) -> int:
    """Print what is held of the code on a line, and what each rule says there."""
    from wsaudit.engine import recognised, report_on, room_to_recurse
    from wsaudit.output import emit_why, require_file
    from wsaudit.why import told

    file, _, line = place.rpartition(":")
    if not file or not line.isdecimal():
        raise click.BadParameter(f"`{place}` is not FILE:LINE")
    require_file(file)
    config = replace(
        configured_by((file,), given, changed_files=True), report_only=(), strict=True
    )
    with Progress() as progress:
        found = recognised(config, progress=progress)
    if found.scene is None:
        raise click.ClickException(found.faults[0].message)
    with room_to_recurse():
        return emit_why(
            partial(told, found.scene),
            report_on(config, found),
            found.project,
            found.reader,
            file,
            int(line),
        )


@click.command()
@PATHS
@click.option(
    "--format", "name", type=click.Choice(("text", "json")), default="text", help=TO
)
@reading_a_project
def protocol(paths: tuple[str, ...], name: str, **given: Any) -> int:
    """Print the endpoints in PATHS, their clients, and who says what to whom."""
    from wsaudit.engine import recognised
    from wsaudit.output import emit_protocol

    with Progress() as progress:
        found = recognised(configured_by(paths, given), progress=progress)
    return emit_protocol(found.project, found.reader, name)


COMMANDS = (facts, why, protocol)
