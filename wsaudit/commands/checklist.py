"""`wsaudit checklist`: every item with its verdict and the evidence."""

from __future__ import annotations

from typing import Any

import click

from wsaudit.commands.project import PATHS, TO, configured_by, reading_a_project
from wsaudit.output import Progress


@click.command()
@PATHS
@click.option(
    "--format",
    "name",
    type=click.Choice(("md", "json", "html")),
    default="md",
    help=f"{TO} html is one file that needs no other.",
)
@click.option("--output", "-o", metavar="FILE", help="Write to a file.")
@click.option(
    "--answers",
    metavar="FILE",
    help="What people answered; by default wsaudit-answers.toml of the project.",
)
@click.option(
    "--title", metavar="TEXT", help="The project's name, by default its folder."
)
@click.option("--date", metavar="YYYY-MM-DD", help="What to date it, and answers by.")
@click.option(
    "--limit", type=click.IntRange(1), help="At most so many characters (md)."
)
@reading_a_project
def checklist(
    paths: tuple[str, ...],
    name: str,
    output: str | None,
    answers: str | None,
    title: str | None,
    date: str | None,
    limit: int | None,
    **given: Any,
) -> int:
    """Print every item of the checklist with its verdict and the evidence."""
    from wsaudit.engine import audit, exit_code
    from wsaudit.output import emit_checklist, say
    from wsaudit.reviewing import asked_of

    config = configured_by(paths, given)
    asked, notes = asked_of(config, answers=answers, title=title, date=date)
    with Progress() as progress:
        report = audit(config, progress=progress)
    for note in notes:
        say(note)
    emit_checklist(report, name, asked, file=output or "", limit=limit)
    return exit_code(report, config, exit_zero=True)


COMMANDS = (checklist,)
